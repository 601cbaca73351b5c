"""Faults of simulated instruments: every pair does something and ends again; orders for a rig, and their refusal."""

from typing import Any

import pytest
from adatom.edge.fault_table import INSTRUMENTS, KINDS, NONE, TWIN, UNSUPPORTED, table
from adatom.protocol.errors import FailedError, InputError
from adatom.sim.faults import FAULTS
from adatom.sim.instruments.plant import Plant
from adatom.sim.lines import make_instrument
from adatom.sim.rig_faults import RigFaults, parse_fault
from adatom.sim.snapshot import Snapshot
from adatom.sim.twin_faults import TWIN_FAULTS, FaultyPlant, inject
from adatom.sim.virtual import VirtualRig

PAIRS = [(name, kind) for name, _ in INSTRUMENTS for kind in KINDS]


class OneLine:
    """An instrument without a port."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.plant = Plant()
        self.instrument: Any = make_instrument(kind, self.plant)
        self.fault: Any = None
        self.fault_kind = ""


def test_the_table_and_the_twins_agree() -> None:
    told = {(row["instrument"], row["kind"]) for row in table() if row["where"] == TWIN}
    assert told == set(TWIN_FAULTS)


def test_faults_of_the_lock_step_bench_use_the_same_words() -> None:
    assert {fault.word for fault in FAULTS} <= set(KINDS)


@pytest.mark.parametrize(("instrument", "kind"), PAIRS)
def test_every_fault_begins_and_ends(instrument: str, kind: str) -> None:
    line = OneLine(instrument)
    where = next(row["where"] for row in table() if (row["instrument"], row["kind"]) == (instrument, kind))
    before = line.instrument.state()
    if where == UNSUPPORTED:
        with pytest.raises(FailedError, match="unsupported"):
            inject(line, kind, 1)
        return
    assert inject(line, kind, 1)
    assert line.fault_kind == kind
    holder = getattr(line.instrument, "potentiostat", line.instrument)
    faulty = line.fault is not None or isinstance(holder.plant, FaultyPlant) or line.instrument.guardian.fault == kind
    assert faulty
    inject(line, NONE, 1)
    assert (line.fault, line.fault_kind) == (None, "")
    assert holder.plant is line.plant
    assert line.instrument.state() == before


def test_a_wrong_thermocouple_reads_low_and_a_stuck_valve_stays() -> None:
    heater, valve = OneLine("eurotherm"), OneLine("mks651")
    heater.plant.heater_c = 600.0
    inject(heater, "wrong", 0)
    heater.instrument.tick(1.0)
    assert heater.instrument.state()["pv_c"] == pytest.approx(540.0)
    inject(valve, "stuck", 0)
    valve.instrument.feed(b"C\r\n", 1.0)
    assert valve.plant.valve_pct == 100.0
    inject(valve, NONE, 0)
    valve.instrument.feed(b"C\r\n", 2.0)
    assert valve.plant.valve_pct == 0.0


@pytest.mark.parametrize("kind", ["wrong", "slow", "stuck"])
def test_a_rig_with_faults_can_be_copied(kind: str) -> None:
    rig = VirtualRig(instruments=["heater=lakeshore336", "mfc=bronkhorst", "gauge=mks937b"])
    rig.run(2000)
    for role in ("heater", "mfc", "valve"):
        rig.inject(role, kind, 1)
    copy = Snapshot(rig).rig()
    rig.run(2000)
    copy.run(2000)
    assert copy.plant.as_dict() == rig.plant.as_dict()
    assert copy.lines["mfc"].instrument is not rig.lines["mfc"].instrument


def orders(*kinds: str) -> tuple[RigFaults, dict[str, Any]]:
    lines: dict[str, Any] = {role: OneLine(kind) for role, kind in (("heater", "eurotherm"), ("laser", "compexpro"))}
    return RigFaults(lines, lines["laser"].plant), lines


def test_an_order_names_role_or_instrument_and_is_refused_while_armed() -> None:
    faults, lines = orders()
    assert faults.order({"instrument": "eurotherm", "kind": "garbage"}, 0.0)["does"]
    assert lines["heater"].fault_kind == "garbage"
    lines["laser"].plant.laser_on = True
    with pytest.raises(FailedError, match="refused while armed: the laser is on"):
        faults.order({"instrument": "heater", "kind": "off"}, 0.0)
    faults.order({"instrument": "heater", "kind": NONE}, 0.0)  # an end is never refused
    assert faults.state(0.0) == {"active": {}, "waiting": []}


def test_an_order_for_later_begins_later_armed_or_not() -> None:
    faults, lines = orders()
    faults.order({"instrument": "heater", "kind": "off", "after_s": 5.0}, 10.0)
    lines["laser"].plant.laser_on = True
    faults.begin_due(14.9)
    assert faults.state(14.9) == {"active": {}, "waiting": [["heater", "off", 0.1]]}
    faults.begin_due(15.0)
    assert faults.state(15.0) == {"active": {"heater": "off"}, "waiting": []}


@pytest.mark.parametrize("text", ["heater", "heater=sad", "heater=off@soon", "heater=off@-1"])
def test_a_fault_for_the_start_is_checked(text: str) -> None:
    with pytest.raises(InputError, match="ROLE=KIND"):
        parse_fault(text)
    assert parse_fault("heater=off@2.5") == {"instrument": "heater", "kind": "off", "after_s": 2.5}


@pytest.mark.parametrize(
    ("request_fields", "text"),
    [
        ({"instrument": "laser", "kind": "wrong_unit"}, "unsupported: compexpro wrong_unit: the laser knows no other"),
        ({"instrument": "toaster", "kind": "off"}, "must be one of this bench's"),
        ({"instrument": "heater", "kind": "off", "after_s": "soon"}, "0 to 86400 s"),
    ],
)
def test_what_cannot_be_ordered_says_why(request_fields: dict[str, Any], text: str) -> None:
    faults, _ = orders()
    with pytest.raises((FailedError, InputError), match=text):
        faults.order(request_fields, 0.0)
