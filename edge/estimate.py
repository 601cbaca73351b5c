"""An extended Kalman filter that follows a growing film: how much each target brought, how fast it does now.

State: film of each target (nm), each target's log yield over the stated one, log transmission of the window since the
run's start; log gain and stray light of the film monitor, log index of the film over the one stated. The film of each
target is a state of its own, so a later reading also corrects what was believed of earlier bursts. Floats, a dozen of
them; no clock, no plan.
"""

from math import cos, exp, log, pi, sin, sqrt

COMMON_SD = 0.10  # of the yield: fluence calibration, the day, conditions off the reference
SINGLE_SD = 0.05  # of one target against the others: what its stated yield is known to
WALK_VAR = 1.6e-6  # of a target's log yield per pulse on it: 4 % after 1000, the pace at which surfaces age
WINDOW_LOSS = 2.5e-6  # mean log loss of the window per pulse: 1-5 % per 1e4
WINDOW_VAR = 9e-9  # per pulse: 0.7 % after 6000, as much as that range leaves open
GAIN_SD = 0.002  # of the monitor after it was compared with the bare witness
GAIN_VAR = 2e-9  # per look: 0.3 % after 5000
INDEX_SD = 0.01
STRAY_SD = 0.003  # of a reflectance: stray light, and what a witness of another index than stated makes of the fringes
STRAY_VAR = 1e-11  # per look
BURST_SD = 0.01  # of one burst's film: pulse energies
MODEL_SD = 5e-5  # of a reflectance: its quantum of 1e-4; what is wrong slowly, gain and index take up
GATE = 25.0  # squared deviation, in variances, from which a reading is not believed
STEP_NM = 0.5  # for numerical slopes: small against a fringe, large against single precision
STEP_INDEX = 0.002
VARIANCE_MIN = 1e-12
# No state goes further, whatever the readings: log yield (a factor of 4.5), window, gain, index, stray light
YIELD_REACH, WINDOW_REACH, GAIN_REACH, INDEX_REACH, STRAY_REACH = 1.5, 0.5, 3.0, 0.1, 0.05
FILM_REACH_NM = 1e5


class Fringes:
    """Reflectance of a transparent film on an absorbing witness at one wavelength, normal incidence."""

    def __init__(self, wavelength_nm: float, index: float, witness_index: float, witness_extinction: float) -> None:
        self.index = index
        self.per_nm = 4.0 * pi / wavelength_nm
        self.witness = (witness_index, witness_extinction)

    def reflectance(self, film_nm: float, log_index: float) -> float:
        """R = (r^2 + q^2 + c) / (1 + r^2 q^2 + c), c = 2 r (u cos d + v sin d), r at the surface, u + i v at the
        witness, q = |u + i v|, d = 4 pi n t / wavelength (Born & Wolf, 1.6.4)."""
        index = self.index * exp(log_index)
        real, extinction = self.witness
        surface = (1.0 - index) / (1.0 + index)
        below = (index + real) * (index + real) + extinction * extinction
        u = (index * index - real * real - extinction * extinction) / below
        v = 2.0 * index * extinction / below
        turn = self.per_nm * index * film_nm
        cross = 2.0 * surface * (u * cos(turn) + v * sin(turn))
        both = u * u + v * v
        return (surface * surface + both + cross) / (1.0 + surface * surface * both + cross)


