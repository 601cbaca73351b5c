"""The heater's watch at its limits: each rule at the last good value, the first bad one, and the tick it trips on."""

from typing import Any

import pytest
from adatom.edge.config import default_bench
from adatom.edge.interlock_heat import COLD_CC, RESTART_MS, Balance, HeatWatch, fourth_power

from .interlock_watch import LIMITS, TICK_MS

PLANT = default_bench("twin-1").plant
Trips = list[tuple[str, int | None, int | None]]


class Watch:
    """A HeatWatch whose balance stands still unless asked for; `tick` gives the trips of one tick."""

    def __init__(self, balance: bool = False) -> None:
        self.trips: Trips = []
        self.heat = HeatWatch(LIMITS, PLANT, TICK_MS, lambda *trip: self.trips.append(trip))
        self.steps: list[tuple[Any, ...]] = []
        if not balance:
            self.heat.balance.step = lambda *step: self.steps.append(step)  # type: ignore[method-assign]
        self.now = 0

    def tick(
        self, heater: int | None = 60000, guard: int | None = 60000, power: int = 9900, plan: int | None = 60000
    ) -> Trips:
        """Heated."""
        self.now += TICK_MS
        self.heat.heated(self.now, heater, guard, power, plan)
        return self._taken()

    def off(self, heater: int | None = 60000, guard: int | None = 60000) -> Trips:
        """Unheated."""
        self.now += TICK_MS
        self.heat.unheated(self.now, heater, guard)
        return self._taken()

    def _taken(self) -> Trips:
        taken = list(self.trips)
        self.trips.clear()
        return taken


def trace(start_cc: int, kick: int) -> list[tuple[int, ...]]:
    """The balance's whole state at moments of a rough ride: noise, missing readings, a wild one, a gap in time."""
    balance = Balance(PLANT, 75, 80)
    seed, now, cc = 12345, 0, start_cc
    seen = []
    for tick in range(1, 1201):
        now += 5100 if tick == 1000 else TICK_MS
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        cc += 3 if tick < 400 else -7 if tick < 800 else 21
        power = 9000 + (seed >> 16) % 4000 - (8000 if 400 <= tick < 800 else 0)
        reading = cc + (seed >> 8) % 29 - 14 + (kick if tick == 555 else 0)
        balance.step(now, None if tick % 97 == 0 else reading, power)
        if tick in (5, 150, 399, 450, 556, 850, 990, 1001, 1200):
            seen.append((balance.level or 0, balance.first, balance.second, balance.usual_power, balance.usual_loss,
                         balance.learned, balance.lacking, balance.excess))  # fmt: skip
    return seen


TRACES: dict[tuple[int, int], list[tuple[int, ...]]] = {
    (3000, 0): [
        (768879, 209297, 15401, 1401, 406, -9966, 0, 0),
        (877963, 1702018, 1549265, 4705571, 18337, 3528871, 244558287, 0),
        (1069080, 1755496, 1761593, 15282582, 62049, 8455603, 1227369800, 0),
        (996722, 822189, 1285410, 16434447, 70269, 6169958, 1567937641, 0),
        (806479, 495743, 595310, 15711150, 73177, 2857420, 2208267937, 0),
        (594464, 1420254, 957107, 12018037, 18981, 661909, 2972859167, 164663033),
        (1346521, 1716972, 1688250, 15458529, 48208, -517026, 2538771491, 98971709),
        (1446400, 1550560, 1550560, 0, 0, 0, 0, 0),
        (2475930, 1787467, 1776602, 10677451, 195958, 245307, 0, 0),
    ],
    (30000, 50000): [
        (7680879, 1685028, 1675598, 267032, 50952, 205117, 0, 0),
        (7789963, 1739575, 1727657, 8482868, 1615177, 5709337, 0, 0),
        (7981080, 1755566, 1762346, 17510947, 3374235, 8459212, 401794083, 0),
        (7908722, 822207, 1285640, 18396576, 3626811, 6171033, 629940324, 0),
        (7728139, 495743, 595330, 17216297, 4013532, 2805031, 989983433, 8789777),
        (7506464, 1420254, 957107, 12739115, 4432474, 58239, 1132297851, 236288017),
        (8258521, 1716972, 1688250, 15966444, 4726931, -2512190, 459535775, 366763893),
        (8358400, 1550560, 1550560, 0, 0, 0, 0, 0),
        (9387930, 1787467, 1776602, 10677451, 2729372, -2288106, 0, 0),
    ],
    (60000, -50000): [
        (15360879, 1685028, 1675598, 267032, 253751, 2319, 0, 0),
        (15469963, 1739575, 1727657, 8482868, 8005766, -681254, 0, 0),
        (15661080, 1755566, 1762346, 17510947, 16549687, -1439890, 0, 0),
        (15588722, 822207, 1285640, 18396576, 17761934, -620536, 0, 0),
        (15391339, 495743, 595330, 17216297, 19689341, -1257371, 3424123, 2587493),
        (15186464, 1420254, 957107, 12739115, 22197607, -7982045, 0, 455318473),
        (15938521, 1716972, 1688250, 15966444, 23465937, -8747596, 0, 1279403149),
        (16038400, 1550560, 1550560, 0, 0, 0, 0, 0),
        (17067930, 1787467, 1776602, 10677451, 12268304, -11750323, 0, 111676617),
    ],
}


