"""Facts of tables: the header says property and unit, the first column the material; or the other way round."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from adatom.cloud.knowledge.documents.confidence import product
from adatom.cloud.knowledge.documents.model import Found, Node
from adatom.cloud.knowledge.documents.names import Mention, materials
from adatom.cloud.knowledge.documents.phrases import CALCULATED, MEASURED, ROOM, WISHED, named
from adatom.cloud.knowledge.documents.quantities import UNIT, uniform
from adatom.cloud.knowledge.documents.sentences import Context, fits
from adatom.cloud.knowledge.properties import BY_NAME
from adatom.cloud.knowledge.values import parse_value
from adatom.protocol.errors import InputError

SYMBOLS = {
    "a": "lattice_a",
    "b": "lattice_b",
    "c": "lattice_c",
    "G": "shear_modulus",
    "B": "bulk_modulus",
    "K": "bulk_modulus",
    "E": "young_modulus",
    "Y": "young_modulus",
    "ν": "poisson_ratio",
    "ρ": "density",
    "H": "hardness",
    "σ": "ionic_conductivity",
    "Eg": "band_gap",
    "Ea": "activation_energy",
    "EA": "activation_energy",
}
IN_BRACKETS = re.compile(r"[(\[]([^()\[\]]*(?:\([^()]*\)[^()\[\]]*)*)[)\]]\s*$")
BEHIND_SLASH = re.compile(r"(?:\s*/\s+|\s+/\s*|,\s*| in )(\S.*)$")
SCALE = re.compile(r"^(?:[×x]\s*)?10\s*\^?\{?([⁻-]?[0-9⁰-⁹]{1,2})\}?\s*(?=[A-Za-zΩμ])")
LOG10 = re.compile(r"\blog(?:10|₁₀)?\s*\(?", re.IGNORECASE)
TEMPERATURE = re.compile(r"^(?:T|temp(?:erature)?)\b", re.IGNORECASE)
AT = re.compile(r"(?:at|@|,|\()\s*(-?[0-9.]+)\s*(°C|K)\b")
PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


class Head(NamedTuple):
    """What a header's cell says: property "" for none; `temperature` where it tells one or is a column of them."""

    property: str
    unit: str
    temperature: str
    is_temperature: bool


def head_of(text: str) -> Head:
    """The meaning of a header's cell: name, then unit in brackets, behind a slash or a comma."""
    said = " ".join(uniform(text).split())
    at = AT.search(said)
    temperature = f"{at[1]} {at[2]}" if at else ("RT" if ROOM.search(said) else "")
    body = AT.sub(" ", said).replace("( )", "").replace("()", "").strip(" ,)") if at else said
    body = body + ")" if body.count("(") > body.count(")") else body
    bracket = IN_BRACKETS.search(body) or BEHIND_SLASH.search(body)
    unit = bracket[1].strip() if bracket else ""
    name = (body[: bracket.start()] if bracket else body).strip(" ,:=")
    if not unit and (last := UNIT.search(body)) and last.end() == len(body) and last.start() > 2:
        unit, name = last[0], body[: last.start()].strip(" ,:")
    if TEMPERATURE.match(name) and unit in ("°C", "K"):
        return Head("", unit, "", True)
    return Head(*_property(name, unit), temperature, False)


def _property(name: str, unit: str) -> tuple[str, str]:
    """(property, unit as the reader of units takes it); ("", "") where the name or its unit is another's."""
    squeezed = re.sub(r"[\s_,]", "", re.sub(LOG10, "", name))
    found = SYMBOLS.get(squeezed, "")
    if not found:
        names = [one.property for one in named(name)]
        found = names[-1] if names else ""
        found = f"lattice_{name.split()[-1]}" if found == "lattice_a" and name.split()[-1] in ("b", "c") else found
    scale = SCALE.match(unit)
    plain = unit[scale.end() :] if scale else unit
    if found == "density" and plain == "%":
        found = "relative_density"
    if not found or re.search(r"[×x*]\s*10", name):  # σ × 10⁴: which way is meant, nobody can tell
        return "", ""
    said = fits(plain, found) if plain or BY_NAME[found].unit == "1" else None
    if said is None:
        return "", ""
    if LOG10.match(name):
        return found, f"log10({said})"
    return found, f"10**{scale[1].translate(PLAIN)} {said}" if scale else said


