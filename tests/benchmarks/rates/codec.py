"""Bytes that telemetry takes, on a run of the twin: what is measured there repeats, drifts and rests as on a bench."""

from collections.abc import Sequence
from typing import Any

from adatom.edge.agent import Agent
from adatom.edge.config import default_bench
from adatom.protocol import telemetry
from adatom.protocol.errors import FailedError
from adatom.protocol.recipe import recipe_from_dict
from adatom.sim.bench import TwinBench
from adatom.sim.direct import REFERENCE_RECIPE
from adatom.sim.world import World

from tests.sim.runs import ENVELOPE, TICK_MS

MUST = 10.0  # bytes a sample
# hertz of the points, points of a record: as the loop's shell groups them (2 s), and the most that a recorder gathers
SHAPES = ((1, 2), (1, 60), (10, 20), (10, 60))


def recorded(pulses: int) -> list[tuple[int, list[int | None]]]:
    """(t_ms, readings) of every tick of a run to its end, as a station would record them."""
    agent, twin = Agent(default_bench("twin-1"), ENVELOPE, "rates"), TwinBench(ENVELOPE, World(1), "rates")
    recipe = recipe_from_dict(REFERENCE_RECIPE | {"pulses": pulses})
    twin.load(recipe)
    reasons = agent.start(recipe, "rates", "rates", 0)
    if reasons:
        raise FailedError("; ".join(reasons))
    now_ms, rows = 0, list[tuple[int, list[int | None]]]()
    while agent.busy:
        now_ms += TICK_MS
        outputs = agent.tick(now_ms, twin.readings)
        rows.append((now_ms, list(twin.readings)))
        twin.step(outputs, TICK_MS / 1000)
        if step := agent.waiting_for:
            now_ms += int(60000 * twin.confirm(step)) if step != "measure" else 0
            agent.confirm(step, now_ms)
    return rows


def bytes_of(rows: Sequence[tuple[int, list[int | None]]], count: int) -> tuple[int, int, int]:
    """(bytes, samples, points) of rows in records of `count` points; a missing value is no sample."""
    size = samples = points = 0
    for first in range(0, len(rows) - count + 1, count):
        part = rows[first : first + count]
        columns = list(zip(*(readings for _, readings in part), strict=True))
        batch = telemetry.Batch(1, first + 1, count, "rates", [t_ms for t_ms, _ in part], columns)
        size += len(telemetry.finish(telemetry.encode_body(batch), bytes(32)))
        samples += sum(value is not None for column in columns for value in column)
        points += count
    return size, samples, points


def measure(pulses: int) -> list[dict[str, Any]]:
    """A row a shape: bytes of a sample with everything that a record carries (header, link, checksum)."""
    rows = recorded(pulses)
    table = []
    for hz, count in SHAPES:
        size, samples, points = bytes_of(rows[:: 1000 // TICK_MS // hz], count)
        table.append({"hz": hz, "points_a_record": count, "n_points": points, "n_samples": samples,
                      "bytes_a_sample": round(size / samples, 2), "bytes_a_point": round(size / points, 1),
                      "must": MUST, "met": size / samples <= MUST})  # fmt: skip
    return table
