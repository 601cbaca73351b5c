"""A bench of simulated instruments on pseudo-terminals, with the physics going on behind them.

Clients on the serial lines move the plant; ten times a second of bench time the plant becomes outputs of the physics
and its readings become the plant's. Everything but the lines lives on the bench's clock, `speed` times real time.
"""

import json
import math
import selectors
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from adatom.edge.control_socket import ControlSocket
from adatom.edge.folder_lock import FolderLock
from adatom.protocol.errors import InputError, ProtocolError
from adatom.protocol.recipe import recipe_from_dict

from .bench import TwinBench
from .coupling import STEP_S, Coupling, Physics
from .instruments.plant import Plant
from .lines import choose, open_lines, others
from .output_log import OutputLog, energised
from .person import Person
from .pin_board import PinBoard
from .ports import TcpPort
from .rig_faults import RigFaults, parse_fault
from .shipped import demo_envelope
from .world import World

WAKE_S = 0.005  # real time between two looks at what instruments say by themselves
BUSY_S = 0.001  # the same while bytes travel at a real line's speed
PACED_SPEED_MAX = 10.0  # faster instruments would take the gaps between real bytes for the end of a message
RESTART_MS = 1000  # for a rig that is being stopped in the same folder
STATE_S = 0.1  # real time between two state files
MAX_LAG_S = 2.0  # bench time that may be caught up; a machine that sleeps for longer loses the rest
GUARDIANS = ("internal", "external")
PUMPED_PA, PUMPED_S = 5e-4, 6 * 3600.0  # K: a chamber that was left pumping since the morning


