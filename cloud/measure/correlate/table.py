"""Columns of numbers of a table as people keep it. Knows nothing of correlations."""

from collections.abc import Sequence

from adatom.cloud.optimize.table.columns import Columns
from adatom.protocol.errors import InputError


def number_columns(columns: Columns, wanted: Sequence[str] = ()) -> dict[str, list[float | None]]:
    """Columns by name, None where a cell is empty; columns with any other text are left out.

    Raises InputError for a wanted column that is numbers but for some cells, naming the first.
    """
    for name in (name for name in wanted if name in columns.texts):
        slip = columns.slip(name)
        if slip is not None:
            raise InputError(f"{columns.where}: row {slip[0]}, {name}", f"{slip[1][:40]!r}: must be a number")
    found = {name: columns.numbers(name) for name in columns.texts}
    return {name: values for name, values in found.items() if values is not None}
