"""No output on without a lease: nothing is found of the real board and agent, and every planted mistake is."""

from collections.abc import Callable
from pathlib import Path

import pytest
from adatom.edge.guardian import GATE, Guardian, elapsed_ms
from adatom.sim.soak.checker import Entry, check
from adatom.sim.soak.leases import Overheard, let_pass, watched
from adatom.sim.soak.row import Trial
from adatom.sim.soak.rows.leases import FAULTS, SAFE_S, energised, run
from adatom.sim.virtual import VirtualRig

MOMENTS = len(FAULTS)
SEEDS = (1, 2, 3, 4, 5)
Patch = pytest.MonkeyPatch


def tried(seed: int) -> Trial:
    """What the row says of a few moments."""
    return run(seed, 0.0, Path(), lambda text: None, MOMENTS)


def test_nothing_is_on_but_under_a_lease() -> None:
    trial = tried(1)
    assert trial.problems == []
    assert (trial.n, trial.figures["on"]) == (MOMENTS, MOMENTS)
    assert 0.0 < max(trial.measured) <= SAFE_S


# --- planted -----------------------------------------------------------------------------------------------------


def never_ends(patch: Patch) -> None:
    """The board forgets to look at the time."""

    def advance(self: Guardian, now_ms: int) -> None:
        self._fire(now_ms)
        self._press(now_ms)

    patch.setattr(Guardian, "_advance", advance)


def ends_late(patch: Patch) -> None:
    """The board gives a quarter of a second more than was asked for."""
    lease = Guardian._lease

    def generous(self: Guardian, output: str, lease_ms: int, now_ms: int) -> str:
        return lease(self, output, lease_ms + 250 if lease_ms else 0, now_ms)

    patch.setattr(Guardian, "_lease", generous)


def renewed_by_any_line(patch: Patch) -> None:
    """The board takes every word of the host for a sign that all is well."""
    handle = Guardian.handle

    def trusting(self: Guardian, line: bytes, now_ms: int) -> bytes:
        self.renewed = [now_ms] * len(self.renewed)
        return handle(self, line, now_ms)

    patch.setattr(Guardian, "handle", trusting)


def open_only_latches(patch: Patch) -> None:
    """OPEN takes no new lease any more, and lets those that run go on."""

    def latch(self: Guardian) -> str:
        self.armed, self.latched = False, True
        return "OPEN"

    patch.setattr(Guardian, "_open", latch)


def train_outlives_the_gate(patch: Patch) -> None:
    """Pulses of a train that has begun fall to its end."""

    def fire(self: Guardian, now_ms: int) -> None:
        if self._burst:
            passed = elapsed_ms(now_ms, self._burst_at) * self._rate_mhz // 1000000 + 1
            fresh = min(passed - self._burst_fired, self._burst)
            self._burst_fired, self._burst = self._burst_fired + fresh, self._burst - fresh
            self._due += fresh
            self.pulses += fresh

    def drop(self: Guardian, place: int) -> None:
        self.granted[place] = 0

    patch.setattr(Guardian, "_fire", fire)
    patch.setattr(Guardian, "_drop", drop)


PLANTED = (never_ends, ends_late, renewed_by_any_line, open_only_latches, train_outlives_the_gate)


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_mistake_is_found(plant: Callable[[Patch], None], monkeypatch: Patch) -> None:
    energised()  # the benches are brought there by a sound board
    plant(monkeypatch)
    assert any("without lease" in problem for seed in SEEDS for problem in tried(seed).problems)


def firing() -> VirtualRig:
    """A bench whose gate is open."""
    return energised()[GATE + 1].rig()


def test_triggers_through_a_gate_that_is_stuck_are_found() -> None:
    rig, history = firing(), list[Entry]()
    rig.lines["io"].instrument.gate_stuck = True
    watch = watched(rig, "a", history)
    rig.abort("a drill")
    let_pass(rig, watch, 1000)
    assert {one.rule for one in check(history)} == {"without lease"}


def test_only_a_whole_line_with_its_crc_is_a_lease() -> None:
    board, history = firing().lines["io"].instrument, list[Entry]()
    overheard = Overheard(board, "a", history)
    sound = b"LEASE gate 500*3C04\n"
    for data in (sound.replace(b"500", b"501"), b"LEASE gate 500\n", b"LEASE beam 500*0000\n", sound[:9]):
        overheard.feed(data, 1.0)
    assert history == []
    overheard.feed(sound[9:], 2.0)
    assert [(e["output"], e["t_s"], e["until_s"] > 2.5) for e in history] == [("gate", 2.0, True)]
    overheard.feed(b"OPEN\n", 3.0)
    assert {e["output"] for e in history[1:]} == {"gate", "contactor", "shutter"}
    assert all(e["until_s"] < 3.1 for e in history[1:])
