"""The adaptive run: corrects the remaining pulses of each target, and the energy, until the film lands on its plan.

The plan's film is what its pulses would bring at the stated yields. Lithium is left alone: no sensor here sees the
mount's temperature, so it is corrected between runs, with the rate that `report` gives. Whatever the estimate says, a
target gets 70 to 130 % of its planned pulses, the laser 85 to 115 % of its energy, and both what the envelope allows.
"""

from math import exp, log, sqrt

from adatom.protocol.channels import PRESSURE_PA, REFLECTANCE, SCALES
from adatom.protocol.targets import units_of_film

from .estimate import Estimate, Fringes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from adatom.protocol.envelope import Envelope
    from adatom.protocol.recipe import Recipe

    from .config import Adapt
    from .plan import Bursts

UNITS_E12_PER_NM = 368.0  # garnet formula units in 1 nm and cm2: 8 in a cell of (1.295 nm)^3 (OBELiX)
THRESHOLD_J_CM2 = 0.318  # rate ~ ln(F / this): fit to 19 LaVO3 films, arXiv:2603.05699 data
STATED_J_CM2, STATED_MM = 2.0, 55.0  # conditions of the envelope's yields; the rate falls with distance squared
FLUENCE_MIN = 1.3  # of the threshold: nearer to it the law is too steep to correct by
THICK_MAX = 4  # targets that a film may be followed of
PULSES_PCT = 30  # most that a target's pulses may be corrected: the surface loss of a whole life of a target is 26 %
ENERGY_PCT = 15  # most that the energy may be: a window that lost more is to be cleaned
NEAR_LIMIT_PCT = 5  # from the envelope's energy limit: five standard deviations of a pulse
FIRST_PULSES = 200  # before them the film is thinner than what the fringes resolve
EVERY_PULSES = 60  # between two corrections
TOLD_PCT = 1  # a correction that moved this far since the last one told is told
BLIND_BURSTS = 30  # bursts without a believed look, after which the plan goes on as it stands
FROZEN_LOOKS = 40  # bit-identical readings; the noise of three counts makes five in a row rare
WITNESS_SD = 0.01  # of the witness's share: what it was calibrated to
PRESSURE_PCT = 2  # off its set-point, at which a target's yield may walk twice as fast
LI_PER_NM_CM2 = 2.56e15  # lithium of 1 nm of garnet: 7 in each of its formula units
LI_LOSS_CM2_S = 3.9e14  # what a surface at 973 K loses, and its activation: knobs, known to a factor of two at best
LI_LOSS_K = 13926.0  # 1.2 eV over the Boltzmann constant
LI_LOSS_AT_K = 973.0
MOUNT_SD_K = 20.0  # of the surface below the thermocouple, mount to mount: no sensor here sees it
LIGHT_MIN = 0.02  # a bare witness that shows less is not in the beam


def adapter(recipe: "Recipe", envelope: "Envelope", config: "Adapt", bursts: "Bursts", energy: int) -> "Adapter | None":
    """The Adapter of a film, or None where the estimate has nothing to go by: then the plan is fired as it is."""
    log_fluence = log(recipe.fluence_j_cm2 / THRESHOLD_J_CM2)
    law = log_fluence / log(STATED_J_CM2 / THRESHOLD_J_CM2) * (STATED_MM / recipe.distance_mm) ** 2
    stated = {}
    for target in envelope["targets"]:
        nm = units_of_film(target) / UNITS_E12_PER_NM * law * config.witness_share
        if target["slot"] in bursts.slots and nm > 0.0:
            stated[target["slot"]] = nm
    if not 1 <= len(stated) <= THICK_MAX or log_fluence < log(FLUENCE_MIN):
        return None
    return Adapter(recipe, envelope, bursts, stated, log_fluence, config, energy)


