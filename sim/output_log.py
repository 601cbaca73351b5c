"""When each energised output of a simulated rig changed, and when its last pulse fell: what proofs of silence read.

Times are CLOCK_MONOTONIC in seconds, which all processes of a machine share.
"""

from typing import Any

from .instruments.plant import Plant

KEPT = 400  # newest changes


def energised(plant: Plant) -> list[str]:
    """The outputs that are energised now."""
    outputs = {
        "heater": plant.heater_power_w > 0 and plant.contactor_closed,
        "laser": plant.laser_on,
        "gate": plant.gate_open,
        "contactor": plant.contactor_closed,
        "shutter": plant.shutter_open,
    }
    return [name for name, is_on in outputs.items() if is_on]


class OutputLog:
    """Call `note` at each look at the rig."""

    def __init__(self) -> None:
        self._on: set[str] = set()
        self._triggers = 0
        self._bursts = 0
        self.last_trigger_s: float | None = None
        self.last_burst_s: float | None = None
        self.changes: list[tuple[float, str, bool]] = []

    def note(self, plant: Plant, real_s: float) -> None:
        """Keep what changed since the last call."""
        now_on = set(energised(plant))
        if now_on != self._on:
            fresh = [(real_s, name, name in now_on) for name in sorted(now_on ^ self._on)]
            self.changes = (self.changes + fresh)[-KEPT:]
            self._on = now_on
        if plant.triggers != self._triggers:
            self._triggers, self.last_trigger_s = plant.triggers, real_s
        if plant.burst_id != self._bursts:
            self._bursts, self.last_burst_s = plant.burst_id, real_s

    def as_dict(self, real_s: float) -> dict[str, Any]:
        """JSON-ready: what is on, the changes as [time, output, on], the last trigger and burst, and now."""
        return {
            "now_s": real_s,
            "on": sorted(self._on),
            "changes": self.changes,
            "triggers": self._triggers,
            "last_trigger_s": self.last_trigger_s,
            "bursts": self._bursts,
            "last_burst_s": self.last_burst_s,
        }
