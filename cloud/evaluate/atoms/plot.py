"""Stiffness as a picture."""

from pathlib import Path

from adatom.cloud.evaluate.atoms.mechanics import Mechanics
from adatom.cloud.measure.picture import save
from adatom.cloud.web.theme import BLUE, GREY, ORANGE

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
