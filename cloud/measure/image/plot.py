"""An image's statistics as a picture: the image with what was found, its values, its correlation or its sizes."""

from typing import TYPE_CHECKING

import numpy as np
from adatom.cloud.measure.image.analyse import Analysis
from adatom.cloud.measure.image.objects import Object
from adatom.cloud.web.theme import BLUE, GREY, ORANGE, SIMULATED, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_INCH, WIDTH_INCH = 3.6, 11.0
MOST_SHOWN = 1000  # px along a side of the drawn image: no screen shows more of three panels
BINS = 60
BAR_SHARE = 0.3  # of the image's width, that the scale bar is at most
FEWEST_FOR_SIZES = 3


def picture(found: list[Analysis]) -> "Figure":
    """A row of three panels for each image."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_INCH, ROW_INCH * len(found)), layout="constrained")
    for row, one in zip(figure.subplots(len(found), 3, squeeze=False), found, strict=True):
        _image(row[0], one)
        _values(row[1], one)
        sized = [each for each in one.objects if each.inside]
        if one.image.kind == "intensity" and len(sized) >= FEWEST_FOR_SIZES:
            _sizes(row[2], one, sized)
        else:
            _correlation(row[2], one)
    return figure


def _image(axes: "Axes", one: Analysis) -> None:
    step = max(1, max(one.flat.shape) // MOST_SHOWN)
    low, high = np.quantile(one.flat, [0.005, 0.995])
    colours = "gray" if one.image.kind == "intensity" else "viridis"
    rows, columns = one.flat.shape
    shown = axes.imshow(one.flat[::step, ::step], cmap=colours, vmin=low, vmax=high, extent=(0, columns, rows, 0))
    if one.image.kind != "intensity":
        axes.figure.colorbar(shown, ax=axes, label="height, nm", shrink=0.85)
    for objects, colour in (([o for o in one.objects if o.needle], VERMILLION),
                            ([o for o in one.objects if not o.needle], ORANGE)):  # fmt: skip
        axes.plot([o.centre[1] for o in objects], [o.centre[0] for o in objects], "+", color=colour, ms=7, mew=1.5)
    axes.set_xlim(0, columns)
    axes.set_ylim(rows, 0)
    axes.set_xticks([])
    axes.set_yticks([])
    _scale_bar(axes, one, columns)
    badge = f"{SIMULATED} · " if one.image.simulated else ""
    axes.set_title(f"{badge}{one.image.name}", loc="left", fontsize=9, color=GREY)


def _scale_bar(axes: "Axes", one: Analysis, columns: int) -> None:
    """A bar below the image, of 1, 2 or 5 times a power of ten."""
    pixel = one.image.pixel_nm
    most = BAR_SHARE * columns * (pixel or 1.0)
    power = 10.0 ** np.floor(np.log10(most))
    length = float(power * max(k for k in (1, 2, 5) if k * power <= most))
    axes.annotate("", (0.0, -0.03), (length / (pixel or 1.0) / columns, -0.03), xycoords="axes fraction",
                  annotation_clip=False, arrowprops={"arrowstyle": "-", "lw": 3, "color": "black", "shrinkA": 0,
                                                     "shrinkB": 0})  # fmt: skip
    axes.text(
        0.0, -0.06, _length(length) if pixel else f"{length:g} px", transform=axes.transAxes, va="top", fontsize=8
    )


def _length(nm: float) -> str:
    for unit, size in (("mm", 1e6), ("µm", 1e3)):
        if nm >= size:
            return f"{nm / size:g} {unit}"
    return f"{nm:g} nm"


def _values(axes: "Axes", one: Analysis) -> None:
    """The distribution of values; for heights beside the Gaussian of the same Sq."""
    low, high = np.quantile(one.flat, [0.001, 0.999])
    axes.hist(one.flat.ravel(), BINS, range=(float(low), float(high)), density=True, color=BLUE, alpha=0.45)
    sq = one.film.get("sq")
    if sq is not None:
        at = np.linspace(low, high, 300)
        curve = np.exp(-0.5 * (at / sq.value) ** 2) / sq.value / np.sqrt(2.0 * np.pi)
        axes.plot(at, curve, color="black", lw=1, label=f"Gaussian, Sq = {sq.value:.3g} nm")
        axes.set_ylim(0.0, 1.35 * curve.max())
        axes.legend(frameon=False, fontsize=8, loc="upper right")
    axes.set_xlabel("height over the mean plane, nm" if sq is not None else "brightness over its mean plane")
    axes.set_ylabel("share of pixels")
    axes.set_yticks([])


def _correlation(axes: "Axes", one: Analysis) -> None:
    pixel, length = one.image.pixel_nm or 1.0, one.length_nm or one.correlation.length_px
    unit = "nm" if one.image.pixel_nm else "px"
    axes.plot(np.arange(len(one.correlation.curve)) * pixel, one.correlation.curve, ".-", color=BLUE, ms=4, lw=1)
    axes.axhline(1.0 / np.e, color=GREY, lw=0.8, ls="--")
    axes.set_xlabel(f"distance, {unit}")
    axes.set_ylim(0.0, 1.05)
    axes.set_ylabel("autocorrelation")
    if length is not None:
        axes.axvspan(length.low, length.high, color=ORANGE, alpha=0.35, lw=0)
        axes.set_title(f"correlation length {length.value:.3g} {unit}, 95 % {length.low:.3g} to {length.high:.3g}",
                       loc="left", fontsize=9, color=GREY)  # fmt: skip


def _sizes(axes: "Axes", one: Analysis, sized: list[Object]) -> None:
    scale, unit = (one.image.pixel_nm / 1000.0, "µm") if one.image.pixel_nm else (1.0, "px")
    for needle, colour, name in ((False, ORANGE, "islands"), (True, VERMILLION, "needles")):
        some = [o for o in sized if o.needle == needle]
        axes.plot([o.length_px * scale for o in some], [o.width_px * scale for o in some], "o", color=colour, ms=4,
                  label=f"{len(some)} {name}")  # fmt: skip
    longest = 1.1 * max(o.length_px for o in sized) * scale
    widest = 1.25 * max(o.width_px for o in sized) * scale
    axes.plot([0.0, longest], [0.0, longest / 3.0], color=GREY, lw=0.8, ls="--", label="three times as long as wide")
    axes.set_xlim(0.0, longest)
    axes.set_ylim(0.0, widest)
    axes.set_xlabel(f"length, {unit}")
    axes.set_ylabel(f"width, {unit}")
    axes.legend(frameon=False, fontsize=8, loc="upper right")
