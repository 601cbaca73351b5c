"""Everything under one virtual clock: hours of faults in seconds, the same history for the same seed."""

from pathlib import Path

from adatom.sim.clockwork.laboratory import SETTLE_S, Laboratory
from adatom.sim.soak.row import SHOWN, Row, Say, Trial

HOURS_A_SECOND = 0.1  # simulated, of the length asked for: about what a processor does


def run(seed: int, seconds: float, folder: Path, say: Say, hours: float | None = None) -> Trial:
    """One history; one or two benches, as the seed says."""
    hours = hours or HOURS_A_SECOND * seconds
    say(f"{hours:.1f} simulated hours")
    story = Laboratory(seed, 2 - seed % 2).live(hours)
    trial = Trial(seed, n=sum(story.faults.values()), points=story.figures["points"])
    trial.measured = [story.figures["settled_s"]]
    for one in story.violations:
        trial.count(one)
    trial.problems = [f"{one.rule}: {one.text}" for one in story.violations[:SHOWN]]
    trial.figures = {"history": story.digest, "hours": story.hours, "faults": story.faults} | story.figures
    return trial


ROWS = [Row("simulated laboratory", "every fault in any mixture: every rule of the invariants holds",
            "everything delivered after the last fault / s", float(SETTLE_S), run, broker=False)]  # fmt: skip
