"""The interlock's watch over the heater: sensors, limits, the plan, and the heat balance in both directions.

Part of the interlock: it shares no code and no filtered value with the controller, and every tick allocates nothing.
"""

from .interlock_sensor import STALE, Jitter, Life

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .config import Plant

    Trip = Callable[[str, "int | None", "int | None"], None]

COLD_CC = 5000  # an unheated block may follow the room up to here, and a sensor may be changed
CONFIRM_TICKS = 2  # a single wild reading is a glitch of the line, not of the bench
RATE_MS = 2000  # window of the rate limit
JITTER_CC = 300  # mean second difference: seven times what three times a K type's noise gives
KELVIN_CC = 27315
SIGMA_E14 = 5670374  # Stefan-Boltzmann constant in 1e-14 W/m2/K4

# The heat balance (K: tuned in the twin with three times the noise on plants 20 % off; `make soak` shows false trips)
LACKING_PCT = 2  # of heater_below_plan_c: rise that may lack ...
EXCESS_PCT = 8  # ... and of heater_above_plan_c: rise that may be too much
FILTER_MS = 800  # of the reading: a quarter of its noise
CLIP_CC = 300  # what one reading may move the filter: a single wild one is a glitch, 3.7 K/s can be followed
LEARN_MS = 40000  # how fast the balance learns what a sound plant has more or less than the bench file says
FLOOR_MW = 1000  # what the balance may be wrong by, learned: this, ...
GAS_SHARE = 3  # ... a third of what gas and holder conduct (the gas may change), ...
LAG_SHARE = 4  # ... and a quarter of what the element has not passed on yet (lags differ)
PART_PCT = 12  # of guard_disagree_c: what the thermocouples may part by within a minute ...
QUIET_CC = 120  # ... while the heater moves less than this in two seconds ...
QUIET_MS = 20000  # ... and has done so for long: their lags differ
RESTART_MS = 800  # ticks further apart say nothing about a rate, and the filter is not faster
SETTLE_LAGS = 2  # dead times until the balance of a block that is hot when first seen may be judged
SETTLE_MS = 4 * FILTER_MS  # ... and of a cold one: the noise of the first reading must leave the filter


class Balance:
    """Missing and excess heat: two one-sided CUSUMs on power given - heat lost - heat stored, in microjoules.

    The plant may differ from the bench file by `tolerance_pct` in capacity and losses. What it differs by is learned
    within LEARN_MS, but never more than the tolerance explains, so that no fault can be learned away; changes of power
    and loss are trusted no better than the tolerance until that is done.
    """

    def __init__(self, plant: "Plant", lacking_cc: int, excess_cc: int) -> None:
        self.capacity = int(plant.heat_capacity_j_k * 1000)  # mJ/K
        self.tolerance_pct = int(plant.tolerance_pct)
        self.stage_ms = int(plant.dead_time_s * 500)  # element and thermocouple: two equal lags
        self.settle_ms = max(SETTLE_MS, int(plant.dead_time_s * 1000) * SETTLE_LAGS)
        self.radiant = int(plant.emissivity * plant.area_cm2 * SIGMA_E14 * 4294967296e-15)  # 1/256 mW per K4/2**24
        self.linear = int(plant.conductance_w_k * 16000)  # 1/16 mW/K
        self.wall_cc = int(plant.wall_c * 100)
        self.wall_fourth = fourth_power(self.wall_cc)
        self.unit = self.capacity * 10  # uJ that warm the block by a count
        self.lacking_most = lacking_cc * self.unit
        self.excess_most = excess_cc * self.unit
        self.begin(0)

    def begin(self, now: int) -> None:
        """Know nothing. A cold block rests without power, a hot one may do anything."""
        self.then = self.judge_ms = now
        self.level: "int | None" = None  # filtered reading, 1/256 counts
        self.loss = 0  # mW at the last reading
        self.first = self.second = 0  # power after one and two lags, 1/16 mW
        self.usual_power = self.usual_loss = self.learned = 0  # 1/256 mW
        self.lacking = self.excess = 0  # uJ

    def step(self, now: int, heater: "int | None", power: int) -> None:
        """Take a reading and the power in 0.01 W: `lacking` and `excess` are brought up to date."""
        span = now - self.then
        self.then = now
        if not 0 < span <= RESTART_MS:
            self.begin(now)
            return
        self.first += (power * 160 - self.first) * span // self.stage_ms
        self.second += (self.first - self.second) * span // self.stage_ms
        if self.level is None:
            self._first_look(now, heater, power)
            return
        stored = self._stored(heater, span, self.level)
        level = self.level >> 8
        given, asked = self.second >> 4, power * 10
        above_cc = level - self.wall_cc
        linear = self.linear * above_cc // 1600
        loss = self.loss = (self.radiant * (fourth_power(level) - self.wall_fourth) >> 8) + linear
        allowed = self._allowed(given, loss, span) + FLOOR_MW + abs(linear) // GAS_SHARE
        allowed += abs(asked - given) // LAG_SHARE
        unexplained = (given - loss - (self.learned >> 8)) * span - stored  # uJ, heat missing
        lacking = self.lacking + unexplained - allowed * span
        excess = self.excess - unexplained - allowed * span
        judged = now >= self.judge_ms
        self.lacking = max(0, lacking) if judged else 0
        self.excess = max(0, excess) if judged else 0
        self._learn(given, loss, unexplained)

    def _first_look(self, now: int, heater: "int | None", power: int) -> None:
        """Start from a reading, whose noise takes a while to fade; so does the past of a block that is hot already."""
        if heater is not None:
            self.level = heater << 8
            self.judge_ms = now + SETTLE_MS
            if heater > COLD_CC:
                self.first = self.second = power * 160
                self.judge_ms = now + self.settle_ms

    def _stored(self, heater: "int | None", span: int, level: int) -> int:
        """Heat that the block took up, uJ; none while the reading is missing, it follows when it is back."""
        if heater is None:
            return 0
        away = min(CLIP_CC, max(-CLIP_CC, heater - (level >> 8)))
        rise = ((away << 8) - (level & 255)) * span // FILTER_MS
        self.level = level + rise
        return self.capacity * rise * 10 >> 8

    def _allowed(self, given: int, loss: int, span: int) -> int:
        """mW by which recent changes may be wrong."""
        self.usual_power += ((given << 8) - self.usual_power) * span // LEARN_MS
        self.usual_loss += ((loss << 8) - self.usual_loss) * span // LEARN_MS
        changes = abs(given - (self.usual_power >> 8)) + abs(loss - (self.usual_loss >> 8))
        return changes * self.tolerance_pct // 100

    def _learn(self, given: int, loss: int, unexplained: int) -> None:
        most = (abs(loss) + abs(given - loss)) * self.tolerance_pct * 256 // 100
        learned = self.learned + unexplained * 256 // LEARN_MS
        self.learned = most if learned > most else -most if learned < -most else learned


