"""A run's records become quantities, together and one by one; a strange record ends nothing."""

from typing import Any

import numpy as np
import pytest
from adatom.cloud.measure.reduce import reduce, reduce_run
from adatom.sim.physics.chain import make_sample, measure
from adatom.sim.physics.constants import NOMINAL

from tests.sim.physics.samples import CLEANED, REFERENCE

CLEAN, AIRED = make_sample(CLEANED, NOMINAL), make_sample(REFERENCE, NOMINAL)


def records(sample: Any = CLEAN, seed: int = 3) -> list[dict[str, Any]]:
    with np.errstate(over="ignore"):
        return measure(sample, "xps", np.random.default_rng(seed), NOMINAL)


def test_regions_count_together() -> None:
    found = {q.name: q for q in reduce_run(records())}
    for element in ("li", "la", "zr", "o"):
        assert found[f"film_fraction_{element}"].sd is not None
    shares = [q.value or 0.0 for name, q in found.items() if name.startswith("surface_fraction_")]
    assert sum(shares) == pytest.approx(1.0)
    assert found["overlayer_nm"].value == pytest.approx(CLEAN.surface.carbonate_nm, abs=0.1)
    assert found["adventitious_carbon_nm"].unit == "nm"
    assert len(found) == len(reduce_run(records()))


def test_oxygen_alone_tells_the_overlayer() -> None:
    one = next(record for record in records() if record["meta"]["region"] == "O 1s")
    assert [q.name for q in reduce(one)] == ["overlayer_nm"]


def test_a_thick_overlayer_is_censored_or_wide() -> None:
    found = {q.name: q for q in reduce_run(records(AIRED))}["overlayer_nm"]
    assert found.value is not None
    assert found.quality in ("censored", "good")
    assert found.value + 3.0 * (found.sd or 9.0) > AIRED.surface.carbonate_nm


def test_of_two_sets_the_latest_counts() -> None:
    both = reduce_run([*records(AIRED), *records()])
    assert both == reduce_run(records())


@pytest.mark.parametrize(
    "odd",
    [
        {"technique": "xps", "columns": {"kinetic_energy_ev": [1.0], "counts": [1.0]}, "meta": {}},
        {"technique": "xps", "columns": {}, "meta": {"region": "N 1s"}},
        {"technique": "xps", "columns": {"binding_energy_ev": list(range(400, 430)), "counts": [0] * 30}, "meta": {}},
    ],
)
def test_a_strange_record_ends_nothing(odd: dict[str, Any]) -> None:
    assert reduce_run([odd]) == []
    assert reduce_run([odd, *records()]) == reduce_run(records())


@pytest.mark.parametrize(
    "counts", [np.zeros, np.ones, lambda n: 1e12 * np.arange(n), lambda n: np.eye(1, n, n // 2)[0]]
)
def test_spectra_of_nothing_give_finite_numbers_or_none(counts: Any) -> None:
    made = []
    for record in records():
        size = len(record["columns"]["counts"])
        columns = {**record["columns"], "counts": counts(size).tolist()}
        made.append({**record, "columns": columns, "meta": {**record["meta"], "hv_ev": 600.0 + size}})
    for quantity in reduce_run(made):
        assert quantity.value is None or np.isfinite(quantity.value)
        assert quantity.sd is None or np.isfinite(quantity.sd)


def test_other_techniques_are_as_before() -> None:
    with np.errstate(over="ignore"):
        cell = measure(CLEAN, "eis", np.random.default_rng(1), NOMINAL)
    assert reduce_run([*cell, *records()])[0] == reduce(cell[0])[0]
