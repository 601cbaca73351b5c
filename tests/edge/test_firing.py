"""Pulses: asked for, counted, completed; never with the carousel moving."""

import pytest
from adatom.edge.firing import DONE, FAILURES, RUNNING, SILENT, STUCK, WEAK, Firing
from adatom.edge.plan import WEIGHT_SUM, Bursts
from adatom.protocol import channels as ch

THIRD = WEIGHT_SUM // 3
SETTLE_MS = 600


class Shooting:
    """A firing whose laser gives what it is asked for, unless told otherwise."""

    def __init__(self, pulses: int = 30, rate_mhz: int = 10000) -> None:
        self.out = [0] * ch.OUT_COUNT
        self.firing = Firing(self.out, SETTLE_MS)
        shares = [THIRD, THIRD, WEIGHT_SUM - 2 * THIRD]
        self.firing.begin(Bursts([1, 3, 5], shares, pulses), 12500, rate_mhz)
        self.readings: list[int | None] = [None] * ch.COUNT
        self.readings[ch.PULSES] = 0
        self.readings[ch.ENERGY_MJ] = 12500
        self.now = 0
        self.burst = self.left = self.moved_ms = 0
        self.skip = 0  # pulses that the laser will lose
        self.dead = False
        self.slots: list[int] = []
        self.asks: list[tuple[int, int]] = []  # (when, pulses)
        self.turns = True
        self.place: int | None = 0  # of a carousel that does not turn

    def tick(self) -> int:
        self.now += 100
        slot = self.out[ch.OUT_SLOT]
        result = self.firing.step(self.now, self.readings)
        self.readings[ch.SLOT] = self.out[ch.OUT_SLOT] if self.turns else self.place
        if self.out[ch.OUT_SLOT] != slot:
            self.moved_ms = self.now
        if self.out[ch.OUT_BURST_ID] != self.burst:
            self.burst, self.left = self.out[ch.OUT_BURST_ID], self.out[ch.OUT_BURST_PULSES]
            self.slots += [self.out[ch.OUT_SLOT]] * self.left
            self.asks.append((self.now, self.left))
        if self.out[ch.OUT_GATE]:
            assert self.now - self.moved_ms >= SETTLE_MS, "gate open while the carousel moves"
        if self.left and self.out[ch.OUT_GATE]:
            self.left -= 1
            if self.skip:
                self.skip -= 1
            elif not self.dead:
                self.readings[ch.PULSES] = (self.readings[ch.PULSES] or 0) + 1
        return result

    def run(self) -> int:
        for _ in range(10000):
            result = self.tick()
            if result != RUNNING:
                return result
        raise AssertionError("does not end")


def test_a_plan_is_fired_pulse_for_pulse_with_the_gate_shut_during_moves() -> None:
    shooting = Shooting(30)
    assert shooting.run() == DONE
    assert shooting.readings[ch.PULSES] == 30
    assert [shooting.slots.count(slot) for slot in (1, 3, 5)] == [10, 10, 10]
    assert shooting.out[ch.OUT_GATE] == shooting.out[ch.OUT_BEAM] == shooting.out[ch.OUT_SHUTTER] == 0


@pytest.mark.parametrize("rate_mhz", [500, 1000, 3300, 10000])
def test_a_burst_waits_until_the_rate_allows_its_first_pulse(rate_mhz: int) -> None:
    shooting = Shooting(60, rate_mhz)
    assert shooting.run() == DONE
    waits = zip(shooting.asks, shooting.asks[1:], strict=False)
    assert all((after - before) * rate_mhz >= pulses * 1000000 for (before, pulses), (after, _) in waits)


def test_lost_pulses_are_asked_for_again() -> None:
    shooting = Shooting(30)
    shooting.skip = 3
    assert shooting.run() == DONE
    assert shooting.readings[ch.PULSES] == 30
    assert shooting.firing.short == 3


def test_a_laser_that_never_fires_is_given_up() -> None:
    shooting = Shooting()
    shooting.dead = True
    assert shooting.run() == SILENT


def test_a_stop_in_the_middle_loses_no_pulse() -> None:
    shooting = Shooting(60)
    for tick in range(400):
        if tick % 7 == 3:
            shooting.firing.stop()
            assert shooting.out[ch.OUT_GATE] == 0
            shooting.left = 0
        elif shooting.tick() == DONE:
            break
    assert shooting.readings[ch.PULSES] == 60


def test_energy_far_off_its_target_is_a_failure() -> None:
    shooting = Shooting(600)
    shooting.readings[ch.ENERGY_MJ] = 15000
    assert shooting.run() == WEAK
    assert shooting.out[ch.OUT_ENERGY_MJ] == 12500 * 85 // 100


@pytest.mark.parametrize("place", [0, 5, None])
def test_a_carousel_that_does_not_report_its_target_is_a_failure(place: int | None) -> None:
    shooting = Shooting()
    shooting.turns, shooting.place = False, place
    assert shooting.run() == STUCK
    assert shooting.out[ch.OUT_GATE] == 0


def test_a_missing_pulse_count_changes_nothing() -> None:
    shooting = Shooting()
    shooting.readings[ch.PULSES] = None
    assert shooting.tick() == RUNNING
    assert shooting.out == [0] * ch.OUT_COUNT


def test_every_failure_has_a_name() -> None:
    assert sorted(FAILURES) == [SILENT, WEAK, STUCK]
