"""The rig: one port a role, the seam between instruments and physics, what people may do at the bench."""

import asyncio
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import minimalmodbus  # type: ignore[import-untyped]
import numpy as np
import pytest
import serial
from adatom.edge.control_socket import ask
from adatom.edge.drivers.alicat import Alicat
from adatom.edge.drivers.compexpro import CompexPro
from adatom.edge.drivers.eurotherm import Eurotherm
from adatom.edge.drivers.tpg36x import Tpg36x
from adatom.protocol import channels as ch
from adatom.protocol.errors import FailedError, InputError
from adatom.protocol.xps_files import read_file
from adatom.sim.coupling import Coupling
from adatom.sim.instruments.plant import Plant
from adatom.sim.lines import KINDS, choose, make_instrument
from adatom.sim.person import MeasuredCell
from adatom.sim.physics.chain import make_sample
from adatom.sim.physics.constants import NOMINAL
from adatom.sim.physics.held import HeldCell
from adatom.sim.ports import Port
from adatom.sim.rig import Rig
from alicat.driver import FlowController

from tests.protocol.examples import RECIPE
from tests.sim.physics.samples import REFERENCE
from tests.sim.served import Bare, Served

PATIENCE_S = 20.0  # how long a test waits for what must come; nothing is asserted about how fast it does


def test_every_role_has_an_instrument_and_only_known_kinds_are_taken() -> None:
    assert choose([]) == {role: kinds[0] for role, kinds in KINDS.items()}
    for role, kinds in KINDS.items():
        for kind in kinds:
            assert choose([f"{role}={kind}"])[role] == kind
            assert make_instrument(kind, Plant()).PROTOCOL
    with pytest.raises(InputError, match="the roles are"):
        choose(["oven=eurotherm"])
    with pytest.raises(InputError, match="can be eurotherm"):
        choose(["heater=toaster"])


def test_commands_become_outputs_and_readings_what_sensors_feel() -> None:
    plant, physics = Plant(), Bare()
    plant.heater_power_w, plant.valve_pct, plant.flow_set_sccm = 55.0, 33.0, 20.5
    plant.contactor_closed = plant.shutter_open = True
    Coupling(plant, physics).step()
    out = physics.outputs[0]
    assert out[ch.OUT_HEATER_W] == 5500
    assert out[ch.OUT_VALVE_PCT] == 3300
    assert (out[ch.OUT_CONTACTOR], out[ch.OUT_SHUTTER], out[ch.OUT_BEAM], out[ch.OUT_GATE]) == (1, 1, 0, 0)
    assert plant.flow_sccm == 20.5
    assert plant.vacuum_pa == pytest.approx(10.0)


def test_a_reading_that_is_none_is_a_sensor_that_is_gone() -> None:
    plant, physics = Plant(), Bare()
    physics.readings[ch.WATER_LPM] = None
    Coupling(plant, physics).step()
    assert math.isnan(plant.water_lpm)


def test_each_trigger_of_the_gate_becomes_one_pulse_at_the_rate_of_the_burst() -> None:
    plant, physics = Plant(), Bare()
    coupling = Coupling(plant, physics)
    plant.laser_on, plant.rate_mhz = True, 20000
    plant.triggers = 2
    coupling.step()
    plant.rate_mhz = 0  # over
    coupling.step()
    plant.triggers = 3
    coupling.step()
    asked = [(o[ch.OUT_GATE], o[ch.OUT_BURST_ID], o[ch.OUT_BURST_PULSES], o[ch.OUT_RATE_MHZ]) for o in physics.outputs]
    assert asked == [(1, 1, 2, 20000), (0, 1, 2, 20000), (1, 2, 1, 20000)]


def test_triggers_of_a_laser_that_is_off_are_missed_pulses() -> None:
    plant, physics = Plant(), Bare()
    coupling = Coupling(plant, physics)
    plant.triggers = 4
    coupling.step()
    assert physics.outputs[0][ch.OUT_GATE] == 0
    assert plant.pulses_missed == 4


def test_a_speed_out_of_range_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--speed"):
        Rig(tmp_path, speed=0.0, physics=Bare())
    with pytest.raises(InputError, match="--real-baud"):
        Rig(tmp_path, speed=50.0, physics=Bare(), real_baud=True)


