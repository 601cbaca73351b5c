"""An answer in words for a terminal and as JSON for machines."""

import shlex
import shutil
from collections.abc import Mapping, Sequence
from typing import Any

from adatom.cloud.optimize.explain import Prediction
from adatom.cloud.optimize.objective import Objective
from adatom.cloud.optimize.table.grid import value_text
from adatom.cloud.optimize.table.memory import point_text, result_text
from adatom.cloud.optimize.table.search import Best, Proposal, Search, prediction_record, proposal_record
from adatom.cloud.optimize.table.suggest import Answer, state_path
from adatom.cloud.optimize.table.tell import Heard

GAP = "  "


# --- suggest --------------------------------------------------------------------------------------------------------


def answer_text(answer: Answer) -> str:
    """All that `adatom suggest` prints."""
    lines = [_counts(answer), *_notes(answer.changed, answer.skipped, answer.warnings), ""]
    lines += _proposals(answer)
    lines += ["", *_best_lines(answer.best, answer.search.reached), answer.search.stop_text(answer.stop)]
    return "\n".join([*lines, _what_next(answer)])


def _counts(answer: Answer) -> str:
    rows = answer.search.rows
    failed = sum("failed" in (row.result or {}) for row in rows)
    told = len(answer.search.told)
    return (
        f"{answer.request.table}: {_many(told, 'row')} with results ({failed} failed), {len(rows) - told} waiting; "
        f"strategy {answer.setup.strategy}, seed {answer.seed}, ask {answer.ask + 1}"
    )


def _notes(changed: Sequence[str], skipped: Sequence[object], warnings: Sequence[str]) -> list[str]:
    return [
        *(f"note: {text}" for text in warnings),
        *(f"note: changed since the last time: {text}" for text in changed),
        *(f"note: left out: {problem}" for problem in skipped),
    ]


def _proposals(answer: Answer) -> list[str]:
    names = answer.setup.inputs
    head = ["row", *names, *(_head(o) for o in answer.setup.objectives if o.modelled), aim_text(answer.search), "fails"]
    labels = [str(number) for number in answer.numbers] or [f"#{i + 1}" for i in range(len(answer.proposals))]
    body = [_cells(answer, label, one) for label, one in zip(labels, answer.proposals, strict=True)]
    keep = [i for i in range(len(head)) if any(row[i] for row in body)]
    rows = [[row[i] for i in keep] for row in (head, *body)]
    table = aligned(rows)
    if max(map(len, table)) > shutil.get_terminal_size((120, 24)).columns:
        table = aligned([list(column) for column in zip(*rows, strict=True)])
    why = [f"{label}: {one.why}" for label, one in zip(labels, answer.proposals, strict=True)]
    return [*table, "", *why]


def aim_text(search: Search) -> str:
    """What the column of the chance to be better is called."""
    return "joins front" if search.apart else "beats best"


def _head(objective: Objective) -> str:
    return f"{objective.name} (95 %)"


def _cells(answer: Answer, label: str, proposal: Proposal) -> list[str]:
    explanation = proposal.explanation
    expected = [
        interval_text(explanation.predicted[o.name]) if o.name in explanation.predicted else ""
        for o in answer.setup.objectives
        if o.modelled
    ]
    beats = "" if explanation.chance_to_beat is None else f"{explanation.chance_to_beat:.0%}"
    fails = 1.0 - explanation.chance_of_success
    point = [value_text(proposal.point[name], ".") for name in answer.setup.inputs]
    return [label, *point, *expected, beats, f"{fails:.0%}" if fails > 0.0 else ""]


def interval_text(prediction: Prediction) -> str:
    """Such as 12.3 (8.1 to 18.7)."""
    return f"{prediction.value:.3g} ({prediction.low:.3g} to {prediction.high:.3g})"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table whose columns stand below each other; numbers end at one place."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [GAP.join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]


def _best_lines(best: Best | None, reached: Any) -> list[str]:
    if best is None:
        return ["no row has a value yet"]
    how = ", by the weighted sum of losses" if best.front else ""
    lines = [
        f"best so far{how}: row {best.row.number}: {result_text(best.row.result or {})}",
        f"at {point_text(best.row.point)}",
    ]
    if best.predicted:
        expected = ", ".join(f"{name} {interval_text(p)}" for name, p in best.predicted.items())
        lines.append(f"its true value, as the model sees it: {expected}")
    if best.front:
        lines.append(front_text(best))
    said = reached(best)
    return [*lines, said] if said else lines


