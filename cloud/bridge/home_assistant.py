"""Benches as devices of Home Assistant, by its MQTT discovery: retained definitions, states and availability. Pure."""

import json
from typing import Any

from adatom.protocol.errors import ProtocolError

from .benches import APPEARED, SILENT, Bench, Benches, Change
from .catalogue import CATALOGUE
from .far import Out

BASE = "adatom-bridge"  # of the topics that definitions point to
ONLINE, OFFLINE = b"online", b"offline"
# name -> (component, fields of its definition besides those that all have)
SHOWN: dict[str, tuple[str, dict[str, str]]] = {
    "heater_c": ("sensor", {"device_class": "temperature", "state_class": "measurement"}),
    "pressure_pa": ("sensor", {"device_class": "pressure", "state_class": "measurement"}),
    "State": ("sensor", {}),
    "Run": ("sensor", {}),
    "Alarm": ("binary_sensor", {"device_class": "problem"}),
}


class HomeAssistant:
    """A few values of each bench under a discovery prefix. Everything is retained: a restart finds it again."""

    hang_up = False

    def __init__(self, prefix: str, benches: Benches) -> None:
        self.title = prefix
        self.benches = benches

    def will(self, now_ms: int) -> Out:
        return Out(f"{BASE}/availability", OFFLINE, 1, True)

    def topics(self) -> list[str]:
        return [f"{self.title}/status"]

    def connected(self, now_ms: int) -> list[Out]:
        speaking = [out for bench in self.benches.all.values() if bench.alive for out in self._whole(bench)]
        return [Out(f"{BASE}/availability", ONLINE, 1, True), *speaking]

    def death(self, now_ms: int) -> list[Out]:
        return [self.will(now_ms)]

    def heard(self, topic: str, payload: bytes, now_ms: int) -> list[Out]:
        """Home Assistant has started: it wants the definitions again."""
        if payload not in (ONLINE, OFFLINE):
            raise ProtocolError(f"{topic[:200]}: must be online or offline")
        return self.connected(now_ms) if payload == ONLINE else []

    def told(self, change: Change, now_ms: int) -> list[Out]:
        bench = self.benches.all[change.bench]
        if change.what == SILENT:
            return [Out(f"{BASE}/{bench.name}/availability", OFFLINE, 1, True)]
        names = {reading.name for reading in change.readings}
        if change.what == APPEARED or any(name.startswith("Properties/") for name in names):
            return self._whole(bench)
        return [] if change.historical or not names & SHOWN.keys() else [self._state(bench)]

    def _whole(self, bench: Bench) -> list[Out]:
        return [*[self._definition(bench, name) for name in SHOWN], self._state(bench),
                Out(f"{BASE}/{bench.name}/availability", ONLINE, 1, True)]  # fmt: skip

    def _state(self, bench: Bench) -> Out:
        said = {name.lower(): bench.value(name) for name in SHOWN}
        return Out(f"{BASE}/{bench.name}/state", json.dumps(said).encode(), 1, True)

    def _definition(self, bench: Bench, name: str) -> Out:
        component, more = SHOWN[name]
        key, unit = name.lower(), CATALOGUE[name].unit
        value = f"value_json.{key}" if component == "sensor" else f"'ON' if value_json.{key} else 'OFF'"
        simulated = bench.value("Properties/Simulated")
        fields: dict[str, Any] = {
            "name": CATALOGUE[name].description,
            "unique_id": f"adatom_{bench.name}_{key}",
            "state_topic": f"{BASE}/{bench.name}/state",
            "value_template": f"{{{{ {value} }}}}",
            "availability": [{"topic": f"{BASE}/availability"}, {"topic": f"{BASE}/{bench.name}/availability"}],
            "availability_mode": "all",
            "device": {"identifiers": [f"adatom_{bench.name}"], "manufacturer": "adatom",
                       "name": f"{bench.name} (simulated)" if simulated else bench.name,
                       "model": "deposition bench"},
        } | more  # fmt: skip
        if unit:
            fields["unit_of_measurement"] = unit
        topic = f"{self.title}/{component}/adatom_{bench.name}/{key}/config"
        return Out(topic, json.dumps(fields).encode(), 1, True)
