"""A measurement as it comes from a bench to the quantities that campaigns know, each with uncertainty and quality.

Quality is "good", "below_detection" (value is the most probable, its sd_log is wide), "censored" (the true value is at
least this) or "failed" (no value; `reason` says why).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from adatom.cloud.measure.cycling.quantities import critical_quantity, life_quantity
from adatom.cloud.measure.cycling.shorts import critical_current, failing_row
from adatom.cloud.measure.eis.arrays import Complexes, Floats
from adatom.cloud.measure.eis.cell import ACCURACY_SD_LOG, fit_cell
from adatom.cloud.measure.eis.film import DEFAULT_FILM_NM
from adatom.cloud.measure.eis.fit import MIN_POINTS
from adatom.cloud.measure.eis.witness import fit_witness
from adatom.cloud.measure.quantity import Quantity
from adatom.cloud.measure.xps.quantities import xps_quantities
from adatom.protocol.errors import InputError

THICKNESS_SD_LOG = 0.02  # calibration of a step height, which the witness film's cell constant is made with
MAP_TERMS = 6  # of the quadratic surface whose residuals are the reading noise


def reduce(measurement: dict[str, Any]) -> list[Quantity]:
    """The quantities of a measurement {"technique", "columns", "meta"}.

    Raises InputError when the technique is unknown or a column or fact it needs is missing or unusable. A measurement
    that is well formed but tells nothing gives a quantity of quality "failed" with a reason.
    """
    technique = measurement.get("technique")
    if technique not in TECHNIQUES:
        raise InputError("measurement", f"technique {technique!r}; allowed: {', '.join(TECHNIQUES)}")
    record = _Record(str(technique), measurement.get("columns") or {}, measurement.get("meta") or {})
    return TECHNIQUES[technique](record)


def reduce_run(measurements: Sequence[dict[str, Any]]) -> list[Quantity]:
    """The quantities of all measurements of a run. XPS records count together, as each is one region of the surface.

    Raises InputError as reduce does.
    """
    single = [quantity for one in measurements if one.get("technique") != "xps" for quantity in reduce(one)]
    return single + xps_quantities([one for one in measurements if one.get("technique") == "xps"])


@dataclass(frozen=True)
class _Record:
    technique: str
    columns: dict[str, Any]
    meta: dict[str, Any]

    def column(self, name: str) -> Floats:
        """A column as finite floats."""
        if name not in self.columns:
            found = ", ".join(self.columns) or "none"
            raise InputError(f"{self.technique} measurement", f"column {name!r} is missing; columns: {found}")
        try:
            values = np.asarray(self.columns[name], dtype=np.float64)
        except (TypeError, ValueError):
            raise InputError(f"{self.technique} column {name!r}", "it must hold numbers only") from None
        if values.ndim != 1 or not np.isfinite(values).all():
            raise InputError(f"{self.technique} column {name!r}", "it must be a list of finite numbers")
        return values

    def table(self, *names: str) -> tuple[Floats, ...]:
        """Several columns of equal length, at least one row."""
        columns = tuple(self.column(name) for name in names)
        lengths = {name: column.size for name, column in zip(names, columns, strict=True)}
        if len(set(lengths.values())) != 1 or not columns[0].size:
            raise InputError(f"{self.technique} measurement", f"column lengths {lengths}; equal and above 0 is needed")
        return columns

    def positive(self, name: str) -> float:
        """A fact of meta that must be a number above 0."""
        value = self.meta.get(name)
        if not isinstance(value, int | float) or not np.isfinite(value) or value <= 0:
            raise InputError(f"{self.technique} meta {name!r}", f"{value!r}; a number above 0 is needed")
        return float(value)

    def sd_log(self, name: str, default: float) -> float:
        """A relative uncertainty in meta, 0 to 1; the default where meta does not state it."""
        value = self.meta.get(name, default)
        if not isinstance(value, int | float) or not 0 <= value <= 1:
            raise InputError(f"{self.technique} meta {name!r}", f"{value!r}; a number from 0 to 1 is needed")
        return float(value)


def _spectrum(record: _Record) -> tuple[Floats, Complexes, tuple[str, ...]]:
    """Frequencies and impedances of the points the instrument calls good, and what was left out."""
    freq, re, im = record.table("freq_hz", "z_re_ohm", "z_im_ohm")
    status = record.column("status") if "status" in record.columns else np.zeros(freq.size)
    if status.size != freq.size:
        raise InputError("eis column 'status'", f"{status.size} values for {freq.size} points")
    good = (status == 0) & (freq > 0) & ((re != 0) | (im != 0))
    notes = (f"{int((~good).sum())} points left out by their status",) if not good.all() else ()
    return freq[good], re[good] + 1j * im[good], notes


def _eis(record: _Record) -> list[Quantity]:
    freq, z, notes = _spectrum(record)
    name, unit = "r_interface_ohm_cm2", "Ω·cm²"
    area, symmetric = record.positive("area_cm2"), bool(record.meta.get("symmetric", 1))
    if np.unique(freq).size < MIN_POINTS:
        return [Quantity(name, None, unit, quality="failed", reason="overload", notes=notes)]
    film_nm = record.positive("film_nm") if "film_nm" in record.meta else DEFAULT_FILM_NM
    fit = fit_cell(
        freq, z, area_cm2=area, symmetric=symmetric, film_nm=film_nm, area_sd_log=record.sd_log("area_sd_log", 0.0)
    )
    notes += fit.notes
    if fit.r_interface_ohm_cm2 is None or fit.sd_log is None:
        return [Quantity(name, None, unit, quality="failed", reason=fit.reason, notes=notes)]
    value, sd = fit.r_interface_ohm_cm2, fit.r_interface_ohm_cm2 * fit.sd_log
    quantities = [Quantity(name, value, unit, sd, fit.sd_log, fit.quality, notes=notes)]
    if fit.r_series_ohm_cm2 is not None:
        quantities.append(Quantity("r_series_ohm_cm2", fit.r_series_ohm_cm2, unit))
    return quantities


def _witness(record: _Record) -> list[Quantity]:
    """sigma = cell constant / R."""
    freq, z, notes = _spectrum(record)
    name, unit, constant = "conductivity_s_cm", "S/cm", record.positive("cell_constant_per_cm")
    if np.unique(freq).size < MIN_POINTS:
        return [Quantity(name, None, unit, quality="failed", reason="overload", notes=notes)]
    fit = fit_witness(freq, z)
    if fit.r_ohm is None or fit.sd_log is None:
        return [Quantity(name, None, unit, quality="failed", reason=fit.reason, notes=notes)]
    value = constant / fit.r_ohm
    geometry = record.sd_log("cell_constant_sd_log", THICKNESS_SD_LOG)
    sd_log = float(np.sqrt(fit.sd_log**2 + ACCURACY_SD_LOG**2 + geometry**2))
    return [Quantity(name, value, unit, value * sd_log, sd_log, notes=notes)]


def _ccd(record: _Record) -> list[Quantity]:
    """The last current without a short; the true value lies between it and the next."""
    current, voltage = record.table("current_ma_cm2", "voltage_mv")
    if (current <= 0).any():
        raise InputError("ccd column 'current_ma_cm2'", f"{float(current.min())}; currents must be above 0")
    return [critical_quantity(critical_current(current, np.abs(voltage) / current))]


def _cycling(record: _Record) -> list[Quantity]:
    """Cycles without a short or excess polarisation; censored when the test ended first."""
    cycle, voltage = record.table("cycle", "voltage_mv")
    end = failing_row(np.abs(voltage))
    ended = str(record.meta.get("ended", "survived"))
    if end is None and ended != "survived":
        end = cycle.size - 1
    if end is None:
        return [life_quantity(float(cycle.max()), False, ended)]
    return [life_quantity(float(cycle[end]), True, ended if ended != "survived" else "short or excess polarisation")]


def _thickness(record: _Record) -> list[Quantity]:
    """Mean and uniformity 1 - (max - min)/(max + min); their noise from the residuals of a quadratic surface."""
    x, y, nm = record.table("x_mm", "y_mm", "thickness_nm")
    if (nm <= 0).any():
        raise InputError("thickness column 'thickness_nm'", f"{float(nm.min())}; thicknesses must be above 0")
    high, low, mean = float(nm.max()), float(nm.min()), float(nm.mean())
    uniformity = 1.0 - (high - low) / (high + low)
    noise = _reading_noise(x, y, nm)
    if noise is None:
        return [Quantity("thickness_nm", mean, "nm"), Quantity("uniformity", uniformity, "")]
    # dU/dmax = -2 min/(max+min)^2, dU/dmin = 2 max/(max+min)^2
    uniformity_sd = noise * 2.0 * float(np.hypot(high, low)) / (high + low) ** 2
    mean_sd = noise / np.sqrt(nm.size)
    return [
        Quantity("thickness_nm", mean, "nm", float(mean_sd), float(mean_sd) / mean),
        Quantity("uniformity", uniformity, "", uniformity_sd, uniformity_sd / uniformity),
    ]


def _reading_noise(x: Floats, y: Floats, nm: Floats) -> float | None:
    """The standard deviation of a reading, or None with too few readings for a surface."""
    if nm.size < MAP_TERMS + 3:
        return None
    surface = np.column_stack([np.ones_like(x), x, y, x * x, x * y, y * y])
    coefficients, *_ = np.linalg.lstsq(surface, nm, rcond=None)
    return float(np.sqrt(((nm - surface @ coefficients) ** 2).sum() / (nm.size - MAP_TERMS)))


def _trace(record: _Record) -> list[Quantity]:
    """No quantity: a record that others are made of or that is kept for people; whole columns all the same."""
    record.table(*record.columns)
    return []


def _xps(record: _Record) -> list[Quantity]:
    """What one region tells alone: O 1s the overlayer's thickness, a survey fractions. A run's regions: reduce_run."""
    record.table(*record.columns)
    return xps_quantities([{"columns": record.columns, "meta": record.meta}])


TECHNIQUES: dict[str, Callable[[_Record], list[Quantity]]] = {
    "eis": _eis,
    "witness": _witness,
    "ccd": _ccd,
    "cycling": _cycling,
    "thickness": _thickness,
    "ocp": _trace,
    "chronopotentiometry": _trace,
    "xps": _xps,
}
