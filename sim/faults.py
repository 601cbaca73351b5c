"""Faults of a bench, as one table: what breaks, where it shows, and how. Adding a fault is adding a row.

Each acts at one of three places: on a reading (the instrument lies), on an output (the actuator does not obey) or on
the plant (pump, laser, leak). The words are PX4's: off, stuck, garbage, wrong, slow, delayed, intermittent. Seeded and
without a clock of their own: the bench says how far the run has come.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from adatom.protocol import channels as ch
from adatom.protocol.errors import InputError

from .physics.chamber_constants import CHAMBER
from .physics.optics import Laser
from .physics.vacuum import MFC_FULL_SCCM, Vacuum

Reading = int | None
FOREVER = float("inf")


class Plant(Protocol):
    """What a plant fault may touch."""

    vacuum: Vacuum
    laser: Laser


@dataclass(frozen=True)
class Fault:
    """One row. `change(value, first, random)` gives the faulty scaled value from the sound one, the one at which the
    fault began and a random number in 0..1; `plant` changes the plant once, when the fault begins."""

    name: str
    word: str
    text: str
    channel: int = -1  # index of the reading
    output: int = -1  # index of the output
    change: Callable[[Reading, Reading, float], Reading] | None = None
    plant: Callable[[Plant], None] | None = None
    drift: float = 0.0  # counts a second that the reading goes off further


def _constant(value: Reading) -> Callable[[Reading, Reading, float], Reading]:
    return lambda sound, first, random: value


def _frozen(sound: Reading, first: Reading, random: float) -> Reading:
    return first


def _half(sound: Reading, first: Reading, random: float) -> Reading:
    return None if sound is None else sound // 2


def _garbage(sound: Reading, first: Reading, random: float) -> Reading:
    return int(random * 100000)


def _intermittent(sound: Reading, first: Reading, random: float) -> Reading:
    return None if random < 0.5 else sound


def _room(sound: Reading, first: Reading, random: float) -> Reading:
    """The room, with the noise of an input that is alive."""
    return ROOM + int(ROOM_NOISE * (random - 0.5))


def _slipped(sound: Reading, first: Reading, random: float) -> Reading:
    """10 % low: a thermocouple slipping out of its well reads what lies between block and wall."""
    return None if sound is None else int(0.9 * sound)


def _pump_trip(plant: Plant) -> None:
    plant.vacuum.turbo_m3_s = 0.0


def _leak(plant: Plant) -> None:
    plant.vacuum.leak_pa_m3_s = 0.1  # 1 mbar L/s: a seal that lifted


def _laser_dead(plant: Plant) -> None:
    plant.laser.misses(1.0)


def _laser_misses(plant: Plant) -> None:
    plant.laser.misses(0.3)


def _laser_weak(plant: Plant) -> None:
    plant.laser.offset = -0.5


def _laser_strong(plant: Plant) -> None:
    plant.laser.offset = 1.0


ROOM = int(CHAMBER["wall_c"] * 100)
ROOM_NOISE = int(CHAMBER["thermocouple_noise_k"] * 100 * 3.46)  # width of a uniform distribution of that deviation
BURNOUT = int(CHAMBER["thermocouple_burnout_c"] * 100)
FULL_POWER = int(CHAMBER["heater_limit_w"] * 100)
FULL_FLOW = int(MFC_FULL_SCCM * 100)

FAULTS: tuple[Fault, ...] = (
    Fault("thermocouple_open", "wrong", "the input burns out upscale: 1372 °C", ch.HEATER_C, change=_constant(BURNOUT)),
    Fault("thermocouple_lost", "off", "no reading of the control thermocouple", ch.HEATER_C, change=_constant(None)),
    Fault("thermocouple_detached", "wrong", "shorted or out: reads the room", ch.HEATER_C, change=_room),
    Fault("thermocouple_frozen", "stuck", "repeats its last value", ch.HEATER_C, change=_frozen),
    Fault("thermocouple_slipped", "wrong", "reads 10 % low", ch.HEATER_C, change=_slipped),
    Fault("thermocouple_drifts", "wrong", "loses 0.2 K each second", ch.HEATER_C, drift=-20.0),
    Fault("thermocouple_garbage", "garbage", "random numbers", ch.HEATER_C, change=_garbage),
    Fault("thermocouple_flicker", "intermittent", "every second reading is missing", ch.HEATER_C, change=_intermittent),
    Fault("guard_lost", "off", "no reading of the second thermocouple", ch.GUARD_C, change=_constant(None)),
    Fault("guard_frozen", "stuck", "the second thermocouple repeats its last value", ch.GUARD_C, change=_frozen),
    Fault("element_open", "off", "the heating wire is broken", output=ch.OUT_HEATER_W, change=_constant(0)),
    Fault("element_half", "wrong", "one of two wires is broken", output=ch.OUT_HEATER_W, change=_half),
    Fault("relay_stuck", "stuck", "full power while the contactor is in", output=ch.OUT_HEATER_W,
          change=_constant(FULL_POWER)),
    Fault("contactor_welded", "stuck", "the contactor never opens", output=ch.OUT_CONTACTOR, change=_constant(1)),
    Fault("contactor_open", "off", "the contactor never closes", output=ch.OUT_CONTACTOR, change=_constant(0)),
    Fault("gauge_frozen", "stuck", "the capacitance gauge repeats its last value", ch.PRESSURE_PA, change=_frozen),
    Fault("gauge_lost", "off", "no reading of the capacitance gauge", ch.PRESSURE_PA, change=_constant(None)),
    Fault("vacuum_gauge_lost", "off", "no reading of the full-range gauge", ch.VACUUM_LGPA, change=_constant(None)),
    Fault("mfc_stuck_open", "stuck", "full flow whatever is asked", output=ch.OUT_FLOW_SCCM,
          change=_constant(FULL_FLOW)),
    Fault("mfc_shut", "off", "no flow whatever is asked", output=ch.OUT_FLOW_SCCM, change=_constant(0)),
    Fault("valve_stuck", "stuck", "the throttle valve does not move", output=ch.OUT_VALVE_PCT, change=_frozen),
    Fault("pump_trip", "off", "the turbo pump has stopped", plant=_pump_trip),
    Fault("leak", "wrong", "a seal has lifted: 0.1 Pa m3/s", plant=_leak),
    Fault("laser_dead", "off", "triggers, no light", plant=_laser_dead),
    Fault("laser_misses", "intermittent", "three pulses in ten do not come", plant=_laser_misses),
    Fault("laser_weak", "wrong", "half the energy set", plant=_laser_weak),
    Fault("laser_strong", "wrong", "twice the energy set", plant=_laser_strong),
    Fault("energy_meter_stuck", "stuck", "repeats its last value", ch.ENERGY_MJ, change=_frozen),
    Fault("energy_meter_lost", "off", "no reading", ch.ENERGY_MJ, change=_constant(None)),
    Fault("energy_meter_garbage", "garbage", "random numbers", ch.ENERGY_MJ, change=_garbage),
    Fault("trigger_dead", "off", "no pulse passes the gate", output=ch.OUT_GATE, change=_constant(0)),
    Fault("gate_stuck", "stuck", "the trigger gate never closes", output=ch.OUT_GATE, change=_constant(1)),
    Fault("beam_blocked", "stuck", "the attenuator stays closed", output=ch.OUT_BEAM, change=_constant(0)),
    Fault("shutter_stuck", "stuck", "the substrate shutter stays where it is", output=ch.OUT_SHUTTER, change=_frozen),
    Fault("carousel_stuck", "stuck", "the targets do not move", output=ch.OUT_SLOT, change=_frozen),
    Fault("water_off", "off", "cooling water has stopped", ch.WATER_LPM, change=_constant(0)),
    Fault("door_open", "wrong", "the door switch opens", ch.DOOR, change=_constant(1)),
)  # fmt: skip
BY_NAME = {fault.name: fault for fault in FAULTS}


@dataclass(frozen=True)
class Injection:
    """A fault and its time: from `from_s` of the run on, once `from_pulses` have been fired, until `until_s`."""

    name: str
    from_s: float = 0.0
    from_pulses: int = 0
    until_s: float = FOREVER


class Injector:
    """Applies injections to a bench. A plant fault stays; the others end at `until_s`."""

    def __init__(self, injections: Sequence[Injection], seed: int = 0) -> None:
        unknown = [injection.name for injection in injections if injection.name not in BY_NAME]
        if unknown:
            raise InputError("fault", f"{unknown[0]!r} is not one of {', '.join(BY_NAME)}")
        self._waiting = list(injections)
        self._active: list[tuple[Fault, float]] = []
        self._began_s: dict[str, float] = {}
        self._now_s = 0.0
        self._first: dict[str, Reading] = {}
        self._random = np.random.default_rng(seed)
        self._outputs = [0] * ch.OUT_COUNT

    @property
    def active(self) -> list[str]:
        """The names of the faults at work now."""
        return [fault.name for fault, _ in self._active]

    def begin(self, now_s: float, pulses: int, plant: Plant | None) -> None:
        """Start and end what is due. Raises InputError for a plant fault where there is no plant."""
        self._now_s = now_s
        for injection in list(self._waiting):
            if now_s >= injection.from_s and pulses >= injection.from_pulses:
                self._waiting.remove(injection)
                fault = BY_NAME[injection.name]
                if fault.plant is not None:
                    if plant is None:
                        raise InputError("fault", f"{fault.name} needs a whole chamber")
                    fault.plant(plant)
                self._began_s[fault.name] = now_s
                self._active.append((fault, injection.until_s))
        self._active = [pair for pair in self._active if now_s < pair[1]]

    def outputs(self, outputs: Sequence[int]) -> Sequence[int]:
        """The outputs as the actuators obey them; the agent's own list is left alone."""
        changed = self._outputs
        changed[:] = outputs
        for fault, _ in self._active:
            if fault.output >= 0:
                value = self._changed(fault, changed[fault.output])
                changed[fault.output] = 0 if value is None else value
        return changed

    def readings(self, readings: list[Reading]) -> None:
        """Change the readings in place, as the instruments show them."""
        for fault, _ in self._active:
            if fault.channel >= 0:
                readings[fault.channel] = self._changed(fault, readings[fault.channel])

    def _changed(self, fault: Fault, sound: Reading) -> Reading:
        first = self._first.setdefault(fault.name, sound)
        if fault.drift and sound is not None:
            return sound + int(fault.drift * (self._now_s - self._began_s[fault.name]))
        if fault.change is None:
            return sound
        return fault.change(sound, first, float(self._random.random()))
