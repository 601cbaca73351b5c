"""What is said of a crystal by mechanics: as data for --json, as tables for people."""

from dataclasses import asdict
from typing import Any

from adatom.cloud.evaluate.atoms.crystal import Crystal
from adatom.cloud.evaluate.atoms.elastic import Value
from adatom.cloud.evaluate.atoms.mechanics import Hot, Mechanics
from adatom.cloud.evaluate.atoms.record import class_of, judge
from adatom.cloud.evaluate.atoms.stored import stored
from rich.console import Console
from rich.table import Table

# property of the record -> shipped file -> dataset
STORED = {
    "bulk_modulus_vrh": {"materials_project": "mp_bulk_modulus", "aflow": "aflow__ael_bulk_modulus_vrh"},
    "shear_modulus_vrh": {"materials_project": "mp_shear_modulus", "aflow": "aflow__ael_shear_modulus_vrh"},
}


def mechanics_data(found: Mechanics, read_notes: tuple[str, ...]) -> dict[str, Any]:
    """JSON-ready."""
    return {
        "formula": found.given.formula,
        "atoms": len(found.given),
        "stable": found.stable,
        "reasons": list(found.reasons),
        "clamped": found.clamped,
        "given": _cell(found.given),
        "relaxed": _cell(found.relaxed.crystal),
        "energy_ev": found.relaxed.energy_ev,
        "stress_gpa": found.relaxed.stress_gpa.tolist(),
        "strain": found.strain.tolist(),
        "framework_shift_a": found.shift_a,
        "stiffness_gpa": found.stiffness.gpa.tolist(),
        "stiffness_sd_gpa": found.stiffness.sd_gpa.tolist(),
        "eigenvalues_gpa": found.stiffness.eigenvalues_gpa.tolist(),
        "moduli": None if found.moduli is None else asdict(found.moduli),
        "stored": beside_stored(found),
        "hot": None if found.hot is None else _hot(found.hot),
        "notes": [*read_notes, *found.notes],
    }


def _cell(crystal: Crystal) -> dict[str, Any]:
    return {
        "lengths_a": crystal.lengths.tolist(),
        "angles_deg": crystal.angles.tolist(),
        "volume_a3": crystal.volume_a3,
    }


def _hot(hot: Hot) -> dict[str, Any]:
    return {
        "temperature_k": hot.temperature_k, "length_ps": hot.length_ps, "lindemann": hot.lindemann,
        "drift": hot.drift, "exponent": None if hot.lithium.exponent != hot.lithium.exponent else hot.lithium.exponent,
        "diffusivity_cm2_s": hot.lithium.cm2_s, "refused": hot.lithium.reason,
    }  # fmt: skip


def show_mechanics(console: Console, found: Mechanics, read_notes: tuple[str, ...]) -> None:
    """Cell, moduli, verdict, notes."""
    table = Table("", "given", "relaxed", title=f"{found.given.formula}, {len(found.given)} ions")
    for name, given, relaxed in zip(
        ("a, Å", "b, Å", "c, Å", "α, °", "β, °", "γ, °"),
        (*found.given.lengths, *found.given.angles),
        (*found.relaxed.crystal.lengths, *found.relaxed.crystal.angles),
        strict=True,
    ):
        table.add_row(name, f"{given:.4g}" if "°" in name else f"{given:.4f}", f"{relaxed:.4f}")
    table.add_row("volume, Å³", f"{found.given.volume_a3:.1f}", f"{found.relaxed.crystal.volume_a3:.1f}")
    console.print(table)
    if found.moduli is not None:
        console.print(_moduli_table(found))
        for row in beside_stored(found):
            said = f"{row['property']} of {row['source']}, {row['gpa']:.1f} GPa: {row['verdict']}"
            console.print(said, soft_wrap=True)
    smallest = found.stiffness.eigenvalues_gpa[0]
    console.print(f"smallest eigenvalue of the stiffness: {smallest:.1f} GPa")
    if found.hot is not None:
        console.print(
            f"{found.hot.length_ps:g} ps at {found.hot.temperature_k:g} K: Lindemann's ratio of the framework "
            f"{found.hot.lindemann:.3f}"
        )
        console.print(f"no diffusivity: {found.hot.lithium.reason}", soft_wrap=True)
    console.print("mechanically stable" if found.stable else "NOT mechanically stable", style="bold")
    for line in found.reasons:
        console.print(f"- {line}", soft_wrap=True)
    for note in (*read_notes, *found.notes):
        console.print(f"note: {note}", soft_wrap=True)


def _moduli_table(found: Mechanics) -> Table:
    table = Table("modulus (Hill's mean)", "value", "± of the strains")
    assert found.moduli is not None
    rows: tuple[tuple[str, Value, int], ...] = (
        ("bulk K, GPa", found.moduli.bulk_gpa, 1), ("shear G, GPa", found.moduli.shear_gpa, 1),
        ("Young's E, GPa", found.moduli.young_gpa, 1), ("Poisson's ratio", found.moduli.poisson, 3),
    )  # fmt: skip
    for name, one, digits in rows:
        table.add_row(name, f"{one.value:.{digits}f}", f"{one.sd:.{digits + 1}f}")
    return table


def beside_stored(found: Mechanics) -> list[dict[str, Any]]:
    """The moduli of a crystal beside those of the shipped databases; none where it has none."""
    if found.moduli is None:
        return []
    calculated = {"bulk_modulus_vrh": found.moduli.bulk_gpa.value, "shear_modulus_vrh": found.moduli.shear_gpa.value}
    return [row for name, gpa in calculated.items() for row in beside(found.given, name, gpa)]


def beside(crystal: Crystal, name: str, gpa: float) -> list[dict[str, Any]]:
    """Each value of a modulus in the shipped databases for the formula, and how a calculated one stands beside it."""
    kind = class_of(frozenset(crystal.symbols))
    rows = []
    for source, values in stored(crystal.formula, STORED[name]).items():
        for value in values:
            judged = judge(gpa, value, name, kind)
            rows.append({"property": name, "source": source, "gpa": value, "z": judged.z, "beyond": judged.beyond,
                         "verdict": judged.words})  # fmt: skip
    return rows
