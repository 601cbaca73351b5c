"""Faults of the lines of a running agent, on a person's order; refused while a run goes on or the board is armed.

Only what bytes can show is made here: with real instruments nobody can order a wrong thermocouple.
"""

from typing import Any

from adatom.protocol.errors import FailedError

from .agent import Agent
from .fault_table import BOARD, LINE, NONE, SILENT, UNSUPPORTED, meaning, role_of
from .line_fault import LineFault
from .serial_port import SerialPort

OLD_FAULT = "ordered before this agent started"


class LineFaults:
    """`order` is a command of the agent's control socket."""

    def __init__(self, agent: Agent, lines: dict[str, SerialPort], kinds: dict[str, str]) -> None:
        self.agent = agent
        self.lines = lines
        self.kinds = kinds  # role -> the driver's name
        self.told_board = NONE  # the fault that the board was asked for last

    def order(self, request: dict[str, Any], now_ms: int) -> dict[str, Any]:
        """The reply to {"instrument", "kind"}. FailedError while armed, or for what is not possible here."""
        role, kind = role_of(str(request.get("instrument")), self.kinds), str(request.get("kind"))
        if request.get("after_s"):
            raise FailedError("--after is for simulated rigs: nobody spoils a line in the middle of a real run")
        armed = self._armed(now_ms)
        if armed and kind != NONE:
            raise FailedError("refused while armed: %s" % armed)
        return {"ok": True, "instrument": role, "kind": kind, "does": self._inject(role, kind)}

    def active(self, now_ms: int) -> dict[str, str]:
        """Role -> fault of the lines that have one, and of the board, which may have one that another agent ordered."""
        found = {role: line.fault.kind for role, line in self.lines.items() if line.fault is not None}
        if "io" in self.lines and "io" not in found:
            if self.told_board != NONE:
                found["io"] = self.told_board
            elif self.lines["io"].driver.value("fault", now_ms):
                found["io"] = OLD_FAULT
        return found

    def _inject(self, role: str, kind: str) -> str:
        line, instrument = self.lines[role], self.kinds[role]
        if kind == NONE:
            self._clear(role)
            return "no fault"
        where, text = meaning(instrument, kind)
        if where == UNSUPPORTED:
            raise FailedError("unsupported: %s %s: %s" % (instrument, kind, text))
        if where not in (LINE, BOARD):
            raise FailedError("unsupported: %s %s: only a simulated rig can (--rig DIR): %s" % (instrument, kind, text))
        self._clear(role)
        if where == BOARD:
            self._tell_board(kind)
        else:
            line.fault = LineFault(kind, 0, line.driver.BAUD, instrument not in SILENT)
        return text

    def _clear(self, role: str) -> None:
        self.lines[role].fault = None
        if role == "io":
            self._tell_board(NONE)

    def _tell_board(self, kind: str) -> None:
        board: Any = self.lines["io"].driver
        board.inject(kind)
        self.told_board = kind

    def _armed(self, now_ms: int) -> str:
        """What is armed, fit for a user; "" for nothing."""
        if self.agent.busy:
            return "a run is going on"
        board = self.lines.get("io")
        return "the bench I/O board is" if board is not None and board.driver.value("armed", now_ms) else ""
