"""Citations of each family by year, and the forecast with its interval, as a picture."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from adatom.cloud.measure.picture import check_plot, save
from adatom.cloud.web.theme import BLUE, ORANGE

from .forecast import Forecast
from .graph import Citations

__all__ = ["check_plot", "picture", "write_plot"]

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS, PANEL_INCH = 4, 2.3
MOST_PANELS = 12


def write_plot(path: Path, graph: Citations, found: Forecast) -> None:
    """Write the picture (.png, .svg, .pdf). Raises InputError for another ending."""
    save(path, picture(graph, found))


def picture(graph: Citations, found: Forecast) -> "Figure":
    """One panel a family, the most cited first: citations a year, then the mean a year of the horizon."""
    from matplotlib.figure import Figure

    order = np.argsort([-family.expected for family in found.families])[:MOST_PANELS]
    lines = -(-len(order) // COLUMNS)
    figure = Figure(figsize=(COLUMNS * PANEL_INCH, lines * PANEL_INCH + 0.4), layout="constrained")
    panels = figure.subplots(lines, COLUMNS, squeeze=False, sharex=True).ravel()
    known = graph.until(found.year)
    years = np.arange(int(known.year.min()), found.year + 1)
    per_year = [known.member.T @ known.received(int(year), int(year)) for year in years]
    for panel, k in zip(panels, order, strict=False):
        _panel(panel, years, np.array([counts[k] for counts in per_year]), found, int(k))
    for panel in panels[len(order) :]:
        panel.set_visible(False)
    figure.supylabel("citations a year", fontsize=9)
    return figure


def _panel(panel: "Axes", years: "np.ndarray", counts: "np.ndarray", found: Forecast, k: int) -> None:
    family, h = found.families[k], found.horizon
    panel.plot(years, counts, color=BLUE, linewidth=1.2)
    ahead = [found.year + 1, found.year + h]
    panel.fill_between(ahead, 2 * [family.low / h], 2 * [family.high / h], color=ORANGE, alpha=0.3, linewidth=0)
    panel.plot(ahead, 2 * [family.expected / h], color=ORANGE, linewidth=1.8)
    panel.set_title(family.name, fontsize=9)
    panel.set_ylim(bottom=0)
    panel.tick_params(labelsize=8)