def test_a_folder_in_which_a_rig_runs_is_refused_and_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adatom.sim.rig.RESTART_MS", 0)
    first = Rig(tmp_path, physics=Bare())
    before = {path.name: path.is_symlink() and path.readlink() for path in tmp_path.iterdir()}
    with pytest.raises(InputError, match=r"a rig is running there"):
        Rig(tmp_path, physics=Bare(), guardian="external")
    assert {path.name: path.is_symlink() and path.readlink() for path in tmp_path.iterdir()} == before
    first.close()
    Rig(tmp_path, physics=Bare()).close()


def test_a_rig_that_is_refused_leaves_nothing_behind(tmp_path: Path) -> None:
    for _ in range(2):  # the second one would wait for a lock that was left
        with pytest.raises(InputError, match="--fault"):
            Rig(tmp_path, physics=Bare(), guardian="external", faults=["laser=nosuch"])
        assert list(tmp_path.iterdir()) == []


def test_a_port_removes_its_own_link_and_no_others(tmp_path: Path) -> None:
    port, link = Port(tmp_path / "x"), tmp_path / "x"
    link.unlink()
    link.symlink_to("/dev/null")
    port.close()
    assert link.is_symlink()
    Port(tmp_path / "x").close()
    assert not link.is_symlink()


def test_a_person_loads_exposes_and_assembles_and_the_cell_hangs_on_the_potentiostat(tmp_path: Path) -> None:
    rig = Rig(tmp_path, world_seed=5)
    try:
        recipe = dict(RECIPE, pulses=500, air_exposure_min=0)
        assert rig.operate({"do": "load", "recipe": recipe}) == {"ok": True}
        plant = rig.plant
        plant.laser_on = plant.shutter_open = plant.contactor_closed = True
        plant.beam_blocked, plant.carousel_slot, plant.rate_mhz = False, 1, 20000
        plant.laser_set_mj, plant.heater_power_w = 120.0, 150.0
        for _ in range(300):
            plant.triggers += 2
            rig.coupling.step()
        assert plant.pulses == 600
        assert plant.energy_mj > 50
        assert rig.operate({"do": "confirm", "step": "expose"})["minutes"] >= 0
        rig.operate({"do": "confirm", "step": "assemble"})
        assert plant.cell is not None
        z_ohm = plant.cell(np.array([1e5, 1.0]))
        assert (z_ohm.real > 0).all()
        with pytest.raises(InputError):
            rig.operate({"do": "load", "recipe": {"pulses": -1}})
    finally:
        rig.close()


def test_the_analyser_drops_its_file_while_the_surface_is_bare(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "rig", world_seed=5, xps_dir=tmp_path / "xps")
    try:
        rig.operate({"do": "load", "recipe": dict(RECIPE, pulses=500, measurements=["xps"])})
        with pytest.raises(FailedError):  # no film yet
            rig.operate({"do": "xps"})
        plant = rig.plant
        plant.laser_on = plant.shutter_open = plant.contactor_closed = True
        plant.beam_blocked, plant.carousel_slot, plant.rate_mhz = False, 1, 20000
        plant.laser_set_mj, plant.heater_power_w = 120.0, 150.0
        for _ in range(50):
            plant.triggers += 2
            rig.coupling.step()
        answer = rig.operate({"do": "xps", "sample": "run-7"})
        records = read_file("a.vms", Path(answer["file"]).read_bytes())
        assert {record["meta"]["sample"] for record in records} == {"run-7"}
        Path(answer["file"]).unlink()
        rig.operate({"do": "confirm", "step": "expose"})
        rig.operate({"do": "confirm", "step": "assemble"})
        assert [path.name for path in (tmp_path / "xps").iterdir()] == ["rig-1-1.vms"]
    finally:
        rig.close()


def test_a_rig_without_a_folder_for_files_says_how_to_get_one(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    try:
        with pytest.raises(InputError, match="--xps DIR"):
            rig.operate({"do": "xps"})
    finally:
        rig.close()


def test_the_spectrum_on_the_potentiostat_is_the_one_that_was_drawn() -> None:
    drawn = {"freq_hz": [100.0, 10.0, 1.0], "z_re_ohm": [1.0, 2.0, 4.0], "z_im_ohm": [-1.0, -3.0, -2.0]}
    sample = make_sample(REFERENCE, NOMINAL)
    held = HeldCell(sample.cell, np.random.default_rng(1), np.random.default_rng(2), NOMINAL)
    cell = MeasuredCell(drawn, held)
    assert list(cell(np.array(drawn["freq_hz"]))) == [1 - 1j, 2 - 3j, 4 - 2j]
    held.voltage_v(0.1, 1.0)  # 127 mA/cm2: a short
    assert abs(cell(np.array([1.0]))[0]) < 0.2 * abs(4 - 2j)


# --- over real pseudo-terminals --------------------------------------------------------------------------------------


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path, physics=Bare())
    yield served
    served.close()


