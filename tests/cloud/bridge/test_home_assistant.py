"""Home Assistant finds each bench by itself: what a definition points to is there, retained, in the unit it says."""

import json
import re
from typing import Any

import pytest
from adatom.cloud.bridge.benches import Benches
from adatom.cloud.bridge.far import Out
from adatom.cloud.bridge.home_assistant import SHOWN, HomeAssistant
from adatom.protocol.errors import ProtocolError
from adatom.protocol.session import SILENT_MS

from .speaking import Message, message, points
from .test_benches import NOW, T


class Scene:
    """A broker that keeps what is retained, and a Home Assistant that reads it."""

    def __init__(self) -> None:
        self.benches = Benches()
        self.far = HomeAssistant("homeassistant", self.benches)
        self.kept: dict[str, bytes] = {}
        self.deliver([self.far.will(NOW)])
        self.deliver(self.far.connected(NOW))

    def hear(self, *said: Message, now_ms: int = NOW) -> int:
        """How many messages went out."""
        count = 0
        for one in said:
            for change in self.benches.take(*one, now_ms):
                count += self.deliver(self.far.told(change, now_ms))
        return count

    def deliver(self, outs: list[Out]) -> int:
        for out in outs:
            assert (out.qos, out.retain) == (1, True)
            self.kept[out.topic] = out.payload
        return len(outs)

    def shown(self, bench: str, key: str) -> tuple[Any, dict[str, Any]]:
        """(what is shown, its definition); "unavailable" when any of the availability topics says so."""
        [topic] = [one for one in self.kept if re.fullmatch(rf"homeassistant/[a-z_]+/adatom_{bench}/{key}/config", one)]
        fields = json.loads(self.kept[topic])
        assert fields["availability_mode"] == "all"
        if any(self.kept[one["topic"]] != b"online" for one in fields["availability"]):
            return "unavailable", fields
        value = json.loads(self.kept[fields["state_topic"]])[key]
        templates = {f"{{{{ value_json.{key} }}}}": value, f"{{{{ 'ON' if value_json.{key} else 'OFF' }}}}":
                     "ON" if value else "OFF"}  # fmt: skip
        return templates[fields["value_template"]], fields


def awake() -> Scene:
    scene = Scene()
    scene.hear(message("pld-1", "hello", t_ms=T, simulated=0, run=""))
    return scene


def test_what_is_found_is_shown_in_its_unit() -> None:
    scene = awake()
    assert scene.hear(points("pld-1", 4712, [T + 1000], heater_c=[612.5], pressure_pa=[10.25], door=[0])) == 1
    value, fields = scene.shown("pld-1", "heater_c")
    assert (value, fields["unit_of_measurement"], fields["device_class"]) == (612.5, "°C", "temperature")
    value, fields = scene.shown("pld-1", "pressure_pa")
    assert (value, fields["unit_of_measurement"], fields["device_class"]) == (10.25, "Pa", "pressure")
    assert [scene.shown("pld-1", key)[0] for key in ("state", "run", "alarm")] == ["deposit", "", "OFF"]
    ids = [json.loads(scene.kept[topic])["unique_id"] for topic in scene.kept if topic.endswith("/config")]
    assert len(set(ids)) == len(ids) == len(SHOWN)


def test_an_alarm_is_a_problem() -> None:
    scene = awake()
    scene.hear(message("pld-1", "alarm", seq=5005, t_ms=T))
    assert scene.shown("pld-1", "alarm")[0] == "ON"


def test_a_silent_bench_and_a_dead_bridge_are_unavailable() -> None:
    scene = awake()
    for change in scene.benches.silent(NOW + SILENT_MS + 1):
        scene.deliver(scene.far.told(change, NOW))
    assert scene.shown("pld-1", "heater_c")[0] == "unavailable"
    scene.hear(message("pld-1", "heartbeat"), now_ms=NOW + SILENT_MS + 2)
    assert scene.shown("pld-1", "heater_c")[0] is None
    scene.deliver([scene.far.will(NOW)])
    assert scene.shown("pld-1", "heater_c")[0] == "unavailable"


def test_a_simulated_bench_says_so() -> None:
    scene = awake()
    scene.hear(message("twin-1", "heartbeat"))
    scene.hear(message("twin-1", "hello"))
    assert scene.shown("twin-1", "state")[1]["device"]["name"] == "twin-1 (simulated)"
    assert scene.shown("pld-1", "state")[1]["device"]["name"] == "pld-1"


def test_what_nobody_sees_and_what_is_history_sends_nothing() -> None:
    scene = awake()
    assert scene.hear(points("pld-1", 4712, [T + 1000], door=[1])) == 0
    assert scene.hear(points("pld-1", 4000, [T - 5000], heater_c=[1.0])) == 0


def test_a_home_assistant_that_starts_gets_everything_again() -> None:
    scene = awake()
    assert scene.far.heard("homeassistant/status", b"offline", NOW) == []
    assert len(scene.far.heard("homeassistant/status", b"online", NOW)) == 1 + len(SHOWN) + 2
    with pytest.raises(ProtocolError, match="must be online or offline"):
        scene.far.heard("homeassistant/status", b"ON", NOW)
