"""Lines that the reports of all `adatom eis` commands share."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from rich.console import Console


def json_ends(low: float, high: float) -> list[float | None]:
    """Both ends of an interval, JSON-ready; None for an upper end that the data do not set, 0 for such a lower one."""
    return [low, high if np.isfinite(high) else None]


def interval_text(low: float, high: float | None, digits: int = 4) -> str:
    """The interval in words."""
    if high is None or not np.isfinite(high):
        return f"above {low:.{digits}g}" if low > 0.0 else "not determined"
    return f"{low:.{digits}g} to {high:.{digits}g}"


def show_head(console: Console, data: dict[str, Any]) -> None:
    """File, format, points, frequencies."""
    low, high = min(data["frequency_hz"]), max(data["frequency_hz"])
    text = f"{data['file']}: {data['format']}, {data['points']} points, {low:.4g} Hz to {high:.4g} Hz"
    console.print(text, highlight=False, soft_wrap=True)


def show_outliers(console: Console, outliers_hz: Iterable[float]) -> None:
    """Which points were left out, if any."""
    shown = ", ".join(f"{f:.4g}" for f in outliers_hz)
    if shown:
        console.print(f"left out as outliers: {shown} Hz", highlight=False)


def show_notes(console: Console, notes: Iterable[str], before: str = "note: ") -> None:
    """A line each."""
    for note in notes:
        console.print(f"{before}{note}", highlight=False, soft_wrap=True, markup=False)
