"""What the file formats share: a spectrum, numbers as instruments write them, rows of cells to a spectrum."""

import re
from dataclasses import dataclass, field, replace

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Flags, Floats
from adatom.cloud.measure.eis.causality import ACAUSAL, agreement, is_radian
from adatom.cloud.measure.eis.columns import Column, find_columns, find_time
from adatom.protocol.errors import InputError

Rows = list[tuple[int, list[str]]]  # (number of the line or row, cells)
MIN_SWEEP = 3  # points; fewer behind a jump of the frequency are repeated points, not another sweep
FREQUENCIES_HZ = (1e-9, 1e15)  # thirty years to far infrared: beyond is another column or a slip of the pen
IMPEDANCES_OHM = (1e-12, 1e18)  # superconductors to electrometers' leakage; likewise
JUMP = 0.6  # of a sweep's decades: a step back by more begins another sweep


@dataclass(frozen=True)
class Spectrum:
    """A sweep in the order of the file. meta is what the file states; notes are what was inferred or left out.

    time_s (N,) is when each point was measured, where the file says it.
    """

    freq_hz: Floats
    z_ohm: Complexes
    meta: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    name: str = ""
    time_s: Floats | None = None


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,5})?")


def parse_number(cell: str, decimal: str = ".") -> float | None:
    """The number in a cell, or None. `decimal` is the decimal sign of the file; the minus may be U+2212."""
    plain = cell.strip().replace("−", "-")
    if decimal != ".":
        plain = plain.replace(".", "?").replace(decimal, ".")
    return float(plain) if _NUMBER.fullmatch(plain) else None


def decimal_sign(rows: Rows) -> str:
    """The decimal sign in cells that are not divided by commas."""
    return "," if any("," in cell for _, cells in rows[:5] for cell in cells) else "."


def spectrum(
    rows: Rows,
    names: list[str],
    where: str,
    meta: dict[str, str],
    decimal: str = ".",
    *,
    inferred: bool = False,
    name: str = "",
) -> Spectrum:
    """The spectrum in numbered rows of cells under column names.

    With `inferred` the names are somebody's, not a format's: causality then decides the sign of the imaginary part,
    and what was assumed is noted. Raises InputError when a needed column is missing or a cell of one is no number.
    """
    wanted = _wanted(find_columns(names), names, where)
    if not rows:
        raise InputError(where, "no data rows below the column names")
    rows, notes = _whole_rows(rows, wanted)
    values = np.array([[_cell(cells, c, line, names, where, decimal) for c in wanted] for line, cells in rows])
    z, said = _impedance(values, wanted, names, inferred)
    found = checked(values[:, 0], z, [line for line, _ in rows], where, meta, _times(rows, names, decimal))
    return replace(found, notes=(*said, *notes, *found.notes), name=name)


def _wanted(columns: dict[str, Column], names: list[str], where: str) -> list[Column]:
    """Frequency and the two columns of the impedance."""
    shown = ", ".join(repr(name) for name in names[:40])
    if "freq" not in columns:
        raise InputError(where, f"no frequency column among {shown}; one named like `freq/Hz` is needed")
    cartesian = "re" in columns and "im" in columns
    if not cartesian and not ("modulus" in columns and "phase" in columns):
        raise InputError(where, f"no impedance among {shown}; real and imaginary part, or modulus and phase are needed")
    wanted = [columns[q] for q in (("freq", "re", "im") if cartesian else ("freq", "modulus", "phase"))]
    for column in wanted:
        if column.per_area:
            raise InputError(where, f"column {names[column.place]!r} is per area; resistances in ohm are needed")
    return wanted


def _whole_rows(rows: Rows, wanted: list[Column]) -> tuple[Rows, tuple[str, ...]]:
    """The rows without a last one that was cut off while it was written, which is noted."""
    if len(rows) > 1 and len(rows[-1][1]) <= max(column.place for column in wanted):
        return rows[:-1], (f"line {rows[-1][0]}, the last, is cut off and was left out",)
    return rows, ()


def _cell(cells: list[str], column: Column, line: int, names: list[str], where: str, decimal: str) -> float:
    name = names[column.place]
    if column.place >= len(cells):
        raise InputError(f"{where}, line {line}", f"{len(cells)} cells; column {name!r} is number {column.place + 1}")
    value = parse_number(cells[column.place], decimal)
    if value is None or not np.isfinite(value):
        raise InputError(
            f"{where}, line {line}", f"column {name!r} is {cells[column.place][:40]!r}; a number is needed"
        )
    return value * column.factor


def _times(rows: Rows, names: list[str], decimal: str) -> Floats | None:
    """When each row was measured, if a column says so for all."""
    place = find_time(names)
    if place is None:
        return None
    found = [parse_number(cells[place], decimal) if place < len(cells) else None for _, cells in rows]
    times = np.array([value for value in found if value is not None])
    return times if times.size == len(rows) and np.isfinite(times).all() else None


