"""Experts' pairwise comparisons in a TOML file. A ratio is 1 to 9, or "1/9" to "1/2"."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adatom.cloud.store.judgement import CRITERIA
from adatom.protocol.errors import InputError

MOST_BYTES = 100_000
FRACTION = re.compile(r"1\s*/\s*([1-9])")


def read_priorities(path: Path) -> dict[str, dict[tuple[str, str], float]]:
    """Expert -> {(score, other score): how many times as important}. InputError with file and key."""
    try:
        raw = path.read_bytes()
        if len(raw) > MOST_BYTES:
            raise InputError(str(path), f"has {len(raw)} bytes: at most {MOST_BYTES} are read")
        fields = tomllib.loads(raw.decode("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(str(path), f"cannot be read: {error}") from None
    return parse_priorities(fields, str(path))


def parse_priorities(fields: Mapping[str, Any], file: str) -> dict[str, dict[tuple[str, str], float]]:
    """Of the parsed file: a table an expert, {"logic : novelty" = 3, ...}."""
    if not fields:
        raise InputError(file, 'has no expert: a table each is needed, [ada] with lines like "logic : novelty" = 3')
    found = {}
    for expert, table in fields.items():
        where = f"{file}: [{expert}]"
        if not isinstance(table, dict):
            raise InputError(where, 'must be a table of lines like "logic : novelty" = 3')
        found[check_name(expert, where)] = {
            _pair(key, where): _ratio(value, f"{where} {key}") for key, value in table.items()
        }
    return found


def check_name(name: str, where: str) -> str:
    """A name that an expert goes by; InputError for what is none."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,39}", name) or name == "pipeline":
        raise InputError(where, f"{name!r}: a name is 1 to 40 of a-z, 0-9, ., _ and -, and not 'pipeline'")
    return name


def _pair(key: str, where: str) -> tuple[str, str]:
    names = tuple(part.strip() for part in key.split(":"))
    if len(names) != 2 or not set(names) <= set(CRITERIA):
        raise InputError(f"{where} {key}", f"must be two of {', '.join(CRITERIA)} with a colon between")
    return names[0], names[1]


def _ratio(value: Any, where: str) -> float:
    if isinstance(value, str) and (match := FRACTION.fullmatch(value.strip())):
        return 1.0 / float(match[1])
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1.0 / 9.0 - 1e-9 <= value <= 9.0:
        raise InputError(
            where, f"{value!r}: must be 1 to 9 (times as important), or 1/2 to 1/9 for the other way round"
        )
    return float(value)
