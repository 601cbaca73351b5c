"""Nyquist plot and residuals of a fit as one self-contained HTML page."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Flags, Floats
from adatom.protocol.errors import InputError

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def write_plot(
    path: Path, title: str, freq_hz: Floats, z_ohm: Complexes, fitted_ohm: Complexes, outliers: Flags
) -> None:
    """Write the page. Raises InputError for a name that does not end in .html or a place that cannot be written."""
    if path.suffix.lower() != ".html":
        raise InputError("--plot", f"{path.name!r}; a name ending in .html is needed")
    page = figure(title, freq_hz, z_ohm, fitted_ohm, outliers).to_html(include_plotlyjs=True)
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError("--plot", f"{path}: cannot be written: {error.strerror}") from error


def figure(title: str, freq_hz: Floats, z_ohm: Complexes, fitted_ohm: Complexes, outliers: Flags) -> "Figure":
    """Nyquist plot at the left; residuals in percent of |Z| against frequency at the right."""
    from plotly.graph_objects import Scatter
    from plotly.subplots import make_subplots

    order = np.argsort(freq_hz)
    residuals = 100 * (fitted_ohm - z_ohm) / np.abs(z_ohm)
    hover = [f"{f:.4g} Hz" for f in freq_hz]
    page = make_subplots(cols=2, subplot_titles=("Nyquist", "fit - measured, % of |Z|"))
    measured = {"x": z_ohm.real, "y": -z_ohm.imag, "text": hover, "mode": "markers", "name": "measured"}
    page.add_trace(Scatter(**measured, marker={"symbol": np.where(outliers, "x", "circle")}), 1, 1)
    page.add_trace(Scatter(x=fitted_ohm[order].real, y=-fitted_ohm[order].imag, mode="lines", name="fit"), 1, 1)
    for part, name in ((residuals.real, "real"), (residuals.imag, "imaginary")):
        page.add_trace(Scatter(x=freq_hz, y=part, mode="markers", name=name), 1, 2)
    page.update_xaxes(title_text="Re Z / Ω", col=1)
    page.update_yaxes(title_text="-Im Z / Ω", scaleanchor="x", scaleratio=1, col=1)
    page.update_xaxes(type="log", title_text="frequency / Hz", col=2)
    page.update_layout(title=title, template="plotly_white")
    return page
