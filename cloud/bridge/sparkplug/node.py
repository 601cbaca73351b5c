"""The edge node as a state machine: births, data, deaths, sequence numbers, rebirth. Pure: time in, messages out.

Sparkplug 3.0: a session begins with a CONNECT whose will is the NDEATH; the NBIRTH has the same bdSeq and seq 0; every
later message counts seq up to 255 and on from 0; data name metrics by the aliases that births gave them.
"""

import json
from collections.abc import Callable, Sequence

from adatom.protocol.errors import InputError, ProtocolError
from adatom.protocol.limit import Limit

from ..benches import APPEARED, SILENT, Bench, Benches, Change, Reading, Value
from ..catalogue import BOOLEAN, CATALOGUE, INTEGER, TEXT, Kind
from ..far import Out
from .payload import Metric, decode_command, encode

NAMESPACE = "spBv1.0"
SEQ = 256
BDSEQ, REBIRTH, COUNT = "bdSeq", "Node Control/Rebirth", "Benches"
# what the node says of itself, in the order of their aliases
NODE = {
    BDSEQ: Kind(INTEGER, "", "Number of the session: births and deaths that belong together"),
    REBIRTH: Kind(BOOLEAN, "", "Write true to have all births again"),
    COUNT: Kind(INTEGER, "", "Benches that speak"),
    "Properties/Software": Kind(TEXT, "", "What publishes this"),
}
REBIRTHS_AT_ONCE, REBIRTH_MS = 10, 1000  # then one each: a birth of all benches is much for a small question
METRICS_A_MESSAGE = 500
ID_MAX = 64


def check_id(where: str, text: str) -> str:
    """A group, node or host id. InputError unless MQTT allows it as one level of a topic."""
    if not 0 < len(text) <= ID_MAX or set(text) & set("+/#\0") or not text.isprintable():
        raise InputError(where, f"{text!r}: must be 1 to {ID_MAX} printable characters without + / #")
    return text


