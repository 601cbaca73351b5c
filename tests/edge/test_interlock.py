"""The independent watcher: each rule trips in time, none trips on a sound bench, and a trip is final."""

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import pytest
from adatom.edge.config import default_bench
from adatom.edge.interlock import SAFE_ZERO, Interlock
from adatom.protocol import channels as ch
from hypothesis import given

from .bench_run import load_demo_envelope

TICK_MS = 100
LIMITS = load_demo_envelope()["interlock"]


class Bench:
    """A sound bench at 600 °C that fires, with a noise of a few counts; `ruin` changes it before each check."""

    def __init__(self) -> None:
        self.interlock = Interlock(LIMITS, default_bench("twin-1").plant, TICK_MS)
        self.now = 0
        self.plan_c: int | None = 60000
        self.plan_pa: int | None = 10000
        self.fires = True
        self.wiggle = 0
        self.r: list[int | None] = [None] * ch.COUNT
        self.out = [0] * ch.OUT_COUNT
        self.out[ch.OUT_HEATER_W] = 9900
        self.out[ch.OUT_CONTACTOR] = self.out[ch.OUT_BEAM] = self.out[ch.OUT_GATE] = 1
        self.out[ch.OUT_ENERGY_MJ] = 12500
        self.out[ch.OUT_BURST_PULSES] = 1000000
        self.out[ch.OUT_BURST_ID] = 1
        self.out[ch.OUT_RATE_MHZ] = 10000
        self.r[ch.PULSES] = 0

    def sound(self) -> None:
        self.now += TICK_MS
        self.wiggle = (self.wiggle + 7) % 11
        noise = self.wiggle - 5
        r = self.r
        r[ch.HEATER_C], r[ch.GUARD_C] = 60000 + noise, 60100 - noise
        r[ch.PRESSURE_PA] = 10000 + 3 * noise
        r[ch.ENERGY_MJ] = 12500 + 9 * noise
        if self.fires:
            r[ch.PULSES] = (r[ch.PULSES] or 0) + 1
        r[ch.WATER_LPM], r[ch.DOOR] = 300, 0

    def check(self) -> bool:
        tripped: bool = self.interlock.check(self.now, self.r, self.out, self.plan_c, self.plan_pa)
        return tripped

    def run(self, seconds: float, ruin: Callable[["Bench"], None] | None = None) -> float | None:
        """Seconds until the trip, None without one."""
        began = self.now
        for _ in range(int(10 * seconds)):
            self.sound()
            if ruin is not None:
                ruin(self)
            if self.check():
                return (self.now - began) / 1000
        return None


def put(index: int, value: int | None) -> Callable[[Bench], None]:
    def ruin(bench: Bench) -> None:
        bench.r[index] = value

    return ruin


def shift(index: int, by: int) -> Callable[[Bench], None]:
    def ruin(bench: Bench) -> None:
        bench.r[index] = (bench.r[index] or 0) + by

    return ruin


def falling(bench: Bench) -> None:
    """An open element at 600 °C: 1.8 K/s, both thermocouples."""
    lost = 18 * (bench.now - 30000) // 100
    bench.r[ch.HEATER_C] = 60000 - lost + bench.wiggle
    bench.r[ch.GUARD_C] = 60100 - lost - bench.wiggle


def rising(bench: Bench) -> None:
    """A slow runaway under the rate limit: 1.5 K/s."""
    gained = 15 * (bench.now - 30000) // 100
    bench.r[ch.HEATER_C] = 60000 + gained + bench.wiggle
    bench.r[ch.GUARD_C] = 60100 + gained - bench.wiggle


def silent(bench: Bench) -> None:
    bench.fires = False


def flickering(bench: Bench) -> None:
    if bench.now // TICK_MS % 2:
        bench.r[ch.HEATER_C] = None


def too_many(bench: Bench) -> None:
    bench.out[ch.OUT_BURST_PULSES] = 2
    bench.out[ch.OUT_BURST_ID] = 2


def stray(bench: Bench) -> None:
    bench.out[ch.OUT_GATE] = bench.out[ch.OUT_BURST_PULSES] = 0