@pytest.mark.parametrize("ride", TRACES)
def test_the_balance_computes_these_integers_and_no_others(ride: tuple[int, int]) -> None:
    """Taken from this code when it had passed the matrix and the soak: whatever changes one of them needs both anew."""
    assert trace(*ride) == TRACES[ride]


# rule -> (arguments of the last good tick, of a bad one, the trip)
TWICE: dict[str, tuple[dict[str, int], dict[str, int], tuple[str, int, int]]] = {
    "above the plan": (
        {"heater": 61000, "plan": 60000},
        {"heater": 61001, "plan": 60000},
        ("heater_above_plan", 61001, 61000),
    ),
    "below the plan": (
        {"heater": 57500, "plan": 60000},
        {"heater": 57499, "plan": 60000},
        ("heater_below_plan", 57499, 57500),
    ),
    "heater over the absolute limit": (
        {"heater": 80000, "plan": 80000, "guard": 80000},
        {"heater": 80001, "plan": 80000, "guard": 80000},
        ("heater_over_temperature", 80001, 80000),
    ),
    "guard over the absolute limit": (
        {"heater": 79000, "plan": 79000, "guard": 80000},
        {"heater": 79000, "plan": 79000, "guard": 80001},
        ("heater_over_temperature", 79000, 80000),
    ),
    "guard too low": (
        {"heater": 60000, "guard": 56000},
        {"heater": 60000, "guard": 55999},
        ("thermocouples_disagree", 60000, 55999),
    ),
    "guard too high": (
        {"heater": 60000, "guard": 64000},
        {"heater": 60000, "guard": 64001},
        ("thermocouples_disagree", 60000, 64001),
    ),
}


@pytest.mark.parametrize("rule", TWICE)
def test_a_limit_trips_on_the_second_bad_tick_in_a_row(rule: str) -> None:
    good, bad, trip = TWICE[rule]
    watch = Watch()
    assert [watch.tick(**good) for _ in range(5)] == [[]] * 5
    assert watch.tick(**bad) == []
    assert watch.tick(**good) == []
    assert watch.tick(**bad) == []
    assert watch.tick(**bad) == [trip]
    watch = Watch()
    assert [watch.tick(**bad), watch.tick(**bad)] == [[], [trip]]


@pytest.mark.parametrize("rule", ["heater over the absolute limit", "guard too low", "guard too high"])
def test_what_holds_for_a_hot_block_holds_without_the_contactor(rule: str) -> None:
    good, bad, trip = ({key: value for key, value in part.items() if key != "plan"} if isinstance(part, dict) else part
                       for part in TWICE[rule])  # fmt: skip
    watch = Watch()
    assert [watch.off(**good) for _ in range(3)] == [[]] * 3  # type: ignore[arg-type]
    assert [watch.off(**bad), watch.off(**good), watch.off(**bad)] == [[], [], []]  # type: ignore[arg-type]
    assert watch.off(**bad) == [trip]  # type: ignore[arg-type]


