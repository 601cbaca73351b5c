"""Every decoder that takes bytes from outside: whole frames to begin with, and what it may raise.

A target's `take` gives whether the frame was taken for good. Where `sealed` is set nothing but an unchanged frame may
be: then each frame that is taken counts as accepted, and one is too many.
"""

import json
import random
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from adatom.cloud.bridge.benches import Benches
from adatom.cloud.bridge.sparkplug.node import EdgeNode
from adatom.cloud.bridge.sparkplug.payload import decode_command
from adatom.cloud.ingest.intake import BenchIntake
from adatom.cloud.measure.eis.files import spectra_in_bytes
from adatom.cloud.measure.eis.write import json_bytes
from adatom.edge import mqtt
from adatom.edge.config import bench_problems
from adatom.edge.guardian import Guardian, with_crc
from adatom.edge.instruments import DRIVERS, driver_class
from adatom.protocol import codec, seal, telemetry, topics
from adatom.protocol.address import broker_address
from adatom.protocol.envelope import load_envelope
from adatom.protocol.errors import InputError, ProtocolError
from adatom.protocol.keyring import KeyRing, parse_id, ring_from_json
from adatom.protocol.recipe import recipe_from_dict
from adatom.protocol.vamas import parse as parse_vamas
from adatom.protocol.xps_files import read_file
from adatom.sim.instruments.plant import Plant
from adatom.sim.lines import make_instrument

from tests.cloud.bridge.host import rebirth
from tests.cloud.measure.eis.made_binaries import make_mpr, make_ods, make_xlsx, ods_table
from tests.cloud.measure.eis.made_files import TEXTS
from tests.edge.drivers.wire import Wire
from tests.protocol.examples import KEY, MESSAGES, RECIPE
from tests.protocol.make_vectors import batch, vectors, wide_batch
from tests.protocol.test_vamas import REGULAR, VALUES
from tests.protocol.test_vamas import block as vamas_block
from tests.protocol.test_vamas import head as vamas_head
from tests.protocol.test_vamas import text as vamas_text

from .document_targets import document_targets
from .file_targets import file_targets
from .measure_targets import measure_targets
from .mutate import mutated
from .target import Target

SIM = Path(__file__).parents[2] / "sim"
SALT = "5a17"
NOW_MS = 1000
MUTE = ("carousel", "attenuator")  # they never answer
ROLES = ("bench", "campaign", "ingest")


def targets() -> list[Target]:
    """All of them, fresh."""
    return [
        *[_kind(kind) for kind in MESSAGES],
        Target("telemetry", _telemetry_frames(), _takes(telemetry.decode), (ProtocolError,)),
        Target("kind of a record", _messages(), _takes(codec.kind_of), (ProtocolError,)),
        Target("topic", _topics(), lambda data: bool(topics.parse(data.decode("latin-1"))), (ProtocolError,)),
        Target("recipe", [json.dumps(RECIPE).encode()], _json(recipe_from_dict), (ProtocolError,)),
        Target("envelope", [(SIM / "demo" / "envelope.json").read_bytes()], _text(load_envelope), (InputError,)),
        Target("bench file", [_bench_file()], _json(lambda value: not bench_problems(value))),
        Target("key file", _key_files(), _text(partial(ring_from_json, where="keys")), (InputError,)),
        Target("key id", [b"campaign", b"operator-alice.2", b"lead-bob.17"], _text(parse_id), (ProtocolError,)),
        Target("broker URL", [b"mqtt://lab:1883", b"mqtts://[::1]:8883/"], _text(broker_address), (InputError,)),
        Target("MQTT client", _mqtt_frames(), _mqtt, (ProtocolError,)),
        Target("VAMAS file", [_vamas()], _takes(parse_vamas), (InputError, ProtocolError)),
        Target("XPS csv", [_xps_csv()], lambda data: bool(read_file("a.csv", data)), (InputError, ProtocolError)),
        Target("impedance file", _spectra(), _read_spectra, (InputError,)),
        Target("guardian line", _guardian_lines(), _guardian()),
        Target("Sparkplug command", [rebirth(), rebirth(1), _births()], _takes(decode_command), (ProtocolError,)),
        Target("Sparkplug STATE", [b'{"online": true, "timestamp": 1790000000000}'], _host_state, (ProtocolError,)),
        *[_driver(name) for name in DRIVERS if name not in MUTE],
        _sealed_command(),
        _sealed_receipt(),
        _chained_record(),
        *file_targets(),
        *measure_targets(),
        *document_targets(),
    ]


# --- the far side of a bridge -------------------------------------------------------------------------------------


def _births() -> bytes:
    """The largest payload that a bridge makes; its decoder reads the same fields."""
    return EdgeNode("g", "n", Benches(), "adatom").connected(NOW_MS)[0].payload


