"""Entries of a page to sayings: structures by their sites, the provider's own numbers by the plan. Pure.

An entry that is not understood, or a part of it, is refused alone, with the reason.
"""

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from adatom.cloud.knowledge.compositions import composition_of
from adatom.cloud.knowledge.formula import ELEMENTS
from adatom.cloud.knowledge.mapping import CURATED, Column
from adatom.cloud.knowledge.optimade.address import named
from adatom.cloud.knowledge.optimade.document import Document, shown
from adatom.cloud.knowledge.said import Reader, Said
from adatom.cloud.knowledge.structures import quantities
from adatom.cloud.knowledge.tolerant import read_written
from adatom.protocol.errors import InputError, ProtocolError
from numpy.typing import NDArray

READ_FEATURES = ("disorder",)  # others (assemblies, implicit_atoms, ...): sites are missing or depend
SITES = ("lattice_vectors", "cartesian_site_positions", "species", "species_at_sites")
VACANCY = "vacancy"
OCCUPANTS = ELEMENTS | {VACANCY}
OCCUPANCY_MAX = 1.01  # as for CIF files: rounded thirds
SPACE_GROUP = "space_group_symbol_hermann_mauguin"
NO_CRYSTAL = {0: "molecule", 1: "chain", 2: "layer"}  # by the directions in which it is periodic
MAX_ID = 200  # characters
ReadSites = Callable[[str, str], dict[str, Any]]  # JSON of lattice, species, coords; where -> StructureReader's answer


class Entry(NamedTuple):
    """One entry of a page."""

    id: str
    attributes: dict[str, Any]
    dois: str
    partial: frozenset[str]  # fields that are given elsewhere, in parts


class Origin(NamedTuple):
    """What all entries of a fetch have in common."""

    source: str
    dataset: str
    method: str  # of the provider's own numbers
    licence: str


class Row(NamedTuple):
    """One saying of an entry."""

    formula: str
    property: str
    value: str
    unit: str
    temperature: str
    phase: str
    method: str
    field: str = ""  # of the provider


class EntryReader(Reader):
    """Reads one page. An id tells polymorphs apart: a space group or DOIs, asked for or not, make no other fact."""

    def identities(self, said: Said) -> NDArray[Any]:
        """(n,) int64: a hash of what each row says, as of Reader but for phase and DOIs."""
        return self.identify(
            zip(said.dataset, said.formula, said.property, said.value, said.unit, said.temperature, said.source_id,
                strict=True)
        )  # fmt: skip


def entries_of(document: Document) -> list[Entry]:
    """The entries of a page, each id once. Raises ProtocolError for a page that is no list of entries."""
    where = named(document.url)
    if not isinstance(document.data, list):
        raise ProtocolError(f"{where}: `data` must be a list of entries")
    dois = {
        one.get("id"): doi
        for one in document.included
        if isinstance(one.get("id"), str) and isinstance(doi := _at(one, "attributes", "doi"), str)
    }
    found: dict[str, Entry] = {}
    for one in document.data:
        entry = _entry(one, dois)
        if entry is None:
            raise ProtocolError(f"{where}: an entry has no id, or is no structure")
        found.setdefault(entry.id, entry)
    return list(found.values())


def _entry(one: Any, dois: dict[Any, str]) -> Entry | None:
    if not isinstance(one, dict) or one.get("type") != "structures":
        return None
    name, attributes = one.get("id"), one.get("attributes")
    if not isinstance(name, str) or not isinstance(attributes, dict):
        return None
    if not 0 < len(name) <= MAX_ID or not name.isprintable():
        return None
    links = _at(one, "meta", "partial_data_links") or _at(attributes, "meta", "partial_data_links")
    references = _at(one, "relationships", "references", "data")
    named = [ref.get("id") for ref in references if isinstance(ref, dict)] if isinstance(references, list) else []
    return Entry(
        name, attributes, "|".join(shown(dois[ref]) for ref in named if isinstance(ref, str) and ref in dois),
        frozenset(links) if isinstance(links, dict) else frozenset(),
    )  # fmt: skip


