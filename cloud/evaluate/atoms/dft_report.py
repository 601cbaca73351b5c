"""What is said of a curve of energies: as data for --json, as a table and sentences for people."""

from dataclasses import asdict
from typing import Any

from adatom.cloud.evaluate.atoms.crystal import same
from adatom.cloud.evaluate.atoms.first_principles import Curve
from adatom.cloud.evaluate.atoms.prototypes import PROTOTYPES, Reference
from adatom.cloud.evaluate.atoms.report import beside
from rich.console import Console
from rich.table import Table

STATIC = "of ions at rest: without zero-point motion and heat, which enlarge LiF by about 1 %"
INNER = "± is the fit's alone; k points, grid and basis err by more, see docs/how-to/first-principles.md"
ROUGH = "--quick: 8 k points and a coarse grid, for a first look; not for a verdict"


def references_of(curve: Curve) -> tuple[Reference, ...]:
    """Published values of the structure."""
    return PROTOTYPES[curve.start.formula].references if by_formula(curve) else ()


def by_formula(curve: Curve) -> bool:
    """Whether the crystal is the known one of its formula, which is face-centred cubic, and not a file's."""
    known = PROTOTYPES.get(curve.start.formula)
    return known is not None and same(known.crystal(), curve.start)


def lattice_a(volume_a3: float) -> float:
    """Constant of the conventional face-centred cubic cell whose primitive cell has the volume."""
    return float((4.0 * volume_a3) ** (1.0 / 3.0))


def notes_of(curve: Curve) -> tuple[str, ...]:
    """What has to be known beside the numbers."""
    held = "shape of the cell and fractional positions were held" if not by_formula(curve) else ""
    moved = "the least energy was near the edge of the volumes, which were extended" if curve.extended else ""
    return tuple(note for note in (ROUGH if curve.quick else "", STATIC, INNER, held, moved) if note)


def curve_data(curve: Curve) -> dict[str, Any]:
    """JSON-ready."""
    state, volume = curve.state, curve.state.volume_a3
    return {
        "formula": curve.start.formula,
        "atoms": len(curve.start),
        "quick": curve.quick,
        "settings": {"functional": "PBE", "core": "gth-pbe", **asdict(curve.settings)},
        "lattice_a": {"value": lattice_a(volume.value), "sd": _lattice_sd(curve)} if by_formula(curve) else None,
        "lengths_a": curve.crystal.lengths.tolist(),
        "volume_a3": asdict(volume),
        "bulk_gpa": asdict(state.bulk_gpa),
        "bulk_slope": asdict(state.bulk_slope),
        "energy_ev": asdict(state.energy_ev),
        "scatter_ev": state.scatter_ev,
        "points": [asdict(one) for one in curve.points],
        "cpu_s": sum(one.cpu_s for one in curve.points),
        "stored": beside(curve.start, "bulk_modulus_vrh", state.bulk_gpa.value),
        "references": [asdict(one) for one in references_of(curve)],
        "notes": list(notes_of(curve)),
    }


def show_curve(console: Console, curve: Curve) -> None:
    """Values, what stands beside them, notes."""
    state = curve.state
    table = Table("", "value", "± of the fit", title=f"{curve.start.formula}, {len(curve.points)} volumes")
    if by_formula(curve):
        table.add_row("a, Å", f"{lattice_a(state.volume_a3.value):.4f}", f"{_lattice_sd(curve):.1g}")
    for name, one, digits in (
        ("volume of the cell, Å³", state.volume_a3, 3), ("bulk modulus B, GPa", state.bulk_gpa, 2),
        ("dB/dp", state.bulk_slope, 2),
    ):  # fmt: skip
        table.add_row(name, f"{one.value:.{digits}f}", f"{one.sd:.1g}")
    console.print(table)
    for row in beside(curve.start, "bulk_modulus_vrh", state.bulk_gpa.value):
        console.print(f"B of {row['source']}, {row['gpa']:.1f} GPa: {row['verdict']}", soft_wrap=True)
    for line in _beside_references(curve):
        console.print(line, soft_wrap=True)
    for note in notes_of(curve):
        console.print(f"note: {note}", soft_wrap=True)


def _beside_references(curve: Curve) -> list[str]:
    lines = []
    for one in references_of(curve):
        for name, published, unit, here in (
            ("a", one.lattice_a, "Å", lattice_a(curve.state.volume_a3.value)),
            ("B", one.bulk_gpa, "GPa", curve.state.bulk_gpa.value),
        ):
            if published is not None:
                lines.append(f"{name} {published:g} {unit} ({one.source}): {100 * (here / published - 1):+.1f} % here")
    return lines


def _lattice_sd(curve: Curve) -> float:
    volume = curve.state.volume_a3
    return lattice_a(volume.value) * volume.sd / volume.value / 3.0
