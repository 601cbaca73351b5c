"""Questions, answers and experts, as text."""

from collections.abc import Mapping, Sequence
from typing import Any

from adatom.cloud.evaluate.experts.questions import Question
from adatom.cloud.store.judgement import CRITERIA
from rich.console import Console
from rich.table import Table


def facts_of(row: Mapping[str, Any], scores: Mapping[str, float]) -> dict[str, Any]:
    """What a person judges a trial by: state, resistance, recipe, scores."""
    values = [run["quantities"].get("r_interface_ohm_cm2", {}).get("value") for run in row["runs"]]
    return {"state": row["state"], "r_interface_ohm_cm2": next((v for v in values if v is not None), None),
            "recipe": row["recipe"], "scores": {name: scores[name] for name in CRITERIA}}  # fmt: skip


def show_questions(
    console: Console, found: Sequence[Question], facts: Mapping[str, Mapping[str, Any]], database: str, expert: str
) -> None:
    """Print each question as the two trials where they differ, and how to answer."""
    if not found:
        console.print("every pair has an answer of yours", highlight=False)
    for one in found:
        left, right = facts[one.left], facts[one.right]
        table = Table(title=f"Which is worth more, {one.left} or {one.right}?")
        for name in ("", one.left, one.right):
            table.add_column(name, justify="left" if not name else "right")
        for name, ours, theirs in _differences(left, right):
            table.add_row(name, ours, theirs)
        console.print(table)
        console.print(f"{one.why}; V holds {one.left} to be worth more with {one.chance:.2f}", highlight=False)
        console.print(f"adatom review answer {database} {one.left} {one.right} left|right|equal --expert {expert}",
                      highlight=False, soft_wrap=True)  # fmt: skip


def _differences(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    rows = [("state", str(left["state"]), str(right["state"])), ("R / Ω cm²", _number(left), _number(right))]
    for name in left["recipe"]:
        ours, theirs = _text(left["recipe"][name]), _text(right["recipe"].get(name))
        if ours != theirs:
            rows.append((name, ours, theirs))
    return rows + [
        (f"score {name}", f"{left['scores'][name]:.2f}", f"{right['scores'][name]:.2f}") for name in CRITERIA
    ]


def _number(facts: Mapping[str, Any]) -> str:
    value = facts["r_interface_ohm_cm2"]
    return "" if value is None else f"{value:.3g}"


def _text(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], list):
        return " ".join(f"{name}{amount:.3g}" for name, amount in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def show_log(console: Console, found: Mapping[str, Any]) -> None:
    """Print experts, overrules and answers."""
    table = Table(title="Experts")
    for name in ("expert", "checked", "right", "chance that the next is right"):
        table.add_column(name, justify="left" if name == "expert" else "right")
    for name, one in found["experts"].items():
        table.add_row(name, f"{one['checked']}", f"{one['right']:.1f}", f"{one['chance']:.2f} ± {one['sd']:.2f}")
    console.print(table)
    for one in found["overrules"]:
        came = {None: "open", True: "was good", False: "was not good"}[one["good"]]
        nearer = {None: "", True: ", the expert was nearer", False: ", the pipeline was nearer"}
        said = f"{one['trial']}: {one['expert']} {one['chance']:.2f}, pipeline {one['pipeline']:.2f}; {came}"
        console.print(f"{said}{nearer[one['expert_was_nearer']]}: {one['why']}", highlight=False)
    for one in found["answers"]:
        reason = f": {one['why']}" if one["why"] else ""
        said = "both alike" if one["answer"] == "equal" else f"{one[one['answer']]} worth more"
        console.print(f"{one['left']} and {one['right']}: {one['expert']} holds {said}{reason}", highlight=False)
