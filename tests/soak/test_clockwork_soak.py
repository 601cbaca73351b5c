"""Thousands of simulated hours: ADATOM_CLOCKWORK_HOURS (2000) in histories of a day, from seed ADATOM_SOAK_SEED (1) on.

ADATOM_SOAK_OUT: a folder for the figures as JSON.
"""

import json
import os
from collections import Counter
from pathlib import Path

from adatom.sim.clockwork.laboratory import Laboratory

HOURS = float(os.environ.get("ADATOM_CLOCKWORK_HOURS", "2000"))
SEED = int(os.environ.get("ADATOM_SOAK_SEED", "1"))
OUT = os.environ.get("ADATOM_SOAK_OUT", "")
DAY_H = 24.0


def test_thousands_of_hours() -> None:
    broken: dict[int, list[str]] = {}
    faults: Counter[str] = Counter()
    hours = cpu_s = settled_s = 0.0
    points = trials = histories = 0
    while hours < HOURS:
        seed = SEED + histories
        story = Laboratory(seed, 2 - seed % 2).live(DAY_H)
        histories += 1
        hours, cpu_s, faults = hours + story.hours, cpu_s + story.figures["cpu_s"], faults + Counter(story.faults)
        points, trials = points + story.figures["points"], trials + story.figures["trials"]
        settled_s = max(settled_s, story.figures["settled_s"])
        if story.violations:
            broken[seed] = [f"{one.rule}: {one.text}" for one in story.violations]
    figures = {"simulated": True, "histories": histories, "seeds": list(range(SEED, SEED + histories)),
               "hours": hours, "hours_a_cpu_s": hours / cpu_s,
               "points": points, "trials": trials, "faults": sum(faults.values()), "worst_settled_s": settled_s,
               "by_fault": dict(faults), "broken": broken}  # fmt: skip
    if OUT:
        Path(OUT).mkdir(parents=True, exist_ok=True)
        (Path(OUT) / "clockwork.json").write_text(json.dumps(figures, indent=1) + "\n")
    print(json.dumps(figures))
    assert not broken
