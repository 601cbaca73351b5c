"""The edge node by the rules of Sparkplug 3.0: a host that checks each of them hears every message, byte by byte."""

import contextlib
import json
from functools import partial

import pytest
from adatom.cloud.bridge.benches import Benches
from adatom.cloud.bridge.catalogue import CATALOGUE
from adatom.cloud.bridge.far import Out
from adatom.cloud.bridge.sparkplug.node import REBIRTHS_AT_ONCE, EdgeNode
from adatom.cloud.bridge.sparkplug.payload import COMMAND_MAX_BYTES, decode_command
from adatom.protocol.errors import InputError, ProtocolError
from adatom.protocol.session import SILENT_MS
from hypothesis import given
from hypothesis import strategies as st

from .host import NODE, Host, Type, parsed, rebirth
from .speaking import Message, message, points
from .test_benches import NOW, T

NCMD = "spBv1.0/adatom/NCMD/bridge"


class Scene:
    """Benches, edge node and host, without brokers between them."""

    def __init__(self, host: str = "", bdseq: int = 0, typed: bool = False) -> None:
        self.kept: list[int] = []
        self.benches = Benches()
        self.node = EdgeNode("adatom", "bridge", self.benches, "adatom 0", host, bdseq, self.kept.append, typed)
        self.host = Host(typed=typed)
        self.will = self.node.will(NOW)

    def connect(self) -> None:
        self.deliver(self.node.connected(NOW))

    def hear(self, *said: Message, now_ms: int = NOW) -> None:
        for one in said:
            for change in self.benches.take(*one, now_ms):
                self.deliver(self.node.told(change, now_ms))

    def deliver(self, outs: list[Out]) -> None:
        for out in outs:
            self.host.take(*out)


def grown() -> Scene:
    scene = Scene()
    scene.connect()
    scene.hear(message("pld-1", "hello", t_ms=T, simulated=0), message("twin-1", "hello", t_ms=T))
    return scene


def test_births_come_first_and_define_everything_with_units() -> None:
    scene = grown()
    assert scene.host.verbs == ["NBIRTH", "DBIRTH/pld-1", "NDATA", "DBIRTH/twin-1", "NDATA"]
    assert set(scene.host.tags["pld-1"]) == set(CATALOGUE)
    tags = scene.host.tags["pld-1"]
    assert (tags["heater_c"].unit, tags["heater_c"].datatype, tags["heater_c"].value) == ("°C", Type.Double, None)
    assert (tags["door"].datatype, tags["pulses"].datatype, tags["State"].datatype) == (
        Type.Boolean, Type.Int64, Type.String,
    )  # fmt: skip
    assert tags["State"].value == "deposit"
    assert [scene.host.value(bench, "Properties/Simulated") for bench in ("pld-1", "twin-1")] == [False, True]
    assert scene.host.value(NODE, "Benches") == 2


def test_data_bring_each_change_under_its_alias_with_its_time() -> None:
    scene = grown()
    scene.hear(points("pld-1", 4712, [T + 1000, T + 2000], heater_c=[-3.25, 600.0], door=[0, 0], slot=[-1, 4]))
    assert scene.host.verbs[-1] == "DDATA/pld-1"
    assert scene.host.latest == [("pld-1", "heater_c", -3.25), ("pld-1", "slot", -1), ("pld-1", "door", False),
                                  ("pld-1", "heater_c", 600.0), ("pld-1", "slot", 4)]  # fmt: skip
    assert scene.host.tags["pld-1"]["heater_c"].at_ms == NOW + 2000
    assert not scene.host.history


def test_data_types_are_named_where_they_are_wanted() -> None:
    scene = Scene(typed=True)
    scene.connect()
    scene.hear(message("pld-1", "hello", t_ms=T), points("pld-1", 4712, [T + 1000], heater_c=[-3.25], slot=[-1]))
    assert scene.host.latest == [("pld-1", "heater_c", -3.25), ("pld-1", "slot", -1)]


def test_a_missing_value_is_null() -> None:
    scene = grown()
    scene.hear(points("pld-1", 4712, [T + 1000], heater_c=[600.0]), points("pld-1", 4713, [T + 2000], heater_c=[None]))
    assert scene.host.latest == [("pld-1", "heater_c", None)]


def test_a_backlog_is_historical() -> None:
    scene = grown()
    scene.hear(points("pld-1", 4000, [T - 2000, T - 1000], heater_c=[600.0, 601.0]))
    assert [one for one in scene.host.history if one[0] == "heater_c"] == [
        ("heater_c", 600.0, NOW - 2000), ("heater_c", 601.0, NOW - 1000),
    ]  # fmt: skip
    assert scene.host.value("pld-1", "heater_c") is None


def test_the_sequence_number_wraps_after_255() -> None:
    scene = grown()
    for number in range(600):  # the host asserts each number
        scene.hear(points("pld-1", 4712 + number, [T + number], heater_c=[float(number)]))
    assert scene.host.messages == 605
    assert scene.host.seq == 604 % 256


def test_many_values_are_several_messages() -> None:
    scene = grown()
    scene.hear(points("pld-1", 4712, [T + n for n in range(1024)], heater_c=[float(n) for n in range(1024)]))
    assert scene.host.verbs[-3:] == ["DDATA/pld-1"] * 3
    assert scene.host.value("pld-1", "heater_c") == 1023.0