def fourth_power(celsius_cc: int) -> int:
    """T**4 in K4/2**24 of a temperature in 0.01 °C; below 2**31 up to 3000 K, so a board needs no long integers."""
    kelvin_8 = (celsius_cc + KELVIN_CC) * 8 // 100
    square = kelvin_8 * kelvin_8 >> 13
    return square * square >> 10


class HeatWatch:
    """`heated` or `unheated` every tick; `trip` is told of every limit that is passed."""

    def __init__(self, limits: "dict[str, float]", plant: "Plant", tick_ms: int, trip: "Trip") -> None:
        self.trip = trip
        self.tick_ms = tick_ms
        self.hottest = int(limits["heater_max_c"] * 100)
        self.power_most = int(limits["heater_power_max_w"] * 100)
        self.above = int(limits["heater_above_plan_c"] * 100)
        self.below = int(limits["heater_below_plan_c"] * 100)
        self.disagree = int(limits["guard_disagree_c"] * 100)
        self.part = self.disagree * PART_PCT // 100
        self.rates: "list[int | None]" = [None] * max(2, RATE_MS // tick_ms)
        self.rate_limit = int(limits["heater_rate_max_c_min"] * 100 * len(self.rates) * tick_ms / 60000)
        self.window_ms = len(self.rates) * tick_ms
        stale, frozen = int(limits["stale_s"] * 1000), int(limits["frozen_s"] * 1000)
        self.heater_life = Life(tick_ms, stale, frozen)
        self.guard_life = Life(tick_ms, stale, frozen)
        self.heater_jitter = Jitter(JITTER_CC)
        self.guard_jitter = Jitter(JITTER_CC)
        self.balance = Balance(plant, self.below * LACKING_PCT // 100, self.above * EXCESS_PCT // 100)
        self.begin(0)

    def begin(self, now: int) -> None:
        """Forget what was seen."""
        self.watching = self.heating = False
        self.looked_ms = now
        self.coldest: "int | None" = None
        self.hot_ticks = self.warm_ticks = self.off_ticks = self.disagree_ticks = self.part_ticks = 0
        self.rate_at = 0
        self.quiet_ms = now
        self.usual_apart: "int | None" = None  # of the two thermocouples, 1/256 counts
        self.balance.begin(now)

    def heated(self, now: int, heater: "int | None", guard: "int | None", power: int, plan: "int | None") -> None:
        """The contactor is closed: `power` is what the heater is asked for."""
        if not self.heating:
            self._begin_heating()
        self.coldest = None  # cooling starts anew from where heating ends
        self._sensors(now, heater, guard)
        self.balance.step(now, heater, power)
        if power > self.power_most:
            self.trip("heater_power", power, self.power_most)
        if heater is None:
            return
        self._confirm_hot(heater, guard)
        self._confirm_guard(heater, guard)
        self._compare(heater, plan)
        self._rate(now, heater, guard)
        balance = self.balance
        if balance.lacking > balance.lacking_most:
            self.trip("heater_no_heat", balance.lacking // balance.unit, balance.lacking_most // balance.unit)
        self._too_much(heater)

    def unheated(self, now: int, heater: "int | None", guard: "int | None") -> None:
        """No contactor: only ever colder. A block that warms up has a relay stuck on."""
        self.heating = False
        self.balance.step(now, heater, 0)
        self.balance.lacking = 0  # without power none can lack: an opened chamber cools faster than the model has it
        if self.coldest is not None and self.coldest > COLD_CC:
            self._sensors(now, heater, guard)
        else:
            self.watching = False
        if heater is None:
            return
        self._confirm_hot(heater, guard)
        self._confirm_guard(heater, guard)
        if self.coldest is None or heater < self.coldest:
            self.coldest = heater if heater > COLD_CC else COLD_CC
        if heater - self.coldest > self.above:
            self.warm_ticks += 1
            if self.warm_ticks >= CONFIRM_TICKS:
                self.trip("heater_stuck_on", heater, self.coldest + self.above)
        else:
            self.warm_ticks = 0
        self._too_much(heater)

    def _begin_heating(self) -> None:
        self.heating = True
        self.off_ticks = 0
        for place in range(len(self.rates)):
            self.rates[place] = None

    def _sensors(self, now: int, heater: "int | None", guard: "int | None") -> None:
        """Both thermocouples live and are quiet, while the block is heated or hot."""
        if now - self.looked_ms > RESTART_MS:
            self.watching = False  # nobody looked meanwhile: a reading that repeats says nothing
        self.looked_ms = now
        if not self.watching:
            self.watching = True
            self.heater_life.start(now)
            self.guard_life.start(now)
            self.heater_jitter.start()
            self.guard_jitter.start()
        state = self.heater_life.check(now, heater)
        if state:
            self.trip("heater_stale" if state == STALE else "heater_frozen", heater, None)
        state = self.guard_life.check(now, guard)
        if state:
            self.trip("guard_stale" if state == STALE else "guard_frozen", guard, None)
        if self.heater_jitter.check(heater):
            self.trip("heater_noisy", heater, JITTER_CC)
        if self.guard_jitter.check(guard):
            self.trip("guard_noisy", guard, JITTER_CC)

    def _too_much(self, heater: int) -> None:
        """Heat that nobody asked for: a relay stuck on. Near the room it is the room's."""
        balance = self.balance
        if heater > COLD_CC or self.heating:
            if balance.excess > balance.excess_most:
                self.trip("heater_excess_heat", balance.excess // balance.unit, balance.excess_most // balance.unit)
        else:
            balance.excess = 0

    def _compare(self, heater: int, plan: "int | None") -> None:
        """Against the plan, which a ramp moves both ways and which waits for the heater."""
        if plan is not None and not -self.below <= heater - plan <= self.above:
            self.off_ticks += 1
            if self.off_ticks >= CONFIRM_TICKS:
                if heater > plan:
                    self.trip("heater_above_plan", heater, plan + self.above)
                else:
                    self.trip("heater_below_plan", heater, plan - self.below)
        else:
            self.off_ticks = 0

    def _confirm_guard(self, heater: int, guard: "int | None") -> None:
        """Against the second thermocouple, heated or not: cooling down trusts them too."""
        if guard is not None and not -self.disagree <= heater - guard <= self.disagree:
            self.disagree_ticks += 1
            if self.disagree_ticks >= CONFIRM_TICKS:
                self.trip("thermocouples_disagree", heater, guard)
        else:
            self.disagree_ticks = 0

    def _rate(self, now: int, heater: int, guard: "int | None") -> None:
        """Change over the last two seconds: no healthy block is that fast, a detached thermocouple is."""
        rates, place = self.rates, self.rate_at
        before = rates[place]
        rates[place] = heater
        self.rate_at = place + 1 if place + 1 < len(rates) else 0
        if before is not None:
            most = self.rate_limit
            if heater < before:  # heating that begins anew meets a block that cools by itself
                most += self.balance.loss * self.window_ms // self.balance.unit
            if not -most <= heater - before <= most:
                self.trip("heater_rate", heater - before, most)
        if before is None or guard is None or not -QUIET_CC <= heater - before <= QUIET_CC:
            self.quiet_ms = now
            self.usual_apart = None
        elif now - self.quiet_ms >= QUIET_MS:
            self._part(heater - guard)

    def _part(self, apart: int) -> None:
        """One thermocouple creeps away from the other, long before they disagree."""
        usual = self.usual_apart
        if usual is None:
            usual = apart << 8
        self.usual_apart = usual + ((apart << 8) - usual) * self.tick_ms // LEARN_MS
        if -self.part <= apart - (usual >> 8) <= self.part:
            self.part_ticks = 0
            return
        self.part_ticks += 1
        if self.part_ticks >= CONFIRM_TICKS:
            self.trip("thermocouples_part", apart, self.part)

    def _confirm_hot(self, heater: int, guard: "int | None") -> None:
        if heater > self.hottest or (guard is not None and guard > self.hottest):
            self.hot_ticks += 1
            if self.hot_ticks >= CONFIRM_TICKS:
                self.trip("heater_over_temperature", heater, self.hottest)
        else:
            self.hot_ticks = 0
