"""What the person at the bench sees of a running agent: a line for each change of state, and the result."""

import json
import time
from typing import Any

from adatom.protocol.errors import FailedError

from .clock import now_ms, watchdog
from .freeze_hooks import FLAG, hooked
from .in_words import by_reason
from .local_input import LocalInput
from .loop import Loop
from .realtime import try_lock_memory, try_realtime

FIRST_LOOK_S = 5.0  # the instruments have been asked several times by then
LOOK_TICKS = 20
ONLY_WHILE_FIRING = ("energy_mj", "slot")  # None between pulses, and while the carousel turns
QUIET_STATES = ("safe", "fault")


class Show:
    """What the person at the bench sees: a line for each change of state, and the result."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.state = ""
        self.seen_busy = False
        self.started_s = time.monotonic()
        self.missing: list[str] = []
        self.asked = ""
        self.files: list[str] = []
        self.looked = 0  # tick of the last look at what is missing
        self.local = LocalInput()

    def start(self, loop: Loop) -> None:
        notes = [try_realtime(), try_lock_memory()]
        if not watchdog(8000).present:
            notes.append("no hardware watchdog: the leases of the bench I/O board stop a frozen agent")
        if hooked():
            notes.append("test hooks are on (%s): not for a real bench" % FLAG)
        for note in notes:
            if note:
                self._say({"note": note})

    def ended(self, loop: Loop, once: bool) -> bool:
        """Whether the loop may end; says each new state on the way."""
        self._missing(loop)
        self._local(loop)
        if loop.agent.state != self.state:
            self.state = loop.agent.state
            why = loop.agent.last_trip if self.state == "fault" else ""
            self._say({"state": self.state, "run": loop.station.recorder.run} | ({"why": why} if why else {}))
        self.seen_busy = self.seen_busy or loop.agent.busy
        return once and self.seen_busy and not loop.agent.busy

    def _local(self, loop: Loop) -> None:
        """Obey the person at the bench, and tell them when they are waited for."""
        answer = self.local.obey(loop.commands, now_ms())
        if answer:
            self._say({"answer": answer})
        if loop.agent.waiting_for != self.asked:
            self.asked = loop.agent.waiting_for
            if self.asked and self.asked != "measure" and not loop.operator.simulated:
                self._say({"please": self.asked, "then": "type confirm, or fail WHY"})
        files = loop.turn.measuring.missing_files if self.asked == "measure" else []
        if files != self.files:
            self.files = files
            if files:
                self._say(
                    {"please": f"put the file of {', '.join(files)} into {loop.xps_dir}", "then": "or type confirm"}
                )

    def _missing(self, loop: Loop) -> None:
        """Say what instruments do not tell, once they had time to, and again when it changes."""
        if time.monotonic() - self.started_s < FIRST_LOOK_S or loop.ticks < self.looked + LOOK_TICKS:
            return
        self.looked = loop.ticks
        waits = loop.instruments.missing(now_ms()) if loop.agent.state not in QUIET_STATES else []
        waits = [text for text in waits if not text.startswith(ONLY_WHILE_FIRING)]
        names = [text.split(":")[0] for text in waits]
        if names != self.missing:
            self.missing = names
            if not waits:
                self._say({"note": "all readings are there"})
            for text in [waits] if self.as_json and waits else by_reason(waits):
                self._say({"missing": text})

    def result(self, loop: Loop, asked: bool) -> None:
        outcome, reason = loop.agent.chamber.ended
        if outcome:
            self._say({"outcome": outcome, "reason": reason, "late_ticks": loop.stats.late,
                       "ticks": loop.ticks, "simulated": loop.station.simulated})  # fmt: skip
        if asked and outcome != "complete":
            raise FailedError(f"the run ended {outcome or 'before its time'}: {reason or 'stopped'}")

    def _say(self, fields: dict[str, Any]) -> None:
        elapsed_s = round(time.monotonic() - self.started_s, 1)
        if self.as_json:
            print(json.dumps({"t_s": elapsed_s} | fields), flush=True)
        else:
            shown = "  ".join(f"{name}: {value}" for name, value in fields.items() if value != "")
            print(f"{elapsed_s:8.1f} s  {shown}", flush=True)
