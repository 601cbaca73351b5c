"""How the tables that travel with adatom, and others with their columns, are read: told by the header.

A new format is one entry of FORMATS.
"""

from collections.abc import Sequence

from adatom.cloud.knowledge.mapping import CURATED, Column, Mapping

ROOM_C = 25.0  # "room temperature" in OBELiX
LICENCES = (("Materials Project", "CC BY 4.0"), ("AFLOW", "repository MIT; cite AFLOW"))
SHIPPED = ("obelix", "liion", "obelix_cifs", "aflow", "materials_project", "synthesis")  # small ones first

COMPUTED = Mapping(
    formula="formula", property="property", values=(Column("value"),), unit="unit", source="source", dataset="dataset",
    method_name="PBE", licences=LICENCES, confidence=CURATED,
)  # fmt: skip
OBELIX = Mapping(
    formula="True Composition", shown="Reduced Composition", dois="DOI", source_id="ID",
    phase=("Space group", "Family"), source_name="OBELiX", dataset_name="OBELiX train", licence="CC BY 4.0",
    values=(
        Column("Ionic conductivity (S cm-1)", "ionic_conductivity", "S/cm", ROOM_C),
        Column("IC (Bulk)", "ionic_conductivity_bulk", "S/cm", ROOM_C),
        *(Column(edge, f"lattice_{edge}", "angstrom") for edge in "abc"),
        *(Column(angle, f"lattice_{angle}", "degree") for angle in ("alpha", "beta", "gamma")),
    ),
)  # fmt: skip
LIION = Mapping(
    formula="composition", dois="doi", source_id="ID", temperature="temperature_C", phase=("family",),
    source_name="Liverpool Ionics Dataset", dataset_name="LiIon train", licence="CC BY 4.0",
    values=(Column("sigma_S_cm", "ionic_conductivity", "S/cm"),),
)  # fmt: skip
# Materials Project's own downloads and matminer's copies of them
SUMMARY = Mapping(
    formula="formula_pretty", source_id="material_id", source_name="Materials Project",
    dataset_name="Materials Project summary", method_name="PBE", licence="CC BY 4.0", confidence=CURATED,
    values=(
        Column("formation_energy_per_atom", "formation_energy", "eV/atom"),
        Column("energy_above_hull", "energy_above_hull", "eV/atom"),
        Column("band_gap", "band_gap", "eV"),
        Column("density", "density", "g/cm^3"),
    ),
)  # fmt: skip
AFLUX = Mapping(
    formula="compound", source_id="auid", source_name="AFLOW", dataset_name="AFLOW AFLUX", method_name="PBE",
    licence="cite AFLOW", confidence=CURATED,
    values=(
        Column("enthalpy_formation_atom", "formation_energy", "eV/atom"),
        Column("Egap", "band_gap", "eV"),
        Column("energy_atom", "total_energy", "eV/atom"),
        Column("ael_bulk_modulus_vrh", "bulk_modulus", "GPa"),
        Column("ael_shear_modulus_vrh", "shear_modulus", "GPa"),
        Column("agl_debye", "debye_temperature", "K"),
    ),
)  # fmt: skip
SYNTHESIS = ("doi", "target_formula", "targets", "precursors", "max_heating_C", "operations")
CIFS = ("ID", "cif")
# format -> (columns by which it is told, mapping); the values of SUMMARY and AFLUX are those of their columns present
FORMATS: dict[str, tuple[tuple[str, ...], Mapping]] = {
    "computed": (("formula", "property", "value", "unit", "source", "dataset"), COMPUTED),
    "obelix": (("True Composition", "Reduced Composition", "Ionic conductivity (S cm-1)", "IC (Bulk)", "DOI"), OBELIX),
    "liion": (("composition", "doi", "temperature_C", "sigma_S_cm", "family"), LIION),
    "materials project": (("formula_pretty", "material_id"), SUMMARY),
    "aflow": (("compound", "auid"), AFLUX),
}


def recognised(header: Sequence[str]) -> tuple[str, Mapping] | None:
    """(name of the format, its mapping) of a table with these columns, or None."""
    for name, (columns, mapping) in FORMATS.items():
        if set(columns) <= set(header):
            present = tuple(one for one in mapping.values if one.name in header)
            if present:
                return name, Mapping(**{**mapping.__dict__, "values": present})
    return None
