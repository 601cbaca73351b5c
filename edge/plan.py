"""Recipe -> steps with set-points, and the deposition's pulses -> bursts over the targets. Pure, integers.

A film of several cations is brought by alternating targets within less than a monolayer, so the ratio of the arriving
pulses holds at every depth. It knows nothing of readings or control; of time it makes estimates only.
"""

from adatom.protocol.channels import HEATER_C, PRESSURE_PA, SCALES
from adatom.protocol.envelope import energy_for_fluence_mj
from adatom.protocol.errors import ProtocolError
from adatom.protocol.targets import interlayer_target, pulse_shares

from .control import NODE_CC, counts, loss_table
from .step import Step, is_furnace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from adatom.protocol.envelope import Envelope
    from adatom.protocol.recipe import Recipe
    from adatom.protocol.targets import Target

    from .adapt import Adapter
    from .config import Bench, Plant

TRANSFER_C = 80  # hands and tools may touch what comes out below this
INTERLAYER_C = 150  # warmer, the interlayer would react while it grows
COLD_C = 50  # an anneal below this is none: no bench here cools
CYCLE_PULSES = 6  # of all targets together; about 0.3 nm, under a monolayer of a garnet cell (1.3 nm)
WEIGHT_SUM = 1 << 20  # pulse shares as integers
SAMPLE_PULSES = 1200  # a longer plan takes its time in proportion: within 1 %, as each cycle is much like the others
METALS = ("Ge", "Si", "Au")  # interlayers that must not meet oxygen
PUMP_DOWN_S = 300  # estimates, for the progress display
FILL_S = 60
ASK_S = 1200


def steps_of(recipe: "Recipe", envelope: "Envelope", bench: "Bench") -> "tuple[Step, ...]":
    """The steps of a run in order, as a tuple of Step."""
    if is_furnace(bench):
        return _furnace_steps(recipe, envelope, bench)
    film = counts(recipe.substrate_c, SCALES[HEATER_C])
    gas = counts(recipe.o2_pa, SCALES[PRESSURE_PA])
    steps = [
        _pump_down(),
        _heat(film, gas, bench),
        Step("deposit", film, gas, 0, 0, "", _firing_s(film_bursts(recipe, envelope, bench), recipe, bench)),
        _cool(film, TRANSFER_C, bench, envelope),
        Step("transfer", 0, 0, counts(recipe.air_exposure_min, 60), 0, "expose", counts(recipe.air_exposure_min, 60)),
    ]
    anneals = has_anneal(recipe)
    layered = recipe.interlayer != "none" and recipe.interlayer_nm > 0
    if anneals or layered:
        steps.append(_pump_down())
    if anneals:
        steps += _anneal(recipe, gas, INTERLAYER_C if layered else TRANSFER_C, bench, envelope)
    if layered:
        gas_here = 0 if recipe.interlayer in METALS else gas
        duration_s = _firing_s(interlayer_bursts(recipe, envelope), recipe, bench) + FILL_S
        steps.append(Step("interlayer", 0, gas_here, 0, 0, "", duration_s))
        if anneals:
            steps.append(_cool(counts(INTERLAYER_C, SCALES[HEATER_C]), TRANSFER_C, bench, envelope))
    steps.append(Step("transfer", 0, 0, 0, 0, "assemble", ASK_S))
    steps.append(Step("measure", 0, 0, 0, 0, "measure", ASK_S))
    return tuple(steps)


def plan_problems(recipe: "Recipe", bench: "Bench") -> "list[str]":
    """Why this bench has no steps for a recipe, as texts; [] when it has."""
    if not is_furnace(bench):
        return []
    if not has_anneal(recipe):
        return ["this bench has no laser, it only anneals: anneal_c = %s, anneal_min = %s is no anneal"
                % (recipe.anneal_c, recipe.anneal_min)]  # fmt: skip
    if recipe.anneal_atmosphere == "o2" and not _throttles(bench):
        return ["anneal_atmosphere = 'o2': this bench has no throttle valve, it anneals in vacuum"]
    return []


def film_bursts(recipe: "Recipe", envelope: "Envelope", bench: "Bench") -> "Bursts":
    """The Bursts that bring the recipe's film: cations and lithium of the arriving pulses."""
    shares, _ = pulse_shares(recipe, envelope["targets"])
    cycle = counts(bench.adapt.cycle_pulses, 1) if bench.adapt.on else CYCLE_PULSES
    return bursts_over(shares, recipe.pulses, cycle)


def followed(bursts: "Bursts", recipe: "Recipe", envelope: "Envelope", bench: "Bench") -> "Bursts":
    """The same Bursts with an adapter, where the bench file asks for one and the film can be followed."""
    if bench.adapt.on:
        from .adapt import adapter  # a board that never adapts need not load it

        bursts.adapter = adapter(recipe, envelope, bench.adapt, bursts, energy_target(recipe, envelope))
    return bursts


