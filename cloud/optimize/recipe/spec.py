"""The [space] and [constraints] tables of a campaign, checked against the envelopes, as one value.

Every refusal is an InputError whose `where` is the dotted key, so that the campaign reader can add file and line.
Must not know of vectors or search.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adatom.protocol.envelope import energy_for_fluence_mj
from adatom.protocol.errors import InputError
from adatom.protocol.recipe import CHOICES, NUMBERS, VALENCE

Range = tuple[float, float]

LINEAR = math.inf
# name -> (knee, step). Knee k scales by log(value + k): 0 is a plain log, LINEAR none; the knee is where a quantity
# that may be zero starts to matter. The step is what a bench can tell apart.
SCALES: dict[str, tuple[float, float]] = {
    "li_excess": (LINEAR, 0.001),
    "interlayer_nm": (LINEAR, 0.1),
    "fluence_j_cm2": (0.0, 0.01),
    "rep_rate_hz": (0.0, 0.1),
    "substrate_c": (LINEAR, 0.1),
    "o2_pa": (0.1, 0.01),  # residual gas below 0.1 Pa no longer slows the plume
    "distance_mm": (LINEAR, 0.1),
    "pulses": (0.0, 1.0),
    "anneal_c": (LINEAR, 0.1),
    "anneal_min": (10.0, 1.0),  # a ramp alone takes about 10 minutes
    "air_exposure_min": (3.0, 0.1),  # carbonate forms within 3 min (Sahal 2024)
}
ATOM_STEP = 0.001  # atoms per 12 O
COARSE_RANGE = 20.0 * ATOM_STEP  # a narrower range is not rounded
LITHIUM_SENSE: Range = (0.05, 72.0)  # per 12 O; 24 * (1 + the recipe's largest excess of 2)
ENERGY_HEADROOM = 1.05  # protocol.envelope refuses a fluence within 5 % of the energy limit

SPACE_KEYS = ("cations", "sites", *(row[0] for row in NUMBERS), "interlayer", "anneal_atmosphere")
SITE_KEYS = ("name", "elements", "total")
CONSTRAINT_KEYS = ("arriving_lithium", "deposition_max_min")


@dataclass(frozen=True)
class Number:
    """One numeric recipe field: its range in its unit, scale knee and step."""

    name: str
    low: float
    high: float
    knee: float
    step: float

    @property
    def free(self) -> bool:
        """Whether the optimizer may choose it."""
        return self.low < self.high


@dataclass(frozen=True)
class Site:
    """Cations that share one crystal site: their amounts add up to `total` atoms per 12 O."""

    elements: tuple[str, ...]
    total: float


@dataclass(frozen=True)
class Spec:
    """The checked search space."""

    cations: dict[str, Range]  # sorted by element; low == high is a fixed amount
    sites: tuple[Site, ...]
    numbers: tuple[Number, ...]  # every field of protocol.recipe.NUMBERS, in that order
    interlayers: tuple[str, ...]
    atmospheres: tuple[str, ...]
    arriving_lithium: Range  # atoms per 12 O
    deposition_max_min: float


def read_spec(fields: Mapping[str, Any], reference: Mapping[str, Any], envelopes: Sequence[Mapping[str, Any]]) -> Spec:
    """The Spec of a campaign's dict; what [space] does not name is held at the reference recipe's value.

    `fields`: {"space": {...}, "constraints": {...}}. Raises InputError(where = dotted key).
    """
    space = _table(fields, "space", SPACE_KEYS)
    constraints = _table(fields, "constraints", CONSTRAINT_KEYS)
    amounts = dict(reference["cations"])
    cations = _cations(space.get("cations", amounts))
    sites = _sites(space.get("sites", []), cations)
    spec = Spec(
        cations=_tightened(cations, sites),
        sites=sites,
        numbers=tuple(_number(row, space, reference, envelopes) for row in NUMBERS),
        interlayers=_choice("interlayer", "interlayers", space, reference, envelopes),
        atmospheres=_choice("anneal_atmosphere", "anneal_atmospheres", space, reference, envelopes),
        arriving_lithium=_lithium_range(constraints),
        deposition_max_min=_deposition_limit(constraints),
    )
    _check_together(spec)
    return spec


def as_range(where: str, value: Any, low: float, high: float, unit: str) -> Range:
    """(low, high) of a number or a [low, high] list within limits; raises InputError."""
    pair = value if isinstance(value, list) else [value, value]
    if len(pair) != 2 or not all(is_number(v) for v in pair) or not low <= pair[0] <= pair[1] <= high:
        raise InputError(where, f"{value!r}: must be a number or [low, high] within {low:g} to {high:g} {unit}")
    return float(pair[0]), float(pair[1])


def is_number(value: Any) -> bool:
    """Whether a TOML value is a finite number (true and false are none)."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _table(fields: Mapping[str, Any], name: str, keys: Sequence[str]) -> Mapping[str, Any]:
    table = fields.get(name, {})
    if not isinstance(table, Mapping):
        raise InputError(name, f"{table!r}: must be a table")
    for key in table:
        if key not in keys:
            raise InputError(f"{name}.{key}", f"unknown key; allowed are {', '.join(keys)}")
    return table


