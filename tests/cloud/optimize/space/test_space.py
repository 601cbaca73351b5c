"""Every vector of a space is a feasible point, and the way there and back loses nothing."""

from typing import Any

import numpy as np
import pytest
from adatom.cloud.optimize import Categorical, Composition, Constraint, Continuous, Integer, Linear, Space
from adatom.cloud.optimize.domain import Domain
from adatom.protocol.errors import InputError
from hypothesis import given, settings
from hypothesis import strategies as st

from .examples import EXAMPLES, alloy, formulation, garnet
from .generate import random_space
from .properties import check_space, check_vectors

BLOCKS = 10
SPACES = 30  # a block; each is asked for some 25 vectors


@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_spaces(block: int) -> None:
    """The same 300 spaces every day, some 7 500 vectors; the soak has 100 000 spaces."""
    for seed in range(SPACES * block, SPACES * (block + 1)):
        check_space(random_space(seed), np.random.default_rng(seed), 5)


@pytest.mark.parametrize("seed", [7444, 57764, 71333])
def test_spaces_that_the_soak_found(seed: int) -> None:
    """A Sobol sequence that hung on how many were asked for; a linear rule broken by a hair; a step that overflows."""
    check_space(random_space(seed), np.random.default_rng(seed))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(1000, 2**32))
def test_spaces_never_seen(seed: int) -> None:
    check_space(random_space(seed), np.random.default_rng(seed))


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name: str) -> None:
    space = EXAMPLES[name]
    domain: Domain = space
    assert domain.dimension == len(domain.names)
    check_space(space, np.random.default_rng(1), 40)


def test_garnet_is_neutral_and_its_site_full() -> None:
    for point in garnet().points(garnet().sobol(64, 0)):
        assert point["Li"] + 3 * 3 + 4 * point["Zr"] + 5 * point["Ta"] == pytest.approx(24.0, abs=1e-9)
        assert point["Zr"] + point["Ta"] == pytest.approx(2.0, abs=1e-9)


def test_a_row_is_repaired_as_if_it_were_alone() -> None:
    for space in EXAMPLES.values():
        wild = np.random.default_rng(2).uniform(-0.5, 1.5, (37, space.dimension))
        together = space.repair(wild)
        alone = np.vstack([space.repair(row[None, :]) for row in wild])
        assert (together == alone).all()


def test_longer_sequences_begin_with_the_same_points() -> None:
    for space in EXAMPLES.values():
        longest = space.sobol(100, 5)
        for count in (1, 2, 3, 17, 64, 99):
            assert (space.sobol(count, 5) == longest[:count]).all()
        assert not (space.sobol(100, 6) == longest).all()
        assert len(np.unique(longest, axis=0)) > 90


def test_repair_keeps_what_is_near() -> None:
    space = formulation()
    good = space.random(200, np.random.default_rng(3))
    moved = space.repair(good + 1e-3)
    assert np.abs(moved - good).max() < 0.05


def test_random_is_uniform_on_the_simplex() -> None:
    """Of three parts below 0.6, shares and pairwise products against a rejection sample."""
    space = Space([Composition(dict.fromkeys("ABC", (0.0, 0.6)))])
    ours = space.layout.decode(space.random(20000, np.random.default_rng(4)))
    plain = np.random.default_rng(5).dirichlet([1.0, 1.0, 1.0], 100000)
    plain = plain[(plain <= 0.6).all(axis=1)]
    assert ours.mean(axis=0) == pytest.approx(plain.mean(axis=0), abs=0.01)
    assert np.cov(ours.T) == pytest.approx(np.cov(plain.T), abs=0.002)


def test_grid_samples_are_uniform() -> None:
    space = Space([Composition(dict.fromkeys("ABC", (0.0, 0.5)), step=0.1)])
    drawn = space.random(20000, np.random.default_rng(6))
    _, counts = np.unique(drawn, axis=0, return_counts=True)
    assert len(counts) == 21  # 66 on the simplex, 3 * 15 with one part above 0.5
    assert counts / counts.sum() == pytest.approx(np.full(21, 1 / 21), abs=0.008)


def test_supports_of_an_alloy_all_come_up() -> None:
    points = alloy().points(alloy().random(2000, np.random.default_rng(7)))
    supports = {tuple(e for e in points[0] if isinstance(p[e], float) and p[e] > 0.0) for p in points}
    assert len(supports) > 100
    assert max(sum(p[e] > 0.0 for e in ("Al", "Co", "Cr", "Cu", "Fe", "Mn", "Ni", "Ti")) for p in points) == 4


