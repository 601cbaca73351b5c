"""Facts as their sources say them, understood: columns of texts to columns of facts.

Each distinct formula, unit and property is read once, the rest is arithmetic on whole columns. A row that is not
understood is refused with its reason, alone.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from adatom.cloud.knowledge.compositions import Composition, composition_of
from adatom.cloud.knowledge.properties import BY_NAME, property_named
from adatom.cloud.knowledge.tolerant import read_written
from adatom.cloud.knowledge.units import Converter, converter
from adatom.cloud.knowledge.values import MISSING, parse_value
from adatom.cloud.store.facts import JOINER
from adatom.protocol.errors import InputError
from numpy.typing import NDArray

KELVIN = 273.15
ROOM_C = 25.0  # what "room temperature" means
SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio
DOI = re.compile(r"10\.[0-9]{4,9}/[^\s|;,\"<>]+", re.IGNORECASE)
MAX_KNOWN = 500_000  # formulas kept in mind: 200 MB
Array = NDArray[Any]


@dataclass
class Said:
    """Columns of one length, as the source writes them."""

    formula: list[str]
    shown: list[str]
    property: list[str]
    value: list[str]
    unit: list[str]
    temperature: list[str]  # °C, or K where kelvin
    dois: list[str]
    source_id: list[str]
    phase: list[str]
    source: list[str]
    dataset: list[str]
    method: list[str]
    licence: list[str]
    line: list[int]
    confidence: float
    kelvin: bool = False
    page: int | None = None

    def __len__(self) -> int:
        return len(self.formula)

    @staticmethod
    def joined(parts: "list[Said]") -> "Said":
        """Parts with the same constants, one after the other."""
        columns = {
            one.name: list(chain.from_iterable(getattr(part, one.name) for part in parts))
            for one in fields(Said)
            if isinstance(getattr(parts[0], one.name), list)
        }
        first = parts[0]
        return Said(**columns, confidence=first.confidence, kelvin=first.kelvin, page=first.page)


class Understood(NamedTuple):
    """Columns for the store, and what goes with them."""

    columns: dict[str, Any]  # of table fact, but for import
    compositions: list[Composition]  # that were not met before
    flags: list[tuple[int, str, str]]  # (fact, flag, why)
    refused: list[tuple[int, str]]  # (line, why)


class Formula(NamedTuple):
    """One formula as it was read."""

    key: str  # of the composition
    notes: tuple[str, ...]
    phase: str


@dataclass
class Reader:
    """What one load keeps in mind: formulas it has read (or why not), and how often each saying has come."""

    known: dict[str, Formula | str] = field(default_factory=dict)
    sayings: list[Array] = field(default_factory=list)  # sorted hashes of each batch so far

    def understood(self, said: Said) -> Understood:
        """The facts of a batch; every batch of a file has to come by, in order, here or through `identities`."""
        ids = self.identities(said)
        new = self.read_formulas(said.formula)
        numbers = read_numbers(said.value, said.unit)
        kinds = _Kinds(said.property, numbers.units)
        kept, refused = self._judged(said, numbers, kinds)
        places = np.flatnonzero(kept)
        columns, flags = self._columns(said, ids, numbers, kinds, places)
        return Understood(columns, new, flags, refused)

    def identities(self, said: Said) -> Array:
        """(n,) int64: a hash of what each row says; of a saying that comes again (polymorphs), of its number too."""
        return self.identify(zip(said.dataset, said.formula, said.property, said.value, said.unit, said.temperature,
                                 said.dois, said.source_id, said.phase, strict=True))  # fmt: skip

    def identify(self, sayings: Iterable[Sequence[str]]) -> Array:
        """(n,) int64 of any sayings; `identities` for those of Said."""
        digests = [
            hashlib.blake2b("\x1f".join(one).encode("utf-8", "replace"), digest_size=8).digest() for one in sayings
        ]
        hashes = np.frombuffer(b"".join(digests), dtype="<u8")
        times = _occurrence(hashes)
        for earlier in self.sayings:
            before = np.searchsorted(earlier, hashes, "right") - np.searchsorted(earlier, hashes, "left")
            times += before.astype(np.uint64)
        self.sayings.append(np.sort(hashes))
        # an odd factor spreads the number over all bits; 63 bits, for databases without unsigned numbers
        found: Array = ((hashes + times * SPREAD) >> np.uint64(1)).astype(np.int64)
        return found

    def read_formulas(self, formulas: list[str]) -> list[Composition]:
        """Compositions of the formulas that were not known before; those refused are kept with the reason."""
        if len(self.known) > MAX_KNOWN:
            self.known.clear()
        new = []
        for text in dict.fromkeys(formulas):
            if text not in self.known:
                try:
                    written = read_written(text)
                    composition = composition_of(written.atoms)
                    self.known[text] = Formula(composition.key, written.notes, written.phase)
                    new.append(composition)
                except InputError as error:
                    self.known[text] = str(error)
        return new

    def _judged(self, said: Said, numbers: "Numbers", kinds: "_Kinds") -> tuple[Array, list[tuple[int, str]]]:
        """(which rows are facts, (line, why) of those refused); a row without a value is neither."""
        kept = np.isfinite(numbers.value)
        kept &= np.isfinite(kinds.converted(numbers.value))
        refused = dict(numbers.bad)
        for place, text in enumerate(said.formula):
            formula = self.known[text]
            if isinstance(formula, str) and kept[place]:
                refused.setdefault(place, formula)
        for code, why in kinds.refused.items():
            refused |= {int(place): why for place in np.flatnonzero(kept & (kinds.codes == code))}
        kept[list(refused)] = False
        beyond = np.flatnonzero(np.isfinite(numbers.value) & ~kept)
        refused |= {
            int(place): f"{said.value[place]!r}: beyond all numbers" for place in beyond if place not in refused
        }
        return kept, [(said.line[place], why) for place, why in sorted(refused.items())]

    def _columns(
        self, said: Said, ids: Array, numbers: "Numbers", kinds: "_Kinds", places: Array
    ) -> tuple[dict[str, Any], list[tuple[int, str, str]]]:
        """Columns of the rows at `places`, and what is to be noted of them."""
        chosen = places.tolist()
        formulas: list[Any] = [self.known[said.formula[place]] for place in chosen]
        temperature, doubtful = _temperatures(said)
        columns = {
            "fact": ids[places],
            "composition": _texts([one.key for one in formulas]),
            "formula": _texts([said.shown[place] for place in chosen]),
            "property": _texts([kinds.names[code] for code in kinds.codes[places]]),
            "value": kinds.converted(numbers.value)[places],
            "low": kinds.converted(numbers.low)[places],
            "high": kinds.converted(numbers.high)[places],
            "comparison": numbers.comparison[places],
            "said": _texts([f"{said.value[place]} {said.unit[place]}".strip() for place in chosen]),
            "temperature_c": np.where(np.isnan(temperature), kinds.temperature_c(), temperature)[places],
            "phase": _texts([said.phase[place] or one.phase for place, one in zip(chosen, formulas, strict=True)]),
            **{name: _texts([getattr(said, name)[place] for place in chosen])
               for name in ("method", "source", "dataset", "source_id", "licence")},
            "line": np.array(said.line, dtype=np.int64)[places],
            "page": np.full(len(chosen), np.nan if said.page is None else said.page),
            "dois": _texts([_dois(said.dois[place]) for place in chosen]),
            "confidence": np.full(len(chosen), said.confidence),
            "derived_from": _texts([""] * len(chosen)),
        }  # fmt: skip
        flags = [(int(ids[place]), note, f"{note.replace('_', ' ')}: {said.formula[place]}")
                 for place, one in zip(chosen, formulas, strict=True) for note in one.notes]  # fmt: skip
        for place in chosen:
            if place in doubtful:
                flags.append((int(ids[place]), "temperature", f"not understood: {said.temperature[place][:60]!r}"))
            if kinds.per_mole[kinds.codes[place]]:
                flags.append((int(ids[place]), "per_mole", f"{said.unit[place]!r} is read as of a mole of atoms"))
        return columns, flags


class Numbers(NamedTuple):
    """(n,) columns of numbers as they are said; NaN: missing."""

    value: Array
    low: Array
    high: Array
    comparison: Array
    units: list[str]  # the column's, or the one that stands behind the number
    bad: dict[int, str]  # place -> why


def read_numbers(cells: list[str], units: list[str]) -> Numbers:
    """The numbers of a column; plain ones at once, the others one by one."""
    try:
        value = np.array(list(map(float, cells)), dtype=float)
        odd = np.flatnonzero(~np.isfinite(value)).tolist()
    except ValueError:
        value = np.full(len(cells), np.nan)
        odd = []
        for place, cell in enumerate(cells):
            try:
                value[place] = float(cell)
            except ValueError:
                odd.append(place)
        odd += np.flatnonzero(np.isinf(value)).tolist()
    comparison = np.full(len(cells), "=", dtype=object)
    found = Numbers(value, np.full(len(cells), np.nan), np.full(len(cells), np.nan), comparison, list(units), {})
    for place in odd:
        _read_odd(cells[place], place, found)
    return found


def _read_odd(cell: str, place: int, numbers: Numbers) -> None:
    numbers.value[place] = np.nan
    try:
        parsed = parse_value(cell)
    except InputError as error:
        numbers.bad[place] = str(error)
        return
    if parsed is None:
        return
    value, unit = parsed
    numbers.value[place], numbers.comparison[place] = value.value, value.comparison
    if value.low is not None and value.high is not None:
        numbers.low[place], numbers.high[place] = value.low, value.high
    if unit:
        numbers.units[place] = unit


class _Kinds:
    """Each distinct (property, unit) of a batch, read once; `codes` says which one a row is of."""

    def __init__(self, properties: list[str], units: list[str]) -> None:
        pairs: dict[tuple[str, str], int] = {}
        self.codes = np.array([pairs.setdefault(pair, len(pairs)) for pair in zip(properties, units, strict=True)], int)
        self.names: list[str] = []
        self.converters: list[Converter] = []
        self.temperatures: list[float] = []
        self.per_mole: list[bool] = []
        self.refused: dict[int, str] = {}
        for code, (name, unit) in enumerate(pairs):
            try:
                alias, log10 = property_named(name)
                found = converter(unit, alias.name)
            except InputError as error:
                self.refused[code] = str(error)
                self._add("", Converter(1.0, 0.0, False), None, False)
            else:
                per_mole = "mol" in unit and BY_NAME[alias.name].unit.endswith("/atom")
                self._add(alias.name, found._replace(log10=found.log10 or log10), alias.temperature_c, per_mole)

    def _add(self, name: str, found: Converter, temperature_c: float | None, per_mole: bool) -> None:
        self.names.append(name)
        self.converters.append(found)
        self.temperatures.append(np.nan if temperature_c is None else temperature_c)
        self.per_mole.append(per_mole)

    def converted(self, numbers: Array) -> Array:
        """(n,) numbers in their properties' units; beyond all numbers: inf."""
        found = np.array(numbers)
        with np.errstate(over="ignore", invalid="ignore"):
            for code, (factor, offset, log10) in enumerate(self.converters):
                if (factor, offset, log10) != (1.0, 0.0, False):
                    mine = self.codes == code
                    found[mine] = (10.0 ** found[mine] if log10 else found[mine]) * factor + offset
        return found

    def temperature_c(self) -> Array:
        """(n,) what the property's name says of the temperature; NaN: nothing."""
        found: Array = np.array([*self.temperatures, np.nan])[self.codes]
        return found


