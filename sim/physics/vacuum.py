"""The gas in the chamber: pump, throttle valve, mass-flow controller, outgassing walls and the two gauges.

V dp/dt = Q_flow + Q_walls(t) + Q_leak - S(valve, p) p, stepped with the exact exponential of the linearised equation,
so that any step is stable. It knows nothing of recipes, set-points in time or scaled integers.
"""

from math import exp, log10, sqrt

from .chamber_constants import CHAMBER

VOLUME_M3 = CHAMBER["volume_m3"]
ROUGH_M3_S = CHAMBER["rough_m3_s"]
HALF_PA = CHAMBER["turbo_half_pa"]
OPEN_M3_S = CHAMBER["valve_open_m3_s"]
SHUT_M3_S = CHAMBER["valve_shut_m3_s"]
SCCM = CHAMBER["pa_m3_s_per_sccm"]
MFC_ZERO_SCCM = CHAMBER["mfc_zero_sccm"]
MFC_FULL_SCCM = CHAMBER["mfc_full_sccm"]
MFC_QUANTUM_SCCM = CHAMBER["mfc_quantum_sccm"]
MFC_NOISE_SCCM = CHAMBER["mfc_noise_sccm"]
VALVE_STEPS = 1.0 / CHAMBER["valve_quantum"]
BASE_PA = CHAMBER["outgas_base_pa"]
RISE_PA = CHAMBER["outgas_rise_pa"]
POWER = CHAMBER["outgas_power"]
ATMOSPHERE_PA = CHAMBER["atmosphere_pa"]
FLOOR_PA = CHAMBER["capacitance_floor_pa"]
NOISE = CHAMBER["capacitance_noise"]
NOISE_PA = CHAMBER["capacitance_noise_pa"]
FULL_RANGE_RATIO = CHAMBER["full_range_ratio"]
SWITCH_PA = CHAMBER["full_range_switch_pa"]
LG_NOISE = CHAMBER["full_range_noise"] / 2.302585  # a relative deviation, in decades


def pump_speed_m3_s(valve: float, pressure_pa: float, turbo_m3_s: float) -> float:
    """Pump and throttle in series: 1/S = 1/S_pump + 1/C, C = C_open u^2.5 with u the valve's travel, 0 to 1."""
    conductance = SHUT_M3_S + OPEN_M3_S * valve * valve * sqrt(valve)
    pump = ROUGH_M3_S + turbo_m3_s / (1.0 + pressure_pa / HALF_PA)
    return conductance * pump / (conductance + pump)


OPEN_SPEED_M3_S = pump_speed_m3_s(1.0, 0.0, CHAMBER["turbo_m3_s"])


def outgassing_pa_m3_s(pumped_s: float) -> float:
    """Gas from the walls after a time under vacuum: what gives the measured p(t) with the valve open.

    The law was read off the full-range gauge, so its bias is taken out.
    """
    fall: float = max(pumped_s, 1.0) ** -POWER
    return OPEN_SPEED_M3_S / FULL_RANGE_RATIO * (BASE_PA + RISE_PA * fall)


class Vacuum:
    """Pressure, flow and valve of one chamber; `step` moves them, the gauge methods read them."""

    __slots__ = ("_dt_s", "_gauge_gain", "_mfc_gain", "_valve_gain", "capacitance_gain", "flow_sccm",
                 "full_range_gain", "leak_pa_m3_s", "outgas_factor", "pressure_pa", "pumped_s", "seen_pa",
                 "turbo_m3_s", "valve")  # fmt: skip

    def __init__(self, pressure_pa: float = ATMOSPHERE_PA, pumped_s: float = 0.0) -> None:
        self.pressure_pa = pressure_pa
        self.seen_pa = pressure_pa  # what the lagging full-range gauge sees
        self.pumped_s = pumped_s
        self.valve = 0.0
        self.flow_sccm = 0.0  # true flow: the indicated one is higher by the zero offset
        self.turbo_m3_s = CHAMBER["turbo_m3_s"]
        self.leak_pa_m3_s = 0.0
        self.outgas_factor = 1.0
        self.capacitance_gain = 1.0
        self.full_range_gain = FULL_RANGE_RATIO
        self._dt_s = -1.0  # no step yet

    def step(self, valve: float, flow_sccm: float, dt_s: float) -> float:
        """True pressure in Pa after dt_s with the valve asked to travel `valve` (0..1) and the flow set-point given."""
        if dt_s != self._dt_s:
            self._prepare(dt_s)
        u = self.valve = self.valve + (int(valve * VALVE_STEPS + 0.5) / VALVE_STEPS - self.valve) * self._valve_gain
        # the controller brings its *indicated* flow to the set-point, so the gas lacks the zero offset
        wanted = flow_sccm - MFC_ZERO_SCCM if flow_sccm > MFC_ZERO_SCCM else 0.0
        flow = self.flow_sccm = self.flow_sccm + (wanted - self.flow_sccm) * self._mfc_gain
        self.pumped_s += dt_s
        pressure = self.pressure_pa
        speed = pump_speed_m3_s(u, pressure, self.turbo_m3_s)
        gas = flow * SCCM + self.leak_pa_m3_s + self.outgas_factor * outgassing_pa_m3_s(self.pumped_s)
        settled = gas / speed
        pressure = self.pressure_pa = settled + (pressure - settled) * exp(-speed * dt_s / VOLUME_M3)
        self.seen_pa += (pressure - self.seen_pa) * self._gauge_gain
        return pressure

    def vent(self) -> None:
        """Air at atmospheric pressure; the walls take up water, so the outgassing starts again."""
        self.pressure_pa = self.seen_pa = ATMOSPHERE_PA
        self.pumped_s = 0.0

    def capacitance_pa(self, noise: float) -> float:
        """The capacitance gauge in Pa; `noise` is one standard normal number."""
        pressure = self.pressure_pa * self.capacitance_gain
        return (pressure if pressure > FLOOR_PA else FLOOR_PA) * (1.0 + NOISE * noise) + NOISE_PA * noise

    def full_range_lgpa(self, noise: float) -> float:
        """The full-range gauge as log10 of Pa; above its switch-over it shows the capacitance gauge's value."""
        pressure = self.seen_pa
        gain = self.full_range_gain if pressure < SWITCH_PA else self.capacitance_gain
        return log10(pressure * gain) + LG_NOISE * noise

    def indicated_sccm(self, noise: float) -> float:
        """What the mass-flow controller shows: true flow, zero offset, noise, quantum."""
        shown = self.flow_sccm + MFC_ZERO_SCCM + MFC_NOISE_SCCM * noise
        return int(shown / MFC_QUANTUM_SCCM + 0.5) * MFC_QUANTUM_SCCM

    def _prepare(self, dt_s: float) -> None:
        """Gains of the first-order lags for this step length."""
        self._dt_s = dt_s
        self._valve_gain = 1.0 - exp(-dt_s / CHAMBER["valve_lag_s"])
        self._mfc_gain = 1.0 - exp(-dt_s / CHAMBER["mfc_lag_s"])
        self._gauge_gain = 1.0 - exp(-dt_s / CHAMBER["full_range_lag_s"])
