"""The comparison of twin and real chamber as one self-contained HTML page: a table of figures, overlaid curves.

Knows only a Comparison; what is simulated is called simulated.
"""

from html import escape

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from .validate import Columns, Comparison, Figure

LOG_COLOUR, TWIN_COLOUR = "#666666", "#d95f02"
LOG_NAME, TWIN_NAME = "real chamber (IKZ Berlin log)", "twin (simulated)"
# (title, column, axis label, logarithmic y, first and last second, logarithmic x)
PANELS = (
    ("Temperature", "heater_c", "°C", False, 0.0, 12000.0, False),
    ("Pressure, capacitance gauge", "pressure_pa", "Pa", True, 0.0, 12000.0, False),
    ("Pump-down, full-range gauge", "vacuum_pa", "Pa", True, 15.0, 620.0, True),
    ("10 Pa held", "pressure_pa", "Pa", False, 3000.0, 3500.0, False),
    ("750 °C held", "heater_c", "°C", False, 3850.0, 4750.0, False),
    ("Free cooling", "heater_c", "°C", False, 7000.0, 9900.0, False),
    ("Oxygen flow", "flow_sccm", "sccm", False, 600.0, 4740.0, False),
    ("Laser energy reading", "energy_mj", "mJ", False, 4060.0, 4250.0, False),
)
HEAD = "".join(f"<th>{text}</th>" for text in ("figure", "unit", "log", "twin (simulated)", "tolerance", "", "note"))
STYLE = """body{font:15px/1.5 sans-serif;max-width:1100px;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse}td,th{padding:.25em .8em;border-bottom:1px solid #ddd;text-align:right}
td:first-child,td:last-child,th:first-child{text-align:left}.off{color:#b00020;font-weight:bold}"""


def page(comparison: Comparison) -> str:
    """The HTML text; it needs no network and no other file."""
    rows = "\n".join(_table_row(figure) for figure in comparison.figures.values())
    judged = [figure for figure in comparison.figures.values() if figure.tolerance is not None]
    good = sum(figure.agrees for figure in judged)
    plots = _plots(comparison).to_html(full_html=False, include_plotlyjs="inline")
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Twin and real chamber</title><style>{STYLE}</style></head><body>
<h1>Twin and real chamber</h1>
<p>A real 4.5-hour run of a pulsed-laser-deposition chamber (IKZ Berlin, Apache-2.0, see ATTRIBUTION.md beside the data)
and the same set-points given to the <b>simulated</b> twin. {good} of {len(judged)} judged figures agree within their
tolerance. From 5000 s on the twin's pressure is the log's: how the chamber was filled is not modelled.</p>
<table><tr>{HEAD}</tr>
{rows}
</table>
{plots}
</body></html>
"""


def _table_row(figure: Figure) -> str:
    tolerance = "not judged" if figure.tolerance is None else f"±{100 * figure.tolerance:g} %"
    verdict = "" if figure.tolerance is None else ("agrees" if figure.agrees else '<span class="off">off</span>')
    cells = (escape(figure.name), escape(figure.unit), f"{figure.log:.4g}", f"{figure.twin:.4g}", tolerance, verdict,
             escape(figure.note))  # fmt: skip
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _plots(comparison: Comparison) -> go.Figure:
    """All panels, two a row, the log grey beneath the twin."""
    figure = make_subplots(rows=len(PANELS) // 2, cols=2, subplot_titles=[panel[0] for panel in PANELS],
                           vertical_spacing=0.07)  # fmt: skip
    for place, (_, column, label, log_y, start_s, end_s, log_x) in enumerate(PANELS):
        row, col = place // 2 + 1, place % 2 + 1
        for name, colour, columns in (
            (LOG_NAME, LOG_COLOUR, comparison.log),
            (TWIN_NAME, TWIN_COLOUR, comparison.twin),
        ):
            x, y = _curve(columns, column, start_s, end_s)
            trace = go.Scatter(x=x, y=y, name=name, mode="lines", legendgroup=name, showlegend=place == 0,
                               line={"color": colour, "width": 1.3})  # fmt: skip
            figure.add_trace(trace, row=row, col=col)
        figure.update_yaxes(title_text=label, type="log" if log_y else "linear", row=row, col=col)
        figure.update_xaxes(title_text="s", type="log" if log_x else "linear", row=row, col=col)
    figure.update_layout(height=1400, template="plotly_white", legend={"orientation": "h", "y": 1.04})
    return figure


def _curve(columns: Columns, column: str, start_s: float, end_s: float) -> tuple[list[float], list[float]]:
    chosen = (columns["time_s"] >= start_s) & (columns["time_s"] <= end_s)
    return columns["time_s"][chosen].tolist(), columns[column][chosen].tolist()
