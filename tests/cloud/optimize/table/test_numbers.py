"""Decimal comma or point, and what is neither."""

import pytest
from adatom.cloud.optimize.table.numbers import NumberError, decimal_mark, is_nothing, number


@pytest.mark.parametrize(
    ("cells", "separates", "habit", "mark"),
    [
        (["1,5", "2"], False, True, ","),
        (["1.5", "2"], False, True, "."),
        (["1", "2"], False, True, ","),
        (["1", "2"], True, False, "."),
        (["1,5", "2,25"], True, False, ","),
        (["1,500", "2,000,000"], True, False, "."),  # thousands of an American spreadsheet
        (["1,5", "2,5", "1.5"], False, True, ","),
        (["1,5", "1.5"], False, True, "."),
        ([], True, False, "."),
    ],
)
def test_the_mark_is_the_tables(cells: list[str], separates: bool, habit: bool, mark: str) -> None:
    assert decimal_mark(cells, comma_habit=habit, comma_separates=separates) == mark


@pytest.mark.parametrize(
    ("cell", "decimal", "value"),
    [("1,5", ",", 1.5), (" 1.5\u00a0", ".", 1.5), ("−2", ".", -2.0), ("1e-3", ".", 0.001), ("1,5E3", ",", 1500.0)],
)
def test_numbers(cell: str, decimal: str, value: float) -> None:
    assert number(cell, decimal) == value


@pytest.mark.parametrize(
    "cell", ["1,500", "1.2.3", "12 %", "#DIV/0!", "1_000", "inf", "abc", "1 000", "0x10", "", "<5"]
)
def test_what_is_no_number_is_refused(cell: str) -> None:
    with pytest.raises(NumberError, match="must be a number"):
        number(cell, ".")


@pytest.mark.parametrize("cell", ["", "  ", "NaN", "n/a", "-", "–", "#N/A"])
def test_nothing(cell: str) -> None:
    assert is_nothing(cell)
