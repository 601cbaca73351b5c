"""The digital twin of a bench, in lock-step with its agent: outputs in, readings out, one tick at a time.

It obeys outputs as the instruments would, and it alone knows what the substrate really saw. Everything is a pure
function of (world seed, run key) and of the outputs; it reads no clock.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from adatom.protocol import channels as ch
from adatom.protocol.envelope import MAX_TARGETS
from adatom.protocol.errors import InputError
from adatom.protocol.recipe import Recipe

from .faults import Injection, Injector
from .growth import Growth
from .history import History
from .physics import failures
from .physics.chain import Sample, failing_sample, make_sample, measure, truth_of
from .physics.chamber_constants import CHAMBER
from .physics.conditions import Conditions, check_elements
from .physics.constants import KELVIN
from .physics.draws import Draws
from .physics.drift import Drift
from .physics.heat import Heater
from .physics.held import HeldCell
from .physics.optics import EnergyMeter, Laser
from .physics.reflectance import Monitor
from .physics.vacuum import Vacuum
from .physics.xps import Region, xps_regions
from .world import RunVariation, World, generator

CAROUSEL_S = CHAMBER["carousel_s"]
NOISE_C = 100.0 * CHAMBER["thermocouple_noise_k"]  # in counts of the channel
WATER = 100.0 * CHAMBER["water_lpm"]
NOISE_WATER = 100.0 * CHAMBER["water_noise_lpm"]
ROOM_C = CHAMBER["wall_c"]
NOISE_BLOCK = 2048
ROUNDING_S = 1e-6  # sums of 0.05 s must not decide whether a pulse is before or after a tick
NOISES = 6

# What the failures of the world's per-run draw look like at the bench
FAULT_OF = {
    failures.LASER: "laser_dead",
    failures.PRESSURE: "mfc_shut",
    failures.HEATER: "thermocouple_open",
}
# Time that a measurement takes, s (K): sweeps to 0.1 Hz with settling, a current ramp, 50 cycles of an hour, a map
DURATION_S = {"eis": 600.0, "witness": 600.0, "ccd": 7200.0, "cycling": 180000.0, "thickness": 900.0,
              "xps": 3600.0}  # fmt: skip


class TwinBench:
    """One run's chamber, heater, laser and sample. `readings` is one list for ever: protocol.channels, scaled."""

    def __init__(
        self, envelope: dict[str, Any], world: World, run_key: str, injections: Sequence[Injection] = ()
    ) -> None:
        self.envelope = envelope
        self.world = world
        self.run_key = run_key
        self.variation = world.variation(run_key)
        self.now_s = 0.0
        self.pulses = 0
        self.vacuum, self.heater, self.laser = _plant(world, run_key)
        self.meter = EnergyMeter()
        self.history = History(world.values["carbonate_removal_ea_ev"])
        self.recipe: Recipe | None = None
        self.growth = self._bare(world.values["yield_distance_ref_mm"])
        self._monitor, self._witness = _film_monitor(world, run_key, self.variation)
        self._mount(self.variation.mount_offset_k)
        self._noise: Draws[list[float]] = Draws(generator(world.seed, run_key, "noise"), NOISE_BLOCK, NOISES)
        self._injections = list(injections)
        self._faults = self._injector()
        self._slot = 0
        self._arrived_s = 0.0
        self._burst_id = 0
        self._burst_left = 0
        self._next_pulse_s = 0.0
        self._assembled = False
        self.readings: list[int | None] = [None] * ch.COUNT
        self._read()

    def load(self, recipe: Recipe) -> None:
        """Tell what a person sets at the bench: substrate distance, and what the world has in store for this run.

        Raises InputError for elements that the twin has no physics for.
        """
        check_elements(dict(recipe.cations))
        self.recipe = recipe
        self.growth = self._bare(recipe.distance_mm)
        draws = generator(self.world.seed, self.run_key, "process")
        reason = failures.process_failure(draws, self.world.values)
        if reason:
            when = generator(self.world.seed, self.run_key, "fault").random()
            self._injections.append(Injection(FAULT_OF[reason], from_pulses=1 + int(0.9 * when * recipe.pulses)))
            self._faults = self._injector()

    def break_now(self, name: str) -> None:
        """Begin a fault of sim.faults at the next step."""
        self._injections.append(Injection(name, from_s=self.now_s))
        self._faults = self._injector()

    def step(self, outputs: Sequence[int], dt_s: float) -> list[int | None]:
        """Obey `outputs` (protocol.channels.OUTPUTS) for dt_s; returns `readings`, the measured columns renewed."""
        faults = self._faults
        if faults is not None:
            faults.begin(self.now_s, self.pulses, self)
            outputs = faults.outputs(outputs)
        power_w = 0.01 * outputs[ch.OUT_HEATER_W] if outputs[ch.OUT_CONTACTOR] else 0.0
        self.vacuum.step(1e-4 * outputs[ch.OUT_VALVE_PCT], 0.01 * outputs[ch.OUT_FLOW_SCCM], dt_s)
        surface_k = self.heater.step(power_w, self.vacuum.pressure_pa, dt_s)
        if outputs[ch.OUT_SLOT] != self._slot:
            self._slot = outputs[ch.OUT_SLOT]
            self._arrived_s = self.now_s + CAROUSEL_S
        if self._burst_left or outputs[ch.OUT_BURST_ID] != self._burst_id:
            self._shoot(outputs, self.now_s + dt_s)
        self.now_s += dt_s
        self.meter.rest(self.now_s)
        if self.history.exposed:
            self.history.heat.add(surface_k, dt_s)
        return self._read()

    def confirm(self, step: str) -> float:
        """Do an operator's step; the minutes it took. Raises InputError for an unknown one."""
        if step == "expose":
            minutes = self._loaded().air_exposure_min * self.variation.air_factor
            self.history.expose(minutes)
            self.vacuum.vent()
            self.heater.rest(ROOM_C)
            self._mount(self.variation.mount_offset_k + self.variation.anneal_offset_k)
            return minutes
        if step == "assemble":
            self._assembled = True
            return CHAMBER["assembly_min"]
        raise InputError("step", f"{step!r} is not an operator's step; the twin knows expose and assemble")

    def conditions(self) -> Conditions:
        """What the substrate really saw so far. Raises FailedError when there is no film."""
        return self.history.conditions(self._loaded(), self.envelope, self.world, self.variation, self.growth)

    def measure(self, technique: str) -> list[dict[str, Any]]:
        """The measurements that a technique gives of this sample; none when the sample failed before (`failure`).

        Each also says `duration_s`. Raises InputError for an unknown technique or a cell that is not assembled.
        """
        if not self._assembled:
            raise InputError("measure", "the cell is not assembled yet")
        rng = generator(self.world.seed, self.run_key, technique)
        records = measure(self._sample(), technique, rng, self.world.values)
        return [{**record, "duration_s": DURATION_S[technique]} for record in records]

    def held_cell(self) -> HeldCell | None:
        """The sample's cell for a galvanostat; None when the sample failed before it could be one."""
        sample = self._sample()
        if sample.failure not in ("", failures.EIS):
            return None
        ccd, cycling = (generator(self.world.seed, self.run_key, name) for name in ("ccd", "cycling"))
        return HeldCell(sample.cell, ccd, cycling, self.world.values)

    def xps_regions(self) -> list[Region]:
        """What the analyser in the chamber sees of the surface now. Raises FailedError when there is no film."""
        sample = self._sample()
        return xps_regions(
            sample.film, sample.surface, generator(self.world.seed, self.run_key, "xps"), self.world.values
        )

    @property
    def failure(self) -> str:
        """Why this sample cannot be measured, as whoever assembles it sees it; "" when it can."""
        return self._sample().failure

    def truth(self) -> dict[str, float]:
        """What no instrument shows; for tests and benchmarks only."""
        return truth_of(self._sample(), self.world.values)

    # --- inner -------------------------------------------------------------------------------------------------
    def _shoot(self, outputs: Sequence[int], end_s: float) -> None:
        """The triggers of a burst that fall into this step. A closed gate ends the burst: its lease is gone."""
        if outputs[ch.OUT_BURST_ID] != self._burst_id:
            self._burst_id = outputs[ch.OUT_BURST_ID]
            self._burst_left = outputs[ch.OUT_BURST_PULSES] if outputs[ch.OUT_RATE_MHZ] > 0 else 0
            self._next_pulse_s = self.now_s
        if not outputs[ch.OUT_GATE]:
            self._burst_left = 0
        while self._burst_left and self._next_pulse_s < end_s - ROUNDING_S:
            self._pulse(outputs, self._next_pulse_s)
            self._burst_left -= 1
            self._next_pulse_s += 1000.0 / outputs[ch.OUT_RATE_MHZ]

    def _pulse(self, outputs: Sequence[int], at_s: float) -> None:
        """One trigger. The meter sits behind the attenuator, so a blocked beam shows there and not in the count."""
        self.pulses += 1
        energy = self.laser.fire(0.01 * outputs[ch.OUT_ENERGY_MJ]) if outputs[ch.OUT_BEAM] else 0.0
        self.meter.see(energy, at_s)
        # material ablated while the carousel turns lands on no substrate
        if energy > 0.0 and outputs[ch.OUT_SHUTTER] and self._slot and at_s >= self._arrived_s:
            until_s = at_s + 1000.0 / outputs[ch.OUT_RATE_MHZ]
            self.history.pulse(self._slot, at_s, until_s, energy, self.heater.substrate_k, self.vacuum.pressure_pa)
            if not self.history.exposed:
                self.growth.pulse(self._slot, energy, self.vacuum.pressure_pa)

    def _read(self) -> list[int | None]:
        """The readings of this moment, noise and quantum included."""
        readings, vacuum, heater = self.readings, self.vacuum, self.heater
        n_heater, n_guard, n_gauge, n_vacuum, n_flow, n_water = next(self._noise)
        readings[ch.HEATER_C] = int(100.0 * (heater.thermocouple_k - KELVIN) + NOISE_C * n_heater + 0.5)
        readings[ch.GUARD_C] = int(100.0 * heater.guard_c() + NOISE_C * n_guard + 0.5)
        readings[ch.PRESSURE_PA] = int(1000.0 * vacuum.capacitance_pa(n_gauge) + 0.5)
        readings[ch.VACUUM_LGPA] = round(1000.0 * vacuum.full_range_lgpa(n_vacuum))
        readings[ch.FLOW_SCCM] = int(100.0 * vacuum.indicated_sccm(n_flow) + 0.5)
        readings[ch.ENERGY_MJ] = int(100.0 * self.meter.reading_mj + 0.5)
        readings[ch.PULSES] = self.pulses
        readings[ch.WATER_LPM] = int(WATER + NOISE_WATER * n_water + 0.5)
        readings[ch.DOOR] = 0
        shown = self._monitor.reading(self.growth.thickness_nm * self._witness)
        readings[ch.REFLECTANCE] = int(10000.0 * shown + 0.5) if shown > 0.0 else 0
        if self._faults is not None:
            self._faults.readings(readings)
        return readings

    def _sample(self) -> Sample:
        values = self.world.values
        made = make_sample(self.conditions(), values, self.variation.sigma_factor, self.variation.contact_factor)
        return failing_sample(made, generator(self.world.seed, self.run_key, "sample"), values)

    def _mount(self, offset_k: float) -> None:
        k = self.world.values
        self.heater.mount(k["surface_offset_k"] + offset_k, k["surface_offset_ref_c"])

    def _bare(self, distance_mm: float) -> Growth:
        """A substrate without a film."""
        drift = None
        if self.world.drift:
            drift = Drift(generator(self.world.seed, self.run_key, "drift"), MAX_TARGETS, self.world.values)
        return Growth(self.envelope, self.world, self.variation, drift, distance_mm)

    def _loaded(self) -> Recipe:
        if self.recipe is None:
            raise InputError("recipe", "load(recipe) comes before the operator's steps and the measurements")
        return self.recipe

    def _injector(self) -> Injector | None:
        if not self._injections:
            return None
        return Injector(self._injections, int(generator(self.world.seed, self.run_key, "injector").integers(2**31)))


