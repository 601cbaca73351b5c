"""Somebody who commands a bench over the broker, and repeats every command as a bad network or an attacker would."""

import random
import threading
import time
from pathlib import Path

import paho.mqtt.client as mqtt
from adatom.cloud.ingest.keys import load_or_create_keys
from adatom.protocol import codec, topics
from adatom.protocol.errors import ProtocolError
from paho.mqtt.enums import CallbackAPIVersion

from .checker import Entry

KEY = "campaign"
VALID_MS = 5000
EVERY_S = (0.2, 1.0)
AGAIN_S = (0.0, 0.3, 2.0, 8.0)  # after which the very same bytes are sent once more


class Commander:
    """Commands and their repetitions from a thread, as a context manager; `given` is what was commanded."""

    def __init__(self, bench: str, port: int, keys: Path, seed: int) -> None:
        self.bench = bench
        self.keys = load_or_create_keys(keys)
        self.rng = random.Random(f"commander {seed}")
        self.given: list[Entry] = []
        self.sent = 0  # messages, repetitions too
        self._nonce = ""
        self._again: list[tuple[float, bytes]] = []
        self._over = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, "soak-commander")
        self._client.on_connect = lambda client, *_: client.subscribe(topics.all_up(), 1)
        self._client.on_message = self._hear
        self._client.reconnect_delay_set(1, 2)
        self._client.connect("127.0.0.1", port)
        self._thread = threading.Thread(target=self._work, name="commander")

    def __enter__(self) -> "Commander":
        self._client.loop_start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._client.loop_stop()

    def _hear(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        try:
            bench, _, kind = topics.parse(message.topic)
            if bench == self.bench and kind in ("hello", "heartbeat"):
                self._nonce = codec.decode(kind, message.payload)[0]["nonce"]
        except ProtocolError:
            return

    def _work(self) -> None:
        while not self._over.wait(self.rng.uniform(*EVERY_S)):
            now_s = time.monotonic()
            due = [payload for at_s, payload in self._again if at_s <= now_s]
            self._again = [one for one in self._again if one[0] > now_s]
            if self._nonce:
                payload = self._command()
                due.append(payload)
                self._again += [(now_s + later_s, payload) for later_s in AGAIN_S]
            for payload in due:
                self._client.publish(topics.down(self.bench, "command"), payload, qos=1)
                self.sent += 1

    def _command(self) -> bytes:
        counter, name = len(self.given) + 1, self.rng.choice(("abort", "abort", "rearm", "pause"))
        self.given.append({"what": "commanded", "bench": self.bench, "counter": counter, "name": name})
        fields = {"bench": self.bench, "name": name, "args": {}, "key": KEY, "counter": counter,
                  "nonce": self._nonce, "valid_ms": VALID_MS}  # fmt: skip
        body = codec.body_of("command", fields)
        return codec.with_tail("command", body, self.keys.sign(KEY, body, self.bench))