def _impedance(
    values: Floats, wanted: list[Column], names: list[str], inferred: bool
) -> tuple[Complexes, tuple[str, ...]]:
    """The complex impedance of columns frequency, re, im or frequency, modulus, phase, and what was inferred."""
    notes: list[str] = []
    last = wanted[2]
    z: Complexes
    with np.errstate(all="ignore"):
        if last.quantity == "phase":
            phase_deg: Floats = values[:, 2]
            if not last.unit and is_radian(values[:, 0], values[:, 1], phase_deg):
                phase_deg = np.rad2deg(phase_deg)
                notes.append(f"column {names[last.place]!r} states no unit; radian fits the modulus better than degree")
            z = np.asarray(values[:, 1] * np.exp(1j * np.deg2rad(phase_deg)), dtype=np.complex128)
        else:
            z = complex_of(values[:, 1], values[:, 2])
    if inferred:
        z, said = causal(values[:, 0], z, f"column {names[last.place]!r}")
        missing = [names[column.place] for column in wanted[:2] if not column.unit]
        if missing:
            notes.append(f"no unit in {', '.join(map(repr, missing))}: Hz and ohm assumed")
        notes += said
    return z, tuple(notes)


def complex_of(real: Floats, imaginary: Floats) -> Complexes:
    """real + i imaginary; what is beyond all measure stays so, for `checked` to refuse."""
    z = np.empty(real.shape, dtype=np.complex128)
    z.real, z.imag = real, imaginary
    return z


def causal(freq_hz: Floats, z_ohm: Complexes, column: str) -> tuple[Complexes, list[str]]:
    """The impedance with the sign of the imaginary part that a causal circuit has; a turned sign is noted."""
    with np.errstate(all="ignore"):
        turned = np.isfinite(z_ohm).all() and agreement(freq_hz, z_ohm) < ACAUSAL
    if not turned:
        return z_ohm, []
    why = "the modulus and the sign of the phase contradict each other otherwise"
    return np.conj(z_ohm), [f"{column} has the other sign than its place or name says, so taken as -Im: {why}"]


def checked(
    freq_hz: Floats, z_ohm: Complexes, lines: list[int], where: str, meta: dict[str, str], time_s: Floats | None = None
) -> Spectrum:
    """The spectrum without rows of frequency 0 (direct current) or impedance 0 (nothing measured), which are noted."""
    bad = ~(np.isfinite(freq_hz) & np.isfinite(z_ohm))
    if bad.any():
        raise InputError(f"{where}, line {lines[int(bad.argmax())]}", "a number beyond all measure")
    if (freq_hz < 0).any():
        i = int((freq_hz < 0).argmax())
        raise InputError(f"{where}, line {lines[i]}", f"frequency {freq_hz[i]:g} Hz; it must not be negative")
    keep = (freq_hz > 0) & (z_ohm != 0)
    notes = (f"{int((~keep).sum())} rows with frequency or impedance 0 left out",) if not keep.all() else ()
    if not keep.any():
        raise InputError(where, "no row with a frequency above 0 Hz")
    _within(freq_hz, FREQUENCIES_HZ, "frequency", "Hz", keep, lines, where)
    _within(np.abs(z_ohm), IMPEDANCES_OHM, "impedance", "ohm", keep, lines, where)
    times = None if time_s is None else time_s[keep]
    return Spectrum(freq_hz[keep], z_ohm[keep].astype(np.complex128), meta, notes, time_s=times)


def _within(
    values: Floats, bounds: tuple[float, float], quantity: str, unit: str, keep: Flags, lines: list[int], where: str
) -> None:
    """Raises InputError for the first kept value that no instrument measures: products of such overflow in the fit."""
    far = keep & ((values < bounds[0]) | (values > bounds[1]))
    if far.any():
        i = int(far.argmax())
        allowed = f"{bounds[0]:g} to {bounds[1]:g} {unit}"
        raise InputError(f"{where}, line {lines[i]}", f"{quantity} {values[i]:g} {unit}; it must be {allowed}")


def split_sweeps(whole: Spectrum) -> list[Spectrum]:
    """The sweeps that follow each other in one table: a new one begins where the frequency jumps back."""
    starts = _sweep_starts(np.log(whole.freq_hz))
    if len(starts) == 1:
        return [whole]
    pieces = [slice(a, b) for a, b in zip(starts, [*starts[1:], whole.freq_hz.size], strict=True)]
    return [_piece(whole, piece) for piece in pieces]


def _piece(whole: Spectrum, piece: slice) -> Spectrum:
    times = None if whole.time_s is None else whole.time_s[piece]
    return replace(whole, freq_hz=whole.freq_hz[piece], z_ohm=whole.z_ohm[piece], time_s=times)


def _sweep_starts(log_freq: Floats) -> list[int]:
    starts = [0]
    for i in range(1, log_freq.size):
        first = starts[-1]
        span = log_freq[i - 1] - log_freq[first]
        back = -(log_freq[i] - log_freq[i - 1]) * np.sign(span)
        enough = i - first >= MIN_SWEEP and log_freq.size - i >= MIN_SWEEP
        if enough and back > JUMP * abs(span) and back > 0:
            starts.append(i)
    return starts
