"""Ways to freeze one thread of a running agent, for the proof that silence is safe. Only where the environment says so.

With ADATOM_TEST_HOOKS=1 the control socket takes {"do": "freeze", "what": loop | journal, "s": seconds}.
"""

import os
import time
from collections.abc import Callable
from typing import Any

from adatom.protocol.errors import InputError

from .loop import Loop

FLAG = "ADATOM_TEST_HOOKS"
LONGEST_S = 60.0


def hooked() -> bool:
    """Whether the environment asks for test hooks."""
    return os.environ.get(FLAG) == "1"


class FreezeHooks:
    """Freezes threads of one agent: each looks at its own time on its way."""

    def __init__(self, loop: Loop) -> None:
        self._until = {"loop": 0.0, "journal": 0.0}
        loop.commands.add("freeze", self._freeze)
        loop.turn.settle = self._before("loop", loop.turn.settle)  # type: ignore[method-assign]
        journal = loop.station.recorder.journal
        journal.sync = self._before("journal", journal.sync)  # type: ignore[method-assign]

    def _freeze(self, request: dict[str, Any], now: int) -> dict[str, Any]:
        what, seconds = request.get("what"), request.get("s")
        if what not in self._until or not isinstance(seconds, (int, float)) or not 0 <= seconds <= LONGEST_S:
            raise InputError("freeze", f"what: {', '.join(self._until)}; s: 0 to {LONGEST_S:.0f}")
        self._until[str(what)] = time.monotonic() + seconds
        return {"ok": True}

    def _before(self, what: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def frozen(*words: Any) -> Any:
            time.sleep(max(0.0, self._until[what] - time.monotonic()))
            return call(*words)

        return frozen
