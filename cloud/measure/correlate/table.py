"""Columns of numbers of a table as people keep it. Knows nothing of correlations."""

from pathlib import Path

from adatom.cloud.optimize.table.columns import read_columns


def number_columns(path: Path) -> dict[str, list[float | None]]:
    """Columns by name, None where a cell is empty; columns with any other text are left out. Raises InputError."""
    columns = read_columns(path)
    found = {name: columns.numbers(name) for name in columns.texts}
    return {name: values for name, values in found.items() if values is not None}
