"""Reads the log of a deposition chamber: a table of measured values (.dlog, .dlog.gz) and its events (.elog).

Pure parsing: text in, columns out, with units in the names; what is odd in a file is reported, never repaired in
silence. It knows nothing of databases and benches. The format is the one of the IKZ Berlin chamber, see
examples/pld_log/ATTRIBUTION.md.
"""

import gzip
import math
import zlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from adatom.protocol.errors import InputError

PA_PER_MBAR = 100.0
# (name here, unit here, factor from the file's unit), in the file's order
COLUMNS = (
    ("time_s", "s", 1.0),
    ("heater_c", "°C", 1.0),
    ("pressure_pa", "Pa", PA_PER_MBAR),  # the file's pressure2: capacitance gauge
    ("flow_sccm", "sccm", 1.0),  # O2
    ("other_flow_sccm", "sccm", 1.0),  # N2 or Ar
    ("rate_hz", "Hz", 1.0),
    ("energy_mj", "mJ", 1.0),
    ("vacuum_pa", "Pa", PA_PER_MBAR),  # the file's pressure1: full-range gauge
)
UNITS = {name: unit for name, unit, _ in COLUMNS}
GAP_S = 10.0  # rows come every 2-3 s; a longer pause is worth a word
MAX_BYTES = 256 * 1024 * 1024  # of decompressed text: a year of rows; a larger file is not a chamber's log
GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class LogEvent:
    """One line of the event list."""

    time_s: float
    text: str


@dataclass(frozen=True)
class ChamberLog:
    """Columns of equal length by name (units: `UNITS`), events by time, and the oddities found."""

    source: str
    columns: dict[str, list[float]]
    events: list[LogEvent]
    quirks: list[str]

    def __len__(self) -> int:
        return len(self.columns["time_s"])


SHIPPED_LOG = Path(__file__).parent / "examples" / "pld_log"


def read_log(path: Path) -> ChamberLog:
    """The log at a path: a folder that holds one .dlog, or the .dlog(.gz) itself; its .elog is read when it is there.

    Raises InputError with file and line for anything that is not such a log.
    """
    table = _table_file(path)
    columns, quirks = parse_dlog(_text(table), table.name)
    events_file = table.with_name(table.name.removesuffix(".gz").removesuffix(".dlog") + ".elog")
    events = parse_elog(_text(events_file), events_file.name) if events_file.exists() else []
    if not events:
        quirks.append(f"no events: {events_file.name} is missing or empty")
    return ChamberLog(table.name, columns, events, quirks)


def parse_dlog(text: str, where: str) -> tuple[dict[str, list[float]], list[str]]:
    """(columns by name, oddities) of a .dlog text. Raises InputError(where:line) at the first row that is none."""
    rows: list[list[float]] = []
    ragged = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        values = _row(line, f"{where}:{number}")
        ragged += len(values) > len(COLUMNS)
        if rows and values[0] < rows[-1][0]:
            raise InputError(f"{where}:{number}", f"time goes back from {rows[-1][0]:g} s to {values[0]:g} s")
        rows.append(values)
    if not rows:
        raise InputError(where, "holds no rows; 8 tab-separated numbers a row are expected")
    columns = {name: [row[k] * factor for row in rows] for k, (name, _, factor) in enumerate(COLUMNS)}
    return columns, _quirks(columns, ragged)


def parse_elog(text: str, where: str) -> list[LogEvent]:
    """The events of an .elog text, `h:m:s<TAB>event` a line. Raises InputError(where:line) for another line."""
    events = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        stamp, tab, words = line.partition("\t")
        parts = stamp.strip().split(":")
        if not tab or len(parts) != 3 or not all(part.isdecimal() for part in parts):
            raise InputError(f"{where}:{number}", f"{line[:60]!r} is not h:m:s, a tab and an event")
        hours, minutes, seconds = (int(part) for part in parts)
        if minutes > 59 or seconds > 59:
            raise InputError(f"{where}:{number}", f"{stamp!r}: minutes and seconds must be 0 to 59")
        events.append(LogEvent(3600.0 * hours + 60.0 * minutes + seconds, words.strip()))
    return events


def _row(line: str, where: str) -> list[float]:
    """The numbers of one row; a ninth one is let through only as the 0 that real files have there."""
    cells = line.split("\t")
    if len(cells) not in (len(COLUMNS), len(COLUMNS) + 1):
        raise InputError(where, f"{len(cells)} columns; {len(COLUMNS)} are expected, or a ninth that is 0")
    values = []
    for name, cell in zip([*UNITS, "ninth column"], cells, strict=False):
        try:
            value = float(cell)
        except ValueError:
            raise InputError(where, f"{name} = {cell[:40]!r}: must be a number") from None
        if not math.isfinite(value):
            raise InputError(where, f"{name} = {cell[:40]!r}: must be a finite number")
        values.append(value)
    if len(values) > len(COLUMNS) and values[-1] != 0.0:
        raise InputError(where, f"ninth column = {values[-1]:g}: must be 0 where it is present")
    return values


def _quirks(columns: dict[str, list[float]], ragged: int) -> list[str]:
    """What a reader of the columns should know, as sentences."""
    times = columns["time_s"]
    steps = [later - earlier for earlier, later in pairwise(times)]
    gaps = [step for step in steps if step > GAP_S]
    repeated = sum(step == 0.0 for step in steps)
    dark = sum(rate > 0.0 and energy == 0.0 for rate, energy in
               zip(columns["rate_hz"], columns["energy_mj"], strict=True))  # fmt: skip
    found = []
    if ragged:
        found.append(f"{ragged} rows have a ninth column, always 0: ignored")
    if repeated:
        found.append(f"{repeated} rows repeat the time before them (four digits are printed): kept, in file order")
    if gaps:
        found.append(f"{len(gaps)} gaps longer than {GAP_S:g} s, the longest {max(gaps):g} s")
    if dark:
        found.append(f"{dark} rows read 0 mJ while the laser fires: the meter's filter was filling")
    return found


def _table_file(path: Path) -> Path:
    if not path.exists():
        raise InputError(str(path), "no such file or folder")
    if not path.is_dir():
        return path
    found = sorted(entry for entry in path.iterdir() if entry.name.endswith((".dlog", ".dlog.gz")))
    if len(found) != 1:
        raise InputError(str(path), f"holds {len(found)} .dlog or .dlog.gz files; one is expected, or name the file")
    return found[0]


def _text(path: Path) -> str:
    """The decompressed text of a file; gzip is told by its first bytes, not by the name."""
    try:
        data = path.read_bytes()
        if data[:2] == GZIP_MAGIC:
            data = _decompressed(path)
        return data.decode("ascii")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError(str(path), f"cannot be read as a log: {error}") from None


def _decompressed(path: Path) -> bytes:
    """At most MAX_BYTES: a few kilobytes of gzip can unfold to fill the memory."""
    with gzip.open(path) as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InputError(str(path), f"more than {MAX_BYTES // 1024**2} MiB of text is no chamber log")
    return data
