"""Which fields of a provider become facts of which property: by name and unit, or by the user; never guessed.

A provider's own field, `_mp_band_gap`, is taken when its name after the prefix spells out a property of ours and
/info/structures tells a unit that becomes the property's.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from adatom.cloud.knowledge.mapping import Column
from adatom.cloud.knowledge.optimade.document import shown
from adatom.cloud.knowledge.properties import BY_NAME, property_named
from adatom.cloud.knowledge.units import converter
from adatom.protocol.errors import InputError

STRUCTURE = (
    "last_modified", "immutable_id", "chemical_formula_reduced", "chemical_formula_descriptive", "elements",
    "elements_ratios", "nelements", "nsites", "nperiodic_dimensions", "lattice_vectors", "cartesian_site_positions",
    "species", "species_at_sites", "structure_features", "space_group_symbol_hermann_mauguin",
)  # fmt: skip
OWN = re.compile(r"_[a-z0-9]+_(.+)", re.DOTALL)
FIELD = re.compile(r"[A-Za-z_][^\s,=]{0,199}")
SPELT_OUT_MIN = 9  # letters: `ef` is elsewhere the Fermi energy, `ea` any activation or adsorption
VAGUE = frozenset({"conductivity", "anisotropy", "magnetization", "elasticmodulus"})  # of what?
UNITLESS = frozenset({"", "1", "dimensionless"})


class Left(NamedTuple):
    """A provider's own field that is not taken."""

    field: str
    unit: str
    why: str


class Plan(NamedTuple):
    """What is asked for and taken."""

    columns: tuple[Column, ...]  # field, or field.part; property and unit
    left: tuple[Left, ...]
    response_fields: tuple[str, ...]


def plan_of(properties: Mapping[str, Any], mapped: Sequence[Column], response_fields: Sequence[str]) -> Plan:
    """The plan for `properties` of /info/structures (field -> its definition).

    `mapped`: what the user says of fields, first; `response_fields`: all that is asked for, else what can be used.
    Raises InputError for a field that the provider does not have.
    """
    _check_known([*response_fields, *(one.name.partition(".")[0] for one in mapped)], properties)
    named = {one.name.partition(".")[0] for one in mapped}
    columns, left = list(mapped), []
    for field, definition in properties.items():
        if not field.startswith("_") or field in named or (response_fields and field not in response_fields):
            continue
        found = recognised(field, definition)
        columns.append(found) if isinstance(found, Column) else left.append(found)
    usable = [field for field in STRUCTURE if not properties or field in properties]
    fields = [*(response_fields or usable), *(one.name.partition(".")[0] for one in columns)]
    return Plan(tuple(columns), tuple(left), tuple(dict.fromkeys(fields)))


def recognised(field: str, definition: Any) -> Column | Left:
    """The column that a provider's own field is by its name and unit, or why it is none."""
    unit = unit_of(definition)
    kind = definition.get("type") if isinstance(definition, dict) else None
    if _numberless(kind):
        return Left(shown(field), unit, f"its type is {shown(kind)}, not a number")
    own = OWN.fullmatch(field)
    try:
        alias, log10 = property_named(own[1] if own else field)
    except InputError:
        return Left(shown(field), unit, "no property of this name is known")
    squeezed = re.sub(r"[^a-z0-9]", "", own[1].lower()) if own else ""
    if squeezed != alias.name.replace("_", "") and (len(squeezed) < SPELT_OUT_MIN or squeezed in VAGUE):
        return Left(shown(field), unit, f"may be {alias.name} or something else")
    why = _unit_problem(unit, alias.name)
    if why:
        return Left(shown(field), unit, f"{alias.name}? {why}")
    return Column(field, f"log10_{alias.name}" if log10 else alias.name, _pint_unit(unit), alias.temperature_c)


def unit_of(definition: Any) -> str:
    """The unit of a definition of OPTIMADE 1.0 to 1.2; "" where none is told."""
    if not isinstance(definition, dict):
        return ""
    found = definition.get("unit") or definition.get("x-optimade-unit")
    return shown(found) if isinstance(found, str) else ""


def asked_columns(texts: Iterable[str]) -> tuple[Column, ...]:
    """Columns of texts FIELD=PROPERTY:UNIT; without :UNIT the property's own. Raises InputError.

    FIELD.PART.PART reaches into fields that are objects.
    """
    return tuple(_asked_column(text) for text in texts)


def names_in(text: str) -> tuple[str, ...]:
    """The names in a list with commas."""
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def _asked_column(text: str) -> Column:
    field, _, rest = text.partition("=")
    name, _, unit = rest.partition(":")
    if not rest or not FIELD.fullmatch(field.strip()):
        raise InputError("--property", f"{text[:100]!r}: FIELD=PROPERTY:UNIT is needed")
    alias, log10 = property_named(name.strip(), "--property")
    converter(unit.strip(), alias.name, "--property")
    said = f"log10_{alias.name}" if log10 else alias.name
    return Column(field.strip(), said, unit.strip() or BY_NAME[alias.name].unit, alias.temperature_c)


def _check_known(fields: Iterable[str], properties: Mapping[str, Any]) -> None:
    missing = [field for field in fields if properties and field not in properties and field not in ("id", "type")]
    if missing:
        have = ", ".join(shown(one) for one in sorted(properties, key=lambda one: (not one.startswith("_"), one)))
        raise InputError("fields", f"{', '.join(missing)}: the provider does not have this; it has {have[:1000]}")


def _numberless(kind: Any) -> bool:
    """Whether a type of OPTIMADE 1.0 (a word) or of JSON Schema (a word or several) holds no number."""
    kinds = kind if isinstance(kind, list) else [kind]
    return kind is not None and not {"float", "integer", "number"} & {one for one in kinds if isinstance(one, str)}


def _unit_problem(unit: str, name: str) -> str:
    wanted = BY_NAME[name].unit
    if unit in UNITLESS:
        return "" if wanted == "1" else f"no unit is told, {wanted} would be needed"
    try:
        converter(_pint_unit(unit), name)
    except InputError:
        return f"{unit} does not become {wanted}"
    return ""


def _pint_unit(unit: str) -> str:
    return "1" if unit in UNITLESS else unit
