"""What the file formats share: a spectrum, numbers as instruments write them, and columns found by their names."""

import re
from dataclasses import dataclass, field

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Floats
from adatom.protocol.errors import InputError


@dataclass(frozen=True)
class Spectrum:
    """A sweep in the order of the file. meta is what the file states; notes are what was inferred or left out."""

    freq_hz: Floats
    z_ohm: Complexes
    meta: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """A recognised column: quantity (freq, re, im, modulus, phase), its place, and the factor to Hz, ohm or degree."""

    quantity: str
    place: int
    factor: float


_PREFIXES = {"": 1.0, "u": 1e-6, "µ": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9}
_UNIT = re.compile(r"[\[(/_ ]\s*([umkMGµ]?)(hz|ohms?|Ω|Ω)\b", re.IGNORECASE)
_QUANTITIES = (  # on lower case without blanks and brackets; the first that matches names the column
    ("im", re.compile(r"^-?(im|zim|z_im|z''|z\"|zdoubleprime|zpp|.*imag)")),
    ("re", re.compile(r"^(re|zre|z_re|z'|zprime|zp\b|.*real)")),
    ("freq", re.compile(r"^(f|f/.*|fr|freq.*)$")),
    ("phase", re.compile(r"^-?(phase|phas|zph|arg|theta).*")),
    ("modulus", re.compile(r"^(\|z\||zmod|mod|abs|magnitude|z\b).*")),
)


def find_columns(names: list[str]) -> dict[str, Column]:
    """The columns recognised by name, the first of each quantity. A leading minus gives a factor below 0."""
    found: dict[str, Column] = {}
    for place, name in enumerate(names):
        plain = re.sub(r"[\s()\[\]{}\"]", "", name).lower()
        for quantity, pattern in _QUANTITIES:
            if pattern.match(plain) and not _is_other_quantity(plain):
                found.setdefault(quantity, Column(quantity, place, _factor(name, quantity, plain)))
                break
    return found


def _is_other_quantity(plain: str) -> bool:
    """Whether the name belongs to an admittance, or to a part of something else than Z."""
    return bool(re.search(r"\by\b|^(re|im|phase|\|)\(?[yciev]|admitt|ohm-1|siemens", plain)) and "z" not in plain


def _factor(name: str, quantity: str, plain: str) -> float:
    sign = -1.0 if plain.startswith("-") else 1.0
    if quantity == "phase":
        return sign * (180.0 / np.pi if "rad" in plain else 1.0)
    match = _UNIT.search(name)
    return sign * (_PREFIXES[match[1]] if match else 1.0)


def parse_number(cell: str, decimal: str = ".") -> float | None:
    """The number in a cell, or None. `decimal` is the decimal sign of the file."""
    try:
        return float(cell.strip().replace(decimal, "."))
    except ValueError:
        return None


def spectrum(
    rows: list[tuple[int, list[str]]], names: list[str], where: str, meta: dict[str, str], decimal: str = "."
) -> Spectrum:
    """The spectrum in numbered rows of cells under column names.

    Raises InputError when a needed column is missing or a cell of one is not a number.
    """
    columns = find_columns(names)
    shown = ", ".join(repr(name) for name in names)
    if "freq" not in columns:
        raise InputError(where, f"no frequency column among {shown}; one named like `freq/Hz` is needed")
    cartesian = "re" in columns and "im" in columns
    if not cartesian and not ("modulus" in columns and "phase" in columns):
        raise InputError(where, f"no impedance among {shown}; real and imaginary part, or modulus and phase are needed")
    wanted = [columns[q] for q in (("freq", "re", "im") if cartesian else ("freq", "modulus", "phase"))]
    if not rows:
        raise InputError(where, "no data rows below the column names")
    values = np.array([[_cell(cells, c, line, names, where, decimal) for c in wanted] for line, cells in rows])
    z = values[:, 1] + 1j * values[:, 2] if cartesian else values[:, 1] * np.exp(1j * np.deg2rad(values[:, 2]))
    return checked(values[:, 0], z, [line for line, _ in rows], where, meta)


def _cell(cells: list[str], column: Column, line: int, names: list[str], where: str, decimal: str) -> float:
    name = names[column.place]
    if column.place >= len(cells):
        raise InputError(f"{where}, line {line}", f"{len(cells)} cells; column {name!r} is number {column.place + 1}")
    value = parse_number(cells[column.place], decimal)
    if value is None or not np.isfinite(value):
        raise InputError(f"{where}, line {line}", f"column {name!r} is {cells[column.place]!r}; a number is needed")
    return value * column.factor


def checked(freq_hz: Floats, z_ohm: Complexes, lines: list[int], where: str, meta: dict[str, str]) -> Spectrum:
    """The spectrum without rows of frequency 0 (direct current) or impedance 0 (nothing measured), which are noted."""
    if (freq_hz < 0).any():
        i = int((freq_hz < 0).argmax())
        raise InputError(f"{where}, line {lines[i]}", f"frequency {freq_hz[i]:g} Hz; it must not be negative")
    keep = (freq_hz > 0) & (z_ohm != 0)
    notes = (f"{int((~keep).sum())} rows with frequency or impedance 0 left out",) if not keep.all() else ()
    if not keep.any():
        raise InputError(where, "no row with a frequency above 0 Hz")
    return Spectrum(freq_hz[keep], z_ohm[keep].astype(np.complex128), meta, notes)
