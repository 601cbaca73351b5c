"""Write tests/vectors/messages.json anew. Only for a new wire version: old vectors never change."""

import json
from pathlib import Path

from adatom.protocol import codec, messages, seal, telemetry
from adatom.protocol.channels import FIRST_COUNT

from .examples import KEY, MESSAGES, RUN

VECTORS = Path(__file__).parents[1] / "vectors" / "messages.json"


def batch() -> telemetry.Batch:
    """Three points that use every column mode: constant, step, delta, missing values, raw, nothing at all."""
    columns: list[list[int | None]] = [[7, 7, 7] for _ in range(FIRST_COUNT)]
    columns[0] = [60012, 60005, 60021]
    columns[1] = [None, None, None]
    columns[2] = [10000, None, 10012]
    columns[3] = [-(2**31), 2**31 - 1, -(2**31)]
    return telemetry.Batch(3, 1001, 3, RUN, [500, 1500, 2503], columns)


def wide_batch() -> telemetry.Batch:
    """The same three points with the film monitor's reflectance: tests/vectors/telemetry-17.hex."""
    columns = [*batch().columns, [4870, None, 4866]]
    return batch()._replace(columns=columns)


def vectors() -> dict[str, str]:
    """Kind -> the message as text (JSON kinds) or hex (telemetry)."""
    link = seal.genesis("twin-1", 3)
    out = {}
    for kind, message in MESSAGES.items():
        body = codec.body_of(kind, message)
        tail = {"link": seal.to_hex(seal.chain_link(link, body)), "sig": seal.signature(KEY, body), None: ""}
        out[kind] = codec.with_tail(kind, body, tail[messages.tail_of(kind)]).decode()
    body = telemetry.encode_body(batch())
    out["telemetry"] = telemetry.finish(body, seal.chain_link(link, body)).hex()
    return out


if __name__ == "__main__":
    VECTORS.write_text(json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n")
