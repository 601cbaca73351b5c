"""Hardware in the loop with both loops supervised: the controllers close them, the agent writes set-points and watches.

A recipe at 36 °C, without measurements: pump-down, gas, ramp, film, cooling, in real time over pseudo-terminals.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from adatom.edge.journal import Journal
from adatom.protocol import codec, telemetry
from adatom.protocol.channels import HEATER_C, HEATER_W, PRESSURE_PA, TARGET_C, VALVE_PCT

from tests.system.processes import adatom, again_if_starved, lines, process, until
from tests.system.silence import prompt
from tests.system.test_rig_run import FILM_C, prepare

pytestmark = pytest.mark.system


def supervise(folder: Path) -> None:
    """The bench file with supervised loops, the short recipe without measurements."""
    prepare(folder)
    file = folder / "bench.toml"
    text = file.read_text()
    for loop in ("heater", "pressure"):
        assert f'{loop} = "direct"' in text
        text = text.replace(f'{loop} = "direct"', f'{loop} = "supervised"')
    file.write_text(text)
    recipe = json.loads((folder / "short.json").read_text())
    (folder / "short.json").write_text(json.dumps(recipe | {"measurements": []}))


@pytest.mark.timeout(900)
@again_if_starved
def test_a_short_recipe_runs_with_the_controllers_closing_the_loops(tmp_path: Path) -> None:
    supervise(tmp_path)
    rig_log, edge_log, state = tmp_path / "rig.log", tmp_path / "edge.log", tmp_path / "rig" / "state.json"
    rig = adatom("sim", "rig", "--dir", "rig", "--pumped", "--instrument", "potentiostat=emstat4")
    with prompt(), process(rig, rig_log, tmp_path):
        until(state.exists, "the rig's state", (rig_log,))
        run = adatom("edge", "run", "bench.toml", "--rig", "rig", "--recipe", "short.json", "--json")
        with process(run, edge_log, tmp_path) as edge:
            until(lambda: believes(state)["heater"]["remote"], "a remote set-point", (edge_log, rig_log))
            during = until(lambda: ramping(state), "a ramp of the controller's own", (edge_log, rig_log))
            assert during["valve"]["active"] == "A"
            assert edge.wait(240) == 0, edge_log.read_text()
        after = json.loads(state.read_text())
    assert lines(edge_log)[-1]["outcome"] == "complete"
    assert after["energised"] == []
    assert after["instruments"]["heater"]["manual"] is True
    assert after["instruments"]["heater"]["eeprom_writes"] < 10
    check_telemetry(tmp_path / "journal")


def believes(state: Path) -> dict[str, Any]:
    """What each simulated instrument believes now."""
    instruments: dict[str, Any] = json.loads(state.read_text())["instruments"]
    return instruments


def ramping(state: Path) -> dict[str, Any] | None:
    now = believes(state)
    heater = now["heater"]
    on_its_way = heater["setpoint_c"] == FILM_C > heater["working_setpoint_c"] + 1.0
    return now if on_its_way and not heater["manual"] else None


def check_telemetry(folder: Path) -> None:
    """The points hold what was read of the controllers: power that flowed, the working set-point, the position."""
    journal = Journal(str(folder), 10**9, 10**6)
    records = [payload for _, _, _, payload in journal.pending()]
    journal.close()
    batches = [telemetry.decode(payload)[0] for payload in records if codec.kind_of(payload) == "telemetry"]

    def column(channel: int) -> list[int]:
        return [value for batch in batches for value in batch.columns[channel] if value is not None]

    assert max(column(TARGET_C)) == 3600
    assert any(2600 < value < 3500 for value in column(TARGET_C))  # on its way
    assert 3400 < max(column(HEATER_C)) < 4100
    assert max(column(HEATER_W)) > 200
    assert any(abs(value - 4000) < 400 for value in column(PRESSURE_PA))
    assert any(2000 < value < 5000 for value in column(VALVE_PCT))
