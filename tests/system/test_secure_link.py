"""A bench's link to the hardened mosquitto, under both interpreters: both sides show and check certificates."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.system.processes import free_port
from tests.system.secure_broker import Client, Laboratory, laboratory
from tests.system.test_link import EXPECTED, INTERPRETERS, bench
from tests.system.test_secure_broker import TRIES, tls

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    with laboratory(tmp_path_factory.mktemp("lab")) as one:
        yield one


def test_a_client_tells_a_bench_s_certificate_from_a_broker_s(lab: Laboratory) -> None:
    """Who has a bench's key cannot play the broker to another one."""
    folder = lab.files("bench", "b")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    port = free_port()
    with socket.create_server(("127.0.0.1", port)) as listener:

        def serve() -> None:
            for _ in range(TRIES):
                line, _ = listener.accept()
                try:
                    server.wrap_socket(line, server_side=True).close()
                except OSError:
                    line.close()

        thread = threading.Thread(target=serve)
        thread.start()
        accepted = 0
        for _ in range(TRIES):
            one = tls(lab, "bench", "a")
            one.check_hostname = False  # the purpose alone has to tell
            with socket.create_connection(("127.0.0.1", port)) as line:
                try:
                    one.wrap_socket(line).close()
                    accepted += 1
                except ssl.SSLCertVerificationError:
                    pass
        thread.join(10)
    assert accepted == 0


@contextlib.contextmanager
def answering_cloud(lab: Laboratory) -> Iterator[Client]:
    """The cloud, which answers each message with its bytes reversed."""
    with Client(lab.port, tls(lab, "cloud", "main")) as cloud:
        heard = cloud.client.on_message

        def answer(client: Any, data: Any, message: Any) -> None:
            assert heard is not None
            heard(client, data, message)
            client.publish("adatom/1/twin-1/down/receipt", bytes(message.payload)[::-1], qos=1)

        cloud.client.on_message = answer
        assert cloud.connect()
        cloud.subscribe("adatom/1/+/up/+")
        yield cloud


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_a_bench_s_link_shows_its_certificate(lab: Laboratory, interpreter: str) -> None:
    url, mine = f"mqtts://127.0.0.1:{lab.port}", lab.files("bench", "twin-1")
    with answering_cloud(lab) as cloud:
        printed = bench(interpreter, url, mine / "ca.pem", "60000", mine / "cert.pem", mine / "key.pem")
        assert printed == EXPECTED.strip()
        assert [len(payload) for _, payload in cloud.heard] == [3, 300, 40000]


@pytest.mark.parametrize("interpreter", INTERPRETERS)
@pytest.mark.parametrize("who", ["nobody", "revoked"])
def test_a_bench_s_link_without_a_valid_certificate_tells_that_it_is_refused(
    lab: Laboratory, interpreter: str, who: str
) -> None:
    url, theirs = f"mqtts://127.0.0.1:{lab.port}", lab.files("bench", "revoked")
    files = [] if who == "nobody" else [theirs / "cert.pem", theirs / "key.pem"]
    with answering_cloud(lab) as cloud:
        printed = bench(interpreter, url, theirs / "ca.pem", "3000", *files)
        assert printed.startswith("[] ")
        assert printed != "[] "
        assert cloud.heard == []
