"""Times as cyclers write them: seconds, clocks that count hours, dates with a time of day. Knows no files.

Dates: EC-Lab and BT-Lab write `MM/DD/YYYY hh:mm:ss.ffff` in a column that is still named `time/s`; others `YYYY-MM-DD`
or `DD.MM.YYYY`. With slashes the month stands first, unless a first number of the column is above 12.
"""

import datetime
import re
from collections.abc import Sequence

_CLOCK = re.compile(r"(?:(\d{1,5})[d\-. ]\s?)?(\d{1,6}):(\d{1,2}):(\d{1,2}(?:\.\d{1,9})?)")
_DATE = re.compile(
    r"(\d{1,4})([/.\-])(\d{1,2})\2(\d{1,4})[ T]+(\d{1,2}):(\d{2}):(\d{2}(?:[.,]\d{1,9})?)\s*([AaPp][Mm])?"
)
NOON_H = 12


def clock_s(cell: str) -> float | None:
    """Seconds of a clock such as 123:45:06.789 or 2d 03:04:05; None for anything else."""
    match = _CLOCK.fullmatch(cell.strip())
    if match is None:
        return None
    return 86400.0 * int(match[1] or 0) + 3600.0 * int(match[2]) + 60.0 * int(match[3]) + float(match[4])


def day_first(cells: Sequence[str]) -> bool:
    """Whether dates with slashes have the day first: one of them could have no such month."""
    found = (_DATE.fullmatch(cell.strip()) for cell in cells)
    return any(match[2] == "/" and len(match[1]) <= 2 and int(match[1]) > 12 for match in found if match)


def date_s(cell: str, day_stands_first: bool = False) -> float | None:
    """Seconds since 1970, in the clock of the file, of a date with a time of day; None for anything else."""
    match = _DATE.fullmatch(cell.strip())
    if match is None:
        return None
    first, second, third = (int(match[n]) for n in (1, 3, 4))
    if len(match[1]) == 4:
        year, month, day = first, second, third
    elif day_stands_first or match[2] != "/":
        day, month, year = first, second, third
    else:
        month, day, year = first, second, third
    hour = int(match[5]) if match[8] is None else int(match[5]) % NOON_H + NOON_H * (match[8].lower() == "pm")
    try:
        whole = datetime.datetime(year, month, day, hour, int(match[6]), tzinfo=datetime.UTC)
    except ValueError:  # no such day
        return None
    return whole.timestamp() + float(match[7].replace(",", "."))
