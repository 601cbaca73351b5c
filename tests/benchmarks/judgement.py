"""Do the scores help, and are the chances that come of V true? Searches on the twin's hard worlds, every trial noted.

    python -m tests.benchmarks.judgement --seeds 201-220 --arms none,prior --output docs/benchmark/judgement.jsonl

A search is a campaign's loop without a bench (sim.benchmark), with a real store in memory: each trial is scored and
foretold before it is made, its outcome kept, and after every ten the weights take their bounded steps. Good, decided
before any of it was run: a trial completes with a resistance at or below the lower quartile of what its campaign has
measured before. Simulated figures.
"""

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from adatom.cloud.campaign.file import Campaign, load_campaign
from adatom.cloud.campaign.scores import UseOfScores, check_of, scores_of
from adatom.cloud.evaluate.fuse.shapley import of_foretelling
from adatom.cloud.evaluate.fuse.value import as_array, terms
from adatom.cloud.evaluate.meta.foretell import Past, foretell
from adatom.cloud.evaluate.meta.loop import turn
from adatom.cloud.evaluate.meta.report import as_data, report
from adatom.cloud.knowledge.materials import SHIPPED_TABLE, load_table
from adatom.cloud.optimize.optimizer import Optimizer
from adatom.cloud.store.judgement import CRITERIA
from adatom.cloud.store.store import Store
from adatom.protocol.recipe import recipe_from_dict
from adatom.sim import benchmark
from adatom.sim.direct import run_direct
from adatom.sim.world import World
from scipy.stats import t as student

ARMS = {
    "none": UseOfScores(prior=()),
    "prior": UseOfScores(prior=("v",)),
    "prior with feasibility": UseOfScores(prior=("v", "feasibility")),
    "feasibility": UseOfScores(prior=("feasibility",)),
    "objective": UseOfScores(prior=(), objective=("v", "feasibility")),
    "least": UseOfScores(prior=(), least={"feasibility": 0.5}),
}
TURN_EVERY = 10  # trials
NAME = "judgement"


class Job(NamedTuple):
    """One search."""

    arm: str
    variant: str
    seed: int
    trials: int


def search(job: Job) -> dict[str, Any]:
    """The record of one search: true values of its incumbents, and each trial with its scores, chance and outcome."""
    began = time.perf_counter()
    campaign = load_campaign(benchmark.DEMO / benchmark.CAMPAIGNS[job.variant])
    world = World(job.seed, job.variant)
    marks = [mark for mark in benchmark.MARKS if mark < job.trials] + [job.trials]
    with Store(":memory:") as store:
        load_table(SHIPPED_TABLE, store)
        store.add_campaign(NAME, campaign.text, job.seed, 0.0)
        incumbents, best = _run(store, campaign, world, job, marks)
        rows = _rows(store)
        weights = [row for row in store.weights_history() if row["formula"] == 2]
    return {
        "arm": job.arm, "variant": job.variant, "seed": job.seed, "trials": job.trials,
        "incumbents": incumbents, "curve": best, "rows": rows,
        "weights": [{k: row[k] for k in ("version", "source", "logic", "novelty", "impact", "reproducibility", "meta")}
                    for row in weights],
        "wall_s": round(time.perf_counter() - began, 1),
    }  # fmt: skip


def _run(
    store: Store, campaign: Campaign, world: World, job: Job, marks: list[int]
) -> tuple[dict[str, float], list[float]]:
    """({mark: true resistance of the incumbent}, true resistance of the best measured trial after each trial)."""
    envelope, use = campaign.envelopes[0], ARMS[job.arm]

    def judge(candidates: Any) -> Any:
        return store.score(candidates, envelope, NAME)

    optimizer = Optimizer(
        campaign.space, campaign.objectives, seed=job.seed, check=check_of(judge, use, campaign.check),
        reference=campaign.reference, options=use.options, budget=job.trials, scores=scores_of(judge, use),
    )  # fmt: skip
    incumbents: dict[str, float] = {}
    least: tuple[float, float] = (float("inf"), float("inf"))  # measured, true
    curve: list[float] = []
    for number in range(1, job.trials + 1):
        recipe = {**optimizer.ask(1)[0], "measurements": ["eis"]}
        told, measured = _trial(store, campaign, world, number, recipe)
        optimizer.tell([recipe], [told])
        if measured is not None and measured < least[0]:
            least = (measured, benchmark._true(campaign, world, recipe)[benchmark.PRIMARY])
        curve.append(round(least[1], 3))
        if number in marks:
            place = optimizer.incumbent()
            at = campaign.reference if place is None else optimizer.told[place][0]
            incumbents[str(number)] = benchmark._true(campaign, world, at)[benchmark.PRIMARY]
        if number % TURN_EVERY == 0:
            turn(store, float(number), NAME, job.seed)
    return incumbents, curve


def _trial(
    store: Store, campaign: Campaign, world: World, number: int, recipe: dict[str, Any]
) -> tuple[dict[str, Any], float | None]:
    """Score, foretell, make and keep one trial: what the optimizer is told of it, and its resistance."""
    now, run_id = float(number), f"{NAME}-{number}"
    scored = store.score([(str(number), recipe)], campaign.envelopes[0], NAME)[0]
    store.propose(NAME, number, recipe, "bo", "", now)
    store.keep_scores(NAME, number, scored, now)
    foretell(store, NAME, number, scored, now)
    store.move_trial(NAME, number, "reserve", now)
    store.start_run(run_id, NAME, number, 1, "twin-1", now)
    store.move_trial(NAME, number, "start", now)
    result = run_direct(recipe_from_dict(recipe), campaign.envelopes[0], world, f"benchmark/{number}/1")
    told, measured = benchmark._told(result, campaign.mishaps)
    reason = told.get("failed", told.get("mishap", ""))
    store.end_run(run_id, "failed" if reason else "complete", reason, now)
    if measured is not None:
        store.put_quantity(run_id, benchmark.PRIMARY, measured, unit="ohm cm2", simulated=True)
    store.move_trial(NAME, number, "fail" if reason else "complete", now, reason)
    return told, measured


