"""Spectra at temperatures to conductivities at temperatures: which files, which quantity, what was left out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from adatom.cloud.measure.eis.arrhenius import FEWEST, Arrhenius, arrhenius
from adatom.cloud.measure.eis.cell import fit_cell
from adatom.cloud.measure.eis.drift import steady
from adatom.cloud.measure.eis.electrolyte import Physics, physics_of
from adatom.cloud.measure.eis.files import read_spectra
from adatom.cloud.measure.eis.fit import Problem, check_spectrum
from adatom.cloud.measure.eis.geometry import Geometry, Value
from adatom.cloud.measure.eis.result import CircuitFit
from adatom.cloud.measure.eis.select import select
from adatom.cloud.measure.eis.table import Spectrum
from adatom.cloud.optimize.table.columns import Columns, read_columns
from adatom.protocol.errors import InputError

OF = ("total", "bulk", "interface")
FILE, TEMPERATURE = "file", "temperature_c"  # columns of a table of files


@dataclass(frozen=True)
class Point:
    """One spectrum: its name, temperature, and the conductivity (of an interface: conductance per area) or why none."""

    name: str
    temperature_c: float
    found: Value | None
    reason: str = ""


@dataclass(frozen=True)
class Series:
    """All spectra and what comes of them. `unit` of the conductivity; `notes` of fits, each once."""

    of: str
    unit: str
    points: tuple[Point, ...]
    fit: Arrhenius
    notes: tuple[str, ...]


def analyse_series(
    spectra: Sequence[tuple[str, Spectrum]],
    temperatures_c: Sequence[float],
    geometry: Geometry,
    *,
    of: str = "total",
    temperature_sd_c: float = 0.0,
    offset_sd_c: float = 0.0,
    with_t: bool = True,
) -> Series:
    """The Series of spectra at as many temperatures. Raises InputError for too few that give a value."""
    if of not in OF:
        raise InputError("--of", f"{of!r}: must be one of {', '.join(OF)}")
    if of != "interface" and geometry.thickness_cm is None:
        raise InputError("--thickness-cm", "missing: a conductivity needs the distance of the electrodes")
    if len(spectra) != len(temperatures_c):
        raise InputError("--temperatures", f"{len(temperatures_c)} for {len(spectra)} spectra: one for each is needed")
    notes: dict[str, None] = {}
    pairs = zip(spectra, temperatures_c, strict=True)
    points = tuple(_point(name, spectrum, at, geometry, of, notes) for (name, spectrum), at in pairs)
    known = [(point.temperature_c, point.found) for point in points if point.found is not None]
    if len(known) < FEWEST:
        said = "; ".join(f"{point.name}: {point.reason}" for point in points if point.reason)
        raise InputError(
            "spectra", f"{len(known)} of {len(points)} give a value, {FEWEST} are needed. {said}".rstrip(". ")
        )
    shared = math.hypot(geometry.area_sd_log, 0.0 if of == "interface" else geometry.thickness_sd_log)
    fit = arrhenius(
        np.array([at for at, _ in known]), np.array([value.value for _, value in known]),
        np.array([value.sd_log for _, value in known]), temperature_sd_c=temperature_sd_c, offset_sd_c=offset_sd_c,
        shared_sd_log=shared, with_t=with_t,
    )  # fmt: skip
    return Series(of, "S/cm²" if of == "interface" else "S/cm", points, fit, tuple(notes))


def _point(name: str, spectrum: Spectrum, at: float, geometry: Geometry, of: str, notes: dict[str, None]) -> Point:
    """Errors of area and thickness are the same for all and left out here."""
    check_spectrum(spectrum.freq_hz, spectrum.z_ohm, name)
    exact = Geometry(geometry.area_cm2, 0.0, geometry.thickness_cm, 0.0, geometry.symmetric)
    if of == "interface":
        cell = fit_cell(
            spectrum.freq_hz, spectrum.z_ohm, area_cm2=exact.area_cm2, symmetric=exact.symmetric, film_nm=None
        )
        notes.update(dict.fromkeys(f"{name}: {note}" for note in (*spectrum.notes, *cell.notes)))
        if cell.r_interface_ohm_cm2 is None or cell.sd_log is None or cell.quality != "good":
            return Point(name, at, None, cell.reason or "below detection")
        return Point(name, at, Value(1.0 / cell.r_interface_ohm_cm2, "S/cm²", cell.sd_log))
    problem = Problem(spectrum.freq_hz, spectrum.z_ohm)
    fit = select(problem).best
    found = physics_of(fit, exact)
    own = (*spectrum.notes, *_left_out(spectrum, fit), *fit.remarks(problem.noise))
    notes.update(dict.fromkeys((*(f"{name}: {note}" for note in own), *found.notes)))
    value = found.total if of == "total" else found.bulk
    reason = _refusal(fit, value, found)
    return Point(name, at, None if reason else value, reason)


def _left_out(spectrum: Spectrum, fit: CircuitFit) -> list[str]:
    shown = ", ".join(f"{f:.4g}" for f in spectrum.freq_hz[fit.outliers])
    return [f"left out as outliers: {shown} Hz"] if shown else []


def _refusal(fit: CircuitFit, value: Value | None, found: Physics) -> str:
    """Why a spectrum's conductivity cannot stand in the series, or ""."""
    if not fit.converged:
        return "the fit did not converge"
    if value is None:
        return found.notes[-1] if found.notes else "the circuit has no such resistance"
    low, high = value.interval
    return "" if low > 0.0 and np.isfinite(high) else "the data do not determine it: its interval is open"


# --- which spectra --------------------------------------------------------------------------------------------------


def spectra_of(files: Sequence[Path], raw: bool = False) -> list[tuple[str, Spectrum]]:
    """All spectra of files with their names, without the drift that repeated frequencies show unless they are to be
    `raw`; of a file with several, all. Raises InputError as read_spectra.
    """
    found = []
    for file in files:
        spectra = [one if raw else steady(one) for one in read_spectra(file)]
        found += [(file.name if len(spectra) == 1 else f"{file.name}, {one.name}", one) for one in spectra]
    return found


def table_of(path: Path) -> tuple[list[Path], list[float]]:
    """(files, temperatures in °C) of a table with columns file and temperature_c; paths are relative to the table."""
    try:
        columns = read_columns(path)
    except InputError as error:
        if not path.is_file():
            raise
        raise _no_temperatures(path) from error
    if not {FILE, TEMPERATURE} & set(columns.texts):
        raise _no_temperatures(path)
    for name in (FILE, TEMPERATURE):
        if name not in columns.texts:
            raise InputError(str(path), f"no column {name}; there are: {', '.join(columns.texts)}")
    return [path.parent / text.strip() for text in columns.texts[FILE]], _temperatures(path, columns)


def _no_temperatures(path: Path) -> InputError:
    said = (
        f"missing: one for each spectrum of {path}, or a table with the columns {FILE} and {TEMPERATURE} in its place"
    )
    return InputError("--temperatures", said)


def _temperatures(path: Path, columns: Columns) -> list[float]:
    numbers = columns.numbers(TEMPERATURE)
    if numbers is None or any(value is None for value in numbers):
        raise InputError(f"{path}: {TEMPERATURE}", "a number in every row is needed")
    return [value for value in numbers if value is not None]


def numbers_of(text: str) -> list[float]:
    """Temperatures such as 25,40,60. Raises InputError for what is no number."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError("--temperatures", f"{text!r}: numbers in °C with commas between are needed") from None