def facts_of_table(table: Node, caption: str, context: Context) -> list[Found]:
    """The facts of a table; `caption` may name the material of all rows and how the values were found."""
    rows = [[cell.strip() for cell in row] for row in table.rows]
    if len(rows) < 2:
        return []
    rows = _one_header(rows)
    found = _by_rows(rows, table, caption, context)
    if found:
        return found
    turned = [list(column) for column in zip(*rows, strict=True)]
    return _by_rows(turned, table, caption, context) if len(turned) > 1 else []


def _one_header(rows: list[list[str]]) -> list[list[str]]:
    """A second line of the header (units alone) joined to the first."""
    named_above = any(head_of(cell).property or materials(uniform(cell)) for cell in rows[0])
    if len(rows) > 2 and not named_above:
        joined = [f"{a} {b}".strip() for a, b in zip(rows[0], rows[1], strict=True)]
        if any(head_of(cell).property for cell in joined) and not materials(rows[1][0]):
            return [joined, *rows[2:]]
    return rows


def _by_rows(rows: Sequence[Sequence[str]], table: Node, caption: str, context: Context) -> list[Found]:
    heads = [head_of(cell) for cell in rows[0]]
    if not any(head.property for head in heads):
        return []
    fallback = _only(materials(uniform(caption), context.own))
    found: list[Found] = []
    last: Mention | None = None
    for row in rows[1:]:
        own = [
            m
            for cell, head in zip(row, heads, strict=True)
            if not head.property
            for m in _materials_in(cell, context)[:1]
        ]
        named_here = bool(row[0].strip()) or bool(own)
        last = own[0] if own else (None if named_here else last)  # an empty first cell goes on with the material above
        material = last or (fallback if _nameless(heads[0], row[0]) else None)
        if material is None or WISHED.search(" ".join(row)):
            continue
        rules = ("a table", _kind(table), *(() if last else ("material from the caption",)))
        temperature = next(
            (f"{cell} {head.unit}" for cell, head in zip(row, heads, strict=True) if head.is_temperature and cell), ""
        )
        for cell, head in zip(row, heads, strict=True):
            if head.property and (value := _value(cell, head)):
                number, unit = value
                confidence, why = product(rules, material.sure)
                found.append(
                    Found(
                        material.name,
                        material.formula,
                        head.property,
                        number,
                        unit,
                        head.temperature or temperature or _at(caption),
                        _method(f"{' '.join(row)} {caption}"),
                        table.page,
                        table.line,
                        confidence,
                        why,
                        " | ".join(row),
                    )
                )
    return found


def _materials_in(cell: str, context: Context) -> list[Mention]:
    """The materials of a cell; a formula that is wrapped over lines is one."""
    text = uniform(cell)
    squeezed = text.replace(" ", "")
    whole = materials(squeezed, context.own) if squeezed != text else []
    if len(whole) == 1 and (whole[0].start, whole[0].end) == (0, len(squeezed)):
        return whole
    return materials(text, context.own)


def _kind(table: Node) -> str:
    return "a ruled table" if table.number == "ruled" else "a table by its gaps"


def _nameless(head: Head, cell: str) -> bool:
    """Whether a row's first cell is no name at all: a temperature or a value."""
    return head.is_temperature or bool(head.property)


def _value(cell: str, head: Head) -> tuple[str, str] | None:
    """(number, unit) of a cell; its own unit goes before the header's."""
    text = re.sub(r"(?:\s*\[[0-9, -]+\]|[a-e*†‡])+$", "", uniform(cell).strip())
    text = text.replace("−", "-")
    if not re.match(r"[<>≤≥~≈]?\s*-?[0-9.]", text):
        return None
    try:
        parsed = parse_value(text)
    except InputError:
        return None
    if parsed is None:
        return None
    own = fits(parsed[1], head.property) if parsed[1] else None
    if parsed[1] and own is None:
        return None
    number = text.removesuffix(parsed[1]).strip() if own else text
    return number, own or head.unit


def _only(mentions: Sequence[Mention]) -> Mention | None:
    return mentions[-1] if len({m.formula for m in mentions}) == 1 else None


def _at(caption: str) -> str:
    found = AT.search(uniform(caption)) or re.search(r"\bat ()(room temperature|RT)\b", caption)
    if not found:
        return ""
    return f"{found[1]} {found[2]}" if found[1] else "RT"


def _method(text: str) -> str:
    if CALCULATED.search(text):
        return "calculated"
    return "measured" if MEASURED.search(text) else "stated"