class Rig:
    """Ports, instruments and physics of one bench. `serve` runs until told to stop; `close` removes the links."""

    def __init__(
        self,
        folder: Path,
        *,
        world_seed: int = 1,
        drift: bool = False,
        speed: float = 1.0,
        instruments: Sequence[str] = (),
        physics: Physics | None = None,
        guardian: str = GUARDIANS[0],
        pumped: bool = False,
        every: bool = False,
        tcp: int | None = None,
        real_baud: bool = False,
        faults: Sequence[str] = (),
        xps_dir: Path | None = None,
    ) -> None:
        """Open a port a role in `folder`. Raises InputError for a bad choice of instruments, speed, guardian or port,
        and for a folder in which a rig is running.

        guardian "external": a guardian process serves the line `io` and drives the pins behind the socket `pins`.
        every: the kinds that were not chosen too, each under its own name; they see the bench and command nothing.
        tcp: loopback ports as well, from this number on; 0 for any free ones. real_baud: bytes take their real time.
        xps_dir: where the surface analyser drops its files.
        """
        if not 0.1 <= speed <= 1000:
            raise InputError("--speed", f"{speed}: 0.1 to 1000 times real time")
        if real_baud and speed > PACED_SPEED_MAX:
            raise InputError("--real-baud", f"with --speed {speed}: at most {PACED_SPEED_MAX:.0f} times real time")
        if guardian not in GUARDIANS:
            raise InputError("--guardian", f"{guardian!r}: must be one of {', '.join(GUARDIANS)}")
        kinds = choose(instruments)
        if guardian == "external":
            del kinds["io"]
        self.folder = folder
        self.speed = speed
        self.plant = Plant()
        self.world = World(world_seed, drift=drift)
        self.pumped = pumped
        self.outputs = OutputLog()
        self.coupling = Coupling(self.plant, physics or self._fresh_twin(0))
        self.person = Person(self.coupling, self._fresh_twin, xps_dir)
        self.onlookers = {kind: Plant() for kind in (others(kinds) if every else ())}
        plants = {role: (kind, self.plant) for role, kind in kinds.items()}
        plants |= {kind: (kind, plant) for kind, plant in self.onlookers.items()}
        with ExitStack() as opened:  # a rig that is refused here leaves nothing behind
            opened.callback(FolderLock(str(folder), RESTART_MS, "a rig is running there").close)
            opened.callback((folder / "state.json").unlink, missing_ok=True)
            self.pins = PinBoard(self.plant, folder) if guardian == "external" else None
            if self.pins is not None:
                opened.callback(self.pins.close)
            self.lines = open_lines(folder, plants, tcp, real_baud)
            for line in self.lines.values():
                opened.callback(line.close)
            self.faults = RigFaults(self.lines, self.plant)
            for text in faults:
                self.faults.order(parse_fault(text), 0.0)
            self.control = ControlSocket(str(folder))
            opened.callback(self.control.close)
            self._opened = opened.pop_all()
        self.now_s = 0.0
        self._stepped_s = 0.0
        self._state_due_s = 0.0
        self._woke_s = time.monotonic()

    def directory(self) -> dict[str, dict[str, str]]:
        """Role -> path, kind (the driver's name) and protocol, and tcp: the line that `sim rig` prints first."""
        directory = {}
        for name, line in self.lines.items():
            directory[name] = {"path": str(self.folder / name), "kind": line.kind, "protocol": line.instrument.PROTOCOL}
            for port in line.ports:
                if isinstance(port, TcpPort):
                    directory[name]["tcp"] = port.address
        return directory

    # --- the loop -------------------------------------------------------------------------------------------------
    def serve(self, stop: Callable[[], bool]) -> None:
        """Answer on all ports and step the physics until `stop()`."""
        with selectors.DefaultSelector() as selector:
            for role, line in self.lines.items():
                for port in line.ports:
                    selector.register(port.fd, selectors.EVENT_READ, role)
            self._woke_s = time.monotonic()
            while not stop():
                is_busy = any(line.is_busy for line in self.lines.values())
                ready = [key.data for key, _ in selector.select(BUSY_S if is_busy else WAKE_S)]
                self._wake(ready)

    def _wake(self, ready: Sequence[str]) -> None:
        woke_s = time.monotonic()
        self.now_s += min(MAX_LAG_S, (woke_s - self._woke_s) * self.speed)
        self._woke_s = woke_s
        self.faults.begin_due(self.now_s)
        for role, line in self.lines.items():
            line.service(role in ready, self.now_s, woke_s)
        if self.pins is not None:
            self.pins.service(self.now_s)
        self.outputs.note(self.plant, woke_s)
        while self._stepped_s + STEP_S <= self.now_s:
            self._stepped_s += STEP_S
            self.coupling.step()
            for onlooker in self.onlookers.values():
                onlooker.feel(self.plant)
        self.control.service(self.operate)
        if woke_s >= self._state_due_s:
            self._state_due_s = woke_s + STATE_S
            self._write_state()

    # --- what people and tests ask for ------------------------------------------------------------------------------
    def state(self) -> dict[str, Any]:
        """What each simulated instrument believes, and the quantities behind them; NaN is None."""
        believed = {name: line.instrument.state() for name, line in self.lines.items()}
        for name in self.onlookers:
            believed[name]["commands_bench"] = False
        if self.pins is not None:
            believed["io"] = self.pins.state()
        plant = self.plant
        return {
            "simulated": True,
            "speed": self.speed,
            "time_s": round(self.now_s, 3),
            "beam_blocked": plant.beam_blocked,
            "carousel_deg": plant.carousel_deg,
            "contactor_closed": plant.contactor_closed,
            "pulses_fired": plant.pulses,
            "energised": energised(plant),
            "instruments": believed,
            "faults": self.faults.state(self.now_s),
            "plant": _finite(plant.as_dict()),
        }

    def _write_state(self) -> None:
        fresh = self.folder / "state.json.new"
        fresh.write_text(json.dumps(self.state()))
        fresh.replace(self.folder / "state.json")

    def operate(self, request: Any) -> dict[str, Any]:
        """Do what a person does at the bench: load a recipe's substrate, expose, assemble, press the button, take XPS
        spectra, break an instrument; and tell when outputs changed.

        Raises InputError for anything else, and for a rig without the twin's physics behind it.
        """
        if not isinstance(request, dict):
            raise InputError("request", "must be a JSON object")
        what = request.get("do")
        if what == "load":
            self._load(request.get("recipe"))
        elif what == "confirm":
            return {"minutes": self.person.confirm(str(request.get("step")))}
        elif what == "button":
            self.plant.button_pressed = bool(request.get("pressed"))
        elif what == "fault":
            return self.faults.order(request, self.now_s)
        elif what == "outputs":
            return self.outputs.as_dict(time.monotonic())
        elif what == "xps":
            return {"file": str(self.person.analyse(str(request.get("sample") or "")))}
        else:
            raise InputError("do", f"{what!r}: load, confirm, button, fault, outputs or xps")
        return {"ok": True}

    def _fresh_twin(self, number: int) -> TwinBench:
        """A vented (or pumped), cold chamber with a new substrate; each is a run of its own in this world."""
        twin = TwinBench(demo_envelope(), self.world, f"rig/{number}/1")
        if self.pumped:
            twin.vacuum.pressure_pa = twin.vacuum.seen_pa = PUMPED_PA
            twin.vacuum.pumped_s = PUMPED_S
        return twin

    def _load(self, fields: Any) -> None:
        try:
            recipe = recipe_from_dict(fields)
        except ProtocolError as error:
            raise InputError("recipe", str(error)) from error
        self.person.load(recipe)

    def close(self) -> None:
        """Close the ports and remove links, sockets, state file and lock."""
        self._opened.close()


def _finite(values: dict[str, float | int | bool]) -> dict[str, float | int | bool | None]:
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