def _occurrence(hashes: Array) -> Array:
    """(n,) how many equal ones stand before each."""
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])[: len(hashes)]
    times = np.empty(len(hashes), dtype=np.uint64)
    times[order] = np.arange(len(hashes)) - np.repeat(starts, np.diff(np.r_[starts, len(hashes)]))
    return times


def _temperatures(said: Said) -> tuple[Array, frozenset[int]]:
    """((n,) °C, NaN where none is told; places whose text is not understood)."""
    distinct = {text: _temperature(text, said.kelvin) for text in dict.fromkeys(said.temperature)}
    if len(distinct) == 1:
        (only,) = distinct.values()
        return np.full(len(said), np.nan if only is None else only), frozenset(range(len(said)) if only is None else ())
    found = [distinct[text] for text in said.temperature]
    doubtful = frozenset(place for place, one in enumerate(found) if one is None)
    return np.array([np.nan if one is None else one for one in found]), doubtful


def _temperature(text: str, kelvin: bool) -> float | None:
    """°C, NaN where none is told, None for what is not understood."""
    if text.strip().lower() in MISSING:
        return np.nan
    if text.strip().lower() in ("rt", "r.t.", "room temperature", "ambient"):
        return ROOM_C
    try:
        parsed = parse_value(text)
        unit = parsed[1] if parsed else ""
        if parsed is None or unit not in ("", "K", "C", "°C", "degC"):
            return None
    except InputError:
        return None
    number = parsed[0].value
    found = number - KELVIN if unit == "K" or (kelvin and not unit) else number
    return found if found >= -KELVIN else None


def _dois(text: str) -> str:
    """The DOIs in a text, which may hold several and addresses around them, joined."""
    if not text:
        return ""
    return JOINER.join(dict.fromkeys(doi.rstrip(".)") for doi in DOI.findall(text)))


def _texts(values: list[str]) -> Array:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found