def front_text(best: Best) -> str:
    """The rows of the front."""
    return f"rows that no other beats in all objectives: {', '.join(map(str, best.front))}"


def _what_next(answer: Answer) -> str:
    table = shlex.quote(str(answer.request.table))
    word = shlex.quote(f"{answer.setup.objectives[0].name}=VALUE")
    if not answer.numbers:
        return "not written into the table: --append does that"
    first, last = answer.numbers[0], answer.numbers[-1]
    rows = f"rows {first} to {last}" if last > first else f"row {first}"
    return f"appended as {rows}; enter results there, or: adatom tell {table} {first} {word}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def answer_record(answer: Answer) -> dict[str, Any]:
    """What `adatom suggest --json` prints."""
    numbers: Sequence[int | None] = answer.numbers or [None] * len(answer.proposals)
    return {
        "table": str(answer.request.table),
        "state": str(state_path(answer)),
        "strategy": answer.setup.strategy,
        "seed": answer.seed,
        "ask": answer.ask + 1,
        "told": len(answer.search.told),
        "pending": len(answer.search.rows) - len(answer.search.told),
        "appended": bool(answer.numbers),
        "sources": _sources_record(answer.search),
        "suggestions": [proposal_record(p, row) for p, row in zip(answer.proposals, numbers, strict=True)],
        "best": best_record(answer.best),
        "stop": {
            "advised": answer.stop.stop,
            "chance": answer.stop.chance,
            "worthwhile": answer.stop.worthwhile,
            "reason": answer.search.stop_text(answer.stop),
        },
        **_notes_record(answer.changed, answer.skipped, answer.warnings),
    }


def _sources_record(search: Search) -> dict[str, Any]:
    """By other table: how many rows with results, and the correlation by objective that is learnt from."""
    found = search.optimizer.correlations()
    return {
        name: {"rows": count, "correlations": {of: alike[name] for of, alike in found.items() if name in alike}}
        for name, count in search.sources.items()
    }


def best_record(best: Best | None) -> dict[str, Any] | None:
    """JSON-ready."""
    if best is None:
        return None
    return {
        "row": best.row.number,
        "point": best.row.point,
        "result": best.row.result,
        "predicted": {name: prediction_record(p) for name, p in best.predicted.items()},
        "front": list(best.front),
    }


def _notes_record(changed: Sequence[str], skipped: Sequence[Any], warnings: Sequence[str]) -> dict[str, Any]:
    return {
        "changed": list(changed),
        "skipped": [{"row": p.row, "column": p.column, "problem": p.text} for p in skipped],
        "warnings": list(warnings),
    }


# --- tell -----------------------------------------------------------------------------------------------------------


def heard_text(heard: Heard) -> str:
    """All that `adatom tell` prints."""
    lines = _notes(heard.changed, heard.skipped, heard.warnings)
    lines.append(f"row {heard.row.number} of {heard.table}: {result_text(heard.row.result or {})}")
    lines += [_comparison(name, entry[0], heard.expected) for name, entry in _entries(heard.row.result or {}).items()]
    return "\n".join([*lines, *_best_lines(heard.best, heard.search.reached)])


def _comparison(name: str, value: float, expected: Mapping[str, Prediction]) -> str:
    if name not in expected:
        return f"{name} {value:.4g} came; nothing was expected yet"
    low, high = expected[name].low, expected[name].high
    place = "below" if value < low else "above" if value > high else "within"
    return f"{name} {value:.4g} came where {interval_text(expected[name])} was expected: {place} the interval"


def _entries(result: Mapping[str, Any]) -> dict[str, Any]:
    return {name: entry for name, entry in result.items() if isinstance(entry, (list, tuple))}


def heard_record(heard: Heard) -> dict[str, Any]:
    """What `adatom tell --json` prints."""
    return {
        "table": str(heard.table),
        "row": heard.row.number,
        "point": heard.row.point,
        "result": heard.row.result,
        "expected": {name: prediction_record(p) for name, p in heard.expected.items()},
        "best": best_record(heard.best),
        **_notes_record(heard.changed, heard.skipped, heard.warnings),
    }
