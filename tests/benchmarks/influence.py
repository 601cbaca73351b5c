"""How often influence cries wolf, what it finds, and whether its order is the twin's own. Simulated tables.

python -m tests.benchmarks.influence [--tables 200] [--worlds 10] [--part noise] [--out docs/benchmark/influence.json]
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from adatom.cloud.measure.influence.analyse import Influence, analyse
from adatom.cloud.measure.influence.importance import importances
from adatom.cloud.measure.influence.model import fitted
from adatom.cloud.measure.influence.significance import Significance, significance
from adatom.cloud.measure.influence.study import Study, study_of
from scipy.stats import spearmanr

from tests.cloud.measure.influence import twin

OUT = Path("docs/benchmark/influence.json")
FACTORS = 6
TRIALS = 60  # of a world
TRUTH_RECIPES = 200
MATTERS = 0.2  # true share of the variance from which a factor counts as one that matters
TRIFLE = 0.02  # and below which as one that does not


def table(seed: int, samples: int, correlation: float, noise: float | None) -> Study:
    """Six factors; y by x0 (bent), x1 (curved, with x2); x3 goes with x0; x3 to x5 do nothing. None: all is noise."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((samples, FACTORS))
    z[:, 3] = correlation * z[:, 0] + np.sqrt(1.0 - correlation**2) * z[:, 3]
    u = (z - z.min(axis=0)) / np.ptp(z, axis=0)
    y = rng.standard_normal(samples)
    if noise is not None:
        effect = np.sin(3.0 * u[:, 0]) + 6.0 * (u[:, 1] - 0.5) ** 2 + 0.7 * u[:, 1] * u[:, 2]
        y = effect / effect.std() + noise * y
    columns = {f"x{k}": u[:, k].tolist() for k in range(FACTORS)}
    return study_of(columns, "y", y.tolist(), [0.0] * samples, [1.0] * samples, log=False)


def alarms(tables: int, samples: int, correlation: float, noise: float | None) -> dict[str, Any]:
    """Share of tables in which an idle factor is called clear, and in which each real one is."""
    found = [_sure(table(seed, samples, correlation, noise)) for seed in range(tables)]
    idle = range(FACTORS) if noise is None else range(3, FACTORS)
    row = {
        "tables": tables,
        "samples": samples,
        "correlation": correlation,
        "noise": noise,
        "false_alarms": _share(any(one.clear(place) for place in idle) for one in found),
    }
    return row if noise is None else {**row, "found": [_share(one.clear(k) for one in found) for k in range(3)]}


def _sure(study: Study) -> Significance:
    return significance(study, fitted(study))


def _share(hits: Any) -> float:
    return round(float(np.mean(list(hits))), 3)


def world(seed: int, trials: int = TRIALS, recipes: int = TRUTH_RECIPES, shuffles: int = 199) -> dict[str, Any]:
    """Random recipes of the demo's space in a world of the twin: importances beside the truth."""
    began = time.perf_counter()
    made, values = twin.measured(seed, trials)
    found = analyse(twin.study(made, values), shuffles)
    seconds = time.perf_counter() - began
    others = twin.random_recipes(twin.load_campaign(twin.DEMO), recipes, 10_000 + seed)
    truth = twin.true_shares(found.study, others, seed)
    return {"world": seed, "samples": len(found.study), "seconds": round(seconds, 1), **_beside(found, truth)}


def _beside(found: Influence, truth: dict[str, float]) -> dict[str, Any]:
    names = found.study.names
    estimated = [one.value for one in found.importances]
    return {
        "explained": round(found.left_out.explained.value, 3),
        "line_explained": round(found.line.left_out.explained.value, 3),
        **_ranks(found.study, estimated, truth),
        "clear": found.clear,
        "clear_true_shares": [round(truth[name], 3) for name in found.clear],
        "matter": [name for name in names if truth[name] >= MATTERS],
        "truth": {name: round(truth[name], 3) for name in sorted(names, key=lambda name: -truth[name])},
        "estimate": {name: round(one, 3) for name, one in zip(names, estimated, strict=True)},
    }