def test_a_function_rule_holds() -> None:
    rule = Constraint(lambda p: p["a"] ** 2 + p["b"] ** 2 <= 0.04 or "outside the disc", "disc")
    space = Space([Continuous("a", -1, 1), Continuous("b", -1, 1)], [rule])
    vectors = space.repair(np.random.default_rng(8).uniform(0.0, 1.0, (200, 2)))
    check_vectors(space, vectors)
    assert len(np.unique(vectors, axis=0)) > 150
    assert space.violations({"a": 0.5, "b": 0.5}) == ["disc: outside the disc"]


def test_shared_columns_stay_and_the_rest_gives_way() -> None:
    space = Space(
        [Continuous("t", 0, 100, hard_to_change=True), Continuous("p", 0, 100)], [Linear({"t": 1, "p": 1}, high=100)]
    )
    fixed = space.vectors([{"t": 90.0, "p": 5.0}])[0]
    held = space.with_shared(np.array([[0.1, 0.9], [0.5, 0.02]]), fixed)
    assert held.tolist() == [[0.9, pytest.approx(0.1, abs=1e-6)], [0.9, 0.02]]
    assert [space.violations(p) for p in space.points(held)] == [[], []]


# --- what a table holds ------------------------------------------------------------------------------------------

SMALL = Space(
    [
        Continuous("t", 0, 100),
        Continuous("p", 0.1, 10, log=True),
        Integer("n", 1, 9),
        Categorical("gas", ["O2", "Ar"]),
        Categorical("dry", [True, False]),
        Categorical("size", [1, 2.5]),
        Composition({"A": (0, 1), "B": (0, 1)}),
    ]
)
POINT: dict[str, Any] = {"t": 50.0, "p": 1.0, "n": 3, "gas": "Ar", "dry": True, "size": 2.5, "A": 0.25, "B": 0.75}


def test_texts_of_a_table_are_understood() -> None:
    row = {"t": "50", "p": " 1e0", "n": "3.0", "gas": " Ar", "dry": "TRUE", "size": "2.50", "A": ".25", "B": "0.75"}
    assert SMALL.plain(row) == POINT
    assert list(SMALL.plain(dict(reversed(list(POINT.items()))))) == list(POINT)


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("t", "warm", "t: 'warm': must be a number"),
        ("t", float("nan"), "t: nan: must be a finite number"),
        ("t", "inf", "t: 'inf': must be a finite number"),
        ("t", True, "t: True: must be a number"),
        ("t", None, "t: None: must be a number"),
        ("p", 0, "p: 0.0: must be above 0, the scale is a log one"),
        ("n", 2.5, "n: 2.5: must be a whole number"),
        ("gas", "N2", "gas: 'N2': must be one of O2, Ar"),
        ("dry", 1, "dry: 1: must be one of true, false"),
        ("size", True, "size: True: must be one of 1, 2.5"),
        ("A", -0.1, "A: -0.1: an amount must not be below 0"),
    ],
)
def test_what_is_no_value_is_refused(column: str, value: Any, text: str) -> None:
    with pytest.raises(InputError) as caught:
        SMALL.plain({**POINT, column: value})
    assert str(caught.value) == text


def test_unknown_and_missing_columns_are_refused() -> None:
    with pytest.raises(InputError, match="x: unknown column; allowed are t, p, n"):
        SMALL.plain({**POINT, "x": 1})
    with pytest.raises(InputError, match="gas: missing; needed are t, p, n"):
        SMALL.plain({key: value for key, value in POINT.items() if key != "gas"})


def test_past_experiments_may_lie_outside() -> None:
    point = SMALL.plain({**POINT, "t": 150, "p": 20.0, "n": 12})
    vector = SMALL.vectors([point])[0]
    assert vector[0] == 1.5
    assert SMALL.points(vector[None, :]) == [point]
    assert SMALL.covers(point)
    assert SMALL.violations(point) == [
        "t 150 is outside 0 to 100",
        "p 20 is outside 0.1 to 10",
        "n 12 is outside 1 to 9",
    ]


def test_what_a_vector_cannot_tell_is_not_covered() -> None:
    space = Space([Continuous("t", 0, 1), Continuous("fixed", 5, 5), Composition({"A": (0, 1), "B": (0, 1)})])
    good = {"t": 0.5, "fixed": 5.0, "A": 0.5, "B": 0.5}
    assert space.covers(good)
    assert not space.covers({**good, "fixed": 6.0})
    assert not space.covers({**good, "B": 0.9})


