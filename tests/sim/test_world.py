"""Worlds: seeded, reproducible, spread as the table says."""

import math
import subprocess
import sys

import numpy as np
import pytest
from adatom.protocol.errors import InputError
from adatom.sim.physics.constants import CONSTANTS, NOMINAL, Constant
from adatom.sim.world import DAY_TRIALS, MEAN_RUN, World, space_limits, trial_number

WORLDS = [World(seed) for seed in range(40)]
SPREAD = [row for row in CONSTANTS if row.spread > 0.0]


def test_the_same_seed_is_the_same_world() -> None:
    assert World(7).values == World(7).values
    assert World(7).yields == World(7).yields
    assert World(7).values != World(8).values


def test_another_process_draws_the_same_run() -> None:
    code = "from adatom.sim.world import World; print(World(3).variation('demo/0007/1'))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == repr(World(3).variation("demo/0007/1"))


@pytest.mark.parametrize("row", SPREAD, ids=lambda row: row.name)
def test_hidden_parameters_scatter_around_the_table(row: Constant) -> None:
    drawn = np.array([world.values[row.name] for world in WORLDS])
    scatter = np.log(drawn / row.value) if row.spread_kind == "log" else drawn - row.value
    assert abs(scatter.mean()) < 0.6 * row.spread
    assert 0.6 * row.spread < scatter.std() < 1.4 * row.spread


def test_only_spread_constants_differ() -> None:
    values = World(1).values
    assert {name for name in NOMINAL if values[name] != NOMINAL[name]} == {row.name for row in SPREAD}


def test_runs_scatter_and_repeat() -> None:
    world = World(2)
    assert world.variation("demo/0001/1") == world.variation("demo/0001/1")
    assert world.variation("demo/0001/1") != world.variation("demo/0001/2")
    factors = [math.log(world.variation(f"demo/{n}/1").contact_factor) for n in range(300)]
    assert np.std(factors) == pytest.approx(0.2, rel=0.15)


def test_the_calibration_holds_for_a_day() -> None:
    world = World(2)
    same = [world.variation(f"demo/{n:04d}/1").fluence_factor for n in range(DAY_TRIALS)]
    assert np.ptp(same) < 0.02
    days = [world.variation(f"demo/{n * DAY_TRIALS:04d}/1").fluence_factor for n in range(200)]
    assert 0.02 < np.std(days) < 0.05


@pytest.mark.parametrize(("key", "trial"), [("demo/0007/1", 7), ("x/12", 12), ("alone", 0), ("a/b/c", 0), ("", 0)])
def test_trial_of_a_run_key(key: str, trial: int) -> None:
    assert trial_number(key) == trial


def test_mean_run_changes_nothing() -> None:
    assert MEAN_RUN.contact_factor == MEAN_RUN.fluence_factor == 1.0
    assert MEAN_RUN.mount_offset_k == 0.0


def test_variants() -> None:
    assert World(4, "hard").values == World(4).values
    assert space_limits("standard") == {}
    assert space_limits("hard")["anneal_c"] == (20.0, 400.0)
    with pytest.raises(InputError, match="easy"):
        World(1, "easy")
    with pytest.raises(InputError, match="easy"):
        space_limits("easy")


def test_world_names_no_truth_when_printed() -> None:
    assert repr(World(5)) == "World(seed=5, variant='standard', drift=False)"
