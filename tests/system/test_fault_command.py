"""`adatom edge fault` as a person uses it: on a simulated rig, on a running agent, refused while armed."""

import json
from pathlib import Path
from typing import Any

import pytest
from adatom.cloud.ingest.keys import load_or_create_keys
from adatom.edge import command
from adatom.edge.control_socket import ask

from tests.system.processes import adatom, lines, process, until

pytestmark = pytest.mark.system
DEMO = Path(__file__).parents[2] / "sim" / "demo"


def fault(*words: str | Path) -> int:
    return command.run(["edge", "fault", *map(str, words)])


def test_a_fault_of_a_rig_shows_at_the_running_agent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rig, bench = tmp_path / "rig", tmp_path / "bench.toml"
    bench.write_text((DEMO / "bench.toml").read_text())
    (tmp_path / "envelope.json").write_text((DEMO / "envelope.json").read_text())
    load_or_create_keys(tmp_path / "keys.json")
    logs = (tmp_path / "rig.log", tmp_path / "edge.log")

    def missing(name: str) -> bool:
        status: dict[str, Any] = ask(str(tmp_path / "journal"), {"do": "status"}, "an agent")
        return any(text.startswith(name) for text in status["missing"])

    start = adatom("sim", "rig", "--dir", rig, "--fault", "potentiostat=off", "--fault", "valve=slow@3600")
    with process(start, logs[0], tmp_path):
        until(lambda: lines(logs[0]), "the rig", logs)
        until(lambda: (rig / "state.json").exists(), "the rig's state", logs)
        with process(adatom("edge", "run", bench, "--rig", rig), logs[1], tmp_path):
            until(lambda: (tmp_path / "journal" / "control").exists(), "the agent", logs)
            until(lambda: not missing("heater_c") and not missing("flow_sccm"), "all readings", logs)

            assert fault("eurotherm", "off", "--rig", rig) == command.OK
            until(lambda: missing("heater_c"), "a silent heater", logs)
            assert fault("heater", "none", "--rig", rig) == command.OK
            until(lambda: not missing("heater_c"), "the heater again", logs)

            assert fault("mfc", "garbage", bench, "--json") == command.OK
            until(lambda: missing("flow_sccm"), "a flow that is garbage", logs)
            assert ask(str(tmp_path / "journal"), {"do": "status"}, "an agent")["faults"] == {"mfc": "garbage"}
            assert fault("mfc", "none", bench) == command.OK
            until(lambda: not missing("flow_sccm"), "the flow again", logs)

            capsys.readouterr()
            assert fault("mfc", "wrong", bench) == command.FAILED
            assert "only a simulated rig can" in capsys.readouterr().err
            assert fault("laser", "wrong_unit", "--rig", rig) == command.FAILED
            assert "the laser knows no other unit" in capsys.readouterr().err
            for place in (["--rig", rig], [bench]):
                assert fault("boiler", "off", *place) == command.WRONG_USE
                assert "INSTRUMENT: 'boiler': must be one of this bench's, alicat, " in capsys.readouterr().err
        state = json.loads((rig / "state.json").read_text())
    assert state["faults"]["active"] == {"potentiostat": "off"}
    assert state["faults"]["waiting"][0][:2] == ["valve", "slow"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["heater", "sad", "--rig", "x"], "KIND: 'sad': must be one of off, "),
        (["heater", "off"], "BENCH.toml"),
        (["heater"], "KIND: ''"),
        ([], "INSTRUMENT: name an instrument and a fault"),
    ],
)
def test_wrong_words_say_what_is_allowed(words: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert fault(*words) == command.WRONG_USE
    assert text in capsys.readouterr().err


def test_the_list_has_a_line_a_pair(capsys: pytest.CaptureFixture[str]) -> None:
    assert fault("--list", "--json") == command.OK
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 13 * 9
    assert fault("--list") == command.OK
    assert "wrong_unit" in capsys.readouterr().out
