"""Every byte that nobody changed survives; cells read as Python's csv reads them."""

import csv
import io

import pytest
from adatom.cloud.optimize.table.grid import value_text
from adatom.cloud.optimize.table.text_grid import text_grid
from adatom.protocol.errors import InputError
from hypothesis import given
from hypothesis import strategies as st

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=8)
TABLES = st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=5)


@given(TABLES, st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_cells_are_those_that_csv_reads(table: list[list[str]], separator: str, newline: str, everything: bool) -> None:
    if not everything:  # Python's csv leaves a lone carriage return without quotes, and reads it as a line's end
        table = [[cell.replace("\r", "\n") for cell in row] for row in table]
    table = [[f"a{separator}b", "c"], *table]
    stream = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if everything else csv.QUOTE_MINIMAL
    csv.writer(stream, delimiter=separator, lineterminator=newline, quoting=quoting).writerows(table)
    # the sep= line settles the separator, whatever the cells hold
    data = f"sep={separator}{newline}{stream.getvalue()}".encode()
    grid = text_grid("t", data)
    assert [list(row) for row in grid.rows] == table
    assert grid.to_bytes() == data


@given(st.binary(max_size=200))
def test_any_bytes_survive_or_are_refused(data: bytes) -> None:
    try:
        grid = text_grid("t", data)
    except InputError:
        return
    assert grid.to_bytes() == data


@given(TABLES, st.integers(1, 7), st.integers(1, 5), CELLS)
def test_a_cell_set_is_read_back_and_others_keep_their_bytes(
    table: list[list[str]], row: int, column: int, text: str
) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=";", quoting=csv.QUOTE_ALL).writerows([["head", "er"], *table])
    before = text_grid("t", stream.getvalue().encode())
    after = text_grid("t", before.with_cells({(row, column): text}, ",").to_bytes())
    assert after.rows[row - 1][column - 1] == text
    assert len(after.records) == max(len(before.records), row)
    for number, record in enumerate(before.records, start=1):
        if number != row:
            assert after.records[number - 1] == record


@pytest.mark.parametrize(
    ("data", "separator", "first"),
    [
        (b"\xef\xbb\xbfa;b\r\n1,5;2\r\n", ";", "a"),
        ("a\tb\r\n1\tß\r\n".encode("utf-16"), "\t", "a"),
        ("a,µ\n1,2\n".encode("cp1252"), ",", "a"),
        (b"SEP=;\na;b\n", ";", "a"),
        (b'"a;x",b\n', ",", "a;x"),
        (b"a\n1\n", ",", "a"),
        (b"a;b", ";", "a"),
    ],
)
def test_dialects(data: bytes, separator: str, first: str) -> None:
    grid = text_grid("t", data)
    assert (grid.separator, grid.rows[0][0]) == (separator, first)
    assert grid.to_bytes() == data


def test_a_row_after_a_file_without_a_last_line_end_begins_a_line() -> None:
    assert text_grid("t", b"a,b\r\n1,2").with_cells({(3, 2): 4.5}, ".").to_bytes() == b"a,b\r\n1,2\r\n,4.5\r\n"


def test_an_open_quotation_mark_is_named() -> None:
    with pytest.raises(InputError, match=r"t: row 2: cell 2 begins with a quotation mark"):
        text_grid("t", b'a,b\n1,"2\n')


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(InputError, match="is no text"):
        text_grid("t", b"a,\0b\n")


def test_a_text_that_the_encoding_has_not_is_refused() -> None:
    with pytest.raises(InputError, match="cp1252: save it as UTF-8"):
        text_grid("t", "a,µ\n".encode("cp1252")).with_cells({(2, 1): "日"}, ".").to_bytes()


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([".", ","]))
def test_numbers_are_read_back_as_they_are(value: float, decimal: str) -> None:
    assert float(value_text(value, decimal).replace(",", ".")) == value