def test_no_plan_and_no_guard_are_nothing_to_compare_with() -> None:
    watch = Watch()
    assert [watch.tick(plan=None) for _ in range(3)] == [[]] * 3
    assert watch.tick(heater=61001) == []
    assert watch.tick(plan=None) == []
    assert watch.tick(heater=61001) == []
    watch = Watch()
    assert watch.tick(guard=55999) == []
    assert watch.tick(guard=None) == []
    assert watch.tick(guard=55999) == []


def test_the_count_of_bad_ticks_starts_anew_with_each_heating() -> None:
    watch = Watch()
    assert watch.tick(heater=61001) == []
    assert watch.off() == []
    assert watch.tick(heater=61001) == []
    assert watch.tick(heater=61001) == [("heater_above_plan", 61001, 61000)]
    watch.heat.begin(watch.now)
    assert watch.tick(heater=61001, guard=55999) == []
    watch.heat.begin(watch.now)
    assert watch.tick(heater=61001, guard=55999) == []


def test_power_may_reach_the_cap_and_no_further() -> None:
    watch = Watch()
    assert watch.tick(power=22000) == []
    assert watch.tick(power=22001) == [("heater_power", 22001, 22000)]
    assert watch.tick(heater=None, power=22001) == [("heater_power", 22001, 22000)]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("lead", [20, 33])
def test_the_rate_limit_is_a_change_within_two_seconds(sign: int, lead: int) -> None:
    for change in (400, 401):
        watch = Watch()
        for tick in range(lead):
            assert watch.tick(heater=60000 + tick % 2, guard=60000 + tick % 2) == []
        before = 60000 + lead % 2  # twenty ticks ago
        seen = watch.tick(heater=before + sign * change, guard=60000)
        assert seen == ([("heater_rate", sign * change, 400)] if change > 400 else [])


@pytest.mark.parametrize(("change", "trips"), [(-1020, False), (-1021, True), (400, False), (401, True)])
def test_a_block_may_fall_by_what_it_loses_too(change: int, trips: bool) -> None:
    """155 W cool 50 J/K by 6.2 K in two seconds: heating that begins anew at 720 °C is no fault."""
    watch = Watch()
    watch.heat.balance.loss = 155000
    for tick in range(20):
        assert watch.tick(heater=60000 + tick % 2, guard=60000 + tick % 2) == []
    limit = 1020 if change < 0 else 400
    expected: Trips = [("heater_rate", change, limit)] if trips else []
    assert watch.tick(heater=60000 + change, guard=60000) == expected


def test_the_balance_tells_what_the_block_loses() -> None:
    watch = Watch(balance=True)
    watch.tick(heater=72000, plan=72000)
    watch.tick(heater=72000, plan=72000)
    assert watch.heat.balance.loss == LOSS_720
    watch.heat.begin(watch.now)
    assert watch.heat.balance.loss == 0


LOSS_720 = 163397  # mW


def test_a_rate_needs_two_seconds_of_this_heating() -> None:
    watch = Watch()
    for tick in range(25):
        watch.tick(heater=60000 + tick % 2, guard=60000 + tick % 2)
    watch.off(59000, 59000)
    for tick in range(20):
        assert watch.tick(heater=59000 + tick % 2, guard=59000 + tick % 2) == []
    assert watch.tick(heater=59401, guard=59000) == [("heater_rate", 401, 400)]


@pytest.mark.parametrize("name", ["heater", "guard"])
def test_a_missing_or_frozen_thermocouple_of_a_heated_block(name: str) -> None:
    watch = Watch()
    for tick in range(30):
        assert watch.tick(heater=60000 + tick % 2, guard=60001 - tick % 2) == []
    other = {"heater": "guard", "guard": "heater"}[name]
    for tick in range(20):
        assert watch.tick(**{name: None, other: 60000 + tick % 2}) == []  # type: ignore[arg-type]
    assert watch.tick(**{name: None, other: 60000}) == [(name + "_stale", None, None)]  # type: ignore[arg-type]
    watch = Watch()
    for tick in range(26):
        assert watch.tick(**{name: 60000, other: 60000 + tick % 2}) == []
    assert watch.tick(**{name: 60000, other: 60001}) == [(name + "_frozen", 60000, None)]


