"""The state that the simulated instruments of a bench share: what they command and what they sense.

Instruments write the commands, the physics behind the rig writes what the sensors feel. Quantities are plain floats in
the units of their names; NaN is a sensor that is not connected. Nothing here knows protocols or physics.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Impedance = Callable[[NDArray[np.float64]], NDArray[np.complex128]]  # freq_hz -> ohm, with its noise and artefacts
Galvanostat = Callable[[float, float], float]  # (current_a, seconds that it flowed since the last call) -> cell in V
CELL = ("cell", "cell_dc")  # fields that are no numbers
# what another instrument on the same bench senses as well; a current through the cell would be a command
READINGS = ("heater_c", "guard_c", "pressure_pa", "vacuum_pa", "flow_sccm", "energy_mj", "pulses", "pulses_missed",
            "water_lpm", "door_open", "reflectance", "cell_c", "button_pressed", "cell")  # fmt: skip


@dataclass(slots=True)
class Plant:
    """One bench. Commands are "as the instrument last decided", readings "as the sensor feels it now"."""

    # --- commands: written by the instruments ---------------------------------------------------------------------
    heater_power_w: float = 0.0  # asked for by the heater controller; the contactor decides whether it flows
    heater_full_w: float = 220.0  # power at 100 % output
    flow_set_sccm: float = 0.0
    valve_pct: float = 100.0  # throttle valve position commanded, 100 = open
    laser_on: bool = False  # the laser answers triggers
    laser_set_mj: float = 100.0  # preset pulse energy
    laser_external: bool = False  # TRIGGER=EXT: only pulses that pass the gate
    laser_rate_hz: float = 10.0  # internal trigger rate
    carousel_slot: int = 0  # target in the beam, 0 = parked
    carousel_deg: float = 0.0
    beam_blocked: bool = True  # attenuator blocks the beam
    attenuator_deg: float = 0.0
    contactor_closed: bool = False
    gate_open: bool = False  # trigger gate lets pulses of the running burst pass
    shutter_open: bool = False
    burst_id: int = 0  # a new number asks for a new burst
    burst_pulses: int = 0
    rate_mhz: int = 0  # pulse rate of the burst, millihertz
    burst_left: int = 0  # pulses of the burst still to come, as the gate counts them
    triggers: int = 0  # triggers that the gate let through since it started

    # --- readings: written by the physics -------------------------------------------------------------------------
    heater_c: float = 22.0  # control thermocouple
    guard_c: float = 22.0  # second thermocouple
    pressure_pa: float = 101325.0  # at the capacitance gauge
    vacuum_pa: float = 101325.0  # at the full-range gauge
    flow_sccm: float = 0.0
    energy_mj: float = 0.0  # last pulse at the laser's energy monitor
    pulses: int = 0  # pulses that passed the trigger gate
    pulses_missed: int = 0  # triggers that gave no light
    water_lpm: float = 3.0
    door_open: bool = False
    reflectance: float = 0.5  # of the growing film, 0..1
    cell_c: float = 25.0  # temperature of the cell at the potentiostat
    button_pressed: bool = False  # local re-arm button of the bench I/O board
    cell: Impedance | None = None  # what hangs on the potentiostat; None = open leads
    cell_dc: Galvanostat | None = None

    def feel(self, other: "Plant") -> None:
        """Sense what another plant senses; what is commanded here stays."""
        for name in READINGS:
            setattr(self, name, getattr(other, name))

    def as_dict(self) -> dict[str, float | int | bool]:
        """All quantities by name, JSON-ready apart from NaN."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name not in CELL}