# what goes wrong, the trip that must be among the reasons, seconds allowed
FAULTS: dict[str, tuple[Callable[[Bench], None], str, float]] = {
    "thermocouple burnt out": (put(ch.HEATER_C, 137200), "heater_rate", 0.1),
    "guard over the absolute limit": (put(ch.GUARD_C, 80100), "heater_over_temperature", 0.2),
    "thermocouple detached": (put(ch.HEATER_C, 2500), "heater_rate", 0.1),
    "thermocouple frozen": (put(ch.HEATER_C, 60001), "heater_frozen", 3.0),
    "guard frozen": (put(ch.GUARD_C, 60001), "guard_frozen", 3.0),
    "thermocouple lost": (put(ch.HEATER_C, None), "heater_stale", 3.0),
    "thermocouple flickers": (flickering, "heater_stale", 10.0),
    "guard lost": (put(ch.GUARD_C, None), "guard_stale", 3.0),
    "thermocouples disagree": (shift(ch.GUARD_C, -4500), "thermocouples_disagree", 0.2),
    "relay stuck on": (rising, "heater_excess_heat", 8.0),
    "element open": (falling, "heater_no_heat", 15.0),
    "water off": (put(ch.WATER_LPM, 0), "water_low", 0.5),
    "water meter lost": (put(ch.WATER_LPM, None), "water_stale", 3.0),
    "door open": (put(ch.DOOR, 1), "door_open", 0.1),
    "door switch lost": (put(ch.DOOR, None), "door_stale", 3.0),
    "pressure high": (put(ch.PRESSURE_PA, 81000), "pressure_high", 0.5),
    "pressure off its set-point": (shift(ch.PRESSURE_PA, 2500), "pressure_off_plan", 0.5),
    "gauge frozen": (put(ch.PRESSURE_PA, 10000), "pressure_frozen", 3.0),
    "gauge lost": (put(ch.PRESSURE_PA, None), "pressure_stale", 3.0),
    "energy over its limit": (put(ch.ENERGY_MJ, 28100), "energy_high", 0.1),
    "energy low": (put(ch.ENERGY_MJ, 7000), "energy_low", 2.5),
    "energy meter lost": (put(ch.ENERGY_MJ, None), "energy_stale", 3.0),
    "laser silent": (silent, "pulses_missing", 4.0),
    "pulse counter lost": (put(ch.PULSES, None), "pulses_stale", 3.0),
    "more pulses than asked for": (too_many, "stray_pulse", 0.7),
    "pulses with the gate closed": (stray, "stray_pulse", 0.8),
    "power over the cap": (lambda bench: bench.out.__setitem__(ch.OUT_HEATER_W, 22001), "heater_power", 0.1),
}


def test_a_sound_bench_does_not_trip() -> None:
    bench = Bench()
    assert bench.run(600) is None
    assert bench.out[ch.OUT_CONTACTOR] == bench.out[ch.OUT_GATE] == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_trips_in_time_and_makes_safe_in_the_same_tick(fault: str) -> None:
    ruin, name, seconds = FAULTS[fault]
    bench = Bench()
    assert bench.run(30) is None
    after = bench.run(60, ruin)
    assert after is not None, "no trip"
    assert name in [trip[0] for trip in bench.interlock.trips]
    assert after <= seconds + 1e-9
    assert all(bench.out[index] == 0 for index in SAFE_ZERO)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_trip_is_latched_until_it_is_re_armed(fault: str) -> None:
    bench = Bench()
    bench.run(30)
    bench.run(60, FAULTS[fault][0])
    bench.fires = True
    for _ in range(50):
        bench.sound()
        bench.out[ch.OUT_HEATER_W], bench.out[ch.OUT_CONTACTOR], bench.out[ch.OUT_GATE] = 9900, 1, 1
        assert bench.check()
        assert all(bench.out[index] == 0 for index in SAFE_ZERO)
    bench.interlock.rearm(bench.now)
    bench.fires = False
    bench.sound()
    assert not bench.check()


@pytest.mark.parametrize("glitch", ["thermocouples disagree", "pressure high", "water off"])
def test_one_wild_reading_is_no_fault(glitch: str) -> None:
    bench = Bench()
    bench.run(10)
    for _ in range(20):
        assert bench.run(0.1, FAULTS[glitch][0]) is None
        assert bench.run(2) is None


