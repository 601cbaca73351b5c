"""Galvanostatic records from files, recognised by content: BioLogic text, Neware's exports, any table with names.

BioLogic (EC-Lab and BT-Lab text): `Nb header lines : N`, line N names the columns. Neware: flat tables, or layers in
which cycles and steps stand left of the rows; text, or a workbook in which the sheet `record` (or the first readable
one) is taken. Others: any delimiter and decimal sign; lines such as `# area_cm2 = 0.785` state facts.
Sources: the files' own heads, and Neware's BTSDA manual.
"""

import datetime
import re
from dataclasses import replace
from pathlib import Path

from adatom.cloud.measure.cycling.record import Record
from adatom.cloud.measure.cycling.table import SAID, record_in
from adatom.cloud.measure.eis.files import file_bytes
from adatom.cloud.measure.eis.formats.delimited import COMMENTS, dialect, split
from adatom.cloud.measure.eis.source import Source
from adatom.cloud.measure.eis.table import Rows
from adatom.cloud.spreadsheet import Cell, ods_sheets, xlsx_sheets
from adatom.protocol.errors import InputError

MAX_CELLS = 8_000_000  # 25 columns of 300 000 rows
MAX_SHEETS = 50
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_COUNT = re.compile(r"Nb header lines\s*:\s*(\d{1,7})")
_FACT = re.compile(r"\W+(\w{1,40})\s*[=:]\s*(.{1,200})")


def read_record(path: str | Path) -> Record:
    """The record of a file. Raises InputError naming file, line and value where it cannot be read."""
    return record_of(str(path), file_bytes(Path(path)))


def record_of(where: str, data: bytes) -> Record:
    """The record of a file's bytes; `where` is its path or name. Raises as read_record does."""
    source = Source(where, data)
    record = _of_workbook(source) if source.data.startswith((ZIP, OLE)) else _of_text(source)
    return replace(record, name=Path(where).stem)


def _of_text(source: Source) -> Record:
    if not source.text.strip():
        raise InputError(source.where, f"neither text nor a workbook, or empty; {SAID}")
    lines = list(enumerate(source.lines, 1))
    facts = [fact for _, line in lines if line.startswith(COMMENTS) and (fact := _FACT.fullmatch(line))]
    meta = {str(fact[1]): str(fact[2]) for fact in facts}
    if source.text[:1000].lstrip().startswith(("EC-Lab ASCII FILE", "BT-Lab ASCII FILE")):
        count = _COUNT.search(source.text[:2000])
        if count is None or not 2 <= int(count[1]) <= len(lines):
            raise InputError(source.where, f"`Nb header lines` is {count[1] if count else 'missing'}")
        lines, meta = lines[int(count[1]) - 1 :], {"format": "BioLogic EC-Lab text"}
    kept = [(n, line) for n, line in lines if line.strip() and not line.lstrip().startswith(COMMENTS)]
    if not kept:
        raise InputError(source.where, f"only comment lines; {SAID}")
    delimiter, decimal = dialect(kept)
    if len(kept) + sum(source.text.count(sign) for sign in (delimiter or " \t")) > MAX_CELLS:
        raise InputError(source.where, f"more than {MAX_CELLS} cells; export fewer columns or rows")
    return record_in([(n, split(line, delimiter)) for n, line in kept], source.where, meta, decimal)


def _of_workbook(source: Source) -> Record:
    if source.data.startswith(OLE):
        raise InputError(source.where, "an old .xls or other Office file; save it as .xlsx or CSV")
    is_ods = b"opendocument" in source.data[:200]
    sheets = ods_sheets(source.where, source.data) if is_ods else xlsx_sheets(source.where, source.data)
    refused: list[InputError] = []
    for count, (title, rows) in enumerate(sheets, 1):
        if count > MAX_SHEETS:
            raise InputError(source.where, f"more than {MAX_SHEETS} sheets")
        texts: Rows = [(number, [_text(value) for value in cells]) for number, cells in rows]
        try:
            return record_in(texts, f"{source.where}, sheet {title!r}", {"sheet": title}, ".")
        except InputError as error:
            refused.append(error)
    raise next((e for e in refused if "no row of column names" not in str(e)), None) or InputError(
        source.where, f"no sheet with a record; {SAID}"
    )


def _text(value: Cell | datetime.time | datetime.timedelta) -> str:
    """A cell as text; clock times of a day, which spreadsheets have as a kind of their own, as such."""
    if value is None:
        return ""
    if isinstance(value, datetime.timedelta):
        return repr(value.total_seconds())
    return repr(value) if isinstance(value, float) else str(value).strip()
