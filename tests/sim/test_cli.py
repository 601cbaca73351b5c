"""`adatom sim` as a user runs it: a process that prints its ports, and another that asks what it believes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from adatom.edge.rig_state import STALE_S, rig_state
from adatom.protocol.errors import FailedError, InputError
from adatom.sim.cli import app, state
from typer.testing import CliRunner

START = "from adatom.sim.cli import app; app()"


@pytest.mark.parametrize("command", ["rig", "state"])
def test_help_has_an_example(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert "Example: adatom sim" in result.output


def test_no_rig_is_bad_input_that_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=str(tmp_path)):
        state(tmp_path)


@pytest.mark.system
def test_a_rig_as_a_process(tmp_path: Path) -> None:
    folder = tmp_path / "rig"
    command = [sys.executable, "-c", START, "rig", "--dir", str(folder), "--world", "7"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ports = json.loads(process.stdout.readline())
        assert ports["heater"] == {"path": str(folder / "heater"), "kind": "eurotherm", "protocol": "eurotherm"}
        assert (ports["io"]["kind"], ports["io"]["protocol"]) == ("bench_io", "adatom-io")
        port = os.open(ports["gauge"]["path"], os.O_RDWR | os.O_NOCTTY)
        os.write(port, b"TID\r")
        heard = b""
        while b"\x06\r\n" not in heard:  # after what it streamed since it was switched on
            heard += os.read(port, 100)
        os.close(port)
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
    assert list(folder.iterdir()) == []


def test_the_state_of_a_rig_that_was_killed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(json.dumps({"speed": 1}))
    assert rig_state(tmp_path) == {"speed": 1}
    before_s = path.stat().st_mtime - STALE_S - 60
    os.utime(path, (before_s, before_s))
    for read in (state, rig_state):
        with pytest.raises(FailedError, match=r"the rig has stopped; its last state is \d+ s old"):
            read(tmp_path)


@pytest.mark.parametrize("json_flag", [[], ["--json"]])
def test_the_state_is_printed(tmp_path: Path, json_flag: list[str]) -> None:
    believed = {"instruments": {"laser": {"opmode": "OFF:0"}}, "energised": [], "pulses_fired": 0}
    (tmp_path / "state.json").write_text(json.dumps(believed))
    result = CliRunner().invoke(app, ["state", str(tmp_path), *json_flag])
    assert "OFF:0" in result.output
    assert result.exit_code == 0
    if json_flag:
        assert json.loads(result.output) == believed
