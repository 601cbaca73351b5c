"""The chances that a search says, over more functions than every day. About three minutes on one core."""

from tests.cloud.optimize.test_fronts import check_widening
from tests.cloud.optimize.test_stopping import check_calibrated


def test_the_chance_to_improve_is_calibrated_over_many_functions() -> None:
    check_calibrated(range(40))


def test_the_chance_to_widen_the_front_is_calibrated_over_many_functions() -> None:
    check_widening(range(20))
