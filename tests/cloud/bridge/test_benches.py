"""What a listener makes of benches: changes only, in their units, at their times, and what is history said to be it."""

import contextlib

from adatom.cloud.bridge.benches import APPEARED, LATE_MS, SILENT, TOLD, Benches, Change
from adatom.cloud.bridge.catalogue import CATALOGUE, DESCRIPTIONS
from adatom.protocol import channels
from adatom.protocol.errors import ProtocolError
from adatom.protocol.messages import UP
from adatom.protocol.session import SILENT_MS
from hypothesis import given
from hypothesis import strategies as st

from .speaking import Message, message, points

NOW = 1_790_000_000_000
T = 1_234_567  # of the bench's clock at NOW


def told(benches: Benches, said: Message, now_ms: int = NOW) -> list[tuple[str, object, int]]:
    """(name, value, ms) of what a message changes."""
    return [tuple(reading) for change in benches.take(*said, now_ms) for reading in change.readings]  # type: ignore[misc]


def awake(bench: str = "pld-1") -> Benches:
    benches = Benches()
    assert benches.take(*message(bench, "heartbeat", t_ms=T, run=""), NOW) == [Change(bench, APPEARED)]
    return benches


def test_every_channel_has_words() -> None:
    assert set(DESCRIPTIONS) == set(channels.NAMES)
    assert all(kind.description for kind in CATALOGUE.values())


def test_values_come_in_units_when_they_change_and_at_the_time_of_the_bench() -> None:
    benches = awake()
    batch = points("pld-1", 5000, [T - 2000, T - 1000, T], heater_c=[20.5, 20.5, 21.25], door=[0, 0, 1],
                   pulses=[7, 7, 7], guard_c=[None, 3.0, None])  # fmt: skip
    assert told(benches, batch) == [
        ("heater_c", 20.5, NOW - 2000), ("pulses", 7, NOW - 2000), ("door", False, NOW - 2000),
        ("guard_c", 3.0, NOW - 1000), ("heater_c", 21.25, NOW), ("guard_c", None, NOW), ("door", True, NOW),
    ]  # fmt: skip


def test_what_is_delivered_again_is_told_once() -> None:
    benches = awake()
    batch = points("pld-1", 5000, [T], heater_c=[20.0])
    assert told(benches, batch)
    assert told(benches, batch) == []
    event = message("pld-1", "event", seq=5001, t_ms=T, name="state", data={"to": "heat"})
    assert {name for name, _, _ in told(benches, event)} == {"Event", "Event data", "State"}
    assert told(benches, event) == []


def test_a_replayed_backlog_is_history_and_changes_nothing_of_now() -> None:
    benches = awake()
    live = benches.take(*points("pld-1", 5100, [T], heater_c=[600.0]), NOW)
    assert not live[0].historical
    benches.take(*message("pld-1", "hello", t_ms=T + 1000, last=6000), NOW + 1000)  # back after an outage
    [replayed] = benches.take(*points("pld-1", 5200, [T + 500], heater_c=[20.0]), NOW + 1000)
    assert replayed.historical
    assert ("heater_c", 20.0, NOW + 500) in [tuple(reading) for reading in replayed.readings]
    assert benches.all["pld-1"].value("heater_c") == 600.0
    [fresh] = benches.take(*points("pld-1", 6001, [T + 1500], heater_c=[601.0]), NOW + 1500)
    assert not fresh.historical


def test_a_backlog_without_a_hello_is_known_by_its_age() -> None:
    benches = awake()
    [old] = benches.take(*points("pld-1", 5000, [T - LATE_MS - 1], heater_c=[20.0]), NOW)
    [young] = benches.take(*points("pld-1", 5001, [T - LATE_MS], heater_c=[20.0]), NOW)
    assert (old.historical, young.historical) == (True, False)


def test_an_earlier_boot_is_history_if_its_time_is_known_and_else_nothing() -> None:
    benches = awake()
    benches.take(*points("pld-1", 5000, [T], heater_c=[500.0]), NOW)
    [change] = benches.take(*message("pld-1", "hello", boot=4, t_ms=100, last=1), NOW + 9000)
    assert ("heater_c", None) in [reading[:2] for reading in change.readings]  # a new boot has measured nothing yet
    [old] = benches.take(*points("pld-1", 5001, [T + 1000], heater_c=[501.0]), NOW + 9000)
    assert old.historical
    assert ("heater_c", 501.0, NOW + 1000) in [tuple(reading) for reading in old.readings]
    assert benches.take(*points("pld-1", 1, [100], boot=2, heater_c=[1.0]), NOW + 9000) == []


