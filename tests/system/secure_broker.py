"""A real mosquitto in the configuration that `adatom broker config` writes, and clients with and without rights."""

import contextlib
import datetime
import os
import shutil
import signal
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from adatom.cloud.pki.authority import Identity
from adatom.cloud.pki.broker_cli import write
from adatom.cloud.pki.folder import Authority, create
from paho.mqtt.enums import CallbackAPIVersion

from tests.system.processes import free_port, listening, process, until

BROKER_PATHS = os.environ.get("PATH", "") + ":/usr/sbin"  # Debian puts daemons where a user's PATH does not look
BENCHES = ("a", "b", "revoked", "twin-1")
PEOPLE = (Identity("operator", "alice"), Identity("lead", "bob"))
OBSERVERS = {Identity("observer", "display"): (), Identity("observer", "scada"): ("a",)}  # -> benches, all when empty


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def mosquitto() -> str:
    found = shutil.which("mosquitto", path=BROKER_PATHS)
    assert found, "mosquitto is missing: apt install mosquitto"
    return found


@dataclass
class Laboratory:
    """An authority with benches a, b and revoked, two people, two observers, and a broker that runs."""

    folder: Path
    authority: Authority
    port: int
    broker: "subprocess.Popen[bytes]"

    @property
    def log(self) -> Path:
        return self.folder / "broker.log"

    def files(self, role: str, name: str) -> Path:
        return self.authority.place(Identity(role, name))

    def configure(self) -> None:
        """`adatom broker config`, and tell the broker."""
        configured(self.folder, self.port)
        self.broker.send_signal(signal.SIGHUP)


def configured(folder: Path, port: int) -> Path:
    """The path of the broker's configuration, written anew."""
    write(folder / "pki", folder / "broker", port, "127.0.0.1", now())
    path = folder / "broker" / "mosquitto.conf"
    if os.getuid() == 0:  # started by root it would become another user, who cannot enter the tests' folders
        path.write_text(path.read_text() + "user root\n")
    return path


@contextlib.contextmanager
def laboratory(folder: Path) -> Iterator[Laboratory]:
    """A whole laboratory, for the time of a test."""
    authority = create(folder / "pki", "test", ["127.0.0.1", "localhost"], now())
    with authority.locked():
        for who in [*[Identity("bench", name) for name in BENCHES], *PEOPLE]:
            authority.admit(who, now())
        for who, benches in OBSERVERS.items():
            authority.admit(who, now(), benches=benches)
        authority.revoke([Identity("bench", "revoked")], now())
    port = free_port()
    with process([mosquitto(), "-c", str(configured(folder, port))], folder / "broker.log") as broker:
        until(lambda: listening(port), "mosquitto", (folder / "broker.log",))
        yield Laboratory(folder, authority, port, broker)


def context(ca: Path, cert: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
    found = ssl.create_default_context(cafile=ca)
    if cert is not None:
        found.load_cert_chain(cert, key)
    return found


@dataclass
class Client:
    """A client of paho that keeps what it hears."""

    port: int
    tls: ssl.SSLContext | None
    client_id: str = "client"
    protocol: Any = paho.MQTTv311
    heard: list[tuple[str, bytes]] = field(default_factory=list)
    taken: int = 0
    lost: int = 0

    def __enter__(self) -> "Client":
        self.changed = threading.Condition()
        self.subscribed = self.connected = False
        client = self.client = paho.Client(CallbackAPIVersion.VERSION2, self.client_id, protocol=self.protocol)
        client.on_connect = self._connected
        client.on_disconnect = lambda *_: self._note("lost")
        client.on_subscribe = lambda *_: self._set("subscribed")
        client.on_publish = lambda *_: self._note("taken")
        client.on_message = self._message
        if self.tls is not None:
            client.tls_set_context(self.tls)
        return self

    def connect(self) -> bool:
        """Whether the broker lets us in."""
        try:
            self.client.connect("127.0.0.1", self.port, keepalive=10)
        except OSError:  # ssl.SSLError is one
            return False
        self.client.loop_start()
        self.wait(lambda: self.connected or self.lost > 0)
        return self.connected and not self.lost

    def subscribe(self, topic: str) -> None:
        self.subscribed = False
        self.client.subscribe(topic, qos=1)
        assert self.wait(lambda: self.subscribed)

    def publish(self, topic: str, payload: bytes = b"x", **options: Any) -> None:
        """Publish, and wait until the broker has acknowledged it or hung up."""
        before = self.taken + self.lost
        self.client.publish(topic, payload, qos=1, **options)
        assert self.wait(lambda: self.taken + self.lost > before), topic

    def wait(self, done: Any, seconds: float = 30) -> bool:
        with self.changed:
            return bool(self.changed.wait_for(done, seconds))

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _connected(self, _: Any, __: Any, ___: Any, reason: Any, ____: Any) -> None:
        if not reason.is_failure:
            self._set("connected")
        else:
            self._note("lost")

    def _message(self, _: Any, __: Any, message: Any) -> None:
        with self.changed:
            self.heard.append((message.topic, bytes(message.payload)))
            self.changed.notify_all()

    def _set(self, name: str) -> None:
        with self.changed:
            setattr(self, name, True)
            self.changed.notify_all()

    def _note(self, name: str) -> None:
        with self.changed:
            setattr(self, name, getattr(self, name) + 1)
            self.changed.notify_all()
