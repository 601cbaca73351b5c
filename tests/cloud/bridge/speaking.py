"""Benches for the bridge: their messages by the real codecs, with times that the test chooses."""

from typing import Any

from adatom.protocol import codec, telemetry, topics
from adatom.protocol.channels import COUNT, SCALES
from adatom.protocol.messages import tail_of

from tests.protocol.examples import MESSAGES

Message = tuple[str, bytes]
SEAL = "ab" * 32  # the bridge has no keys: it cannot check what this is


def message(bench: str, kind: str, **fields: Any) -> Message:
    """A message of a bench: the example of its kind with other fields."""
    said = MESSAGES[kind] | ({"bench": bench} if "bench" in MESSAGES[kind] else {}) | fields
    body = codec.body_of(kind, said)
    return topics.up(bench, kind), codec.with_tail(kind, body, SEAL if tail_of(kind) else "")


def points(bench: str, first: int, t_ms: list[int], boot: int = 3, **channels: list[float | None]) -> Message:
    """A telemetry record; channels in their units, those not named are missing."""
    from adatom.protocol.channels import NAMES

    columns: list[list[int | None]] = [[None] * len(t_ms) for _ in range(COUNT)]
    for name, values in channels.items():
        k = NAMES.index(name)
        columns[k] = [None if value is None else round(value * SCALES[k]) for value in values]
    batch = telemetry.Batch(boot, first, len(t_ms), "demo-0007-1", t_ms, columns)
    return topics.up(bench, "telemetry"), telemetry.finish(telemetry.encode_body(batch), bytes(32))