def rows_of(entry: Entry, columns: Sequence[Column], method: str, read: ReadSites) -> tuple[list[Row], list[str]]:
    """(sayings of an entry, why parts of it are refused)."""
    refused = []
    answer: dict[str, Any] | None = None
    try:
        if sites := sites_of(entry):
            answer = read(json.dumps(sites), entry.id)
            _check_formula(entry, answer["formula"])
    except InputError as error:
        answer = None
        refused.append(error.problem)
    formula, phase = _formula(entry, answer), _space_group(entry, answer)
    rows = [Row(formula, *one, "", phase, "structure") for one in (quantities(answer) if answer else ())]
    for column in columns:
        try:
            value = number_of(entry.attributes, column.name)
        except InputError as error:
            refused.append(error.problem)
            continue
        if value is not None:
            at = "" if column.temperature_c is None else repr(column.temperature_c)
            rows.append(Row(formula, column.property, repr(value), column.unit, at, phase, method, column.name))
    return rows, refused


def sites_of(entry: Entry) -> dict[str, Any] | None:
    """Lattice, occupancies and positions of an entry; None where it tells no sites. InputError for what is not read."""
    attributes = entry.attributes
    if parts := sorted(entry.partial & set(SITES)):
        raise InputError(entry.id, f"{', '.join(parts)} given in parts elsewhere (partial data), which are not fetched")
    if any(attributes.get(name) is None for name in SITES):
        return None
    if odd := [one for one in _list(attributes.get("structure_features")) if one not in READ_FEATURES]:
        raise InputError(entry.id, f"structures with {', '.join(shown(one) for one in odd)[:200]} are not read")
    if attributes.get("nperiodic_dimensions") not in (None, 3):
        raise InputError(entry.id, "is not periodic in three directions: a cell of it has no volume")
    lattice, positions = (_vectors(entry, name) for name in SITES[:2])
    names, count = attributes["species_at_sites"], attributes.get("nsites")
    if not isinstance(names, list) or len(names) != len(positions) or count not in (None, len(names)):
        raise InputError(entry.id, "nsites, species_at_sites and cartesian_site_positions differ in length")
    species = _species(entry)
    missing = {shown(name) for name in names if not isinstance(name, str) or name not in species}
    if len(lattice) != 3 or missing:
        raise InputError(entry.id, f"species {', '.join(sorted(missing))[:200]} not told, or not three lattice vectors")
    occupied = [(species[name], position) for name, position in zip(names, positions, strict=True) if species[name]]
    return {"lattice": lattice, "species": [one for one, _ in occupied], "coords": [at for _, at in occupied]}


def _species(entry: Entry) -> dict[str, dict[str, float]]:
    """Name of a species -> element -> share of the site; vacancies have none."""
    told = entry.attributes["species"]
    return dict(_one_species(entry, one if isinstance(one, dict) else {}) for one in _list(told))


def _one_species(entry: Entry, one: dict[str, Any]) -> tuple[str, dict[str, float]]:
    name, symbols, shares = one.get("name"), _list(one.get("chemical_symbols")), _list(one.get("concentration"))
    where = f"species {shown(name)[:40]!r}"
    if not isinstance(name, str) or not symbols or len(symbols) != len(shares):
        raise InputError(entry.id, f"{where}: a name, symbols and as many concentrations are needed")
    if one.get("attached") or not all(isinstance(symbol, str) and symbol in OCCUPANTS for symbol in symbols):
        raise InputError(entry.id, f"{where} holds atoms that are not known or have no site")
    if not all(map(_is_number, shares)) or min(shares) < 0.0 or sum(shares) > OCCUPANCY_MAX:
        raise InputError(entry.id, f"{where}: concentrations must be 0 to 1 in all")
    return name, {symbol: share for symbol, share in zip(symbols, shares, strict=True) if share and symbol != VACANCY}


