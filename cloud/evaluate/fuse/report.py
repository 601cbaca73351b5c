"""Weights, scored trials and shares, as text and as data."""

from collections.abc import Mapping, Sequence
from typing import Any

from adatom.cloud.evaluate.fuse.ahp import Priorities
from rich.console import Console
from rich.table import Table


def ahp_data(found: Mapping[str, Priorities], together: Priorities, version: int | None) -> dict[str, Any]:
    """JSON-ready."""
    return {
        "experts": {name: _priorities(one) for name, one in found.items()},
        "together": _priorities(together),
        "weights_version": version,
    }


def _priorities(one: Priorities) -> dict[str, Any]:
    weights = {name: float(weight) for name, weight in zip(one.names, one.weights, strict=True)}
    return {"weights": weights, "eigenvalue": one.eigenvalue, "consistency_ratio": one.ratio}


def show_ahp(console: Console, found: Mapping[str, Priorities], together: Priorities, version: int | None) -> None:
    """Print a line an expert, and all together; `version` 0: kept, without new weights."""
    table = Table(title="Weights by pairwise comparisons")
    table.add_column("expert")
    for name in (*together.names, "consistency ratio"):
        table.add_column(name, justify="right")
    for name, one in [*found.items(), *([("together", together)] if len(found) > 1 else [])]:
        table.add_row(name, *(f"{weight:.3f}" for weight in one.weights), f"{one.ratio:.3f}")
    console.print(table)
    if version:
        console.print(f"kept; the weights of V are version {version} now", highlight=False)
    elif version == 0:
        console.print("kept as the prior; outcomes or an overrule hold the weights, `evaluate meta --step` moves them",
                      highlight=False)  # fmt: skip


def show_scores(console: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the trials."""
    if not rows:
        console.print("no trial has the scores that V is made of", highlight=False)
        return
    table = Table(title=f"V by weights version {rows[0]['weights']}")
    table.add_column("trial")
    for name in ("V", "HyperScore", *rows[0]["scores"], "feasibility", "chance to be good", "good"):
        table.add_column(name, justify="right")
    for row in rows:
        scores = [f"{value:.2f}" for value in row["scores"].values()]
        feasible = "" if row["feasibility"] is None else f"{row['feasibility']:.2f}"
        chance = "" if row["chance"] is None else "{:.2f} ({:.2f} to {:.2f})".format(*row["chance"])
        table.add_row(row["trial"], f"{row['v']:.3f}", f"{row['hyperscore']:.2f}", *scores, feasible, chance,
                      {None: "", True: "yes", False: "no"}[row["good"]])  # fmt: skip
    console.print(table)


def show_shares(console: Console, one: Mapping[str, Any]) -> None:
    """Print why a trial has its V."""
    table = Table(title=f"Why {one['trial']} has V {one['v']:.3f}")
    for name in ("score", "is", "weight", "adds to the mean"):
        table.add_column(name, justify="left" if name == "score" else "right")
    for name, adds in sorted(one["adds"].items(), key=lambda pair: -abs(pair[1])):
        table.add_row(name, f"{one['scores'][name]:.2f}", f"{one['weights'][name]:.3f}", f"{adds:+.3f}")
    console.print(table)
    console.print(f"mean V of {one['of']} trials: {one['mean_v']:.3f}; Shapley values, they add up", highlight=False)