def _cations(table: Any) -> dict[str, Range]:
    allowed = sorted(element for element in VALENCE if element != "Li")
    if not isinstance(table, Mapping) or not table:
        raise InputError("space.cations", f"{table!r}: must name atoms per 12 O of some of {', '.join(allowed)}")
    for element in table:
        if element not in allowed:
            hint = "; lithium follows from charge and li_excess" if element == "Li" else ""
            raise InputError(f"space.cations.{element}", f"unknown element; allowed are {', '.join(allowed)}{hint}")
    return {e: as_range(f"space.cations.{e}", table[e], 0.0, 12.0, "atoms per 12 O") for e in sorted(table)}


def _sites(tables: Any, cations: Mapping[str, Range]) -> tuple[Site, ...]:
    if not isinstance(tables, list):
        raise InputError("space.sites", f"{tables!r}: must be [[space.sites]] tables")
    sites: list[Site] = []
    for place, table in enumerate(tables):
        where = f"space.sites[{place}]"
        site = _site(where, table, cations)
        for other in sites:
            twice = set(site.elements) & set(other.elements)
            if twice:
                raise InputError(f"{where}.elements", f"{min(twice)} stands on two sites; one is allowed")
        sites.append(site)
    return tuple(sites)


def _site(where: str, table: Any, cations: Mapping[str, Range]) -> Site:
    for key in table:
        if key not in SITE_KEYS:
            raise InputError(f"{where}.{key}", f"unknown key; allowed are {', '.join(SITE_KEYS)}")
    elements = table.get("elements")
    if not isinstance(elements, list) or not elements or any(e not in cations for e in elements):
        raise InputError(
            f"{where}.elements", f"{elements!r}: must list elements of space.cations ({', '.join(cations)})"
        )
    if len(set(elements)) != len(elements):
        raise InputError(f"{where}.elements", f"{elements!r}: an element stands twice")
    low, high = sum(cations[e][0] for e in elements), sum(cations[e][1] for e in elements)
    total = table.get("total")
    if not is_number(total) or not low - 1e-9 <= total <= high + 1e-9:
        raise InputError(
            f"{where}.total",
            f"{total!r}: the ranges of {', '.join(elements)} allow sums of {low:g} to {high:g} atoms per 12 O",
        )
    return Site(tuple(elements), float(total))


def _tightened(cations: Mapping[str, Range], sites: Sequence[Site]) -> dict[str, Range]:
    """The ranges that the sites leave: low >= total - what the others can take, and the like."""
    result = dict(cations)
    for site in sites:
        lows = sum(cations[e][0] for e in site.elements)
        highs = sum(cations[e][1] for e in site.elements)
        for element in site.elements:
            low, high = cations[element]
            narrow_low = max(low, round(site.total - (highs - high), 9))
            result[element] = (min(narrow_low, high), max(low, min(high, round(site.total - (lows - low), 9))))
    return result


