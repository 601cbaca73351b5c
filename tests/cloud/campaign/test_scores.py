"""[scores] of a campaign's file: what is read, what is refused, and what the optimizer gets of it."""

import math
from collections.abc import Sequence
from typing import Any

import pytest
from adatom.cloud.campaign.scores import UseOfScores, check_of, read_use, scores_of
from adatom.cloud.store.scoring import Scored
from adatom.protocol.errors import InputError


def judge(candidates: Sequence[tuple[str, Any]]) -> list[Scored]:
    scores = {"feasibility": 0.5, "reproducibility": 0.8}
    return [Scored(name, scores, {}, point["v"], 100.0, "formula", 1) for name, point in candidates]


def test_without_a_table_v_is_a_prior() -> None:
    use = read_use({})
    assert use == UseOfScores()
    assert use.options.score_half == 20.0
    given = scores_of(judge, use)
    assert given is not None
    assert given([{"v": 0.3}, {"v": 0.6}]) == [0.3, 0.6]


def test_products_objectives_and_none() -> None:
    both = scores_of(judge, read_use({"prior": ["v", "feasibility"]}))
    assert both is not None
    assert both([{"v": 0.4}]) == [pytest.approx(0.2)]
    lasting = read_use({"objective": ["v"]})
    assert lasting.prior == ()
    assert math.isinf(lasting.options.score_half)
    assert scores_of(judge, read_use({"prior": []})) is None


def test_a_least_score_refuses_after_the_bench_had_its_say() -> None:
    use = read_use({"least": {"feasibility": 0.6, "v": 0.2}})
    check = check_of(judge, use, lambda point: ["too hot"] if point["v"] > 0.9 else [])
    assert check({"v": 0.95}) == ["too hot"]
    assert check({"v": 0.1}) == ["feasibility 0.50 is below 0.6", "v 0.10 is below 0.2"]
    assert check_of(judge, read_use({"least": {"feasibility": 0.5}}), lambda _: [])({"v": 0.1}) == []


@pytest.mark.parametrize(
    ("table", "where"),
    [
        ({"weight": 1}, "scores.weight"),
        ({"prior": "v"}, "scores.prior"),
        ({"prior": ["beauty"]}, "scores.prior"),
        ({"prior": ["v", "v"]}, "scores.prior"),
        ({"prior": ["v"], "objective": ["v"]}, "scores.objective"),
        ({"least": 0.3}, "scores.least"),
        ({"least": {"beauty": 0.3}}, "scores.least.beauty"),
        ({"least": {"v": 1.0}}, "scores.least.v"),
        ({"least": {"v": True}}, "scores.least.v"),
        ({"learn": 1}, "scores.learn"),
    ],
)
def test_what_is_refused(table: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as error:
        read_use(table)
    assert error.value.where == where
