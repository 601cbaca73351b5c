"""Columns found by their names: quantity, sign and unit. Strict: what could be another quantity is not taken.

`Z'`, `Zreal`, `Re(Z)/Ohm`, `z_re_ohm`, `Z' (kΩ)` are the real part; `E Real`, `Re(Y)`, `Re(Zce)` are not.
"""

import re
from dataclasses import dataclass

import numpy as np

UNITS = {"freq": ("hz",), "re": ("ohm",), "im": ("ohm",), "modulus": ("ohm",), "phase": ("deg", "rad", "mrad")}


@dataclass(frozen=True)
class Column:
    """A recognised column: quantity (freq, re, im, modulus, phase), its place, and the factor to Hz, ohm or degree.

    `unit` is "" where the name states none; `per_area` marks ohm cm2, which is no resistance.
    """

    quantity: str
    place: int
    factor: float
    unit: str = ""
    per_area: bool = False


_PREFIXES = {"": 1.0, "n": 1e-9, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "m": 1e-3, "milli": 1e-3, "k": 1e3, "K": 1e3,
             "kilo": 1e3, "M": 1e6, "mega": 1e6, "Mega": 1e6, "G": 1e9}  # fmt: skip
_UNIT = re.compile(
    r"[\s/(\[_,;]\s*(?P<prefix>milli|kilo|[Mm]ega|[nuµμmkKMG])?"
    r"(?P<unit>(?i:hz|hertz|ohms?|degrees?|deg|radians?|rad)|Ω|Ω|°)(?P<rest>[^)\]]*)[)\]]*\s*$"
)
_LOST = re.compile(r"\s*[(\[]\s*[?\ufffd]?\s*[)\]]\s*$")  # what is left of (Ω) where the coding had no such sign
_KINDS = {"hertz": "hz", "ohms": "ohm", "ω": "ohm", "Ω": "ohm", "degree": "deg", "degrees": "deg", "°": "deg",
          "radian": "rad", "radians": "rad"}  # fmt: skip
_MINUS = str.maketrans({"−": "-", "–": "-", "—": "-", "′": "'", "’": "'", "‘": "'", "´": "'", "`": "'",
                        "″": '"', "“": '"', "”": '"'})  # fmt: skip
# whole names in lower case, without unit, blanks, brackets, dots, underscores and leading minus; z'' for z"
_RE = r"(re|rez|real|realz|z?realpart|realteil|zre|zr|zreal|z'|z'a|zprime|realimpedance|impedancereal|z1|reofz|realofz)"
_IM = (
    r"(im|imz|img|imag|imagz|imaginary|imaginaryz|z?imagpart|z?imaginarypart|imaginärteil|zim|zi|zimg|zimag|zimaginary"
    r"|z''|z''b|zdoubleprime|zpp|imaginaryimpedance|impedanceimag|impedanceimaginary|z2|imofz|imagofz)"
)
_QUANTITIES = (
    ("freq", re.compile(r"(f|fr|freq|frequency|frequenz|fréquence|frequence|frecuencia|setfrequency)")),
    ("omega", re.compile(r"(omega|ω|angularfrequency|kreisfrequenz)")),
    ("re", re.compile(_RE)),
    ("im", re.compile(_IM)),
    ("phase", re.compile(r"(phase|phasez|phas|phz|zphz|zphase|zph|phaseangle|phaseofz|angle|theta|θ|arg|argz|phi|φ)")),
    ("modulus", re.compile(r"(\|z\||z|zmod|zmodulus|modz|mod|modulus|abs|absz|magnitude|mag|magz|zmag|impedance)")),
)


_TIME = re.compile(r"(elapsed\s*)?(time|t|zeit|temps|tiempo)\s*[/(\[_,]\s*(s|sec|seconds?)\s*[)\]]?", re.IGNORECASE)


def find_time(names: list[str]) -> int | None:
    """The place of the column that says when a point was measured, in seconds and said to be so."""
    return next((place for place, name in enumerate(names) if _TIME.fullmatch(name.strip())), None)


def find_columns(names: list[str]) -> dict[str, Column]:
    """The columns recognised by name, the first of each quantity. A leading minus gives a factor below 0."""
    found: dict[str, Column] = {}
    for place, name in enumerate(names):
        column = column_of(name, place)
        if column is not None:
            found.setdefault(column.quantity, column)
    if "re" not in found and "im" not in found:
        found |= _of_bridges(names)
    return found


def _of_bridges(names: list[str]) -> dict[str, Column]:
    """R and X as impedance bridges name them, if both are there in ohm: R alone is another quantity elsewhere."""
    found: dict[str, Column] = {}
    for place, name in enumerate(names):
        base = _split_unit(name.strip())[0]
        quantity = {"R": "re", "X": "im"}.get(base.strip().upper())
        if quantity is not None:
            column = column_of(quantity + name.strip()[len(base) :], place)
            if column is not None and column.unit == "ohm":
                found.setdefault(quantity, column)
    return found if len(found) == 2 else {}


def column_of(name: str, place: int) -> Column | None:
    """The column that a name says, or None."""
    name = name.translate(_MINUS).strip()
    base, prefix, unit, per_area = _split_unit(name)
    plain = re.sub(r"[\s()\[\]{}._]", "", base).lower().replace('"', "''").replace("||", "|")
    sign = -1.0 if plain.startswith("-") else 1.0
    plain = plain.lstrip("-")
    quantity = next((quantity for quantity, pattern in _QUANTITIES if pattern.fullmatch(plain)), None)
    if quantity is None:
        return None
    if quantity == "omega":
        return Column("freq", place, _PREFIXES[prefix] / (2 * np.pi), "rad/s")
    if unit and unit not in UNITS[quantity]:
        return None
    return Column(quantity, place, sign * _factor(prefix, unit), unit, per_area)


def _split_unit(name: str) -> tuple[str, str, str, bool]:
    """(name without unit, prefix, unit, whether it is per area)."""
    match = _UNIT.search(name)
    if match is None:
        return _LOST.sub("", name), "", "", False
    unit = _KINDS.get(match["unit"].lower(), match["unit"].lower())
    rest = match["rest"].strip(" .·*⋅^")
    per_area = unit == "ohm" and bool(re.match(r"[cm]?m", rest))
    if rest and not per_area and not (unit == "rad" and rest.startswith("/s")):
        return name, "", "", False  # ohm-1 is an admittance, anything else unknown
    prefix = match["prefix"] or ""
    if unit == "rad" and prefix == "m":
        return name[: match.start()], "", "mrad", False
    return name[: match.start()], prefix, unit, per_area


def _factor(prefix: str, unit: str) -> float:
    angles = {"rad": 180.0 / np.pi, "mrad": 0.18 / np.pi}
    return float(angles.get(unit, _PREFIXES[prefix]))
