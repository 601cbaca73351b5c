"""The jitter benchmark, short: both loops are in its report, with all deadlines. How late they are is no test."""

from pathlib import Path

import pytest

from tests.benchmarks.jitter import ALLOWED_MS, HZ, furnace, verdicts
from tests.micropython import needs_micropython
from tests.system.silence import prompt

pytestmark = pytest.mark.system
WINDOWS, SECONDS = 2, 1
DEADLINES = WINDOWS * SECONDS * HZ


def rows(interpreter: str, load: str, bare_ms: float, adatom_ms: float) -> list[dict[str, object]]:
    return [{"loop": loop, "load": load, "interpreter": interpreter, "p99_ms": p99_ms}
            for loop, p99_ms in (("bare", bare_ms), ("adatom", adatom_ms))]  # fmt: skip


def test_each_interpreter_and_load_is_judged_beside_its_own_bare_loop() -> None:
    judged = verdicts(rows("C", "idle", 3.0, 3.9) + rows("M", "idle", 0.1, 2.0) + rows("M", "busy", 0.2, 0.2))
    assert [(row["interpreter"], row["load"], row["ok"]) for row in judged] == [
        ("C", "idle", True),
        ("M", "idle", False),
        ("M", "busy", True),
    ]
    assert judged[0]["allowed_ms"] == 3.0 + ALLOWED_MS


@needs_micropython
def test_a_board_and_a_bare_loop_report_every_deadline(tmp_path: Path) -> None:
    with prompt(), furnace(tmp_path) as board:
        bare, adatom = board("idle", WINDOWS, SECONDS)
    assert [(row["loop"], row["load"], row["hz"]) for row in (bare, adatom)] == [
        ("bare", "idle", HZ),
        ("adatom", "idle", HZ),
    ]
    assert bare["n"] >= DEADLINES
    assert adatom["n"] > DEADLINES // 2  # its windows are cut by time: one that began late has a few less
    for row in (bare, adatom):
        assert 0 <= row["p50_ms"] <= row["p99_ms"] <= row["max_ms"]
        assert row["interpreter"].startswith("MicroPython")
