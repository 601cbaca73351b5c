"""A world: one draw of the twin's hidden parameters, and the scatter of each run in it.

Everything is a pure function of (seed, name) or (seed, run key): no state, so an aborted run that is made again gives
the same sample, and a new constant changes no other draw.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from adatom.protocol.envelope import MAX_TARGETS
from adatom.protocol.errors import InputError

from .physics.constants import CONSTANTS, NOMINAL, Constant, Values
from .physics.plume import window_transmission

VARIANTS = ("standard", "hard")
DAY_TRIALS = 4  # runs a day: the fluence calibration holds for a day

# The hard variant has the same physics; what makes it hard is the space it is searched in (physics.md, section 7)
HARD_LIMITS: Mapping[str, tuple[float, float] | tuple[str, ...]] = {
    "interlayer": ("none",),
    "interlayer_nm": (0.0, 0.0),
    "anneal_c": (20.0, 400.0),
    "air_exposure_min": (5.0, 1440.0),
}


def generator(*key: object) -> np.random.Generator:
    """A generator seeded by any key, the same on every machine and in every process (never Python's hash)."""
    digest = hashlib.sha256("|".join(str(part) for part in key).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "little"))


def space_limits(variant: str) -> Mapping[str, tuple[float, float] | tuple[str, ...]]:
    """Recipe field -> range (numbers) or allowed values (texts) that a variant's space keeps; {} for standard."""
    check_variant(variant)
    return HARD_LIMITS if variant == "hard" else {}


def check_variant(variant: str) -> None:
    """Raise InputError for a variant that does not exist."""
    if variant not in VARIANTS:
        raise InputError("variant", f"{variant!r} is not one of {', '.join(VARIANTS)}")


@dataclass(frozen=True)
class RunVariation:
    """How one run differs from the mean of its world; the defaults are the mean run."""

    fluence_factor: float = 1.0  # true over calibrated: the day's bias and the coated window
    yield_factor: float = 1.0
    mount_offset_k: float = 0.0  # added to the world's surface offset
    anneal_offset_k: float = 0.0
    air_factor: float = 1.0  # true over intended exposure
    sigma_factor: float = 1.0
    contact_factor: float = 1.0
    cell_offset_k: float = 0.0
    film_index_factor: float = 1.0  # what the film monitor does not know: index, witness and alignment of this mount
    witness_factor: float = 1.0
    witness_index_factor: float = 1.0
    monitor_gain: float = 1.0


MEAN_RUN = RunVariation()


@dataclass(frozen=True)
class World:
    """Hidden parameters of one twin; raises InputError for an unknown variant.

    `values` has every constant of the table, those with a spread drawn for this seed; `yields` the true yield of each
    carousel slot over the one that the envelope states. With `drift` window and targets age in a run; the benchmark's
    worlds have none: their runs differ as a whole.
    """

    seed: int
    variant: str = "standard"
    drift: bool = False
    values: Values = field(init=False, repr=False, compare=False)
    yields: Mapping[int, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_variant(self.variant)
        drawn = {row.name: _draw(row, self.seed) for row in CONSTANTS if row.spread > 0.0}
        object.__setattr__(self, "values", {**NOMINAL, **drawn})
        bias = generator(self.seed, "yields").normal(0.0, self.values["yield_bias_sd"], MAX_TARGETS)
        object.__setattr__(self, "yields", {slot + 1: math.exp(bias[slot]) for slot in range(MAX_TARGETS)})

    def variation(self, run_key: str) -> RunVariation:
        """The scatter of a run, a pure function of (seed, run key)."""
        k = self.values
        draws = self.rng(run_key, "variation").standard_normal(11)
        return RunVariation(
            fluence_factor=self._fluence_factor(trial_number(run_key)),
            yield_factor=math.exp(k["yield_run_sd"] * draws[0]),
            mount_offset_k=float(k["surface_offset_mount_sd_k"] * draws[1]),
            anneal_offset_k=float(k["anneal_sd_k"] * draws[2]),
            air_factor=math.exp(k["air_minutes_sd"] * draws[3]),
            sigma_factor=math.exp(k["sigma_run_sd"] * draws[4]),
            contact_factor=math.exp(k["assembly_sd"] * draws[5]),
            cell_offset_k=float(k["cell_temperature_sd_k"] * draws[6]),
            film_index_factor=math.exp(k["film_index_run_sd"] * draws[7]),
            witness_factor=math.exp(k["witness_share_run_sd"] * draws[8]),
            witness_index_factor=math.exp(k["witness_index_run_sd"] * draws[10]),
            monitor_gain=math.exp(k["monitor_gain_sd"] * draws[9]),
        )

    def rng(self, run_key: str, purpose: str) -> np.random.Generator:
        """The generator of one purpose in a run: "process", "sample", or the name of a technique."""
        return generator(self.seed, run_key, purpose)

    def _fluence_factor(self, trial: int) -> float:
        k = self.values
        day = generator(self.seed, "day", trial // DAY_TRIALS).normal(0.0, k["fluence_day_sd"])
        coated = (trial % round(k["window_clean_trials"])) * k["window_pulses_per_trial"]
        return math.exp(day) * window_transmission(coated, k)


def trial_number(run_key: str) -> int:
    """The trial of a run key "campaign/trial/replicate"; 0 when it names none."""
    parts = run_key.split("/")
    return int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else 0


def _draw(row: Constant, seed: int) -> float:
    normal = float(generator(seed, "constant", row.name).standard_normal())
    if row.spread_kind == "log":
        return row.value * math.exp(row.spread * normal)
    return row.value + row.spread * normal
