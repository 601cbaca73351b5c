"""The properties that facts are of: one name, one unit, one scale each, and what nature allows.

A value comes in whatever unit; it is kept in the property's. No direction is better here: that is for objectives.
"""

import re
from typing import NamedTuple

from adatom.protocol.errors import InputError

ROOM_300K_C = 26.85  # what AFLOW's and others' "300K" means


class Property(NamedTuple):
    """One property. `lowest` and `highest` are what nature allows, or no computed or measured value ever had."""

    name: str
    unit: str  # 1: none
    scale: str  # log where values span decades, else linear
    lowest: float | None
    highest: float | None
    meaning: str


class Alias(NamedTuple):
    """What a source's own name of a property means here."""

    name: str
    temperature_c: float | None = None


# Limits without a source are (K): beyond all that the shipped tables and handbooks hold.
PROPERTIES = (
    Property("activation_energy", "eV", "linear", 0.0, 5.0, "of ionic conduction, Arrhenius"),
    Property("band_gap", "eV", "linear", 0.0, 20.0, "by PBE too small by about 40 %"),  # LiF 14, He 20 eV
    Property("bulk_modulus", "GPa", "log", 0.01, 600.0, "Voigt-Reuss-Hill mean"),  # diamond 443, Os 462 GPa
    Property("debye_temperature", "K", "log", 1.0, 3001.0, "diamond has 2 240 K"),
    Property("decomposition_energy", "eV/atom", "linear", -5.0, 5.0, "to the competing phases; above 0 unstable"),
    Property("density", "g/cm^3", "log", 0.001, 30.0, "of the crystal"),  # Os 22.6
    Property("dielectric_constant", "1", "log", 1.0, 1e6, "relative permittivity"),
    Property("elastic_anisotropy", "1", "log", 0.0, 100.0, "universal index, 0 is isotropic"),  # Ranganathan 2008
    Property("electrochemical_window", "V", "linear", 0.0, 10.0, "width against Li/Li+"),
    Property("electronic_conductivity", "S/cm", "log", 1e-30, 1e8, "of electrons and holes"),
    Property("energy_above_hull", "eV/atom", "linear", 0.0, 10.0, "0 is stable; cannot be below"),
    Property("formation_energy", "eV/atom", "linear", -6.0, 5.0, "from the elements"),  # the deepest: -4.6, fluorides
    Property("fracture_toughness", "MPa*m^0.5", "log", 0.001, 100.001, "K_Ic"),
    Property("hardness", "GPa", "log", 0.0001, 150.0001, "Vickers"),  # diamond
    Property("ionic_conductivity", "S/cm", "log", 1e-25, 10.0, "total, of the ceramic or crystal"),
    Property("ionic_conductivity_bulk", "S/cm", "log", 1e-25, 10.0, "of grains alone"),
    Property("interfacial_resistance", "ohm*cm^2", "log", 1e-6, 1e12, "of a contact, times its area"),
    Property("interfacial_reaction_energy", "eV/atom", "linear", -5.0, 0.0, "with lithium; not the work of adhesion"),
    *(Property(f"lattice_{edge}", "angstrom", "log", 0.5, 1000.0, "an edge of the unit cell") for edge in "abc"),
    *(Property(f"lattice_{angle}", "degree", "linear", 0.0, 180.0, "an angle of the unit cell")
      for angle in ("alpha", "beta", "gamma")),
    Property("magnetic_moment", "mu_B/cell", "linear", -300.0, 300.0, "of the calculated cell"),
    Property("melting_point", "K", "log", 0.5, 5000.5, "at ambient pressure"),
    Property("migration_barrier", "eV", "linear", 0.0, 10.0, "of an ion from site to site"),
    Property("poisson_ratio", "1", "linear", -1.0, 0.5, "of an isotropic solid: -1 to 1/2"),
    Property("relative_density", "1", "linear", 0.0, 1.0, "of a sintered body"),
    Property("shear_modulus", "GPa", "log", 0.001, 600.0, "Voigt-Reuss-Hill mean"),
    Property("thermal_conductivity", "W/(m*K)", "log", 1e-4, 5000.0, "of the lattice where computed"),  # diamond 2 200
    Property("thermal_expansion", "1/K", "log", 1e-9, 1e-3, "of volume or length as the source says"),
    Property("total_energy", "eV/atom", "linear", -20.0, 5.0, "of the calculation, no absolute meaning"),
    Property("volume_per_atom", "angstrom^3", "log", 1.0, 500.0, "of the crystal"),
    Property("work_of_adhesion", "J/m^2", "linear", -1.0, 20.0, "of an interface"),
    Property("young_modulus", "GPa", "log", 0.001, 1300.0, "9KG/(3K+G)"),  # diamond 1 140
)  # fmt: skip
BY_NAME = {one.name: one for one in PROPERTIES}

# the sources' names, without case and signs; `log10_` before a name and a unit log10(...) are understood anywhere
ALIASES: dict[str, Alias] = {
    alias: Alias(name)
    for name, aliases in {
        "activation_energy": "ea eact",
        "band_gap": "bandgap egap gap pbegap gappbe",
        "bulk_modulus": "bulkmodulusvrh aelbulkmodulusvrh kvrh bulkmodulushill",
        "debye_temperature": "aeldebyetemperature debyetemp",
        "decomposition_energy": "ed",
        "elastic_anisotropy": "universalanisotropy anisotropy",
        "energy_above_hull": "ehull",
        "formation_energy": "eform ef formationenergyperatom formationenthalpy",
        "ionic_conductivity": "conductivity sigma ionicconductivitytotal ictotal lithiumconductivity sigmatotal",
        "ionic_conductivity_bulk": "icbulk bulkconductivity grainconductivity sigmabulk",
        "magnetic_moment": "mub totalmagnetization magnetization",
        "poisson_ratio": "poisson poissonsratio homogeneouspoisson",
        "shear_modulus": "shearmodulusvrh aelshearmodulusvrh gvrh shearmodulushill",
        "total_energy": "energyatom energyperatom",
        "young_modulus": "youngsmodulus elasticmodulus emodulus",
    }.items()
    for alias in aliases.split()
} | {
    "thermalconductivity300k": Alias("thermal_conductivity", ROOM_300K_C),
    "aglthermalconductivity300k": Alias("thermal_conductivity", ROOM_300K_C),
    "thermalexpansion300k": Alias("thermal_expansion", ROOM_300K_C),
    "aglthermalexpansion300k": Alias("thermal_expansion", ROOM_300K_C),
}
_SQUEEZED = {re.sub(r"[^a-z0-9]", "", name): Alias(name) for name in BY_NAME} | ALIASES


def property_named(text: str, where: str = "property") -> tuple[Alias, bool]:
    """(property by any of its names, whether the name says that values are log10). Raises InputError with the names."""
    squeezed = re.sub(r"[^a-z0-9]", "", text.lower())
    log10 = squeezed.startswith("log10") and squeezed != "log10"
    found = _SQUEEZED.get(squeezed.removeprefix("log10") if log10 else squeezed)
    if found is None:
        raise InputError(where, f"{text[:60]!r} is no property that is known; known are {', '.join(BY_NAME)}")
    return found, log10


def as_rows() -> list[dict[str, str | float | None]]:
    """The table as the database has it."""
    return [
        {"property": p.name, "unit": p.unit, "scale": p.scale, "lowest": p.lowest, "highest": p.highest,
         "meaning": p.meaning} for p in PROPERTIES
    ]  # fmt: skip
