"""Stiffness, and energy over volume, as pictures."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from adatom.cloud.evaluate.atoms.dft_report import by_formula, lattice_a, references_of
from adatom.cloud.evaluate.atoms.first_principles import Curve
from adatom.cloud.evaluate.atoms.mechanics import Mechanics
from adatom.cloud.measure.picture import save
from adatom.cloud.web.theme import BLUE, GREEN, GREY, ORANGE, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH_INCH, HEIGHT_INCH = 6.0, 4.0


def write_mechanics(path: Path, found: Mechanics) -> None:
    """Eigenvalues of the stiffness, and moduli with their deviations."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_INCH * 1.3, HEIGHT_INCH), layout="constrained")
    left, right = figure.subplots(1, 2)
    values = found.stiffness.eigenvalues_gpa
    left.bar(range(1, 7), values, color=[BLUE if one > 0 else ORANGE for one in values])
    left.axhline(0.0, color=GREY)
    left.set(xlabel="eigenvalue of the stiffness", ylabel="GPa", title="Born: all above 0")
    if found.moduli is not None:
        bars = (("K", found.moduli.bulk_gpa), ("G", found.moduli.shear_gpa), ("E", found.moduli.young_gpa))
        right.bar([name for name, _ in bars], [one.value for _, one in bars], yerr=[one.sd for _, one in bars],
                  color=BLUE, capsize=4)  # fmt: skip
    right.set(ylabel="GPa", title=f"{found.given.formula}: moduli")
    save(path, figure)


LINES = {"calculated": (GREEN, "--", "PBE of others"), "measured": (VERMILLION, ":", "measured")}


def write_curves(path: Path, curves: Sequence[Curve]) -> None:
    """A panel a crystal: energies above the least over the volume of the cell, the fit, published volumes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_INCH * 0.75 * max(len(curves), 1.3), HEIGHT_INCH), layout="constrained")
    for axes, curve in zip(figure.subplots(1, len(curves), squeeze=False)[0], curves, strict=True):
        _draw_curve(axes, curve)
    save(path, figure)


def _draw_curve(axes: "Axes", curve: Curve) -> None:
    state, volumes = curve.state, curve.volumes_a3
    fine = np.linspace(volumes.min(), volumes.max(), 200)
    axes.plot(fine, 1000 * (state.energy_at(fine) - state.energy_ev.value), color=GREY, label="Birch-Murnaghan")
    axes.plot(volumes, 1000 * (curve.energies_ev - state.energy_ev.value), "o", color=BLUE, label="PBE, here")
    for one in references_of(curve):
        if one.lattice_a is not None:
            colour, style, label = LINES[one.kind]
            axes.axvline(one.lattice_a**3 / 4.0, color=colour, linestyle=style, label=label)
    axes.axvline(state.volume_a3.value, color=BLUE, linewidth=0.8, label="least energy")
    lattice = f"a = {lattice_a(state.volume_a3.value):.3f} Å, " if by_formula(curve) else ""
    axes.set(
        xlabel="volume of the cell, Å³", ylabel="energy above the least, meV",
        title=f"{curve.start.formula}{' (quick)' if curve.quick else ''}\n{lattice}B = {state.bulk_gpa.value:.1f} GPa",
    )  # fmt: skip
    axes.legend(fontsize="small")
