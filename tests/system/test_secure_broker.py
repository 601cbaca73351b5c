"""The hardened mosquitto against those who have no business there. Each attack is counted: accepted 0.

Every one stands beside the same thing done by who may do it, so that a broker that refuses everything fails too.
"""

import contextlib
import datetime
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import psutil
import pytest
from adatom.cloud.pki.authority import Identity, Issued, issue, new_authority
from adatom.protocol.messages import MAX_BYTES, UP

from tests.system.processes import until
from tests.system.secure_broker import Client, Laboratory, context, laboratory, now

pytestmark = pytest.mark.system
TRIES = 5


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    with laboratory(tmp_path_factory.mktemp("lab")) as one:
        yield one


def tls(lab: Laboratory, role: str, name: str) -> ssl.SSLContext:
    folder = lab.files(role, name)
    return context(folder / "ca.pem", folder / "cert.pem", folder / "key.pem")


def shown(lab: Laboratory, folder: Path, issued: Issued) -> ssl.SSLContext:
    """A context that shows a certificate which the authority's folder does not hold."""
    (folder / "cert.pem").write_bytes(issued.pem)
    (folder / "key.pem").write_bytes(issued.key_pem)
    return context(lab.authority.folder / "ca.pem", folder / "cert.pem", folder / "key.pem")


def anonymous(lab: Laboratory, folder: Path) -> ssl.SSLContext | None:
    return context(lab.authority.folder / "ca.pem")


def plain_text(lab: Laboratory, folder: Path) -> ssl.SSLContext | None:
    return None


def another_authority(lab: Laboratory, folder: Path) -> ssl.SSLContext | None:
    return shown(lab, folder, issue(new_authority("test", now()), Identity("bench", "a"), now()))


def signed_by_itself(lab: Laboratory, folder: Path) -> ssl.SSLContext | None:
    return shown(lab, folder, new_authority("test", now()))


def signed_by_a_bench(lab: Laboratory, folder: Path) -> ssl.SSLContext | None:
    """A bench's key used as if it were an authority's."""
    from adatom.cloud.pki.authority import load

    mine = lab.files("bench", "a")
    bench = load((mine / "cert.pem").read_bytes(), (mine / "key.pem").read_bytes(), "bench")
    made = shown(lab, folder, issue(bench, Identity("cloud", "main"), now()))
    with (folder / "cert.pem").open("ab") as chain:
        chain.write(bench.pem)
    made.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return made


def revoked(lab: Laboratory, folder: Path) -> ssl.SSLContext | None:
    return tls(lab, "bench", "revoked")


def expired(lab: Laboratory, folder: Path) -> ssl.SSLContext | None:
    past = now() - datetime.timedelta(days=2)
    return shown(lab, folder, issue(lab.authority.signer, Identity("bench", "a"), past, days=1))


def not_yet_valid(lab: Laboratory, folder: Path) -> ssl.SSLContext | None:
    future = now() + datetime.timedelta(days=2)
    return shown(lab, folder, issue(lab.authority.signer, Identity("bench", "a"), future, days=1))


def the_brokers_own(lab: Laboratory, folder: Path) -> ssl.SSLContext | None:
    """A certificate for servers does not make a client."""
    return tls(lab, "broker", "main")


def tls_1_1(lab: Laboratory, folder: Path) -> ssl.SSLContext | None:
    return old_tls(tls(lab, "bench", "a"))


def old_tls(one: ssl.SSLContext) -> ssl.SSLContext:
    one.set_ciphers("ALL:@SECLEVEL=0")  # OpenSSL would not offer it by itself
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        one.minimum_version = ssl.TLSVersion.TLSv1
        one.maximum_version = ssl.TLSVersion.TLSv1_1
    return one


NOBODY: list[Callable[[Laboratory, Path], ssl.SSLContext | None]] = [
    anonymous, plain_text, another_authority, signed_by_itself, signed_by_a_bench, revoked, expired, not_yet_valid,
    the_brokers_own, tls_1_1,
]  # fmt: skip


