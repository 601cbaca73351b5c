"""Where a material lies in the distribution of each property, as a picture."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from adatom.cloud.knowledge.properties import BY_NAME, Property
from adatom.cloud.measure.picture import save
from adatom.cloud.store.store import Store
from adatom.cloud.web.theme import BLUE, GREY, ORANGE
from adatom.protocol.errors import InputError
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_PANELS, COLUMNS = 15, 3
PANEL_INCH = (3.6, 2.3)
FACTS_MIN = 5  # fewer make no distribution
BINS = 60
EDGE = 0.001  # quantile at which the axis ends, so that one outlier does not press the rest together


def draw(path: Path, store: Store, found: dict[str, Any]) -> None:
    """Write the picture of a material (materials_report.material_data). InputError where nothing can be drawn."""
    from matplotlib.figure import Figure

    rows = [row for row in found["consensus"] if not row["property"].startswith("lattice_")]
    panels = [(row, values) for row in rows if len(values := store.property_values(row["property"])) >= FACTS_MIN]
    if not panels:
        raise InputError("--plot", f"of {found['formula']} no property is known that {FACTS_MIN} facts are of")
    panels = panels[:MOST_PANELS]
    across = min(COLUMNS, len(panels))
    down = math.ceil(len(panels) / across)
    figure = Figure(figsize=(PANEL_INCH[0] * across, PANEL_INCH[1] * down + 0.4), layout="constrained")
    axes = figure.subplots(down, across, squeeze=False).ravel()
    for axis, (row, values) in zip(axes, panels, strict=False):
        _panel(axis, row, values)
    for axis in axes[len(panels) :]:
        axis.set_visible(False)
    figure.suptitle(f"{found['reduced']} among all materials known", fontsize=11)
    save(path, figure)


def _panel(axis: "Axes", row: dict[str, Any], values: NDArray[np.float64]) -> None:
    """One property: every fact in grey, the material's range and consensus over it."""
    known = BY_NAME[row["property"]]
    seen = values[values > 0.0] if known.scale == "log" else values
    low, high = _ends(seen, row, known)
    edges = np.geomspace(low, high, BINS) if known.scale == "log" else np.linspace(low, high, BINS)
    axis.hist(np.clip(seen, low, high), bins=edges.tolist(), color=GREY, alpha=0.6)
    if known.scale == "log":
        axis.set_xscale("log")
    if row["n"] > 1:
        axis.axvspan(row["lowest"], row["highest"], color=BLUE, alpha=0.25, lw=0)
    axis.axvline(row["value"], color=ORANGE, lw=1.8)
    below = 100.0 * float((values < row["value"]).mean())
    at = "" if row["near_c"] is None else f" at {row['near_c']:.0f} °C"
    unit = "" if known.unit == "1" else f" / {known.unit}"
    axis.set_xlabel(f"{known.name.replace('_', ' ')}{at}{unit}", fontsize=8)
    axis.set_title(f"{row['value']:.3g}: above {below:.0f} % of {len(values)}", fontsize=8)
    axis.tick_params(labelsize=7)
    axis.set_yticks([])


def _ends(seen: NDArray[np.float64], row: dict[str, Any], known: Property) -> tuple[float, float]:
    """The ends of the axis: nearly all facts, and the material itself."""
    low, high = (float(end) for end in np.quantile(seen, [EDGE, 1.0 - EDGE]))
    if row["value"] > 0.0 or known.scale == "linear":
        low, high = min(low, row["value"]), max(high, row["value"])
    return (low, high) if low < high else (low, low + max(1e-9, abs(low)))
