"""Every test runs once, and those that wait begin at once in all workers but one."""

import pytest

from tests.order import dealt

WAITING = [f"waits {number}" for number in range(7)]


@pytest.mark.parametrize("workers", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("count", [0, 1, 40, 101])
def test_every_test_runs_once(workers: int, count: int) -> None:
    others = [f"computes {number}" for number in range(count)]
    assert sorted(dealt(WAITING, others, workers)) == sorted([*WAITING, *others])


def test_who_waits_begins_at_once_beside_who_computes() -> None:
    shares = [dealt(WAITING, ["computes"] * 33, 4)[start : start + 10] for start in (0, 10, 20, 30)]
    assert [share.count("computes") for share in shares] == [7, 8, 8, 10]
    assert [share[:2] for share in shares[:3]] == [[WAITING[worker], WAITING[worker + 3]] for worker in range(3)]
