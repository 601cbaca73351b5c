"""Records, recipes and an envelope for the tests of the store."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adatom.cloud.store.store import Store
from adatom.protocol.channels import COUNT
from adatom.protocol.telemetry import Batch

from tests.protocol.examples import RECIPE

BENCH = "twin-1"
ROOT = Path(__file__).parents[3]
NOW = 1_700_000_000.0


@dataclass(frozen=True)
class Sent:
    """A record as the ingestor hands it over."""

    bench: str
    kind: str
    boot: int
    first: int
    count: int
    body: bytes
    link: bytes
    content: Any
    lost: int = 0


def telemetry(first: int, count: int, *, boot: int = 1, run: str = "r1", bench: str = BENCH) -> Sent:
    """`count` points; channel k of point n is 1000 k + n, in counts; the guard thermocouple is missing."""
    numbers = range(first, first + count)
    columns: list[list[int | None]] = [[1000 * k + n for n in numbers] for k in range(COUNT)]
    columns[1] = [None] * count
    batch = Batch(boot, first, count, run, [1000 * n for n in numbers], columns)
    return Sent(bench, "telemetry", boot, first, count, b"body%d" % first, b"link%d" % first, batch)


def message(kind: str, seq: int, *, boot: int = 1, run: str = "r1", **fields: Any) -> Sent:
    """A JSON record of one number."""
    content = {"boot": boot, "seq": seq, "t_ms": 1000 * seq, "run": run} | fields
    return Sent(BENCH, kind, boot, seq, 1, b"body%d" % seq, b"link%d" % seq, content)


def event(seq: int, **fields: Any) -> Sent:
    return message("event", seq, **({"name": "state", "data": {"to": "heat"}} | fields))


def hello(boot: int = 1, t_ms: int = 500) -> dict[str, Any]:
    return {"boot": boot, "t_ms": t_ms, "envelope": "ab" * 32, "software": "adatom 0.1.0", "simulated": 1}


def recipe(**changes: Any) -> dict[str, Any]:
    """The example recipe (0.5 Ta, 40 % lithium excess) with changes."""
    return RECIPE | changes


def envelope() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / "sim" / "demo" / "envelope.json").read_text())
    return loaded


def add_trial(store: Store, number: int, outcome: str, r_ohm_cm2: float = 100.0, **changes: Any) -> str:
    """The run_id of a trial that has been through the whole of its life in campaign `c`."""
    run_id = f"c-{number}-1"
    store.propose("c", number, recipe(**changes), "sobol", "", NOW)
    store.move_trial("c", number, "reserve", NOW)
    store.start_run(run_id, "c", number, 1, BENCH, NOW + number)
    store.move_trial("c", number, "start", NOW)
    store.end_run(run_id, outcome, "" if outcome == "complete" else "crack", NOW)
    store.move_trial("c", number, {"complete": "complete", "failed": "fail", "aborted": "abort"}[outcome], NOW)
    if outcome == "complete":
        store.put_quantity(run_id, "r_interface_ohm_cm2", r_ohm_cm2, unit="ohm cm2", simulated=True)
    return run_id
