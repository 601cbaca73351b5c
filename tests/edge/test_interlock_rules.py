"""Gas, laser, water and door at their limits: the last good value, the first bad one, and the tick it trips on."""

from typing import Any

import pytest
from adatom.edge.config import default_bench
from adatom.edge.interlock import SAFE_ZERO, Interlock
from adatom.edge.interlock_gas import GasWatch, lg_counts
from adatom.edge.interlock_laser import LaserWatch
from adatom.edge.interlock_sensor import FRESH, FROZEN, STALE, Jitter, Life
from adatom.protocol import channels as ch

from .bench_run import load_demo_envelope

TICK_MS = 100
LIMITS = load_demo_envelope()["interlock"]
Trip = tuple[str, int | None, int | None]


class Part:
    """One watch over a bench that fires at 10 Pa; `tick` changes readings (lower case) and outputs (OUT_…) by name."""

    def __init__(self, kind: Any) -> None:
        self.trips: list[Trip] = []
        self.watch = kind(LIMITS, TICK_MS, lambda *trip: self.trips.append(trip))
        self.now = 0
        self.plan: int | None = 10000
        self.r: list[int | None] = [None] * ch.COUNT
        self.out = [0] * ch.OUT_COUNT
        self.tick_fields(PRESSURE_PA=10000, VACUUM_LGPA=1000, FLOW_SCCM=2000, OUT_FLOW_SCCM=2000, OUT_VALVE_PCT=2000,
                         OUT_GATE=1, OUT_BEAM=1, OUT_ENERGY_MJ=10000, ENERGY_MJ=10000, OUT_RATE_MHZ=10000, PULSES=0,
                         OUT_BURST_ID=1, OUT_BURST_PULSES=9999)  # fmt: skip

    def tick_fields(self, **fields: int | None) -> None:
        for name, value in fields.items():
            if name.startswith("OUT_"):
                assert value is not None
                self.out[getattr(ch, name)] = value
            else:
                self.r[getattr(ch, name)] = value

    def tick(self, **fields: int | None) -> list[Trip]:
        """The trips of one tick."""
        self.now += TICK_MS
        self.tick_fields(**fields)
        if isinstance(self.watch, GasWatch):
            if "PRESSURE_PA" not in fields and self.r[ch.PRESSURE_PA] is not None:
                self.r[ch.PRESSURE_PA] = (self.r[ch.PRESSURE_PA] or 0) ^ 1  # alive
            self.watch.check(self.now, self.r, self.out, self.plan)
        else:
            self.watch.check(self.now, self.r, self.out)
        taken = list(self.trips)
        self.trips.clear()
        return taken

    def at(self, now: int, **fields: int | None) -> list[Trip]:
        """The trips of a tick at a time."""
        self.now = now - TICK_MS
        return self.tick(**fields)

    def pulse(self, **fields: int | None) -> list[Trip]:
        """One pulse more, with an energy that differs from the last."""
        energy = self.r[ch.ENERGY_MJ]
        moved = {} if "ENERGY_MJ" in fields or energy is None else {"ENERGY_MJ": energy ^ 1}
        return self.tick(PULSES=(self.r[ch.PULSES] or 0) + 1, **moved, **fields)


# --- sensors ---------------------------------------------------------------------------------------------------------
def test_a_reading_is_stale_after_its_time_and_frozen_after_its_own() -> None:
    life = Life(100, 2000, 2500)
    life.start(1000)
    assert [life.check(now, None) for now in (1000, 3000, 3001)] == [FRESH, FRESH, STALE]
    life.start(0)
    assert life.check(100, 7) == FRESH
    assert [life.check(now, 7) for now in (2600, 2601)] == [FRESH, FROZEN]
    assert life.check(2700, 8) == FRESH
    assert life.check(5201, 8) == FROZEN
    life.start(6000)
    assert life.check(6000, 8) == FRESH