def test_a_silent_bench_dies_and_is_born_again() -> None:
    scene = grown()
    scene.hear(message("twin-1", "heartbeat"), now_ms=NOW + SILENT_MS)
    for change in scene.benches.silent(NOW + SILENT_MS + 1):
        scene.deliver(scene.node.told(change, NOW + SILENT_MS + 1))
    assert scene.host.verbs[-2:] == ["DDEATH/pld-1", "NDATA"]
    assert scene.host.online == {NODE: True, "pld-1": False, "twin-1": True}
    assert scene.host.value(NODE, "Benches") == 1
    scene.hear(message("pld-1", "heartbeat"), now_ms=NOW + SILENT_MS + 2)
    assert scene.host.online["pld-1"]
    scene.hear(points("pld-1", 4712, [T + 9], heater_c=[1.0]), now_ms=NOW + SILENT_MS + 2)


@pytest.mark.parametrize("by_alias", [False, True])
def test_a_rebirth_brings_all_births_with_the_values_of_now_and_the_same_bdseq(by_alias: bool) -> None:
    scene = grown()
    scene.hear(points("pld-1", 4712, [T + 1000], heater_c=[600.0]))
    alias = next(alias for alias, (_, name) in scene.host.aliases.items() if name == "Node Control/Rebirth")
    scene.deliver(scene.node.heard(NCMD, rebirth(alias if by_alias else None), NOW + 1))
    assert scene.host.verbs[-3:] == ["NBIRTH", "DBIRTH/pld-1", "DBIRTH/twin-1"]
    assert (scene.host.bdseq, scene.host.value("pld-1", "heater_c")) == (0, 600.0)
    scene.hear(points("pld-1", 4713, [T + 2000], heater_c=[601.0]))


def test_rebirths_are_limited() -> None:
    scene = grown()
    asked = [scene.node.heard(NCMD, rebirth(), NOW + 1) for _ in range(3 * REBIRTHS_AT_ONCE)]
    assert sum(bool(outs) for outs in asked) == REBIRTHS_AT_ONCE
    assert scene.node.heard(NCMD, rebirth(), NOW + 5000)


@pytest.mark.parametrize(
    ("topic", "payload", "problem"),
    [
        ("spBv1.0/adatom/DCMD/bridge/pld-1", rebirth(), "takes no command from here"),
        (NCMD, rebirth(value=False), "nothing but"),
        (NCMD, rebirth(alias=77), "nothing but"),
        (NCMD, b"\xff\xff", "not a Sparkplug B payload"),
        (NCMD, bytes(COMMAND_MAX_BYTES + 1), "at most 65536"),
        (NCMD, b"\x12\x00" * 1001, "more than 1000 metrics"),
    ],
)
def test_other_commands_are_refused(topic: str, payload: bytes, problem: str) -> None:
    with pytest.raises(ProtocolError, match=problem):
        grown().node.heard(topic, payload, NOW)


@given(st.binary(max_size=2000))
def test_any_bytes_are_a_command_or_refused(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        assert isinstance(decode_command(data), list)


def test_each_session_has_the_next_bdseq_in_will_birth_and_death() -> None:
    scene = Scene(bdseq=254)
    for bdseq in (254, 255, 0, 1):
        scene.connect()
        scene.host.take(*scene.will)
        assert scene.host.bdseq == bdseq
        assert not any(scene.host.online.values())
        assert all(tag.stale for tags in scene.host.tags.values() for tag in tags.values())
        scene.will = scene.node.will(NOW)
    assert scene.kept == [255, 0, 1, 2]


def test_a_will_of_an_earlier_session_ends_nothing() -> None:
    scene = Scene()
    old = scene.will
    scene.node.connected(NOW)
    scene.will = scene.node.will(NOW)
    scene.connect()
    scene.host.take(*old)
    assert scene.host.online == {NODE: True}


def state(online: bool, at_ms: int) -> bytes:
    return json.dumps({"online": online, "timestamp": at_ms}).encode()


def test_a_primary_host_is_waited_for_and_its_going_ends_the_session() -> None:
    scene = Scene(host="scada")
    said = partial(scene.node.heard, "spBv1.0/STATE/scada", now_ms=NOW)
    assert "spBv1.0/STATE/scada" in scene.node.topics()
    scene.connect()
    scene.hear(message("pld-1", "hello", t_ms=T))
    assert said(state(False, 100)) == []
    assert scene.host.messages == 0
    scene.deliver(said(state(True, 200)))
    assert scene.host.verbs == ["NBIRTH", "DBIRTH/pld-1"]
    assert said(state(False, 150)) == []  # the will of an earlier session
    assert not scene.node.hang_up
    assert said(state(False, 300)) == []
    assert scene.node.hang_up
    scene.deliver(scene.node.death(NOW))
    scene.hear(message("pld-1", "heartbeat", state="cool"))
    assert scene.host.verbs[-1] == "NDEATH"
    scene.node.will(NOW)
    assert not scene.node.hang_up


@pytest.mark.parametrize("payload", [b"ONLINE", b"[]", b'{"online": 1, "timestamp": 2}', b"[" * 900, b"x" * 1000])
def test_a_state_that_is_none_is_refused(payload: bytes) -> None:
    with pytest.raises(ProtocolError, match="STATE"):
        Scene(host="scada").node.heard("spBv1.0/STATE/scada", payload, NOW)


@pytest.mark.parametrize("wrong", ["", "a/b", "a+", "#", "x" * 65, "a\n"])
def test_ids_that_are_no_level_of_a_topic_are_refused(wrong: str) -> None:
    with pytest.raises(InputError, match="must be 1 to 64 printable"):
        EdgeNode(wrong, "bridge", Benches(), "adatom 0")


def test_a_command_says_nothing_that_we_cannot_read_back() -> None:
    [asked] = decode_command(rebirth())
    assert tuple(asked) == ("Node Control/Rebirth", None, True)
    assert parsed(rebirth()).metrics[0].boolean_value