@pytest.mark.parametrize("name", ["heater", "guard"])
def test_a_hot_block_is_watched_without_the_contactor_a_cold_one_is_not(name: str) -> None:
    for hot, trips in ((COLD_CC + 1, True), (COLD_CC, False)):
        watch = Watch()
        other = {"heater": "guard", "guard": "heater"}[name]
        seen = [watch.off(**{name: None if tick > 3 else hot, other: hot + tick % 2}) for tick in range(40)]
        assert any(seen) == trips
        if trips:
            assert next(trip for tick in seen for trip in tick)[0] == name + "_stale"


def test_watching_starts_anew_when_a_cold_block_is_heated() -> None:
    watch = Watch()
    watch.tick(3000, 3000, plan=3000)
    watch.off(3000, 3000)
    for _ in range(40):
        assert watch.off(None, None) == []
    assert [watch.tick(None, None) for _ in range(20)] == [[]] * 20
    assert {name for name, *_ in watch.tick(None, None) + watch.tick(None, None)} == {"heater_stale", "guard_stale"}


def test_watching_starts_anew_after_a_short_rest_of_a_cold_block() -> None:
    """Shorter than RESTART_MS: what was not looked at while cold may have stood still."""
    watch = Watch()
    assert [watch.tick(3000, 3000 + tick % 2, plan=3000) for tick in range(20)] == [[]] * 20
    assert watch.off(3000, 3000) == []
    assert [watch.tick(3000, 3000 + tick % 2, plan=3000) for tick in range(26)] == [[]] * 26
    assert watch.tick(3000, 3001, plan=3000) == [("heater_frozen", 3000, None)]


@pytest.mark.parametrize("name", ["heater", "guard"])
def test_a_noisy_thermocouple(name: str) -> None:
    """Alternating by d has second differences of 2 d: 149 counts stay under the limit of 300, 151 do not."""
    other = {"heater": "guard", "guard": "heater"}[name]
    for swing, trips in ((148, False), (153, True)):
        watch = Watch()
        seen: Trips = []
        for tick in range(200):
            seen += watch.tick(**{name: 60000 + swing * (tick % 2), other: 60000 + tick % 2})
        assert [trip[0] for trip in seen[:1]] == ([name + "_noisy"] if trips else [])
        assert not seen or seen[0][2] == 300


def test_reasons_of_one_tick_stand_in_their_order() -> None:
    watch = Watch()
    for tick in range(40):
        watch.off(40000 + tick % 2, 40001 - tick % 2)
    watch.heat.balance.excess = watch.heat.balance.excess_most + 1
    watch.heat.warm_ticks = 1
    watch.heat.heater_jitter.sum = watch.heat.guard_jitter.sum = 1 << 20
    watch.heat.heater_life.seen = watch.heat.guard_life.seen = -10000
    watch.heat.heater_life.moved = watch.heat.guard_life.moved = -10000
    names = [trip[0] for trip in watch.off(41002, 40000)]
    assert names == ["guard_frozen", "heater_noisy", "guard_noisy", "heater_stuck_on", "heater_excess_heat"]
    assert watch.heat.heater_jitter.sum > 0
    watch.heat.watching = False
    assert [trip[0] for trip in watch.off(40000, 40000)] == ["heater_excess_heat"]  # jitter begins anew
    assert (watch.heat.heater_jitter.sum, watch.heat.guard_jitter.sum) == (0, 0)


def test_a_block_without_contactor_may_only_get_colder() -> None:
    watch = Watch()
    assert watch.off(40000, 40000) == []
    assert watch.off(39000, 40000) == []
    assert watch.off(40000, 40000) == []  # 10 K above the coldest
    assert watch.off(40001, 40000) == []
    assert watch.off(40000, 40000) == []
    assert watch.off(40001, 40000) == []
    assert watch.off(40001, 40000) == [("heater_stuck_on", 40001, 40000)]


