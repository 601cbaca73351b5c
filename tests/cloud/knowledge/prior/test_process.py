"""The process against the whole one written plainly, and what a prior promises."""

import numpy as np
import pytest
from adatom.cloud.knowledge.features import standard_elements
from adatom.cloud.knowledge.prior.check import coverage, left_out, score
from adatom.cloud.knowledge.prior.descriptors import describe
from adatom.cloud.knowledge.prior.process import Hyper, Process, covariance, fitted, guess
from adatom.cloud.knowledge.prior.targets import Rows
from adatom.protocol.errors import InputError

HYPER = Hyper(0.5, 1.0, 0.7, 1.5, 0.1)
METALS = ("Na", "K", "Mg", "Ca", "Al", "Y", "Zr", "Ti", "La", "Zn")
ANIONS = ("O", "S", "F", "Cl", "N", "Br")


def compositions(count: int, seed: int = 0) -> list[dict[str, float]]:
    random = np.random.default_rng(seed)
    return [
        {
            "Li": random.uniform(0.5, 3.0),
            str(random.choice(METALS)): 1.0,
            str(random.choice(ANIONS)): random.uniform(1, 4),
        }
        for _ in range(count)
    ]


def value(atoms: dict[str, float]) -> float:
    """A smooth law: electropositive metals are worse, halides better."""
    table = standard_elements()
    share = sum(atoms.values())
    return sum(
        amount / share * float(table.values[table.symbols.index(element), 7]) for element, amount in atoms.items()
    )


def test_the_nearest_rows_give_what_all_rows_give_where_all_are_near() -> None:
    known, asked = describe(compositions(40)), describe(compositions(5, seed=1))
    targets = np.array([value(atoms) for atoms in compositions(40)])
    found = guess(Process(known, targets, HYPER), asked)
    inner = covariance(HYPER, known, known) + (0.01 + 1e-4 * 0.74) * np.eye(40)
    cross = covariance(HYPER, known, asked)
    mean = targets.mean() + cross.T @ np.linalg.solve(inner, targets - targets.mean())
    variance = 0.74 + 0.01 - np.einsum("nm,nm->m", cross, np.linalg.solve(inner, cross))
    assert found.mean == pytest.approx(mean)
    assert found.sd == pytest.approx(np.sqrt(variance))


def test_what_is_like_nothing_known_is_the_mean_with_all_doubt() -> None:
    known = describe([{"Li": 1.0, "F": 1.0 + 0.01 * step} for step in range(10)])
    process = Process(known, np.linspace(0.0, 1.0, 10), HYPER)
    far = guess(process, describe([{"Cs": 1.0, "Au": 1.0}]))
    near = guess(process, known)
    assert far.sd[0] > 2.0 * near.sd.max()


def test_widening_multiplies_the_doubt_alone() -> None:
    known = describe(compositions(30))
    process = Process(known, np.arange(30.0), HYPER)
    plain, wide = guess(process, known), guess(process._replace(hyper=HYPER._replace(widen=1.5)), known)
    assert wide.mean == pytest.approx(plain.mean)
    assert wide.sd == pytest.approx(1.5 * plain.sd)


def test_fitting_finds_that_there_is_little_noise() -> None:
    rows = compositions(120)
    targets = np.array([value(atoms) for atoms in rows])
    assert fitted(describe(rows), targets).noise < 0.2 * targets.std()


def test_left_out_systems_are_left_out_whole_and_scored() -> None:
    rows = compositions(150)
    systems = [frozenset(atoms) for atoms in rows]
    order = {system: number for number, system in enumerate(dict.fromkeys(systems))}
    known = Rows(rows, np.array([value(atoms) for atoms in rows]), np.array([order[system] for system in systems]))
    *_, found = left_out(known, folds=3)
    for group in np.unique(known.groups):
        assert len(set(found.fold[known.groups == group])) == 1
    result = score(found.process.mean, known.values, known.groups)
    assert result.spearman[0] > 0.8
    assert result.mae[1] < result.mae[0] < result.mae[2]
    plain, calibrated = coverage(found, known.values)
    assert 0.0 < plain <= 1.0
    assert calibrated == pytest.approx(0.9, abs=0.08)


def test_descriptors_are_of_the_composition_and_not_of_the_formula_unit() -> None:
    one, two = describe([{"Li": 2.0, "O": 1.0}]), describe([{"Li": 8.0, "O": 4.0}])
    assert one.statistics == pytest.approx(two.statistics)
    assert one.shares.sum() == pytest.approx(1.0)


def test_an_unknown_element_is_named() -> None:
    with pytest.raises(InputError, match="Og: no properties"):
        describe([{"Og": 1.0}])
