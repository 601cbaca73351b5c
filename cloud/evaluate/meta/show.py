"""The judgement of the pipeline by itself, and the log of its weights, as text."""

from collections.abc import Mapping, Sequence
from typing import Any

from adatom.cloud.evaluate.meta.drift import Drift
from adatom.cloud.evaluate.meta.foretell import past
from adatom.cloud.evaluate.meta.loop import Step
from adatom.cloud.evaluate.meta.report import Report
from adatom.cloud.evaluate.meta.report import report as report_of
from adatom.cloud.store.judgement import CRITERIA
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError
from rich.console import Console
from rich.table import Table


def report(store: Store, campaign: str | None) -> Report:
    """Of a store; InputError where nothing has come of any prediction yet."""
    known = past(store, campaign)
    if not len(known.good):
        whose = f"of campaign {campaign!r} " if campaign else ""
        raise InputError("predictions", f"no trial {whose}that was foretold has ended yet")
    return report_of(known)


def show_report(console: Console, found: Report) -> None:
    """Print calibration, reliability by bins, and each score."""
    said, base = found.said, found.base
    table = Table(title=f"{said.trials} trials foretold, {100 * said.share:.0f} % were good")
    for name in ("", "by V", "base rate"):
        table.add_column(name, justify="left" if not name else "right")
    table.add_row("calibration error", *(f"{x.ece:.3f} ({x.ece_low:.3f} to {x.ece_high:.3f})" for x in (said, base)))
    table.add_row(
        "  if it were perfect",
        *(f"{x.ece_perfect[0]:.3f}, 95 % below {x.ece_perfect[1]:.3f}" for x in (said, base)),
    )
    table.add_row("Brier score", f"{said.brier:.4f}", f"{base.brier:.4f}")
    table.add_row("log score / nats", f"{said.log_score:.4f}", f"{base.log_score:.4f}")
    table.add_row("area under ROC", f"{said.auc:.3f}", f"{base.auc:.3f}")
    console.print(table)
    bins = Table(title="Said and came")
    for name in ("said", "came", "90 % interval", "trials"):
        bins.add_column(name, justify="right")
    for one in said.bins:
        bins.add_row(f"{one.said:.2f}", f"{one.share:.2f}", f"{one.low:.2f} to {one.high:.2f}", f"{one.trials}")
    console.print(bins)
    scores = Table(title="Each score alone")
    for name in ("score", "area under ROC", "gain / nats", "bias", "drift"):
        scores.add_column(name, justify="left" if name in ("score", "drift") else "right")
    for each in found.scores:
        scores.add_row(each.name, f"{each.auc:.2f}", f"{each.gain:+.4f}", _bias(each.drift), _alarm(each.drift))
    scores.add_row(
        "V", f"{said.auc:.2f}", f"{said.log_score - base.log_score:+.4f}", _bias(found.drift), _alarm(found.drift)
    )
    console.print(scores)


def _bias(one: Drift) -> str:
    return f"{one.bias:+.3f} ± {one.bias_sd:.3f}"


def _alarm(one: Drift) -> str:
    return "none" if one.at is None else f"{one.side} from trial {one.at + 1} foretold"


def show_steps(console: Console, steps: Sequence[Step]) -> None:
    """Print the steps of a turn."""
    if not steps:
        console.print("nothing moves: too few outcomes and answers, or nothing new", highlight=False)
    for one in steps:
        to = "held back" if one.version is None else f"weights version {one.version}"
        console.print(f"{one.source}: {to}: {one.why}", highlight=False)


def logged(store: Store) -> dict[str, Any]:
    """Versions and steps of the weights."""
    return {"versions": store.weights_history(), "steps": store.weight_steps()}


def show_log(console: Console, entries: Mapping[str, Any]) -> None:
    """Print them."""
    table = Table(title="Weights")
    for name in ("version", "source", *CRITERIA, "feasibility", "why"):
        table.add_column(name, justify="left" if name in ("source", "why") else "right")
    for row in entries["versions"]:
        numbers = [f"{row[name]:.3f}" for name in (*CRITERIA, "feasibility")]
        table.add_row(f"{row['version']}", row["source"], *numbers, row["why"])
    console.print(table)
    for row in entries["steps"]:
        to = "held back" if row["after"] is None else f"{row['before']} → {row['after']}"
        undone = "" if row["undoes"] is None else f" (undoes step {row['undoes']})"
        console.print(f"step {row['step']}: {row['source']}, {to}{undone}: {row['why']}", highlight=False)