def test_a_cold_block_may_follow_the_room() -> None:
    watch = Watch()
    assert watch.off(1000, 1000) == []
    assert [watch.off(6000, 6000 - tick % 2) for tick in range(5)] == [[]] * 5  # COLD_CC and 10 K
    assert watch.off(6001, 6000) == []
    assert watch.off(6001, 6001) == [("heater_stuck_on", 6001, 6000)]
    watch.tick(heater=6001, guard=6001, plan=6001)  # heating forgets the coldest
    assert [watch.off(9000 + tick, 9000 + tick) for tick in range(5)] == [[]] * 5


def test_missing_readings_decide_nothing_but_that_they_are_missing() -> None:
    watch = Watch()
    assert watch.off(None, None) == []
    assert watch.tick(None, None, plan=None) == []
    assert watch.off(None, 90000) == []
    assert watch.off(None, 90000) == []


def test_the_balance_sees_what_it_should_and_trips_past_its_limits() -> None:
    watch = Watch()
    balance = watch.heat.balance
    watch.tick(heater=60001, power=1234)
    watch.off(59990, 59990)
    watch.tick(heater=None, power=55)
    assert watch.steps == [(100, 60001, 1234), (200, 59990, 0), (300, None, 55)]
    balance.lacking = balance.lacking_most
    balance.excess = balance.excess_most
    assert watch.tick() == []
    balance.lacking += balance.unit
    assert watch.tick() == [("heater_no_heat", 51, 50)]
    assert watch.tick(heater=None) == []
    balance.excess = balance.excess_most + 1
    assert [trip[0] for trip in watch.tick()] == ["heater_no_heat", "heater_excess_heat"]
    balance.lacking = 0
    assert watch.tick() == [("heater_excess_heat", 80, 80)]
    assert watch.off() == [("heater_excess_heat", 80, 80)]
    balance.lacking = balance.lacking_most + 1
    balance.excess = 0
    assert watch.off() == []  # cooled faster than expected: nobody's fault
    assert balance.lacking == 0


def test_a_watch_that_begins_anew_forgets_the_balance() -> None:
    watch = Watch(balance=True)
    watch.tick()
    assert watch.heat.balance.level == 60000 << 8
    watch.heat.usual_apart = 5
    watch.heat.begin(watch.now)
    assert watch.heat.balance.level is None
    assert (watch.heat.coldest, watch.heat.usual_apart, watch.heat.rate_at) == (None, None, 0)
    assert (watch.heat.watching, watch.heat.heating, watch.heat.warm_ticks, watch.heat.part_ticks) == (
        False,
        False,
        0,
        0,
    )


def test_excess_heat_near_the_room_is_the_rooms() -> None:
    watch = Watch()
    balance = watch.heat.balance
    balance.excess = balance.excess_most + 1
    assert watch.off(COLD_CC, COLD_CC) == []
    assert balance.excess == 0
    balance.excess = balance.excess_most + 1
    assert watch.off(COLD_CC + 1, COLD_CC + 1) == [("heater_excess_heat", 80, 80)]
    assert watch.tick(COLD_CC, COLD_CC, plan=COLD_CC) == [("heater_excess_heat", 80, 80)]


def parted(steps: list[tuple[int, int]]) -> list[int]:
    """Ticks on which the thermocouples are seen to part, for (ticks, distance) at a quiet heater."""
    watch = Watch()
    found, tick = [], 0
    for ticks, apart in steps:
        for _ in range(ticks):
            tick += 1
            seen = watch.tick(heater=60000 + tick % 2, guard=60000 + tick % 2 - apart)
            assert all(trip == ("thermocouples_part", apart, 480) for trip in seen)
            found += [tick] if seen else []
    return found


def test_thermocouples_that_part_within_a_minute_are_found() -> None:
    assert parted([(300, 100), (9, 580)]) == []
    assert parted([(300, 100), (9, 590)]) == [302 + tick for tick in range(8)]
    assert parted([(300, 100), (1, 581), (1, 100), (1, 581)]) == []
    assert parted([(300, 0), (2, 485)]) == [302]
    assert parted([(300, 0), (2, -485)]) == [302]
    assert parted([(300, 0), (20, 479)]) == []
    assert parted([(300, 0), (20, -479)]) == []
    assert parted([(218, 0), (20, 3000)]) == []  # two seconds for a rate and twenty of quiet come first
    assert parted([(221, 0), (2, 3000)]) == [223]


