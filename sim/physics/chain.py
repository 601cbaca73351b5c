"""The chain put together: conditions and a run's scatter in, a sample and its measurements out.

Both twins use this: the lock-step one with what its chamber did, the direct one with an estimate from the recipe.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from adatom.protocol.errors import InputError

from .cell import Cell, assemble, true_r_interface_ohm_cm2
from .conditions import Conditions
from .constants import Values
from .failures import EIS, sample_failure
from .film import Film, grow_film
from .life import Record, critical_current_ma_cm2, critical_current_record, cycling_record, median_cycles
from .spectrum import STATUS_OK, STATUS_OVERLOAD, Complex, Real, frequencies_hz, measured_cell_ohm, measured_witness_ohm
from .surface import Surface, make_surface
from .thickness import thickness_map
from .xps import PHOTON_EV, xps_regions

CYCLING_MA_CM2 = 0.1
SHORT_TEST_CYCLES = 50  # the loop's own test; a longer record is asked for by name
EIS_AMPLITUDE_MV = 10.0


@dataclass(frozen=True)
class Sample:
    """A film made into a cell; `failure` is the typed reason why it cannot be measured, or ""."""

    conditions: Conditions
    film: Film
    surface: Surface
    cell: Cell
    failure: str = ""


def make_sample(conditions: Conditions, k: Values, sigma_factor: float = 1.0, contact_factor: float = 1.0) -> Sample:
    """The sample that these conditions give; the factors are the run's own scatter."""
    film = grow_film(conditions, k)
    surface = make_surface(film, conditions, k)
    cell = assemble(film, surface, conditions, k, sigma_factor, contact_factor)
    return Sample(conditions, film, surface, cell)


def failing_sample(sample: Sample, rng: np.random.Generator, k: Values) -> Sample:
    """The sample with its own failure drawn."""
    return replace(sample, failure=sample_failure(sample.cell, sample.conditions, rng, k))


def truth_of(sample: Sample, k: Values) -> dict[str, float]:
    """What no instrument shows: the sample's true values, for tests and benchmarks only."""
    ccd = critical_current_ma_cm2(sample.cell, k)
    return {
        "r_interface_ohm_cm2": true_r_interface_ohm_cm2(sample.cell),
        "r_film_ohm_cm2": sample.cell.r_film_ohm_cm2,
        "r_int_ohm_cm2": sample.cell.r_int_ohm_cm2,
        "conductivity_s_cm": sample.cell.film_sigma_s_cm,
        "thickness_nm": sample.film.thickness_nm,
        "lithium_per_12_o": sample.film.lithium,
        "crystallised": sample.film.crystallised,
        "cubic": sample.film.shares["cubic"],
        "pyrochlore": sample.film.shares["pyrochlore"],
        "carbonate_nm": sample.surface.carbonate_nm,
        "ccd_ma_cm2": ccd,
        "cycles_median": median_cycles(ccd, CYCLING_MA_CM2, k),
    }


def measure(sample: Sample, technique: str, rng: np.random.Generator, k: Values) -> list[dict[str, Any]]:
    """The measurements that a technique gives, JSON-ready; none when the sample failed before it could be measured.

    An unusable spectrum is handed over as the instrument records it: overloaded and noisy. Raises InputError for an
    unknown technique.
    """
    if technique not in TECHNIQUES and technique != "xps":
        raise InputError(
            "measurements", f"the twin cannot measure {technique!r}; it knows {', '.join(TECHNIQUES)}, xps"
        )
    if sample.failure and not (sample.failure == EIS and technique == "eis"):
        return []
    made = _xps(sample, rng, k) if technique == "xps" else [TECHNIQUES[technique](sample, rng, k)]
    return [{"technique": technique, "columns": columns, "meta": {**meta, "simulated": 1}} for columns, meta in made]


def _eis(sample: Sample, rng: np.random.Generator, k: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    freq = frequencies_hz()
    z = measured_cell_ohm(sample.cell, freq, rng, k)
    status = STATUS_OK
    if sample.failure == EIS:
        # a loose contact: half the signal is noise, and the instrument says so
        status = STATUS_OVERLOAD
        z = z * (1.0 + 0.5 * (rng.standard_normal(len(freq)) + 1j * rng.standard_normal(len(freq))))
    meta = {
        "area_cm2": sample.cell.area_cm2,
        "symmetric": 1,
        "temperature_c": round(sample.cell.temperature_c, 2),
        "pressure_mpa": sample.cell.pressure_mpa,
        "amplitude_mv": EIS_AMPLITUDE_MV,
    }
    return _spectrum_columns(freq, z, status), meta


def _witness(sample: Sample, rng: np.random.Generator, k: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    measured_nm = max(sample.film.thickness_nm, 0.1) * (1.0 + k["thickness_step_sd"] * rng.standard_normal())
    true_constant = k["witness_gap_cm"] / (k["witness_length_cm"] * max(sample.film.thickness_nm, 0.1) * 1e-7)
    freq = frequencies_hz()
    z = measured_witness_ohm(true_constant / sample.cell.film_sigma_s_cm, freq, rng, k)
    meta = {
        "cell_constant_per_cm": k["witness_gap_cm"] / (k["witness_length_cm"] * measured_nm * 1e-7),
        "thickness_nm": round(measured_nm, 3),
        "temperature_c": round(sample.cell.temperature_c, 2),
        "amplitude_mv": EIS_AMPLITUDE_MV,
    }
    return _spectrum_columns(freq, z, STATUS_OK), meta


def _ccd(sample: Sample, rng: np.random.Generator, k: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    return _life(critical_current_record(sample.cell, rng, k), sample)


def _cycling(sample: Sample, rng: np.random.Generator, k: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    record = cycling_record(sample.cell, rng, k, CYCLING_MA_CM2, SHORT_TEST_CYCLES)
    columns, meta = _life(record, sample)
    return columns, {**meta, "current_ma_cm2": CYCLING_MA_CM2, "max_cycles": SHORT_TEST_CYCLES}


def _life(record: Record, sample: Sample) -> tuple[dict[str, Any], dict[str, Any]]:
    meta = {
        "area_cm2": sample.cell.area_cm2,
        "temperature_c": round(sample.cell.temperature_c, 2),
        "pressure_mpa": sample.cell.pressure_mpa,
        "ended": record.ended,
    }
    return dict(record.columns), meta


def _thickness(sample: Sample, rng: np.random.Generator, k: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    c = sample.conditions
    return thickness_map(sample.film.thickness_nm, c.distance_mm, c.o2_pa, rng, k), {}


def _xps(sample: Sample, rng: np.random.Generator, k: Values) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """A record a region, as the edge makes them of an analyser's file."""
    made = []
    for region in xps_regions(sample.film, sample.surface, rng, k):
        columns = {"binding_energy_ev": (PHOTON_EV - region.kinetic_ev).tolist(), "counts": region.counts.tolist()}
        meta = {
            "region": f"{region.species} {region.transition}".strip(),
            "hv_ev": PHOTON_EV,
            "pass_energy_ev": region.pass_ev,
            "dwell_s": region.dwell_s,
            "scans": region.scans,
        }
        made.append((columns, meta))
    return made


def _spectrum_columns(freq: Real, z: Complex, status: int) -> dict[str, Any]:
    return {
        "freq_hz": freq.tolist(),
        "z_re_ohm": z.real.tolist(),
        "z_im_ohm": z.imag.tolist(),
        "status": [status] * len(freq),
    }


TECHNIQUES = {"eis": _eis, "witness": _witness, "ccd": _ccd, "cycling": _cycling, "thickness": _thickness}
