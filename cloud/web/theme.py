"""How every figure looks: colours that colour-blind people tell apart, fonts, grid, the mark of simulated data.

Figures have no background and half-transparent grids, so that they stand on light and dark pages; the page colours the
text. Must not know what is plotted.
"""

from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

# Okabe and Ito 2008, without yellow and black: all of them show on white and on near-black
BLUE, VERMILLION, GREEN, PINK, ORANGE, SKY = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"
GREY = "#808080"
FAINT = "rgba(128,128,128,0.25)"
BAND = "rgba(128,128,128,0.15)"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
FONT_SIZE = 13
BADGE_COLOUR = "#b87000"  # 3.9 : 1 on white, 4.2 : 1 on near-black
SIMULATED = "SIMULATED"

# Low is good: orange through mauve to blue, each of a lightness that shows on white and on near-black
GOOD_TO_BAD_STOPS = (0.0, 0.5, 1.0)
GOOD_TO_BAD_RGB = ((230, 120, 0), (165, 105, 150), (0, 100, 190))


def figure(height: int, title: str, simulated: bool, **layout: Any) -> go.Figure:
    """An empty figure of our looks; `layout` goes on top."""
    made = go.Figure()
    dress(made, height, title, simulated, **layout)
    return made


def dress(made: go.Figure, height: int, title: str, simulated: bool, **layout: Any) -> None:
    """Give a figure our looks, and a title that says so when what it shows is simulated."""
    badge = f'<b><span style="color:{BADGE_COLOUR}">{SIMULATED}</span></b>' if simulated else ""
    made.update_layout(
        template=None,
        height=height,
        title={"text": " · ".join(part for part in (badge, escape(title)) if part), "font": {"size": 14}, "x": 0,
               "xref": "container", "pad": {"l": 12, "t": 8}, "y": 1, "yanchor": "top"},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": FONT_SIZE, "color": GREY},
        margin={"l": 62, "r": 14, "t": 40, "b": 50},
        legend={"orientation": "h", "x": 0, "y": -0.16, "yanchor": "top", "bgcolor": "rgba(0,0,0,0)"},
        hovermode="closest",
        dragmode=False,  # else a finger on a figure cannot scroll the page
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": GREY, "activecolor": BLUE},
    )  # fmt: skip
    made.update_layout(**layout)
    made.update_xaxes(**AXIS)
    made.update_yaxes(**AXIS)


AXIS: dict[str, Any] = {
    "gridcolor": FAINT,
    "zeroline": False,
    "linecolor": GREY,
    "showline": True,
    "ticks": "outside",
    "tickcolor": GREY,
    "exponentformat": "power",
    "title_standoff": 8,
}


def shade(share: float, opacity: float = 1.0) -> str:
    """The colour of a share from 0 (good) to 1 (bad); what is outside is taken as the end."""
    parts = [round(float(np.interp(share, GOOD_TO_BAD_STOPS, part))) for part in zip(*GOOD_TO_BAD_RGB, strict=True)]
    return f"rgba({parts[0]},{parts[1]},{parts[2]},{opacity:.2f})"
