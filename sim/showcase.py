"""What `adatom demo` does: a campaign against the twin in a folder of its own, baselines beside it, figures of merit.

The campaign and envelope files are copied into the folder, so that everything a user sees can be run again by hand.
"""

import asyncio
import json
import math
import re
import resource
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from adatom.cloud.campaign.file import Campaign, load_campaign
from adatom.cloud.campaign.progress import Progress
from adatom.cloud.campaign.session import Done, Files, OpenWindow, run_campaign
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread
from adatom.protocol.recipe import recipe_from_dict

Curves = dict[str, tuple[list[float | None], list[float]]]
HERE = Path(__file__).parent / "demo"
BASELINES = ("random", "sobol")
BASELINE_MARKS = 16  # trials after which a baseline's incumbent is asked for
FILES = {"standard": "campaign.toml", "hard": "campaign_hard.toml"}


class Serving(NamedTuple):
    """Pages beside the demo. `finished`: called when the campaign has ended and the pages stay."""

    window: OpenWindow
    finished: Callable[[], None]


def prepare(folder: Path, variant: str, trials: int, world: int) -> Campaign:
    """The shipped campaign, with another budget and world, copied into a folder and loaded from there."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "envelope.json", folder / "envelope.json")
    text = (HERE / FILES[variant]).read_text(encoding="utf-8")
    text = re.sub(r"(?m)^trials = \d+", f"trials = {trials}", text)
    text = re.sub(r"world = \d+", f"world = {world}", text)
    (folder / "campaign.toml").write_text(text, encoding="utf-8")
    return load_campaign(folder / "campaign.toml")


def free_folder(wanted: Path) -> Path:
    """The folder, or NAME-2, NAME-3, ... when it holds a campaign already: nothing is overwritten."""
    folder, number = wanted, 1
    while Files(folder).database.exists():
        number += 1
        folder = wanted.with_name(f"{wanted.name}-{number}")
    return folder


def run_demo(
    campaign: Campaign, files: Files, watch: Callable[[Progress], None], serving: Serving | None = None
) -> dict[str, Any]:
    """Run the campaign and its baselines; wall time, peak memory and speed-up of the twin.

    With `serving` its pages stay until SIGINT (Ctrl-C) comes.
    """
    started = time.monotonic()
    finished: list[float] = []

    async def then(store: StoreThread) -> None:
        finished.append(time.monotonic())
        curves = await asyncio.to_thread(baselines, campaign)
        await store.call(put_baselines, campaign.name, curves)
        if serving is not None:
            await _until_interrupted(serving.finished)

    window = None if serving is None else serving.window
    done: Done = asyncio.run(run_campaign(campaign, files, resume=False, window=window, then=then, watch=watch))
    figures = {"campaign_seconds": round(finished[0] - started, 1), "peak_memory_mb": round(_peak_memory_mb())}
    return figures | _speed(files, campaign) | {"records": done.records}


async def _until_interrupted(finished: Callable[[], None]) -> None:
    loop, interrupted = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGINT, interrupted.set)
    try:
        finished()
        await interrupted.wait()
    finally:
        loop.remove_signal_handler(signal.SIGINT)


def baselines(campaign: Campaign) -> Curves:
    """Random and Sobol searches on the campaign's world and budget, by the direct chain: (best, incumbent) a trial."""
    from .benchmark import trace
    from .world import World

    twin = campaign.benches[0].twin
    if twin is None:
        return {}
    world, envelope = World(twin.world, twin.variant), campaign.envelopes[0]
    marks = sorted({round(mark) for mark in np.geomspace(1, campaign.trials, BASELINE_MARKS)})
    curves: Curves = {}
    for strategy in BASELINES:
        steps = trace(campaign, world, strategy, campaign.trials, campaign.seed, marks)
        measured = [step.measured or math.inf for step in steps]
        true = [_true_ohm_cm2(campaign, world, envelope, steps, mark) for mark in marks]
        # an incumbent stays until the next mark: asking the surrogate after every trial would take minutes
        held = [true[np.searchsorted(marks, number, side="right") - 1] for number in range(1, len(steps) + 1)]
        best = [None if math.isinf(value) else float(value) for value in np.minimum.accumulate(measured)]
        curves[strategy] = (best, held)
    return curves


def put_baselines(store: Store, campaign: str, curves: Curves) -> None:
    """Keep the baselines' curves beside the campaign."""
    for strategy, (best, held) in curves.items():
        store.put_baseline(campaign, strategy, best, held)


def _true_ohm_cm2(campaign: Campaign, world: Any, envelope: dict[str, Any], steps: Sequence[Any], mark: int) -> float:
    """True resistance of the incumbent after so many trials; the reference recipe's while nothing has succeeded."""
    from .direct import truth

    incumbent = steps[mark - 1].incumbent
    recipe = campaign.reference if incumbent is None else steps[incumbent].recipe
    return truth(recipe_from_dict(dict(recipe)), envelope, world)["r_interface_ohm_cm2"]


def _peak_memory_mb() -> float:
    """Most resident memory of this process plus the largest of its children (Linux counts in KiB)."""
    own, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return (own + children) / 1024


def _speed(files: Files, campaign: Campaign) -> dict[str, float]:
    """Simulated hours, and how much faster than real time twin and edge ran on their core."""
    simulated_s = busy_s = 0.0
    for bench in campaign.benches:
        path = files.bench(bench.name) / "speed.json"
        if path.exists():
            found = json.loads(path.read_text())
            simulated_s += found["simulated_s"]
            busy_s += found["busy_s"]
    if not busy_s:
        return {}
    return {"simulated_hours": round(simulated_s / 3600, 1), "times_real_time": round(simulated_s / busy_s)}
