"""Text and JSON as the database takes them: whatever Python value comes, the row is stored.

A record that cannot be stored would never be receipted, and its bench would send it for ever.
"""

import json
import math
from typing import Any


def clean(text: str) -> str:
    """The text with lone surrogates, which JSON lets through and UTF-8 does not, replaced by '?'."""
    return text.encode("utf-8", "replace").decode("utf-8")


def to_json(value: Any, *, strict: bool = False) -> str:
    """Compact JSON; NaN and infinity become null, numpy's numbers and arrays plain ones.

    Strict: they raise TypeError or ValueError, because the value has to come back as it was.
    """
    plain = value if strict else _plain(value)
    return clean(json.dumps(plain, separators=(",", ":"), ensure_ascii=False, allow_nan=False))


def from_json(text: str) -> Any:
    """The value of a JSON column."""
    return json.loads(text)


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
