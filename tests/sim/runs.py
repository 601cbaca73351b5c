"""A whole run of agent and twin in lock-step, for tests. Not a test."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adatom.edge.agent import Agent
from adatom.edge.config import default_bench
from adatom.protocol.envelope import load_envelope
from adatom.protocol.recipe import Recipe
from adatom.sim.bench import TwinBench

ENVELOPE: dict[str, Any] = load_envelope(
    (Path(__file__).parents[2] / "sim" / "demo" / "envelope.json").read_text(encoding="utf-8")
)
TICK_MS = 100
LONGEST_TICKS = 400_000  # eleven hours


@dataclass(frozen=True)
class Ended:
    """How a run ended: the twin afterwards, the end's outcome and reason, and every reading of the block."""

    twin: TwinBench
    outcome: str
    reason: str
    heater_cc: list[int | None]


def run(recipe: Recipe, twin: TwinBench) -> Ended:
    """Run a recipe to its end; the operator's steps are confirmed at once."""
    agent = Agent(default_bench("twin-1"), ENVELOPE, "test")
    twin.load(recipe)
    assert agent.start(recipe, "run", "trial", 0) == []
    now_ms, readings = 0, twin.readings
    heater_cc: list[int | None] = []
    while agent.busy and len(heater_cc) < LONGEST_TICKS:
        now_ms += TICK_MS
        readings = twin.step(agent.tick(now_ms, readings), TICK_MS / 1000)
        heater_cc.append(readings[0])
        step = agent.waiting_for
        if step:
            now_ms += int(60000 * twin.confirm(step)) if step != "measure" else 0
            agent.confirm(step, now_ms)
    ends = [data for name, data in agent.events() if name == "run_end"]
    return Ended(twin, ends[-1]["outcome"], ends[-1]["reason"], heater_cc)
