"""Pictures: what each statement says for or against belonging together; and the network itself."""

from pathlib import Path
from typing import TYPE_CHECKING

from adatom.cloud.measure.picture import save
from adatom.cloud.web.theme import BLUE, ORANGE

from .report import Answer, one_in
from .structure import BY_NAME, OF_FORMULA, STATEMENTS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW_INCH = 0.34


def write_answer(path: Path, answer: Answer) -> None:
    """Write the bars of one formula (.png, .svg). Raises InputError for another ending."""
    save(path, bars(answer))


def write_structure(path: Path) -> None:
    """Write the network (.png, .svg). Raises InputError for another ending."""
    save(path, network_picture())


def bars(answer: Answer) -> "Figure":
    """A bar a statement, in nats; to the left: against belonging together."""
    from matplotlib.figure import Figure

    judged = answer.found.judged[::-1]
    figure = Figure(figsize=(7.5, 1.3 + ROW_INCH * len(judged)), layout="constrained")
    axes = figure.subplots()
    axes.barh(range(len(judged)), [one.nats for one in judged], color=[BLUE if one.nats >= 0.0 else ORANGE
                                                                       for one in judged])  # fmt: skip
    axes.set_yticks(range(len(judged)), [f"{BY_NAME[one.name].words} {BY_NAME[one.name].said(one.value)}"
                                         for one in judged], fontsize=8)  # fmt: skip
    for row, one in enumerate(judged):
        usual = f" usual {BY_NAME[one.name].span(one.usual)}; so far out: {one_in(one.tail)}"
        axes.text(max(one.nats, 0.0), row, usual, va="center", fontsize=7, color="0.35")
    axes.axvline(0.0, color="0.5", linewidth=0.8)
    low, high = min(0.0, *(one.nats for one in judged)), max(0.0, *(one.nats for one in judged))
    axes.set_xlim(1.1 * low - 0.05, high + 1.1 * (high - low) + 0.5)  # room for the words at the right
    axes.set_xlabel("ln P(statement | the others) - ln P(statement alone)", fontsize=9)
    axes.set_title(f"{answer.formula}: consistent with probability {answer.found.probability:.3f}", fontsize=10)
    return figure


def network_picture() -> "Figure":
    """Boxes in columns by how many statements stand before them; arrows from what a quantity hangs on."""
    from matplotlib.figure import Figure

    places = _places()
    figure = Figure(figsize=(11.0, 6.0), layout="constrained")
    axes = figure.subplots()
    boxes = {}
    for name, (x, y) in places.items():
        color = ORANGE if BY_NAME[name] in OF_FORMULA else BLUE
        style = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": color}
        boxes[name] = axes.text(x, y, BY_NAME[name].words, ha="center", va="center", fontsize=8, bbox=style, zorder=3)
    for node in STATEMENTS:
        for parent in node.parents:
            axes.annotate("", places[node.name], places[parent], zorder=1,
                          arrowprops={"arrowstyle": "-|>", "color": "0.6", "linewidth": 0.8,
                                      "patchA": boxes[parent].get_bbox_patch(),
                                      "patchB": boxes[node.name].get_bbox_patch()})  # fmt: skip
    axes.set_xlim(-0.5, max(x for x, _ in places.values()) + 0.5)
    axes.set_ylim(min(y for _, y in places.values()) - 0.6, 0.0)
    axes.set_axis_off()
    return figure


def _places() -> dict[str, tuple[float, float]]:
    """(x, y) of each quantity: those of the formula in the first column, spread over the height of the others."""
    depth: dict[str, int] = {node.name: 0 for node in OF_FORMULA}
    for node in STATEMENTS:
        depth[node.name] = 1 + max(depth[parent] for parent in node.parents)
    columns = [[name for name, at in depth.items() if at == column] for column in range(max(depth.values()) + 1)]
    rows = max(map(len, columns))
    return {
        name: (float(column), -(rows - 1) * (row + 0.5) / len(names))
        for column, names in enumerate(columns)
        for row, name in enumerate(names)
    }