def test_an_alarm_is_told_once_and_stays_until_the_bench_is_idle() -> None:
    benches = awake()
    alarm = message("pld-1", "alarm", seq=5005, t_ms=T)
    assert told(benches, alarm) == [("Alarm", "trip", NOW)]
    assert told(benches, alarm) == []
    record = message("pld-1", "event", seq=5005, t_ms=T, name="trip", data={"interlock": "water"})
    assert {name for name, _, _ in told(benches, record)} == {"Event", "Event data"}
    told(benches, message("pld-1", "heartbeat", t_ms=T + 1000, state="fault"), NOW + 1000)
    assert benches.all["pld-1"].value("Alarm") == "trip"
    told(benches, message("pld-1", "heartbeat", t_ms=T + 2000, state="idle"), NOW + 2000)
    assert benches.all["pld-1"].value("Alarm") == ""


def test_lost_records_are_an_event_told_once() -> None:
    benches = awake()
    lost = message("pld-1", "lost")
    assert told(benches, lost) == [("Event", "lost", NOW), ("Event data", '{"boot": 2, "first": 10, "last": 12}', NOW)]
    assert told(benches, lost) == []


def test_every_kind_of_message_is_understood() -> None:
    benches = awake()
    for kind in UP:
        said = points("pld-1", 9000, [T]) if kind == "telemetry" else message("pld-1", kind)
        assert all(change.bench == "pld-1" for change in benches.take(*said, NOW))


def test_a_status_that_overtook_an_event_stays() -> None:
    benches = awake()
    told(benches, message("pld-1", "heartbeat", t_ms=T + 1000, state="cool"), NOW + 1000)
    told(benches, message("pld-1", "event", seq=5001, t_ms=T + 500, name="state", data={"to": "heat"}), NOW + 1000)
    assert benches.all["pld-1"].value("State") == "cool"


def test_a_silent_bench_is_told_once_and_comes_back_with_nothing_old() -> None:
    benches = awake()
    benches.take(*points("pld-1", 5000, [T], heater_c=[500.0]), NOW)
    assert benches.silent(NOW + SILENT_MS) == []
    assert benches.silent(NOW + SILENT_MS + 1) == [Change("pld-1", SILENT)]
    assert benches.silent(NOW + SILENT_MS + 2) == []
    assert benches.take(*points("pld-1", 5001, [T], heater_c=[1.0]), NOW + SILENT_MS + 3) == []
    assert benches.take(*message("pld-1", "heartbeat"), NOW + SILENT_MS + 4) == [Change("pld-1", APPEARED)]
    assert benches.all["pld-1"].value("heater_c") is None


def test_a_simulated_clock_runs_ahead_and_never_back() -> None:
    benches = Benches()
    benches.take(*message("twin-1", "hello", t_ms=0), NOW)
    benches.take(*message("twin-1", "heartbeat", t_ms=600_000), NOW + 2000)  # ten minutes in two seconds
    [before] = benches.take(*points("twin-1", 4999, [1000], heater_c=[0.5]), NOW + 2000)
    [change] = benches.take(*points("twin-1", 5000, [599_000, 600_000], heater_c=[1.0, 2.0]), NOW + 2000)
    assert not before.historical
    assert [reading.at_ms for reading in change.readings if reading.name == "heater_c"] == [
        NOW + 599_000,
        NOW + 600_000,
    ]
    assert benches.all["twin-1"].value("Properties/Simulated") is True


@given(st.sampled_from(["hello", "heartbeat", "telemetry", "event", "alarm", "blob"]), st.binary(max_size=300))
def test_any_bytes_are_refused_or_taken(kind: str, data: bytes) -> None:
    benches = awake()
    with contextlib.suppress(ProtocolError):
        assert all(change.what == TOLD for change in benches.take(f"adatom/1/pld-1/up/{kind}", data, NOW))
