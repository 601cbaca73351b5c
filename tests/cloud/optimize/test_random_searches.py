"""Many short searches over random spaces; `tests/soak/test_searches_soak.py` runs more."""

import pytest

from .random_searches import check_search


@pytest.mark.parametrize("first", [0, 70])
def test_whatever_is_asked_is_allowed_and_the_same_after_a_resume(first: int) -> None:
    asked = [check_search(seed) for seed in range(first, first + 9)]
    assert sum(asked) > 30


def test_a_space_of_fewer_points_than_are_asked_for_says_so() -> None:
    assert check_search(97) == 0  # one point, two or three asked for; nothing is taken
