"""The twin's groups of cells: their lives are those of their records."""

from pathlib import Path

import numpy as np
import pytest
from adatom.cloud.measure.cycling import brackets
from adatom.cloud.measure.cycling.analyse import analyse
from adatom.cloud.measure.cycling.compare import compare
from adatom.cloud.measure.cycling.files import read_record
from adatom.cloud.measure.cycling.groups import of_table
from adatom.cloud.measure.reduce import reduce
from adatom.protocol.errors import InputError
from adatom.protocol.recipe import recipe_from_dict
from adatom.sim.direct import REFERENCE_RECIPE
from adatom.sim.lifetimes import (
    ANNEALED,
    cells_of,
    cycled,
    ramped,
    table,
    table_of_currents,
    trace,
    true_critical_currents,
)
from adatom.sim.physics.life import cycling_record
from adatom.sim.world import World

WORLD = World(3)
REFERENCE = recipe_from_dict(REFERENCE_RECIPE)
BETTER = recipe_from_dict({**REFERENCE_RECIPE, **ANNEALED})


def test_lives_are_those_of_the_records() -> None:
    group = cycled("x", REFERENCE, WORLD, 8, 150, "key")
    assert 0 < group.failures < 8
    for number, cell in enumerate(cells_of(REFERENCE, WORLD, 8, "key-x"), 1):
        record = cycling_record(cell, WORLD.rng(f"key-x/{number}/1", "cycling"), WORLD.values, 0.1, 150)
        columns = {"cycle": record.columns["cycle"], "voltage_mv": record.columns["voltage_mv"]}
        (found,) = reduce({"technique": "cycling", "columns": columns, "meta": {"ended": record.ended}})
        assert found.value == group.cycles[number - 1]
        assert (found.quality == "good") == group.failed[number - 1]


def test_a_trace_is_read_with_the_life_it_was_written_with(tmp_path: Path) -> None:
    group = cycled("x", REFERENCE, WORLD, 8, 150, "key")
    for number, cell in enumerate(cells_of(REFERENCE, WORLD, 8, "key-x")[:3], 1):
        path = tmp_path / "cell.csv"
        path.write_text(trace(cell, WORLD.rng(f"key-x/{number}/1", "cycling"), WORLD, 150), encoding="utf-8")
        found = analyse(read_record(path))
        assert (found.life.cycles, found.life.failed) == (group.cycles[number - 1], group.failed[number - 1])
        assert found.record.area_cm2 == pytest.approx(cell.area_cm2)
        assert found.record.meta["simulated"] == "1"


def test_the_seed_s_ten_times_is_found_with_its_interval(tmp_path: Path) -> None:
    """The treatment that takes the interface from 150 to a few ohm cm2 gives more than ten times the cycles."""
    groups = [cycled("baseline", REFERENCE, WORLD, 12, 5000), cycled("optimised", BETTER, WORLD, 12, 5000)]
    path = tmp_path / "lives.csv"
    path.write_text(table(groups), encoding="utf-8")
    read = of_table(path)
    assert read.simulated
    (found,) = compare(read.groups, "baseline")
    assert found.ratio is not None
    assert found.ratio.low > 10
    assert found.log_rank_p is not None
    assert found.log_rank_p < 1e-4


def test_the_same_world_gives_the_same_lives() -> None:
    first, second = (cycled("x", REFERENCE, WORLD, 3, 500).cycles for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize(("cells", "cycles"), [(0, 10), (10**9, 10), (3, 0), (3, 10**9)])
def test_impossible_groups_are_refused(cells: int, cycles: int) -> None:
    with pytest.raises(InputError):
        cycled("x", REFERENCE, WORLD, cells, cycles)


def test_critical_currents_of_a_group_survive_their_table(tmp_path: Path) -> None:
    groups = [ramped("baseline", REFERENCE, WORLD, 6, "key"), ramped("optimised", BETTER, WORLD, 6, "key")]
    path = tmp_path / "currents.csv"
    path.write_text(table_of_currents(groups), encoding="utf-8")
    read = brackets.of_table(path)
    assert read.simulated
    for found, given in zip(read.groups, groups, strict=True):
        assert found.name == given.name
        assert np.allclose(found.passed, given.passed, rtol=1e-4)
        assert np.allclose(found.shorted, given.shorted, rtol=1e-4)
    true = true_critical_currents("x", REFERENCE, WORLD, 60)
    assert true.min() < np.median(groups[0].passed) < true.max()
