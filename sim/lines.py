"""The serial lines of a rig: which instruments there can be, and what carries one's bytes to its client and back.

Whatever happens to bytes on their way (the real baud rate, a line fault) happens here: an instrument and a port know
nothing of it.
"""

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from adatom.edge.line_fault import LineFault
from adatom.protocol.errors import InputError

from .instruments.plant import Plant
from .ports import Endpoint, Instrument, Port, TcpPort

BITS = 10  # of a byte on the line: start, eight data, stop; or seven data and parity
ROUNDING = 1e-6  # of a byte

# role -> kind -> module of sim.instruments; the first kind is the default. Adding a twin is adding an entry
KINDS: dict[str, tuple[str, ...]] = {
    "laser": ("compexpro",),
    "heater": ("eurotherm", "lakeshore336"),
    "gauge": ("tpg36x", "mks937b"),
    "mfc": ("alicat", "bronkhorst"),
    "valve": ("mks651",),
    "carousel": ("carousel",),
    "attenuator": ("attenuator",),
    "potentiostat": ("emstat", "emstat4"),
    "io": ("bench_io",),
}


def choose(choices: Sequence[str]) -> dict[str, str]:
    """Role -> kind for texts "role=kind" over the defaults. Raises InputError for what does not exist."""
    chosen = {role: kinds[0] for role, kinds in KINDS.items()}
    for choice in choices:
        role, _, kind = choice.partition("=")
        if role not in KINDS:
            raise InputError("--instrument", f"{choice!r}: the roles are {', '.join(KINDS)}")
        if kind not in KINDS[role]:
            raise InputError("--instrument", f"{choice!r}: a {role} can be {', '.join(KINDS[role])}")
        chosen[role] = kind
    return chosen


def others(chosen: Mapping[str, str]) -> dict[str, str]:
    """Kind -> role of every instrument that a role could have instead of the chosen one."""
    return {kind: role for role in chosen for kind in KINDS[role] if kind != chosen[role]}


def make_instrument(kind: str, plant: Plant) -> Instrument:
    """The twin in sim/instruments/KIND.py: the class there that has a PROTOCOL."""
    module = importlib.import_module(f"adatom.sim.instruments.{kind}")
    for thing in vars(module).values():
        if isinstance(thing, type) and thing.__module__ == module.__name__ and hasattr(thing, "PROTOCOL"):
            instrument: Instrument = thing(plant)
            return instrument
    raise InputError(kind, "the module has no class with a PROTOCOL")


class Pacer:
    """Bytes one after the other at the speed of a real line, in one direction. Pure; time is an argument."""

    def __init__(self, baud: int) -> None:
        self.byte_s = BITS / baud
        self._waiting = b""
        self._from_s = 0.0  # when the first of the waiting bytes began

    @property
    def is_busy(self) -> bool:
        return bool(self._waiting)

    def through(self, data: bytes, real_s: float) -> bytes:
        """Send `data` behind what is on its way; the bytes that have arrived completely by now."""
        if data and not self._waiting:
            self._from_s = max(self._from_s, real_s)
        self._waiting += data
        count = min(len(self._waiting), int((real_s - self._from_s) / self.byte_s + ROUNDING))
        self._from_s += count * self.byte_s
        arrived, self._waiting = self._waiting[:count], self._waiting[count:]
        return arrived


class Line:
    """One instrument on its ports. `service` moves bytes both ways; time is on two clocks, the bench's and the real.

    The instrument answers on the port that spoke last: the first one at the start.
    """

    def __init__(
        self, kind: str, instrument: Instrument, ports: Sequence[Endpoint], *, real_baud: bool = False
    ) -> None:
        self.kind = kind
        self.instrument = instrument
        self.fault: LineFault | None = None
        self.fault_kind = ""  # whatever makes it; "" for none
        self.ports = ports
        self._talker = ports[0]
        self._pacers = (Pacer(instrument.BAUD), Pacer(instrument.BAUD)) if real_baud else None

    @property
    def is_busy(self) -> bool:
        """Whether bytes are on their way."""
        return self._pacers is not None and any(pacer.is_busy for pacer in self._pacers)

    def service(self, readable: bool, now_s: float, real_s: float) -> None:
        """Let the instrument live until `now_s` of bench time, and hear the client when it wrote something."""
        heard = self._read() if readable else b""
        if self._pacers is not None:
            heard = self._pacers[0].through(heard, real_s)
        said = self.instrument.tick(now_s)
        if self.fault is not None:
            said = self._faulty(self.fault, said, heard, now_s)
        elif heard:
            said += self.instrument.feed(heard, now_s)
        if self._pacers is not None:
            said = self._pacers[1].through(said, real_s)
        self._talker.write(said, real_s)

    def _faulty(self, fault: LineFault, said: bytes, heard: bytes, now_s: float) -> bytes:
        """What the client gets of what the instrument said, and of its answer to what arrives of what was heard."""
        now_ms = int(1000 * now_s)
        outward, inward = fault.tick(now_ms)
        heard = outward + fault.to_instrument(heard, now_ms)
        if heard:
            said += self.instrument.feed(heard, now_s)
        return inward + fault.from_instrument(said, now_ms)

    def _read(self) -> bytes:
        heard = b""
        for port in self.ports:
            data = port.read()
            if data:
                heard += data
                self._talker = port
        return heard

    def close(self) -> None:
        """Close the ports and remove the link."""
        for port in self.ports:
            port.close()


def open_lines(
    folder: Path, instruments: Mapping[str, tuple[str, Plant]], tcp: int | None, real_baud: bool
) -> dict[str, Line]:
    """Name -> line for name -> (kind, plant), linked in `folder`; with TCP ports from number `tcp` on, 0 for free ones.

    Raises InputError for a port that is taken; nothing stays open then.
    """
    lines: dict[str, Line] = {}
    try:
        for name, (kind, plant) in instruments.items():
            instrument = make_instrument(kind, plant)
            second = [] if tcp is None else [_tcp_port(tcp and tcp + len(lines))]
            lines[name] = Line(kind, instrument, [Port(folder / name), *second], real_baud=real_baud)
    except (InputError, OSError):
        for line in lines.values():
            line.close()
        raise
    return lines


def _tcp_port(number: int) -> TcpPort:
    try:
        return TcpPort(number)
    except (OSError, OverflowError) as error:
        raise InputError("--tcp", f"port {number} cannot be opened: {error}") from error
