"""Faults of a rig's instruments on request: now, while nothing is armed, or from a later moment on."""

from collections.abc import Mapping
from typing import Any

from adatom.edge.fault_table import KINDS, NONE, UNSUPPORTED, meaning, role_of
from adatom.protocol.errors import FailedError, InputError

from .instruments.plant import Plant
from .lines import Line
from .twin_faults import inject

LATEST_S = 86400.0


class RigFaults:
    """`order` takes a request, `begin_due` starts what waits for its time."""

    def __init__(self, lines: Mapping[str, Line], plant: Plant) -> None:
        self.lines = lines
        self.plant = plant
        self._waiting: list[tuple[float, str, str, int]] = []  # (when, role, kind, seed)

    def order(self, request: Mapping[str, Any], now_s: float) -> dict[str, Any]:
        """The reply to {"instrument", "kind", "after_s", "seed"}. FailedError while armed or for what cannot be."""
        role = role_of(str(request.get("instrument")), {name: line.kind for name, line in self.lines.items()})
        kind, after_s, seed = str(request.get("kind")), request.get("after_s") or 0.0, request.get("seed") or 0
        if not isinstance(after_s, int | float) or not 0 <= after_s <= LATEST_S:
            raise InputError("--after", f"{after_s!r}: 0 to {LATEST_S:.0f} s")
        text = self._text(role, kind)
        if kind == NONE:
            self._waiting = [entry for entry in self._waiting if entry[1] != role]
        elif self.armed():
            raise FailedError(f"refused while armed: {self.armed()}; faults are ordered before a run (see --after)")
        if after_s:
            self._waiting.append((now_s + after_s, role, kind, int(seed)))
        else:
            inject(self.lines[role], kind, int(seed))
        return {"ok": True, "instrument": role, "kind": kind, "after_s": after_s, "does": text, "simulated": True}

    def begin_due(self, now_s: float) -> None:
        """Start the faults whose time has come."""
        for entry in [entry for entry in self._waiting if entry[0] <= now_s]:
            self._waiting.remove(entry)
            inject(self.lines[entry[1]], entry[2], entry[3])

    def armed(self) -> str:
        """What is armed or energised, fit for a user; "" for nothing."""
        board = self.lines.get("io")
        found = ["the laser is on"] if self.plant.laser_on else []
        if board is not None and board.instrument.state().get("armed"):
            found.append("the bench I/O board is armed")
        if self.plant.contactor_closed:
            found.append("the heater contactor is closed")
        return ", ".join(found)

    def state(self, now_s: float) -> dict[str, Any]:
        """The faults at work, and those that wait with their seconds to go."""
        return {
            "active": {role: line.fault_kind for role, line in self.lines.items() if line.fault_kind},
            "waiting": [[role, kind, round(at_s - now_s, 1)] for at_s, role, kind, _ in self._waiting],
        }

    def _text(self, role: str, kind: str) -> str:
        if kind == NONE:
            return "no fault"
        instrument = self.lines[role].kind
        where, text = meaning(instrument, kind)
        if where == UNSUPPORTED:
            raise FailedError(f"unsupported: {instrument} {kind}: {text}")
        return text


def parse_fault(text: str) -> dict[str, Any]:
    """The request of a text ROLE=KIND or ROLE=KIND@SECONDS; InputError for anything else."""
    role, equals, rest = text.partition("=")
    kind, at, seconds = rest.partition("@")
    try:
        after_s = float(seconds) if at else 0.0
    except ValueError:
        after_s = -1.0
    if not equals or kind not in KINDS or after_s < 0:
        raise InputError("--fault", f"{text!r}: ROLE=KIND or ROLE=KIND@SECONDS with KIND one of {', '.join(KINDS)}")
    return {"instrument": role, "kind": kind, "after_s": after_s}
