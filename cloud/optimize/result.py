"""What came of an experiment, checked: values of objectives, in part or whole, a failure, the sample it was made on.

Must not know of points, surrogates or files.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from adatom.cloud.optimize.arrays import unboxed
from adatom.cloud.optimize.objective import RESERVED, Objective
from adatom.protocol.errors import InputError

Result = dict[
    str, Any
]  # as JSON keeps it: {objective: [value, sd, replicates], "failed" or "mishap": reason, "sample": id}
ENTRY_KEYS = ("value", "sd", "n")


class Entry(NamedTuple):
    """A measured value: `sd` is its known standard deviation in its own unit, 0 when only the search can learn it.

    `replicates`: how many measurements it is the mean of.
    """

    value: float
    sd: float = 0.0
    replicates: float = 1.0


def checked_result(where: str, result: Mapping[str, Any], objectives: Sequence[Objective]) -> Result:
    """A result as JSON keeps it. An entry is a number, (value, sd) or {"value", "sd", "n"}. Raises InputError."""
    if not isinstance(result, Mapping):
        raise InputError(
            where, f"{result!r}: must be a dict of objectives and their values, or of failed and its reason"
        )
    by_name = {objective.name: objective for objective in objectives}
    plain = unboxed(result)
    texts = {name: _text(plain[name]) for name in RESERVED if name in plain}
    checked: Result = {name: text for name, text in texts.items() if text}
    for name, value in plain.items():
        if name not in by_name and name not in RESERVED:
            raise InputError(f"{where}.{name}", f"unknown; allowed are {', '.join((*RESERVED, *by_name))}")
        if name in by_name and not ({"failed", "mishap"} & set(checked) and _is_nothing(value)):
            checked[name] = list(_entry(f"{where}.{name}", value, by_name[name].log))
    if not set(checked) - {"sample"}:
        raise InputError(where, "empty: must hold a value or failed with its reason")
    if "mishap" in checked and set(checked) - {"mishap", "sample"}:
        raise InputError(f"{where}.mishap", "stands beside values or failed: a mishap says nothing of the point")
    return checked


def _is_nothing(value: Any) -> bool:
    """Whether a value is what data frames hold for nothing; of what failed none is expected."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def _text(value: Any) -> str:
    """A reason or a sample as a text; blank for what empty cells and columns of yes and no hold where there is none."""
    if value is False or _is_nothing(value):
        return ""
    if value is True:
        return "failed"
    return f"{value:.12g}" if isinstance(value, (int, float)) else str(value).strip()


def entry_of(result: Result, name: str) -> Entry:
    """The entry of a checked result."""
    return Entry(*result[name])


def _entry(where: str, raw: Any, log: bool) -> Entry:
    if isinstance(raw, Mapping):
        for key in raw:
            if key not in ENTRY_KEYS:
                raise InputError(f"{where}.{key}", f"unknown key; allowed are {', '.join(ENTRY_KEYS)}")
        parts = [raw.get("value"), raw.get("sd", 0.0), raw.get("n", 1)]
    elif isinstance(raw, (tuple, list)) and 1 <= len(raw) <= 3:
        parts = [*raw, *(0.0, 1)[len(raw) - 1 :]]
    else:
        parts = [raw, 0.0, 1]
    if any(isinstance(part, bool) for part in parts):
        raise InputError(where, f"{raw!r}: must be a number; what failed is told as failed, with its reason")
    try:
        value, sd, replicates = (float(part) for part in parts)
    except (TypeError, ValueError):
        raise InputError(where, f"{raw!r}: must be a number, (value, sd) or {{value, sd, n}}") from None
    if math.isnan(value):
        raise InputError(where, "nan: must be a finite number; leave out what was not measured")
    if not math.isfinite(value) or (log and value <= 0.0):
        raise InputError(where, f"{value!r}: must be a finite number{' above 0: its scale is a log' if log else ''}")
    if not math.isfinite(sd) or sd < 0.0:
        raise InputError(where, f"standard deviation {sd!r}: must be a finite number not below 0")
    if not 1.0 <= replicates < math.inf:
        raise InputError(where, f"{replicates!r} replicates: must be at least 1")
    return Entry(value, sd, replicates)
