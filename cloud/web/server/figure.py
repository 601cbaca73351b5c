"""A plotly figure as JSON for the page's plotly."""

import json
from typing import Any

import plotly.graph_objects as go


def as_json(made: go.Figure) -> dict[str, Any]:
    """data and layout, as the browser's Plotly.newPlot takes them."""
    found: dict[str, Any] = json.loads(made.to_json())
    return {"data": found["data"], "layout": found["layout"]}
