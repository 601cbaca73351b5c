"""Twin of the bench I/O board: the real firmware (edge/guardian.py) with the plant behind its pins."""

import math
import random

from adatom.edge.guardian import Guardian, Inputs

from .plant import Plant

KEY = b"adatom simulated rig"  # seals of ARM on a rig; a real board gets its own
NOISE_C = 0.05  # K: noise of the second thermocouple's converter, 1 sd; keeps two readings from being bit-identical


class BenchIo:
    """The guardian senses what the plant feels; the plant gets gate, contactor, shutter and bursts."""

    PROTOCOL = "adatom-io"
    BAUD = 115200

    def __init__(self, plant: Plant, seed: int = 0, key: bytes = KEY, noise_c: float = NOISE_C) -> None:
        self.plant = plant
        self.guardian = Guardian(f"sim{seed:05d}", key)
        self.noise_c = noise_c
        self.gate_stuck = False  # a fault that a test may set: the gate that is open never closes
        self._passed_ms = 0  # when the last trigger did
        self._rate_mhz = 0
        self._random = random.Random(seed)

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Replies to whatever the host sent."""
        self.sense(self.guardian.inputs)
        now_ms = int(now_s * 1000)
        replies = self.guardian.feed(data, now_ms)
        self._drive(now_ms)
        return bytes(replies)

    def tick(self, now_s: float) -> bytes:
        """The status line when it is due."""
        self.sense(self.guardian.inputs)
        now_ms = int(now_s * 1000)
        status = self.guardian.tick(now_ms)
        self._drive(now_ms)
        return status or b""

    def state(self) -> dict[str, object]:
        """What the board believes."""
        guardian, plant = self.guardian, self.plant
        outputs = {"gate": plant.gate_open, "contactor": plant.contactor_closed, "shutter": plant.shutter_open}
        return {
            "armed": guardian.armed,
            "latched": guardian.latched,
            "energised": [name for name, is_on in outputs.items() if is_on],
            "pulses": guardian.pulses,
            "burst_left": guardian.burst_left,
            "fault": guardian.fault,
        }

    def sense(self, seen: Inputs) -> None:
        """What the board's sensors feel now."""
        plant = self.plant
        noisy_c = plant.guard_c + self._random.gauss(0.0, self.noise_c)
        seen.guard_cc = _counts(noisy_c, 100)
        seen.water_cl = _counts(plant.water_lpm, 100)
        seen.cell_cc = _counts(plant.cell_c, 100)
        seen.reflectance_e4 = _counts(plant.reflectance, 10000)
        seen.door_open = plant.door_open
        seen.button = plant.button_pressed

    def _drive(self, now_ms: int) -> None:
        plant, guardian = self.plant, self.guardian
        plant.gate_open, plant.contactor_closed, plant.shutter_open = guardian.outputs(now_ms)
        due = guardian.pulses_due(now_ms)
        plant.triggers += due + self._through_stuck_gate(due, now_ms)
        plant.burst_left = guardian.burst_left
        plant.rate_mhz = guardian.rate_mhz
        if guardian.bursts != plant.burst_id:
            plant.burst_id = guardian.bursts
            plant.burst_pulses = guardian.burst_size

    def _through_stuck_gate(self, due: int, now_ms: int) -> int:
        """Triggers that pass although no burst runs, in time with those before; the board counts what passes."""
        guardian = self.guardian
        self._rate_mhz = guardian.rate_mhz or self._rate_mhz
        if due:
            self._passed_ms = now_ms
        if not self.gate_stuck or guardian.rate_mhz or not self._rate_mhz:
            return 0
        fresh = (now_ms - self._passed_ms) * self._rate_mhz // 1000000
        self._passed_ms += fresh * 1000000 // self._rate_mhz
        guardian.pulses += fresh
        return fresh


def _counts(value: float, scale: int) -> int | None:
    """A scaled reading; None for a sensor that is not connected (NaN)."""
    return None if math.isnan(value) else round(value * scale)
