"""Every file of the strategies' folder keeps the contract: feasible, repeatable, of the pool, held where it must be."""

import pkgutil
from dataclasses import replace

import adatom.cloud.optimize.strategies as folder
import numpy as np
import pytest
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.question import CAMPAIGN, TABLE, Question
from adatom.cloud.optimize.strategies import CONFIRMING, STRATEGIES, confirms
from adatom.cloud.optimize.views import held_to

from ..trays import Tray, question

SPACE = Tray(3, held=1)
TESTED = SPACE.random(12, np.random.default_rng(0))
FEW = TESTED[:2]


def bowl(vectors: Array) -> Array:
    """(n, 1) losses, least at 0.3 in every column."""
    return ((vectors - 0.3) ** 2).sum(axis=1, keepdims=True)


def two_bowls(vectors: Array) -> Array:
    return np.hstack([bowl(vectors), bowl(vectors - 0.4)])


def asked(kind: str) -> Question:
    return {
        "first": question(SPACE, FEW[:0], bowl(FEW[:0])),
        "start": question(SPACE, FEW, bowl(FEW)),
        "one loss": question(SPACE, TESTED, bowl(TESTED)),
        "campaign": question(SPACE, TESTED, bowl(TESTED), options=CAMPAIGN),
        "two losses": question(SPACE, TESTED, two_bowls(TESTED)),
        "pending": question(SPACE, TESTED, two_bowls(TESTED), waiting=SPACE.random(2, np.random.default_rng(9))),
        "batch": question(SPACE, TESTED, bowl(TESTED), count=3),
        "limits": question(SPACE, TESTED, two_bowls(TESTED), limits=[None, 0.3]),
        "many": question(SPACE, *many(170)),
    }[kind]


def many(count: int) -> tuple[Array, Array]:
    vectors = SPACE.random(count, np.random.default_rng(1))
    return vectors, bowl(vectors)


KINDS = ["first", "start", "one loss", "campaign", "two losses", "pending", "batch", "limits", "many"]


def test_the_folder_is_the_registry() -> None:
    assert sorted(STRATEGIES) == sorted(m.name.replace("_", "-") for m in pkgutil.iter_modules(folder.__path__))
    assert {"bo", "ga", "gpr-greedy", "random", "sobol"} <= set(STRATEGIES)
    assert CONFIRMING == ("bo",)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", STRATEGIES)
def test_what_comes_out_is_feasible_and_repeats(name: str, kind: str) -> None:
    first, again = (STRATEGIES[name](asked(kind)) for _ in range(2))
    assert first.shape[1] == SPACE.dimension
    assert len(first) >= 1
    assert (SPACE.repair(first) == first).all()
    assert (first == again).all()


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_batch_shares_what_is_hard_to_change(name: str) -> None:
    start = asked("batch")
    batch = STRATEGIES[name](start)[:1]
    while len(batch) < 3:
        space, _ = held_to(SPACE, None, batch[0])
        following = replace(start, space=space, open=batch, count=3 - len(batch), drawn=start.drawn + len(batch))
        rows = [row for row in STRATEGIES[name](following) if not (batch == row).all(axis=1).any()]
        batch = np.vstack([batch, rows[:1]])
    assert (batch[:, 0] == batch[0, 0]).all()
    assert len(np.unique(batch, axis=0)) == 3


@pytest.mark.parametrize("kind", ["start", "one loss", "two losses", "batch"])
@pytest.mark.parametrize("name", STRATEGIES)
def test_of_a_pool_only_its_rows_come(name: str, kind: str) -> None:
    pool = SPACE.random(40, np.random.default_rng(5))
    found = STRATEGIES[name](replace(asked(kind), pool=pool))
    assert len(found) >= 1
    assert {row.tobytes() for row in found} <= {row.tobytes() for row in pool}


def test_confirmation_is_an_option() -> None:
    assert confirms("bo", 15, None)
    assert not confirms("bo", 15, None, TABLE)
    assert not confirms("ga", 15, None)
    assert confirms("bo", 59, 60)