def _plant(world: World, run_key: str) -> tuple[Vacuum, Heater, Laser]:
    """Chamber, heater and laser of a run: instruments as calibrated in this world, walls and heater as of today."""
    chamber = generator(world.seed, "chamber").standard_normal(4)
    today = generator(world.seed, run_key, "plant").standard_normal(2)
    vacuum = Vacuum()
    vacuum.full_range_gain *= 1.0 + CHAMBER["full_range_spread"] * float(chamber[0])
    vacuum.capacitance_gain *= 1.0 + CHAMBER["capacitance_spread"] * float(chamber[1])
    vacuum.outgas_factor = float(np.exp(CHAMBER["outgas_spread"] * today[0]))
    emissivity = CHAMBER["block_emissivity"] + CHAMBER["block_emissivity_spread"] * float(today[1])
    heater = Heater(ROOM_C, emissivity)
    heater.guard_gain += CHAMBER["guard_spread"] * float(chamber[2])
    laser = Laser(generator(world.seed, run_key, "laser"), CHAMBER["laser_offset_spread"] * float(chamber[3]))
    return vacuum, heater, laser


def _film_monitor(world: World, run_key: str, variation: RunVariation) -> tuple[Monitor, float]:
    """The monitor of a run, and film on its witness over that on the sample."""
    k = world.values
    noise: Draws[float] = Draws(generator(world.seed, run_key, "monitor"), NOISE_BLOCK)
    here = {**k, "witness_index": k["witness_index"] * variation.witness_index_factor}
    monitor = Monitor(noise, variation.monitor_gain, k["film_index"] * variation.film_index_factor, here)
    return monitor, k["witness_share"] * variation.witness_factor
