"""What a bench's gate says to each line (time, topic, payload in hex) of a file; then what a changed key file gives.

Run by either interpreter: gate.py LINES KEYS. The first line of KEYS is the file, the others replace it.
"""

import binascii
import os
import sys

from adatom.edge.keys import LOOK_MS, KeyFile, load_keys
from adatom.protocol import codec, seal, topics
from adatom.protocol.errors import InputError, ProtocolError


def verdict(gate, now_ms, topic, payload):
    try:
        bench, direction, kind = topics.parse(topic)
        if bench != "twin-1" or direction != "down":
            raise ProtocolError("not for this bench")
        message, body, sig = codec.decode(kind, payload)
        if kind == "receipt":
            gate.keys.check(message["key"], kind, body, sig, bench)
        else:
            gate.admit(message, body, sig, now_ms)
        return "accepted"
    except ProtocolError as error:
        return str(error)


def main(lines, keys):
    with open(keys) as file:
        texts = file.read().split("\n")
    path = keys + ".json"
    put(path, texts[0])
    gate = seal.CommandGate("twin-1", load_keys(path, "twin-1"), "5a17")
    with open(lines) as file:
        for line in file:
            now_ms, topic, payload = line.rstrip("\n").split(" ")
            print(verdict(gate, int(now_ms), topic, binascii.unhexlify(payload)))
    watched = KeyFile(path, "twin-1")
    now_ms = 0
    for text in texts:
        put(path, text)
        now_ms += LOOK_MS
        try:
            ring = watched.changed(now_ms)
            print(ring and (ring.ids, ring.signs, watched.changed(now_ms + 1)))
        except InputError as error:
            print(error.problem)


def put(path, text):
    with open(path + ".new", "w") as file:
        file.write(text)
    if hasattr(os, "chmod"):
        os.chmod(path + ".new", 0o600)
    os.rename(path + ".new", path)


main(sys.argv[1], sys.argv[2])
