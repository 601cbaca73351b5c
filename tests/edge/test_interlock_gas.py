"""Gas at its limits: the last good value, the first bad one, and the tick it trips on."""

import pytest
from adatom.edge.interlock_gas import GasWatch, lg_counts
from adatom.protocol import channels as ch

from .interlock_watch import Part


@pytest.mark.parametrize(
    ("mpa", "lg"), [(1, -3000), (600, -222), (3000, 477), (10000, 1000), (1023, 10), (2048, 311), (100000000, 5000)]
)
def test_the_integer_logarithm_is_within_27(mpa: int, lg: int) -> None:
    assert abs(lg_counts(mpa) - 3000 - lg) <= 27


def test_the_integer_logarithm_gives_these_numbers() -> None:
    values = (1, 2, 3, 999, 1000, 1023, 1024, 1041, 1167, 1500, 2047, 2048, 2049, 4095, 4096, 123456789)
    assert [lg_counts(value) for value in values] == LG


LG = [0, 301, 451, 2995, 2995, 3009, 3010, 3014, 3052, 3149, 3310, 3311, 3311, 3611, 3612, 8078]


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


@pytest.mark.parametrize("sign", [1, -1])
def test_a_pressure_that_the_valve_has_held_trips_off_its_plan_while_no_pulse_may_fall(sign: int) -> None:
    part = steady()
    off = 10000 + sign * 2001
    assert [part.tick(PRESSURE_PA=off + p, OUT_GATE=0) for p in (0, sign)] == [[]] * 2
    assert part.tick(PRESSURE_PA=off) == [("pressure_off_plan", off, 10000)]


@pytest.mark.parametrize("change", [{"plan": 20000}, {"flow": 2001}])
def test_a_new_set_point_is_not_held_yet(change: dict[str, int]) -> None:
    part = steady()
    part.plan = change.get("plan", 10000)
    flow = change.get("flow", 2000)
    assert [part.tick(PRESSURE_PA=7000 + n % 2, OUT_FLOW_SCCM=flow, OUT_GATE=0) for n in range(100)] == [[]] * 100


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


def test_a_set_point_of_flow_that_stood_for_long_still_has_its_ten_seconds() -> None:
    part = Part(GasWatch)
    assert [part.tick(FLOW_SCCM=2000) for _ in range(150)] == [[]] * 150
    assert [part.tick(OUT_FLOW_SCCM=400) for _ in range(101)] == [[]] * 101
    assert part.tick() == [("flow_high", 2000, 800)]


def test_no_flow_asked_for_from_the_start_is_none_but_the_offset() -> None:
    part = Part(GasWatch)
    part.tick_fields(OUT_FLOW_SCCM=0)
    assert [part.tick(FLOW_SCCM=301) for _ in range(2)] == [[]] * 2
    assert part.tick() == [("flow_high", 301, 300)]


def test_reasons_of_one_tick_stand_in_their_order() -> None:
    part = steady()
    watch = part.watch
    watch.life.moved = watch.agree_ms = watch.over_ms = -10000
    watch.high_ticks = watch.off_ticks = watch.flow_ticks = 2
    pressure = part.r[ch.PRESSURE_PA]
    watch.pressure_most = 9000
    part.plan = watch.steady_plan = 1000
    names = [trip[0] for trip in part.tick(PRESSURE_PA=pressure, VACUUM_LGPA=0, OUT_VALVE_PCT=9000, FLOW_SCCM=9000)]
    assert names == ["pressure_frozen", "pressure_high", "pressure_off_plan", "gauges_disagree", "pump_slow",
                     "flow_high"]  # fmt: skip


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
