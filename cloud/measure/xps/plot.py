"""The fits as a picture: each level with its background, components and residuals. PNG and SVG by matplotlib, html by
plotly.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.picture import ENDINGS as PICTURES
from adatom.cloud.measure.picture import check_plot, save, writing
from adatom.cloud.measure.xps.analyse import Analysis
from adatom.cloud.measure.xps.fit import LevelFit
from adatom.cloud.web.theme import BLUE, GREEN, GREY, ORANGE, PINK, SIMULATED, SKY, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from plotly.graph_objects import Figure as Page

ENDINGS = (*PICTURES, ".html")
COLUMNS = 3
COLOURS = {"carbonate": VERMILLION, "lattice": BLUE, "C-C": GREEN, "C-O": ORANGE, "main": BLUE, "shake-up": SKY}
OTHERS = (BLUE, PINK, ORANGE)
PANEL_INCH = (3.5, 3.3)
PANEL_PX = 330
PANEL_DOMAIN, RESIDUAL_DOMAIN = (0.38, 0.93), (0.18, 0.34)  # of a panel's height on the page
RESIDUAL_SHARE = 0.22  # of a panel's height


@dataclass(frozen=True)
class Panel:
    """One level ready to be drawn; energies (N,) as corrected for charging, residuals (N,) in counting noise."""

    title: str
    binding_ev: Floats
    counts: Floats
    background: Floats
    fitted: Floats
    components: tuple[tuple[str, str, Floats], ...]  # (name, colour, background and curve)
    residuals: Floats


def write_plot(path: Path, found: Analysis) -> None:
    """Write the picture or page, without levels that were not detected.

    Raises InputError for another ending or a place that cannot be written.
    """
    check_plot(path, ENDINGS)
    missing = {element for element, _ in found.intensities.undetected}
    shown = [fit for fit in found.fits if fit.level.element not in missing] or found.fits
    panels = [panel_of(fit, found.shift_ev) for fit in shown]
    title = " · ".join(part for part in (SIMULATED if found.simulated else "", found.sample) if part)
    if path.suffix.lower() != ".html":
        save(path, picture(panels, title))
        return
    with writing(path):
        path.write_text(page(panels, title).to_html(include_plotlyjs=True), encoding="utf-8")


def panel_of(fit: LevelFit, shift_ev: float) -> Panel:
    """The Panel of a fitted level."""
    fitted = fit.fitted
    noise = np.sqrt(np.maximum(fitted, 1.0))
    others = iter(OTHERS * len(fit.components))
    components = tuple(
        (c.state.name or fit.level.name, COLOURS.get(c.state.name) or next(others), fit.background + c.curve)
        for c in fit.components
    )
    title = fit.level.name + ("" if fit.spectrum.narrow else " (survey)")
    return Panel(title, fit.binding_ev - shift_ev, fit.counts, fit.background, fitted, components,
                 (fit.counts - fitted) / noise)  # fmt: skip


# --- PNG and SVG ----------------------------------------------------------------------------------------------------
def picture(panels: list[Panel], title: str) -> "Figure":
    """The panels in rows of three; binding energies fall to the right, as everybody draws them."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine
    from matplotlib.ticker import MaxNLocator

    rows = -(-len(panels) // COLUMNS)
    across = min(COLUMNS, len(panels))
    figure = Figure(
        figsize=(PANEL_INCH[0] * across, PANEL_INCH[1] * rows + 0.3),
        layout=ConstrainedLayoutEngine(h_pad=0.06, w_pad=0.08),
    )
    figure.suptitle(title, x=0.01, ha="left", fontsize=10, color=GREY)
    for cell, panel in zip(figure.subfigures(rows, across, squeeze=False).ravel(), panels, strict=False):
        upper, lower = cell.subplots(2, 1, sharex=True, height_ratios=[1.0 - RESIDUAL_SHARE, RESIDUAL_SHARE])
        _draw(upper, panel)
        _draw_residuals(lower, panel)
        lower.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    return figure


def _draw(axes: "Axes", panel: Panel) -> None:
    for name, colour, curve in panel.components:
        axes.fill_between(panel.binding_ev, panel.background, curve, color=colour, alpha=0.35, lw=0, label=name)
    axes.plot(panel.binding_ev, panel.counts, ".", ms=2.5, color="0.35")
    axes.plot(panel.binding_ev, panel.background, color=GREY, lw=1, ls="--")
    axes.plot(panel.binding_ev, panel.fitted, color="black", lw=1)
    axes.set_title(panel.title, fontsize=10)
    axes.set_ylabel("counts", fontsize=8)
    axes.ticklabel_format(axis="y", style="sci", scilimits=(0, 3), useMathText=True)
    axes.yaxis.get_offset_text().set_fontsize(7)
    axes.margins(x=0)
    axes.set_ylim(top=float(panel.counts.max()) + 0.25 * float(np.ptp(panel.counts)))  # room for the names
    axes.legend(fontsize=7, frameon=False, ncols=3, loc="upper left", handlelength=1.0, columnspacing=0.8)
    axes.tick_params(labelsize=7)


def _draw_residuals(axes: "Axes", panel: Panel) -> None:
    axes.axhline(0.0, color=GREY, lw=0.8)
    axes.plot(panel.binding_ev, panel.residuals, ".", ms=2, color="0.35")
    reach = max(4.0, float(np.abs(panel.residuals).max()) * 1.1)
    axes.set_ylim(-reach, reach)
    axes.set_ylabel("residual / σ", fontsize=7)
    axes.set_xlabel("binding energy / eV", fontsize=8)
    axes.tick_params(labelsize=7)
    axes.set_xlim(float(panel.binding_ev[-1]), float(panel.binding_ev[0]))


# --- html -----------------------------------------------------------------------------------------------------------
def page(panels: list[Panel], title: str) -> "Page":
    """The same, to be zoomed into."""
    from plotly.subplots import make_subplots

    rows, across = -(-len(panels) // COLUMNS), min(COLUMNS, len(panels))
    made = make_subplots(2 * rows, across, horizontal_spacing=0.07)
    for k, panel in enumerate(panels):
        row, column = 2 * (k // across) + 1, k % across + 1
        _add(made, panel, row, column)
        _place(made, panel, row, column, rows)
    made.update_layout(title=title, template="plotly_white", height=PANEL_PX * rows + 80, showlegend=False)
    return made


def _place(made: "Page", panel: Panel, row: int, column: int, rows: int) -> None:
    """Residuals close below their panel, names and axis titles between panels; energies fall to the right."""
    bottom, height = 1.0 - (row + 1) / 2 / rows, 1.0 / rows
    energies = {"range": [float(panel.binding_ev[-1]), float(panel.binding_ev[0])], "col": column}
    made.update_xaxes(row=row, showticklabels=False, **energies)
    made.update_xaxes(row=row + 1, title_text="binding energy / eV", title_standoff=4, **energies)
    for place, (low, high) in ((row, PANEL_DOMAIN), (row + 1, RESIDUAL_DOMAIN)):
        made.update_yaxes(domain=[bottom + low * height, bottom + high * height], row=place, col=column)
    x_low, x_high = next(made.select_xaxes(row=row, col=column)).domain
    made.add_annotation(text=panel.title, x=(x_low + x_high) / 2, y=bottom + PANEL_DOMAIN[1] * height, xref="paper",
                        yref="paper", showarrow=False, yanchor="bottom", font={"size": 14})  # fmt: skip


def _add(made: "Page", panel: Panel, row: int, column: int) -> None:
    place, x = {"row": row, "col": column}, panel.binding_ev
    for name, colour, curve in panel.components:
        made.add_scatter(x=x, y=panel.background, mode="lines", line={"width": 0}, hoverinfo="skip", **place)
        made.add_scatter(x=x, y=curve, mode="lines", name=name, fill="tonexty", line={"color": colour, "width": 1},
                         **place)  # fmt: skip
    made.add_scatter(x=x, y=panel.background, mode="lines", name="background",
                     line={"color": GREY, "dash": "dash", "width": 1}, **place)  # fmt: skip
    made.add_scatter(x=x, y=panel.fitted, mode="lines", name="fit", line={"color": "black", "width": 1}, **place)
    made.add_scatter(x=x, y=panel.counts, mode="markers", name="counts", marker={"size": 3, "color": GREY}, **place)
    made.add_scatter(x=x, y=panel.residuals, mode="markers", name="residual / σ", marker={"size": 2, "color": GREY},
                     row=row + 1, col=column)  # fmt: skip