@pytest.mark.parametrize(("apart", "trips"), [(480, 0), (-480, 0), (481, 1), (-481, 1)])
def test_the_distance_that_may_part_is_itself_allowed(apart: int, trips: int) -> None:
    watch = Watch()
    for _ in range(2):
        watch.heat.usual_apart = 0
        watch.heat._part(apart)
    assert len(watch.trips) == trips


def test_what_parts_slowly_is_learned() -> None:
    steps = [(300, 0)] + [(60, 48 * step) for step in range(1, 20)]  # 0.08 K/s: within a minute 4.8 K
    assert parted(steps) == []
    assert parted([(300, 0)] + [(30, 48 * step) for step in range(1, 20)])[:1] == [812]


@pytest.mark.parametrize(("change", "quiet"), [(120, True), (121, False), (-120, True), (-121, False)])
def test_a_heater_that_moves_has_thermocouples_apart(change: int, quiet: bool) -> None:
    """Up or down by so much in two seconds; the guard then jumps away by 10 K."""
    watch = Watch()
    seen: Trips = []
    for tick in range(310):
        heater = 60000 + tick * change // 20
        seen += watch.tick(heater=heater, guard=heater + tick % 2 - (1000 if tick > 300 else 0), plan=heater)
    assert bool(seen) == quiet


def test_a_rate_stands_before_thermocouples_that_part() -> None:
    watch = Watch()
    watch.heat = HeatWatch({**LIMITS, "heater_rate_max_c_min": 30.0}, PLANT, TICK_MS,
                           lambda *trip: watch.trips.append(trip))  # fmt: skip
    watch.heat.rates = [60000] * 20
    watch.heat.heating, watch.heat.quiet_ms = True, -20000
    watch.heat.usual_apart, watch.heat.part_ticks = 0, 1
    assert watch.tick(heater=60101, guard=60101 - 481) == [
        ("heater_rate", 101, 100),
        ("thermocouples_part", 481, 480),
    ]


def test_what_the_thermocouples_had_between_them_before_a_move_does_not_count() -> None:
    watch = Watch()
    for tick in range(900):
        heater = 60000 + 200 * (tick == 300) + tick % 2
        apart = 0 if tick < 301 else 1000
        assert watch.tick(heater=heater, guard=heater - apart) == [], tick


def test_quiet_takes_twenty_seconds_to_the_millisecond() -> None:
    watch = Watch()
    for tick in range(30):
        watch.tick(60000 + tick % 2, 60001 - tick % 2)
    for now, judged in ((19999, False), (20000, True)):
        watch.now = watch.heat.quiet_ms + now - TICK_MS
        watch.tick(60001, 60001)
        assert (watch.heat.usual_apart is not None) == judged


def test_a_missing_guard_begins_the_quiet_anew() -> None:
    watch = Watch()
    for tick in range(500):
        guard = None if tick == 300 else 60000 + tick % 2 - (1000 if tick > 301 else 0)
        assert watch.tick(heater=60000 + tick % 2, guard=guard) == []


def test_limits_come_from_the_envelope_and_the_bench_file() -> None:
    heat = HeatWatch(LIMITS, PLANT, TICK_MS, print)
    assert (heat.hottest, heat.power_most, heat.above, heat.below) == (80000, 22000, 1000, 2500)
    assert (heat.disagree, heat.part, heat.rate_limit, len(heat.rates)) == (4000, 480, 400, 20)
    assert heat.window_ms == 2000
    for life in (heat.heater_life, heat.guard_life):
        assert (life.stale_ms, life.frozen_ms, life.younger_ms) == (2000, 2500, 150)
    balance = heat.balance
    assert (balance.capacity, balance.tolerance_pct, balance.stage_ms, balance.settle_ms) == (50000, 30, 4000, 16000)
    assert (balance.radiant, balance.linear, balance.wall_cc, balance.unit) == (681, 240, 2500, 500000)
    assert (balance.lacking_most, balance.excess_most) == (50 * 500000, 80 * 500000)
    assert (heat.quiet_ms, balance.then, balance.judge_ms) == (0, 0, 0)
    fast = HeatWatch(LIMITS, PLANT, 10, print)
    assert (len(fast.rates), fast.rate_limit) == (200, 400)
    assert len(HeatWatch(LIMITS, PLANT, 1500, print).rates) == 2
    assert len(HeatWatch(LIMITS, PLANT, 1, print).rates) == 2000
    wide = {**LIMITS, "heater_rate_max_c_min": 119.9999, "heater_below_plan_c": 200, "heater_above_plan_c": 200}
    other = HeatWatch(wide, PLANT, TICK_MS, print)
    assert other.rate_limit == 399
    assert (other.balance.lacking_most, other.balance.excess_most) == (400 * 500000, 1600 * 500000)
    assert Balance(PLANT._replace(conductance_w_k=1.0), 75, 80).linear == 16000


