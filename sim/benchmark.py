"""How good the search is: strategies against each other on many worlds, by the twin's direct chain. Simulated figures.

One search is a campaign's loop without a bench: ask, run the direct chain, fit its noisy spectrum, tell. What is
reported is the *true* resistance of the recipe with the best posterior mean among those tested; random and Sobol
searches are judged by the same surrogate over their own points, so that only the choice of points differs. Finished
searches are kept as JSON lines, one each, and are not run again: after a change of optimizer or physics use a new file.
"""

import json
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from adatom.cloud.campaign.file import Campaign, load_campaign
from adatom.cloud.campaign.runner import told_of_failure
from adatom.cloud.measure.reduce import reduce
from adatom.cloud.optimize.optimizer import Optimizer
from adatom.cloud.optimize.question import CAMPAIGN
from adatom.protocol.recipe import recipe_from_dict
from scipy.stats import t as student

from .direct import DirectResult, run_direct, truth
from .world import World

VERSION = 3  # of what a record means; another version's records are not taken over
STRATEGIES = ("bo", "random", "sobol")
VARIANTS = ("standard", "hard")
MARKS = (10, 25, 50, 100)  # trials after which the incumbent is noted
GOOD_OHM_CM2 = 15.0
CONFIDENCE = 0.95
CAMPAIGNS = {"standard": "campaign.toml", "hard": "campaign_hard.toml"}
DEMO = Path(__file__).parent / "demo"
WORKERS = 2
PRIMARY = "r_interface_ohm_cm2"

Record = dict[str, Any]
Progress = Callable[[int, int, Record], None]  # done, total, the newest


@dataclass(frozen=True)
class Job:
    """One search."""

    variant: str
    seed: int
    strategy: str
    trials: int


@dataclass(frozen=True)
class Step:
    """One trial of a search; `measured` is None for a failed run, `incumbent` an index into the steps so far."""

    recipe: dict[str, Any]
    outcome: str
    reason: str
    measured: float | None
    incumbent: int | None


def run(
    seeds: Iterable[int],
    path: Path,
    *,
    strategies: Sequence[str] = STRATEGIES,
    variants: Sequence[str] = VARIANTS,
    trials: int = max(MARKS),
    workers: int = WORKERS,
    progress: Progress = lambda done, total, record: None,
) -> list[Record]:
    """The records of all searches, those in `path` (JSON lines, appended to) not run again; order does not matter."""
    jobs = [Job(v, seed, s, trials) for seed in seeds for v in variants for s in strategies]
    kept = _kept(path)
    records = [kept[job] for job in jobs if job in kept]
    missing = [job for job in jobs if job not in kept]
    if not missing:
        return records
    # spawn: a fork would copy the locks of a parent that has threads (Rich, MQTT, BLAS)
    with ProcessPoolExecutor(min(workers, len(missing)), get_context("spawn")) as pool:
        for future in as_completed([pool.submit(search, job) for job in missing]):
            record = future.result()
            with path.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(record) + "\n")
            records.append(record)
            progress(len(records), len(jobs), record)
    return records


def _kept(path: Path) -> dict[Job, Record]:
    """Finished searches of a file; a last line cut off by a kill is not one."""
    kept: dict[Job, Record] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if record["version"] == VERSION:
            kept[Job(record["variant"], record["seed"], record["strategy"], record["trials"])] = record
    return kept


def search(job: Job) -> Record:
    """The record of one search: the true values of reference and incumbents, counts and times. JSON-ready."""
    began = time.perf_counter()
    campaign = load_campaign(DEMO / CAMPAIGNS[job.variant])
    world = World(job.seed, job.variant)
    marks = [mark for mark in MARKS if mark < job.trials] + [job.trials]
    steps = trace(campaign, world, job.strategy, job.trials, job.seed, marks)
    return {
        "version": VERSION,
        "variant": job.variant,
        "seed": job.seed,
        "strategy": job.strategy,
        "trials": job.trials,
        "reference": _true(campaign, world, campaign.reference),
        "incumbents": {str(mark): _true_incumbent(campaign, world, steps, mark) for mark in marks},
        "failed": sum(step.outcome != "complete" for step in steps),
        "wall_s": round(time.perf_counter() - began, 3),
    }


