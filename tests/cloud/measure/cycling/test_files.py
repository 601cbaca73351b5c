import contextlib
import datetime
import random
from pathlib import Path

import numpy as np
import pytest
from adatom.cloud.measure.cycling.files import read_record
from adatom.cloud.measure.cycling.record import Record, halves_of
from adatom.protocol.errors import InputError
from openpyxl import Workbook

from tests.cloud.measure.cycling import made

ROWS = made.symmetric(3)


def read(folder: Path, text: str, name: str = "cell.csv") -> Record:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_record(path)


@pytest.mark.parametrize(
    "text",
    [
        made.plain(ROWS),
        made.plain(ROWS, "\t"),
        made.plain(ROWS, ";", ","),
        made.biologic(ROWS),
        "﻿" + made.plain(ROWS).replace("\n", "\r\n"),
        made.plain(ROWS).replace(
            "time_s,current_ma,voltage_v,cycle", "Test Time (s),Current (mA),Potential/V,Cycle Index"
        ),
        made.neware_layers(ROWS),
    ],
)
def test_the_same_record_from_every_format(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)
    time, milliamps, volts, cycle = (np.array(column) for column in zip(*ROWS, strict=True))
    assert found.current_a == pytest.approx(milliamps / 1000)
    assert found.voltage_v == pytest.approx(volts)
    assert found.cycle.tolist() == cycle.tolist()
    assert [half.charge_ah for half in halves_of(found)] == pytest.approx([1e-4] * 6)
    if "Record ID" not in text:
        assert found.time_s == pytest.approx(time)


def test_times_that_begin_again_are_set_forth(tmp_path: Path) -> None:
    found = read(tmp_path, made.neware_layers(ROWS))
    assert (np.diff(found.time_s) >= 0).all()
    assert any("begins again" in note for note in found.notes)
    assert found.step.max() > 6


def test_a_workbook_of_neware(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["Unit", "nothing to read"])
    sheet = book.create_sheet("record")
    sheet.append(["DataPoint", "Cycle Index", "Step Index", "Step Type", "Total Time", "Current(mA)", "Voltage(V)"])
    for number, (t, i, v, n) in enumerate(ROWS, 1):
        sheet.append([number, n, 2 * n + (i < 0), "CC", datetime.timedelta(seconds=t), i, v])
    book.save(tmp_path / "cell.xlsx")
    found = read_record(tmp_path / "cell.xlsx")
    assert found.time_s[-1] == pytest.approx(ROWS[-1][0], abs=1)
    assert found.meta["sheet"] == "record"
    assert [half.cycle for half in halves_of(found)] == [1, 1, 2, 2, 3, 3]


def test_facts_and_currents_per_area(tmp_path: Path) -> None:
    text = made.plain(ROWS).replace("current_ma", "current_ma_cm2")
    found = read(tmp_path, text)
    assert found.area_cm2 == 1
    assert found.current_a.max() == pytest.approx(1e-4)
    assert read(tmp_path, "# area_cm2 = 0.785\n# simulated = 1\n" + made.plain(ROWS)).area_cm2 == 0.785


def test_units_that_are_missing_are_assumed_and_said(tmp_path: Path) -> None:
    found = read(tmp_path, made.plain(ROWS).replace("current_ma,voltage_v", "current,voltage"))
    assert any("'current' states no unit: A assumed" in note for note in found.notes)
    assert any("'voltage' states no unit: V assumed" in note for note in found.notes)


def test_cycles_are_counted_where_the_file_has_none(tmp_path: Path) -> None:
    text = "\n".join(line.rsplit(",", 1)[0] for line in made.plain(ROWS).splitlines())
    found = read(tmp_path, text)
    assert [half.cycle for half in halves_of(found)] == [1, 1, 2, 2, 3, 3]
    assert any("counted here" in note for note in found.notes)


def test_a_last_line_cut_off_is_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, made.plain(ROWS) + "99999,0.1")
    assert found.time_s.size == len(ROWS)
    assert any("cut off" in note for note in found.notes)


BAD = [
    ("", "empty"),
    ("\x00\x01\x02binary\x03", "neither text"),
    ("# only = facts\n", "only comment lines"),
    ("1,2,3\n4,5,6\n", "no row of column names"),
    ("time_s,voltage_v\n1,2\n3,4\n", "no column of current among 'time_s', 'voltage_v'"),
    ("time_s,current_ma,voltage_v\n1,2,3\n", "1 rows of numbers"),
    ("time_s,current_ma,voltage_v\n1,2,3\n2,x,3\n3,2,3\n", "line 3: column 'current_ma' is 'x'"),
    ("time_s,current_ma,voltage_v\n1,2,3\n2,1e99,3\n3,2,3\n", "line 3: column 'current_ma' is '1e99'"),
    ("time_s,current_ma,voltage_v\n5,2,3\n4,2,3\n9,2,3\n", "line 3: time steps back by 1 s"),
    ("# area_cm2 = -1\ntime_s,current_ma,voltage_v\n1,2,3\n2,2,3\n", "area_cm2 is '-1'"),
    ("(a" * 5000 + ",1\n" + "1,2\n" * 2000, "no row of column names"),
    ("EC-Lab ASCII FILE\nNb header lines : 99\n", "`Nb header lines` is 99"),
]


@pytest.mark.parametrize(("text", "problem"), BAD)
def test_what_cannot_be_read_is_said(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert problem in str(caught.value)


def test_damaged_files_end_in_a_record_or_in_words(tmp_path: Path) -> None:
    rng = random.Random(4)
    texts = [made.plain(ROWS), made.biologic(ROWS), made.neware_layers(ROWS)]
    for _ in range(100):
        text = list(rng.choice(texts))
        for _ in range(rng.randint(1, 20)):
            text[rng.randrange(len(text))] = rng.choice('0e-.,;:\n\t"# x')
        with contextlib.suppress(InputError):
            assert np.isfinite(read(tmp_path, "".join(text)).time_s).all()
