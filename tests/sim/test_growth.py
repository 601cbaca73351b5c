"""The growing film pulse by pulse: as thick as the chain says it is, and what drift does to it."""

import pytest
from adatom.protocol import channels as ch
from adatom.sim.bench import TwinBench
from adatom.sim.physics.reflectance import reflectance
from adatom.sim.world import World

from .runs import ENVELOPE, run
from .test_bench import SHORT


def made(drift: bool) -> TwinBench:
    ended = run(SHORT, TwinBench(ENVELOPE, World(3, drift=drift), "growth/0001/1"))
    assert ended.outcome == "complete"
    return ended.twin


@pytest.fixture(scope="module")
def without() -> TwinBench:
    return made(False)


@pytest.fixture(scope="module")
def drifted() -> TwinBench:
    return made(True)


def test_the_growth_is_as_thick_as_the_chain_says(without: TwinBench) -> None:
    # second order in the 1 % energy noise, which the chain's mean leaves out
    assert without.growth.thickness_nm == pytest.approx(without.conditions().thickness_nm, rel=1e-3)


def test_the_monitor_shows_the_film_on_its_witness(without: TwinBench) -> None:
    k, mount = without.world.values, without.variation
    seen_nm = without.growth.thickness_nm * k["witness_share"] * mount.witness_factor
    shown = mount.monitor_gain * reflectance(seen_nm, k["film_index"] * mount.film_index_factor, k)
    assert (without.readings[ch.REFLECTANCE] or 0) / 10000 == pytest.approx(shown, abs=0.01)


def test_drift_changes_the_film_and_not_the_pulses(without: TwinBench, drifted: TwinBench) -> None:
    assert drifted.history.film_pulses == without.history.film_pulses
    assert drifted.conditions().thickness_nm == pytest.approx(drifted.growth.thickness_nm)
    assert abs(drifted.growth.thickness_nm / without.growth.thickness_nm - 1.0) > 0.005
    assert drifted.conditions().fluence_j_cm2 < without.conditions().fluence_j_cm2
