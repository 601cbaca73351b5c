"""The symmetric cell under direct current, call after call: what it has been through decides when it shorts.

The laws and the draws are those of life.py, so a cell that is cycled step by step through an instrument lives as long
as the record says that is drawn at once. One change of the current's sign is half a cycle.
"""

import numpy as np

from .cell import Cell
from .constants import Values
from .life import critical_current_ma_cm2, draw_critical_current, draw_wear, median_cycles, polarisation_ohm_cm2

OPEN_CIRCUIT_SD_V = 2e-4  # K: two lithium electrodes are never quite alike


class HeldCell:
    """`rng_ccd` and `rng_cycling` are the generators of the techniques of these names, fresh."""

    def __init__(self, cell: Cell, rng_ccd: np.random.Generator, rng_cycling: np.random.Generator, k: Values) -> None:
        self.cell = cell
        self.k = k
        self.critical_ma_cm2 = draw_critical_current(cell, rng_ccd, k)
        self.median_ccd_ma_cm2 = critical_current_ma_cm2(cell, k)
        self.wear, self.droplet_cycles = draw_wear(cell, rng_cycling, k)
        self.rng = rng_cycling
        self.open_v = OPEN_CIRCUIT_SD_V * float(rng_cycling.standard_normal())
        self.damage = 0.0  # shares of its median life
        self.half_cycles = 0
        self.sign = 0
        self.shorted = False

    @property
    def cycle(self) -> int:
        """The cycle that it is in, from 1; 0 before the first current."""
        return (self.half_cycles + 1) // 2

    def voltage_v(self, current_a: float, seconds: float) -> float:
        """The voltage that an instrument reads after so long at this current; no time, no change."""
        noise = 1.0 + self.k["cycling_noise"] * float(self.rng.standard_normal())
        if current_a == 0.0:
            return 0.0 if self.shorted else self.open_v * noise
        density_ma_cm2 = 1000.0 * abs(current_a) / self.cell.area_cm2
        if seconds > 0.0:
            self._age(density_ma_cm2, 1 if current_a > 0.0 else -1)
        ohm_cm2 = polarisation_ohm_cm2(self.cell, float(self.cycle), self.k)
        share = self.k["short_voltage_share"] if self.shorted else 1.0
        return current_a * ohm_cm2 / self.cell.area_cm2 * share * noise

    def _age(self, density_ma_cm2: float, sign: int) -> None:
        if sign != self.sign:
            self.sign = sign
            self.half_cycles += 1
            if self.half_cycles % 2:
                self.damage += 1.0 / median_cycles(self.median_ccd_ma_cm2, density_ma_cm2, self.k)
        worn = self.damage > self.wear or self.cycle > self.droplet_cycles
        self.shorted = self.shorted or worn or density_ma_cm2 > self.critical_ma_cm2
