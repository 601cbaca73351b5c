"""Times of cyclers: clocks that count hours, dates with a time of day."""

from pathlib import Path

import numpy as np
import pytest
from adatom.cloud.measure.cycling.clocks import clock_s, date_s, day_first
from adatom.cloud.measure.cycling.files import read_record
from adatom.protocol.errors import InputError

NIGHT_S = date_s("2024-07-19 23:59:59")


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [("0:00:01.5", 1.5), ("123:45:06.789", 445506.789), ("2d 03:04:05", 183845.0), ("1 00:00:00", 86400.0)],
)
def test_clocks(cell: str, seconds: float) -> None:
    assert clock_s(cell) == pytest.approx(seconds)
    assert date_s(cell) is None


@pytest.mark.parametrize(
    "cell",
    ["07/20/2024 00:00:01.5000", "2024-07-20 00:00:01.5", "2024-07-20T00:00:01,5", "20.07.2024 00:00:01.5",
     "7/20/2024 12:00:01.5 AM"],
)  # fmt: skip
def test_dates_across_midnight(cell: str) -> None:
    seconds = date_s(cell)
    assert seconds is not None
    assert NIGHT_S is not None
    assert seconds - NIGHT_S == pytest.approx(2.5)
    assert clock_s(cell) is None


def test_day_or_month_first_by_the_whole_column() -> None:
    assert day_first(["05/08/2024 10:00:00", "19/07/2024 10:00:00"])
    assert not day_first(["05/08/2024 10:00:00", "07/19/2024 10:00:00"])
    assert date_s("05/08/2024 10:00:00", True) == date_s("2024-08-05 10:00:00")
    assert date_s("05/08/2024 10:00:00") == date_s("2024-05-08 10:00:00")


@pytest.mark.parametrize(
    "cell", ["07/32/2024 10:00:00", "2024-02-30 10:00:00", "07/19/2024", "07/19/2024 25:00:00", ""]
)
def test_what_is_no_date(cell: str) -> None:
    assert date_s(cell) is None


def record_text(days: list[str]) -> str:
    head = "EC-Lab ASCII FILE\nNb header lines : 3\ntime/s\tI/mA\tEwe/V\tcycle number\n"
    rows = [f"{day}\t{sign * 0.1}\t{sign * 0.03}\t0" for day, sign in zip(days, (1, 1, -1, -1), strict=True)]
    return head + "\n".join(rows) + "\n"


def test_a_record_whose_time_holds_dates(tmp_path: Path) -> None:
    path = tmp_path / "a.mpt"
    path.write_text(record_text([f"07/31/2024 23:59:{s}.5000" for s in (30, 40)] + ["08/01/2024 00:00:00.5000"] * 2))
    record = read_record(path)
    assert np.allclose(record.time_s, [0, 10, 30, 30])
    assert "times are dates with the month first: counted from the first" in record.notes
    path.write_text(record_text(["31/07/2024 23:59:30", "31/07/2024 23:59:40"] + ["01/08/2024 00:00:00"] * 2))
    assert np.allclose(read_record(path).time_s, [0, 10, 30, 30])
    path.write_text(record_text(["02/30/2024 23:59:30"] * 4))
    with pytest.raises(InputError, match="'02/30/2024 23:59:30'; a number is needed"):
        read_record(path)
