"""Binary files made by hand after public descriptions, of the spectrum of made_files."""

import io
import struct
import zipfile
from collections.abc import Sequence

import numpy as np
import openpyxl
from adatom.cloud.measure.eis.formats import mpr

from .made_files import POINTS

IDS = (1, 2, 21, 32, 37, 38, 36, 35, 4, 174, 24, 39)  # flags in one byte, then as EC-Lab orders a PEIS
FIRST = {(0, False): 100, (0, True): 1007, (2, False): 405, (3, False): 406, (3, True): 406}
CODES = {(0, False): "<{}B", (0, True): "<{}H", (2, False): "<{}H", (3, False): "<{}H", (3, True): "<{}H"}


def _module(name: str, data: bytes, version: int, is_new: bool) -> bytes:
    short, long = name.ljust(10).encode(), name.ljust(25).encode()
    if is_new:
        return (
            b"MODULE" + struct.pack("<10s25sIIII8s", short, long, 2**32 - 1, len(data), version, 11, b"08/10/21") + data
        )
    return b"MODULE" + struct.pack("<10s25sII8s", short, long, len(data), version, b"08/10/21") + data


def _point(ids: Sequence[int], row: tuple[float, float, float], cycle: int, widths: dict[int, int]) -> bytes:
    f, re, im = row
    values = {32: f, 37: re, 38: -im, 36: np.hypot(re, im), 35: np.degrees(np.arctan2(im, re)), 24: cycle, 4: 5.0}
    values |= {100: 2 * re, 101: -2 * im, 432: 3 * re, 433: -3 * im}  # of counter electrode, of both
    out, flags = b"", False
    for key in ids:
        if key in mpr.FLAGS:
            out += b"" if flags else b"\x15"
            flags = True
            continue
        width = widths.get(key, mpr.WIDTHS.get(key, 0))
        known = key in values and width in (4, 8)
        out += struct.pack("<f" if width == 4 else "<d", values[key]) if known else b"\x07" * width
    return out


def make_mpr(
    version: int = 3,
    is_new: bool = False,
    ids: Sequence[int] = IDS,
    sweeps: Sequence[int] = (0,),
    loops: Sequence[int] = (),
    widths: dict[int, int] | None = None,
) -> bytes:
    """A file of EC-Lab: a direct-current row before, then the spectrum once for each cycle number in `sweeps`."""
    points = [_point(ids, (0.0, 5.0, 0.0), sweeps[0], widths or {})]
    points += [_point(ids, row, cycle, widths or {}) for cycle in sweeps for row in POINTS]
    key = (version, is_new)
    count = "<IH" if key == (0, True) else "<IB"
    head = struct.pack(count, len(points), len(ids)) + struct.pack(CODES[key].format(len(ids)), *ids)
    data = head.ljust(FIRST[key], b"\x00") + b"".join(points)
    file = mpr.MAGIC.ljust(48) + bytes(4) + _module("VMP Set", b"\x1d" + bytes(50), 0, is_new)
    file += _module("VMP data", data, version, is_new) + _module("VMP LOG", bytes(700), 0, is_new)
    if loops:
        file += _module("VMP loop", struct.pack(f"<{1 + len(loops)}I", len(loops), *loops) + bytes(40), 0, is_new)
    return file


def make_xlsx(sheets: dict[str, list[list[object]]]) -> bytes:
    """A workbook as openpyxl writes it."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)


def make_ods(body: str, head: str = "") -> bytes:
    """An OpenDocument spreadsheet around what stands in its body."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<office:document-content {NAMESPACES}><office:body>'
        f"<office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>"
    )
    return make_zip({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content})


def make_zip(parts: dict[str, str]) -> bytes:
    """An archive of these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def ods_table(title: str, rows: Sequence[Sequence[object]]) -> str:
    """A table as LibreOffice writes it: numbers as values, a million empty rows behind."""
    lines = []
    for row in rows:
        cells = [
            f'<table:table-cell office:value-type="float" office:value="{value!r}"><text:p>{value:.2f}</text:p>'
            "</table:table-cell>"
            if isinstance(value, float)
            else f"<table:table-cell><text:p>{value}</text:p></table:table-cell>"
            for value in row
        ]
        cells.append('<table:table-cell table:number-columns-repeated="16380"/>')
        lines.append(f"<table:table-row>{''.join(cells)}</table:table-row>")
    lines.append(
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row>'
    )
    return f'<table:table table:name="{title}">{"".join(lines)}</table:table>'
