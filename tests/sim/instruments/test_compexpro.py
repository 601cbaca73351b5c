"""The laser's twin by itself: the table of questions, and what a real laser ignores in silence."""

import pytest
from adatom.sim.instruments.compexpro import CompexPro
from adatom.sim.instruments.plant import Plant


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("OPMODE", "OFF:0"),
        ("EGY", "100"),
        ("EGY SET", "100"),
        ("HV", "22.0"),
        ("REPRATE", "10"),
        ("MODE", "EGY NGR"),
        ("TRIGGER", "INT"),
        ("COUNTS", "0"),
        ("COUNTER", "0"),
        ("PULSE DIFF", "0"),
        ("PRESSURE", "3320"),
        ("INTERLOCK", "NONE"),
        ("MENU", "1 248 KRF"),
        ("TIMEOUT", "OFF"),
        ("TYPE OF LASER", "COMPexPro 205"),
        ("VERSION", "V6.02"),
    ],
)
def test_questions_get_a_bare_value_and_cr(question: str, answer: str) -> None:
    assert CompexPro(Plant()).feed(f"{question}?\r".encode(), 0.0) == f"{answer}\r".encode()


@pytest.mark.parametrize(
    "command",
    [
        "EGY=-1",
        "EGY=99999",
        "EGY=x",
        "HV=25.0",
        "REPRATE=0",
        "MODE=NONE",
        "TRIGGER=MAYBE",
        "COUNTS=65536",
        "NONSENSE=1",
    ],
)
def test_what_a_real_one_refuses_changes_nothing(command: str) -> None:
    silent, talking = CompexPro(Plant()), CompexPro(Plant(), unknown_reply="?")
    before = silent.plant.as_dict(), dict(silent.settings)
    assert silent.feed(command.encode() + b"\r", 0.0) == b""
    assert (silent.plant.as_dict(), silent.settings) == before
    assert talking.feed(command.encode() + b"\r", 0.0) == b"?\r"


def test_commands_are_never_answered() -> None:
    laser = CompexPro(Plant())
    for line in (b"EGY=212\r", b"TRIGGER=EXT\r", b"REPRATE=5\r", b"OPMODE=ON\r", b"OPMODE=OFF\r"):
        assert laser.feed(line, 0.0) == b""
    assert (laser.plant.laser_set_mj, laser.plant.laser_rate_hz) == (212.0, 5.0)


def test_energy_zero_brings_back_the_default_of_the_gas_menu() -> None:
    laser = CompexPro(Plant())
    laser.feed(b"EGY=212\rEGY=0\r", 0.0)
    assert laser.plant.laser_set_mj == 100.0


def test_high_voltage_is_settable_only_at_constant_voltage() -> None:
    laser = CompexPro(Plant())
    laser.feed(b"MODE=HV\rHV=25.0\rHV=31.0\r", 0.0)
    assert laser.feed(b"HV?\r", 0.0) == b"25.0\r"


def test_cod_refuses_more_than_50_hz() -> None:
    laser = CompexPro(Plant())
    laser.feed(b"REPRATE=60\rCOD=ON\rREPRATE=70\r", 0.0)
    assert laser.feed(b"REPRATE?\r", 0.0) == b"60\r"


def test_the_same_pulse_is_read_once() -> None:
    laser = CompexPro(Plant())
    laser.feed(b"TRIGGER=EXT\rOPMODE=ON\r", 0.0)
    assert laser.feed(b"OPMODE?\r", 1.0) == b"OFF,WAIT\r"
    assert laser.feed(b"OPMODE?\r", 4.2) == b"ON:0\r"
    laser.plant.pulses, laser.plant.energy_mj = 1, 211.6
    assert laser.feed(b"EGY?\rEGY?\r", 4.3) == b"212\r0\r"


def test_the_watchdog_trip_is_cleared_only_by_timeout_off_and_opmode_off() -> None:
    laser = CompexPro(Plant())
    laser.feed(b"TIMEOUT=ON\r", 0.0)
    laser.tick(1.5)
    assert laser.feed(b"OPMODE=OFF\rOPMODE=ON\rOPMODE?\r", 1.6) == b"OFF:31\r"
    assert laser.feed(b"TIMEOUT=OFF\rOPMODE=OFF\rOPMODE?\r", 1.7) == b"OFF:0\r"


def test_the_internal_trigger_fires_at_its_own_rate() -> None:
    laser = CompexPro(Plant())
    laser.feed(b"OPMODE=ON\r", 0.0)
    laser.tick(4.2)
    for i in range(100):
        laser.tick(4.2 + 0.1 * (i + 1))
    assert laser.state()["pulses_fired"] == pytest.approx(100, abs=1)


def test_fills_are_accepted_only_when_off() -> None:
    laser = CompexPro(Plant())
    assert laser.feed(b"OPMODE=NEW FILL\rOPMODE?\r", 0.0) == b"NEW FILL:0\r"
    laser.feed(b"OPMODE=HI\r", 0.0)
    assert laser.feed(b"OPMODE?\rOPMODE=OFF\rOPMODE?\r", 0.0) == b"NEW FILL:0\rOFF:0\r"


def test_the_filter_averages_the_last_pulses() -> None:
    laser = CompexPro(Plant())
    laser.feed(b"TRIGGER=EXT\rFILTER=4\rOPMODE=ON\r", 0.0)
    laser.tick(4.2)
    for count, energy_mj in enumerate((500.0, 100.0, 110.0, 120.0, 130.0), start=1):
        laser.plant.pulses, laser.plant.energy_mj = count, energy_mj
        laser.tick(4.2 + 0.1 * count)
    assert laser.feed(b"EGY?\rEGY?\r", 5.0) == b"115\r0\r"


def test_the_energy_calibration_shows_counts_of_the_monitor() -> None:
    laser = CompexPro(Plant(energy_mj=81.25))
    assert laser.feed(b"OPMODE=ENERGY CAL\rEGY?\r", 0.0) == b"812\r"
