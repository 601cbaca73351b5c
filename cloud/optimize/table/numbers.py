"""Numbers as people type them into cells: decimal comma or point, minus signs of all kinds, what means "nothing".

Must not know of columns or files.
"""

import re
from collections.abc import Iterable

from adatom.cloud.optimize.table.grid import plain_text

COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?|[+-]?\d+,")
POINT = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?|[+-]?\d+\.")
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+")
NOTHING = frozenset(("", "nan", "na", "n/a", "#n/a", "-", "–", "—", "null"))
SPREADSHEET_ERROR = re.compile(r"#[A-Z0-9/]+[!?]?")
MINUS = str.maketrans("−–", "--")  # what spreadsheets and word processors make of a minus


class NumberError(ValueError):
    """A cell that is no number; the text says what is allowed."""


def is_nothing(cell: str) -> bool:
    """Whether a cell of a column of numbers says that there is none."""
    return plain_text(cell).lower() in NOTHING


def decimal_mark(cells: Iterable[str], *, comma_habit: bool, comma_separates: bool) -> str:
    """The decimal mark of a table by its cells of numbers: the one that most have, so that the others are refused.

    A comma between groups of three digits is one of thousands where commas separate cells: never read as a decimal.
    """
    texts = [_bare(cell) for cell in cells]
    commas = [text for text in texts if COMMA.fullmatch(text)]
    points = sum(POINT.fullmatch(text) is not None for text in texts)
    if not commas:
        return "," if comma_habit and not points else "."
    if points >= len(commas) or (comma_separates and all(THOUSANDS.fullmatch(text) for text in commas)):
        return "."
    return ","


def number(cell: str, decimal: str) -> float:
    """The number of a cell. Raises NumberError."""
    text = _bare(cell)
    if SPREADSHEET_ERROR.fullmatch(text):
        raise NumberError(f"{cell!r} is a spreadsheet's error: must be a number")
    other = "." if decimal == "," else ","
    if other in text:
        raise NumberError(f"{cell!r}: must be a number with decimal '{decimal}' and no mark of thousands")
    try:
        value = float(text.replace(decimal, ".")) if "_" not in text else None
    except ValueError:
        value = None
    if value is None or value != value or value in (float("inf"), float("-inf")):
        raise NumberError(f"{cell!r}: must be a number")
    return value


def _bare(cell: str) -> str:
    return plain_text(cell).translate(MINUS)
