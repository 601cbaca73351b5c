"""`adatom bridge` as a process between real brokers: births, data, death by SIGKILL, rebirth, brokers that go away."""

import contextlib
import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.bridge.host import NODE, Host, rebirth
from tests.cloud.bridge.speaking import Message, message, points
from tests.system.processes import adatom, free_port, lines, listening, process, until
from tests.system.secure_broker import BROKER_PATHS, Client, context, laboratory, mosquitto

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(not shutil.which("mosquitto", path=BROKER_PATHS), reason="mosquitto: not installed"),
]
T = 1_234_567
NCMD = "spBv1.0/adatom/NCMD/bridge"
CONFIG = "listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n{user}"


@contextlib.contextmanager
def plain_broker(folder: Path, port: int) -> Iterator[Any]:
    """A mosquitto on loopback that lets everybody in."""
    config = folder / f"mosquitto-{port}.conf"
    config.write_text(CONFIG.format(port=port, user="user root\n" if os.getuid() == 0 else ""))
    with process([mosquitto(), "-c", str(config)], folder / "broker.log") as broker:
        until(lambda: listening(port), "mosquitto", (folder / "broker.log",))
        yield broker


class Ear(Client):
    """A client that hands on what it hears, as it came."""

    take: Callable[..., None]

    def _message(self, _: Any, __: Any, message: Any) -> None:
        with self.changed:
            self.take(message.topic, bytes(message.payload), message.qos, message.retain)
            self.changed.notify_all()


class Plant:
    """The far side: a Sparkplug host that hears everything of the edge node, and can ask it for its births."""

    def __init__(self, port: int) -> None:
        self.host = Host()
        self.faults: list[str] = []
        self.ear = Ear(port, None, "host")
        self.ear.take = self._take

    def __enter__(self) -> "Plant":
        self.ear.__enter__()
        assert self.ear.connect()
        for verb in ("NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"):
            self.ear.subscribe(f"spBv1.0/adatom/{verb}/bridge" + ("/+" if verb[0] == "D" else ""))
        return self

    def __exit__(self, *_: object) -> None:
        self.ear.__exit__()

    def _take(self, *said: Any) -> None:
        try:
            self.host.take(*said)
        except Exception as error:  # on paho's thread: kept for the test
            self.faults.append(repr(error))

    def until(self, done: Callable[[], bool]) -> None:
        assert self.ear.wait(done, 60), (self.faults, self.host.verbs)
        assert self.faults == []

    def verbs(self, *wanted: str) -> None:
        """Wait for these to be the newest."""
        self.until(lambda: self.host.verbs[-len(wanted) :] == list(wanted))


def say(bench: Client, *said: Message) -> None:
    for one in said:
        bench.publish(*one)


def bridge(kind: str, near: int, far: int, *more: Any) -> list[str]:
    return adatom("bridge", kind, "--broker", f"mqtt://127.0.0.1:{near}", "--to", f"mqtt://127.0.0.1:{far}",
                  "--json", *more)  # fmt: skip


def speaking(log: Path, times: int = 1, sides: tuple[str, ...] = ("hears", "speaks_to")) -> None:
    """Wait until a bridge hears one side and speaks to the other, for the n-th time."""
    until(lambda: all(sum(side in one for one in lines(log)) >= times for side in sides), "the bridge", (log,))


def test_sparkplug_births_data_death_by_sigkill_and_rebirth(tmp_path: Path) -> None:
    port, log, state = free_port(), tmp_path / "bridge.log", tmp_path / "bdseq"
    command = bridge("sparkplug", port, port, "--state", state, "--bench", "pld-1")
    with plain_broker(tmp_path, port), Plant(port) as plant, Client(port, None, "bench") as bench:
        assert bench.connect()
        with process(command, log) as first:
            speaking(log)
            plant.verbs("NBIRTH")
            before_ms = int(1000 * time.time())
            say(bench, message("other", "hello"), message("pld-1", "hello", t_ms=T, simulated=0))
            plant.verbs("DBIRTH/pld-1", "NDATA")
            after_ms = int(1000 * time.time())
            say(bench, points("pld-1", 4000, [T - 60000], heater_c=[20.0]))  # its backlog first
            say(bench, points("pld-1", 4712, [T + 1000, T + 2000], heater_c=[600.0, 601.5]))
            plant.until(lambda: plant.host.value("pld-1", "heater_c") == 601.5)
            assert before_ms <= plant.host.tags["pld-1"]["heater_c"].at_ms - 2000 <= after_ms
            assert [one[:2] for one in plant.host.history] == [("heater_c", 20.0)]
            bench.client.publish(NCMD, rebirth(), qos=0)
            plant.verbs("NBIRTH", "DBIRTH/pld-1")
            assert plant.host.value("pld-1", "heater_c") == 601.5
            first.send_signal(signal.SIGKILL)
            plant.verbs("NDEATH")
            assert plant.host.online == {NODE: False, "pld-1": False}
            assert plant.host.tags["pld-1"]["heater_c"].stale
        with process(command, log) as second:
            speaking(log, 2)
            plant.verbs("NBIRTH")
            assert plant.host.bdseq == 1
            say(bench, message("pld-1", "heartbeat", t_ms=T))
            plant.verbs("DBIRTH/pld-1", "NDATA")
            second.send_signal(signal.SIGTERM)
            assert second.wait(30) == 0
            plant.verbs("NDEATH")
    assert (plant.host.verbs.count("NDEATH"), state.read_text()) == (2, "2\n")
    assert [one for one in lines(log) if one.get("bench")] == [{"bench": "pld-1", "is": "appeared"}] * 2