def test_a_block_that_warms_up_without_power_has_a_stuck_relay() -> None:
    bench = Bench()
    bench.out = [0] * ch.OUT_COUNT
    bench.plan_c = bench.plan_pa = None
    bench.fires = False

    def at(counts: int) -> bool:
        bench.sound()
        bench.r[ch.HEATER_C] = bench.r[ch.GUARD_C] = counts
        return bench.check()

    assert not any(at(60000 - 100 * i) for i in range(590))
    assert not any(at(1000 + 100 * i) for i in range(50))  # the room: 10 to 59 °C
    assert any(at(6050 + 10 * i) for i in range(10))
    assert bench.interlock.trips[0][0] == "heater_stuck_on"


def needed(celsius: float, k_s: float) -> int:
    """Power in 0.01 W that the bench of defaults needs at a temperature for a rate: what a sound heater is given."""
    kelvin = celsius + 273.15
    loss = 0.7 * 5.670374e-8 * 40e-4 * (kelvin**4 - 298.15**4) + 0.015 * (celsius - 25)
    return int(100 * (loss + 50 * k_s))


@pytest.mark.parametrize("sign", [1, -1])
def test_the_watch_is_ramp_aware_both_ways(sign: int) -> None:
    """20 K/min up and down with the reading 4 K behind: no trip. The plan 10 K too low, or 25 K too high: a trip."""
    bench = Bench()
    bench.fires = False
    bench.out[ch.OUT_BEAM] = bench.out[ch.OUT_GATE] = 0
    for tick in range(3002):
        bench.sound()
        measured = 60000 + sign * (tick - 1500) * 20 // 6
        bench.out[ch.OUT_HEATER_W] = needed(0.01 * measured, sign / 3)
        bench.plan_c = measured + sign * 400
        bench.r[ch.HEATER_C], bench.r[ch.GUARD_C] = measured + bench.wiggle, measured - bench.wiggle
        if tick >= 3000:
            bench.plan_c = measured - 1010 if sign > 0 else measured + 2510
        assert bench.check() == (tick == 3001), bench.interlock.trips
    assert [trip[0] for trip in bench.interlock.trips] == ["heater_above_plan" if sign > 0 else "heater_below_plan"]


@pytest.mark.parametrize("cooling", [True, False])
@pytest.mark.parametrize("gap_s", [0, 5])
def test_a_hot_block_seen_for_the_first_time_or_after_a_gap_does_not_trip(cooling: bool, gap_s: int) -> None:
    """A restarted agent finds a block at 700 °C that cools, or is heated steadily: neither is excess heat."""
    bench = Bench()
    bench.fires = False
    bench.out[ch.OUT_BEAM] = bench.out[ch.OUT_GATE] = 0
    bench.out[ch.OUT_CONTACTOR] = 0 if cooling else 1
    bench.plan_c = None
    celsius = 700.0
    for tick in range(900):
        bench.sound()
        if tick == 300:
            bench.now += 1000 * gap_s
        bench.out[ch.OUT_HEATER_W] = 0 if cooling else needed(700, 0)
        if cooling:
            celsius -= 0.1 * needed(celsius, 0) / 5000
        bench.r[ch.HEATER_C] = int(100 * celsius) + bench.wiggle
        bench.r[ch.GUARD_C] = int(100 * celsius) - bench.wiggle
        assert not bench.check(), bench.interlock.trips


def test_a_gate_open_into_a_blocked_beam_is_closed() -> None:
    bench = Bench()
    bench.fires = False
    bench.out[ch.OUT_BEAM] = 0
    bench.sound()
    assert not bench.check()
    assert bench.out[ch.OUT_GATE] == 0


READING = st.none() | st.integers(-5000, 140000)
OUTPUT = st.integers(0, 30000)


@given(
    st.lists(
        st.tuples(
            st.lists(READING, min_size=ch.COUNT, max_size=ch.COUNT),
            st.lists(OUTPUT, min_size=ch.OUT_COUNT, max_size=ch.OUT_COUNT),
            READING,
            READING,
            st.integers(1, 5000),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_no_sequence_leaves_anything_on_after_a_trip(ticks: list[Any]) -> None:
    interlock = Interlock(LIMITS, default_bench("twin-1").plant, TICK_MS)
    now, latched = 0, False
    for readings, outputs, plan_c, plan_pa, dt_ms in ticks:
        now += dt_ms
        tripped = interlock.check(now, readings, outputs, plan_c, plan_pa)
        assert tripped or not latched
        latched = latched or tripped
        if tripped:
            assert all(outputs[index] == 0 for index in SAFE_ZERO)
