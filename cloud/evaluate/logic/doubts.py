"""Facts that cannot all be true: found, with the reason in words, the strongest first. Nothing is deleted or mended.

Six kinds, each by a rule of its own: what nature forbids; a unit mistaken; a relation between properties broken
(relations.py); two data sets that disagree; a value far from what is expected (expected.py); one fact told twice.
Pure.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from adatom.cloud.knowledge.properties import BY_NAME
from numpy.typing import NDArray
from scipy import stats

from .claims import Claims, significant_digits
from .expected import Expected, expect
from .relations import RELATIONS, Range, Relation
from .siblings import Siblings, siblings_of

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

KINDS = ("impossible", "unit", "relation", "sources", "unlikely", "duplicate")
UNIT_PRIOR = 1e-4  # that a value carries a certain wrong unit (K)
RARE_PRIOR = 1e-6  # that it carries one that hardly anybody mistakes (K)
SOURCES_SHARE = 0.003  # of the facts with a fellow in another data set: the farthest from it are doubted (K)
SOURCES_LEAST = {"log": 0.3, "linear": 0.1}  # decades; share of the property's interquartile range (K)
UNLIKELY_SHARE, UNLIKELY_SCALES = 0.001, 8.0  # of a property's facts the farthest off, and not nearer than this (K)
DIGITS_OF_CHANCE = 4  # values of fewer digits agree by chance; with the same paper two are enough
DIGITS_OF_PAPER = 2
CERTAIN = 100.0  # nats, of what nature forbids

# unit -> (true value times factor = what was written, what was mistaken; kcal, hartree and signs are rare)
RARE = ("kcal/mol", "hartree", "the sign")
SLIPS: dict[str, tuple[tuple[float, str], ...]] = {
    "eV/atom": ((96.485, "kJ/mol"), (1e3, "meV/atom"), (23.06, RARE[0]), (-1.0, RARE[2])),
    "eV": ((96.485, "kJ/mol"), (1e3, "meV"), (1 / 27.2114, RARE[1])),
    "GPa": ((1e3, "MPa"), (1e9, "Pa"), (10.0, "kbar")),
    "K": ((1e3, "mK"),),
    "W/(m*K)": ((1e3, "mW/(m K)"), (0.01, "W/(cm K)")),
    "1/K": ((1e6, "ppm/K"),),
    "S/cm": ((1e3, "mS/cm"), (1e2, "S/m"), (1e-3, "S/cm given as mS/cm"), (1e-2, "S/cm given as S/m")),
}
LOG_SLIP = "a log10"
CELSIUS_SLIP = "°C"
ZERO_C_K = 273.15


class Doubt(NamedTuple):
    """Facts (places in the claims) that cannot all be true, the most suspect first; `nats`: weight of the evidence."""

    kind: str
    places: tuple[int, ...]
    nats: float
    why: str


def find(claims: Claims, progress: Callable[[str, float], None] = lambda name, share: None) -> list[Doubt]:
    """Every doubt, the strongest first; duplicates, which are no error of their own, at the end."""
    expected, siblings = expect(claims, progress), siblings_of(claims)
    forbidden, chance = ~claims.possible(), expected.tail(claims.y)
    mistaken = dict(_mistaken(claims, expected, siblings))
    found = [*_impossible(claims, forbidden, mistaken), *_units(mistaken, forbidden)]
    settled = forbidden.copy()
    settled[list(mistaken)] = True
    for relation in RELATIONS:
        found += _broken(claims, relation, ~settled, chance)
    found += _apart(claims, siblings, settled, chance)
    settled[[place for doubt in found for place in doubt.places]] = True
    found += _unlikely(claims, expected, chance, settled)
    found.sort(key=lambda doubt: -doubt.nats)
    return [*found, *_duplicates(claims)]


def words(claims: Claims, place: int) -> str:
    """A fact in a few words: property, value, unit and data set."""
    code = int(claims.property[place])
    unit = claims.unit(code)
    return (f"{claims.properties[code]} {claims.value[place]:.4g}{'' if unit == '1' else ' ' + unit} "
            f"({claims.datasets[claims.dataset[place]]})")  # fmt: skip


# --- impossible, and units ------------------------------------------------------------------------------------------


def _impossible(claims: Claims, forbidden: Flags, mistaken: dict[int, tuple[float, str]]) -> Iterator[Doubt]:
    for place in np.flatnonzero(forbidden).tolist():
        known = BY_NAME[claims.properties[claims.property[place]]]
        below = known.lowest is not None and claims.value[place] < known.lowest
        why = f"{words(claims, place)} is {'below' if below else 'above'} {known.lowest if below else known.highest:g}"
        hint = f"; {mistaken[place][1]}" if place in mistaken else ""
        yield Doubt("impossible", (place,), CERTAIN, why + hint)


def _units(mistaken: dict[int, tuple[float, str]], forbidden: Flags) -> Iterator[Doubt]:
    for place, (nats, why) in mistaken.items():
        if not forbidden[place]:
            yield Doubt("unit", (place,), nats, why)


def _mistaken(claims: Claims, expected: Expected, siblings: Siblings) -> Iterator[tuple[int, tuple[float, str]]]:
    """(place, (nats, why)) of each value that another unit explains better than chance does."""
    plain = _surprise(claims, expected, siblings, claims.y, np.zeros(len(claims.y)))
    gain = np.zeros(len(claims.y))
    meant, slip = np.full(len(claims.y), np.nan), np.full(len(claims.y), -1)
    names: list[str] = []
    for code in range(len(claims.properties)):
        rows = np.flatnonzero((claims.property == code) & np.isfinite(plain))
        for name, value, density in _readings(claims, code, rows):
            names.append(name)
            y = np.log10(np.maximum(value, 1e-300)) if claims.is_log(code) else value
            prior = np.log(RARE_PRIOR if name in RARE else UNIT_PRIOR)
            other = _surprise(claims, expected, siblings, y, density, rows) - prior
            better = np.flatnonzero(np.isfinite(other) & (plain[rows] - other > gain[rows]))
            won = rows[better]
            gain[won], meant[won], slip[won] = (plain[rows] - other)[better], value[better], len(names) - 1
    for place in np.flatnonzero(slip >= 0).tolist():
        unit = claims.unit(int(claims.property[place]))
        why = f"{words(claims, place)} reads as {names[slip[place]]} for {meant[place]:.4g} {unit}"
        yield place, (float(gain[place]), why)


def _readings(claims: Claims, code: int, rows: Ints) -> Iterator[tuple[str, Array, Array]]:
    """(slip, what would have been meant, -ln of the change of scale) of each wrong unit that a property may carry."""
    value, unit, log = claims.value[rows], claims.unit(code), claims.is_log(code)
    for factor, name in SLIPS.get(unit, ()):
        if not (log and factor < 0):
            yield name, value / factor, np.full(len(rows), 0.0 if log else np.log(abs(factor)))
    if log and unit != "1":
        inside = (value > -30.0) & (value < 30.0)
        meant = np.where(inside, 10.0 ** np.where(inside, value, 0.0), np.nan)
        # d(log10 of what was written) / d(log10 of what was meant) = 1 / (value ln 10)
        yield LOG_SLIP, meant, -np.log(np.maximum(np.abs(value) * np.log(10.0), 1e-12))
    if unit == "K":
        yield CELSIUS_SLIP, value + ZERO_C_K, np.log((value + ZERO_C_K) / np.maximum(value, 1e-9)) * (value > 0)


def _surprise(
    claims: Claims, expected: Expected, siblings: Siblings, y: Array, density: Array, rows: Ints | None = None
) -> Array:
    """-ln density of values y of the claims at `rows`: by what is expected, and by the nearest fellow fact if any."""
    rows = np.arange(len(claims.y)) if rows is None else rows
    of = Expected(expected.y[rows], expected.scale[rows], expected.freedom[rows])
    apart = siblings.nearest(rows, y)
    scale = siblings.scale[claims.property[rows]]
    beside = np.where(np.isfinite(apart), -stats.cauchy.logpdf(apart / scale) + np.log(scale), 0.0)
    return np.asarray(of.surprise(y) + beside + density)


# --- relations, sources, expectation, duplicates ---------------------------------------------------------------------


def _broken(claims: Claims, relation: Relation, usable: Flags, chance: Array) -> Iterator[Doubt]:
    """Compositions whose facts break a relation whichever of them are taken."""
    rows = [claims.of(name) for name in relation.properties]
    rows = [places[usable[places] & claims.exact[places]] for places in rows]
    if not all(len(places) for places in rows):
        return
    with np.errstate(divide="ignore", invalid="ignore"):
        amount = relation.broken(*(_range(claims, places) for places in rows))
    for composition in np.flatnonzero(amount > relation.allowed):
        places = np.concatenate([p[claims.composition[p] == composition] for p in rows])
        said = "; ".join(words(claims, place) for place in places[:4])
        over = float(amount[composition])
        nats = 10.0 + min(40.0, 10.0 * over / max(relation.allowed, 0.05))
        why = f"{relation.why.format(amount=over)}: {said}"
        yield Doubt("relation", _most_suspect_first(places, chance), nats, why)


def _range(claims: Claims, places: Ints) -> Range:
    low, high = (np.full(len(claims.compositions), start) for start in (np.inf, -np.inf))
    np.minimum.at(low, claims.composition[places], claims.value[places])
    np.maximum.at(high, claims.composition[places], claims.value[places])
    there = np.isfinite(low)
    return Range(np.where(there, low, np.nan), np.where(there, high, np.nan))


def _apart(claims: Claims, siblings: Siblings, settled: Flags, chance: Array) -> Iterator[Doubt]:
    """Pairs of facts of two data sets on the same thing, farther apart than nearly all such pairs are."""
    other, apart = siblings.in_another_dataset(settled)
    seen: set[tuple[int, int]] = set()
    for code in range(len(claims.properties)):
        rows = np.flatnonzero((claims.property == code) & (other >= 0))
        if not len(rows):
            continue
        for place in rows[apart[rows] > _allowed_apart(claims, code, apart[rows])]:
            pair = (min(int(place), int(other[place])), max(int(place), int(other[place])))
            if pair not in seen:
                seen.add(pair)
                nats = 5.0 + min(40.0, float(apart[place] / siblings.scale[code]) ** 0.5)
                why = f"two data sets disagree: {words(claims, pair[0])}, {words(claims, pair[1])}"
                yield Doubt("sources", _most_suspect_first(np.array(pair), chance), nats, why)


def _allowed_apart(claims: Claims, code: int, apart: Array) -> float:
    least = SOURCES_LEAST["log"]
    if not claims.is_log(code):
        quarter, three = np.quantile(claims.y[(claims.property == code) & np.isfinite(claims.y)], [0.25, 0.75])
        least = SOURCES_LEAST["linear"] * float(three - quarter)
    return max(least, float(np.quantile(apart, 1.0 - SOURCES_SHARE)) if len(apart) > 1 / SOURCES_SHARE else 0.0)


def _unlikely(claims: Claims, expected: Expected, chance: Array, settled: Flags) -> Iterator[Doubt]:
    """The few facts of each property that are farthest from what is expected, in units of its usual miss."""
    off = np.abs(claims.y - expected.y) / expected.scale
    for code in range(len(claims.properties)):
        rows = np.flatnonzero((claims.property == code) & np.isfinite(off) & ~settled)
        if not len(rows):
            continue
        least = max(UNLIKELY_SCALES, float(np.quantile(off[rows], 1.0 - UNLIKELY_SHARE)))
        for place in rows[off[rows] > least]:
            middle = 10.0 ** expected.y[place] if claims.is_log(code) else expected.y[place]
            why = f"{words(claims, place)}: composition and other properties let expect {middle:.3g}"
            yield Doubt("unlikely", (int(place),), float(-np.log(max(chance[place], 1e-30))), why)


def _duplicates(claims: Claims) -> Iterator[Doubt]:
    """Facts told again: all digits the same in one data set, or two digits and the paper in two."""
    digits = significant_digits(claims.value)
    within = (claims.composition, claims.property, claims.value, claims.at_c, claims.phase, claims.dataset)
    paper = (claims.composition, claims.property, claims.value, claims.at_c, claims.doi)
    told = np.array([bool(doi) for doi in claims.dois])[claims.doi] if len(claims.doi) else np.zeros(0, dtype=bool)
    seen: set[tuple[int, ...]] = set()
    for keys, usable in ((within, digits >= DIGITS_OF_CHANCE), (paper, told & (digits >= DIGITS_OF_PAPER))):
        for places in _alike(keys, np.flatnonzero(usable)):
            if places not in seen:
                seen.add(places)
                yield Doubt("duplicate", places, 0.0, f"told {len(places)} times: {words(claims, places[0])}")


def _alike(keys: tuple[NDArray[np.generic], ...], rows: Ints) -> Iterator[tuple[int, ...]]:
    """Groups of two and more rows that agree in every key (NaN agrees with NaN)."""
    order = rows[np.lexsort(tuple(key[rows] for key in keys))]
    same = np.ones(max(0, len(order) - 1), dtype=bool)
    for key in keys:
        a, b = key[order[:-1]], key[order[1:]]
        same &= (a == b) | ((a != a) & (b != b))
    for group in np.split(order, np.flatnonzero(~same) + 1):
        if len(group) > 1:
            yield tuple(sorted(int(place) for place in group))


def _most_suspect_first(places: Ints, chance: Array) -> tuple[int, ...]:
    """The places by how little each is expected; what has no expectation last."""
    order = np.argsort(np.nan_to_num(chance[places], nan=1.0), kind="stable")
    return tuple(int(place) for place in places[order])
