"""Interfaces as a picture: reaction energy over mixing ratio with products at its corners, and windows as bars."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from adatom.cloud.knowledge.interface.analyse import Interface
from adatom.cloud.knowledge.interface.reaction import FARTHEST_V, mixing_curve
from adatom.cloud.measure.picture import check_plot, save
from adatom.cloud.web.theme import BLUE, GREEN, GREY, ORANGE, PINK, SKY, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = (BLUE, VERMILLION, GREEN, PINK, ORANGE, SKY)
SIZE_INCH = (12.0, 5.2)
ROW_INCH, LEGEND_INCH = 0.34, 0.1


def check_ending(path: Path) -> None:
    """Raises InputError for a name that ends otherwise than we can write."""
    check_plot(path)


def write_plot(path: Path, found: Sequence[Interface]) -> None:
    """Write the picture. Raises InputError for another ending or a place that cannot be written."""
    check_ending(path)
    save(path, picture(found))


def picture(found: Sequence[Interface]) -> "Figure":
    """Mixing on the left, windows on the right with published ones thin beside them."""
    from matplotlib.figure import Figure

    height = max(SIZE_INCH[1], 1.2 + ROW_INCH * len(found)) + LEGEND_INCH * len(found)
    figure = Figure(figsize=(SIZE_INCH[0], height), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1.0))
    for place, one in enumerate(found):
        _mixing(left, one, COLOURS[place % len(COLOURS)])
    left.set_xlabel(f"atomic share of {found[0].against} mixed in")
    left.set_ylabel("reaction energy, eV per atom of the mixture")
    left.set_xlim(0.0, 1.0)
    figure.legend(*left.get_legend_handles_labels(), fontsize=8, ncols=2, loc="outside lower left")
    _windows(right, found)
    return figure


def _mixing(axes: "Axes", one: Interface, colour: str) -> None:
    """The curve; its corners are where the products change, the lowest is ringed and told in the legend."""
    corners = mixing_curve(one.material)
    if one.reaction.energy_ev_atom == 0.0:
        axes.plot([0.0, 1.0], [0.0, 0.0], color=colour, label=f"{one.asked}: no reaction")
        return
    start = [] if corners[0][0] == 0.0 else [0.0]
    shares = [*start, *(share for share, _, _ in corners), 1.0]
    energies = [*start, *(energy for _, energy, _ in corners), 0.0]
    share, energy, names = min(corners, key=lambda corner: corner[1])
    axes.plot(shares, energies, color=colour, marker="o", markersize=3, label=f"{one.asked}: {', '.join(names)}")
    axes.plot([share], [energy], color=colour, marker="o", markersize=9, fillstyle="none")


def _windows(axes: "Axes", found: Sequence[Interface]) -> None:
    for place, one in enumerate(found):
        low, high = one.window.reduction_v, one.window.oxidation_v
        colour = COLOURS[place % len(COLOURS)]
        axes.barh(place, (FARTHEST_V if high is None else high) - low, left=low, height=0.42, color=colour, alpha=0.75)
        if one.spread is not None:
            for band in (one.spread.reduction_v, one.spread.oxidation_v):
                if band is not None:
                    axes.plot(band, [place, place], color="black", linewidth=1.2, marker="|", markersize=7)
        known = one.published
        if known is not None and known.oxidation_v is not None:
            axes.barh(place + 0.34, known.oxidation_v - (known.reduction_v or 0.0), left=known.reduction_v or 0.0,
                      height=0.14, color=GREY)  # fmt: skip
    axes.set_yticks(range(len(found)), [one.asked for one in found], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel(f"V against {found[0].against} (black: 90 % interval; grey: published)")
    axes.set_xlim(0.0, None)
