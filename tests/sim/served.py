"""A rig that runs in a thread while a test talks to it, and the smallest physics that it can have behind it."""

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adatom.protocol import channels as ch
from adatom.sim.rig import Rig


class Bare:
    """A physics that gives what it was told, to see the seam alone."""

    def __init__(self) -> None:
        self.outputs: list[list[int]] = []
        self.readings: list[int | None] = [0] * ch.COUNT

    def step(self, outputs: Sequence[int], dt_s: float) -> Sequence[int | None]:
        self.outputs.append(list(outputs))
        self.readings[ch.HEATER_C] = 2200 + outputs[ch.OUT_HEATER_W] // 10
        self.readings[ch.FLOW_SCCM] = outputs[ch.OUT_FLOW_SCCM]
        self.readings[ch.PRESSURE_PA] = 10000
        self.readings[ch.VACUUM_LGPA] = 1000
        return self.readings


class Served:
    """A rig in a thread of its own."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.rig = Rig(folder, **options)
        self._stop = False
        self._thread = threading.Thread(target=self.rig.serve, args=(lambda: self._stop,))
        self._thread.start()

    def slave(self, name: str) -> str:
        """The device behind a link, for clients that cannot open links."""
        return os.path.realpath(self.rig.folder / name)

    def close(self) -> None:
        self._stop = True
        self._thread.join()
        self.rig.close()
