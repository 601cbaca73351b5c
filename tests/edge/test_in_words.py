"""What people read where machines get JSON."""

from typing import Any

import pytest
from adatom.edge.in_words import by_reason, in_words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", "-"),
        (0, "0"),
        ([], "none"),
        (["a", "b"], "a; b"),
        ({}, "none"),
        ({"outcome": "failed", "reason": ""}, "outcome failed, reason -"),
    ],
)
def test_a_field_on_a_line(value: Any, text: str) -> None:
    assert in_words(value) == text


def test_readings_that_are_missing_for_one_reason_share_a_line() -> None:
    missing = ["heater_c: never read: a: gone", "door: stale", "guard_c: never read: a: gone"]
    assert by_reason(missing) == ["heater_c, guard_c: never read: a: gone", "door: stale"]
    assert by_reason([]) == []
