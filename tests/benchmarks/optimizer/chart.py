"""A plot of small panels as SVG text: how far the incumbent is above random's, over evaluations, a line a method."""

from collections.abc import Mapping
from xml.sax.saxutils import escape

import numpy as np

from .space import Array

COLOURS = {
    "adatom": "#d62728",
    "botorch": "#1f77b4",
    "baybe": "#17becf",
    "optuna_gp": "#2ca02c",
    "optuna_tpe": "#98bf64",
    "sklearn_ei": "#9467bd",
    "pymoo_ga": "#8c564b",
    "random": "#7f7f7f",
    "sobol": "#bcbd22",
}
WIDTH, HEIGHT, ROOM = 250, 170, 34  # of a panel's axes, and around them
COLUMNS = 3
THICK = {"adatom": 2.4}
Panel = Mapping[str, tuple[Array, Array]]  # {method: (evaluations, worth above random's)}


def drawn(panels: Mapping[str, Panel], labels: Mapping[str, str]) -> str:
    """The whole plot."""
    rows = -(-len(panels) // COLUMNS)
    width, height = COLUMNS * (WIDTH + ROOM) + ROOM, rows * (HEIGHT + 2 * ROOM) + ROOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        _legend(labels),
    ]
    for place, (family, panel) in enumerate(panels.items()):
        left, top = ROOM + place % COLUMNS * (WIDTH + ROOM), 2 * ROOM + place // COLUMNS * (HEIGHT + 2 * ROOM)
        parts.append(f'<g transform="translate({left},{top})">{_panel(family, panel)}</g>')
    return "\n".join([*parts, "</svg>\n"])


def _legend(labels: Mapping[str, str]) -> str:
    found, x = [], ROOM
    for method, label in labels.items():
        found.append(f'<rect x="{x}" y="8" width="14" height="4" fill="{COLOURS[method]}"/>')
        found.append(f'<text x="{x + 18}" y="14" font-size="9">{escape(label)}</text>')
        x += 26 + 5 * len(label)
    return "".join(found)


def _panel(family: str, panel: Panel) -> str:
    first = min(float(x[0]) for x, _ in panel.values())
    last = max(float(x[-1]) for x, _ in panel.values())
    low = np.floor(min(float(y.min()) for _, y in panel.values()) * 10.0) / 10.0
    high = np.ceil(max(0.05, *(float(y.max()) for _, y in panel.values())) * 10.0) / 10.0
    parts = [f'<text x="0" y="-8" font-weight="bold">{escape(family)}</text>', _axes(first, last, low, high)]
    for method, (x, y) in panel.items():
        points = " ".join(f"{_x(a, first, last):.1f},{_y(b, low, high):.1f}" for a, b in zip(x, y, strict=True))
        thick = THICK.get(method, 1.3)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[method]}" stroke-width="{thick}"/>')
    return "".join(parts)


def _axes(first: float, last: float, low: float, high: float) -> str:
    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#bbb"/>']
    for gain in sorted({low, 0.0, high}):
        y = _y(gain, low, high)
        parts.append(f'<text x="-4" y="{y + 4:.1f}" text-anchor="end" fill="#555">{gain:+.1f}</text>')
    for number in (first, last):
        x = _x(number, first, last)
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT + 14}" text-anchor="middle" fill="#555">{number:.0f}</text>')
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT + 14}" text-anchor="middle" fill="#555">evaluations</text>')
    return "".join(parts)


def _x(number: float, first: float, last: float) -> float:
    return (number - first) / max(last - first, 1.0) * WIDTH


def _y(gain: float, low: float, high: float) -> float:
    return (1.0 - (gain - low) / (high - low)) * HEIGHT
