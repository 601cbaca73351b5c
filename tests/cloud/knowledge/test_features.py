"""Features beside matminer's, balances beside smact's, and the properties of both."""

import warnings

import numpy as np
import pytest
from adatom.cloud.knowledge import features as module
from adatom.cloud.knowledge.features import STATISTICS, Elements, element_table, feature_names, features
from adatom.cloud.knowledge.neutrality import balances
from adatom.cloud.knowledge.tolerant import read_written
from adatom.protocol.errors import InputError
from hypothesis import given, settings
from hypothesis import strategies as st

FORMULAS = (
    "Li7La3Zr2O12",
    "Li6.25Al0.25La3Zr2O12",
    "Li2O",
    "NaCl",
    "Li10GeP2S12",
    "Fe3O4",
    "CsPbBr3",
    "UO2",
    "Fe",
    "LiFeNi2O4",
)


def test_statistics_are_matminers_over_matminers_table() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what matminer imports
        from matminer.featurizers.composition import ElementProperty
        from matminer.utils.data import MagpieData
        from pymatgen.core.composition import Composition
        from pymatgen.core.periodic_table import Element

        reference = ElementProperty.from_preset("magpie", impute_nan=False)
        data = MagpieData(impute_nan=False)
        symbols = element_table().symbols
        values = [[data.get_elemental_property(Element(s), name) for name in reference.features] for s in symbols]
        expected = np.array([reference.featurize(Composition(formula)) for formula in FORMULAS], dtype=float)
    table = Elements(symbols, tuple(reference.features), np.array(values, dtype=float))
    found = features([read_written(formula).atoms for formula in FORMULAS], table)[:, 6:]
    order = [STATISTICS.index(name) for name in reference.stats]
    mine = found.reshape(len(FORMULAS), -1, len(STATISTICS))[:, :, order].reshape(len(FORMULAS), -1)
    np.testing.assert_allclose(mine, expected, rtol=1e-9, atol=1e-9)


def test_the_shipped_table_is_matminers_where_both_have_a_number() -> None:
    """Of 97 elements and 22 properties; the shipped one fills gaps with means."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from matminer.utils.data import MagpieData
        from pymatgen.core.periodic_table import Element

        data = MagpieData(impute_nan=False)
        table = element_table()
        theirs = np.array(
            [[data.get_elemental_property(Element(s), name) for name in table.properties] for s in table.symbols]
        )
    both = np.isfinite(theirs) & np.isfinite(table.values)
    close = np.isclose(theirs, table.values, rtol=1e-3, atol=1e-6)
    assert close[both].mean() > 0.99


def test_one_element_and_many_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    names = feature_names()
    (iron,) = features([{"Fe": 3.0}])
    assert len(iron) == len(names) == 6 + 22 * 6
    by_name = dict(zip(names, iron, strict=True))
    assert (by_name["elements"], by_name["2-norm"], by_name["mean Number"]) == (1.0, 1.0, 26.0)
    assert (by_name["range Number"], by_name["avg_dev Number"], by_name["mode Number"]) == (0.0, 0.0, 26.0)
    many = [read_written(formula).atoms for formula in FORMULAS]
    whole = features(many)
    monkeypatch.setattr(module, "ROWS", 3)
    np.testing.assert_array_equal(features(many), whole)
    assert features([]).shape == (0, len(names))
    with pytest.raises(InputError, match="holds no element"):
        features([{}])


def test_what_a_table_does_not_know_is_missing() -> None:
    row = features([{"Og": 1.0, "Li": 1.0}])[0]
    assert row[0] == 2.0
    assert np.isnan(row[6:]).all()


SHARES = st.dictionaries(st.sampled_from(element_table().symbols), st.floats(0.01, 100.0), min_size=1, max_size=8)


@settings(max_examples=50)
@given(SHARES, st.floats(0.1, 50.0))
def test_features_are_of_shares_and_bounded(atoms: dict[str, float], times: float) -> None:
    once, more = features([atoms, {element: times * amount for element, amount in atoms.items()}])
    np.testing.assert_allclose(once, more, rtol=1e-7, atol=1e-7)
    parts = once[6:].reshape(-1, len(STATISTICS))
    low, high, spread, mean, deviation, mode = parts.T
    assert (low <= mean + 1e-6 * (1 + np.abs(mean))).all()
    assert (mean <= high + 1e-6 * (1 + np.abs(mean))).all()
    assert (deviation <= spread + 1e-9).all()
    assert ((low <= mode) & (mode <= high)).all()


# --- charges ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("Li7La3Zr2O12", "neutral"),
        ("Li6.25Al0.25La3Zr2O12", "neutral"),  # smact's own check takes whole numbers only
        ("LiFePO4", "neutral"),
        ("Fe3O4", "mixed valence"),
        ("Li2Cl", "unbalanced"),
        ("AlFe", "alloy"),
        ("Fe", "alloy"),
        ("HeLi", "unknown"),
    ],
)
def test_balances(formula: str, said: str) -> None:
    assert balances([read_written(formula).atoms]) == [said]


def test_balances_are_smacts_for_whole_numbers() -> None:
    from smact.screening import smact_validity

    elements = ("Li", "Na", "Mg", "Al", "La", "Zr", "Fe", "P", "S", "O", "Cl", "N")
    rng = np.random.default_rng(7)
    drawn = []
    for _ in range(150):
        chosen = sorted(rng.choice(elements, rng.integers(2, 4), replace=False))
        drawn.append({str(element): float(rng.integers(1, 7)) for element in chosen})
    theirs = [smact_validity("".join(f"{e}{int(n)}" for e, n in one.items())) for one in drawn]
    mine = [said in ("neutral", "alloy") for said in balances(drawn)]
    assert mine == theirs
    assert 10 < sum(theirs) < 140
