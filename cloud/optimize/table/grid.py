"""What a table is to the rest of this folder: rows of texts, numbered as in spreadsheets, and cells to be set."""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol, Self

Value = str | int | float | bool
Place = tuple[int, int]  # (row, column), both from 1
Cells = Mapping[Place, Value]

SPACES = re.compile(r"[\s\u00a0\u202f\ufeff]+")  # no-break and thin ones come with pasted cells


class Grid(Protocol):
    """A table as its file holds it. A value: `with_cells` gives another one."""

    @property
    def rows(self) -> Sequence[Sequence[str]]:
        """Texts of the cells; row 1 is the first; rows may be of different lengths."""

    @property
    def comma_habit(self) -> bool:
        """Whether a number without any other sign of it is written with a decimal comma."""

    @property
    def comma_separates(self) -> bool:
        """Whether a comma parts cells, so that one inside a number may part thousands."""

    def with_cells(self, cells: Cells, decimal: str) -> Self:
        """The table with these cells set, all else as it is; rows and columns are added where needed."""

    def to_bytes(self) -> bytes:
        """The file."""


def plain_text(cell: str) -> str:
    """A cell without spaces around it, and with one space for each run of them."""
    return SPACES.sub(" ", cell).strip()


def value_text(value: Value, decimal: str) -> str:
    """How a value stands in a cell; the number that is read back is the same one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    short = f"{value:.12g}"
    return (short if float(short) == value else repr(value)).replace(".", decimal)
