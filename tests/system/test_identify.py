"""`adatom edge identify` against a real-time rig on pseudo-terminals: stopped by Ctrl-C, then a test of one minute.

A minute is too short for the losses, which the command must say; the long test is in virtual time (tests/sim).
"""

import json
import re
import signal
from pathlib import Path

import pytest
from adatom.edge import command
from adatom.edge import identify as step

from tests.system.processes import adatom, again_if_starved, lines, process, until
from tests.system.silence import prompt
from tests.system.test_rig_run import DEMO, slow_leases

pytestmark = pytest.mark.system


def prepare(folder: Path) -> None:
    """The demo's bench, with a pump-down that ends within a minute."""
    envelope = json.loads((DEMO / "envelope.json").read_text())
    slow_leases(envelope)
    (folder / "envelope.json").write_text(json.dumps(envelope))
    text = re.sub(r"\n\[ports\]\n", "\n[process]\nbase_pa = 1.0\n\n[ports]\n", (DEMO / "bench.toml").read_text())
    (folder / "bench.toml").write_text('plant_file = "plant.json"\n' + text)


def energised(state: Path) -> list[str]:
    names: list[str] = json.loads(state.read_text())["energised"]
    return names


@pytest.mark.timeout(900)
@again_if_starved
def test_it_is_stopped_safely_and_finds_the_capacity_in_a_minute(tmp_path: Path) -> None:
    prepare(tmp_path)
    rig_log, state = tmp_path / "rig.log", tmp_path / "rig" / "state.json"
    with prompt(), process(adatom("sim", "rig", "--dir", "rig", "--pumped"), rig_log, tmp_path):
        until(state.exists, "the rig's state", (rig_log,))
        asked = adatom("edge", "identify", "bench.toml", "--rig", "rig", "--minutes", "1", "--json")
        stopped_log = tmp_path / "stopped.log"
        with process(asked, stopped_log, tmp_path) as stopped:
            until(lambda: "heater" in energised(state), "power", (stopped_log, rig_log))
            stopped.send_signal(signal.SIGINT)
            assert stopped.wait(30) == 1
        assert "error: no step test: stopped" in stopped_log.read_text()
        until(lambda: not energised(state), "everything safe", (stopped_log,))
        log = tmp_path / "identify.log"
        with process(asked, log, tmp_path) as whole:
            assert whole.wait(240) == 1, log.read_text()
        until(lambda: not energised(state), "everything safe", (log,))
    said = lines(log)
    assert [line["phase"] for line in said if "phase" in line][-1] == "done"
    assert "error: the fit is not good enough: " in log.read_text()
    assert "gain to" in log.read_text()
    found = json.loads((tmp_path / "plant.json").read_text())
    assert found == {name: value for name, value in said[-1].items() if name != "file"}
    assert found["simulated"] is True
    for name, true in (("heat_capacity_j_k", 51.0), ("dead_time_s", 6.0)):
        assert abs(found["plant"][name]["value"] - true) < 3.5 * found["plant"][name]["sd"]
        assert found["plant"][name]["sd"] < 0.25 * true
    assert (tmp_path / "plant.svg").exists()


def test_it_answers_on_the_control_socket_and_an_abort_ends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(tmp_path)
    rig_log, log, bench = tmp_path / "rig.log", tmp_path / "identify.log", str(tmp_path / "bench.toml")
    with process(adatom("sim", "rig", "--dir", "rig", "--pumped"), rig_log, tmp_path):
        until((tmp_path / "rig" / "state.json").exists, "the rig's state", (rig_log,))
        with process(adatom("edge", "identify", "bench.toml", "--rig", "rig"), log, tmp_path) as asked:
            until((tmp_path / "journal" / "control").exists, "the control socket", (log, rig_log))
            assert command.run(["edge", "status", bench, "--json"]) == command.OK
            assert json.loads(capsys.readouterr().out)["state"] == "identify"
            assert command.run(["edge", "pause", bench]) == command.FAILED
            assert "a step test is going on: 'pause' must be one of status, abort, stop" in capsys.readouterr().err
            assert command.run(["edge", "abort", bench, "--why", "lunch"]) == command.OK
            assert asked.wait(60) == 1
    assert "error: no step test: lunch" in log.read_text()
    assert not (tmp_path / "journal" / "control").exists()


def test_lines_that_do_not_answer_are_the_reason_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(tmp_path)
    monkeypatch.setattr(step, "PRESENT_S", 1)
    assert command.run(["edge", "identify", str(tmp_path / "bench.toml")]) == command.FAILED
    said = capsys.readouterr().err
    assert f"error: no step test: no reading of heater_c: never read: {tmp_path}/rig/heater: No such file" in said
    assert f"; guard_c, water_lpm, door: never read: {tmp_path}/rig/io: No such file" in said
    assert "not known to be safe at the end: attenuator, carousel, heater, io" in said


def test_a_rig_that_is_faster_than_the_clock_is_refused(tmp_path: Path) -> None:
    prepare(tmp_path)
    rig_log, log = tmp_path / "rig.log", tmp_path / "identify.log"
    with process(adatom("sim", "rig", "--dir", "rig", "--speed", "10"), rig_log, tmp_path):
        until((tmp_path / "rig" / "state.json").exists, "the rig's state", (rig_log,))
        with process(adatom("edge", "identify", "bench.toml", "--rig", "rig"), log, tmp_path) as asked:
            assert asked.wait(60) == 2
    assert "runs at 10 times real time: identify needs a rig at --speed 1" in log.read_text()
