"""A SPACE.toml: the space, its constraints, and what is to be optimised. The reference is docs/reference/space.md."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adatom.cloud.optimize.space.space import Space
from adatom.protocol.errors import InputError

SETTINGS = ("seed", "budget", "strategy", "switch_cost")
KEYS = ("space", "constraints", "objectives", *SETTINGS)


@dataclass(frozen=True)
class SpaceFile:
    """What a file says; objectives and settings as they stand there, for their own readers to check."""

    space: Space
    objectives: tuple[Mapping[str, Any], ...]
    settings: Mapping[str, Any]  # of SETTINGS those that the file gives


def read_space(path: Path) -> SpaceFile:
    """The SpaceFile of a TOML file; raises InputError("file: dotted key", value and what is allowed)."""
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(str(path), f"not TOML: {error}") from None
    try:
        return parse_space(fields)
    except InputError as error:
        raise InputError(f"{path}: {error.where}", error.problem) from None


def parse_space(fields: Mapping[str, Any]) -> SpaceFile:
    """The SpaceFile of a TOML file's tables; raises InputError(where = dotted key)."""
    for key in fields:
        if key not in KEYS:
            raise InputError(key, f"unknown key; allowed are {', '.join(KEYS)}")
    objectives = fields.get("objectives", [])
    if not isinstance(objectives, list) or not all(isinstance(table, Mapping) for table in objectives):
        raise InputError("objectives", f"{objectives!r}: must be [[objectives]] tables")
    settings = {key: fields[key] for key in SETTINGS if key in fields}
    return SpaceFile(Space.from_dict(fields), tuple(objectives), settings)
