"""The heater: element -> block -> substrate, with radiation, conduction through gas and holder, and thermocouples.

C dT/dt = P - eps sigma A (T^4 - Tw^4) - G(p) (T - Tw) - Gc (T - Ts). The substrate relaxes towards the temperature at
which its contact feeds what it radiates (`conditions.surface_c`, the law of the direct chain too), so it is colder than
the block that both thermocouples sit on. It knows nothing of set-points or scaled integers.
"""

from math import exp, expm1, sqrt

from .chamber_constants import CHAMBER, STEFAN_BOLTZMANN
from .conditions import ROOM_K
from .constants import KELVIN, NOMINAL

BLOCK_J_K = CHAMBER["block_j_k"]
BLOCK_RADIANCE = STEFAN_BOLTZMANN * CHAMBER["block_m2"]  # W/K4 at emissivity 1
CONTACT_W_K = CHAMBER["contact_w_k"]
HOLDER_W_K = CHAMBER["holder_w_k"]
GAS_W_K = CHAMBER["gas_w_k"]
GAS_HALF_PA = CHAMBER["gas_half_pa"]
CONVECTION_W_K = CHAMBER["convection_w_k"]
CONVECTION_PA = CHAMBER["convection_pa"]
CONVECTION_FROM_PA = CHAMBER["convection_from_pa"]
WALL_K = CHAMBER["wall_c"] + KELVIN
WALL_4 = WALL_K**4
ROOM_4 = ROOM_K**4
LIMIT_W = CHAMBER["heater_limit_w"]


def gas_conductance_w_k(excess_k: float, pressure_pa: float) -> float:
    """W/K from the block to the walls through gas and holder, G(p); free convection joins at high pressure."""
    conductance = HOLDER_W_K + GAS_W_K * pressure_pa / (pressure_pa + GAS_HALF_PA)
    if pressure_pa > CONVECTION_FROM_PA and excess_k > 0.0:
        conductance += CONVECTION_W_K * sqrt(pressure_pa / CONVECTION_PA) * sqrt(sqrt(excess_k / 100.0))
    return conductance


class Heater:
    """Temperatures in kelvin of block, substrate and the two thermocouples; `step` moves them."""

    __slots__ = ("_dt_s", "_element_gain", "_guard_gain", "_substrate_gain", "_thermocouple_gain", "block_j_k",
                 "block_k", "conduction", "element_w", "guard_gain", "guard_k", "lag", "offset_per_k4", "radiance",
                 "substrate_k", "thermocouple_k")  # fmt: skip

    def __init__(self, start_c: float = CHAMBER["wall_c"], emissivity: float = CHAMBER["block_emissivity"]) -> None:
        self.radiance = emissivity * BLOCK_RADIANCE
        self.block_j_k = BLOCK_J_K
        self.conduction = 1.0  # of gas and holder, and ...
        self.lag = (
            1.0  # ... of element and thermocouples, as shares of the nominal chamber's; set before the first step
        )
        self.guard_gain = 1.0  # calibration of the guard thermocouple, of the rise above the walls
        self.offset_per_k4 = 0.0
        self._dt_s = -1.0  # no step yet
        self.rest(start_c)
        self.mount(NOMINAL["surface_offset_k"], NOMINAL["surface_offset_ref_c"])

    def mount(self, offset_k: float, reference_c: float) -> None:
        """A substrate whose surface stays `offset_k` below the thermocouple when that reads `reference_c`."""
        self.offset_per_k4 = offset_k / ((reference_c + KELVIN) ** 4 - ROOM_4)

    def rest(self, temperature_c: float) -> None:
        """Everything at one temperature, no power stored in the element."""
        self.block_k = self.substrate_k = self.thermocouple_k = self.guard_k = temperature_c + KELVIN
        self.element_w = 0.0

    def step(self, power_w: float, pressure_pa: float, dt_s: float) -> float:
        """True surface temperature in kelvin after dt_s under the electric power given.

        The block takes the exact exponential step of its linearised equation: stable for any step length.
        """
        if dt_s != self._dt_s:
            self._prepare(dt_s)
        power = self.element_w = self.element_w + (min(power_w, LIMIT_W) - self.element_w) * self._element_gain
        block, substrate, radiance = self.block_k, self.substrate_k, self.radiance
        excess = block - WALL_K
        gas = self.conduction * gas_conductance_w_k(excess, pressure_pa)
        cube = block * block * block
        fourth = cube * block
        net = power - radiance * (fourth - WALL_4) - gas * excess - CONTACT_W_K * (block - substrate)
        slope = 4.0 * radiance * cube + gas + CONTACT_W_K
        self.block_k = block - net / slope * expm1(-slope * dt_s / self.block_j_k)
        self.thermocouple_k += (block - self.thermocouple_k) * self._thermocouple_gain
        self.guard_k += (block - self.guard_k) * self._guard_gain
        settled = block - self.offset_per_k4 * (fourth - ROOM_4)
        substrate = self.substrate_k = substrate + (settled - substrate) * self._substrate_gain
        return substrate

    def guard_c(self) -> float:
        """What the guard thermocouple shows without noise, in degrees Celsius."""
        return WALL_K - KELVIN + (self.guard_k - WALL_K) * self.guard_gain

    def _prepare(self, dt_s: float) -> None:
        """Gains of the first-order lags for this step length."""
        self._dt_s = dt_s
        self._element_gain = 1.0 - exp(-dt_s / (self.lag * CHAMBER["element_lag_s"]))
        self._thermocouple_gain = 1.0 - exp(-dt_s / (self.lag * CHAMBER["thermocouple_lag_s"]))
        self._guard_gain = 1.0 - exp(-dt_s / (self.lag * CHAMBER["guard_lag_s"]))
        self._substrate_gain = 1.0 - exp(-dt_s / CHAMBER["substrate_lag_s"])
