"""The laser at its limits: the last good value, the first bad one, and the tick it trips on."""

import pytest
from adatom.edge.interlock_laser import LaserWatch
from adatom.protocol import channels as ch

from .interlock_watch import Part


def test_energy_over_its_limit_trips_at_once() -> None:
    part = Part(LaserWatch)
    assert part.tick(ENERGY_MJ=28000) == []
    assert part.tick(ENERGY_MJ=28001) == [("energy_high", 28001, 28000)]


def test_energy_under_its_share_trips_after_the_pulses_allowed() -> None:
    part = Part(LaserWatch)
    part.watch.missing_pct = -(1 << 30)  # the other rule on missing light is not meant here
    assert [part.pulse(ENERGY_MJ=6000 + tick % 2) for tick in range(30)] == [[]] * 30
    part.watch.missing_pct = -(1 << 30)
    assert [part.pulse(ENERGY_MJ=5999 - tick % 2) for tick in range(20)] == [[]] * 20
    assert part.tick() == []  # no pulse, no verdict
    part.watch.missing_pct = -(1 << 30)
    assert part.pulse(ENERGY_MJ=5999) == [("energy_low", 5999, 6000)]
    assert part.pulse(ENERGY_MJ=6000) == []
    assert part.watch.low_pulses == 0


def test_light_that_is_missing_now_and_then_adds_up() -> None:
    """Each second pulse at 50 % of the set-point: 30 - 20 = 10 % of a pulse in two pulses, 20 pulses allowed."""
    part = Part(LaserWatch)
    seen = [part.pulse(ENERGY_MJ=5000 if tick % 2 else 10000) for tick in range(500)]
    assert [bool(tick) for tick in seen].index(True) == 397
    assert seen[397] == [("light_missing", 20, 20)]
    part = Part(LaserWatch)
    assert [part.pulse(ENERGY_MJ=8000 + tick % 2) for tick in range(500)] == [[]] * 500
    assert part.watch.missing_pct == 0
    assert part.pulse(ENERGY_MJ=7900) == []
    assert part.watch.missing_pct == 1
    part.tick(ENERGY_MJ=100)
    assert part.watch.missing_pct == 1
    part.watch.missing_pct = 1999
    assert part.pulse(ENERGY_MJ=7900) == []
    assert part.pulse(ENERGY_MJ=7901) == [("light_missing", 20, 20)]


def test_no_energy_asked_for_misses_no_light() -> None:
    part = Part(LaserWatch)
    part.tick()
    assert part.pulse(OUT_ENERGY_MJ=0, ENERGY_MJ=0) == []
    assert part.watch.missing_pct == 0
    assert part.pulse(OUT_ENERGY_MJ=1, ENERGY_MJ=0) == []
    assert part.watch.missing_pct == 80


def test_an_energy_meter_that_repeats_itself_while_pulses_are_counted_is_frozen() -> None:
    part = Part(LaserWatch)
    for _ in range(300):
        assert part.pulse() == []
    assert part.watch.usual_same >> 4 == 1  # each pulse another reading
    energy = part.r[ch.ENERGY_MJ]
    assert [part.pulse(ENERGY_MJ=energy) for _ in range(100)] == [[]] * 100
    assert part.pulse(ENERGY_MJ=energy) == [("energy_frozen", 101, 100)]
    assert part.tick(ENERGY_MJ=energy) == []  # without a pulse it may stand


