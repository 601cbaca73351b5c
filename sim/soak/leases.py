"""Entries of a history on leases: what a host asked of the bench I/O board, and what the plant behind it really had on.

Neither is the board's word. A lease begins when its whole line has come to the board, CRC and all; whether the board
then gives it is its own affair, as long as nothing is on that nobody asked for.
"""

from typing import Any

from adatom.edge.drivers.bench_io import line
from adatom.sim.instruments.plant import Plant
from adatom.sim.virtual import STEP_MS, VirtualRig

from .checker import Entry

OUTPUTS = {"gate": "gate_open", "contactor": "contactor_closed", "shutter": "shutter_open"}  # name -> the plant's
GRACE_S = 0.03  # the board looks at its leases each 20 ms, the rig at the plant each 5 ms


class Overheard:
    """The board with an ear on its line, for whoever feeds it: bytes pass as they are."""

    def __init__(self, board: Any, bench: str, history: list[Entry]) -> None:
        self._board = board
        self._bench = bench
        self._history = history
        self._text = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._board, name)

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Note what is asked for, then let the board hear it."""
        *whole, self._text = (self._text + data).split(b"\n")
        for text in whole:
            self._asked(text + b"\n", now_s)
        replies: bytes = self._board.feed(data, now_s)
        return replies

    def _asked(self, text: bytes, now_s: float) -> None:
        words = text.partition(b"*")[0].decode("latin-1").split()
        if words[:1] == ["OPEN"]:
            for output in OUTPUTS:
                self._leased(output, now_s, 0.0)
        elif len(words) == 3 and words[0] == "LEASE" and line(" ".join(words)) == text and words[1] in OUTPUTS:
            self._leased(words[1], now_s, int(words[2]) / 1000)

    def _leased(self, output: str, now_s: float, lease_s: float) -> None:
        self._history.append({"what": "leased", "bench": self._bench, "output": output, "t_s": now_s,
                              "until_s": now_s + lease_s + GRACE_S})  # fmt: skip


class OutputWatch:
    """What is on, looked at each few milliseconds. A trigger that passes counts as a gate that is open."""

    def __init__(self, plant: Plant, bench: str, history: list[Entry]) -> None:
        self._plant = plant
        self._bench = bench
        self._history = history
        self._on: dict[str, bool] = {}
        self._triggers = plant.triggers
        self.last_s = 0.0  # when anything was on

    def look(self, now_s: float, all_of_it: bool = False) -> None:
        """Note what has changed since the last look, or the whole state: what stays on for good changes nothing."""
        for output, name in OUTPUTS.items():
            on = bool(getattr(self._plant, name))
            if on:
                self.last_s = now_s
            if all_of_it or on != self._on.get(output, False):
                self._note(output, now_s, on)
            self._on[output] = on
        if self._plant.triggers != self._triggers:
            self._triggers, self.last_s = self._plant.triggers, now_s
            self._note("gate", now_s, True)
            self._on["gate"] = True  # the next look says whether it still is

    def _note(self, output: str, now_s: float, on: bool) -> None:
        self._history.append({"what": "output", "bench": self._bench, "output": output, "t_s": now_s, "on": on})


def watched(rig: VirtualRig, bench: str, history: list[Entry]) -> OutputWatch:
    """Tap a rig's board and watch its outputs from now on; what is on now is taken for leased until the next renewal.

    A run is in its middle then, and who asked for it was before the history began.
    """
    board = rig.lines["io"].instrument
    now_s = rig.now / 1000
    for place, output in enumerate(OUTPUTS):
        left_s = board.guardian.granted[place] / 1000
        history.append({"what": "leased", "bench": bench, "output": output, "t_s": now_s,
                        "until_s": now_s + left_s + GRACE_S})  # fmt: skip
    rig.lines["io"].instrument = Overheard(board, bench, history)
    return OutputWatch(rig.plant, bench, history)


def let_pass(rig: VirtualRig, watch: OutputWatch, duration_ms: int) -> None:
    """Time passes under the watch."""
    end = rig.now + duration_ms
    while rig.now < end:
        rig.run(STEP_MS)
        watch.look(rig.now / 1000)
