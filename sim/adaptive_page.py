"""What the study of the adaptive run shows: its figures with intervals, and a picture. Knows landings only."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .adaptive import MONITORS, OPEN, SOUND, Landing

QUANTITIES = {  # field of a Landing -> what it is called
    "thickness": "film thickness",
    "ratio": "Ta/(Ta + Zr)",
    "fluence": "mean fluence",
}
SHOWN = ("thickness", "ratio")
BOOTSTRAPS = 1000
INTERVAL = (2.5, 97.5)
Errors = NDArray[np.float64]

# picture, px
WIDTH, HEIGHT, LEFT, TOP, PANEL_W, PANEL_H, GAP = 860, 380, 40, 70, 370, 220, 40
BINS = 40
OPEN_COLOUR, ADAPTIVE_COLOUR = "#e69f00", "#0072b2"


def summary(landings: Mapping[str, Sequence[Landing]]) -> dict[str, Any]:
    """The study's figures, JSON-ready; errors in per cent.

    sd: within a world, the worlds' means taken out (a bench's own bias would be calibrated away); rms: from the plan.
    """
    rows = [_row(name, landings[OPEN], landings[SOUND]) for name in QUANTITIES]
    monitors = []
    for name, (what, _) in MONITORS.items():
        there = landings[name]
        if name != SOUND and there:
            same = landings[OPEN][: len(there)]
            monitors.append({"monitor": name, "what": what, **{q: _row(q, same, there) for q in SHOWN}})
    return {
        "simulated": True,
        "runs": len(landings[OPEN]),
        "worlds": len({landing.world for landing in landings[OPEN]}),
        "rows": rows,
        "monitors": monitors,
        "landings": {name: [_plain(landing) for landing in landings[name]] for name in (OPEN, SOUND)},
    }


def _plain(landing: Landing) -> dict[str, float]:
    """A landing for JSON: a millionth is far below what any figure shows."""
    return {name: round(value, 6) for name, value in asdict(landing).items()}


def _row(quantity: str, plain: Sequence[Landing], adaptive: Sequence[Landing]) -> dict[str, Any]:
    """Both ways' figures for one quantity, and how many times smaller the adaptive sd is, with a 95 % interval."""
    groups = _worlds(plain)
    one, other = _errors(plain, quantity), _errors(adaptive, quantity)
    rng = np.random.default_rng(1)
    ratios = []
    for _ in range(BOOTSTRAPS):
        drawn = [group[rng.integers(0, len(group), len(group))] for group in groups]
        ratios.append(_times(one, other, drawn))
    low, high = np.percentile(ratios, INTERVAL)
    return {
        "quantity": quantity,
        "n": len(plain),
        "open": _figures(one, groups),
        "adaptive": _figures(other, groups),
        "smaller": [round(float(v), 2) for v in (_times(one, other, groups), low, high)],
    }


def _times(one: Errors, other: Errors, groups: Sequence[NDArray[np.intp]]) -> float:
    """How many times smaller the other's sd is; one film a world has none."""
    return _sd(one, groups) / max(_sd(other, groups), 1e-9)


def _figures(errors: Errors, groups: Sequence[NDArray[np.intp]]) -> dict[str, float]:
    figures = {"sd": _sd(errors, groups), "mean": errors.mean(), "rms": np.sqrt((errors**2).mean()),
               "worst": np.abs(errors).max()}  # fmt: skip
    return {name: round(float(value), 3) for name, value in figures.items()}


def _errors(landings: Sequence[Landing], quantity: str) -> Errors:
    return 100.0 * np.array([getattr(landing, quantity) for landing in landings])


def _worlds(landings: Sequence[Landing]) -> list[NDArray[np.intp]]:
    """Places of the landings of each world."""
    worlds = np.array([landing.world for landing in landings])
    return [np.flatnonzero(worlds == world) for world in np.unique(worlds)]


def _sd(errors: Errors, groups: Sequence[NDArray[np.intp]]) -> float:
    """Pooled standard deviation round each world's mean."""
    squares = sum(((errors[group] - errors[group].mean()) ** 2).sum() for group in groups)
    return float(np.sqrt(squares / max(1, sum(len(group) - 1 for group in groups))))


