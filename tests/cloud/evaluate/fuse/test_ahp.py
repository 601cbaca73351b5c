"""Saaty's published examples, his consistency ratio, and what is asked again."""

import itertools

import numpy as np
import pytest
from adatom.cloud.evaluate.fuse.ahp import check_consistent, matrix_of, merged, priorities
from adatom.protocol.errors import InputError
from hypothesis import given, settings
from hypothesis import strategies as st

# Saaty 1980 (also 1987, Mathematical Modelling 9, 161): rows of the judgements, the eigenvector, eigenvalue, C.R.
SCHOOLS = [
    "1 4 3 1 3 4",
    "1/4 1 7 3 1/5 1",
    "1/3 1/7 1 1/5 1/5 1/6",
    "1 1/3 5 1 1 1/3",
    "1/3 5 5 1 1 3",
    "1/4 1 6 3 1/3 1",
]
DISTANCES = [
    "1 1/3 8 3 3 7",
    "3 1 9 3 3 9",
    "1/8 1/9 1 1/6 1/5 2",
    "1/3 1/3 6 1 1/3 6",
    "1/3 1/3 5 3 1 6",
    "1/7 1/9 1/2 1/6 1/6 1",
]
BRIGHTNESS = ["1 5 6 7", "1/5 1 4 6", "1/6 1/4 1 4", "1/7 1/6 1/4 1"]
NAMES = "abcdef"


def table(rows: list[str]) -> np.ndarray:
    def number(text: str) -> float:
        over, _, under = text.partition("/")
        return float(over) / float(under or 1)

    return np.array([[number(text) for text in row.split()] for row in rows])


@pytest.mark.parametrize(
    ("rows", "weights", "eigenvalue", "ratio"),
    [
        (SCHOOLS, [0.32, 0.14, 0.03, 0.13, 0.24, 0.14], 7.49, 0.24),
        (DISTANCES, [0.262, 0.397, 0.033, 0.116, 0.164, 0.027], 6.45, 0.07),
        (BRIGHTNESS, [0.61, 0.24, 0.10, 0.05], 4.39, 0.14),
    ],
)
def test_saatys_examples(rows: list[str], weights: list[float], eigenvalue: float, ratio: float) -> None:
    found = priorities(NAMES[: len(rows)], table(rows))
    assert found.weights == pytest.approx(weights, abs=0.01)
    assert found.eigenvalue == pytest.approx(eigenvalue, abs=0.08)  # as printed, with few digits
    assert found.ratio == pytest.approx(ratio, abs=0.02)


def test_what_is_inconsistent_is_asked_again_by_its_worst_triple() -> None:
    with pytest.raises(InputError, match=r"ratio 0\.2\d, at most 0.1 is taken; ask again about \w, \w, \w"):
        check_consistent("ada", priorities(NAMES, table(SCHOOLS)))
    wrong = matrix_of(
        "abcd", {("a", "b"): 2, ("b", "c"): 2, ("a", "c"): 1 / 9, ("a", "d"): 1, ("b", "d"): 1, ("c", "d"): 1}
    )
    worst = priorities("abcd", wrong).worst
    assert worst is not None
    assert (worst.a, worst.b, worst.c) == ("a", "b", "c")
    assert (worst.implied, worst.said) == pytest.approx((4.0, 1 / 9))
    check_consistent("ada", priorities(NAMES, table(DISTANCES)))


@given(st.lists(st.floats(0.34, 3.0), min_size=3, max_size=8))
@settings(max_examples=40, deadline=None)
def test_consistent_judgements_give_back_the_weights(true: list[float]) -> None:
    names = "abcdefgh"[: len(true)]
    ratios = {(a, b): true[names.index(a)] / true[names.index(b)] for a, b in itertools.combinations(names, 2)}
    found = priorities(names, matrix_of(names, ratios))
    assert found.weights == pytest.approx(np.array(true) / sum(true), rel=1e-6)
    assert found.ratio == pytest.approx(0.0, abs=1e-9)


def test_several_experts_are_merged_by_the_geometric_mean_and_trust() -> None:
    one, two = matrix_of("ab", {("a", "b"): 4}), matrix_of("ab", {("b", "a"): 1})
    assert merged([one, two])[0, 1] == pytest.approx(2.0)
    assert merged([one, two])[1, 0] == pytest.approx(0.5)
    assert merged([one, two], [1.0, 0.0])[0, 1] == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("ratios", "word"),
    [
        ({("a", "b"): 3}, "missing: a : c, b : c"),
        ({("a", "b"): 3, ("b", "a"): 3}, "stands twice"),
        ({("a", "a"): 3}, "with itself"),
        ({("a", "x"): 3}, "'x' is no score"),
        ({("a", "b"): 10}, "1/9 to 9"),
        ({("a", "b"): float("nan")}, "1/9 to 9"),
    ],
)
def test_what_is_no_set_of_judgements_is_refused(ratios: dict[tuple[str, str], float], word: str) -> None:
    with pytest.raises(InputError, match=word):
        matrix_of("abc", ratios)
