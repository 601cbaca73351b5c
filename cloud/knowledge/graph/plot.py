"""The neighbourhood of a material as a picture: what ties it on the inner ring, related materials on the outer one."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adatom.cloud.measure.picture import save
from adatom.cloud.web.theme import BLUE, GREEN, GREY, ORANGE, PINK, SKY, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"Element": SKY, "Property": GREY, "Family": GREEN, "Document": PINK, "Process": VERMILLION}
ORDER = ("Document", "Family", "Element", "Process", "Property")  # around the ring
MOST_A_LABEL, MOST_RELATED, LONGEST = 6, 14, 30
INNER, OUTER = 1.0, 1.9
Point = tuple[float, float]


def draw(path: Path, found: dict[str, Any]) -> None:
    """Write the picture of report.near_data."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.5, 8.0), layout="constrained")
    axis = figure.subplots()
    inner = _inner(found)
    places = {name: _at(INNER, place / len(inner)) for place, (_, name) in enumerate(inner)}
    for label, name in inner:
        _line(axis, (0.0, 0.0), places[name], 0.8)
        _node(axis, places[name], name, COLOURS[label], INNER)
    shown = found["related"][:MOST_RELATED]
    for one, turn in zip(shown, _turns(shown, places), strict=True):
        at = _at(OUTER, turn)
        for name in one["through"]:
            if name in places:
                _line(axis, at, places[name], 0.5)
        _node(axis, at, one["formula"], BLUE, OUTER)
    axis.scatter([0.0], [0.0], s=160, color=ORANGE, zorder=3)
    axis.annotate(found["formula"], (0.0, 0.0), (0, 11), textcoords="offset points", ha="center", weight="bold")
    _finish(axis, {label for label, _ in inner})
    save(path, figure)


def _inner(found: dict[str, Any]) -> list[tuple[str, str]]:
    """(label, name) of what is shown around the material; what relates others first."""
    used = {name for one in found["related"][:MOST_RELATED] for name in one["through"]}
    shown = []
    for label in ORDER:
        if label == "Process" and label in found["direct"]:  # their names are numbers that say nothing
            shown.append((label, f"{len(found['direct'][label])} recipes"))
            continue
        names = sorted(found["direct"].get(label, []), key=lambda name: (name not in used, name))
        shown += [(label, name) for name in names[:MOST_A_LABEL]]
    return shown or [("Property", "nothing")]


def _turns(shown: list[dict[str, Any]], places: dict[str, Point]) -> list[float]:
    """Where on the outer ring each related material stands, in turns: near its ties, with even distances."""

    def wanted(one: dict[str, Any]) -> float:
        ties = [places[name] for name in one["through"] if name in places] or [(1.0, 0.0)]
        return math.atan2(sum(y for _, y in ties), sum(x for x, _ in ties)) / math.tau % 1.0

    order = sorted(range(len(shown)), key=lambda place: wanted(shown[place]))
    turns = [0.0] * len(shown)
    for rank, place in enumerate(order):
        turns[place] = (rank + 0.5) / len(shown)
    return turns


def _at(radius: float, turn: float) -> Point:
    return radius * math.cos(math.tau * turn), radius * math.sin(math.tau * turn)


def _line(axis: "Axes", a: Point, b: Point, width: float) -> None:
    axis.plot([a[0], b[0]], [a[1], b[1]], color=GREY, lw=width, alpha=0.45, zorder=1)


def _node(axis: "Axes", at: Point, name: str, colour: str, radius: float) -> None:
    """A dot with its name outward of it."""
    axis.scatter([at[0]], [at[1]], s=60, color=colour, zorder=3)
    side = "left" if at[0] > 0.15 * radius else "right" if at[0] < -0.15 * radius else "center"
    text = name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
    shift = (7 if side == "left" else -7 if side == "right" else 0), (8 if at[1] >= 0 else -12)
    axis.annotate(text, at, shift, textcoords="offset points", ha=side, fontsize=7, zorder=4)


def _finish(axis: "Axes", labels: set[str]) -> None:
    for label in ORDER:
        if label in labels:
            axis.scatter([], [], s=40, color=COLOURS[label], label=label)
    axis.scatter([], [], s=40, color=BLUE, label="related material")
    axis.legend(loc="lower right", fontsize=8, frameon=False)
    axis.set_xlim(-2.7, 2.7)
    axis.set_ylim(-2.2, 2.2)
    axis.set_aspect("equal")
    axis.axis("off")