def test_a_valid_reading_makes_younger_by_half_a_tick_more_than_one() -> None:
    life = Life(100, 200, 1 << 29)
    for now, value, state in [(100, None, FRESH), (200, None, FRESH), (300, None, STALE), (400, 1, FRESH),
                              (401, None, STALE), (500, 2, FRESH), (500, None, FRESH), (501, None, STALE)]:  # fmt: skip
        assert life.check(now, value) == state, now
    assert (life.seen, life.younger_ms) == (300, 150)
    for now in (600, 700, 800, 900, 1000):
        life.check(now, now)
    assert life.seen == 1000  # never in the future


def test_jitter_is_the_mean_bend_of_sixteen_readings() -> None:
    jitter = Jitter(10)
    seen = [jitter.check(5 * (tick % 2)) for tick in range(200)]  # bends of 10: never over the limit
    assert not any(seen)
    jitter.start()
    seen = [jitter.check(6 * (tick % 2)) for tick in range(200)]  # bends of 12
    assert (seen.index(True), jitter.sum) == (27, 192)
    assert jitter.check(None) is False
    jitter.start()
    assert (jitter.sum, jitter.old, jitter.older) == (0, None, None)
    assert not any(jitter.check(1000 * tick) for tick in range(100))  # a ramp
    assert jitter.sum == 0
    jitter.start()
    wild = [jitter.check(100000 if tick == 50 else 0) for tick in range(100)]  # one wild reading: three bends of 40
    assert not any(wild)
    assert [jitter.check(100000 * (tick % 2)) for tick in range(6)] == [False] * 5 + [True]


# --- gas -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("mpa", "lg"), [(1, -3000), (600, -222), (3000, 477), (10000, 1000), (1023, 10), (2048, 311), (100000000, 5000)]
)
def test_the_integer_logarithm_is_within_27(mpa: int, lg: int) -> None:
    assert abs(lg_counts(mpa) - 3000 - lg) <= 27


def test_the_integer_logarithm_gives_these_numbers() -> None:
    values = (1, 2, 3, 999, 1000, 1023, 1024, 1500, 2047, 2048, 2049, 4095, 4096, 123456789)
    assert [lg_counts(value) for value in values] == LG


LG = [0, 301, 451, 2995, 2995, 3009, 3010, 3149, 3310, 3311, 3311, 3611, 3612, 8078]


def test_a_pressure_over_its_limit_trips_on_the_third_tick_in_a_row() -> None:
    part = Part(GasWatch)
    part.tick_fields(VACUUM_LGPA=None)
    part.plan = None
    assert [part.tick(PRESSURE_PA=80000 - tick % 2) for tick in range(5)] == [[]] * 5
    assert [part.tick(PRESSURE_PA=value) for value in (80001, 80002, 80000, 80001, 80002)] == [[]] * 5
    assert part.tick(PRESSURE_PA=80001) == [("pressure_high", 80001, 80000)]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_pressure_off_its_plan_trips_while_pulses_may_fall(sign: int) -> None:
    part = Part(GasWatch)
    edge = 10000 + sign * 2000
    assert [part.tick(PRESSURE_PA=edge - sign * (tick % 2)) for tick in range(5)] == [[]] * 5
    off = edge + sign
    assert [part.tick(PRESSURE_PA=p) for p in (off, off + sign, edge, off, off + sign)] == [[]] * 5
    assert part.tick(PRESSURE_PA=off) == [("pressure_off_plan", off, 10000)]
    assert part.tick(PRESSURE_PA=off + sign, OUT_GATE=0) == []
    assert part.tick(PRESSURE_PA=off, OUT_GATE=1) == []


def test_a_gauge_that_is_missing_or_frozen() -> None:
    part = Part(GasWatch)
    assert [part.tick(PRESSURE_PA=None) for _ in range(20)] == [[]] * 20
    assert part.tick(PRESSURE_PA=None) == [("pressure_stale", None, None)]
    part = Part(GasWatch)
    assert [part.tick(PRESSURE_PA=10000) for _ in range(26)] == [[]] * 26
    assert part.tick(PRESSURE_PA=10000) == [("pressure_frozen", 10000, None)]
    part.plan = None  # in vacuum a capacitance gauge stands on its floor
    assert part.tick(PRESSURE_PA=10000) == []
    assert [part.tick(PRESSURE_PA=None) for _ in range(19)] == [[]] * 19


