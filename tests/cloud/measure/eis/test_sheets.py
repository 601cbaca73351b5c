"""Spreadsheets: every sheet as a table, and files that were made to harm."""

import numpy as np
import pytest
from adatom.cloud import spreadsheet
from adatom.cloud.measure.eis.files import spectra_in_bytes
from adatom.cloud.measure.eis.table import Spectrum
from adatom.protocol.errors import InputError

from .made_binaries import make_ods, make_xlsx, make_zip, ods_table
from .made_files import FREQ_HZ, POINTS, Z_OHM

NAMES: list[object] = ["f / kHz", "Z' / Ω", "-Z'' / Ω"]
ROWS: list[list[object]] = [["Pellet 7"], [], NAMES, *[[f / 1000, re, -im] for f, re, im in POINTS]]
TYPED: list[list[object]] = [
    NAMES,
    *[[f"{f / 1000:.9f}".replace(".", ","), f"{re:.12f}".replace(".", ","), f"{-im:.12f}".replace(".", ",")]
      for f, re, im in POINTS],
]  # fmt: skip


def assert_is(spectrum: Spectrum) -> None:
    assert np.allclose(spectrum.freq_hz, FREQ_HZ)
    assert np.allclose(spectrum.z_ohm, Z_OHM)


FILES = {
    "xlsx": make_xlsx({"Data": ROWS}),
    "xlsx, typed as text": make_xlsx({"Data": TYPED}),
    "ods": make_ods(ods_table("Data", ROWS)),
    "ods, typed as text": make_ods(ods_table("Data", TYPED)),
}


@pytest.mark.parametrize("name", FILES)
def test_right_numbers(name: str) -> None:
    (found,) = spectra_in_bytes(FILES[name], "book")
    assert_is(found)
    assert found.name == found.meta["sheet"] == "Data"


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_several_sheets_and_one_of_text(kind: str) -> None:
    sheets = {"25 °C": ROWS, "Notes": [["made by hand", "on a Monday"]], "60 °C": ROWS}
    data = make_xlsx(sheets) if kind == "xlsx" else make_ods("".join(ods_table(*one) for one in sheets.items()))
    found = spectra_in_bytes(data, "book")
    assert [one.name for one in found] == ["25 °C", "60 °C"]
    assert any("left out" in note and "'Notes'" in note for note in found[0].notes)
    for one in found:
        assert_is(one)


BILLION = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
CELL = '<table:table-cell table:number-columns-repeated="{}" office:value="1"/>'
HOSTILE = {
    "entities in ods": (make_ods("&b;", BILLION), "declares a document type"),
    "entities in xlsx": (make_zip({"xl/workbook.xml": BILLION}), "declares a document type"),
    "repeats": (make_ods(f"<table:table><table:table-row>{CELL.format(999999999)}</table:table-row></table:table>"),
                "cells"),
    "repeats of rows": (make_ods('<table:table><table:table-row table:number-rows-repeated="999999999">'
                                 f"{CELL.format(2)}</table:table-row></table:table>"), "cells"),
    "no number of repeats": (make_ods(f"<table:table><table:table-row>{CELL.format('x')}</table:table-row>"
                                      "</table:table>"), "repeats 'x'"),
    "merged": (make_zip({"xl/worksheets/sheet1.xml": '<mergeCell ref="A1:XFD1048576"/>'}), "merges 17179869184 cells"),
    "other archive": (make_zip({"readme.txt": "nothing"}), "not a workbook"),
    "deep": (make_ods("<a>" * 200 + "</a>" * 200), "nests deeper than 100"),
    "no spreadsheet": (make_zip({"content.xml": "<a>"}), "not an OpenDocument spreadsheet"),
    "empty": (make_xlsx({"Data": []}), "sheet 'Data': the sheet is empty"),
    "no frequency": (make_xlsx({"Data": [["Z'", "Z''"], [1.0, 2.0], [2.0, 3.0]]}), "sheet 'Data': no frequency column"),
    "old": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "save it as .xlsx"),
    "cut off": (FILES["xlsx"][:-400], "not a workbook"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_refused_with_reason(name: str) -> None:
    data, reason = HOSTILE[name]
    with pytest.raises(InputError) as caught:
        spectra_in_bytes(data, "book")
    assert reason in str(caught.value)


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MAX_CELLS", 10)
    for name in ("xlsx", "ods"):
        with pytest.raises(InputError, match="more than 10 cells"):
            spectra_in_bytes(FILES[name], "book")
    monkeypatch.setattr(spreadsheet, "MAX_UNPACKED", 100)
    with pytest.raises(InputError, match="at most 2000 and 100 are read"):
        spectra_in_bytes(FILES["ods"], "book")
