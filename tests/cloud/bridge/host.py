"""A Sparkplug host that believes nothing: checks every rule of the specification that it can, and keeps the values.

It decodes with somebody else's message classes (esio-spb-builder, made from Eclipse Tahu's description), not with ours.
"""

import struct
from dataclasses import dataclass, field
from typing import Any

from esio_spb_builder.core import sparkplug_b_pb2
from esio_spb_builder.core.protocol import MetricDataType as Type

FIELD_OF = {Type.Int64: "long_value", Type.Double: "double_value", Type.Boolean: "boolean_value",
            Type.String: "string_value"}  # fmt: skip
NODE = ""


def parsed(payload: bytes) -> Any:
    return sparkplug_b_pb2.Payload.FromString(payload)


@dataclass
class Tag:
    """A metric as a birth defined it."""

    name: str
    datatype: int
    unit: str
    value: Any = None
    at_ms: int = 0
    stale: bool = False


@dataclass
class Host:
    """What a host knows of one edge node; AssertionError for whatever breaks a rule."""

    group: str = "adatom"
    node: str = "bridge"
    typed: bool = False  # whether data have data types
    verbs: list[str] = field(default_factory=list)  # verb, or verb/device, in the order of their coming
    online: dict[str, bool] = field(default_factory=dict)  # device -> so; "" is the node
    bdseq: int | None = None
    seq: int | None = None
    tags: dict[str, dict[str, Tag]] = field(default_factory=dict)  # device -> name -> tag
    history: list[tuple[str, Any, int]] = field(default_factory=list)  # (name, value, ms) of historical metrics
    aliases: dict[int, tuple[str, str]] = field(default_factory=dict)
    messages: int = 0
    latest: list[tuple[str, str, Any]] = field(default_factory=list)  # (device, name, value) of the last data message

    def take(self, topic: str, payload: bytes, qos: int, retain: bool) -> None:
        namespace, group, verb, node, *rest = topic.split("/")
        assert (namespace, group, node) == ("spBv1.0", self.group, self.node)
        device = rest[0] if rest else NODE
        assert bool(rest) == verb.startswith("D")
        assert (qos, retain) == (1 if verb == "NDEATH" else 0, False)
        message = parsed(payload)
        assert message.timestamp > 1.5e12
        self.messages += 1
        self.verbs.append(f"{verb}/{device}" if device else verb)
        getattr(self, "_" + verb.lower())(device, message)

    def value(self, device: str, name: str) -> Any:
        return self.tags[device][name].value

    # --- verbs ---------------------------------------------------------------------------------------------------
    def _nbirth(self, device: str, message: Any) -> None:
        assert message.HasField("seq")
        assert message.seq == 0
        self.seq, self.online, self.tags, self.aliases = 0, {}, {}, {}
        self._born(device, message)
        tags = self.tags[NODE]
        assert (tags["Node Control/Rebirth"].value, tags["Node Control/Rebirth"].datatype) == (False, Type.Boolean)
        assert tags["bdSeq"].datatype == Type.Int64
        assert 0 <= tags["bdSeq"].value <= 255
        self.bdseq = tags["bdSeq"].value

    def _dbirth(self, device: str, message: Any) -> None:
        assert self.online[NODE]
        self._count(message)
        self._born(device, message)

    def _ndata(self, device: str, message: Any) -> None:
        self._data(device, message)

    def _ddata(self, device: str, message: Any) -> None:
        self._data(device, message)

    def _ndeath(self, device: str, message: Any) -> None:
        assert not message.HasField("seq")
        [metric] = message.metrics
        assert (metric.name, metric.datatype) == ("bdSeq", Type.Int64)
        if metric.long_value == self.bdseq:  # any other belongs to births that are void already
            self.online = dict.fromkeys(self.online, False)
            for tags in self.tags.values():
                _make_stale(tags)

    def _ddeath(self, device: str, message: Any) -> None:
        self._count(message)
        assert self.online[device]
        self.online[device] = False
        _make_stale(self.tags[device])

    # --- inner ---------------------------------------------------------------------------------------------------
    def _count(self, message: Any) -> None:
        assert message.HasField("seq")
        assert self.seq is not None
        assert message.seq == (self.seq + 1) % 256
        self.seq = message.seq

    def _born(self, device: str, message: Any) -> None:
        made: dict[str, Tag] = {}
        last_ms = 0
        for metric in message.metrics:
            assert metric.HasField("alias")
            assert metric.alias not in self.aliases or self.aliases[metric.alias] == (device, metric.name)
            assert metric.name
            assert metric.name not in made
            self.aliases[metric.alias] = (device, metric.name)
            assert metric.timestamp >= last_ms > -1
            last_ms = metric.timestamp
            properties = dict(zip(metric.properties.keys, metric.properties.values, strict=True))
            assert all(one.type == Type.String for one in properties.values())
            unit = properties["engUnit"].string_value if "engUnit" in properties else ""
            made[metric.name] = Tag(metric.name, metric.datatype, unit, _value(metric, metric.datatype), last_ms)
        self.tags[device], self.online[device] = made, True

    def _data(self, device: str, message: Any) -> None:
        assert self.online[device], "data of what was not born, or is dead"
        self._count(message)
        self.latest = []
        last_ms = 0
        for metric in message.metrics:
            assert not metric.HasField("name")
            assert metric.HasField("datatype") == self.typed
            owner, name = self.aliases[metric.alias]
            assert owner == device
            tag = self.tags[device][name]
            value = _value(metric, metric.datatype if self.typed else tag.datatype)
            self.latest.append((device, name, value))
            if metric.is_historical:
                self.history.append((name, value, metric.timestamp))
                continue
            assert metric.timestamp >= last_ms
            last_ms = metric.timestamp
            tag.value, tag.at_ms, tag.stale = value, metric.timestamp, False


def _value(metric: Any, datatype: int) -> Any:
    which = metric.WhichOneof("value")
    if metric.is_null:
        assert which is None
        return None
    assert which == FIELD_OF[datatype]
    value = getattr(metric, which)
    return struct.unpack("<q", struct.pack("<Q", value))[0] if datatype == Type.Int64 else value


def _make_stale(tags: dict[str, Tag]) -> None:
    for tag in tags.values():
        tag.stale = True


def rebirth(alias: int | None = None, value: bool = True) -> bytes:
    """The command of a host that wants all births again, by name or by alias."""
    message = sparkplug_b_pb2.Payload(timestamp=1_700_000_000_000)
    metric = message.metrics.add(datatype=Type.Boolean, boolean_value=value)
    if alias is None:
        metric.name = "Node Control/Rebirth"
    else:
        metric.alias = alias
    made: bytes = message.SerializeToString()
    return made