class Adapter:
    """Fed by firing: `look` between bursts, `count` while pulses fall, `close` after a burst."""

    def __init__(
        self,
        recipe: "Recipe",
        envelope: "Envelope",
        bursts: "Bursts",
        stated: "dict[int, float]",
        log_fluence: float,
        config: "Adapt",
        energy: int,
    ) -> None:
        self.recipe = recipe
        self.bursts = bursts
        self.config = config
        self.thick = [slot for slot in bursts.slots if slot in stated]
        fringes = Fringes(config.wavelength_nm, config.film_index, config.witness_index, config.witness_extinction)
        self.estimate = Estimate([stated[slot] for slot in self.thick], log_fluence, fringes, config.noise)
        self.planned = [weight * bursts.pulses / sum(bursts.weights) for weight in bursts.weights]
        self.totals = list(self.planned)
        self.told = list(self.planned)
        self.pulses_max = max(bursts.pulses, int(envelope["recipe"]["pulses"][1]))
        self.planned_energy = self.energy = energy  # 0.01 mJ; firing follows `energy`
        self.energy_max = int(envelope["interlock"]["energy_max_mj"] * 100) * 100 // (100 + NEAR_LIMIT_PCT)
        self.news: "dict[str, Any] | None" = None
        self.bare = False  # whether the witness was seen without a film
        self.sum = self.looks = self.same = self.blind = 0
        self.unseen = 0
        self.last: "int | None" = None
        self.first_ms = self.last_ms = 0
        self.pressure_off = 0.0  # worst of this burst, per cent of its set-point
        self.fired = self.total = self.since = 0
        self.energies = self.energy_looks = 0

    # --- what firing sees --------------------------------------------------------------------------------------
    def look(self, reflectance: "int | None") -> None:
        """A reading while no pulse falls. One that stays bit-identical is frozen, and none."""
        if self.fired:
            return  # in the middle of a burst that was stopped: nobody has reckoned its film yet
        self.same = self.same + 1 if reflectance == self.last else 0
        self.last = reflectance
        if reflectance is None or self.same >= FROZEN_LOOKS:
            self.unseen += 1
        else:
            self.sum += reflectance
            self.looks += 1

    def count(self, fired: int, energy: "int | None", pressure: "int | None") -> None:
        """So many new pulses, energy meter and gauge. A meter that rested shows less than half: ignored."""
        self.fired += fired
        if pressure is not None and self.recipe.o2_pa > 0.0:
            off = abs(pressure / SCALES[PRESSURE_PA] / self.recipe.o2_pa - 1.0) * 100.0
            self.pressure_off = max(self.pressure_off, off)
        if energy is not None and 2 * energy > self.planned_energy:
            self.energies += energy
            self.energy_looks += 1

    def close(self, slot: int, now: int) -> None:
        """The burst on a target is over: estimate, and now and then correct."""
        if self.fired == 0:
            return
        self.first_ms = self.first_ms or now
        self.last_ms = now
        self._believe()
        energy = self.energies / self.energy_looks if self.energy_looks else self.energy
        if slot in self.thick:
            doubt = 1.0 + (self.pressure_off / PRESSURE_PCT) ** 2
            self.estimate.burst(self.thick.index(slot), self.fired, energy / self.planned_energy, doubt)
        else:
            self.estimate.elsewhere(self.fired)
        self.total += self.fired
        self.since += self.fired
        self.fired = self.energies = self.energy_looks = 0
        self.pressure_off = 0.0
        if self.since >= EVERY_PULSES and self.total >= FIRST_PULSES and not self.is_blind:
            self.since = 0
            self._correct()

    @property
    def is_blind(self) -> bool:
        """Whether the monitor has not been believed for long: the plan goes on as it stands."""
        return self.blind >= BLIND_BURSTS or not self.bare

    def _believe(self) -> None:
        """Take the looks since the last burst. Those before the first pulse show the bare witness: the gain."""
        looks, unseen, estimate = self.looks, self.unseen, self.estimate
        seen = self.sum / looks / SCALES[REFLECTANCE] if looks else 0.0
        self.sum = self.looks = self.unseen = 0
        if self.total == 0:
            self.bare = seen > LIGHT_MIN
            if self.bare:
                estimate.x[estimate.gain] = log(seen / estimate.fringes.reflectance(0.0, 0.0))
        elif looks and self.bare and estimate.look(seen, looks):
            self.blind = 0
        elif looks or unseen:
            self.blind += 1
            if self.blind == BLIND_BURSTS:
                self._tell()

    # --- corrections -------------------------------------------------------------------------------------------
    def _correct(self) -> None:
        """Deal the remaining pulses anew, follow the window with the energy, tell what moved."""
        self._follow_window()
        bursts = self.bursts
        left = [self._wanted(place) - bursts.given[place] for place in range(len(self.planned))]
        left = [max(0.0, pulses) for pulses in left]
        room = self.pulses_max - sum(bursts.given)
        if sum(left) > room:
            left = [pulses * room / sum(left) for pulses in left]
        bursts.replan(left)
        self.totals = [given + pulses for given, pulses in zip(bursts.given, left)]
        moved = [abs(now - told) * 100 > planned * TOLD_PCT
                 for now, told, planned in zip(self.totals, self.told, self.planned)]  # fmt: skip
        if True in moved:
            self._tell()

    def _wanted(self, place: int) -> float:
        """Pulses that a target should have had at the end of the run."""
        planned, slot = self.planned[place], self.bursts.slots[place]
        if slot not in self.thick:
            return planned
        target = self.thick.index(slot)
        estimate = self.estimate
        missing = planned * estimate.stated[target] - estimate.x[target]
        rate = estimate.nm_per_pulse(target, self.energy / self.planned_energy)
        pulses = self.bursts.fired(place) + missing / rate
        return min(planned * (100 + PULSES_PCT) / 100, max(planned * (100 - PULSES_PCT) / 100, pulses))

    def _follow_window(self) -> None:
        """The energy that keeps the fluence on the target as the window loses light."""
        planned = self.planned_energy
        energy = int(planned * exp(-self.estimate.x[self.estimate.window]) + 0.5)
        highest = min(planned * (100 + ENERGY_PCT) // 100, max(planned, self.energy_max))
        self.energy = min(highest, max(planned * (100 - ENERGY_PCT) // 100, energy))

    def _tell(self) -> None:
        """Put the event `adapted` where the chamber finds it."""
        self.told = self.totals
        self.news = self.report()
        self.news["pulses"] = [
            [slot, _rounded(planned), _rounded(total)]
            for slot, planned, total in zip(self.bursts.slots, self.planned, self.totals)
        ]
        self.news["energy_mj"] = [self.planned_energy / 100, self.energy / 100]

    def take_news(self) -> "dict[str, Any]":
        """What is to be told, once; {} when nothing is."""
        news = self.news or {}
        self.news = None
        return news

    def report(self) -> "dict[str, Any]":
        """What is believed of the film on the sample: thickness and each target's film with sd, its yield, window."""
        estimate, share = self.estimate, self.config.witness_share
        film, film_sd = estimate.film()
        rows = []
        for target, slot in enumerate(self.thick):
            part, part_sd = estimate.share(target)
            rate = exp(estimate.x[estimate.count + target])
            rate_sd = rate * estimate.sd(estimate.count + target)
            rows.append([slot] + [_rounded(value, 4) for value in (part, part_sd, rate, rate_sd)])
        planned_nm = sum([pulses * estimate.stated[self.thick.index(slot)]
                          for slot, pulses in zip(self.bursts.slots, self.planned) if slot in self.thick])  # fmt: skip
        seconds = max(0.1, (self.last_ms - self.first_ms) / 1000)
        loss, loss_sd = lithium_loss(film / share / seconds, self.recipe.substrate_c)
        return {
            "thickness_nm": _rounded(film / share, 2),
            "sd_nm": _rounded(sqrt(film_sd * film_sd + (WITNESS_SD * film) ** 2) / share, 2),
            "planned_nm": _rounded(planned_nm / share, 2),
            "targets": rows,  # slot, share of the film, sd, yield over the stated one, sd
            "nm_s": _rounded(film / share / seconds, 4),
            "li_loss": _rounded(loss, 3),
            "li_loss_sd": _rounded(loss_sd, 3),
            "window": _rounded(exp(estimate.x[estimate.window]), 4),
            "window_sd": _rounded(estimate.sd(estimate.window), 4),
            "blind": self.is_blind,
        }


def lithium_loss(nm_s: float, heater_c: float) -> "tuple[float, float]":
    """(share, sd) of the arriving lithium that evaporates while the film grows: J / (J + rate), J ~ exp(-E/kT).

    For the correction between runs. The sd is that of the mount's temperature alone.
    """
    losses = []
    for off_k in (0.0, -MOUNT_SD_K, MOUNT_SD_K):
        flux = LI_LOSS_CM2_S * exp(-LI_LOSS_K * (1.0 / (heater_c + 273.15 + off_k) - 1.0 / LI_LOSS_AT_K))
        losses.append(flux / (flux + max(nm_s, 1e-6) * LI_PER_NM_CM2))
    return losses[0], (losses[2] - losses[1]) / 2.0


def _rounded(value: float, digits: int = 0) -> float:
    """A number short enough for an event: floor(x 10^n + 1/2), the same on every interpreter."""
    scale = 10**digits
    return int(value * scale + 0.5) / scale if digits else int(value + 0.5)