# --- the picture -------------------------------------------------------------------------------------------------
def picture(found: Mapping[str, Any]) -> str:
    """Histograms of both errors as an SVG text that needs no font or file."""
    title = f"Where {found['runs']} films in {found['worlds']} drifting worlds landed (simulated)"
    panels = "".join(_panel(found, quantity, place) for place, quantity in enumerate(SHOWN))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="13" role="img"><title>{escape(title)}</title>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
        f'<text x="{LEFT}" y="26" font-size="17" font-weight="bold">{escape(title)}</text>{_legend()}{panels}</svg>\n'
    )


def _legend() -> str:
    parts = []
    for x, colour, text in ((LEFT, OPEN_COLOUR, "plan fired as it is"), (LEFT + 170, ADAPTIVE_COLOUR, "adaptive run")):
        parts.append(f'<rect x="{x}" y="38" width="14" height="14" fill="{colour}" fill-opacity="0.75"/>')
        parts.append(f'<text x="{x + 20}" y="50">{text}</text>')
    return "".join(parts)


def _panel(found: Mapping[str, Any], quantity: str, place: int) -> str:
    """One histogram a way over the same bins, the plan as a line at 0."""
    ways = {OPEN_COLOUR: _raw(found, OPEN, quantity), ADAPTIVE_COLOUR: _raw(found, SOUND, quantity)}
    reach = float(np.ceil(max(np.abs(errors).max() for errors in ways.values())))
    edges = np.linspace(-reach, reach, BINS + 1)
    counts = {colour: np.histogram(errors, edges)[0] for colour, errors in ways.items()}
    highest = max(count.max() for count in counts.values())
    left, width = LEFT + place * (PANEL_W + GAP), PANEL_W / BINS
    parts = []
    for colour, count in counts.items():
        for k in np.flatnonzero(count):
            height = PANEL_H * count[k] / highest
            x, y = left + k * width, TOP + PANEL_H - height
            parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width - 0.5:.1f}" height="{height:.1f}" '
                         f'fill="{colour}" fill-opacity="0.75"/>')  # fmt: skip
    return "".join(parts) + _axis(left, reach) + _caption(found, quantity, left)


def _axis(left: int, reach: float) -> str:
    base = TOP + PANEL_H
    parts = [f'<path d="M{left} {base}h{PANEL_W}" stroke="#444"/>']
    parts.append(f'<path d="M{left + PANEL_W / 2:.1f} {TOP}V{base}" stroke="#444" stroke-dasharray="3 3"/>')
    step = next(s for s in (1, 2, 5, 10, 20, 50) if reach / s <= 4)
    for value in range(-int(reach // step) * step, int(reach) + 1, step):
        x = left + PANEL_W * (value + reach) / (2 * reach)
        parts.append(f'<path d="M{x:.1f} {base}v5" stroke="#444"/>')
        parts.append(f'<text x="{x:.1f}" y="{base + 19}" text-anchor="middle">{value:d} %</text>')
    return "".join(parts)


def _caption(found: Mapping[str, Any], quantity: str, left: int) -> str:
    row = next(row for row in found["rows"] if row["quantity"] == quantity)
    times, low, high = row["smaller"]
    base = TOP + PANEL_H
    lines = (f"error of {QUANTITIES[quantity]} against the plan",
             f"sd within a world {row['open']['sd']:.2f} % → {row['adaptive']['sd']:.2f} %",
             f"{times:.1f} times smaller (95 %: {low:.1f} to {high:.1f})")  # fmt: skip
    return "".join(
        f'<text x="{left + PANEL_W / 2:.1f}" y="{base + 40 + 18 * k}" text-anchor="middle">{escape(line)}</text>'
        for k, line in enumerate(lines)
    )


def _raw(found: Mapping[str, Any], name: str, quantity: str) -> Errors:
    return 100.0 * np.array([landing[quantity] for landing in found["landings"][name]])
