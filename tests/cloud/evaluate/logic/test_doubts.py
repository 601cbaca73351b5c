"""Errors planted in a lawful world are found and named, little else is (real data: tests/benchmarks/doubts.py)."""

import numpy as np
import pytest
from adatom.cloud.evaluate.logic.claims import significant_digits
from adatom.cloud.evaluate.logic.doubts import Doubt, find
from adatom.cloud.evaluate.logic.relations import RELATIONS, Range, poisson
from hypothesis import given
from hypothesis import strategies as st

from tests.cloud.evaluate.logic.made import claims, world

# property, what is done to the value, kinds that may tell it, words of the reason
PLANTED = (
    ("bulk_modulus", lambda v: v * 1e3, {"impossible", "unit"}, "reads as MPa"),
    ("shear_modulus", lambda v: v * 1e9, {"impossible", "unit"}, "reads as Pa"),
    ("bulk_modulus", lambda v: float(np.log10(v)), {"unit", "relation"}, ""),
    ("formation_energy", lambda v: v * 96.485, {"impossible", "unit"}, "reads as kJ/mol"),
    ("formation_energy", lambda v: -v, {"relation", "sources", "unit", "unlikely"}, ""),
    ("energy_above_hull", lambda v: -0.3, {"impossible"}, "is below 0"),
    ("shear_modulus", lambda v: v * 8.0, {"relation"}, "Poisson ratio of -"),
)


def planted(seed: int) -> tuple[list[Doubt], dict[int, int], int]:
    """(doubts, place -> which of PLANTED, rows) of a world with two of each error, each in a material of its own."""
    rows, atoms = world(seed)
    rng = np.random.default_rng(seed)
    names = list(rng.permutation(sorted(atoms)))
    where = {}
    for kind, (name, change, _, _) in enumerate(PLANTED * 2):
        of = names.pop()
        place = next(k for k, row in enumerate(rows) if row[0] == of and row[1] == name and row[3] == "A")
        rows[place] = (*rows[place][:2], change(rows[place][2]), *rows[place][3:])
        where[place] = kind % len(PLANTED)
    return find(claims(rows, atoms)), where, len(rows)


@pytest.fixture(scope="module")
def judged() -> tuple[list[Doubt], dict[int, int], int]:
    return planted(1)


def test_planted_errors_are_found_and_named(judged: tuple[list[Doubt], dict[int, int], int]) -> None:
    found, where, _ = judged
    named = 0
    for place, kind in where.items():
        _, _, kinds, words = PLANTED[kind]
        told = any(d.kind in kinds and words in d.why and place in d.places for d in found)
        named += told
        print(kind, told, [d.why for d in found if place in d.places])
    assert named >= 13  # of 14


def test_little_else_is_doubted(judged: tuple[list[Doubt], dict[int, int], int]) -> None:
    found, where, rows = judged
    else_ = [d for d in found if d.kind != "duplicate" and not set(d.places) & set(where)]
    assert len(else_) <= 0.002 * rows


def test_the_strongest_come_first_and_duplicates_last(judged: tuple[list[Doubt], dict[int, int], int]) -> None:
    found = [d for d in judged[0] if d.kind != "duplicate"]
    assert judged[0][: len(found)] == found
    assert [d.nats for d in found] == sorted((d.nats for d in found), reverse=True)


LITTLE = {"Li3P1S4": {"Li": 3, "P": 1, "S": 4}, "Cl1Li1": {"Li": 1, "Cl": 1}}


@pytest.mark.parametrize(("sigma", "barrier", "both"), [(1e-3, 0.95, False), (1e-11, 0.12, False), (1e-3, 0.3, True),
                                                         (1e-9, 0.6, True)])  # fmt: skip
def test_a_conductivity_and_an_activation_energy_that_cannot_be(sigma: float, barrier: float, both: bool) -> None:
    rows = [("Li3P1S4", "ionic_conductivity", sigma, "x", "y"), ("Li3P1S4", "activation_energy", barrier, "x", "y")]
    found = find(claims(rows, LITTLE))
    assert [d.kind for d in found] == ([] if both else ["relation"])
    assert both or found[0].why.startswith("this conductivity and this activation energy cannot both hold")


def test_a_limit_is_no_value() -> None:
    rows = [("Li3P1S4", "ionic_conductivity", 1e-3, "x", "y"), ("Li3P1S4", "activation_energy", 0.95, "x", "y")]
    assert find(claims(rows, LITTLE, comparison=[">", "="])) == []


def test_duplicates_need_digits_or_the_paper() -> None:
    rows = [("Cl1Li1", "band_gap", 6.2361, "x", "y"), ("Cl1Li1", "band_gap", 6.2361, "x", "y"),
            ("Li3P1S4", "band_gap", 2.5, "x", "y"), ("Li3P1S4", "band_gap", 2.5, "x", "y"),
            ("Li3P1S4", "ionic_conductivity", 1.6e-4, "x", "y"), ("Li3P1S4", "ionic_conductivity", 1.6e-4, "z", "y"),
            ("Cl1Li1", "band_gap", 0.0, "x", "y"), ("Cl1Li1", "band_gap", 0.0, "x", "y")]  # fmt: skip
    found = find(claims(rows, LITTLE, dois=[""] * 4 + ["10.1/a"] * 2 + [""] * 2))
    assert {d.places for d in found if d.kind == "duplicate"} == {(0, 1), (4, 5)}


def test_no_facts_no_doubts() -> None:
    assert find(claims([], {})) == []


@given(st.floats(1.0, 1000.0), st.floats(0.01, 1.49))
def test_poisson_of_moduli(bulk: float, ratio: float) -> None:
    nu = poisson(np.array([bulk]), np.array([ratio * bulk]))[0]
    assert -1.0 < nu < 0.5
    # E by both of its formulas: 9KG/(3K+G) = 2G(1+nu)
    shear = ratio * bulk
    assert 9 * bulk * shear / (3 * bulk + shear) == pytest.approx(2 * shear * (1 + nu))


@pytest.mark.parametrize("relation", RELATIONS, ids=lambda relation: relation.name)
def test_nothing_told_breaks_nothing(relation) -> None:
    nothing = Range(np.array([np.nan]), np.array([np.nan]))
    assert not (relation.broken(*[nothing] * len(relation.properties)) > relation.allowed).any()
    assert relation.why.format(amount=0.5)


@pytest.mark.parametrize(("value", "digits"), [(49.0, 2), (49.03, 4), (0.0, 0), (-1.5e-9, 2), (0.0128, 3), (1 / 3, 7),
                                               (1000.0, 1), (6.2361, 5)])  # fmt: skip
def test_digits(value: float, digits: int) -> None:
    assert significant_digits(np.array([value]))[0] == digits