def _number(
    row: tuple[str, str, float, float],
    space: Mapping[str, Any],
    reference: Mapping[str, Any],
    envelopes: Sequence[Mapping[str, Any]],
) -> Number:
    name, unit, low, high = row
    where = f"space.{name}" if name in space else f"reference.{name}"
    value = space.get(name, reference[name])
    bounds = as_range(where, value, low, high, unit)
    for envelope in envelopes:
        allowed = _allowed(name, envelope)
        if name == "interlayer_nm" and bounds[0] == bounds[1] == 0.0:
            continue
        if not allowed[0] <= bounds[0] <= bounds[1] <= allowed[1]:
            raise InputError(
                where, f"{value!r}: bench {envelope['bench']} allows {allowed[0]:g} to {allowed[1]:g} {unit}"
            )
    return Number(name, *bounds, *SCALES[name])


def _allowed(name: str, envelope: Mapping[str, Any]) -> Range:
    low, high = envelope["recipe"][name]
    if name == "fluence_j_cm2":
        limit = envelope["interlock"]["energy_max_mj"] / ENERGY_HEADROOM
        high = min(high, limit / energy_for_fluence_mj(1.0, envelope["optics"]))
    return low, high


def _choice(
    name: str,
    allowed_key: str,
    space: Mapping[str, Any],
    reference: Mapping[str, Any],
    envelopes: Sequence[Mapping[str, Any]],
) -> tuple[str, ...]:
    where = f"space.{name}" if name in space else f"reference.{name}"
    value = space.get(name, reference[name])
    wanted = value if isinstance(value, list) else [value]
    options = dict(CHOICES)[name]
    if not wanted or any(v not in options for v in wanted):
        raise InputError(where, f"{value!r}: must be one or a list of {', '.join(options)}")
    for envelope in envelopes:
        allowed = envelope[allowed_key]
        if any(v not in allowed for v in wanted):
            raise InputError(where, f"{value!r}: bench {envelope['bench']} allows {', '.join(allowed)}")
    if name == "interlayer":
        _check_mounted(where, wanted, envelopes)
    return tuple(option for option in options if option in wanted)


def _check_mounted(where: str, wanted: Sequence[str], envelopes: Sequence[Mapping[str, Any]]) -> None:
    for envelope in envelopes:
        mounted = [t["material"] for t in envelope["targets"] if t.get("nm_per_pulse", 0.0) > 0.0]
        for material in wanted:
            if material != "none" and material not in mounted:
                raise InputError(
                    where,
                    f"{material!r}: bench {envelope['bench']} has mounted {', '.join(mounted) or 'no interlayer'}",
                )


def _lithium_range(constraints: Mapping[str, Any]) -> Range:
    value = constraints.get("arriving_lithium", list(LITHIUM_SENSE))
    return as_range("constraints.arriving_lithium", value, *LITHIUM_SENSE, "atoms per 12 O")


def _deposition_limit(constraints: Mapping[str, Any]) -> float:
    value = constraints.get("deposition_max_min", math.inf)
    if value != math.inf and (not is_number(value) or value <= 0):
        raise InputError("constraints.deposition_max_min", f"{value!r}: must be a number of minutes above 0")
    return float(value)


def _check_together(spec: Spec) -> None:
    """What no single key shows: the shortest deposition within its limit, a thickness for every interlayer."""
    numbers = {number.name: number for number in spec.numbers}
    shortest = numbers["pulses"].low / numbers["rep_rate_hz"].high / 60.0
    if shortest > spec.deposition_max_min:
        raise InputError(
            "constraints.deposition_max_min",
            f"{spec.deposition_max_min:g}: the shortest deposition of this space takes {shortest:.1f} min",
        )
    if spec.interlayers != ("none",) and numbers["interlayer_nm"].high == 0.0:
        raise InputError("space.interlayer_nm", "0: the interlayers need a thickness above 0 nm")
