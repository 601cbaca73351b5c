"""Failures: what goes with them is said, and nothing else."""

import numpy as np
from adatom.cloud.measure.influence.failures import failing_text

RNG = np.random.default_rng(3)
COUNT = 40
HOT = RNG.uniform(400.0, 700.0, COUNT)
COLUMNS: dict[str, list[float] | list[str]] = {
    "substrate_c": HOT.tolist(),
    "o2_pa": RNG.random(COUNT).tolist(),
    "gas": RNG.choice(["o2", "vacuum"], COUNT).tolist(),
    "always": [1.0] * COUNT,
}


def test_hot_films_that_crack_are_noticed() -> None:
    said = failing_text(COLUMNS, (HOT > 600.0).tolist())
    assert said.startswith("failing goes with substrate_c (higher, p = 0.00")
    assert "o2_pa" not in said
    assert "gas" not in said


def test_a_choice_that_fails_is_noticed() -> None:
    assert failing_text(COLUMNS, [gas == "vacuum" for gas in COLUMNS["gas"]]).startswith("failing goes with gas (p = ")


def test_chance_is_chance() -> None:
    """5 % of the tables at most, in the long run: 8 and more of 60 have a chance of 1 in 100."""
    said = [failing_text(COLUMNS, (RNG.random(COUNT) < 0.3).tolist()) for _ in range(60)]
    assert sum(one.startswith("failing goes with") for one in said) < 8


def test_few_failures_say_nothing() -> None:
    assert failing_text(COLUMNS, [k < 3 for k in range(COUNT)]) == ""
    assert failing_text({"always": [1.0] * COUNT}, [k < 9 for k in range(COUNT)]) == ""
