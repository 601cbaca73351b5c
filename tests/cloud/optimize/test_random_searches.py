"""Many short searches over random spaces; `tests/soak/test_searches_soak.py` runs more."""

import pytest

from .random_searches import check_search

# every strategy with one and with several objectives, every kind of parameter, rules; of those the quick ones
SEEDS = ((0, 2, 3, 5, 6, 22, 31, 126), (71, 72, 73, 74, 76, 77, 78, 137))


@pytest.mark.parametrize("seeds", SEEDS)
def test_whatever_is_asked_is_allowed_and_the_same_after_a_resume(seeds: tuple[int, ...]) -> None:
    asked = [check_search(seed) for seed in seeds]
    assert sum(asked) > 30


def test_a_space_of_fewer_points_than_are_asked_for_says_so() -> None:
    assert check_search(97) == 0  # one point, two or three asked for; nothing is taken
