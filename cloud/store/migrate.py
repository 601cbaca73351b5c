"""Schema migrations: numbered SQL files that only go forward, and the copy made before one is applied.

A file that has been released never changes; a later file changes what it did. Knows files, not databases.
"""

import os
import shutil
from functools import cache
from pathlib import Path
from typing import NamedTuple

SCHEMA = Path(__file__).parent / "schema"


class Migration(NamedTuple):
    """One file NNNN_name.sql."""

    version: int
    name: str
    path: Path

    def sql(self) -> str:
        """The statements of the file."""
        return self.path.read_text(encoding="utf-8")


@cache
def migrations(folder: Path = SCHEMA) -> tuple[Migration, ...]:
    """Every migration in order. ValueError unless the files are numbered 1, 2, 3, ..."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        number, _, name = path.stem.partition("_")
        found.append(Migration(int(number), name, path))
    if [migration.version for migration in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"{folder}: migrations must be numbered 0001, 0002, ... without a gap")
    return tuple(found)


def back_up(path: Path, version: int) -> Path:
    """Where the copy of a closed database was put: beside it, never over an earlier copy."""
    copy = path.with_name(f"{path.name}.schema-{version}.backup")
    number = 1
    while copy.exists():
        number += 1
        copy = path.with_name(f"{path.name}.schema-{version}.backup-{number}")
    partial = copy.with_name(copy.name + ".partial")
    shutil.copyfile(path, partial)
    with partial.open("rb") as stream:
        os.fsync(stream.fileno())
    partial.replace(copy)
    return copy