def test_two_gauges_that_disagree_for_a_second() -> None:
    part = Part(GasWatch)
    at = lg_counts(10000) - 3000
    for apart, trips in ((200, False), (-200, False), (201, True), (-201, True)):
        part.watch.begin(part.now)
        seen = [part.tick(PRESSURE_PA=10000, VACUUM_LGPA=at - apart) for _ in range(10)]
        assert [bool(tick) for tick in seen] == [False] * 9 + [trips]
        if trips:
            assert seen[-1] == [("gauges_disagree", apart, 200)]
    for between in ({"VACUUM_LGPA": None}, {"VACUUM_LGPA": at}, {"PRESSURE_PA": 2999}):
        part.watch.begin(part.now)
        for _ in range(9):
            assert part.tick(PRESSURE_PA=10000, VACUUM_LGPA=0) == []
        part.plan = None
        part.tick(**between)
        part.plan = 10000
        assert part.tick(PRESSURE_PA=10000, VACUUM_LGPA=0) == []
    part.watch.begin(part.now)
    part.plan = None
    assert [part.tick(PRESSURE_PA=3000 + tick % 2, VACUUM_LGPA=-500) for tick in range(10)][-1] != []


def test_more_flow_than_was_asked_for_trips_on_the_third_tick() -> None:
    part = Part(GasWatch)
    most = 2000 + 500 + 300
    assert [part.tick(FLOW_SCCM=most) for _ in range(5)] == [[]] * 5
    assert [part.tick(FLOW_SCCM=f) for f in (most + 1, most + 1, most, most + 1, None, most + 1, most + 1)] == [[]] * 7
    assert part.tick(FLOW_SCCM=most + 1) == [("flow_high", most + 1, most)]


def test_a_lower_set_point_of_flow_counts_after_ten_seconds() -> None:
    part = Part(GasWatch)
    part.tick(FLOW_SCCM=2000)
    assert [part.tick(OUT_FLOW_SCCM=400, FLOW_SCCM=2000) for _ in range(101)] == [[]] * 101
    assert part.tick() == [("flow_high", 2000, 800)]
    assert part.tick(OUT_FLOW_SCCM=1360) == []  # a higher one at once
    assert [part.tick(OUT_FLOW_SCCM=1359) for _ in range(101)] == [[]] * 101


def steady(seconds: float = 21, **fields: int) -> Part:
    """A bench whose valve has found its place."""
    part = Part(GasWatch)
    for _ in range(int(10 * seconds)):
        assert part.tick(**fields) == []
    return part


def test_a_valve_that_must_open_further_tells_of_a_slow_pump() -> None:
    part = steady()
    assert part.watch.usual_valve == 2000 << 10
    assert [part.tick(OUT_VALVE_PCT=2160) for _ in range(200)] == [[]] * 200  # 8 %
    part = steady()
    seen = [part.tick(OUT_VALVE_PCT=2161) for _ in range(50)]
    assert seen == [[]] * 49 + [[("pump_slow", 2161, 2160)]]


def test_a_valve_that_was_open_for_a_moment_is_no_slow_pump() -> None:
    part = steady()
    for _ in range(3):
        assert [part.tick(OUT_VALVE_PCT=2500) for _ in range(49)] == [[]] * 49
        assert part.tick(OUT_VALVE_PCT=2000) == []


@pytest.mark.parametrize(("off", "learns"), [(300, True), (301, False), (-300, True), (-302, False)])
def test_the_valves_place_is_learned_near_the_plan_only(off: int, learns: bool) -> None:
    part = Part(GasWatch)
    for tick in range(230):
        part.tick(PRESSURE_PA=10000 + off - (1 if off > 0 else -1) * (tick % 2 if learns else -(tick % 2)))
    assert (part.watch.usual_valve is not None) == learns


def test_the_valves_place_takes_twenty_steady_seconds() -> None:
    part = Part(GasWatch)
    for tick in range(1, 210):
        part.tick(PRESSURE_PA=12000 if tick == 5 else 10000 + tick % 2)
        assert (part.watch.usual_valve is not None) == (tick >= 205)


