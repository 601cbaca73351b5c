"""A figure as part of a page."""

import plotly.graph_objects as go


def html_of(made: go.Figure, name: str) -> str:
    """A figure as data, drawn by the page's last script. "<" is escaped: no text may end the element."""
    data = made.to_json().replace("<", "\\u003c")
    return f'<div class="plot" id="figure-{name}"><script type="application/json">{data}</script></div>'
