"""A compound's consistency as text and as data, and the structure as a table."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rich.console import Console
from rich.markup import escape

from .consistency import USUAL, Consistency, Judged
from .structure import BY_NAME, NODES, Node

SURPRISING = -1.0  # nats: below, a statement is explained (K)
Value = float | str


class Answer(NamedTuple):
    """One formula judged: values of the formula's quantities and of all statements, and what the network cannot."""

    formula: str
    of_formula: Mapping[str, Value]
    found: Consistency
    not_judged: Sequence[str] = ()
    notes: Sequence[str] = ()


def because(answer: Answer) -> str:
    """Why the probability is as it is, in one sentence."""
    surprising = [one for one in answer.found.judged if one.nats < SURPRISING]
    if not surprising:
        return "nothing that is told is unlike the rest"
    return "; ".join(explained(answer, one) for one in surprising)


def explained(answer: Answer, one: Judged) -> str:
    """A statement beside what the rest lets expect, with the principle and what it rests on."""
    node = BY_NAME[one.name]
    grounds = ", ".join(f"{BY_NAME[parent].words} {BY_NAME[parent].said(value)}"
                        for parent in node.parents if (value := _value(answer, parent)) is not None)  # fmt: skip
    rare = f"{one_in(one.tail)} would be {f'so {one.side}' if one.side else 'so'}"
    return (f"{node.words} {node.said(one.value)} is unlike the rest: {rare}, usual is {node.span(one.usual)} "
            f"({node.principle}; {grounds})")  # fmt: skip


def one_in(chance: float) -> str:
    """A chance as people say it."""
    if chance > 0.05:
        return f"{100 * chance:.0f} %"
    return f"1 in {float(f'{1.0 / chance:.2g}'):.0f}" if chance > 1e-6 else "less than 1 in a million"


def as_data(answer: Answer) -> dict[str, Any]:
    """For JSON."""
    found = answer.found
    statements = [
        {"statement": one.name, "value": one.value, "unit": BY_NAME[one.name].unit, "nats": round(one.nats, 4),
         "tail": round(one.tail, 6), "side": one.side, "usual": BY_NAME[one.name].span(one.usual),
         "wrong_alone": round(one.blame, 6)}
        for one in found.judged
    ]  # fmt: skip
    return {"formula": answer.formula, "probability": found.probability, "wrong_share": found.wrong_share,
            "nats": found.nats, "because": because(answer), "of_formula": dict(answer.of_formula),
            "statements": statements, "not_judged": list(answer.not_judged), "notes": list(answer.notes)}  # fmt: skip


def show(console: Console, answer: Answer) -> None:
    """Probability, the statements with the most surprising first, and why."""
    found = answer.found
    said = (f"consistent with probability {found.probability:.4f} (evidence {found.nats:+.2f} nats; beforehand "
            f"{100 * found.wrong_share:.2g} % of records are wrong)")  # fmt: skip
    console.print(f"[bold]{escape(answer.formula)}[/]  {said}", soft_wrap=True)
    header = ("statement", "told", f"usual ({100 * USUAL:.0f} %)", "so far out", "nats", "wrong alone")
    rows = [header, *(_row(one) for one in found.judged)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        console.print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip(),
                      markup=False, soft_wrap=True)  # fmt: skip
    console.print(because(answer), markup=False, soft_wrap=True)
    for note in answer.notes:
        console.print(f"note: {note}", markup=False, soft_wrap=True)
    if answer.not_judged:
        console.print(f"note: not in the network: {', '.join(answer.not_judged)}", markup=False, soft_wrap=True)


def structure_data() -> list[dict[str, Any]]:
    """The structure for JSON, and for the table in the docs."""
    return [{"quantity": node.name, "unit": node.unit, "states": _states(node), "parents": list(node.parents),
             "principle": node.principle, "source": node.source} for node in NODES]  # fmt: skip


def show_structure(console: Console) -> None:
    """Each quantity with what it hangs on, its states, and the principle."""
    for node in NODES:
        unit = "" if node.unit == "1" else f" / {node.unit}"
        parents = f" <- {', '.join(node.parents)}" if node.parents else ", of the formula"
        console.print(f"[bold]{node.name}[/]{unit}{parents}: {node.principle}"
                      + (f" [{node.source}]" if node.source else ""), soft_wrap=True)  # fmt: skip
        console.print(f"    {_states(node)}", markup=False, soft_wrap=True)


def _row(one: Judged) -> tuple[str, ...]:
    node = BY_NAME[one.name]
    return (node.words, node.said(one.value), node.span(one.usual), one_in(one.tail), f"{one.nats:+.2f}",
            f"{100 * one.blame:.2f} %")  # fmt: skip


def _value(answer: Answer, name: str) -> Value | None:
    told = {one.name: one.value for one in answer.found.judged}
    return answer.of_formula.get(name, told.get(name))


def _states(node: Node) -> str:
    return ("; " if node.named else " | ").join(str(s) if node.named else f"{s:g}" for s in node.states)
