"""Runs under MicroPython: every golden vector decodes, and telemetry encodes to the same bytes again."""

import binascii
import json

from adatom.protocol import codec, envelope, seal, telemetry
from adatom.protocol.channels import FIRST_COUNT
from adatom.protocol.recipe import recipe_from_dict

with open("tests/vectors/messages.json") as file:
    vectors = json.load(file)
with open("sim/demo/envelope.json") as file:
    limits = envelope.load_envelope(file.read())
for kind in sorted(vectors):
    if kind == "telemetry":
        payload = binascii.unhexlify(vectors[kind])
        batch, body, link = telemetry.decode(payload)
        batch = telemetry.Batch(*batch[:5], batch.columns[:FIRST_COUNT])  # as the first release sent it
        assert telemetry.finish(telemetry.encode_body(batch), link) == payload
    else:
        payload = vectors[kind].encode()
        message, body, tail = codec.decode(kind, payload)
        assert codec.with_tail(kind, body, tail) == payload
        assert codec.decode(kind, codec.with_tail(kind, codec.body_of(kind, message), tail))[0] == message
    print(kind, seal.to_hex(seal.chain_link(seal.genesis("twin-1", 3), body)))
recipe = recipe_from_dict(codec.decode("command", vectors["command"].encode())[0]["args"]["recipe"])
print("reasons", len(envelope.check(recipe, limits)))
