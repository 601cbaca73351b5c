"""A bench of simulated instruments on pseudo-terminals, with the physics going on behind them.

Clients on the serial lines move the plant; ten times a second of bench time the plant becomes outputs of the physics
and its readings become the plant's. Everything but the lines lives on the bench's clock, `speed` times real time.
"""

import json
import math
import selectors
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from adatom.edge.control_socket import ControlSocket
from adatom.protocol import channels as ch
from adatom.protocol.envelope import load_envelope
from adatom.protocol.errors import InputError, ProtocolError
from adatom.protocol.recipe import recipe_from_dict
from numpy.typing import NDArray

from .bench import TwinBench
from .instruments.plant import Impedance, Plant
from .lines import Line, choose, make_instrument
from .ports import Port
from .world import World

STEP_S = 0.1  # of bench time, as the control loops tick
WAKE_S = 0.005  # real time between two looks at what instruments say by themselves
STATE_S = 0.1  # real time between two state files
MAX_LAG_S = 2.0  # bench time that may be caught up; a machine that sleeps for longer loses the rest
ENVELOPE = Path(__file__).parent / "demo" / "envelope.json"


class Physics(Protocol):
    """What stands behind the instruments: sim.bench.TwinBench, or something smaller in a test."""

    def step(self, outputs: Sequence[int], dt_s: float) -> Sequence[int | None]:
        """Obey outputs (protocol.channels.OUTPUTS) for dt_s; readings in the order of protocol.channels."""
        ...


class Coupling:
    """The seam between plant and physics: commands become outputs, readings become what the sensors feel."""

    def __init__(self, plant: Plant, physics: Physics) -> None:
        self.plant = plant
        self.physics = physics
        self._outputs = [0] * ch.OUT_COUNT
        self._triggers = plant.triggers
        self._rate_mhz = 0  # of the last burst; the gate shows none once it is over

    def step(self) -> None:
        """One STEP_S of bench time."""
        self._command()
        self._sense(self.physics.step(self._outputs, STEP_S))

    def _command(self) -> None:
        plant, out = self.plant, self._outputs
        out[ch.OUT_HEATER_W] = round(100 * plant.heater_power_w)
        out[ch.OUT_VALVE_PCT] = round(100 * plant.valve_pct)
        out[ch.OUT_FLOW_SCCM] = round(100 * plant.flow_set_sccm)
        out[ch.OUT_ENERGY_MJ] = round(100 * plant.laser_set_mj)
        out[ch.OUT_SLOT] = plant.carousel_slot
        out[ch.OUT_BEAM] = int(not plant.beam_blocked)
        out[ch.OUT_CONTACTOR] = int(plant.contactor_closed)
        out[ch.OUT_SHUTTER] = int(plant.shutter_open)
        self._shoot()

    def _shoot(self) -> None:
        """The triggers that the gate let through since the last step, as a burst that fits into this one.

        The gate decides; a physics that counted for itself would fire on after a lease ran out.
        """
        plant, out = self.plant, self._outputs
        fresh = plant.triggers - self._triggers
        self._triggers = plant.triggers
        self._rate_mhz = plant.rate_mhz or self._rate_mhz
        out[ch.OUT_GATE] = int(fresh > 0 and plant.laser_on)
        if fresh > 0 and not plant.laser_on:
            plant.pulses_missed += fresh
        elif fresh > 0:
            fits_mhz = math.ceil(1000 * fresh / STEP_S)
            out[ch.OUT_RATE_MHZ] = self._rate_mhz if (fresh - 1) * 1000 < self._rate_mhz * STEP_S else fits_mhz
            out[ch.OUT_BURST_PULSES] = fresh
            out[ch.OUT_BURST_ID] += 1

    def _sense(self, readings: Sequence[int | None]) -> None:
        plant = self.plant
        plant.heater_c = _quantity(readings, ch.HEATER_C)
        plant.guard_c = _quantity(readings, ch.GUARD_C)
        plant.pressure_pa = _quantity(readings, ch.PRESSURE_PA)
        plant.vacuum_pa = 10.0 ** _quantity(readings, ch.VACUUM_LGPA)
        plant.flow_sccm = _quantity(readings, ch.FLOW_SCCM)
        plant.energy_mj = _quantity(readings, ch.ENERGY_MJ)
        plant.water_lpm = _quantity(readings, ch.WATER_LPM)
        plant.pulses = readings[ch.PULSES] or 0
        plant.door_open = bool(readings[ch.DOOR])


def _quantity(readings: Sequence[int | None], index: int) -> float:
    """A reading in its unit; NaN when the sensor gives none."""
    value = readings[index]
    return math.nan if value is None else value / ch.SCALES[index]


