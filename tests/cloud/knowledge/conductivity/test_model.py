"""The model on a third of the published rows: what it answers, what it was checked by, and that the checks can fail."""

import numpy as np
import pytest
from adatom.cloud.knowledge.conductivity.cells import BY_NEIGHBOURS, GIVEN
from adatom.cloud.knowledge.conductivity.check import (
    composition_only,
    crossed,
    family_learner,
    nearest_learner,
    per_formula_unit,
    process_learner,
)
from adatom.cloud.knowledge.conductivity.features import BLOCKS, SYSTEM, blocks_of
from adatom.cloud.knowledge.conductivity.folds import FAMILY, LINKED, NEAR, PAPER, folds_of
from adatom.cloud.knowledge.conductivity.model import Model, fit_model, log10_of, target_of, training_rows
from adatom.cloud.knowledge.conductivity.rows import Row, paper_numbers, row_of
from adatom.cloud.knowledge.conductivity.scores import Guesses, differences_of, scores_of
from adatom.protocol.errors import InputError
from scipy.spatial.distance import cdist

ROWS = training_rows()
THIRD = ROWS[::3]


@pytest.fixture(scope="module")
def model() -> Model:
    return fit_model(THIRD)


def test_the_transform_is_inverted() -> None:
    values = np.array([-17.4, -10.0, -4.0, -1.6])
    np.testing.assert_allclose(log10_of(target_of(values)), values)


def test_a_formula_unit_and_its_cell_get_one_answer(model: Model) -> None:
    formula, cell = model.predict(["Li7La3Zr2O12", "Li56La24Zr16O96"])
    assert (formula.convention, cell.convention) == (BY_NEIGHBOURS, GIVEN)
    assert formula.mean == pytest.approx(cell.mean, abs=0.1)
    astray = model.predict(["Li7La3Zr2O12"], "cell")[0]  # told wrongly, and so far from every garnet
    assert astray.because[0].likeness < formula.because[0].likeness - 0.2


def test_good_and_bad_conductors_are_told_apart(model: Model) -> None:
    good, bad = model.predict(["Li10GeP2S12", "Li3VO4"])
    assert good.low > bad.mean
    assert good.mean > -4.0
    assert bad.mean < -6.0
    for one in (good, bad):
        assert one.low < one.mean < one.high
        assert one.sd == pytest.approx((one.high - one.low) / 3.29, rel=1e-3)


def test_an_answer_names_what_it_leans_on_and_what_was_used(model: Model) -> None:
    row = row_of("Li7La3Zr2O12")
    plain, cubic, tetragonal = model.predict([row, row._replace(system="cubic"), row._replace(system="tetragonal")])
    assert all("La" in one.formula and one.papers for one in plain.because)
    assert plain.used == BLOCKS
    assert cubic.used == (*BLOCKS, SYSTEM)
    assert cubic.mean > tetragonal.mean  # the tetragonal garnet conducts worse


def test_what_is_outside_is_said(model: Model) -> None:
    salt, strange, usual = model.predict(["NaCl", "Li3PuN2", "Li7La3Zr2O12"])
    assert any("no lithium" in one for one in salt.warnings)
    assert any("Pu" in one for one in strange.warnings)
    assert not usual.warnings


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(InputError, match="at least 20"):
        fit_model(ROWS[:10])


@pytest.mark.parametrize("protocol", [PAPER, LINKED, FAMILY])
def test_folds_share_neither_papers_nor_compositions(protocol: str) -> None:
    papers = np.array(paper_numbers(ROWS))
    (shares,) = blocks_of([row.atoms for row in ROWS], names=("fractions",))
    folds = folds_of(ROWS, protocol, 1)
    tested = np.concatenate([fold.test for fold in folds])
    assert sorted(tested.tolist()) == list(range(len(ROWS)))
    for fold in folds:
        assert not set(papers[fold.train]) & set(papers[fold.test])
        assert cdist(shares[fold.train], shares[fold.test], "cityblock").min() >= NEAR
        assert len(fold.train) > 150


def test_repeats_differ_and_seeds_repeat() -> None:
    first, again = folds_of(ROWS, PAPER, 2), folds_of(ROWS, PAPER, 2)
    assert all((one.test == other.test).all() for one, other in zip(first, again, strict=True))
    assert not np.array_equal(first[0].test, first[5].test)
    with pytest.raises(InputError, match="paper, linked, family"):
        folds_of(ROWS, "random", 1)


def test_it_beats_simple_rivals_on_papers_not_seen() -> None:
    rows = composition_only(THIRD)
    folds = folds_of(rows, PAPER, 1, parts=3)
    asked = {"model": rows, "formula": per_formula_unit(rows)}
    ours = crossed(rows, folds, process_learner(systems=False), asked)
    guesses = ours | {
        "family": crossed(THIRD, folds, family_learner, {"family": THIRD})["family"],
        "nearest": crossed(rows, folds, nearest_learner, {"nearest": rows})["nearest"],
    }
    mae = {name: scores_of(rows, guess)["mae"].value or 0.0 for name, guess in guesses.items()}
    assert mae["model"] < min(mae["family"], mae["nearest"])
    assert mae["formula"] < mae["family"]
    assert 0.8 < (scores_of(rows, ours["model"])["coverage"].value or 0.0) < 0.98


def known(values: list[float]) -> list[Row]:
    return [row_of("Li3N")._replace(log10_sigma=value) for value in values]


def test_scores_of_known_guesses() -> None:
    rows = known([-3.0, -4.0, -5.0, -6.0])
    rows[3] = rows[3]._replace(below=True)
    mean = np.array([[-3.5, -4.0, -5.5, -9.0]])
    scores = scores_of(rows, Guesses(mean, mean - 0.4, mean + 0.4))
    assert scores["mae"].value == pytest.approx(1.0 / 3.0)
    assert scores["mae_all"].value == pytest.approx(1.0)
    assert scores["spearman"].value == pytest.approx(1.0)
    assert scores["coverage"].value == pytest.approx(1.0 / 3.0)
    assert scores["width"].value == pytest.approx(0.8)


def test_no_interval_is_no_coverage_and_equal_guesses_do_not_differ() -> None:
    rows = known([-3.0, -4.0, -5.0, -6.0])
    mean, nothing = np.array([[-3.5, -4.0, -5.5, -6.0]]), np.full((1, 4), np.nan)
    assert scores_of(rows, Guesses(mean, nothing, nothing))["coverage"].value is None
    assert differences_of(rows, Guesses(mean, mean, mean), Guesses(mean, mean, mean))["mae"] == (0.0, 0.0, 0.0)
