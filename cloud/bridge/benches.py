"""What benches last said, out of their messages, and what changed by each. Pure: time passed in, in ms since 1970.

A listener without keys: it cannot check seals, and joins in the middle of a boot, so it cannot check chains either.
What keeps forgers out is the broker's access list; what proves a record is in the database.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from adatom.protocol import channels, codec, telemetry, topics
from adatom.protocol.errors import ProtocolError
from adatom.protocol.messages import NUMBERED
from adatom.protocol.session import SILENT_MS

from .catalogue import BOOLEAN, CATALOGUE, CHANNELS, DOUBLE, NOT_TOLD

APPEARED, TOLD, SILENT = "appeared", "told", "silent"
LATE_MS = 90_000  # older than this by the bench's own clock is a replay: a batch gathers for 60 s, and travels
BENCHES_MAX = 1000  # names are for whoever publishes to choose
BOOTS_MAX = 64  # of a bench that are remembered
TEXT_MAX = 1000  # characters of an event's data
HAPPENINGS = (
    "Event",
    "Event data",
    "Measurement",
    "Outcome",
    "Outcome of",
    "Refusal",
)  # told again when they are alike

Value = float | int | bool | str | None


class Reading(NamedTuple):
    """A value and when it was so (ms since 1970, estimated from the bench's clock)."""

    name: str
    value: Value
    at_ms: int


class Change(NamedTuple):
    """What a message changed. Historical: it was so earlier, and is not news of now."""

    bench: str
    what: str
    readings: tuple[Reading, ...] = ()
    historical: bool = False


@dataclass
class Bench:
    """A bench as it last spoke. `readings`: name -> the newest one."""

    name: str
    readings: dict[str, Reading] = field(default_factory=dict)
    alive: bool = False
    heard_ms: int = 0
    boot: int = 0
    t_ms: int = 0  # its clock, when it last gave its status
    replayed_upto: tuple[int, int] = (0, 0)  # (boot, number): what it had already recorded when it said hello
    offsets_ms: dict[int, int] = field(default_factory=dict)  # boot -> our clock minus its
    taken: dict[int, int] = field(default_factory=dict)  # boot -> last number
    alarm: tuple[int, int] = (0, 0)  # (boot, number) of the last one
    lost: tuple[int, int] = (0, 0)  # (boot, last number) of what it last declared lost

    def value(self, name: str) -> Value:
        """The newest value of a name, None when there is none."""
        found = self.readings.get(name)
        return None if found is None else found.value


class Benches:
    """All benches that are heard; `all` has each that ever spoke."""

    def __init__(self) -> None:
        self.all: dict[str, Bench] = {}

    def take(self, topic: str, payload: bytes, now_ms: int) -> list[Change]:
        """What a message changes. ProtocolError for one that is none."""
        name, direction, kind = topics.parse(topic)
        if direction != "up":
            raise ProtocolError(f"{topic}: not what a bench says")
        if kind in ("hello", "heartbeat"):
            return self._status(name, kind, codec.decode(kind, payload)[0], now_ms)
        bench = self.all.get(name)
        if bench is None or not bench.alive:
            return []  # its next heartbeat, at most 2 s away, tells what time it has
        bench.heard_ms = now_ms
        if kind == "alarm":
            return _alarm(bench, codec.decode(kind, payload)[0])
        if kind == "lost":
            return _lost(bench, codec.decode(kind, payload)[0], now_ms)
        return _record(bench, kind, payload)

    def silent(self, now_ms: int) -> list[Change]:
        """The benches that have been silent for too long, each told once."""
        gone = [bench for bench in self.all.values() if bench.alive and now_ms - bench.heard_ms > SILENT_MS]
        for bench in gone:
            bench.alive = False
            bench.readings = {}  # when it comes back they would pass for what it reads then
        return [Change(bench.name, SILENT) for bench in gone]

    def _status(self, name: str, kind: str, message: Mapping[str, Any], now_ms: int) -> list[Change]:
        if name not in self.all and len(self.all) >= BENCHES_MAX:
            raise ProtocolError(f"more than {BENCHES_MAX} benches")
        if message.get("bench", name) != name:
            raise ProtocolError(f"{name}: hello of another bench")
        bench = self.all.setdefault(name, Bench(name))
        appeared, bench.alive, bench.heard_ms = not bench.alive, True, now_ms
        restarted = bench.boot not in (0, message["boot"])
        _set_clock(bench, message, now_ms)
        if kind == "hello":
            bench.replayed_upto = (message["boot"], message["last"])
        said: dict[str, Value] = dict.fromkeys(CHANNELS.keys() & bench.readings.keys()) if restarted else {}
        said |= {"State": message["state"], "Run": message["run"], "Boot": message["boot"]}
        if kind == "hello":
            said |= {"Properties/Simulated": bool(message["simulated"]), "Properties/Software": message["software"],
                     "Properties/Envelope": message["envelope"]}  # fmt: skip
        else:
            said |= {"Backlog": message["backlog"], "Late ticks": message["late_ticks"]}
        changed = _noted(bench, said, _wall_ms(bench, message["boot"], message["t_ms"]))
        if appeared:
            return [Change(name, APPEARED)]
        return [Change(name, TOLD, tuple(changed))] if changed else []


# --- one bench -------------------------------------------------------------------------------------------------------


def _set_clock(bench: Bench, message: Mapping[str, Any], now_ms: int) -> None:
    """Estimate the bench's clock anew. A simulated one runs ahead of ours and stands still: it never goes back."""
    boot, offset_ms = message["boot"], now_ms - message["t_ms"]
    if boot in bench.offsets_ms and bench.value("Properties/Simulated"):
        offset_ms = max(offset_ms, bench.offsets_ms[boot])
    bench.boot, bench.t_ms = boot, message["t_ms"]
    _remember(bench.offsets_ms, boot, offset_ms)


def _remember(of_boots: dict[int, int], boot: int, value: int) -> None:
    of_boots[boot] = value
    if len(of_boots) > BOOTS_MAX:
        del of_boots[next(iter(of_boots))]


def _wall_ms(bench: Bench, boot: int, t_ms: int) -> int:
    return max(0, bench.offsets_ms[boot] + t_ms)


def _noted(bench: Bench, said: Mapping[str, Value], at_ms: int) -> list[Reading]:
    """The readings among what was said that are new, kept as the newest; a status may have overtaken an event."""
    changed = []
    for name, value in said.items():
        known = bench.readings.get(name)
        if known is None or name in HAPPENINGS or (known.value != value and known.at_ms <= at_ms):
            bench.readings[name] = Reading(name, value, at_ms)
            changed.append(bench.readings[name])
    if any(reading.name == "State" and reading.value == "idle" for reading in changed):
        changed += _noted(bench, {"Alarm": ""}, at_ms)  # a person has re-armed it
    return changed


def _alarm(bench: Bench, message: Mapping[str, Any]) -> list[Change]:
    """A safety event ahead of its record; it is repeated until that is receipted."""
    number = (message["boot"], message["seq"])
    if number <= bench.alarm or message["boot"] != bench.boot:
        return []
    bench.alarm = number
    at_ms = _wall_ms(bench, message["boot"], message["t_ms"])
    return [Change(bench.name, TOLD, tuple(_noted(bench, {"Alarm": message["name"]}, at_ms)))]


def _lost(bench: Bench, message: Mapping[str, Any], now_ms: int) -> list[Change]:
    """Records that the bench has no more; it says so until the cloud has taken what follows them."""
    number = (message["boot"], message["last"])
    if number == bench.lost:
        return []
    bench.lost = number
    said = {"Event": "lost", "Event data": json.dumps({name: message[name] for name in ("boot", "first", "last")})}
    return [Change(bench.name, TOLD, tuple(_noted(bench, said, now_ms)))]


def _record(bench: Bench, kind: str, payload: bytes) -> list[Change]:
    if kind not in NUMBERED:
        raise ProtocolError(f"{kind}: is no record")
    if kind == "telemetry":
        batch = telemetry.decode(payload)[0]
        boot, first, last, t_ms = batch.boot, batch.first, batch.first + batch.count - 1, batch.t_ms[-1]
    else:
        message = codec.decode(kind, payload)[0]
        boot, first, last, t_ms = message["boot"], message["seq"], message["seq"], message["t_ms"]
    if first <= bench.taken.get(boot, 0) or boot not in bench.offsets_ms:
        return []  # delivered again; or of a boot of which we do not know what time it was
    _remember(bench.taken, boot, last)
    old = (boot, last) <= bench.replayed_upto or boot != bench.boot or _late(bench, t_ms)
    if kind == "telemetry":
        readings = list(_points(bench, batch, {} if old else bench.readings))
    else:
        said = SAYS[kind](message)
        at_ms = _wall_ms(bench, boot, t_ms)
        readings = [Reading(*one, at_ms) for one in said.items()] if old else _noted(bench, said, at_ms)
    return [Change(bench.name, TOLD, tuple(readings), old)] if readings else []


def _late(bench: Bench, t_ms: int) -> bool:
    """Whether a record lay about; a simulated bench is hours ahead of what it has sent, and nothing is late."""
    return bench.t_ms - t_ms > LATE_MS and not bench.value("Properties/Simulated")


def _points(bench: Bench, batch: telemetry.Batch, known: dict[str, Reading]) -> Iterator[Reading]:
    """What changes from point to point, in the order of time; `known` is brought up to date."""
    columns = [
        (name, scale, CATALOGUE[name].form, column)
        for name, scale, column in zip(channels.NAMES, channels.SCALES, batch.columns, strict=True)
        if name != NOT_TOLD
    ]
    for row, t_ms in enumerate(batch.t_ms):
        at_ms = _wall_ms(bench, batch.boot, t_ms)
        for name, scale, form, column in columns:
            value = _in_units(column[row], scale, form)
            if value != (known[name].value if name in known else None):
                known[name] = Reading(name, value, at_ms)
                yield known[name]


def _in_units(counts: int | None, scale: int, form: str) -> Value:
    if counts is None:
        return None
    return counts / scale if form == DOUBLE else bool(counts) if form == BOOLEAN else counts


def _event(message: Mapping[str, Any]) -> dict[str, Value]:
    data = message["data"]
    said: dict[str, Value] = {"Event": message["name"], "Event data": _short(json.dumps(data))}
    if message["name"] == "state" and isinstance(data.get("to"), str):
        said["State"] = data["to"]
    elif message["name"] in ("trip", "not_safe"):
        said["Alarm"] = message["name"]
    return said


def _measurement(message: Mapping[str, Any]) -> dict[str, Value]:
    return {"Measurement": message["technique"]} if message["part"] == message["parts"] else {}


def _short(text: str) -> str:
    return text if len(text) <= TEXT_MAX else text[:TEXT_MAX] + "…"


# kind of record -> what it says by the names of the catalogue
SAYS: dict[str, Callable[[Mapping[str, Any]], dict[str, Value]]] = {
    "event": _event,
    "measurement": _measurement,
    "blob": lambda message: {},
    "result": lambda message: {"Outcome": message["outcome"], "Outcome of": message["run"]},
    "refusal": lambda message: {"Refusal": _short("; ".join(message["reasons"]))},
}
