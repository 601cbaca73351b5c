"""A potentiostat's driver wired to its twin, with a cell that has an impedance and holds a current."""

from typing import Any

import numpy as np
from adatom.edge.drivers.emstat import EmstatPico
from adatom.sim.instruments.emstat import Emstat
from adatom.sim.instruments.plant import Plant
from numpy.typing import NDArray

from .wire import Wire


def cell(freq_hz: NDArray[np.float64]) -> NDArray[np.complex128]:
    """40 ohm in series with 500 ohm parallel to 1 uF."""
    return np.asarray(40.0 + 500.0 / (1.0 + 2j * np.pi * freq_hz * 500.0 * 1e-6), dtype=np.complex128)


def connected(chunk: int = 0, instant: bool = True, driver: Any = None, model: str = "espico") -> tuple[Wire, Any, Any]:
    driver = driver or EmstatPico()
    twin = Emstat(Plant(cell=cell, cell_dc=lambda amp, s: 0.002 + 50.0 * amp), instant=instant, model=model)
    wire = Wire(driver, twin, chunk=chunk)
    wire.run(1000)
    return wire, driver, twin


def finish(wire: Wire, driver: Any, limit_ms: int = 20_000) -> Any:
    """The result, once the instrument is ready again."""
    for _ in range(limit_ms // 100):
        wire.run(100)
        if driver.done is not None and not driver.safe_left and driver.in_flight is None:
            return driver.take_result()
    raise AssertionError("no result")