def _host_state(data: bytes) -> bool:
    return bool(EdgeNode("g", "n", Benches(), "adatom", "host").heard("spBv1.0/STATE/host", data, NOW_MS)) or True


# --- messages ----------------------------------------------------------------------------------------------------


def _kind(kind: str) -> Target:
    return Target(f"message {kind}", [vectors()[kind].encode()], lambda data: bool(codec.decode(kind, data)),
                  (ProtocolError,))  # fmt: skip


def _messages() -> list[bytes]:
    return [text.encode() for kind, text in vectors().items() if kind != "telemetry"] + _telemetry_frames()


def _telemetry_frames() -> list[bytes]:
    bodies = [telemetry.encode_body(one) for one in (batch(), wide_batch())]
    return [telemetry.finish(body, seal.chain_link(seal.genesis("twin-1", 3), body)) for body in bodies]


def _topics() -> list[bytes]:
    return [topics.up("twin-1", "hello").encode(), topics.down("a", "command").encode(), topics.all_up().encode()]


def _bench_file() -> bytes:
    fields = dict.fromkeys(("bench", "envelope", "broker", "key_file", "journal_dir"), "x")
    more: dict[str, Any] = {"tick_hz": 10, "loops": {"heater": "direct"}, "plant": {"emissivity": 0.7}}
    ports = {"heater": {"driver": "eurotherm", "port": "ttyUSB0", "options": {"address": 1}}}
    return json.dumps(fields | more | {"ports": ports, "process": {"soak_s": 60}, "adapt": {"on": 1}}).encode()


def _key_files() -> list[bytes]:
    keys = dict.fromkeys(ROLES, "ab" * 32)
    return [
        json.dumps(keys).encode(),
        json.dumps({"made_for": "a", "signs": 1, "operator-al": "cd" * 16} | keys).encode(),
    ]


def _spectra() -> list[bytes]:
    examples = Path(__file__).parents[2] / "cloud" / "measure" / "eis" / "examples"
    lines = [path.read_bytes().splitlines(keepends=True) for path in sorted(examples.glob("exampleData*"))]
    rows: list[list[object]] = [["f", "Zre", "Zim"], [10.0, 3.0, -1.0], [1.0, 4.0, -2.0]]
    binaries = [make_mpr(3), make_mpr(0), make_mpr(0, True), make_xlsx({"a": rows}), make_ods(ods_table("a", rows))]
    binaries.append(json_bytes(spectra_in_bytes(TEXTS["palmsens"][1].encode(), "a file")))
    short = [b"".join([*whole[:60], *whole[-3:]]) for whole in lines]  # short ones: the frames stay many
    return [*short, *(text.encode() for _, text in TEXTS.values()), *binaries]


def _read_spectra(data: bytes) -> bool:
    return bool(spectra_in_bytes(data, "a file"))


# --- things with a state -----------------------------------------------------------------------------------------


def _mqtt_frames() -> list[bytes]:
    topic = b"adatom/1/a/down/receipt"
    publication = len(topic).to_bytes(2, "big") + topic + b"\x00\x07" + b"{}"
    sent = bytes([mqtt.PUBLISH | 2, len(publication)]) + publication
    whole = b"\x20\x02\x00\x00" + b"\x90\x03\x00\x01\x01" + sent + b"\x40\x02\x00\x02" + b"\xd0\x00"
    return [whole, whole + sent * 3, b"\x20\x02\x00\x05", b"\x20\x02\x00\x00" + b"\x30\xff\xff\xff\x7f" + b"x" * 300]


def _mqtt(data: bytes) -> bool:
    """A connection with a subscription and a publication on the way, fed in two pieces; it survives any frame."""
    client = mqtt.Client("bench-a", 10)
    client.connect(0)
    client.asked, client.in_flight = [1], [2]
    events = client.feed(data[:11], 1) + client.feed(data[11:], 2)
    while client.take():
        pass
    return bool(events)


def _guardian_lines() -> list[bytes]:
    lines = ["HELLO", "ID", "STATUS", "ARM", "LEASE gate 500", "PULSE 10 10000 1", "OPEN", "FAULT off", "SAFE"]
    return [with_crc(line) for line in lines] + [line.encode() + b"\n" for line in lines]


def _guardian() -> Callable[[bytes], bool]:
    guardian = Guardian("boot", b"k" * 32)
    now = [0]

    def take(data: bytes) -> bool:
        now[0] += 7
        replied = guardian.feed(data + b"\n", now[0])
        guardian.tick(now[0])
        assert not any(guardian.outputs(now[0])), "energised by noise"
        return b"OK" in replied

    return take