def _ranks(study: Study, estimated: list[float], truth: dict[str, float]) -> dict[str, Any]:
    places = range(len(estimated))
    order = [study.names[place] for place in sorted(places, key=lambda place: -estimated[place])]
    right = sorted(study.names, key=lambda name: -truth[name])
    return {
        "rank_correlation": round(float(spearmanr(estimated, [truth[name] for name in study.names]).statistic), 3),
        "first_is_right": order[0] == right[0],
        "of_first_three_right": len(set(order[:3]) & set(right[:3])),
    }


def summary(worlds: list[dict[str, Any]]) -> dict[str, Any]:
    """Over the worlds."""
    matter = [name in one["clear"] for one in worlds for name in one["matter"]]
    shares = [share for one in worlds for share in one["clear_true_shares"]]
    return {
        "worlds": len(worlds),
        "rank_correlation_median": round(float(np.median([one["rank_correlation"] for one in worlds])), 3),
        "first_is_right": _share(one["first_is_right"] for one in worlds),
        "of_first_three_right": round(float(np.mean([one["of_first_three_right"] for one in worlds])), 2),
        "factors_that_matter": len(matter),
        "of_these_clear": _share(matter) if matter else None,
        "called_clear": len(shares),
        "of_these_trifles": sum(share < TRIFLE for share in shares),
        "seconds_median": float(np.median([one["seconds"] for one in worlds])),
    }


def twins(tables: int, worlds: int) -> dict[str, Any]:
    """The twin's worlds, each and over all."""
    each = [world(seed) for seed in range(1, worlds + 1)]
    return {**summary(each), "each": each}


def noise(tables: int, worlds: int) -> list[dict[str, Any]]:
    """Tables of nothing but noise."""
    return [alarms(tables, samples, 0.0, None) for samples in (12, 20, 40)]


def idle(tables: int, worlds: int) -> list[dict[str, Any]]:
    """Idle factors beside real ones."""
    return [alarms(tables, 40, 0.0, 0.5)]


def correlated(tables: int, worlds: int) -> list[dict[str, Any]]:
    """The same, one of the idle ones correlated with a real one."""
    return [alarms(tables, 40, 0.9, 0.5)]


def more_trials(tables: int, worlds: int) -> list[dict[str, Any]]:
    """The order of importances in the twin's worlds from 200 trials each, without the search for significance."""
    return [order(seed, 200) for seed in range(1, worlds + 1)]


def order(seed: int, trials: int, recipes: int = TRUTH_RECIPES) -> dict[str, Any]:
    """How importances of a world are ordered beside the truth."""
    study = twin.study(*twin.measured(seed, trials))
    estimated = [one.value for one in importances(study, fitted(study))]
    others = twin.random_recipes(twin.load_campaign(twin.DEMO), recipes, 10_000 + seed)
    return {"world": seed, "samples": len(study), **_ranks(study, estimated, twin.true_shares(study, others, seed))}


PARTS = {"twin": twins, "noise": noise, "idle": idle, "correlated": correlated, "twin_200": more_trials}


def main() -> None:
    """Measure the parts asked for, print them, and put them into the file beside those that it has."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=200)
    parser.add_argument("--worlds", type=int, default=10)
    parser.add_argument("--part", choices=PARTS, action="append", help="may be repeated; all unless given")
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args()
    for name in chosen.part or PARTS:
        found = PARTS[name](chosen.tables, chosen.worlds)
        print(json.dumps({name: found}, indent=1), flush=True)
        known = json.loads(chosen.out.read_text(encoding="utf-8")) if chosen.out.exists() else {"simulated": True}
        chosen.out.write_text(json.dumps(known | {name: found}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
