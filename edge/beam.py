"""Laser, carousel and attenuator of a bench as one: a bench without a laser never loads it. Pure, like instruments."""

from adatom.protocol.channels import (
    OUT_BEAM,
    OUT_BURST_ID,
    OUT_BURST_PULSES,
    OUT_ENERGY_MJ,
    OUT_GATE,
    OUT_RATE_MHZ,
    OUT_SLOT,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# The laser stays in one mode while the chamber is closed: switching on takes 4 s and each start is a cold one
LASER_STATES = ("pump_down", "heat", "deposit", "cool", "anneal", "interlayer", "paused")
METER_MS = 500  # from a pulse to its reading, at the latest


class Beam:
    """Orders to the three, and the watch over the beam block. `lease_ms` holds an order over a serial line."""

    def __init__(self, drivers: "dict[str, Any]", lease_ms: int) -> None:
        self.laser = drivers["laser"]
        self.carousel = drivers["carousel"]
        self.attenuator = drivers["attenuator"]
        self.board = drivers["io"]
        self.lease_ms = lease_ms
        self.burst_id = 0
        self.laser_on = False
        self.energy_ms = 0
        self.pulses_seen = 0

    def alarm(self, now: int) -> str:
        """Why laser or beam block want the bench tripped, "" when they do not."""
        why = self.laser.trip(now) if self.laser_on else ""
        return why or ("" if self._dark(now) else "light passes the blocked beam")

    def apply(self, outputs: "list[int]", state: str, now: int, gate_ms: int) -> None:
        """The outputs of this tick that a laser, its beam and its target have."""
        self.attenuator.write("beam", outputs[OUT_BEAM], now, max(gate_ms, self.lease_ms))
        if outputs[OUT_ENERGY_MJ] > 0:
            self.laser.write("energy_mj", outputs[OUT_ENERGY_MJ], now)
        self._laser(state in LASER_STATES, now)
        self.carousel.write("slot", outputs[OUT_SLOT], now)
        if outputs[OUT_BURST_ID] != self.burst_id:
            self.burst_id = outputs[OUT_BURST_ID]
            if outputs[OUT_GATE] and outputs[OUT_BURST_PULSES] > 0:
                burst = (outputs[OUT_BURST_PULSES], outputs[OUT_RATE_MHZ], self.burst_id)
                self.board.write("burst", burst, now)

    def _laser(self, wanted: bool, now: int) -> None:
        if wanted:
            self.laser.write("laser_on", 1, now, self.lease_ms)
        elif self.laser_on:
            self.laser.safe(now)
        self.laser_on = wanted

    def _dark(self, now: int) -> bool:
        """Whether the energy meter agrees with the beam block: it alone knows, the attenuator never answers.

        Only readings count that are newer than the last order by more than a poll takes to come round.
        """
        energy, when, _ = self.laser.values.get("energy_mj", (None, 0, ""))
        pulses = self.board.value("pulses", now) or 0
        fresh, self.pulses_seen = pulses - self.pulses_seen, pulses
        beam = self.attenuator
        if when <= self.energy_ms or when - beam.asked_ms < METER_MS:
            return True
        self.energy_ms = when
        return bool(beam.light(energy is not None and energy > 0, max(0, fresh), now))