def _vectors(entry: Entry, name: str) -> list[list[float]]:
    found = entry.attributes[name]
    whole = isinstance(found, list) and all(
        isinstance(one, list) and len(one) == 3 and all(map(_is_number, one)) for one in found
    )
    if not whole or not found:
        raise InputError(entry.id, f"{name} must be a list of vectors of three numbers")
    return list(found)


def _check_formula(entry: Entry, of_sites: str) -> None:
    """InputError where sites and formula of an ordered structure differ in composition: one of them is wrong."""
    told = entry.attributes.get("chemical_formula_reduced")
    if not isinstance(told, str) or entry.attributes.get("structure_features"):
        return
    keys = [composition_of(read_written(formula, entry.id).atoms).key for formula in (told, of_sites)]
    if keys[0] != keys[1]:
        raise InputError(entry.id, f"its sites make {keys[1]}, chemical_formula_reduced says {told[:80]}")


def _formula(entry: Entry, answer: dict[str, Any] | None) -> str:
    """The formula that tells most: of disordered sites by the sites, else as it is told, else by the shares."""
    attributes = entry.attributes
    told = [one for name in ("chemical_formula_reduced", "chemical_formula_descriptive")
            if isinstance(one := attributes.get(name), str)]  # fmt: skip
    of_sites = [answer["formula"]] if answer else []
    elements, ratios = _list(attributes.get("elements")), _list(attributes.get("elements_ratios"))
    shares = "".join(
        f"{element}{ratio:.6f}" for element, ratio in zip(elements, ratios, strict=False) if _is_number(ratio)
    )
    of_ratios = [shares] if shares else []
    ordered = not attributes.get("structure_features")
    return next(iter([*told, *of_sites, *of_ratios] if ordered else [*of_sites, *of_ratios, *told]), "")


def _space_group(entry: Entry, answer: dict[str, Any] | None) -> str:
    """As the provider tells it, else as found by symmetry; what is no crystal is called so."""
    periodic, told = (entry.attributes.get(name) for name in ("nperiodic_dimensions", SPACE_GROUP))
    if isinstance(periodic, int) and periodic in NO_CRYSTAL:
        return NO_CRYSTAL[periodic]
    if isinstance(told, str):
        return shown(told).replace(" ", "")[:40]
    return str(answer["space_group"]) if answer else ""


def number_of(attributes: dict[str, Any], name: str) -> float | None:
    """The number of a field, or of a part of it (`field.part`); None where there is none. InputError for no number."""
    field, _, rest = name.partition(".")
    value: Any = attributes.get(field)
    while rest and isinstance(value, dict):
        part = max((key for key in value if f"{rest}.".startswith(f"{key}.")), key=len, default="")
        value, rest = value.get(part) if part else None, rest[len(part) + 1 :]
    if value is None:
        return None
    if rest or not _is_number(value):
        raise InputError(name, f"{name}: {shown(value)[:60]!r} is no number")
    return float(value)


def said_of(rows: Sequence[tuple[int, Entry, Row]], origin: Origin) -> Said:
    """Sayings (line, entry, row) as columns."""
    size, told = len(rows), [row for _, _, row in rows]
    formulas = [row.formula for row in told]
    return Said(
        formula=formulas, shown=formulas, property=[row.property for row in told], value=[row.value for row in told],
        unit=[row.unit for row in told], temperature=[row.temperature for row in told],
        dois=[entry.dois for _, entry, _ in rows], source_id=[entry.id for _, entry, _ in rows],
        phase=[row.phase for row in told], source=[origin.source] * size, dataset=[origin.dataset] * size,
        method=[row.method for row in told], licence=[origin.licence] * size, line=[line for line, _, _ in rows],
        confidence=CURATED,
    )  # fmt: skip


def _at(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_number(value: Any) -> bool:
    """Whether a value is a number that a float holds (JSON's whole numbers have no end)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
