"""A store with trials that were scored, foretold and ended: good ones have more novelty."""

from pathlib import Path

import numpy as np
from adatom.cloud.evaluate.meta.foretell import foretell
from adatom.cloud.store.judgement import CRITERIA
from adatom.cloud.store.scoring import Scored
from adatom.cloud.store.store import Store

from tests.cloud.store.samples import BENCH, NOW, recipe


def fill(store: Store, count: int = 40, seed: int = 1, campaign: str = "c") -> None:
    """`count` trials, the last one open; the first of each four are measured before anything can be foretold."""
    rng = np.random.default_rng(seed)
    store.add_campaign(campaign, "", 1, NOW)
    for number in range(1, count + 1):
        scores = {name: float(rng.random()) for name in (*CRITERIA, "feasibility")}
        decades = 3.0 - 2.0 * scores["novelty"] + 0.2 * float(rng.standard_normal())
        now = NOW + number
        store.propose(campaign, number, recipe(fluence_j_cm2=1.0 + 0.01 * number), "bo", "", now)
        scored = Scored(f"{number}", scores, dict.fromkeys(scores, "made"), 0.5, 101.0, "formula", 2)
        store.keep_scores(campaign, number, scored, now)
        foretell(store, campaign, number, scored, now)
        if number < count:
            end(store, campaign, number, 10.0**decades, now)


def end(store: Store, campaign: str, number: int, r_ohm_cm2: float, now: float) -> None:
    """Make a proposed trial and measure it."""
    run_id = f"{campaign}-{number}"
    store.move_trial(campaign, number, "reserve", now)
    store.start_run(run_id, campaign, number, 1, BENCH, now)
    store.move_trial(campaign, number, "start", now)
    store.end_run(run_id, "complete", "", now)
    store.put_quantity(run_id, "r_interface_ohm_cm2", r_ohm_cm2, unit="ohm cm2", simulated=True)
    store.move_trial(campaign, number, "complete", now)


def made(path: Path, count: int = 40) -> Path:
    """The path of a database file that is filled and closed."""
    with Store(path) as store:
        fill(store, count)
    return path
