"""An .xlsx as a table: read, appended to, and left alone where openpyxl would lose something."""

import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from adatom.edge import command

from .labs import HEADER, ROWS, lab, run


def workbook(folder: Path, extra: dict[str, Any] | None = None) -> Path:
    """The laboratory's table as a workbook, with cells on top."""
    openpyxl = pytest.importorskip("openpyxl")
    lab(folder).unlink()
    book = openpyxl.Workbook()
    for line in (HEADER, *ROWS):
        book.active.append([_value(cell) for cell in line.split(",")])
    for cell, value in (extra or {}).items():
        book.active[cell] = value
    book.create_sheet("notes")["A1"] = "keep me"
    path = folder / "runs.xlsx"
    book.save(path)
    return path


def _value(cell: str) -> float | str | None:
    try:
        return float(cell)
    except ValueError:
        return cell or None


def test_rows_are_read_appended_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = workbook(tmp_path)
    space = str(tmp_path / "SPACE.toml")
    assert run(monkeypatch, "suggest", str(path), "--space", space, "-n", "2", "--append", "--json") == command.OK
    answer = json.loads(capsys.readouterr().out)
    assert (answer["told"], answer["pending"]) == (3, 1)
    assert run(monkeypatch, "tell", str(path), "7", "sigma=0.7", "sample=p1") == command.OK
    import openpyxl

    book = openpyxl.load_workbook(path)
    assert book["notes"]["A1"].value == "keep me"
    rows = list(book.worksheets[0].values)
    assert rows[0][-1] == "sample"
    assert rows[6][-3:] == (0.7, None, "p1")
    assert rows[6][0] == answer["suggestions"][1]["point"]["sinter_c"]


def test_formulas_are_read_as_computed_and_never_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = workbook(tmp_path, {"J1": "half", "J2": "=G2/2"})
    before = path.read_bytes()
    words = ("suggest", str(path), "--space", str(tmp_path / "SPACE.toml"))
    assert run(monkeypatch, *words) == command.OK
    assert run(monkeypatch, *words, "--append") == command.FAILED
    assert "would lose what formula Sheet!J2 gave" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_a_formula_that_nobody_computed_is_no_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = workbook(tmp_path, {"G3": "=1/2"})
    assert run(monkeypatch, "suggest", str(path), "--space", str(tmp_path / "SPACE.toml")) == command.WRONG_USE
    assert "row 3, column sigma: '=1/2': must be a number" in capsys.readouterr().err


def test_pictures_are_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = workbook(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/media/image1.png", b"a picture")
    before = path.read_bytes()
    assert (
        run(monkeypatch, "tell", str(path), "5", "sigma=1", "--space", str(tmp_path / "SPACE.toml")) == command.FAILED
    )
    assert "would lose xl/media/image1.png" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_without_openpyxl_the_way_out_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lab(tmp_path)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "")
    path = tmp_path / "runs.xlsx"
    path.write_bytes(buffer.getvalue())
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    assert run(monkeypatch, "suggest", str(path), "--space", str(tmp_path / "SPACE.toml")) == command.FAILED
    assert "pip install 'adatom[xlsx]', or save the sheet as CSV" in capsys.readouterr().err


def test_a_damaged_workbook_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = workbook(tmp_path)
    for data in (path.read_bytes()[:500], b"PK\x03\x04 no archive"):
        path.write_bytes(data)
        assert run(monkeypatch, "suggest", str(path), "--space", str(tmp_path / "SPACE.toml")) == command.WRONG_USE
        assert "runs.xlsx: not a workbook that openpyxl reads" in capsys.readouterr().err
    path.write_bytes(b"\xd0\xcf\x11\xe0 old")
    assert run(monkeypatch, "suggest", str(path), "--space", str(tmp_path / "SPACE.toml")) == command.WRONG_USE
    assert "save it as .xlsx without a password" in capsys.readouterr().err
