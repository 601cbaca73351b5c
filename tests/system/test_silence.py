"""Silence is safe: a few of the moments that tests/soak/test_silence_soak.py has hundreds of, on real processes."""

import contextlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from adatom.edge.freeze_hooks import FLAG, hooked

from tests.system.silence import Lab, judge, moment, mute_broker, prompt

pytestmark = pytest.mark.system


@pytest.fixture(params=[False, True], ids=["board", "guardian"])
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    with mute_broker() as port, prompt(), contextlib.closing(Lab(tmp_path, request.param, port)) as one:
        one.start()
        yield one


def test_silence_at_a_random_moment_is_safe(lab: Lab) -> None:
    rng = random.Random(7)
    for what, phase in [("guardian_stop" if lab.external else "agent_stop", "heat"), ("agent_kill", "deposit")]:
        lab.energise(phase)
        row = moment(lab, what, phase, rng, 2.0)
        assert row["ok"], row
        assert row["safe_s"] is None or row["safe_s"] > 0


OFF = {"on": [], "changes": [], "bursts": 3, "last_burst_s": 1.0, "last_trigger_s": 1.0, "triggers": 9}


@pytest.mark.parametrize(
    ("what", "after", "resumed_s", "why"),
    [
        ("agent_kill", {"changes": [[10.9, "gate", False]]}, None, ""),
        ("agent_kill", {"changes": [[11.2, "gate", False]]}, None, "safe after 1.2 s"),
        ("guardian_kill", {"changes": [[10.3, "heater", True], [10.4, "heater", False]]}, None, ""),
        ("guardian_kill", {"changes": [[10.4, "heater", False], [11.1, "heater", True]]}, None, "heater came on again"),
        ("agent_kill", {"on": ["laser"], "changes": [[10.5, "gate", False]]}, None, "laser is on"),
        ("agent_stop", {"changes": [[10.9, "gate", False], [13.1, "gate", True], [13.2, "gate", False]]}, 13.0,
         "gate came on again"),
        ("agent_stop", {"changes": [[10.6, "gate", False]], "bursts": 4, "last_burst_s": 13.0}, 13.0,
         "a burst was asked for afterwards"),
        ("abort", {"changes": [[10.1, "gate", False]], "last_trigger_s": 10.2}, None, "a pulse 0.2 s later"),
    ],
)  # fmt: skip
def test_the_judge(what: str, after: dict[str, object], resumed_s: float | None, why: str) -> None:
    row = judge(what, OFF, OFF | after, 10.0, resumed_s, goes_on=False)
    assert row["why"] == why
    assert row["ok"] == (why == "")


def test_the_judge_lets_a_run_go_on_only_after_a_short_standstill() -> None:
    assert judge("agent_stop", OFF, OFF | {"on": ["gate"]}, 10.0, 10.5, goes_on=True)["ok"]
    assert not judge("agent_stop", OFF, OFF, 10.0, 10.9, goes_on=True)["ok"]
    assert not judge("agent_kill", OFF, OFF, 10.0, None, goes_on=True)["ok"]


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("0", False), ("", False)])
def test_threads_can_be_frozen_only_with_the_flag(value: str, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FLAG, value)
    assert hooked() is expected