def test_the_valves_place_creeps_with_the_film_on_it() -> None:
    part = steady()
    for _ in range(600):
        part.tick(OUT_VALVE_PCT=2100)
    assert part.watch.usual_valve == CREPT
    for _ in range(600):
        part.tick(PRESSURE_PA=10350 + part.now // 100 % 2)  # off the plan: nothing is learned
    assert part.watch.usual_valve == CREPT


def test_the_film_on_the_valve_is_learned_over_ten_minutes() -> None:
    part = steady()
    part.watch.usual_valve = 6_000_000_000
    part.tick(OUT_VALVE_PCT=0)
    assert part.watch.usual_valve == 6_000_000_000 - 1_000_000


CREPT = 2057423  # 1/1024 counts: a minute of ten towards 2100


@pytest.mark.parametrize("change", ["plan", "flow", "none", "begin"])
def test_another_set_point_has_another_place_of_the_valve(change: str) -> None:
    part = steady()
    if change == "plan":
        part.plan = 10001
    elif change == "none":
        part.plan = None
    elif change == "begin":
        part.watch.begin(part.now)
    part.tick(OUT_FLOW_SCCM=2001 if change == "flow" else 2000)
    assert part.watch.usual_valve is None
    assert [part.tick(OUT_VALVE_PCT=3000) for _ in range(100)] == [[]] * 100


def test_times_hold_to_the_millisecond() -> None:
    part = Part(GasWatch)
    part.plan = None
    part.watch.begin(0)
    assert part.at(1, VACUUM_LGPA=0) == []
    assert part.at(999) == []
    assert part.at(1000) != []
    part = Part(GasWatch)
    part.plan = None
    part.at(100, FLOW_SCCM=2000)
    assert [part.at(now, OUT_FLOW_SCCM=0) for now in (10097, 10098, 10099, 10100, 10101)] == [[]] * 5
    assert part.at(10102) == [("flow_high", 2000, 300)]
    part = Part(GasWatch)
    part.at(50)
    part.at(20049)
    assert part.watch.usual_valve is None
    part.at(20050)
    assert part.watch.usual_valve is not None
    part.at(20060)
    assert [part.at(now, OUT_VALVE_PCT=2500) for now in (20070, 25059)] == [[], []]
    assert part.at(25060) == [("pump_slow", 2500, 2160)]
    beam = Part(LaserWatch)
    beam.at(100)
    assert beam.at(3100) == []  # a second of latency and 20 pulses
    assert beam.at(3101) == [("pulses_missing", 20, 20)]
    beam = Part(LaserWatch)
    beam.at(100)
    assert beam.at(600, OUT_GATE=0, PULSES=1) == []
    beam.at(700, OUT_GATE=1)
    assert beam.at(1201, OUT_GATE=0, PULSES=2) == [("stray_pulse", 1, 0)]


# --- laser -----------------------------------------------------------------------------------------------------------
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
    assert part.pulse(ENERGY_MJ=energy) == [("energy_frozen", energy, 100)]
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


# --- the whole -------------------------------------------------------------------------------------------------------
class Whole:
    """A cold bench under the whole interlock; `tick` changes readings and outputs by name, gives the trips' names."""

    def __init__(self) -> None:
        self.interlock = Interlock(LIMITS, default_bench("twin-1").plant, TICK_MS)
        self.part = Part(LaserWatch)
        self.out = [0] * ch.OUT_COUNT
        self.now = 0

    def tick(self, plan_cc: int | None = None, plan_mpa: int | None = None, **fields: int | None) -> list[str]:
        self.now += TICK_MS
        part = self.part
        wiggle = self.now // TICK_MS % 2
        sound = {"HEATER_C": 2500 + wiggle, "GUARD_C": 2501 - wiggle, "PRESSURE_PA": 10000 + wiggle, "WATER_LPM": 300,
                 "DOOR": 0, "VACUUM_LGPA": 1000, "FLOW_SCCM": 0, "PULSES": 0, "ENERGY_MJ": 0}  # fmt: skip
        part.out = self.out
        part.tick_fields(**{**sound, **fields})
        tripped = self.interlock.check(self.now, part.r, self.out, plan_cc, plan_mpa)
        assert tripped == bool(self.interlock.trips)
        return [trip[0] for trip in self.interlock.trips]


def test_water_must_flow_while_the_heater_is_on() -> None:
    whole = Whole()
    assert [whole.tick(WATER_LPM=0) for _ in range(5)] == [[]] * 5
    assert [whole.tick(WATER_LPM=w, OUT_CONTACTOR=1) for w in (100, 99, 99, 100, 99, 99)] == [[]] * 6
    assert whole.tick(WATER_LPM=99) == ["water_low"]
    assert whole.interlock.trips == [("water_low", 99, 100)]
    whole = Whole()
    whole.tick(OUT_CONTACTOR=1, WATER_LPM=99)
    whole.tick(WATER_LPM=99)
    whole.tick(WATER_LPM=99, OUT_CONTACTOR=0)
    assert [whole.tick(WATER_LPM=99, OUT_CONTACTOR=1) for _ in range(2)] == [[]] * 2
    assert whole.tick(WATER_LPM=99) == ["water_low"]


def test_a_water_meter_must_answer_from_when_heating_begins() -> None:
    whole = Whole()
    for _ in range(30):
        assert whole.tick(WATER_LPM=None) == []
    assert [whole.tick(WATER_LPM=None, OUT_CONTACTOR=1) for _ in range(21)] == [[]] * 21
    assert whole.tick(WATER_LPM=None) == ["water_stale"]
    assert whole.interlock.trips == [("water_stale", None, 100)]
    whole = Whole()
    assert [whole.tick(WATER_LPM=300, OUT_CONTACTOR=1) for _ in range(100)] == [[]] * 100  # water may stand still


@pytest.mark.parametrize("output", ["OUT_CONTACTOR", "OUT_BEAM"])
def test_the_door_is_closed_while_anything_is_energised(output: str) -> None:
    whole = Whole()
    assert whole.tick(DOOR=1) == []
    assert whole.tick(DOOR=0, **{output: 1}) == []
    assert whole.tick(DOOR=1) == ["door_open"]
    assert whole.interlock.trips == [("door_open", 1, 0)]
    whole = Whole()
    for _ in range(30):
        assert whole.tick(DOOR=None) == []
    assert [whole.tick(DOOR=None, **{output: 1}) for _ in range(21)] == [[]] * 21
    assert whole.tick(DOOR=None) == ["door_stale"]
    assert whole.interlock.trips == [("door_stale", None, 0)]


def test_gas_is_watched_while_anything_is_energised() -> None:
    for output in ("OUT_CONTACTOR", "OUT_BEAM"):
        whole = Whole()
        assert [whole.tick(PRESSURE_PA=None) for _ in range(40)] == [[]] * 40
        assert [whole.tick(PRESSURE_PA=None, **{output: 1}) for _ in range(21)] == [[]] * 21
        assert whole.tick(PRESSURE_PA=None) == ["pressure_stale"]
    whole = Whole()
    seen = [whole.tick(PRESSURE_PA=10000, plan_mpa=10000, OUT_CONTACTOR=1) for _ in range(40)]
    assert seen[-1] == ["pressure_frozen"]


def test_heat_is_compared_with_its_plan() -> None:
    whole = Whole()
    whole.tick(plan_cc=2500, OUT_CONTACTOR=1)
    whole.tick(plan_cc=1000)
    assert whole.tick(plan_cc=1000) == ["heater_above_plan"]


def test_power_reaches_the_heaters_watch() -> None:
    whole = Whole()
    assert whole.tick(OUT_CONTACTOR=1, OUT_HEATER_W=22001) == ["heater_power"]


def test_a_trip_makes_everything_safe_at_once_and_stays() -> None:
    whole = Whole()
    whole.out = [1] * ch.OUT_COUNT
    assert whole.tick(DOOR=1) == ["door_open"]
    assert [whole.out[index] for index in range(ch.OUT_COUNT)] == [
        0 if index in SAFE_ZERO else 1 for index in range(ch.OUT_COUNT)
    ]
    assert {ch.OUT_GATE, ch.OUT_BEAM, ch.OUT_SHUTTER, ch.OUT_HEATER_W, ch.OUT_CONTACTOR, ch.OUT_FLOW_SCCM,
            ch.OUT_BURST_PULSES, ch.OUT_ENERGY_MJ, ch.OUT_SLOT, ch.OUT_HEATER_SETPOINT, ch.OUT_HEATER_RAMP,
            ch.OUT_PRESSURE_SETPOINT} == set(SAFE_ZERO)  # fmt: skip
    whole.out = [1] * ch.OUT_COUNT
    assert whole.tick() == ["door_open"]  # what was is told once
    assert whole.out[ch.OUT_CONTACTOR] == 0
    whole.interlock.rearm(whole.now)
    assert whole.tick() == []


def test_rearm_begins_the_watches_anew() -> None:
    whole = Whole()
    whole.tick(OUT_CONTACTOR=1, WATER_LPM=99)
    whole.tick(WATER_LPM=99)
    whole.interlock.heat.off_ticks = whole.interlock.laser.low_pulses = 5
    whole.interlock.rearm(whole.now)
    interlock = whole.interlock
    assert (interlock.heated, interlock.energised, interlock.water_ticks) == (False, False, 0)
    assert (interlock.heat.off_ticks, interlock.laser.low_pulses) == (0, 0)


def test_confirmation_is_three_tenths_of_a_second_and_one_tick_at_least() -> None:
    plant = default_bench("twin-1").plant
    assert [Interlock(LIMITS, plant, tick_ms).confirm for tick_ms in (1, 100, 1000)] == [300, 3, 1]
    assert [Interlock(LIMITS, plant, tick_ms).gas.confirm for tick_ms in (1, 100, 1000)] == [300, 3, 1]


def test_limits_come_from_the_envelope() -> None:
    interlock = Interlock(LIMITS, default_bench("twin-1").plant, TICK_MS)
    gas, laser = interlock.gas, interlock.laser
    assert (interlock.water_least, gas.pressure_most, gas.off_plan_pct) == (100, 80000, 20)
    assert (laser.energy_most, laser.energy_least_pct, laser.missed_most) == (28000, 60, 20)
    for life in (interlock.water_life, interlock.door_life, laser.energy_life, laser.pulses_life):
        assert (life.stale_ms, life.frozen_ms, life.younger_ms) == (2000, 1 << 29, 150)
    assert (gas.life.stale_ms, gas.life.frozen_ms, gas.life.younger_ms) == (2000, 2500, 150)
    assert (interlock.heat.quiet_ms, laser.gate_ms, laser.active_ms, gas.agree_ms, gas.lower_ms) == (0, 0, 0, 0, 0)
    assert (gas.steady_ms, gas.over_ms, gas.life.seen, gas.flow_asked, gas.tick_ms) == (0, 0, 0, 0, 100)
    assert (gas.high_ticks, gas.off_ticks, gas.flow_ticks, gas.usual_valve, gas.steady_plan) == (0, 0, 0, None, None)


def test_each_time_that_something_is_energised_the_gas_is_watched_anew() -> None:
    whole = Whole()
    whole.tick(OUT_CONTACTOR=1)
    assert [whole.tick(PRESSURE_PA=90000 + tick, VACUUM_LGPA=None) for tick in range(2)] == [[], []]
    whole.tick(OUT_CONTACTOR=0)
    assert [whole.tick(PRESSURE_PA=90000 + tick, VACUUM_LGPA=None, OUT_CONTACTOR=1) for tick in range(2)] == [[], []]
    assert whole.tick(PRESSURE_PA=90000, VACUUM_LGPA=None) == ["pressure_high"]


def test_reasons_of_one_tick_stand_in_their_order() -> None:
    whole = Whole()
    missing = {"DOOR": None, "PRESSURE_PA": None, "WATER_LPM": None, "HEATER_C": None, "GUARD_C": None}
    assert [whole.tick(OUT_CONTACTOR=1, **missing) for _ in range(21)] == [[]] * 21
    order = ["heater_stale", "guard_stale", "water_stale", "door_stale", "pressure_stale"]
    assert whole.tick(**missing) == order