class EdgeNode:
    """The bridge as an edge node of a group, with each bench as a device."""

    def __init__(
        self, group: str, node: str, benches: Benches, software: str, host: str = "", bdseq: int = 0,
        keep_bdseq: Callable[[int], None] = lambda following: None, typed: bool = False,
    ) -> None:  # fmt: skip
        """`host`: the primary host to wait for. `bdseq`: of the first session; `keep_bdseq` is told each next one.

        `typed`: data messages name data types, which they should not, for hosts that keep none from the births.
        """
        self.group, self.node = check_id("--group", group), check_id("--node", node)
        self.host = check_id("--host", host) if host else ""
        self.benches = benches
        self.software = software
        self.born = False
        self.hang_up = False
        self._bdseq, self._next_bdseq, self._keep_bdseq = bdseq, bdseq, keep_bdseq
        self._typed = typed
        self._seq = 0
        self._count = 0  # benches that speak, as last told
        self._state_ms = 0  # time stamp of the host's last word
        self._aliases: dict[tuple[str, str], int] = {("", name): alias for alias, name in enumerate(NODE)}
        self._rebirths = Limit(REBIRTHS_AT_ONCE, REBIRTH_MS)

    @property
    def title(self) -> str:
        return f"{self.group}/{self.node}"

    # --- the session ---------------------------------------------------------------------------------------------
    def will(self, now_ms: int) -> Out:
        self._bdseq = self._next_bdseq
        self.born = self.hang_up = False
        return self._ndeath(now_ms)

    def topics(self) -> list[str]:
        mine = [self._topic("NCMD"), self._topic("DCMD", "+")]
        return [*mine, self._state_topic] if self.host else mine

    def connected(self, now_ms: int) -> list[Out]:
        self._next_bdseq = (self._bdseq + 1) % SEQ  # a broker that is away uses none up
        self._keep_bdseq(self._next_bdseq)
        return [] if self.host else self._births(now_ms)

    def death(self, now_ms: int) -> list[Out]:
        born, self.born = self.born, False
        return [self._ndeath(now_ms)] if born else []

    # --- what benches do -----------------------------------------------------------------------------------------
    def told(self, change: Change, now_ms: int) -> list[Out]:
        if not self.born:
            return []
        bench = self.benches.all[change.bench]
        if change.what == APPEARED:
            return [self._dbirth(bench, now_ms), *self._counted(now_ms)]
        if change.what == SILENT:
            return [self._data("DDEATH", bench.name, [], now_ms), *self._counted(now_ms)]
        metrics = [self._metric(bench.name, reading, change.historical) for reading in change.readings]
        return [
            self._data("DDATA", bench.name, metrics[at : at + METRICS_A_MESSAGE], now_ms)
            for at in range(0, len(metrics), METRICS_A_MESSAGE)
        ]

    # --- what the far side asks ----------------------------------------------------------------------------------
    def heard(self, topic: str, payload: bytes, now_ms: int) -> list[Out]:
        if self.host and topic == self._state_topic:
            return self._host_said(payload, now_ms)
        if topic != self._topic("NCMD"):
            raise ProtocolError(f"{topic[:200]}: a bench takes no command from here")
        asked = [
            one for one in decode_command(payload) if one.name == REBIRTH or one.alias == self._aliases["", REBIRTH]
        ]
        if not any(one.value is True for one in asked):
            raise ProtocolError(f"{topic[:200]}: nothing but {REBIRTH} = true can be asked for")
        return self._births(now_ms) if self.born and self._rebirths.allow(now_ms) else []

    def _host_said(self, payload: bytes, now_ms: int) -> list[Out]:
        """The primary host came or went; an older word than the last one, as a will may be, does not count."""
        online, at_ms = _state_of(payload)
        if at_ms < self._state_ms:
            return []
        self._state_ms = at_ms
        self.hang_up = self.born and not online
        return self._births(now_ms) if online and not self.born else []

    # --- messages ------------------------------------------------------------------------------------------------
    def _births(self, now_ms: int) -> list[Out]:
        self.born, self._seq = True, 0
        speaking = [bench for bench in self.benches.all.values() if bench.alive]
        self._count = len(speaking)
        said: dict[str, Value] = {
            BDSEQ: self._bdseq,
            REBIRTH: False,
            COUNT: self._count,
            "Properties/Software": self.software,
        }
        metrics = [self._defined("", NODE[name], Reading(name, value, now_ms)) for name, value in said.items()]
        nbirth = Out(self._topic("NBIRTH"), encode(metrics, now_ms, self._next_seq(), birth=True))
        return [nbirth, *[self._dbirth(bench, now_ms) for bench in speaking]]

    def _dbirth(self, bench: Bench, now_ms: int) -> Out:
        known = [bench.readings.get(name) or Reading(name, None, now_ms) for name in CATALOGUE]
        metrics = [self._defined(bench.name, CATALOGUE[one.name], one)
                   for one in sorted(known, key=lambda reading: reading.at_ms)]  # fmt: skip
        return Out(self._topic("DBIRTH", bench.name), encode(metrics, now_ms, self._next_seq(), birth=True))

    def _counted(self, now_ms: int) -> list[Out]:
        """NDATA when another number of benches speaks now."""
        count = sum(bench.alive for bench in self.benches.all.values())
        if count == self._count:
            return []
        self._count = count
        metric = Metric(COUNT, self._aliases["", COUNT], INTEGER, count, now_ms)
        return [self._data("NDATA", "", [metric], now_ms)]

    def _data(self, verb: str, device: str, metrics: Sequence[Metric], now_ms: int) -> Out:
        return Out(self._topic(verb, device), encode(metrics, now_ms, self._next_seq(), typed=self._typed))

    def _ndeath(self, now_ms: int) -> Out:
        """With the one metric that says which births are void, by its name, and without seq."""
        metric = Metric(BDSEQ, None, INTEGER, self._bdseq, now_ms)
        return Out(self._topic("NDEATH"), encode([metric], now_ms, None), qos=1)

    def _defined(self, device: str, kind: Kind, reading: Reading) -> Metric:
        properties: Sequence[tuple[str, str]] = (("engUnit", kind.unit), ("description", kind.description))
        shown = tuple(one for one in properties if one[1])
        alias = self._aliases.setdefault((device, reading.name), len(self._aliases))
        return Metric(reading.name, alias, kind.form, reading.value, reading.at_ms, properties=shown)

    def _metric(self, device: str, reading: Reading, historical: bool) -> Metric:
        alias = self._aliases[device, reading.name]
        return Metric(reading.name, alias, CATALOGUE[reading.name].form, reading.value, reading.at_ms, historical)

    def _next_seq(self) -> int:
        seq, self._seq = self._seq, (self._seq + 1) % SEQ
        return seq

    @property
    def _state_topic(self) -> str:
        return f"{NAMESPACE}/STATE/{self.host}"

    def _topic(self, verb: str, device: str = "") -> str:
        return f"{NAMESPACE}/{self.group}/{verb}/{self.node}" + (f"/{device}" if device else "")


def _state_of(payload: bytes) -> tuple[bool, int]:
    """(online, time stamp) of a host's STATE, which is JSON; ProtocolError for anything else."""
    try:
        said = json.loads(payload) if len(payload) < 1000 else None
    except (ValueError, RecursionError) as error:
        raise ProtocolError("STATE: not JSON") from error
    online, at_ms = (said.get("online"), said.get("timestamp")) if isinstance(said, dict) else (None, None)
    if not isinstance(online, bool) or not isinstance(at_ms, int) or isinstance(at_ms, bool):
        raise ProtocolError('STATE: must be {"online": true or false, "timestamp": ms}')
    return online, at_ms