@pytest.mark.parametrize("celsius", [-20.0, 25.0, 300.0, 720.0, 1200.0])
def test_the_fourth_power(celsius: float) -> None:
    exact = (celsius + 273.15) ** 4 / 2**24
    assert fourth_power(int(100 * celsius)) == pytest.approx(exact, rel=0.006)


@pytest.mark.parametrize("span_ms", [1, 800])
def test_ticks_up_to_the_filters_time_go_on_longer_ones_begin_anew(span_ms: int) -> None:
    for span, kept in ((span_ms, True), (801, False)):
        balance = Balance(PLANT, 75, 80)
        balance.step(100, 3000, 0)
        balance.step(100 + span, 3000, 5000)
        assert (balance.level is not None) == kept
    balance.step(balance.then, 3000, 0)  # time that stands still
    assert balance.level is None


@pytest.mark.parametrize(("start", "waits"), [(COLD_CC, False), (COLD_CC + 1, True)])
def test_a_block_that_is_hot_when_first_seen_is_judged_after_two_dead_times(start: int, waits: bool) -> None:
    balance = Balance(PLANT, 75, 80)
    seen = []
    for tick in range(1, 200):
        balance.step(100 * tick, start, 20000)
        seen.append(balance.lacking > 0)
    assert balance.first == balance.second == 3200000 if waits else balance.first > balance.second
    assert seen.index(True) == (160 if waits else seen.index(True))


@pytest.mark.parametrize(("span_ms", "frozen"), [(RESTART_MS, True), (RESTART_MS + 1, False)])
def test_readings_that_nobody_looked_at_meanwhile_are_not_frozen(span_ms: int, frozen: bool) -> None:
    watch = Watch()
    watch.off()
    watch.off()
    names = []
    for _ in range(8):
        watch.now += span_ms - TICK_MS
        names += [name for name, _, _ in watch.off()]
    assert ("guard_frozen" in names) is frozen


@pytest.mark.parametrize(
    ("start", "dead_time_s", "waits_ms"),
    [(COLD_CC, 8.0, 3200), (COLD_CC + 1, 8.0, 16000), (COLD_CC + 1, 1.0, 3200)],
)
@pytest.mark.parametrize("change", [-30, 30])
def test_a_balance_is_judged_when_the_filter_has_settled(
    start: int, dead_time_s: float, waits_ms: int, change: int
) -> None:
    balance = Balance(PLANT._replace(dead_time_s=dead_time_s), 75, 80)
    balance.step(100, start, 0)
    judged_at = None
    for now in range(200, 17000, 100):
        balance.step(now, start + change * now // 100, 0)
        if judged_at is None and (balance.lacking or balance.excess):
            judged_at = now
    assert judged_at == 100 + waits_ms


@pytest.mark.parametrize("off", [-90, 90])
def test_the_noise_of_the_first_reading_is_no_heat(off: int) -> None:
    """The filter begins at it and comes back: a block that cooled, or was warmed, by nothing."""
    watch = Watch(balance=True)
    assert watch.tick(heater=2500 + off, guard=2500, power=400, plan=2500) == []
    for tick in range(600):
        reading = 2500 + tick % 2
        assert watch.tick(heater=reading, guard=5001 - reading, power=0, plan=2500) == []