def test_a_meter_of_coarse_steps_is_given_its_time() -> None:
    part = Part(LaserWatch)
    for tick in range(4000):
        assert part.pulse(ENERGY_MJ=10000 + tick // 30 % 2) == []
    assert 28 << 4 < part.watch.usual_same < 32 << 4
    seen = [part.pulse(ENERGY_MJ=10000) for _ in range(700)]
    assert 590 < [bool(tick) for tick in seen].index(True) < 640


def test_a_meter_frozen_from_the_start_is_found_after_a_thousand_pulses() -> None:
    part = Part(LaserWatch)
    part.tick()
    part.pulse(ENERGY_MJ=10000)
    first = part.watch.usual_same
    assert first == (50 << 4) + 1 - 50
    seen = [part.pulse(ENERGY_MJ=10000) for _ in range(1000)]
    assert [bool(tick) for tick in seen].index(True) == 20 * first // 16


def test_pulses_that_do_not_come_trip_past_the_number_allowed() -> None:
    """A second of latency, then 20 pulses at 10 Hz."""
    part = Part(LaserWatch)
    seen = [part.tick() for _ in range(40)]
    assert [bool(tick) for tick in seen].index(True) == 31
    assert seen[31] == [("pulses_missing", 21, 20)]
    part = Part(LaserWatch)
    for _ in range(30):
        assert part.tick() == []
    assert part.pulse() == []
    assert [part.tick() for _ in range(30)] == [[]] * 30
    part.tick(OUT_GATE=0)
    assert [part.tick(OUT_GATE=1) for _ in range(30)] == [[]] * 30


def test_a_new_burst_is_owed_from_now_on() -> None:
    part = Part(LaserWatch)
    part.tick(OUT_BURST_ID=2, OUT_BURST_PULSES=1)
    assert part.pulse() == []
    assert [part.tick() for _ in range(60)] == [[]] * 60  # nothing owed any more
    assert [part.pulse(), part.pulse()] == [[], []]  # two too many
    assert part.pulse() == [("stray_pulse", 3, 2)]
    assert part.watch.owed == -3
    assert part.tick(OUT_BURST_ID=3, OUT_BURST_PULSES=5) == []
    assert part.watch.owed == 5


def test_a_pulse_half_a_second_after_the_gate_is_a_stray_one() -> None:
    part = Part(LaserWatch)
    part.pulse()
    for _ in range(4):
        assert part.tick(OUT_GATE=0) == []
    assert part.pulse() == []  # at 500 ms
    assert part.pulse() == [("stray_pulse", 1, 0)]
    assert part.tick() == []
    assert part.tick(PULSES=0) == []  # a counter that went back was reset
    assert part.tick(PULSES=None) == []
    assert part.tick(PULSES=5) == [("stray_pulse", 5, 0)]


def test_a_blocked_beam_closes_the_gate_and_judges_no_energy() -> None:
    part = Part(LaserWatch)
    part.tick()
    assert part.tick(OUT_BEAM=0, ENERGY_MJ=99999) == []
    assert part.out[ch.OUT_GATE] == 0
    assert not part.watch.beam
    assert [part.tick(ENERGY_MJ=None) for _ in range(40)] == [[]] * 40
    part.tick_fields(OUT_BURST_ID=7)
    part.tick()
    assert part.tick(OUT_BEAM=1, OUT_GATE=1, ENERGY_MJ=10000) == []  # a burst from before is not owed
    assert part.watch.owed == 0


def test_readings_of_an_open_beam_must_come() -> None:
    for name, trip in (("ENERGY_MJ", "energy_stale"), ("PULSES", "pulses_stale")):
        part = Part(LaserWatch)
        part.tick_fields(OUT_BURST_PULSES=0)
        part.tick()
        assert [part.tick(**{name: None}) for _ in range(19)] == [[]] * 19
        assert part.tick(**{name: None})[:1] == []
        assert part.tick(**{name: None})[:1] == [(trip, None, None)]
        part.tick(OUT_BEAM=0)
        part.tick(OUT_BEAM=1)
        assert [part.tick(**{name: None}) for _ in range(18)] == [[]] * 18


def test_a_beam_that_opens_anew_owes_nothing_and_forgets_low_pulses() -> None:
    part = Part(LaserWatch)
    for _ in range(15):
        part.pulse(ENERGY_MJ=5000)
    assert (part.watch.low_pulses, part.watch.owed) == (14, 9985)
    part.tick(OUT_BEAM=0)
    part.tick(OUT_BEAM=1)
    assert (part.watch.low_pulses, part.watch.owed, part.watch.active_ms) == (0, 0, part.now)


def test_a_watch_that_begins_anew_has_seen_nothing() -> None:
    part = Part(LaserWatch)
    fresh = dict(vars(part.watch))
    for _ in range(50):
        part.pulse(ENERGY_MJ=5000)
    part.watch.begin(0)
    for name in ("beam", "counted", "owed", "low_pulses", "missing_pct", "burst", "gate_ms", "last_energy",
                 "same_pulses", "usual_same"):  # fmt: skip
        assert getattr(part.watch, name) == fresh[name], name
    assert fresh["usual_same"] == 800
    assert (fresh["beam"], fresh["burst"]) == (False, -1)
    assert not part.watch.check(600, [None] * ch.COUNT, [0] * ch.OUT_COUNT)


def test_pulses_hold_to_the_millisecond() -> None:
    beam = Part(LaserWatch)
    beam.at(100)
    assert beam.at(3100) == []  # a second of latency and 20 pulses
    assert beam.at(3101) == [("pulses_missing", 20, 20)]
    beam = Part(LaserWatch)
    beam.at(100)
    assert beam.at(600, OUT_GATE=0, PULSES=1) == []
    beam.at(700, OUT_GATE=1)
    assert beam.at(1201, OUT_GATE=0, PULSES=2) == [("stray_pulse", 1, 0)]


def test_a_pulse_into_a_blocked_beam_is_a_stray_one() -> None:
    part = Part(LaserWatch)
    part.tick()
    assert [part.tick(OUT_BEAM=0) for _ in range(10)] == [[]] * 10
    assert part.pulse() == [("stray_pulse", 1, 0)]


def test_a_counter_that_was_silent_behind_a_blocked_beam_has_its_time_from_when_it_opens() -> None:
    part = Part(LaserWatch)
    part.tick()
    assert [part.tick(OUT_BEAM=0, PULSES=None) for _ in range(40)] == [[]] * 40
    assert part.tick(OUT_BEAM=1) == []


def test_a_pulse_in_the_tick_of_a_new_burst_is_the_old_ones() -> None:
    part = Part(LaserWatch)
    part.tick()
    assert part.pulse(OUT_BURST_ID=2, OUT_BURST_PULSES=5) == []
    assert part.watch.owed == 5


def test_a_new_burst_has_its_latency_whatever_the_last_one_still_owed() -> None:
    part = Part(LaserWatch)
    assert [part.tick() for _ in range(31)] == [[]] * 31
    assert [part.tick(OUT_BURST_ID=2) for _ in range(31)] == [[]] * 31


def test_reasons_of_one_tick_stand_in_their_order() -> None:
    part = Part(LaserWatch)
    part.tick()
    watch = part.watch
    watch.pulses_life.seen = watch.energy_life.seen = watch.active_ms = -10000
    names = [trip[0] for trip in part.tick(PULSES=None, ENERGY_MJ=None)]
    assert names == ["pulses_stale", "pulses_missing", "energy_stale"]


def test_low_energy_stands_before_missing_light() -> None:
    part = Part(LaserWatch)
    part.tick()
    part.watch.low_pulses, part.watch.missing_pct = 20, 2049
    assert part.pulse(ENERGY_MJ=5000) == [("energy_low", 5000, 6000), ("light_missing", 20, 20)]


def test_a_single_pulse_that_does_not_come_is_missing() -> None:
    part = Part(LaserWatch)
    part.tick(OUT_BURST_PULSES=1, OUT_BURST_ID=2)
    assert [part.tick() for _ in range(30)] == [[]] * 30
    assert part.tick() == [("pulses_missing", 21, 20)]


@pytest.mark.parametrize(("rate_mhz", "silent_ms"), [(1010, 19802), (1053, 19943)])
def test_missing_pulses_are_counted_to_the_millionth(rate_mhz: int, silent_ms: int) -> None:
    part = Part(LaserWatch)
    part.tick(OUT_RATE_MHZ=rate_mhz)
    assert part.at(part.now + 1000 + silent_ms) == [("pulses_missing", 20, 20)]
