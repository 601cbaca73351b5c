"""Columns of cyclers' exports found by their names: quantity and factor to s, A, V. Knows nothing of files."""

import re
from dataclasses import dataclass

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
    for place, name in enumerate(names):
        for quantity, (units, known) in _NAMES.items():
            column = _column(name, place, units, known)
            if column is not None and (quantity not in found or column.rank < found[quantity].rank):
                found[quantity] = column
    return found


def _column(name: str, place: int, units: dict[str, float], known: tuple[str, ...]) -> Column | None:
    base, unit = _split(name.strip(), units)
    plain = re.sub(r"[\s_.]+", " ", base).strip().lower()
    if plain not in known:
        return None
    return Column(place, units.get(unit, 1.0), unit, known.index(plain))


def _split(name: str, units: dict[str, float]) -> tuple[str, str]:
    """(name without unit, unit); ("", "") where the unit is one that the quantity does not have."""
    match = re.fullmatch(r"(.+?)\s*[(\[{]\s*(.+?)\s*[)\]}]", name) or re.fullmatch(r"([^/]+?)\s*/\s*(.+)", name)
    if match is not None:
        base, unit = match[1], match[2]
        known = (
            unit if unit in units else next((one for one in units if one.lower() == unit.lower() and len(unit) > 2), "")
        )
        return (base, known) if known else ("", "")
    longest = sorted(units, key=len, reverse=True)
    for unit in longest:
        for form in (unit, unit.lower(), unit.replace("/", "_"), unit.lower().replace("/", "_")):
            if re.search(rf"[\s_,;]{re.escape(form)}$", name):
                return re.sub(rf"[\s_,;]+{re.escape(form)}$", "", name), unit
    return name, ""


def assumed(column: Column, quantity: str) -> str:
    """The unit taken where the name states none; "" where it does."""
    return "" if column.unit else _ASSUMED.get(quantity, "")