class Rig:
    """Ports, instruments and physics of one bench. `serve` runs until told to stop; `close` removes the links."""

    def __init__(
        self,
        folder: Path,
        *,
        world_seed: int = 1,
        speed: float = 1.0,
        instruments: Sequence[str] = (),
        physics: Physics | None = None,
    ) -> None:
        """Open a port a role in `folder`. Raises InputError for a bad choice of instruments or speed."""
        if not 0.1 <= speed <= 1000:
            raise InputError("--speed", f"{speed}: 0.1 to 1000 times real time")
        kinds = choose(instruments)
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.speed = speed
        self.plant = Plant()
        self.world = World(world_seed)
        self.loads = 0
        self.coupling = Coupling(self.plant, physics or self._fresh_twin())
        self.lines = {
            role: Line(make_instrument(kind, self.plant), Port(folder / role)) for role, kind in kinds.items()
        }
        self.control = ControlSocket(str(folder))
        self.now_s = 0.0
        self._stepped_s = 0.0
        self._state_due_s = 0.0
        self._woke_s = time.monotonic()

    def directory(self) -> dict[str, dict[str, str]]:
        """Role -> path and protocol: the line that `sim rig` prints first."""
        return {
            role: {"path": str(line.port.link), "protocol": line.instrument.PROTOCOL}
            for role, line in self.lines.items()
        }

    # --- the loop -------------------------------------------------------------------------------------------------
    def serve(self, stop: Callable[[], bool]) -> None:
        """Answer on all ports and step the physics until `stop()`."""
        with selectors.DefaultSelector() as selector:
            for role, line in self.lines.items():
                selector.register(line.port.fd, selectors.EVENT_READ, role)
            self._woke_s = time.monotonic()
            while not stop():
                ready = [key.data for key, _ in selector.select(WAKE_S)]
                self._wake(ready)

    def _wake(self, ready: Sequence[str]) -> None:
        woke_s = time.monotonic()
        self.now_s += min(MAX_LAG_S, (woke_s - self._woke_s) * self.speed)
        self._woke_s = woke_s
        for role, line in self.lines.items():
            line.service(role in ready, self.now_s, woke_s)
        while self._stepped_s + STEP_S <= self.now_s:
            self._stepped_s += STEP_S
            self.coupling.step()
        self.control.service(self.operate)
        if woke_s >= self._state_due_s:
            self._state_due_s = woke_s + STATE_S
            self._write_state()

    # --- what people and tests ask for ------------------------------------------------------------------------------
    def state(self) -> dict[str, Any]:
        """What each simulated instrument believes, and the quantities behind them; NaN is None."""
        believed = {role: line.instrument.state() for role, line in self.lines.items()}
        plant = self.plant
        energised = {
            "heater": plant.heater_power_w > 0 and plant.contactor_closed,
            "laser": plant.laser_on,
            "gate": plant.gate_open,
            "contactor": plant.contactor_closed,
            "shutter": plant.shutter_open,
        }
        return {
            "simulated": True,
            "time_s": round(self.now_s, 3),
            "beam_blocked": plant.beam_blocked,
            "carousel_deg": plant.carousel_deg,
            "contactor_closed": plant.contactor_closed,
            "pulses_fired": plant.pulses,
            "energised": [name for name, is_on in energised.items() if is_on],
            "instruments": believed,
            "plant": _finite(plant.as_dict()),
        }

    def _write_state(self) -> None:
        fresh = self.folder / "state.json.new"
        fresh.write_text(json.dumps(self.state()))
        fresh.replace(self.folder / "state.json")

    def operate(self, request: Any) -> dict[str, Any]:
        """Do what a person does at the bench: load a recipe's substrate, expose, assemble, press the button, the door.

        Raises InputError for anything else, and for a rig without the twin's physics behind it.
        """
        if not isinstance(request, dict):
            raise InputError("request", "must be a JSON object")
        what = request.get("do")
        if what == "load":
            self._load(request.get("recipe"))
        elif what == "confirm":
            return {"minutes": self._confirm(str(request.get("step")))}
        elif what == "button":
            self.plant.button_pressed = bool(request.get("pressed"))
        else:
            raise InputError("do", f"{what!r}: load, confirm or button")
        return {"ok": True}

    def _fresh_twin(self) -> TwinBench:
        """A vented, cold chamber with a new substrate; each is a run of its own in this world."""
        return TwinBench(load_envelope(ENVELOPE.read_text()), self.world, f"rig/{self.loads}/1")

    def _twin(self) -> TwinBench:
        physics = self.coupling.physics
        if not isinstance(physics, TwinBench):
            raise InputError("rig", "its physics is not the twin's: it has no substrate")
        return physics

    def _load(self, fields: Any) -> None:
        self._twin()
        try:
            recipe = recipe_from_dict(fields)
        except ProtocolError as error:
            raise InputError("recipe", str(error)) from error
        self.loads += 1
        twin = self._fresh_twin()
        twin.load(recipe)
        self.coupling.physics = twin
        self.plant.cell = self.plant.cell_dc = None

    def _confirm(self, step: str) -> float:
        minutes = self._twin().confirm(step)
        if step == "assemble":
            self._connect_cell()
        return minutes

    def _connect_cell(self) -> None:
        """Put the sample's cell on the potentiostat: its noisy spectrum, read between the points that were drawn."""
        records = self._twin().measure("eis")
        if not records:
            return  # the sample failed before; the leads stay open
        self.plant.cell = cell_of(records[0]["columns"])
        low_hz = np.asarray([min(records[0]["columns"]["freq_hz"])], dtype=float)
        ohm = float(self.plant.cell(low_hz)[0].real)
        self.plant.cell_dc = lambda current_a, _: current_a * ohm

    def close(self) -> None:
        """Close the ports and remove links, control socket and state file."""
        for line in self.lines.values():
            line.close()
        self.control.close()
        (self.folder / "state.json").unlink(missing_ok=True)


def cell_of(columns: Mapping[str, Sequence[float]]) -> Impedance:
    """The impedance of a measured spectrum at any frequency: exact at its points, linear in lg f between them."""
    order = np.argsort(columns["freq_hz"])
    grid = np.log(np.asarray(columns["freq_hz"], dtype=float)[order])
    real = np.asarray(columns["z_re_ohm"], dtype=float)[order]
    imaginary = np.asarray(columns["z_im_ohm"], dtype=float)[order]

    def impedance(freq_hz: NDArray[np.float64]) -> NDArray[np.complex128]:
        at = np.log(freq_hz)
        return np.asarray(np.interp(at, grid, real) + 1j * np.interp(at, grid, imaginary), dtype=np.complex128)

    return impedance


def _finite(values: dict[str, float | int | bool]) -> dict[str, float | int | bool | None]:
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
