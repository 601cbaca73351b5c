"""The control laws: heater, pressure, laser energy, ramps. Integer arithmetic on scaled values, nothing else.

Values are counts of protocol.channels (0.01 °C, 0.01 W, 0.001 Pa, 0.01 mJ), so CPython and MicroPython compute the same
outputs and a tick allocates nothing. Floats appear only where a loop is built or aimed. It knows nothing of interlocks,
recipes or instruments.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .config import Plant

SIGMA_E14 = 5670374  # Stefan-Boltzmann constant in 1e-14 W/m2/K4 (CODATA 2018: 5.670374e-8)
KELVIN_CC = 27315  # 0 °C in 0.01 K
NODE_CC = 1000  # the loss table has a node every 10 °C: interpolation errs by at most 0.03 W at 1000 K
NODES = 130
MICRO_PER_COUNT = 10000  # microwatts in a count of 0.01 W
SLEW_W_S = 40  # power changes no faster: kind to element and supply, still full power in 6 s
ERROR_MAX_CC = 20000  # a larger error asks for full power anyway; keeps products within 31 bits
INTEGRAL_SHIFT = 4  # the integral is kept in 1/16 microwatt
REFERENCE_SHIFT = 10  # the delayed reference in 1/1024 counts
SCCM_PA_L_S = 1.69  # 1 sccm at 0 °C and 101325 Pa, in Pa L/s
VALVE_POWER = 2.5  # conductance of a butterfly valve ~ travel**2.5
VALVE_OPEN = 10000  # counts
VALVE_RANGE = 8  # the loop may correct the model's valve position by this factor either way
RELATIVE = 10000  # pressure errors in 1e-4 of the set-point
RELATIVE_MAX = 5000
NEAR_PCT = 20  # the integral works once the approach is this near
ENERGY_PULSES = 64  # pulses over which the energy trim follows; four filters of 16 pulses
TRIM_MAX_PCT = 15  # largest correction of the energy set-point: beyond it something is broken


def counts(quantity: float, scale: float) -> int:
    """A quantity >= 0 as an integer, rounded half up (the same on every interpreter)."""
    return int(quantity * scale + 0.5)


def loss_table(plant: "Plant") -> "tuple[int, ...]":
    """Microwatts that the heater loses at 0, 10, 20 ... °C: eps sigma A (T^4 - Tw^4) + G (T - Tw), integers."""
    emissivity_e4 = counts(plant.emissivity, 10000)
    area_mm2 = counts(plant.area_cm2, 100)
    conductance_uw_k = counts(plant.conductance_w_k, 1000000)
    wall_cc = counts(plant.wall_c, 100)
    table = []
    for node in range(NODES):
        here = node * NODE_CC + KELVIN_CC
        wall = wall_cc + KELVIN_CC
        radiated = emissivity_e4 * area_mm2 * SIGMA_E14 * (here**4 - wall**4) // 10**26
        table.append(radiated + conductance_uw_k * (here - wall) // 100)
    return tuple(table)  # a list that grew keeps room for twice as many: 1 KB on a board


class HeaterLoop:
    """PI with feed-forward, tuned by SIMC for the plant (Skogestad 2003; tau_c twice the dead time).

    P = loss(target) + C ramp + Kc e + integral, with Kc = C/(tau_c + theta) at every temperature, because gain and time
    constant of the plant fall together, and tau_I = min(tau(T), 4 (tau_c + theta)) by table. e compares the reading
    with the target as the plant can follow it (delayed by theta): else a ramp winds the integral up and overshoots.
    """

    def __init__(self, plant: "Plant", cap_w: float, tick_ms: int) -> None:
        closed_s = 3.0 * plant.dead_time_s  # tau_c + theta
        self.cap = counts(cap_w, 1000000)
        self.slew = SLEW_W_S * 1000 * tick_ms
        self.tick_ms = tick_ms
        self.delay_ms = counts(plant.dead_time_s, 1000)
        self.loss = loss_table(plant)
        self.slope = tuple([(b - a) // NODE_CC for a, b in zip(self.loss, self.loss[1:])])  # microwatts per count
        self.gain = counts(plant.heat_capacity_j_k / closed_s, 10000)  # microwatts per count
        self.climb_gain = counts(plant.heat_capacity_j_k, 1000000) // 6000  # microwatts per count/min
        gains = []
        for slope in self.slope:
            tau_s = plant.heat_capacity_j_k * 10000.0 / max(slope, 1)
            share = tick_ms / 1000.0 / min(tau_s, 4.0 * closed_s)
            gains.append(counts(self.gain * share, 1 << INTEGRAL_SHIFT))
        self.integral_gain = tuple(gains)
        self.start(0)

    def start(self, measured: int) -> None:
        """Begin at a temperature from no power: the feed-forward is at hand, the slew limit makes it bumpless."""
        self.reference = measured << REFERENCE_SHIFT
        self.integral = 0
        self.power = 0

    def step(self, measured: "int | None", target: int, climb: int) -> int:
        """Power in 0.01 W for a reading (None holds the integral), a target and its rate in counts a minute."""
        node = target // NODE_CC
        self.reference += ((target << REFERENCE_SHIFT) - self.reference) * self.tick_ms // self.delay_ms
        power = self.loss[node] + self.slope[node] * (target - node * NODE_CC) + self.climb_gain * climb
        move = 0
        if measured is not None:
            error = (self.reference >> REFERENCE_SHIFT) - measured
            if error > ERROR_MAX_CC:
                error = ERROR_MAX_CC
            elif error < -ERROR_MAX_CC:
                error = -ERROR_MAX_CC
            move = error * self.integral_gain[node]
            power += error * self.gain
        power += (self.integral + move) >> INTEGRAL_SHIFT
        return self._limited(power, move)

    def _limited(self, power: int, move: int) -> int:
        """The power within cap and slew; the integral moves only where that still has an effect (anti-windup)."""
        high = min(self.cap, self.power + self.slew)
        low = max(0, self.power - self.slew)
        if power > high:
            power = high
            if move < 0:
                self.integral += move
        elif power < low:
            power = low
            if move > 0:
                self.integral += move
        else:
            self.integral += move
        self.power = power
        return power // MICRO_PER_COUNT


class Ramp:
    """A target that moves at a fixed rate and waits while the measured value is further away than a band."""

    def __init__(self, rate_c_min: float, band_c: float, tick_ms: int) -> None:
        self.rate = counts(rate_c_min, 100)  # counts a minute
        self.band = counts(band_c, 100)
        self.stride = self.rate * tick_ms // 60  # thousandths of a count a tick
        self.start(0, 0)

    def start(self, measured: int, goal: int) -> None:
        self.place = measured * 1000
        self.target = measured
        self.goal = goal
        self.climb = 0  # counts a minute, signed; 0 while waiting or done
        self.done = False

    def step(self, measured: "int | None") -> int:
        """The target now; `climb` and `done` beside it."""
        self.climb = 0
        if self.done or measured is None or not -self.band <= measured - self.target <= self.band:
            return self.target
        left = self.goal * 1000 - self.place
        if -self.stride <= left <= self.stride:
            self.done = True
            self.target = self.goal
            return self.goal
        if left > 0:
            self.place += self.stride
            self.climb = self.rate
        else:
            self.place -= self.stride
            self.climb = -self.rate
        self.target = self.place // 1000
        return self.target


class PressureLoop:
    """The throttle valve's position at constant flow: PI on shares, u = base (1 + Kc e), base growing by Kc e / tau_I.

    ln p falls by 2.5 for a step of 1 in ln u, with time constant tau = p V / Q at the set-point; SIMC on that needs no
    further schedule. The error e is taken against the natural approach (target - r)/tau. While that is far from the
    target the valve has little to say over the pressure, so there the integral rests.
    """

    def __init__(self, plant: "Plant", tick_ms: int) -> None:
        self.plant = plant
        self.tick_ms = tick_ms
        self.aim(1000, 100, None)

    def aim(self, target: int, flow: int, measured: "int | None") -> None:
        """Set target (0.001 Pa, > 0) and flow (0.01 sccm); the valve goes to where the model sees it."""
        plant = self.plant
        speed_l_s = SCCM_PA_L_S * (flow / 100.0) / (target / 1000.0)
        conductance = 1.0 / max(1.0 / speed_l_s - 1.0 / plant.pump_l_s, 1.0 / plant.valve_l_s)
        travel = (conductance / plant.valve_l_s) ** (1.0 / VALVE_POWER)
        tau_s = plant.volume_l / speed_l_s
        closed_s = 3.0 * plant.valve_delay_s  # tau_c + theta, tau_c twice the delay
        gain = tau_s / (VALVE_POWER * closed_s)
        self.target = target
        self.tau_ms = max(self.tick_ms, counts(tau_s, 1000))
        self.gain = counts(gain, 1024)
        self.integral_gain = counts(gain * self.tick_ms / 1000.0 / min(tau_s, 4.0 * closed_s), 1024)
        self.base = counts(travel, VALVE_OPEN) << 10  # 1/1024 counts
        self.lowest = self.base // VALVE_RANGE
        self.highest = min(VALVE_OPEN << 10, self.base * VALVE_RANGE)
        self.valve = self.base
        self.reference = (target if measured is None else measured) * 1000  # thousandths of a count
        self.near = target * 1000 * NEAR_PCT // 100
        self.wait_ms = counts(plant.valve_delay_s, 1000)

    def step(self, measured: "int | None") -> int:
        """Valve position in 0.01 % for a reading; None leaves the valve where it is."""
        target = self.target
        away = target * 1000 - self.reference
        if self.wait_ms > 0:
            self.wait_ms -= self.tick_ms
        else:
            self.reference += away * self.tick_ms // self.tau_ms
        if measured is not None:
            error = (measured - self.reference // 1000) * RELATIVE // target
            if error > RELATIVE_MAX:
                error = RELATIVE_MAX
            elif error < -RELATIVE_MAX:
                error = -RELATIVE_MAX
            if -self.near <= away <= self.near:
                base = self.base + (self.base >> 10) * self.integral_gain * error // RELATIVE
                self.base = min(self.highest, max(self.lowest, base))
            valve = self.base + (self.base >> 10) * self.gain * error // RELATIVE
            self.valve = min(self.highest, max(self.lowest, valve))
        return self.valve >> 10


class EnergyServo:
    """Trims the laser's energy set-point until the meter shows the energy that the fluence needs. Integral only."""

    def __init__(self) -> None:
        self.aim(0)

    def aim(self, target: int) -> None:
        """Target in 0.01 mJ; forgets the trim."""
        self.trim = 0  # 1/256 counts
        self.move(target)

    def move(self, target: int) -> None:
        """Another target; the trim stays what it is, within its limit."""
        self.target = target
        self.trim_max = (target * TRIM_MAX_PCT // 100) << 8

    def step(self, measured: "int | None", pulses: int) -> int:
        """The set-point after `pulses` new pulses. A reading under half the target is a meter that rested: ignored."""
        if pulses > 0 and measured is not None and measured * 2 > self.target:
            trim = self.trim + ((self.target - measured) << 8) * min(pulses, ENERGY_PULSES) // ENERGY_PULSES
            self.trim = min(self.trim_max, max(-self.trim_max, trim))
        return self.target + (self.trim >> 8)
