"""Values of inputs by their type and range, and what is noted of those that do not hold."""

import math
import re
from typing import NamedTuple

RY_EV = 13.605693122994  # CODATA 2018, Rydberg constant times hc in eV
MAX_LINE = 4_000  # characters; longer ones are cut, no input has them
MAX_LINES = 200_000


class Tag(NamedTuple):
    """A tag that is understood. `kind`: int, float, bool, text, list (of numbers)."""

    kind: str
    lowest: float | None = None
    highest: float | None = None
    unit: str = ""
    meaning: str = ""


def number(text: str) -> float | None:
    """A number as Fortran and C write it: 1.d-8, .5, 1e3; None for anything else, NaN and infinity too."""
    if not re.fullmatch(r"[+-]?(?:[0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30})(?:[eEdDqQ][+-]?[0-9]{1,3})?", text.strip()):
        return None
    found = float(re.sub(r"[dDqQ]", "e", text.strip()))
    return found if math.isfinite(found) else None


def truth(text: str) -> bool | None:
    """Fortran's logicals, None for anything else."""
    found = re.fullmatch(r"\.?(t|f)(?:rue|alse)?\.?", text.strip(), re.IGNORECASE)
    return found[1].lower() == "t" if found else None


def problem(tag: Tag, text: str) -> str:
    """What is wrong with a value, "" where nothing is."""
    if tag.kind == "bool":
        return "" if truth(text) is not None else "must be .TRUE. or .FALSE."
    if tag.kind in ("int", "float"):
        value = number(text.split()[0]) if text.split() else None
        if value is None:
            return "must be a number"
        if tag.kind == "int" and value != int(value):
            return "must be a whole number"
        if (tag.lowest is not None and value < tag.lowest) or (tag.highest is not None and value > tag.highest):
            low = "" if tag.lowest is None else f"{tag.lowest:g}"
            high = "" if tag.highest is None else f"{tag.highest:g}"
            return f"must lie in {low}..{high}{' ' + tag.unit if tag.unit else ''}"
    return ""


def lines_of(text: str) -> list[tuple[int, str]]:
    """(line number, text) of what is not blank."""
    found = []
    for place, line in enumerate(text.splitlines()[:MAX_LINES], 1):
        if line.strip():
            found.append((place, line[:MAX_LINE]))
    return found
