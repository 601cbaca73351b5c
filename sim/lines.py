"""The serial lines of a rig: which instruments there can be, and what carries one's bytes to its client and back.

Whatever happens to bytes on their way (the real baud rate, a line fault) happens here: an instrument and a port know
nothing of it.
"""

import importlib
from collections.abc import Sequence

from adatom.protocol.errors import InputError

from .instruments.plant import Plant
from .ports import Instrument, Port

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


def make_instrument(kind: str, plant: Plant) -> Instrument:
    """The twin in sim/instruments/KIND.py: the class there that has a PROTOCOL."""
    module = importlib.import_module(f"adatom.sim.instruments.{kind}")
    for thing in vars(module).values():
        if isinstance(thing, type) and thing.__module__ == module.__name__ and hasattr(thing, "PROTOCOL"):
            instrument: Instrument = thing(plant)
            return instrument
    raise InputError(kind, "the module has no class with a PROTOCOL")


class Line:
    """One instrument on its port. `service` moves bytes both ways; time is on two clocks, the bench's and the real."""

    def __init__(self, instrument: Instrument, port: Port) -> None:
        self.instrument = instrument
        self.port = port

    def service(self, readable: bool, now_s: float, real_s: float) -> None:
        """Let the instrument live until `now_s` of bench time, and hear the client when it wrote something."""
        said = self.instrument.tick(now_s)
        if readable:
            said += self.instrument.feed(self.port.read(), now_s)
        self.port.write(said, real_s)

    def close(self) -> None:
        """Close the port and remove its link."""
        self.port.close()
