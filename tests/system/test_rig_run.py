"""Hardware in the loop without the hardware: a real agent drives simulated instruments on serial lines.

Two processes, nine pseudo-terminals, real time. A short recipe goes through from pump-down to a fitted spectrum.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from adatom.cloud.ingest.keys import load_or_create_keys
from adatom.cloud.measure.reduce import reduce
from adatom.edge.journal import Journal
from adatom.protocol import codec, telemetry
from adatom.protocol.channels import HEATER_C, PRESSURE_PA, PULSES
from adatom.sim.direct import REFERENCE_RECIPE

from tests.system.processes import adatom, again_if_starved, lines, process, until
from tests.system.silence import prompt

pytestmark = pytest.mark.system
DEMO = Path(__file__).parents[2] / "sim" / "demo"
PULSES_ASKED = 24
FILM_C, GAS_PA = 36.0, 4.0  # real heat and gas take their time: soon reached
QUICK = """
[process]
base_pa = 1.0
ramp_c_min = 100.0
soak_s = 0.0
flow_sccm = 80.0
eis_low_hz = 100.0
eis_points = 20
ccd_steps = 2
ccd_half_s = 1.0

[ports]
"""


def slow_leases(envelope: dict[str, Any]) -> None:
    """The longest leases: on a busy machine a turn of the loop over pseudo-terminals was seen to take 0.9 s."""
    envelope["lease"] = dict.fromkeys(envelope["lease"], 1000)


def prepare(folder: Path) -> None:
    """A bench file, an envelope that lets the bench stay cold, keys, and a short recipe."""
    envelope = json.loads((DEMO / "envelope.json").read_text())
    slow_leases(envelope)
    envelope["recipe"] |= {"substrate_c": [30, 720], "pulses": [20, 8000]}
    (folder / "envelope.json").write_text(json.dumps(envelope))
    bench = re.sub(r"\n\[ports\]\n", QUICK, (DEMO / "bench.toml").read_text())
    bench = bench.replace('"emstat"', '"emstat4"').replace("tick_hz", 'xps_dir = "xps"\ntick_hz', 1)
    (folder / "bench.toml").write_text(bench)
    load_or_create_keys(folder / "keys.json")
    changes = {"substrate_c": FILM_C, "o2_pa": GAS_PA, "pulses": PULSES_ASKED, "air_exposure_min": 1.0}
    changes |= {"measurements": ["eis", "ccd", "xps"]}
    (folder / "short.json").write_text(json.dumps(REFERENCE_RECIPE | changes))


@pytest.mark.timeout(900)
@again_if_starved
def test_a_short_recipe_runs_end_to_end_on_serial_lines(tmp_path: Path) -> None:
    prepare(tmp_path)
    rig_log, edge_log = tmp_path / "rig.log", tmp_path / "edge.log"
    rig = adatom("sim", "rig", "--dir", "rig", "--instrument", "potentiostat=emstat4", "--xps", "xps")
    with prompt(), process(rig, rig_log, tmp_path):
        directory = until(lambda: lines(rig_log), "the rig's directory", (rig_log,))[0]
        assert set(directory) >= {"laser", "heater", "gauge", "mfc", "valve", "carousel", "attenuator", "potentiostat"}
        until(lambda: (tmp_path / "rig" / "state.json").exists(), "the rig's state")
        run = adatom("edge", "run", "bench.toml", "--rig", "rig", "--recipe", "short.json", "--json")
        with process(run, edge_log, tmp_path) as edge:
            assert edge.wait(240) == 0, edge_log.read_text()
        believed = json.loads((tmp_path / "rig" / "state.json").read_text())
    said = lines(edge_log)
    states = [line["state"] for line in said if "state" in line]
    assert states == ["pump_down", "heat", "deposit", "cool", "transfer", "measure", "idle"]
    assert said[-1]["outcome"] == "complete"
    assert said[-1]["simulated"] is True
    assert believed["energised"] == []
    assert believed["beam_blocked"] is True
    assert believed["instruments"]["potentiostat"]["cell_on"] is False
    check_journal(tmp_path / "journal")


def check_journal(folder: Path) -> None:
    """What the agent journaled: telemetry of all that matters, every technique with its raw text, the result."""
    journal = Journal(str(folder), 10**9, 10**6)
    records = [payload for _, _, _, payload in journal.pending()]
    journal.close()
    kinds = [codec.kind_of(payload) for payload in records]
    assert {"telemetry", "event", "measurement", "blob", "result"} <= set(kinds)
    batches = [telemetry.decode(p)[0] for p, kind in zip(records, kinds, strict=True) if kind == "telemetry"]
    assert max(value or 0 for batch in batches for value in batch.columns[PULSES]) >= PULSES_ASKED
    assert max(value or 0 for batch in batches for value in batch.columns[HEATER_C]) > 3400
    assert any(abs((value or 0) - 4000) < 400 for batch in batches for value in batch.columns[PRESSURE_PA])
    measurements = [codec.decode(k, p)[0] for p, k in zip(records, kinds, strict=True) if k == "measurement"]
    of = {name: [m for m in measurements if m["technique"] == name] for name in ("eis", "ocp", "ccd", "xps")}
    (spectrum,) = of["eis"]
    assert spectrum["meta"]["error"] == ""
    assert len(spectrum["columns"]["freq_hz"]) == 20
    assert "r_interface_ohm_cm2" in {q.name for q in reduce(spectrum)}
    assert len(of["ocp"][0]["columns"]["voltage_v"]) == 10
    assert [q.name for q in reduce(of["ccd"][0])] == ["ccd_ma_cm2"]
    assert {m["meta"]["region"] for m in of["xps"]} == {"Survey", "Li 1s", "C 1s", "O 1s", "La 3d", "Zr 3d"}
    assert {m["run"] for m in of["xps"]} == {spectrum["run"]}
    assert {m["meta"]["simulated"] for m in measurements} == {1}
    result = codec.decode("result", records[kinds.index("result")])[0]
    assert result["outcome"] == "complete"
    assert result["summary"]["pulses"] == PULSES_ASKED
