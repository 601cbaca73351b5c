"""The bench's MQTT link against a real broker, over TCP and TLS, under both interpreters; paho plays the cloud."""

import contextlib
import os
import queue
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from adatom.protocol.errors import InputError
from paho.mqtt.enums import CallbackAPIVersion

from tests.micropython import INTERPRETER, ROOT
from tests.system.processes import free_port, listening, process, until
from tests.system.secure_broker import mosquitto

pytestmark = pytest.mark.system
CLIENT = ROOT / "tests" / "system" / "link_client.py"
INTERPRETERS = ("cpython", "micropython") if INTERPRETER.exists() else ("cpython",)
BROKER = """
listeners:
  default: {{type: tcp, bind: "127.0.0.1:{plain}"}}
  secure: {{type: tcp, bind: "127.0.0.1:{secure}", ssl: true, certfile: {cert}, keyfile: {key}}}
plugins:
  amqtt.plugins.authentication.AnonymousAuthPlugin: {{allow_anonymous: true}}
"""


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """(certificate, key) of a broker on loopback that signs for itself."""
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


@pytest.fixture(scope="module")
def amqtt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Ports and certificate of an amqtt broker in a process of its own."""
    folder = tmp_path_factory.mktemp("amqtt")
    cert, key = certificate(folder, "broker")
    plain, secure = free_port(), free_port()
    config = folder / "broker.yaml"
    config.write_text(BROKER.format(plain=plain, secure=secure, cert=cert, key=key))
    with process([str(Path(sys.executable).parent / "amqtt"), "-c", str(config)], folder / "broker.log"):
        until(lambda: listening(plain) and listening(secure), "the broker", (folder / "broker.log",))
        yield {"plain": plain, "secure": secure, "cert": cert}


@contextlib.contextmanager
def cloud(port: int) -> Iterator["queue.Queue[tuple[str, bytes]]"]:
    """A paho client that takes what benches publish and answers each message with its length, reversed."""
    seen: queue.Queue[tuple[str, bytes]] = queue.Queue()
    ready: queue.Queue[bool] = queue.Queue()
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="cloud")

    def message(_: paho.Client, __: Any, message: paho.MQTTMessage) -> None:
        seen.put((message.topic, bytes(message.payload)))
        client.publish("adatom/1/twin-1/down/receipt", bytes(message.payload)[::-1], qos=1)

    client.on_message = message
    client.on_subscribe = lambda *_: ready.put(True)
    client.on_connect = lambda *_: client.subscribe("adatom/1/+/up/+", qos=1)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        ready.get(timeout=30)
        yield seen
    finally:
        client.disconnect()
        client.loop_stop()


def bench(interpreter: str, *arguments: str | Path) -> str:
    """What the bench's side prints under an interpreter."""
    command = [sys.executable] if interpreter == "cpython" else [str(INTERPRETER), "-X", "heapsize=400k"]
    environment = {**os.environ, "MICROPYPATH": f"{ROOT / '.path'}:.frozen", "PYTHONPATH": f"{ROOT / '.path'}"}
    done = subprocess.run([*command, CLIENT, *arguments], capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


EXPECTED = str([("adatom/1/twin-1/down/receipt", size, bytes([size & 0xFF]) * 2) for size in (3, 300, 40000)]) + " "


@pytest.mark.parametrize("interpreter", INTERPRETERS)
@pytest.mark.parametrize("scheme", ["mqtt", "mqtts"])
def test_messages_go_both_ways(amqtt: dict[str, Any], interpreter: str, scheme: str) -> None:
    port = amqtt["plain" if scheme == "mqtt" else "secure"]
    with cloud(amqtt["plain"]) as seen:
        printed = bench(interpreter, f"{scheme}://127.0.0.1:{port}", amqtt["cert"])
        assert printed == EXPECTED.strip()
        assert [len(seen.get(timeout=10)[1]) for _ in range(3)] == [3, 300, 40000]


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_a_broker_that_another_authority_vouches_for_is_not_talked_to(
    amqtt: dict[str, Any], interpreter: str, tmp_path: Path
) -> None:
    stranger, _ = certificate(tmp_path, "stranger")
    with cloud(amqtt["plain"]) as seen:
        command = bench(interpreter, f"mqtts://127.0.0.1:{amqtt['secure']}", stranger, "3000")
        assert command.startswith("[] ")
        assert "ERT" in command.upper()  # "certificate verify failed", "MBEDTLS_ERR_X509_CERT_VERIFY_FAILED"
        assert seen.empty()


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_messages_go_both_ways_through_mosquitto(interpreter: str, tmp_path: Path) -> None:
    port = free_port()
    with process([mosquitto(), "-p", str(port)], tmp_path / "mosquitto.log"):
        until(lambda: listening(port), "mosquitto", (tmp_path / "mosquitto.log",))
        with cloud(port):
            assert bench(interpreter, f"mqtt://127.0.0.1:{port}") == EXPECTED.strip()


def test_an_unusable_authority_is_the_users_mistake(tmp_path: Path) -> None:
    from adatom.edge.dial import Dialer, TlsFiles

    (tmp_path / "ca.pem").write_text("nothing")
    for name in ("ca.pem", "missing.pem"):
        with pytest.raises(InputError, match=name):
            Dialer("mqtts://lab", TlsFiles(str(tmp_path / name)))