def test_keys_tell_experiments_apart() -> None:
    assert SMALL.key(POINT) == SMALL.key({**POINT, "t": 50.0 + 1e-14})
    assert SMALL.key(POINT) != SMALL.key({**POINT, "t": 50.001})
    assert SMALL.key(POINT) != SMALL.key({**POINT, "gas": "O2"})


# --- rules that nothing obeys ------------------------------------------------------------------------------------

AB = Composition({"A": (0.0, 0.4), "B": (0.0, 0.4)}, name="ab")
T = Continuous("t", 0, 10)


@pytest.mark.parametrize(
    ("parameters", "constraints", "text"),
    [
        ([AB], [], "total of ab"),
        ([T], [Linear({"t": 1}, low=11, name="hot")], "no point within the ranges obeys: hot"),
        (
            [T, Continuous("u", 0, 1)],
            [Linear({"t": 1}, low=6, name="hot"), Linear({"t": 1}, high=4, name="cold"), Linear({"u": 1}, high=0.5)],
            "no point obeys together: hot; cold$",
        ),
        ([Composition({"A": (0, 1), "B": (0, 1)}, charges={"A": 1, "B": 2}, name="ab")], [], "charge of ab"),
        ([Composition({"A": (0.3, 1), "B": (0.3, 1), "C": (0.3, 1)}, at_most=2, name="abc")], [], "at_most of abc"),
        ([Composition(dict.fromkeys("ABC", (0, 0.45)), at_most=2, name="abc")], [], "at_most of abc; total of abc"),
        ([T], [Constraint(lambda p: p["t"] > 20, "hotter")], "hotter: allows none of 4096 points"),
        ([T], [Constraint(lambda p: p["x"] > 20, "typo")], "typo: raises KeyError: 'x'"),
        ([T], [Linear({"x": 1}, high=1, name="typo")], "typo: 'x' is no number or part; allowed are t"),
        ([T, T], [], "t: two parameters of this name"),
        ([T, Composition({"t": (0, 1), "u": (0, 1)}, name="tu")], [], "t: two columns of this name"),
        ([], [], "space: has no parameters"),
    ],
)
def test_what_contradicts_is_named(parameters: Any, constraints: Any, text: str) -> None:
    with pytest.raises(InputError, match=text):
        Space(parameters, constraints)


# --- what a surrogate sees ---------------------------------------------------------------------------------------


def test_features_and_their_groups() -> None:
    assert SMALL.feature_groups == (0, 1, 2, 3, 4, 5, 6)
    assert SMALL.features(SMALL.vectors([POINT])).tolist() == [[0.5, 0.5, 0.25, 1.0, 0.0, 1.0, 0.25]]


def test_options_are_one_apart_and_share_a_length_scale() -> None:
    space = Space([Categorical("gas", ["a", "b", "c"]), Continuous("t", 0, 1)])
    rows = space.features(space.vectors([{"gas": gas, "t": 0.0} for gas in "abc"]))
    assert np.linalg.norm(rows[0] - rows[1]) == pytest.approx(1.0)
    assert space.feature_groups == (0, 1, 1, 1)


def test_descriptors_take_the_place_of_options() -> None:
    described = {"O2": [32.0, 1.0], "Ar": [39.9, 1.0], "He": [4.0, 1.0]}
    space = Space([Categorical("gas", ["O2", "Ar", "He"], described)])
    rows = space.features(space.vectors([{"gas": gas} for gas in ("He", "Ar", "O2")]))
    assert rows[:, 0] == pytest.approx([0.0, 1.0, 28.0 / 35.9])


def test_parts_and_their_descriptors() -> None:
    parts = {"A": (0.0, 0.5), "B": (0.0, 1.0), "C": (0.0, 1.0)}
    space = Space([Composition(parts, balance="C", descriptors={"A": [1.0], "B": [2.0], "C": [3.0]})])
    row = space.features(space.vectors([{"A": 0.25, "B": 0.5, "C": 0.25}]))[0]
    assert row == pytest.approx([0.5, 0.5, 0.5, 2.0 * np.sqrt(0.125)])
    assert alloy().feature_groups == (0, 1, 1, 1, *(2,) * 8, 3, 4)