def _driver(name: str) -> Target:
    """A driver that asks, and gets what its instrument said once, changed."""
    plant = Plant(heater_c=412.34, pressure_pa=10.02, vacuum_pa=3.3e-4, flow_sccm=20.5, energy_mj=80.0)
    wire = Wire(driver_class(name)(), make_instrument(name, plant))
    wire.run(6000)
    said = sorted({bytes.fromhex(data) for _, way, data in wire.log if way == "in" and data})
    driver, twin = driver_class(name)(), make_instrument(name, plant)
    now = [0]

    def take(data: bytes) -> bool:
        """Half of the frames as they are, half as the changes that they stand for, made to the right answer."""
        now[0] += 150  # a bad reply is followed by 100 ms of silence
        request = driver.outgoing(now[0])
        answer = (twin.feed(request, now[0] / 1000) if request else b"") + twin.tick(now[0] / 1000 + 0.01)
        rng = random.Random(zlib.crc32(data))
        driver.feed(data if rng.random() < 0.5 or not answer else mutated(rng, [answer]), now[0] + 10)
        assert len(driver.buffer) <= 2048, "a buffer that grows"
        for value, _, _ in driver.values.values():
            assert value is None or not isinstance(value, float) or value == value, "a reading that is no number"
        return bool(driver.last_reply_ms == now[0] + 10)

    return Target(f"driver {name}", said or [b"x"], take)


# --- what a key or a chain vouches for -----------------------------------------------------------------------------


def _sealed_command() -> Target:
    ring = KeyRing({"campaign": KEY, "ingest": b"i" * 32})
    frames = []
    for counter in range(1, 6):
        body = codec.body_of("command", MESSAGES["command"] | {"counter": counter, "nonce": f"{NOW_MS:x}-{SALT}"})
        frames.append(codec.with_tail("command", body, seal.signature(KEY, body)))

    def take(data: bytes) -> bool:
        message, body, sig = codec.decode("command", data)
        seal.CommandGate("twin-1", ring, SALT).admit(message, body, sig, NOW_MS + 1)
        return True

    return Target("sealed command", frames, take, (ProtocolError,), True, frozenset(frames))


def _sealed_receipt() -> Target:
    ring = KeyRing({"campaign": KEY, "ingest": b"i" * 32})
    frames = []
    for upto in (1, 4711, 2**40):
        body = codec.body_of("receipt", {"bench": "twin-1", "boot": 3, "upto": upto, "key": "ingest"})
        frames.append(codec.with_tail("receipt", body, seal.signature(b"i" * 32, body)))

    def take(data: bytes) -> bool:
        message, body, sig = codec.decode("receipt", data)
        ring.check(message["key"], "receipt", body, sig, "twin-1")
        return True

    return Target("sealed receipt", frames, take, (ProtocolError,), True, frozenset(frames))


def _chained_record() -> Target:
    """The first record of a boot, as the cloud takes it in; `kind` is what the topic says."""
    frames = []
    for kind in ("event", "refusal", "result"):
        body = codec.body_of(kind, MESSAGES[kind] | {"boot": 3, "seq": 1})
        frames.append(codec.with_tail(kind, body, seal.to_hex(seal.chain_link(seal.genesis("twin-1", 3), body))))
    first = telemetry.encode_body(batch()._replace(first=1))
    frames.append(telemetry.finish(first, seal.chain_link(seal.genesis("twin-1", 3), first)))

    def take(data: bytes) -> bool:
        return BenchIntake("twin-1").take(codec.kind_of(data), data) is not None

    return Target("chained record", frames, take, (ProtocolError,), True, frozenset(frames))


# --- inner ---------------------------------------------------------------------------------------------------------


def _takes(decode: Callable[[bytes], Any]) -> Callable[[bytes], bool]:
    def take(data: bytes) -> bool:
        decode(data)
        return True

    return take


def _text(decode: Callable[[str], Any]) -> Callable[[bytes], bool]:
    """A decoder of text; what is no UTF-8 is what reading the file refuses."""
    return _takes(lambda data: decode(data.decode(errors="surrogateescape")))


def _json(decode: Callable[[Any], Any]) -> Callable[[bytes], bool]:
    """A decoder of a JSON value that something else has read: bytes that are no JSON are left out."""

    def take(data: bytes) -> bool:
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            return False
        return bool(decode(value))

    return take


def _vamas() -> bytes:
    return vamas_text(vamas_head(), vamas_block(REGULAR, VALUES))


def _xps_csv() -> bytes:
    rng = random.Random(1)
    rows = "\n".join(f"{530 + i / 10:.1f},{rng.randrange(1000)}" for i in range(30))
    return f"# pass_energy_ev = 20\nbinding_energy_ev,counts\n{rows}\n".encode()