@pytest.mark.system
def test_minimalmodbus_drives_the_heater(bare: Served) -> None:
    client = minimalmodbus.Instrument(bare.slave("heater"), 1)
    assert client.serial is not None
    client.serial.baudrate = 9600
    client.serial.timeout = 0.5  # it waits this long after every exception
    assert client.read_register(122) == 0x2480
    client.write_register(273, 1)
    client.write_float(0x8000 + 2 * 3, 12.5)
    assert client.read_float(0x8000 + 2 * 4) == 12.5
    assert client.read_register(3, number_of_decimals=1) == 12.5
    client.write_register(35, 20.0, number_of_decimals=1, functioncode=6)
    with pytest.raises(minimalmodbus.IllegalRequestError):
        client.read_register(3000)
    with pytest.raises(minimalmodbus.IllegalRequestError):
        client.write_register(2, 2000.0, number_of_decimals=1)
    assert bare.rig.plant.heater_power_w == 27.5
    client.serial.close()


@pytest.mark.system
def test_the_alicat_package_drives_the_flow_controller(bare: Served) -> None:
    async def drive() -> dict[str, Any]:
        async with FlowController(bare.slave("mfc"), timeout=2.0) as controller:
            await controller.set_flow_rate(20.5)
            await controller.set_gas("N2")
            assert "10v20" in await controller.get_firmware()
            return await controller.get()

    state = asyncio.run(drive())
    assert state["setpoint"] == 20.5
    assert state["gas"] == "N2"
    assert state["control_point"] == "mass flow"


@pytest.mark.system
def test_drivers_read_each_instrument_over_pyserial_with_the_real_physics_behind(tmp_path: Path) -> None:
    served = Served(tmp_path, world_seed=3, speed=1.0)
    drivers = {"laser": CompexPro(), "heater": Eurotherm(), "gauge": Tpg36x(), "mfc": Alicat()}
    wanted = {"laser": "energy_set_mj", "heater": "heater_c", "gauge": "vacuum_lgpa", "mfc": "flow_sccm"}
    ports = {role: serial.Serial(served.slave(role), driver.BAUD, timeout=0) for role, driver in drivers.items()}
    try:
        opened = [served.rig.lines[role].ports[0] for role in ("laser", "mfc")]
        assert [port.baud() for port in opened if isinstance(port, Port)] == [9600, 19200]
        values: dict[str, int | None] = dict.fromkeys(drivers)
        began = time.monotonic()
        while None in values.values() and time.monotonic() < began + PATIENCE_S:
            now = int((time.monotonic() - began) * 1000)
            for role, driver in drivers.items():
                request = driver.outgoing(now)
                if request:
                    ports[role].write(request)
                driver.feed(ports[role].read(4096), now)
                values[role] = driver.value(wanted[role], now)
            time.sleep(0.002)  # a pause for the other thread; nothing depends on its length
        assert None not in values.values()
        assert 1000 < (values["heater"] or 0) < 4000  # a cold heater, in 0.01 °C
        assert served.rig.state()["energised"] == []
    finally:
        for port in ports.values():
            port.close()
        served.close()
    assert not (tmp_path / "laser").is_symlink()


@pytest.mark.system
def test_the_state_file_and_the_control_socket(bare: Served) -> None:
    folder = bare.rig.folder
    deadline = time.monotonic() + PATIENCE_S
    while not (folder / "state.json").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    state = json.loads((folder / "state.json").read_text())
    assert state["simulated"] is True
    assert set(state["instruments"]) == set(KINDS)
    assert state["energised"] == []
    assert ask(str(folder), {"do": "button", "pressed": True}, "the rig") == {"ok": True}
    assert bare.rig.plant.button_pressed
    with pytest.raises(InputError, match="load, confirm, button, fault, outputs or xps"):
        ask(str(folder), {"do": "dance"}, "the rig")
    with pytest.raises(InputError, match="no substrate"):
        ask(str(folder), {"do": "confirm", "step": "expose"}, "the rig")
