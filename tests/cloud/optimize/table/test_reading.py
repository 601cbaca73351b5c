"""Whatever is appended is read back as it was, in every dialect; spellings of failures; what a made row may be."""

import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from adatom.cloud.optimize.table.reading import read_rows
from adatom.cloud.optimize.table.rounding import rounded_point
from adatom.cloud.optimize.table.setup import Setup, read_setup
from adatom.cloud.optimize.table.text_grid import text_grid
from adatom.cloud.optimize.table.writing import appended, entered
from adatom.protocol.errors import InputError
from hypothesis import given, settings
from hypothesis import strategies as st

from .labs import HEADER, SPACE

FREE = SPACE.replace("step = 0.05\n", "").replace(", step = 10", "")


@cache
def setup_of(text: str = SPACE) -> Setup:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "SPACE.toml"
        path.write_text(text, encoding="utf-8")
        return read_setup(path)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**31),
    st.integers(1, 6),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]),
    st.permutations([*HEADER.split(","), "note"]),
    st.floats(1e-6, 1e6),
    st.sampled_from([SPACE, FREE]),
)
def test_what_is_appended_and_told_is_read_back(
    seed: int,
    count: int,
    separator: str,
    newline: str,
    encoding: str,
    header: list[str],
    value: float,
    space: str,
) -> None:
    setup = setup_of(space)
    points = setup.space.points(setup.space.random(count, np.random.default_rng(seed)))
    start = separator.join(header) + newline + separator.join(["" if h != "note" else "mine" for h in header]) + newline
    grid = text_grid("t", start.encode(encoding))
    reading = read_rows("t", grid, setup)
    cells, numbers = appended(reading, setup, points)
    grid = text_grid("t", grid.with_cells(cells, reading.decimal).to_bytes())
    reading = read_rows("t", grid, setup)
    assert reading.problems == ()
    assert [(row.number, row.point) for row in reading.pending] == list(zip(numbers, points, strict=True))
    cells = dict(entered("t", grid, reading, numbers[-1], {"sigma": value, "sample": 'p "1"'}, force=False))
    after = text_grid("t", grid.with_cells(cells, reading.decimal).to_bytes())
    (told,) = read_rows("t", after, setup).told
    assert told.result == {"sigma": [value, 0.0, 1.0], "sample": 'p "1"'}
    assert after.rows[1] == grid.rows[1]


@given(st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_rounded_points_keep_to_the_rules_and_are_near(seed: int) -> None:
    space = setup_of(FREE).space
    (point,) = space.points(space.random(1, np.random.default_rng(seed)))
    rounded = space.plain(rounded_point(space.parameters, point))
    assert space.violations(rounded) == []
    assert np.allclose(space.vectors([rounded]), space.vectors([point]), atol=2e-3)
    assert all(len(f"{rounded[part]:.12g}") <= 6 for part in ("Zr", "Ta", "Nb"))


@pytest.mark.parametrize(
    ("cell", "failed"),
    [("", None), ("no", None), ("0", None), ("OK", None), ("yes", "failed"), ("1", "failed"), ("cracked", "cracked")],
)
def test_how_a_failure_is_spelt(cell: str, failed: str | None) -> None:
    grid = text_grid("t", f"{HEADER}\n1000,2,air,0.8,0.2,0,,{cell}\n".encode())
    (row,) = read_rows("t", grid, setup_of()).rows
    assert (row.result or {}).get("failed") == failed


def test_a_made_row_may_be_off_the_steps_but_a_waiting_one_may_not() -> None:
    made, waiting = (f"1003,2,air,0.805,0.195,0.004,{value},\n" for value in ("0.3", ""))
    reading = read_rows("t", text_grid("t", f"{HEADER}\n{made}{waiting}".encode()), setup_of())
    assert [row.number for row in reading.told] == [2]
    assert {problem.row for problem in reading.problems} == {3}


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("sinter_c,hold_h,atmosphere,Zr,Ta", "no column Nb"),
        ("Sinter C,hold_h,atmosphere,Zr,Ta,Nb", "no column sinter_c .column 'Sinter C' looks like it: rename it"),
        (HEADER + ",hold_h", "column hold_h stands 2 times"),
        (HEADER.replace("sigma", "Sigma"), "no column sigma .column 'Sigma' looks like it"),
    ],
)
def test_a_header_that_cannot_be_used_is_named(header: str, problem: str) -> None:
    with pytest.raises(InputError, match=rf"t: row 1: {problem}"):
        read_rows("t", text_grid("t", f"{header}\n".encode()), setup_of())


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (('name = "sigma"', 'name = "Zr"'), "columns: Zr: would stand twice in the table"),
        (("seed = 3", "seed = -1"), "seed: -1: must be a whole number, at least 0"),
        (("seed = 3", 'strategy = "magic"'), "strategy: 'magic': must be one of"),
        (("seed = 3", "budget = 0"), "budget: 0"),
        (('direction = "maximise"', 'direction = "up"'), r"objectives\[0\].direction: 'up'"),
        (("log = true\n", "weight = 0\nlog = true\n"), "objectives: at least one needs a weight"),
    ],
)
def test_a_mistake_in_the_space_is_named(change: tuple[str, str], problem: str) -> None:
    head, _, tail = SPACE.rpartition(change[0])
    with pytest.raises(InputError, match=rf"SPACE\.toml: {problem}"):
        setup_of.__wrapped__(head + change[1] + tail)


ODD = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=6),
    st.floats(allow_nan=True, allow_infinity=True).map(repr),
    st.sampled_from(
        ["1e308", "-1e308", "1e-320", "1e400", "0,5", "1", "0.5", "air", "", "#REF!", "0x1", "١", "½", "1e5", "TRUE"]
    ),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(ODD, min_size=8, max_size=9), max_size=6), st.sampled_from([",", ";"]))
def test_whatever_stands_in_cells_is_a_row_or_a_problem(table: list[list[str]], separator: str) -> None:
    setup = setup_of()
    quoted = [separator.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in table]
    header = f"{HEADER},sigma_sd".replace(",", separator)
    reading = read_rows("t", text_grid("t", "\n".join([header, *quoted]).encode()), setup)
    numbers = {row.number for row in reading.rows}
    assert not numbers & {problem.row for problem in reading.problems}
    for row in reading.told:
        assert setup.space.covers(row.point)
