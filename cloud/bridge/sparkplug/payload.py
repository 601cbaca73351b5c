"""Sparkplug B payloads as bytes. Pure. The only file that knows protobuf, which the extra `bridges` brings.

The message description is made here from the field numbers of the specification (3.0, section 6.4), and holds only what
this bridge sends and reads; a receiver that knows more fields finds them missing, and what we do not know is skipped.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from adatom.protocol.errors import ProtocolError
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from ..catalogue import BOOLEAN, DOUBLE, INTEGER, TEXT

PACKAGE = "adatom.sparkplug"
# message -> (field, number, type); a type with a star is repeated, one with a capital is a message
FIELDS = {
    "Payload": (("timestamp", 1, "uint64"), ("metrics", 2, "Metric*"), ("seq", 3, "uint64")),
    "Metric": (
        ("name", 1, "string"), ("alias", 2, "uint64"), ("timestamp", 3, "uint64"), ("datatype", 4, "uint32"),
        ("is_historical", 5, "bool"), ("is_transient", 6, "bool"), ("is_null", 7, "bool"),
        ("properties", 9, "PropertySet"), ("int_value", 10, "uint32"), ("long_value", 11, "uint64"),
        ("float_value", 12, "float"), ("double_value", 13, "double"), ("boolean_value", 14, "bool"),
        ("string_value", 15, "string"),
    ),
    "PropertySet": (("keys", 1, "string*"), ("values", 2, "PropertyValue*")),
    "PropertyValue": (("type", 1, "uint32"), ("string_value", 8, "string")),
}  # fmt: skip
# form -> (Sparkplug's number of the data type, field that holds it)
FORMS = {INTEGER: (4, "long_value"), DOUBLE: (10, "double_value"), BOOLEAN: (11, "boolean_value"),
         TEXT: (12, "string_value")}  # fmt: skip
VALUES = ("int_value", "long_value", "float_value", "double_value", "boolean_value", "string_value")
WRAP = 2**64  # a negative Int64 travels as its two's complement
COMMAND_MAX_BYTES = 65536
METRICS_MAX = 1000  # of a command


class Metric(NamedTuple):
    """A value as it travels. In a birth it has name, alias, form and properties; in data only its alias."""

    name: str
    alias: int | None
    form: str
    value: float | int | bool | str | None
    at_ms: int
    historical: bool = False
    properties: tuple[tuple[str, str], ...] = ()


class Asked(NamedTuple):
    """A metric of a command."""

    name: str
    alias: int | None
    value: Any


def _classes() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="adatom_sparkplug.proto", package=PACKAGE, syntax="proto2")
    for message, fields in FIELDS.items():
        made = file.message_type.add(name=message)
        for name, number, kind in fields:
            base = kind.rstrip("*")
            field = made.field.add(name=name, number=number, label=3 if kind.endswith("*") else 1)
            if base[0].isupper():
                field.type, field.type_name = descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE, f".{PACKAGE}.{base}"
            else:
                field.type = descriptor_pb2.FieldDescriptorProto.Type.Value(f"TYPE_{base.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.Payload"))


Payload = _classes()


def encode(
    metrics: Sequence[Metric], at_ms: int, seq: int | None, *, birth: bool = False, typed: bool = False
) -> bytes:  # fmt: skip
    """The bytes of a payload; `birth` adds names, data types and properties. A death of a node has no `seq`.

    `typed`: data types without a birth, too.
    """
    payload = Payload(timestamp=at_ms)
    if seq is not None:
        payload.seq = seq
    for one in metrics:
        _put(payload.metrics.add(), one, birth, typed)
    made: bytes = payload.SerializeToString()
    return made


def _put(made: Any, one: Metric, birth: bool, typed: bool) -> None:
    datatype, field = FORMS[one.form]
    made.timestamp = one.at_ms
    if one.alias is not None:
        made.alias = one.alias
    named = birth or one.alias is None
    if named:
        made.name = one.name
    if named or typed:
        made.datatype = datatype
    if one.historical:
        made.is_historical = True
    if one.value is None:
        made.is_null = True
    else:
        setattr(made, field, one.value % WRAP if one.form == INTEGER else one.value)
    if birth:
        for key, text in one.properties:
            made.properties.keys.append(key)
            made.properties.values.add(type=FORMS[TEXT][0], string_value=text)


def decode_command(payload: bytes) -> list[Asked]:
    """The metrics of a command. ProtocolError for what is too large or no payload."""
    if len(payload) > COMMAND_MAX_BYTES:
        raise ProtocolError(f"command of {len(payload)} bytes, at most {COMMAND_MAX_BYTES} are allowed")
    try:
        found = Payload.FromString(payload)
    except DecodeError as error:
        raise ProtocolError("command: not a Sparkplug B payload") from error
    if len(found.metrics) > METRICS_MAX:
        raise ProtocolError(f"command of more than {METRICS_MAX} metrics")
    return [_asked(metric) for metric in found.metrics]


def _asked(metric: Any) -> Asked:
    values = [getattr(metric, name) for name in VALUES if metric.HasField(name)]
    return Asked(metric.name, metric.alias if metric.HasField("alias") else None, values[-1] if values else None)