@pytest.mark.parametrize("attack", NOBODY, ids=lambda attack: attack.__name__)
def test_who_has_no_valid_certificate_is_not_let_in(
    lab: Laboratory, tmp_path: Path, attack: Callable[[Laboratory, Path], ssl.SSLContext | None]
) -> None:
    accepted = 0
    for _ in range(TRIES):
        accepted += let_in(lab.port, attack(lab, tmp_path))
    print(f"\n{attack.__name__}: n {TRIES}, accepted {accepted}")
    assert accepted == 0
    assert let_in(lab.port, tls(lab, "bench", "a"))


def let_in(port: int, one: ssl.SSLContext | None) -> bool:
    """Whether the broker welcomes an MQTT client that connects in this way."""
    with contextlib.ExitStack() as lines:
        try:
            line = lines.enter_context(socket.create_connection(("127.0.0.1", port), 10))
            if one is not None:
                line = lines.enter_context(one.wrap_socket(line, server_hostname="127.0.0.1"))
            line.sendall(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x0a\x00\x01x")
            return line.recv(4) == b"\x20\x02\x00\x00"
        except OSError:  # refused in the handshake, or cut off
            return False


def test_the_old_tls_of_the_attack_would_reach_who_speaks_it(lab: Laboratory) -> None:
    """So the refusal above is the broker's, not the client's."""
    folder = lab.files("broker", "main")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    old_tls(server)
    spoken: list[str | None] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            line, _ = listener.accept()
            with server.wrap_socket(line, server_side=True) as secured:
                spoken.append(secured.version())

        thread = threading.Thread(target=serve)
        thread.start()
        with socket.create_connection(listener.getsockname()) as line:
            old_tls(tls(lab, "bench", "a")).wrap_socket(line, server_hostname="127.0.0.1").close()
        thread.join(10)
    assert spoken == ["TLSv1.1"]


def test_there_is_one_port_and_it_speaks_tls_1_2_or_newer(lab: Laboratory) -> None:
    ports = [c.laddr.port for c in psutil.Process(lab.broker.pid).net_connections() if c.status == "LISTEN"]
    assert ports == [lab.port]
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        one = tls(lab, "bench", "a")
        one.minimum_version = one.maximum_version = version
        assert let_in(lab.port, one)


def say(lab: Laboratory, role: str, name: str, said: list[str], direction: str, to: str = "a") -> int:
    """How many of TRIES publications on each topic reach who may hear them: the cloud, or the bench addressed."""
    payload = f"{role} {name}".encode()
    listener = ("cloud", "main") if direction == "up" else ("bench", to)
    marker = "adatom/1/b/up/event" if direction == "up" else f"adatom/1/{to}/down/receipt"
    with contextlib.ExitStack() as clients:
        hears = clients.enter_context(Client(lab.port, tls(lab, *listener)))
        assert hears.connect()
        hears.subscribe("adatom/1/+/up/+" if direction == "up" else f"adatom/1/{to}/down/+")
        speaks = hears
        if (role, name) != listener:
            speaks = clients.enter_context(Client(lab.port, tls(lab, role, name)))
            assert speaks.connect()
        for topic in said * TRIES:
            speaks.publish(topic, payload)
        honest = speaks  # what arrives after it proves that nothing else is on its way
        if (role, name) != (proof := ("bench", "b") if direction == "up" else ("cloud", "main")):
            honest = clients.enter_context(Client(lab.port, tls(lab, *proof)))
            assert honest.connect()
        honest.publish(marker, b"marker")
        assert hears.wait(lambda: (marker, b"marker") in hears.heard)
        return sum(heard[1] == payload for heard in hears.heard)


def ups(bench: str) -> list[str]:
    return [f"adatom/1/{bench}/up/{kind}" for kind in UP]


RIGHTS = [
    ("bench", "a", "its own up", ups("a"), "up", True),
    ("bench", "a", "b's up", ups("b"), "up", False),
    ("bench", "a", "no kind", ["adatom/1/a/up/order", "adatom/1/a/up", "adatom/1/a/up/hello/x"], "up", False),
    ("bench", "a", "its own down", ["adatom/1/a/down/command", "adatom/1/a/down/receipt"], "down a", False),
    ("bench", "a", "b's down", ["adatom/1/b/down/command", "adatom/1/b/down/receipt"], "down b", False),
    ("operator", "alice", "commands", ["adatom/1/a/down/command"], "down a", True),
    ("operator", "alice", "receipts", ["adatom/1/a/down/receipt"], "down a", False),
    ("operator", "alice", "up", ups("a") + ups("b"), "up", False),
    ("lead", "bob", "commands", ["adatom/1/b/down/command"], "down b", True),
    ("lead", "bob", "receipts", ["adatom/1/b/down/receipt"], "down b", False),
    ("lead", "bob", "up", ups("a") + ups("b"), "up", False),
    ("observer", "display", "commands", ["adatom/1/a/down/command", "adatom/1/a/down/receipt"], "down a", False),
    ("observer", "display", "up", ups("a") + ups("b"), "up", False),
    ("cloud", "main", "down", ["adatom/1/a/down/command", "adatom/1/a/down/receipt"], "down a", True),
    ("cloud", "main", "up", ups("a"), "up", False),
]


@pytest.mark.parametrize(("role", "name", "what", "said", "where", "allowed"), RIGHTS,
                         ids=[f"{row[0]} {row[1]}, {row[2]}" for row in RIGHTS])  # fmt: skip
def test_who_may_publish_what(
    lab: Laboratory, role: str, name: str, what: str, said: list[str], where: str, allowed: bool
) -> None:
    direction, _, to = where.partition(" ")
    reached = say(lab, role, name, said, direction, to or "a")
    print(f"\n{role}/{name} publishes {what}: n {TRIES * len(said)}, accepted {reached}")
    assert reached == (TRIES * len(said) if allowed else 0)


HEARS = [
    ("bench", "a", "adatom/1/a/down/+", True),
    ("bench", "a", "adatom/1/b/down/+", False),
    ("bench", "a", "#", False),
    ("bench", "a", "adatom/1/+/down/+", False),
    ("operator", "alice", "#", False),
    ("observer", "display", "#", False),
    ("cloud", "main", "#", False),
]


@pytest.mark.parametrize(("role", "name", "topic", "allowed"), HEARS, ids=lambda value: str(value).replace("/", "."))
def test_who_may_hear_what_is_for_a_bench(lab: Laboratory, role: str, name: str, topic: str, allowed: bool) -> None:
    target = "adatom/1/a/down/command" if allowed else "adatom/1/b/down/command"
    with Client(lab.port, tls(lab, role, name)) as spy, Client(lab.port, tls(lab, "lead", "bob")) as leader:
        assert spy.connect()
        spy.subscribe(topic)
        assert leader.connect()
        for _ in range(TRIES):
            leader.publish(target, b"secret")
        # what its owner may hear of it comes last, so that silence means that nothing else comes
        if role == "bench":
            spy.subscribe("adatom/1/a/down/+")
            leader.publish("adatom/1/a/down/command", b"marker")
        else:
            spy.subscribe("adatom/1/+/up/+")
            with Client(lab.port, tls(lab, "bench", "b")) as bench:
                assert bench.connect()
                bench.publish("adatom/1/b/up/event", b"marker")
        assert spy.wait(lambda: any(payload == b"marker" for _, payload in spy.heard))
    heard = sum(payload == b"secret" for _, payload in spy.heard)
    print(f"\n{role}/{name} hears {topic}: n {TRIES}, heard {heard}")
    assert heard == (TRIES if allowed else 0)


@pytest.mark.parametrize(("name", "hears"), [("display", {"a", "b"}), ("scada", {"a"})])
def test_an_observer_hears_its_benches_alone(lab: Laboratory, name: str, hears: set[str]) -> None:
    lab.authority.renew(Identity("observer", name), now())  # which changes nothing of it
    lab.configure()
    with contextlib.ExitStack() as clients:
        observer = clients.enter_context(Client(lab.port, tls(lab, "observer", name)))
        assert observer.connect()
        for topic in ("adatom/1/b/up/+", "adatom/1/+/up/+", "#"):
            observer.subscribe(topic)
        for bench in ("b", "a"):  # a's come last: they prove that nothing else is on its way
            speaks = clients.enter_context(Client(lab.port, tls(lab, "bench", bench)))
            assert speaks.connect()
            for topic in ups(bench):
                speaks.publish(topic, b"marker" if topic.endswith("refusal") else b"x")
        assert observer.wait(lambda: ("adatom/1/a/up/refusal", b"marker") in observer.heard)
    heard = {topic.split("/")[2] for topic, _ in observer.heard}
    print(f"\nobserver/{name} hears {sorted(heard)}")
    assert heard == hears


@pytest.mark.parametrize("protocol", [paho.MQTTv311, paho.MQTTv5])
def test_a_message_that_is_too_large_is_not_read(lab: Laboratory, protocol: Any) -> None:
    for size, fits in ((MAX_BYTES, True), (MAX_BYTES + 1000, False), (4 * 10**6, False)):
        with (
            Client(lab.port, tls(lab, "cloud", "main")) as cloud,
            Client(lab.port, tls(lab, "bench", "a"), protocol=protocol) as bench,
        ):
            assert cloud.connect()
            cloud.subscribe("adatom/1/+/up/+")
            assert bench.connect()
            bench.client.publish("adatom/1/a/up/blob", b"x" * size, qos=1)
            if fits:
                assert cloud.wait(lambda: len(cloud.heard) == 1)
            else:
                assert bench.wait(lambda: bench.lost > 0)
                assert cloud.heard == []


def test_nobody_takes_the_place_of_another_by_his_client_id(lab: Laboratory) -> None:
    with Client(lab.port, tls(lab, "bench", "a"), client_id="bench-a") as bench:
        assert bench.connect()
        for _ in range(TRIES):
            with Client(lab.port, tls(lab, "bench", "b"), client_id="bench-a") as thief:
                assert thief.connect()
        bench.publish("adatom/1/a/up/event")
        assert bench.lost == 0


def test_nothing_is_retained(lab: Laboratory) -> None:
    with Client(lab.port, tls(lab, "lead", "bob")) as leader:
        assert leader.connect()
        leader.client.publish("adatom/1/a/down/command", b"old", qos=1, retain=True)
        leader.wait(lambda: leader.taken + leader.lost > 0)
    with Client(lab.port, tls(lab, "bench", "a")) as bench, Client(lab.port, tls(lab, "cloud", "main")) as cloud:
        assert bench.connect()
        bench.subscribe("adatom/1/a/down/+")
        assert cloud.connect()
        cloud.publish("adatom/1/a/down/command", b"new")
        assert bench.wait(lambda: bench.heard)
        assert [payload for _, payload in bench.heard] == [b"new"]


def test_who_is_revoked_or_new_is_known_after_a_reload_and_nobody_else_is_cut_off(tmp_path: Path) -> None:
    with laboratory(tmp_path) as lab, Client(lab.port, tls(lab, "bench", "a")) as bench:
        assert bench.connect()
        lab.authority.admit(Identity("bench", "late"), now())
        lab.authority.revoke([Identity("bench", "b")], now())
        lab.configure()

        def gone() -> bool:
            return not let_in(lab.port, tls(lab, "bench", "b"))

        until(gone, "the revocation", (lab.log,))
        with Client(lab.port, tls(lab, "cloud", "main")) as cloud, Client(lab.port, tls(lab, "bench", "late")) as late:
            assert cloud.connect()
            cloud.subscribe("adatom/1/+/up/+")
            assert late.connect()
            late.publish("adatom/1/late/up/event")
            bench.publish("adatom/1/a/up/event")
            assert cloud.wait(lambda: len(cloud.heard) == 2)
        assert bench.lost == 0


def test_certificates_are_renewed_while_the_old_ones_are_in_use(tmp_path: Path) -> None:
    with laboratory(tmp_path) as lab, Client(lab.port, tls(lab, "bench", "a"), client_id="old") as old:
        assert old.connect()
        before = tls(lab, "bench", "b")
        serial = served(lab)
        for who in (Identity("bench", "a"), Identity("bench", "b"), Identity("broker", "main")):
            lab.authority.renew(who, now())
        lab.configure()
        until(lambda: served(lab) != serial, "the broker's new certificate", (lab.log,))
        for one in (before, tls(lab, "bench", "b")):  # the one before stays good until its end
            assert let_in(lab.port, one)
        old.publish("adatom/1/a/up/event")
        assert old.lost == 0


def served(lab: Laboratory) -> bytes | None:
    """The certificate that the broker shows now."""
    with (
        socket.create_connection(("127.0.0.1", lab.port)) as line,
        tls(lab, "bench", "a").wrap_socket(line, server_hostname="localhost") as secured,
    ):
        return secured.getpeercert(binary_form=True)