def trace(
    campaign: Campaign, world: World, strategy: str, trials: int, seed: int, marks: Sequence[int] = ()
) -> list[Step]:
    """The steps of a search on a world; the incumbent is found at the marks only (after so many trials)."""
    envelope = campaign.envelopes[0]
    optimizer = Optimizer(
        campaign.space,
        campaign.objectives,
        seed=seed,
        check=campaign.check,
        strategy=strategy,
        reference=campaign.reference,
        options=CAMPAIGN,
        budget=trials,
    )
    steps: list[Step] = []
    for number in range(1, trials + 1):
        recipe = {**optimizer.ask(1)[0], "measurements": ["eis"]}
        result = run_direct(recipe_from_dict(recipe), envelope, world, f"benchmark/{number}/1")
        told, measured = _told(result, campaign.mishaps)
        optimizer.tell([recipe], [told])
        reason = told.get("failed", told.get("mishap", ""))
        incumbent = optimizer.incumbent() if number in marks else None
        steps.append(Step(recipe, "failed" if reason else "complete", reason, measured, incumbent))
    return steps


def _told(result: DirectResult, mishaps: tuple[str, ...]) -> tuple[dict[str, Any], float | None]:
    """What the optimizer is told of a run, and the resistance that the fit of its spectrum gave."""
    if result.outcome != "complete":
        return told_of_failure(result.reason, mishaps), None
    for quantity in (q for measurement in result.measurements for q in reduce(measurement)):
        if quantity.name == PRIMARY and quantity.value is not None:
            return {PRIMARY: (quantity.value, (quantity.sd_log or 0.0) * quantity.value)}, float(quantity.value)
    return {"failed": f"no {PRIMARY}"}, None


def _true(campaign: Campaign, world: World, recipe: Mapping[str, Any]) -> dict[str, float]:
    values = truth(recipe_from_dict(dict(recipe)), campaign.envelopes[0], world)
    return {PRIMARY: values[PRIMARY], "cycles_to_failure": values["cycles_median"]}


def _true_incumbent(campaign: Campaign, world: World, steps: Sequence[Step], mark: int) -> dict[str, float]:
    """True values of the incumbent after `mark` trials; the reference's while nothing has succeeded."""
    incumbent = steps[mark - 1].incumbent
    return _true(campaign, world, campaign.reference if incumbent is None else steps[incumbent].recipe)


# --- summary --------------------------------------------------------------------------------------------------------


def summary(records: Sequence[Record]) -> list[dict[str, Any]]:
    """One JSON-ready row per (variant, strategy, mark): geometric means over the seeds with 95 % intervals.

    r_interface_ohm_cm2: true value of the incumbent; ratio: reference over incumbent; cycles_ratio: incumbent over
    reference; good: share of the seeds at or below 15 ohm cm2.
    """
    groups: dict[tuple[str, str, int], list[Record]] = {}
    for record in records:
        for mark in record["incumbents"]:
            groups.setdefault((record["variant"], record["strategy"], int(mark)), []).append(record)
    order = {name: place for place, name in enumerate((*VARIANTS, *STRATEGIES))}
    keys = sorted(groups, key=lambda key: (order[key[0]], order.get(key[1], len(order)), key[2]))
    return [_row(*key, groups[key]) for key in keys]


def _row(variant: str, strategy: str, mark: int, records: Sequence[Record]) -> dict[str, Any]:
    found = [record["incumbents"][str(mark)] for record in records]
    start = [record["reference"] for record in records]
    resistance = [f[PRIMARY] for f in found]
    return {
        "variant": variant,
        "strategy": strategy,
        "trials": mark,
        "seeds": len(records),
        PRIMARY: geometric(resistance),
        "reference_ohm_cm2": geometric([s[PRIMARY] for s in start])[0],
        "ratio": geometric([s[PRIMARY] / f[PRIMARY] for s, f in zip(start, found, strict=True)]),
        "cycles_ratio": geometric(
            [f["cycles_to_failure"] / s["cycles_to_failure"] for s, f in zip(start, found, strict=True)]
        ),
        "good": sum(r <= GOOD_OHM_CM2 for r in resistance) / len(records),
    }


def geometric(values: Sequence[float]) -> tuple[float, float, float]:
    """(geometric mean, lower, upper end of its 95 % interval by Student's t on the logarithms); one value: no width."""
    logs = np.log(values)
    centre, width = float(logs.mean()), 0.0
    if len(logs) > 1:
        quantile = float(student.ppf(0.5 + 0.5 * CONFIDENCE, len(logs) - 1))
        width = quantile * float(logs.std(ddof=1)) / math.sqrt(len(logs))
    return math.exp(centre), math.exp(centre - width), math.exp(centre + width)
