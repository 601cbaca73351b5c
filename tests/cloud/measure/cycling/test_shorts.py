import numpy as np
import pytest
from adatom.cloud.measure.cycling.shorts import Critical, critical_current, failing_row, find_short, tell_short


@pytest.mark.parametrize(
    ("resistance", "row", "kind", "healed"),
    [
        ([100.0] * 5 + [3.0] * 4, 5, "hard", False),
        ([100.0] * 5 + [3.0], 5, "hard", False),
        ([100.0] * 5 + [60.0] * 4, 5, "soft", True),
        ([100.0] * 5 + [40.0] * 4, 5, "soft", False),
        ([100.0] * 5 + [5.0] + [98.0] * 9, 5, "soft", True),
    ],
)
def test_kinds_of_short(resistance: list[float], row: int, kind: str, healed: bool) -> None:
    found = tell_short(np.array(resistance))
    assert found is not None
    assert (found.row, found.kind, found.healed) == (row, kind, healed)


@pytest.mark.parametrize("resistance", [[100.0], [100.0] * 9, [100.0, 90.0, 80.0, 70.0, 60.0], [100.0, 200.0, 150.0]])
def test_slow_changes_are_no_short(resistance: list[float]) -> None:
    assert find_short(np.array(resistance)) is None
    assert tell_short(np.array(resistance)) is None


def test_critical_current_is_bracketed() -> None:
    current = np.array([0.1, 0.2, 0.3, 0.4])
    assert critical_current(current, np.array([9.0, 9.0, 9.0, 1.0])) == Critical(0.3, 0.4)
    assert critical_current(current, np.full(4, 9.0)) == Critical(0.4, None)
    assert critical_current(np.array([0.1, 0.1]), np.array([9.0, 1.0])) == Critical(None, 0.1)


def test_failing_row_is_the_first_of_short_and_excess() -> None:
    assert failing_row(np.array([20.0, 20.0, 5.0, 2000.0])) == 2
    assert failing_row(np.array([20.0, 1001.0, 5.0])) == 1
    assert failing_row(np.array([20.0, 1000.0])) is None