def bursts_over(shares: "tuple[tuple[int, float], ...]", pulses: int, cycle: int = CYCLE_PULSES) -> "Bursts":
    """The Bursts of so many pulses over (slot, share of the pulses)."""
    return Bursts([slot for slot, _ in shares], _weights([share for _, share in shares]), pulses, cycle)


def interlayer_bursts(recipe: "Recipe", envelope: "Envelope") -> "Bursts":
    """The Bursts that bring the recipe's interlayer, from its one target."""
    target = _layer_target(recipe, envelope)
    return Bursts([target["slot"]], [WEIGHT_SUM], interlayer_pulses(recipe, envelope), cycle=50)


def interlayer_pulses(recipe: "Recipe", envelope: "Envelope") -> int:
    """Pulses for the interlayer's thickness, at least one."""
    target = _layer_target(recipe, envelope)
    return max(1, counts(recipe.interlayer_nm / target["nm_per_pulse"], 1))


def firing_ms(bursts: "Bursts", rate_mhz: int, settle_ms: int, tick_ms: int) -> float:
    """Milliseconds from the first pulse of a plan to one period after the last, for pulses that come as asked for.

    Follows what `firing` does: a burst's end is seen at a tick, then the carousel moves with the gate closed, and the
    next burst waits for the rate. Uses up `bursts`, of which only the first SAMPLE_PULSES are looked at.
    """
    settle_ms = _whole_ticks(settle_ms, tick_ms)
    spent_ms = fired = 0
    count = bursts.next()
    while count and fired < SAMPLE_PULSES:
        fired += count
        seen_ms = ((count - 1) * 1000000 // (rate_mhz * tick_ms) + 1) * tick_ms
        due_ms = _whole_ticks((count * 1000000 + rate_mhz - 1) // rate_mhz, tick_ms)
        slot = bursts.slot
        count = bursts.next()
        spent_ms += max(seen_ms if bursts.slot == slot else seen_ms + settle_ms, due_ms)
    return spent_ms * bursts.pulses / fired


def has_anneal(recipe: "Recipe") -> bool:
    """Whether the plan of a recipe has an anneal."""
    return recipe.anneal_min > 0 and recipe.anneal_c > COLD_C


def energy_target(recipe: "Recipe", envelope: "Envelope") -> int:
    """The pulse energy for the recipe's fluence, in 0.01 mJ."""
    return counts(energy_for_fluence_mj(recipe.fluence_j_cm2, envelope["optics"]), 100)


class Bursts:
    """Bursts over targets, cycle by cycle, there and back (A B C, C B A) to save carousel moves.

    Which target gets pulse t is Tijdeman's rule for the chairman assignment problem (Discrete Mathematics 32, 323,
    1980): every target's count stays within one pulse of its share of the pulses so far, at any time.
    """

    def __init__(self, slots: "list[int]", weights: "list[int]", pulses: int, cycle: int = CYCLE_PULSES) -> None:
        self.slots = slots
        self.weights = weights  # sum to WEIGHT_SUM
        self.pulses = pulses
        self.cycle = cycle
        self.planned = 0  # pulses dealt out to cycles since these shares hold
        self.given = [0] * len(slots)  # pulses dealt out to each target
        self.before = [0] * len(slots)  # of them before these shares held
        self.pending = [0] * len(slots)  # of this cycle, not yet asked for
        self.at = -1
        self.way = 1
        self.slot = 0
        self.adapter: "Adapter | None" = None  # who corrects it while it is fired

    def replan(self, left: "list[float]") -> None:
        """Deal the rest anew: so many pulses more to each target."""
        total = sum(left)
        self.pulses = counts(total, 1)
        if self.pulses > 0:
            self.weights = _weights([pulses / total for pulses in left])
        self.planned = 0
        self.before = list(self.given)

    def fired(self, place: int) -> int:
        """Pulses of a target that were handed out as bursts."""
        return self.given[place] - self.pending[place]

    def next(self) -> int:
        """Pulses of the next burst, its target in `slot`; 0 when the plan is done."""
        while True:
            while 0 <= self.at < len(self.slots):
                place = self.at
                self.at += self.way
                count = self.pending[place]
                if count:
                    self.pending[place] = 0
                    self.slot = self.slots[place]
                    return count
            if self.planned >= self.pulses:
                return 0
            self._deal_cycle()

    def _deal_cycle(self) -> None:
        self.way = 1 if self.at < 0 else -1
        self.at = 0 if self.way == 1 else len(self.slots) - 1
        for _ in range(min(self.cycle, self.pulses - self.planned)):
            self.planned += 1
            place = self._chosen()
            self.given[place] += 1
            self.pending[place] += 1

    def _chosen(self) -> int:
        """The target of pulse number `planned`: of those owed at least 1/(2n-2), the one with the nearest deadline."""
        weights, pulse = self.weights, self.planned
        parts = 2 * len(weights) - 2
        if parts == 0:
            return 0
        best = -1
        best_room = best_weight = 0
        for place in range(len(weights)):
            weight = weights[place]
            owed = (weight * pulse - (self.given[place] - self.before[place]) * WEIGHT_SUM) * parts
            if owed >= WEIGHT_SUM:
                room = WEIGHT_SUM * (parts - 1) - owed
                # room / weight is the time left; compared by cross-multiplication, weights are positive
                if best < 0 or room * best_weight < best_room * weight:
                    best, best_room, best_weight = place, room, weight
        return best


def _layer_target(recipe: "Recipe", envelope: "Envelope") -> "Target":
    """The target of the recipe's interlayer; the envelope's check has seen that there is one."""
    target = interlayer_target(recipe, envelope["targets"])
    if target is None:
        raise ProtocolError("interlayer = %s: no such target is mounted" % recipe.interlayer)
    return target


def _weights(shares: "list[float]") -> "list[int]":
    """Positive integers in the ratio of the shares that sum to WEIGHT_SUM."""
    weights = [max(1, counts(share, WEIGHT_SUM)) for share in shares]
    largest = weights.index(max(weights))
    weights[largest] += WEIGHT_SUM - sum(weights)
    return weights


def _whole_ticks(duration_ms: int, tick_ms: int) -> int:
    return -(-duration_ms // tick_ms) * tick_ms


def _pump_down() -> "Step":
    return Step("pump_down", 0, 0, 0, 0, "", PUMP_DOWN_S)


def _furnace_steps(recipe: "Recipe", envelope: "Envelope", bench: "Bench") -> "tuple[Step, ...]":
    gas = counts(recipe.o2_pa, SCALES[PRESSURE_PA])
    return tuple([_pump_down()] + _anneal(recipe, gas, TRANSFER_C, bench, envelope)
                 + [Step("transfer", 0, 0, 0, 0, "assemble", ASK_S), Step("measure", 0, 0, 0, 0, "measure", ASK_S)]
                 )  # fmt: skip


def _throttles(bench: "Bench") -> bool:
    """Whether a bench can hold a pressure; the twin, which names no ports, has everything."""
    return not bench.ports or "valve" in bench.ports


def _heat(target_cc: int, gas_mpa: int, bench: "Bench") -> "Step":
    ramp_s = counts(60.0 * max(0.0, target_cc / 100.0 - bench.plant.wall_c) / bench.process.ramp_c_min, 1)
    return Step("heat", target_cc, gas_mpa, 0, 0, "", ramp_s + counts(bench.process.soak_s, 1) + FILL_S)


def _anneal(recipe: "Recipe", gas_mpa: int, then_below_c: int, bench: "Bench", envelope: "Envelope") -> "list[Step]":
    target = counts(recipe.anneal_c, SCALES[HEATER_C])
    gas = gas_mpa if recipe.anneal_atmosphere == "o2" else 0
    hold_s = counts(recipe.anneal_min, 60)
    return [
        _heat(target, gas, bench),
        Step("anneal", target, gas, hold_s, 0, "", hold_s),
        _cool(target, then_below_c, bench, envelope),
    ]


def _cool(from_cc: int, below_c: int, bench: "Bench", envelope: "Envelope") -> "Step":
    below = counts(below_c, SCALES[HEATER_C])
    most_pa = min(bench.process.cool_pa, 0.75 * envelope["interlock"]["pressure_max_pa"]) if _throttles(bench) else 0.0
    return Step("cool", 0, counts(most_pa, SCALES[PRESSURE_PA]), 0, below, "", _cooling_s(from_cc, below, bench.plant))


def _cooling_s(from_cc: int, below_cc: int, plant: "Plant") -> int:
    """Seconds of free cooling: the sum of C dT / loss(T) over the nodes of the loss table."""
    seconds = 0.0
    loss = loss_table(plant)
    for node in range(below_cc // NODE_CC, from_cc // NODE_CC):
        seconds += plant.heat_capacity_j_k * 1e7 / max(1, loss[node + 1])
    return counts(seconds, 1)


def _firing_s(bursts: "Bursts", recipe: "Recipe", bench: "Bench") -> int:
    rate_mhz, settle_ms = counts(recipe.rep_rate_hz, 1000), counts(bench.process.carousel_settle_s, 1000)
    return counts(firing_ms(bursts, rate_mhz, settle_ms, 1000 // bench.tick_hz), 0.001)