class Estimate:
    """`stated` nm a pulse of each target at the planned fluence. `log_fluence`: of that over the ablation threshold."""

    def __init__(self, stated: "list[float]", log_fluence: float, fringes: "Fringes", noise: float) -> None:
        self.stated = stated
        self.log_fluence = log_fluence
        self.fringes = fringes
        self.noise_var = noise * noise
        count = len(stated)
        self.count = count
        self.window = 2 * count
        self.gain = self.window + 1
        self.index = self.window + 2
        self.stray = self.window + 3
        size = self.window + 4
        self.x = [0.0] * size
        self.p = [[0.0] * size for _ in range(size)]
        self.reach = [FILM_REACH_NM] * count + [YIELD_REACH] * count
        self.reach += [WINDOW_REACH, GAIN_REACH, INDEX_REACH, STRAY_REACH]
        for i in range(count, 2 * count):
            for j in range(count, 2 * count):
                self.p[i][j] = COMMON_SD * COMMON_SD
            self.p[i][i] += SINGLE_SD * SINGLE_SD
        self.p[self.gain][self.gain] = GAIN_SD * GAIN_SD
        self.p[self.index][self.index] = INDEX_SD * INDEX_SD
        self.p[self.stray][self.stray] = STRAY_SD * STRAY_SD

    # --- what is believed --------------------------------------------------------------------------------------
    def film(self) -> "tuple[float, float]":
        """(nm, sd) of the whole film. The index is part of the doubt: light sees n t only."""
        count = self.count
        variance = 0.0
        for i in range(count):
            for j in range(count):
                variance += self.p[i][j]
        return sum(self.x[:count]), sqrt(max(0.0, variance))

    def sd(self, place: int) -> float:
        """Standard deviation of one state."""
        return sqrt(max(0.0, self.p[place][place]))

    def share(self, target: int) -> "tuple[float, float]":
        """(share, sd) of the film that one target brought."""
        total = max(1e-9, sum(self.x[: self.count]))
        share = self.x[target] / total
        slopes = [(1.0 if i == target else 0.0) - share for i in range(self.count)]
        variance = 0.0
        for i in range(self.count):
            for j in range(self.count):
                variance += slopes[i] * slopes[j] * self.p[i][j]
        return share, sqrt(max(0.0, variance)) / total

    def nm_per_pulse(self, target: int, energy: float) -> float:
        """Film that a pulse on a target brings now; `energy` as a share of the planned one at the meter."""
        return self.stated[target] * exp(self.x[self.count + target]) * self._strength(energy)

    def _strength(self, energy: float) -> float:
        """Yield over that at the planned fluence: it goes with the logarithm of fluence over threshold."""
        return max(0.01, 1.0 + (log(energy) + self.x[self.window]) / self.log_fluence)

    # --- one burst ---------------------------------------------------------------------------------------------
    def burst(self, target: int, pulses: int, energy: float, doubt: float = 1.0) -> None:
        """So many pulses fell on a target. `doubt` multiplies the pace at which its yield may have changed."""
        x, p, rate, window = self.x, self.p, self.count + target, self.window
        brought = pulses * self.nm_per_pulse(target, energy)
        x[target] += brought
        slope = brought / (self.log_fluence * self._strength(energy))
        row = p[target]
        for j in range(len(x)):
            row[j] += brought * p[rate][j] + slope * p[window][j]
        for i in range(len(x)):
            p[i][target] += brought * p[i][rate] + slope * p[i][window]
        p[target][target] += (BURST_SD * brought) ** 2 / pulses
        p[rate][rate] += WALK_VAR * pulses * doubt
        self.elsewhere(pulses)

    def elsewhere(self, pulses: int) -> None:
        """So many pulses fell, whatever they hit: the window ages."""
        self.x[self.window] -= WINDOW_LOSS * pulses
        self.p[self.window][self.window] += WINDOW_VAR * pulses

    def look(self, reflectance: float, looks: int) -> bool:
        """Take the mean of so many readings of the monitor; False when it is too far off to be believed."""
        x, p, gain, index, stray = self.x, self.p, self.gain, self.index, self.stray
        p[gain][gain] += GAIN_VAR * looks
        p[stray][stray] += STRAY_VAR * looks
        film_nm = sum(x[: self.count])
        fringes, scale = self.fringes, exp(x[gain])
        expected = scale * fringes.reflectance(film_nm, x[index])
        ahead = fringes.reflectance(film_nm + STEP_NM, x[index])
        behind = fringes.reflectance(film_nm - STEP_NM, x[index])
        denser = scale * fringes.reflectance(film_nm, x[index] + STEP_INDEX)
        per_nm = scale * (ahead - behind) / (2.0 * STEP_NM)
        per_index = (denser - expected) / STEP_INDEX
        lever = [
            per_nm * sum(row[: self.count]) + expected * row[gain] + per_index * row[index] + row[stray] for row in p
        ]
        variance = self.noise_var / looks + MODEL_SD * MODEL_SD
        variance += per_nm * sum(lever[: self.count]) + expected * lever[gain] + per_index * lever[index] + lever[stray]
        off = reflectance - expected - x[stray]
        if off * off > GATE * variance:
            return False
        for i in range(len(x)):
            weight = lever[i] / variance
            row = p[i]
            lowest = 0.0 if i < self.count else -self.reach[i]  # a film grows; fringes alone would not tell its sign
            x[i] = min(self.reach[i], max(lowest, x[i] + weight * off))
            for j in range(len(x)):
                row[j] -= weight * lever[j]
            row[i] = max(row[i], VARIANCE_MIN)
        return True
