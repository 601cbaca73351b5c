"""The streams of a run: values that come together, row by row, with what is to be known of them. Pure.

A stream has every value in every row, as the event model wants it. So channels that are read at the same points form a
stream, and a channel that was read at other points is one of its own; nothing is filled in where nothing was read.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from adatom.protocol import channels
from numpy.typing import NDArray

from ..catalogue import BOOLEAN, CHANNELS, DOUBLE

DTYPES = {DOUBLE: "number", BOOLEAN: "boolean"}  # of the forms of channels; any other is an integer
# end of a column's name -> unit; the first that fits
UNITS = (
    ("_ohm_cm2", "Ω cm²"), ("_ma_cm2", "mA/cm²"), ("_s_cm", "S/cm"), ("_ohm", "Ω"), ("_hz", "Hz"), ("_mv", "mV"),
    ("_ev", "eV"), ("_ma", "mA"), ("_nm", "nm"), ("_um", "µm"), ("_mm", "mm"), ("_min", "min"), ("_pct", "%"),
    ("_deg", "°"), ("_pa", "Pa"), ("_v", "V"), ("_a", "A"), ("_c", "°C"), ("_s", "s"),
)  # fmt: skip
RAW = "raw"

WallS = Callable[[int, int], float]  # (boot, t_ms) -> seconds since 1970
Row = Mapping[str, Any]


class Place(NamedTuple):
    """The number of the record that a row comes from."""

    boot: int
    seq: int


@dataclass(frozen=True)
class Stream:
    """Rows under one descriptor. `data`: name -> a value a row; `external`: names whose values refer to raw data."""

    name: str
    keys: dict[str, dict[str, Any]]
    places: list[Place]
    times_s: list[float]
    data: dict[str, list[Any]]
    external: tuple[str, ...] = field(default=())


def telemetry(points: Mapping[str, NDArray[Any]], bench: str, wall_s: WallS) -> list[Stream]:
    """Streams of a run's points, the one with most rows first: `telemetry`, then `telemetry_CHANNEL`.

    points: boot, seq, t_ms and each channel (N,), NaN missing.
    """
    together: dict[bytes, list[str]] = {}
    for name in channels.NAMES:
        there = ~np.isnan(points[name])
        if there.any():
            together.setdefault(there.tobytes(), []).append(name)
    made = [_of_channels(names, points, bench, wall_s) for names in together.values()]
    made.sort(key=lambda stream: (-len(stream.places), -len(stream.keys)))
    return [_named(stream, "telemetry" if not k else f"telemetry_{next(iter(stream.keys))}")
            for k, stream in enumerate(made)]  # fmt: skip


def events(rows: Sequence[Row], bench: str, wall_s: WallS) -> list[Stream]:
    """The stream `events`: a name and its data as JSON; none without rows."""
    if not rows:
        return []
    keys = {"name": _key("string", f"adatom:{bench}/event", "What happened"),
            "data": _key("string", f"adatom:{bench}/event", "What belongs to it, JSON")}  # fmt: skip
    data = {"name": [row["name"] for row in rows], "data": [_json(row["data"]) for row in rows]}
    return [Stream("events", keys, *_where(rows, wall_s), data)]


def measurements(rows: Sequence[Row], raw: Mapping[str, str], bench: str, wall_s: WallS) -> list[Stream]:
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
        stream = _of_technique(technique, columns, some, raw if has_raw else {}, bench, wall_s)
        made.append(_named(stream, f"{technique}_{before + 1}" if before else technique))
    return made


# --- inner -----------------------------------------------------------------------------------------------------------


def _of_channels(names: Sequence[str], points: Mapping[str, NDArray[Any]], bench: str, wall_s: WallS) -> Stream:
    there = ~np.isnan(points[names[0]])
    boots, seqs, times = (points[name][there].tolist() for name in ("boot", "seq", "t_ms"))
    data = {name: _plain(points[name][there], CHANNELS[name].form) for name in names}
    keys = {name: _channel_key(name, bench) for name in names}
    places = [Place(int(boot), int(seq)) for boot, seq in zip(boots, seqs, strict=True)]
    return Stream("", keys, places, [wall_s(*one) for one in zip(boots, times, strict=True)], data)


def _of_technique(
    technique: str, columns: Sequence[str], rows: Sequence[Row], raw: Mapping[str, str], bench: str, wall_s: WallS
) -> Stream:
    source = f"adatom:{bench}/{technique}"
    keys = {name: _key("array", source, "", _unit_of(name), [None], technique) for name in columns}
    keys["meta"] = _key("string", source, "Facts of the measurement, JSON", object_name=technique)
    data: dict[str, list[Any]] = {name: [row["columns"][name] for row in rows] for name in columns}
    data["meta"] = [_json(row["meta"]) for row in rows]
    if raw:
        keys[RAW] = _key("string", source, "The instrument's own bytes", object_name=technique) | {
            "external": "FILESTORE:"
        }
        data[RAW] = [raw[row["meta"]["raw_sha256"]] for row in rows]
    return Stream("", keys, *_where(rows, wall_s), data, (RAW,) if raw else ())


def _named(stream: Stream, name: str) -> Stream:
    return Stream(name, stream.keys, stream.places, stream.times_s, stream.data, stream.external)


def _where(rows: Sequence[Row], wall_s: WallS) -> tuple[list[Place], list[float]]:
    return ([Place(row["boot"], row["seq"]) for row in rows], [wall_s(row["boot"], row["t_ms"]) for row in rows])


def _channel_key(name: str, bench: str) -> dict[str, Any]:
    kind = CHANNELS[name]
    key = _key(DTYPES.get(kind.form, "integer"), f"adatom:{bench}/{name}", kind.description, kind.unit)
    if kind.form == DOUBLE:
        key["precision"] = round(math.log10(channels.SCALES[channels.NAMES.index(name)]))
    return key | {"object_name": bench}


def _key(
    dtype: str, source: str, description: str, unit: str = "", shape: Sequence[int | None] = (), object_name: str = ""
) -> dict[str, Any]:
    key: dict[str, Any] = {"dtype": dtype, "shape": list(shape), "source": source}
    more = {"description": description, "units": unit, "object_name": object_name}
    return key | {name: text for name, text in more.items() if text}


def _plain(values: NDArray[Any], form: str) -> list[Any]:
    if form == DOUBLE:
        return list(values.tolist())
    return list((values != 0).tolist() if form == BOOLEAN else values.astype(np.int64).tolist())


def _unit_of(column: str) -> str:
    return next((unit for end, unit in UNITS if column.endswith(end)), "")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
