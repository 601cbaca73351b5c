"""One campaign out of the store as plain values: what the report and the pages show.

The only file of this package that asks the store for trials; figures and tables take what it returns.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adatom.cloud.store.scoring import Scored
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError

from .values import Estimate, estimate_of, geometric_mean

PRIMARY = "r_interface_ohm_cm2"


@dataclass(frozen=True)
class Run:
    """One attempt or replicate. `simulated`: no real chamber made this sample."""

    run_id: str
    trial: int
    bench: str
    outcome: str  # "" while it runs
    reason: str
    started_utc_s: float
    ended_utc_s: float | None
    quantities: dict[str, Estimate]
    simulated: bool
    quality: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # of each quantity, as the analysis says


@dataclass(frozen=True)
class Trial:
    """A recipe with what came of it. `judged` is None when it was not scored."""

    number: int
    state: str
    provenance: str
    recipe: Mapping[str, Any]
    runs: tuple[Run, ...]
    judged: Scored | None

    @property
    def complete_runs(self) -> list[Run]:
        """The runs that gave a sample, in order of their start."""
        return [run for run in self.runs if run.outcome == "complete"]

    @property
    def r_interface(self) -> Estimate | None:
        """Measured R_interface: the geometric mean over replicates."""
        return geometric_mean([run.quantities[PRIMARY] for run in self.complete_runs if PRIMARY in run.quantities])

    def quantity(self, name: str) -> Estimate | None:
        """A quantity as the last complete run gave it."""
        found = [run.quantities[name] for run in self.complete_runs if name in run.quantities]
        return found[-1] if found else None

    @property
    def failures(self) -> list[Run]:
        """The runs that failed; an aborted one is nobody's result."""
        return [run for run in self.runs if run.outcome == "failed"]


@dataclass(frozen=True)
class CampaignView:
    """A campaign. `plan` is its file as parsed, {} when it is not TOML; baselines as Store.baselines gives them."""

    name: str
    seed: int
    created_utc_s: float
    plan: dict[str, Any]
    trials: tuple[Trial, ...]
    baselines: dict[str, dict[str, list[float]]]

    @property
    def runs(self) -> list[Run]:
        """All runs in order of their start."""
        return sorted((run for trial in self.trials for run in trial.runs), key=lambda run: run.started_utc_s)

    @property
    def simulated(self) -> bool:
        """Whether anything in it is simulated."""
        return any(run.simulated for run in self.runs)

    @property
    def measured(self) -> list[Trial]:
        """The trials with an R_interface, in order."""
        return [trial for trial in self.trials if trial.r_interface is not None]

    @property
    def best(self) -> Trial | None:
        """The trial of the lowest measured R_interface; the earlier one of equals."""
        return min(self.measured, key=_value, default=None)

    @property
    def reference(self) -> Trial | None:
        """The trial of the reference recipe, measured or not."""
        return next((trial for trial in self.trials if trial.provenance == "reference"), None)

    @property
    def budget(self) -> int | None:
        """Trials that the campaign file allows; None when it does not say."""
        trials = _table(self.plan, "budget").get("trials")
        return trials if isinstance(trials, int) else None

    @property
    def goal_ohm_cm2(self) -> float | None:
        """The R_interface that the campaign file calls good enough."""
        objectives = self.plan.get("objectives")
        for objective in objectives if isinstance(objectives, list) else []:
            if objective.get("name") == PRIMARY and isinstance(objective.get("threshold"), int | float):
                return float(objective["threshold"])
        return None


def gather(store: Store, campaign: str) -> CampaignView:
    """The campaign as it stands. InputError when the store has no such campaign."""
    known = store.campaign(campaign)
    if known is None:
        names = ", ".join(row["campaign"] for row in store.campaigns()) or "none"
        raise InputError("campaign", f"{campaign!r} is not in {store.path}; there are: {names}")
    judged = store.scores(campaign)
    trials = tuple(_trial(store, row, judged.get(row["trial"])) for row in store.trials(campaign))
    plan = _plan(known["file"])
    return CampaignView(campaign, known["seed"], known["created_utc_s"], plan, trials, store.baselines(campaign))


def _value(trial: Trial) -> float:
    estimate = trial.r_interface
    return float("inf") if estimate is None else estimate.value


def _trial(store: Store, row: Mapping[str, Any], judged: Scored | None) -> Trial:
    runs = tuple(_run(store, run) for run in row["runs"])
    return Trial(row["trial"], row["state"], row["provenance"], row["recipe"], runs, judged)


def _run(store: Store, row: Mapping[str, Any]) -> Run:
    estimates = {name: estimate_of(quantity) for name, quantity in row["quantities"].items()}
    known = {name: estimate for name, estimate in estimates.items() if estimate is not None}
    quality = {name: quantity["quality"] for name, quantity in row["quantities"].items()}
    simulated = any(q["simulated"] for q in row["quantities"].values()) or _simulated_bench(store, row["run_id"])
    return Run(row["run_id"], row["trial"], row["bench"], row["outcome"] or "", row["reason"], row["started_utc_s"],
               row["ended_utc_s"], known, simulated, quality)  # fmt: skip


def _simulated_bench(store: Store, run_id: str) -> bool:
    """Whether the bench that reported the run's end called itself simulated; a failed run has no quantities to ask."""
    result = store.result(run_id)
    if result is None or not result["ranges"]:
        return False
    boot = store.boot(result["bench"], result["ranges"][0][0])
    return bool(boot and boot["simulated"])


def _plan(text: str) -> dict[str, Any]:
    """The campaign file as parsed when it was accepted; {} for one that is not TOML, because a report is no judge."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _table(plan: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = plan.get(name)
    return table if isinstance(table, dict) else {}
