"""Screening gives the same rows on any executor and by any chunk."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from adatom.cloud.optimize import Continuous, Objective, Optimizer, Space
from adatom.cloud.optimize import screen as screening
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.screen import Cores, Executor, Serial, screen

CANDIDATES = np.random.default_rng(0).integers(0, 9, (5000, 3)).astype(float)  # with ties
EXPECTED = np.argsort(CANDIDATES.sum(axis=1), kind="stable")[:20]


def smallness(vectors: Array) -> Array:
    return -np.asarray(vectors.sum(axis=1))


@pytest.mark.parametrize("chunk", [7, 999, 10_000])
@pytest.mark.parametrize("executor", [Serial(), Cores(2), ThreadPoolExecutor(2)], ids=lambda e: type(e).__name__)
def test_the_same_rows_on_any_executor(executor: Executor, chunk: int) -> None:
    rows, scores = screen(smallness, CANDIDATES, 20, executor=executor, chunk=chunk)
    assert rows.tolist() == EXPECTED.tolist()
    assert scores.tolist() == smallness(CANDIDATES[EXPECTED]).tolist()


def test_few_and_no_candidates() -> None:
    assert screen(smallness, CANDIDATES[:3], 20, executor=Serial())[0].tolist() == [*EXPECTED_OF_THREE]
    assert screen(smallness, CANDIDATES[:0], 20, executor=Serial())[0].tolist() == []


EXPECTED_OF_THREE = np.argsort(CANDIDATES[:3].sum(axis=1), kind="stable").tolist()


def test_a_closure_reaches_the_other_processes() -> None:
    centre = np.array([4.0, 4.0, 4.0])
    rows, _ = screen(lambda v: -((v - centre) ** 2).sum(axis=1), CANDIDATES, 1, executor=Cores(2), chunk=2500)
    assert CANDIDATES[rows[0]].tolist() == centre.tolist()


def test_a_large_pool_is_screened_by_all_cores_with_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    space = Space([Continuous("x", 0, 1), Continuous("y", 0, 1)])
    pool = space.points(space.sobol(600, 3))
    asked = []
    for least in (10_000, 100):
        monkeypatch.setattr(screening, "SHARED_FROM", least)
        optimizer = Optimizer(space, [Objective("r"), Objective("s")], seed=1)
        told = space.points(space.sobol(8, 1))
        optimizer.tell(told, [{"r": (p["x"] - 0.3) ** 2, "s": (p["y"] - 0.6) ** 2 - p["x"]} for p in told])
        asked.append(optimizer.ask(2, among=pool))
    assert asked[0] == asked[1]


def test_a_score_that_cannot_be_sent_stays_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screening, "SHARED_FROM", 1)
    with Path(__file__).open(encoding="utf-8") as file:  # a handle is what cannot be sent
        rows = screening.best_rows(lambda v: -v[:, 0] if file else v[:, 0], CANDIDATES, 3)
    assert rows.tolist() == np.argsort(CANDIDATES[:, 0], kind="stable")[:3].tolist()