def test_sparkplug_waits_for_its_primary_host_and_leaves_when_it_goes(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "bridge.log"
    command = bridge("sparkplug", port, port, "--host", "scada")
    with plain_broker(tmp_path, port), Plant(port) as plant, process(command, log), Client(port, None) as bench:
        speaking(log)
        assert bench.connect()
        say(bench, message("pld-1", "hello", t_ms=T))
        until(lambda: any("bench" in one for one in lines(log)), "the bench", (log,))
        assert plant.host.verbs == []
        for bdseq in range(2):
            host_is(plant, True, 100 + bdseq)
            plant.verbs("NBIRTH", "DBIRTH/pld-1")
            assert plant.host.bdseq == bdseq
            host_is(plant, False, 100 + bdseq)
            plant.verbs("NDEATH")
            speaking(log, 2 + bdseq, ("speaks_to",))  # it is there again, and waits
            say(bench, message("pld-1", "heartbeat", t_ms=T))
    assert plant.host.verbs == ["NBIRTH", "DBIRTH/pld-1", "NDEATH"] * 2


def host_is(plant: Plant, online: bool, at_ms: int) -> None:
    """The word of the primary host, retained."""
    text = json.dumps({"online": online, "timestamp": at_ms})
    plant.ear.client.publish("spBv1.0/STATE/scada", text, qos=1, retain=True)


def test_sparkplug_after_the_far_broker_was_killed(tmp_path: Path) -> None:
    near, far, log = free_port(), free_port(), tmp_path / "bridge.log"
    with plain_broker(tmp_path, near), process(bridge("sparkplug", near, far), log), Client(near, None) as bench:
        until(lambda: "trying again" in log.read_text(), "a warning", (log,))  # nobody is there yet: one clear line
        assert log.read_text().count("WARNING") == 1
        until(lambda: any("hears" in one for one in lines(log)), "the near side", (log,))
        assert bench.connect()
        for bdseq in range(2):
            with plain_broker(tmp_path, far) as broker, Plant(far) as plant:
                plant.verbs("NBIRTH")
                assert plant.host.bdseq == bdseq
                say(bench, message("pld-1", "hello", t_ms=T + bdseq))
                plant.until(lambda: plant.host.online.get("pld-1", False))
                broker.send_signal(signal.SIGKILL)
    assert "Traceback" not in log.read_text()


def test_home_assistant_finds_what_is_retained_and_is_told_of_the_end(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "bridge.log"
    kept: dict[str, bytes] = {}
    with plain_broker(tmp_path, port), Client(port, None, "bench") as bench:
        assert bench.connect()
        with process(bridge("home-assistant", port, port), log) as running:
            speaking(log)
            say(bench, message("pld-1", "hello", t_ms=T), points("pld-1", 4712, [T + 1000], heater_c=[600.0]))
            until(lambda: any("bench" in one for one in lines(log)), "the bench", (log,))
            with Ear(port, None, "assistant") as assistant:  # it comes late
                assistant.take = lambda topic, payload, qos, retain: kept.update({topic: payload})
                assert assistant.connect()
                assistant.subscribe("homeassistant/#")
                assistant.subscribe("adatom-bridge/#")
                assert assistant.wait(lambda: b"600.0" in kept.get("adatom-bridge/pld-1/state", b""))
                assert b"\xc2\xb0C" in kept["homeassistant/sensor/adatom_pld-1/heater_c/config"] or (
                    rb"\u00b0C" in kept["homeassistant/sensor/adatom_pld-1/heater_c/config"]
                )
                assert kept["adatom-bridge/availability"] == b"online"
                running.send_signal(signal.SIGKILL)
                assert assistant.wait(lambda: kept["adatom-bridge/availability"] == b"offline")


def test_an_observer_s_certificate_is_all_that_a_bridge_needs(tmp_path: Path) -> None:
    far, log = free_port(), tmp_path / "bridge.log"
    with laboratory(tmp_path) as lab, plain_broker(tmp_path, far), Plant(far) as plant:
        words = ["--broker", f"mqtts://127.0.0.1:{lab.port}", "--tls", lab.files("observer", "scada")]
        command = adatom("bridge", "sparkplug", *words, "--to", f"mqtt://127.0.0.1:{far}", "--json")
        with process(command, log), contextlib.ExitStack() as benches:
            speaking(log)
            for name in ("b", "a"):  # scada may hear a alone
                files = lab.files("bench", name)
                tls = context(files / "ca.pem", files / "cert.pem", files / "key.pem")
                bench = benches.enter_context(Client(lab.port, tls))
                assert bench.connect()
                say(bench, message(name, "hello", t_ms=T))
            plant.verbs("DBIRTH/a", "NDATA")
    assert plant.host.verbs == ["NBIRTH", "DBIRTH/a", "NDATA", "NDEATH"]