def _rows(store: Store) -> list[dict[str, Any]]:
    """Every trial: scores, V, what was said of it and what came of it."""
    said = {row["trial"]: row for row in store.predictions(NAME)}
    judged, rows = store.scores(NAME), []
    for trial in store.trials(NAME):
        number, one = trial["trial"], said.get(trial["trial"])
        found = [run["quantities"].get(benchmark.PRIMARY, {}).get("value") for run in trial["runs"]]
        rows.append(
            {"trial": number, "state": trial["state"], "r": found[0] if found else None, "v": judged[number].value,
             **{name: round(value, 6) for name, value in judged[number].scores.items()},
             "target": one and one["target"], "chance": one and one["probability"], "good": one and one["good"]}
        )  # fmt: skip
    return rows


def run(jobs: list[Job], output: Path, workers: int) -> None:
    """Make the searches that `output` (JSON lines) does not hold yet."""
    done = {Job(r["arm"], r["variant"], r["seed"], r["trials"]) for r in records(output)}
    missing = [job for job in jobs if job not in done]
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for future in as_completed([pool.submit(search, job) for job in missing]):
            record = future.result()
            with output.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(record) + "\n")
            print(record["arm"], record["seed"], record["incumbents"], record["wall_s"], flush=True)


def records(path: Path) -> list[Mapping[str, Any]]:
    """The finished searches of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def summary(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the finished searches say: calibration pooled over an arm's worlds, and how fast each arm gets there."""
    found = sorted(found, key=lambda r: r["seed"])
    return {arm: _of_arm([r for r in found if r["arm"] == arm]) for arm in sorted({r["arm"] for r in found})} | {
        "against none": _pairs(found)
    }


def _of_arm(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    rows = [(f"{r['seed']}/{row['trial']}", row) for r in found for row in r["rows"] if row["good"] is not None]
    good = np.array([float(row["good"]) for _, row in rows])
    said = np.array([row["chance"] for _, row in rows])
    known = Past(terms([row for _, row in rows]), good, said, tuple(name for name, _ in rows))
    alarmed = dict.fromkeys(CRITERIA, 0)
    for record in found:
        one = report(_past_of(record))
        for score in one.scores:
            alarmed[score.name] += score.drift.at is not None
    shares, of_all, of_none = of_foretelling(known.terms, good, as_array(found[-1]["weights"][0]))
    return {
        "worlds": sorted(r["seed"] for r in found),
        **as_data(report(known)),
        "worlds_alarmed": alarmed,
        "shapley_nats": dict(zip(CRITERIA, (float(x) for x in shares), strict=True)) | {"all": of_all - of_none},
        "incumbents": {m: benchmark.geometric([r["incumbents"][m] for r in found]) for m in found[0]["incumbents"]},
        "trials_to_good": [_first(r["curve"]) for r in found],
        "cpu": "one core, wall seconds: " + ", ".join(f"{r['wall_s']:.0f}" for r in found),
    }


def _past_of(record: Mapping[str, Any]) -> Past:
    rows = [row for row in record["rows"] if row["good"] is not None]
    good, said = np.array([float(r["good"]) for r in rows]), np.array([r["chance"] for r in rows])
    return Past(terms(rows), good, said, tuple(f"{record['seed']}/{r['trial']}" for r in rows))


def _first(curve: Sequence[float]) -> int:
    """Trials until the best measured one is truly good; one more than all where none is."""
    return next((n for n, r in enumerate(curve, 1) if r <= benchmark.GOOD_OHM_CM2), len(curve) + 1)


def _pairs(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Of worlds that both arms searched: fewer trials with scores than without, by how many (t interval)."""
    by_arm: dict[str, dict[int, int]] = {}
    for r in found:
        by_arm.setdefault(r["arm"], {})[r["seed"]] = _first(r["curve"])
    plain = by_arm.get("none", {})
    answer = {}
    for arm, others in by_arm.items():
        both = sorted(set(plain) & set(others))
        if arm == "none" or len(both) < 2:
            continue
        fewer = np.array([plain[s] - others[s] for s in both], dtype=float)
        width = float(student.ppf(0.975, len(both) - 1) * fewer.std(ddof=1) / np.sqrt(len(both)))
        answer[arm] = {"worlds": both, "fewer_trials": float(fewer.mean()), "half_width_95": width,
                       "sooner": int((fewer > 0).sum()), "later": int((fewer < 0).sum())}  # fmt: skip
    return answer


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", default="201-220")
    parser.add_argument("--arms", default="none,prior")
    parser.add_argument("--variant", default="hard")
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--output", type=Path, default=Path("docs/benchmark/judgement.jsonl"))
    parser.add_argument("--only-summary", action="store_true")
    options = parser.parse_args()
    first, last = (int(part) for part in options.seeds.split("-"))
    seeds = range(first, last + 1)
    jobs = [Job(arm, options.variant, seed, options.trials) for seed in seeds for arm in options.arms.split(",")]
    if not options.only_summary:
        run(jobs, options.output, options.workers)
    text = json.dumps(summary(records(options.output)), indent=1)
    options.output.with_suffix(".json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
