"""Columns of cyclers' exports found by their names: quantity and factor to s, A, V. Knows nothing of files."""

import re
from dataclasses import dataclass
from functools import lru_cache

MAX_COLUMNS = 200  # of a table; cyclers write some 40
MAX_NAME = 60  # characters

SECONDS = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "min": 60.0, "minutes": 60.0, "h": 3600.0, "hr": 3600.0,
           "hour": 3600.0, "hours": 3600.0, "d": 86400.0, "h:min:s.ms": 1.0, "h:m:s": 1.0, "h:min:s": 1.0,
           "hh:mm:ss": 1.0, "hh:mm:ss.ms": 1.0}  # fmt: skip
AMPERES = {"A": 1.0, "mA": 1e-3, "uA": 1e-6, "µA": 1e-6, "μA": 1e-6, "nA": 1e-9}
VOLTS = {"V": 1.0, "mV": 1e-3, "uV": 1e-6, "µV": 1e-6, "μV": 1e-6}
AREAS = ("/cm2", "/cm²", "/cm^2", " cm-2", " cm^-2", " cm⁻²", "_cm2", ".cm-2", "·cm⁻²")
DENSITIES = {unit + area: factor for unit, factor in AMPERES.items() for area in AREAS}
# quantity -> (its units, names in the order in which they are preferred)
_NAMES: dict[str, tuple[dict[str, float], tuple[str, ...]]] = {
    "time": (SECONDS, ("total time", "test time", "elapsed time", "time", "t", "runtime", "zeit")),
    "step_time": (SECONDS, ("step time", "relative time")),
    "current": (AMPERES | DENSITIES, ("<i>", "i", "current", "current density", "cur", "strom", "control")),
    "voltage": (VOLTS, ("ecell", "ewe-ece", "ewe", "<ewe>", "voltage", "potential", "volt", "e", "u", "v", "spannung")),
    "cycle": ({}, ("cycle number", "cycle index", "cycle id", "cycle no", "cycle", "cyc", "cyc#", "zyklus")),
    "step": ({}, ("step index", "step id", "step number", "step no", "step", "ns")),
}
# as units are written in names, such as ma_cm2 for mA/cm2
_FORMS = {
    quantity: {
        form: unit for unit in units for plain in (unit, unit.replace("/", "_")) for form in (plain.lower(), plain)
    }
    for quantity, (units, _) in _NAMES.items()
}
_ASSUMED = {"time": "s", "step_time": "s", "current": "A", "voltage": "V"}


@dataclass(frozen=True)
class Column:
    """A recognised column: its place, the factor to s, A (or A/cm2) or V; `unit` "" where the name states none."""

    place: int
    factor: float
    unit: str
    rank: int

    @property
    def per_area(self) -> bool:
        """Whether a current is one per cm2."""
        return self.unit in DENSITIES


def find_columns(names: list[str]) -> dict[str, Column]:
    """The best column of each quantity."""
    found: dict[str, Column] = {}
    for place, name in enumerate(names[:MAX_COLUMNS]):
        for quantity, unit, rank in _meanings(name.strip()) if len(name) <= MAX_NAME else ():
            if quantity not in found or rank < found[quantity].rank:
                found[quantity] = Column(place, _NAMES[quantity][0].get(unit, 1.0), unit, rank)
    return found


@lru_cache(maxsize=1000)
def _meanings(name: str) -> list[tuple[str, str, int]]:
    """(quantity, unit, rank among the quantity's names) of all that a name may mean."""
    if not name or name[0].isdigit():
        return []
    found = []
    for quantity, (_, known) in _NAMES.items():
        base, unit = _split(name, _FORMS[quantity])
        plain = re.sub(r"[\s_.]+", " ", base).strip().lower()
        if plain in known:
            found.append((quantity, unit, known.index(plain)))
    return found


def _split(name: str, forms: dict[str, str]) -> tuple[str, str]:
    """(name without unit, unit); ("", "") where the unit is one that the quantity does not have."""
    opening = max(name.rfind(sign) for sign in "([{")
    if name[-1] in ")]}" and opening > 0:
        return _known(name[:opening], name[opening + 1 : -1], forms)
    if "/" in name:
        base, _, unit = name.partition("/")
        return _known(base, unit, forms)
    for place, sign in enumerate(name):
        if sign in " _,;" and name[place + 1 :] in forms:
            return name[:place], forms[name[place + 1 :]]
    return name, ""


def _known(base: str, unit: str, forms: dict[str, str]) -> tuple[str, str]:
    unit = unit.strip()
    known = forms.get(unit) or (forms.get(unit.lower()) if len(unit) > 2 else None)
    return (base, known) if known else ("", "")


def assumed(column: Column, quantity: str) -> str:
    """The unit taken where the name states none; "" where it does."""
    return "" if column.unit else _ASSUMED.get(quantity, "")
