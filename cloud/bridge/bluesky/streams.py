"""The streams of a run: values that come together, row by row, with what is to be known of them. Pure.

A stream has every value in every row, as the event model wants it. So channels that are read at the same points form a
stream, and a channel that was read at other points is one of its own; nothing is filled in where nothing was read.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from adatom.protocol import channels
from numpy.typing import NDArray

from ..catalogue import BOOLEAN, CHANNELS, DOUBLE, INTEGER

# of the forms of channels
DTYPES = {DOUBLE: "number", BOOLEAN: "boolean", INTEGER: "integer"}
NUMPY_TYPES = {DOUBLE: np.float64, BOOLEAN: np.bool_, INTEGER: np.int64}
# end of a column's name -> unit; the first that fits
UNITS = (
    ("_ohm_cm2", "Ω cm²"), ("_ma_cm2", "mA/cm²"), ("_s_cm", "S/cm"), ("_ohm", "Ω"), ("_hz", "Hz"), ("_mv", "mV"),
    ("_ev", "eV"), ("_ma", "mA"), ("_nm", "nm"), ("_um", "µm"), ("_mm", "mm"), ("_min", "min"), ("_pct", "%"),
    ("_deg", "°"), ("_pa", "Pa"), ("_v", "V"), ("_a", "A"), ("_c", "°C"), ("_s", "s"),
)  # fmt: skip
RAW = "raw"

OffsetMs = Callable[[int], float]  # boot -> UTC minus the bench's clock
Row = Mapping[str, Any]
Values = list[Any] | NDArray[Any]


class Rows(NamedTuple):
    """Some rows of a stream as plain values: the numbers of their points or records, times, values by name."""

    places: list[tuple[int, int]]
    times_s: list[float]
    data: dict[str, list[Any]]


@dataclass(frozen=True)
class Stream:
    """Rows under one descriptor. `data`: name -> a value a row; `external`: names whose values refer to raw data."""

    name: str
    keys: dict[str, dict[str, Any]]
    boots: Values
    seqs: Values
    times_s: Values
    data: dict[str, Values]
    external: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.times_s)

    def rows(self, start: int, count: int) -> Rows:
        """The rows from `start` on, at most `count`: a long run is never a list as a whole."""
        boots, seqs, times_s = (_plain(values, start, count) for values in (self.boots, self.seqs, self.times_s))
        data = {name: _plain(values, start, count) for name, values in self.data.items()}
        return Rows(list(zip(boots, seqs, strict=True)), times_s, data)


def telemetry(points: Mapping[str, NDArray[Any]], bench: str, offset_ms: OffsetMs) -> list[Stream]:
    """Streams of a run's points, the one with most rows first: `telemetry`, then `telemetry_CHANNEL`.

    points: boot, seq, t_ms and each channel (N,), NaN missing.
    """
    together: dict[bytes, list[str]] = {}
    for name in channels.NAMES:
        there = ~np.isnan(points[name])
        if there.any():
            together.setdefault(there.tobytes(), []).append(name)
    made = [_of_channels(names, points, bench, offset_ms) for names in together.values()]
    made.sort(key=lambda stream: (-len(stream), -len(stream.keys)))
    return [replace(stream, name=f"telemetry_{next(iter(stream.keys))}" if k else "telemetry")
            for k, stream in enumerate(made)]  # fmt: skip


def events(rows: Sequence[Row], bench: str, offset_ms: OffsetMs) -> list[Stream]:
    """The stream `events`: a name and its data as JSON; none without rows."""
    if not rows:
        return []
    keys = {"name": _key("string", f"adatom:{bench}/event", "What happened"),
            "data": _key("string", f"adatom:{bench}/event", "What belongs to it, JSON")}  # fmt: skip
    data: dict[str, Values] = {"name": [row["name"] for row in rows], "data": [_json(row["data"]) for row in rows]}
    return [Stream("events", keys, *_where(rows, offset_ms), data)]


def measurements(rows: Sequence[Row], raw: Mapping[str, str], bench: str, offset_ms: OffsetMs) -> list[Stream]:
    """A stream for each technique, one row a measurement, its columns as arrays; TECHNIQUE_2 for other columns.

    raw: SHA-256 -> reference, of the raw data that are there.
    """
    alike: dict[tuple[str, tuple[str, ...], bool], list[Row]] = {}
    for row in rows:
        kind = (row["technique"], tuple(row["columns"]), row["meta"].get("raw_sha256") in raw)
        alike.setdefault(kind, []).append(row)
    made: list[Stream] = []
    for (technique, columns, has_raw), some in alike.items():
        before = sum(stream.keys[name]["object_name"] == technique for stream in made for name in ("meta",))
        stream = _of_technique(technique, columns, some, raw if has_raw else {}, bench, offset_ms)
        made.append(replace(stream, name=f"{technique}_{before + 1}" if before else technique))
    return made


# --- inner -----------------------------------------------------------------------------------------------------------


def _of_channels(names: Sequence[str], points: Mapping[str, NDArray[Any]], bench: str, offset_ms: OffsetMs) -> Stream:
    there = ~np.isnan(points[names[0]])
    boots, seqs, t_ms = (points[name][there] for name in ("boot", "seq", "t_ms"))
    times_s = np.empty(len(t_ms))
    for boot in np.unique(boots):
        times_s[boots == boot] = (offset_ms(int(boot)) + t_ms[boots == boot]) / 1000.0
    data: dict[str, Values] = {name: points[name][there].astype(NUMPY_TYPES[CHANNELS[name].form]) for name in names}
    return Stream("", {name: _channel_key(name, bench) for name in names}, boots, seqs, times_s, data)


def _of_technique(
    technique: str, columns: Sequence[str], rows: Sequence[Row], raw: Mapping[str, str], bench: str, offset_ms: OffsetMs
) -> Stream:
    source = f"adatom:{bench}/{technique}"
    keys = {name: _key("array", source, "", _unit_of(name), [None], technique) for name in columns}
    keys["meta"] = _key("string", source, "Facts of the measurement, JSON", object_name=technique)
    data: dict[str, Values] = {name: [row["columns"][name] for row in rows] for name in columns}
    data["meta"] = [_json(row["meta"]) for row in rows]
    if raw:
        keys[RAW] = _key("string", source, "The instrument's own bytes", object_name=technique) | {
            "external": "FILESTORE:"
        }
        data[RAW] = [raw[row["meta"]["raw_sha256"]] for row in rows]
    return Stream("", keys, *_where(rows, offset_ms), data, (RAW,) if raw else ())


def _where(rows: Sequence[Row], offset_ms: OffsetMs) -> tuple[Values, Values, Values]:
    """boots, seqs, times_s of records."""
    boots, seqs = [row["boot"] for row in rows], [row["seq"] for row in rows]
    return boots, seqs, [(offset_ms(row["boot"]) + row["t_ms"]) / 1000.0 for row in rows]


def _channel_key(name: str, bench: str) -> dict[str, Any]:
    kind = CHANNELS[name]
    key = _key(DTYPES[kind.form], f"adatom:{bench}/{name}", kind.description, kind.unit)
    if kind.form == DOUBLE:
        key["precision"] = round(math.log10(channels.SCALES[channels.NAMES.index(name)]))
    return key | {"object_name": bench}


def _key(
    dtype: str, source: str, description: str, unit: str = "", shape: Sequence[int | None] = (), object_name: str = ""
) -> dict[str, Any]:
    key: dict[str, Any] = {"dtype": dtype, "shape": list(shape), "source": source}
    more = {"description": description, "units": unit, "object_name": object_name}
    return key | {name: text for name, text in more.items() if text}


def _plain(values: Values, start: int, count: int) -> list[Any]:
    some = values[start : start + count]
    return some if isinstance(some, list) else list(some.tolist())


def _unit_of(column: str) -> str:
    return next((unit for end, unit in UNITS if column.endswith(end)), "")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
