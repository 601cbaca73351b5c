"""Facts of running text: numbers joined to the properties and materials of their sentence by rules, no model.

A number is a fact when a property with a fitting unit is named in its sentence and a material is named there, before it
in the paragraph, or alone in the title. What is wanted, supposed or denied is none.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from adatom.cloud.knowledge.documents.confidence import product
from adatom.cloud.knowledge.documents.model import Found
from adatom.cloud.knowledge.documents.names import Mention, materials
from adatom.cloud.knowledge.documents.phrases import (
    CALCULATED,
    DENIED,
    ELSEWHERE,
    LIMIT,
    MEASURED,
    ROOM,
    TREATMENT,
    WISHED,
    Named,
    named,
)
from adatom.cloud.knowledge.documents.quantities import Quantity, quantities, uniform
from adatom.cloud.knowledge.properties import BY_NAME
from adatom.cloud.knowledge.units import converter
from adatom.protocol.errors import InputError

NEAR = 70  # (K) characters between a property's name and its value
FAR = 220  # (K) beyond this they have nothing to do with each other
MAX_SENTENCE = 2_000  # characters; what is longer is no sentence
# what is of no one temperature: the temperature in their sentence is another value's
WITHOUT_TEMPERATURE = frozenset(
    {
        "activation_energy",
        "migration_barrier",
        "melting_point",
        "energy_above_hull",
        "formation_energy",
        "debye_temperature",
    }
)
ABBREVIATED = re.compile(
    r"\b(?:Fig|Figs|Eq|Eqs|Ref|Refs|Tab|ca|approx|vs|cf|al|e\.g|i\.e|No|resp|temp|min|max|Dr|S)\.$", re.IGNORECASE
)
END = re.compile(r"(?<=[.!?])(?:[⁰¹²³⁴⁵⁶⁷⁸⁹⁻˒]{1,8}|\[[0-9, -]{1,12}\])?\s+(?=[A-Z(\[“\"]|[0-9]+\s*[A-Z])")
TEMPERATURE = re.compile(r"^-?[0-9.]+(?:\([0-9]+\))?(?: (?:to|±) .*)?$")
AFTER_FOR = re.compile(
    r"\s*[,)(]?\s*(?:at [^,;.]{1,24}?\s)?(?:\(|\[)?(?:for|of|in|was \w+ for|is \w+ for)"
    r"\s+(?:the\s+|pure\s+|cubic\s+|undoped\s+|our\s+)*$"
)

BETWEEN = re.compile(  # a value and the name of its property behind it
    r"\s*[(\[]?\s*(?:(?:(?:was|were|is|are)\s+(?:found|obtained|measured|determined|calculated|computed|derived|estimated)\s+)?"
    r"(?:as|for|in|of)\s+)?(?:the|its|their|a|an)?\s*(?:[a-z-]+\s)?"
)


class Sentence(NamedTuple):
    """One sentence, uniform, with all that is named in it."""

    text: str
    materials: list[Mention]
    properties: list[Named]
    numbers: list[Quantity]


class _Linked(NamedTuple):
    """A number that is of a property."""

    quantity: Quantity
    property: Named
    rules: tuple[str, ...]


class Context(NamedTuple):
    """What a sentence may borrow: the document's definitions, its subject, and the materials before."""

    own: Mapping[str, tuple[str, float]]
    title: Mention | None


def sentences_of(text: str) -> list[str]:
    """The sentences of a paragraph."""
    found: list[str] = []
    start = 0
    for match in END.finditer(text):
        if not ABBREVIATED.search(text[start : match.start()]):
            found.append(text[start : match.start()])
            start = match.end()
    return [*found, text[start:]]


def facts_of(paragraph: str, context: Context, page: int | None, line: int | None = None) -> list[Found]:
    """The facts of a paragraph."""
    found: list[Found] = []
    before: list[list[Mention]] = []
    for raw in sentences_of(uniform(paragraph)):
        text = raw[:MAX_SENTENCE]
        sentence = Sentence(text, materials(text, context.own), named(text), [])
        if sentence.properties:
            sentence = sentence._replace(numbers=_outside(quantities(text), sentence.materials))
            found += _facts(sentence, before, context, page, line)
        if sentence.materials:
            before.append(sentence.materials)
    return found


def _outside(numbers: Sequence[Quantity], mentions: Sequence[Mention]) -> list[Quantity]:
    """Without the numbers that are parts of formulas."""
    return [q for q in numbers if not any(m.start < q.end and q.start < m.end for m in mentions)]


def _facts(
    sentence: Sentence, before: Sequence[Sequence[Mention]], context: Context, page: int | None, line: int | None
) -> list[Found]:
    if re.search(r"\?\s*$", sentence.text):
        return []
    linked = _paired([one for one in (_linked(q, sentence) for q in sentence.numbers) if one], sentence)
    temperatures = [q for q in sentence.numbers if _is_temperature(q, sentence.text)]
    matched = _respectively(sentence, linked, temperatures)
    found = []
    for place, one in enumerate(linked):
        if _refused(one, sentence.text):
            continue
        material, rules = matched[place][0] or _material(one, sentence, before, context)
        if material is None:
            continue
        temperature = matched[place][1] or _temperature(one, sentence, linked, temperatures)
        elsewhere = ("reported elsewhere",) if ELSEWHERE.search(sentence.text) else ()
        confidence, why = product(("a sentence", *one.rules, *rules, *elsewhere), material.sure)
        found.append(
            Found(
                material.name,
                material.formula,
                one.property.property,
                one.quantity.value,
                one.quantity.unit,
                temperature,
                _method(sentence.text, one),
                page,
                line,
                confidence,
                why,
                sentence.text.strip(),
            )
        )
    return found


# --- a number and its property ----------------------------------------------------------------------------------------


@lru_cache(4096)
def fits(unit: str, name: str) -> str | None:
    """The unit as it fits a property: without a note's superscript behind it. None where it is of another kind."""
    if not name:
        return None
    if not unit:
        return "" if BY_NAME[name].unit == "1" else None
    for said in (unit, re.sub(r"[¹²³⁴⁵⁶]$", "", unit) if "⁻" not in unit else unit):
        try:
            converter(said, name)
        except InputError:
            continue
        return said
    return None


def _linked(quantity: Quantity, sentence: Sentence) -> _Linked | None:
    """The number with the nearest property before it, else right after it, whose unit fits."""
    blockers = [p for p in sentence.properties if not p.property or fits(quantity.unit, p.property) is not None]
    before = [p for p in blockers if p.end <= quantity.start and quantity.start - p.end <= FAR]
    after = [p for p in blockers if p.start >= quantity.end]
    rules: list[str] = ["unit shared in a list"] if quantity.shared else []
    if (
        after
        and _goes_with(sentence.text[quantity.end : after[0].start])
        and (
            _bracketed(sentence.text[quantity.end : after[0].start])
            or not (before and _directly(sentence.text[before[-1].end : quantity.start]))
        )
    ):
        chosen = after[0]
        rules.append("property named after the value")
    elif before:
        chosen = before[-1]
        between = [q for q in sentence.numbers if chosen.end <= q.start < quantity.start]
        if any(fits(q.unit, chosen.property) is not None for q in between if q.unit and not q.shared):
            rules.append("another value between")
        if quantity.start - chosen.end > NEAR:
            rules.append("far from the property's name")
    else:
        return None
    unit = fits(quantity.unit, chosen.property)
    if unit is None or (not unit and not _bare(quantity, chosen, sentence.text)):
        return None
    if BY_NAME[chosen.property].unit == "K" and not quantity.unit:
        return None
    if not unit:
        rules.append("no unit")
    if chosen.end - chosen.start <= 3:
        rules.append("symbol only")
    return _Linked(quantity._replace(unit=unit), chosen, tuple(rules))


def _paired(linked: list[_Linked], sentence: Sentence) -> list[_Linked]:
    """`shear and bulk modulus are A and B, respectively`: each number with its own property, by order."""
    if "respectively" not in sentence.text or len(linked) < 2:
        return linked
    names = [p for p in sentence.properties if p.property and p.end <= linked[0].quantity.start]
    if len(names) != len(linked) or len({p.property for p in names}) != len(names):
        return linked
    if any(fits(one.quantity.unit, p.property) is None for one, p in zip(linked, names, strict=True)):
        return linked
    return [one._replace(property=p, rules=("respectively",)) for one, p in zip(linked, names, strict=True)]


def _goes_with(gap: str) -> bool:
    """`1.2 mS/cm ionic conductivity`, `0.3 eV (activation energy)`, `5.9 eV as the band gap`, `0.2 eV, the ...`."""
    plain = re.sub(r"^,\s+(?=the\s)", " ", gap)
    return bool(BETWEEN.fullmatch(plain)) and not re.search(r"\b(?:and|or|with|while|but|at)\b|[;,]", plain)


def _bracketed(gap: str) -> bool:
    """`16 GPa (bulk modulus)`."""
    return bool(re.fullmatch(r"\s*[(\[]\s*", gap))


def _directly(gap: str) -> bool:
    """`band gap of 5.9 eV`: little stands between the name and the number."""
    return len(gap) < 30 and not re.search(r"[;,.]\s", gap)


def _bare(quantity: Quantity, chosen: Named, text: str) -> bool:
    """Whether a number without unit is a value of a property without one: close behind its name, no other count."""
    gap = text[chosen.end : quantity.start]
    return (
        0 <= quantity.start - chosen.end < 60
        and bool(re.fullmatch(r"[^;]*(?:of|is|was|=|:|,|to be|about|~|≈|\()\s*", gap))
        and not re.match(r"\s*(?:samples?|times|[a-z]+s\b|[A-Za-z]+\s*[-/])", text[quantity.end :])
    )


def _refused(one: _Linked, text: str) -> bool:
    """Whether the sentence wants, supposes or denies the value."""
    start, end = sorted((one.property.start, one.quantity.start))
    clause = text[_clause_start(text, start) : min(len(text), one.quantity.end + 40)]
    if WISHED.search(re.split(r"[;]", clause)[0]):
        return True
    denied = DENIED.search(text[max(_clause_start(text, start), start - 40) : end])
    return bool(denied) and not LIMIT.search(text[max(0, start - 40) : end])


def _clause_start(text: str, at: int) -> int:
    return max(text.rfind(sign, 0, at) for sign in (";", ", but ", ", while ", ", whereas ", "—")) + 1


# --- a number and its material ----------------------------------------------------------------------------------------


def _material(
    one: _Linked, sentence: Sentence, before: Sequence[Sequence[Mention]], context: Context
) -> tuple[Mention | None, tuple[str, ...]]:
    """(material, the rules that chose it)."""
    held = sentence.materials
    several = ("several materials in the sentence",) if len({m.formula for m in held}) > 1 else ()
    after = [m for m in held if m.start >= one.quantity.end]
    if after and AFTER_FOR.fullmatch(sentence.text[one.quantity.end : after[0].start]):
        return after[0], (*several, "material named after the value")
    earlier = [m for m in held if m.end <= one.quantity.start]
    if earlier:
        return earlier[-1], several
    if after:
        return after[0], (*several, "material named after the value")
    if before and len({m.formula for m in before[-1]}) == 1:
        return before[-1][-1], ("material from the sentence before",)
    if before and len({m.formula for group in before for m in group}) == 1:
        return before[-1][-1], ("material from the paragraph",)
    if before:
        return None, ()
    return context.title, ("material from the title",)


def _respectively(
    sentence: Sentence, linked: Sequence[_Linked], temperatures: Sequence[Quantity]
) -> list[tuple[tuple[Mention, tuple[str, ...]] | None, str]]:
    """For each linked number its material and temperature, where `respectively` pairs lists of one length."""
    nothing: list[tuple[tuple[Mention, tuple[str, ...]] | None, str]] = [(None, "")] * len(linked)
    if "respectively" not in sentence.text or len(linked) < 2:
        return nothing
    values = [one for one in linked if one.property.property == linked[0].property.property]
    listed = sentence.materials if len(sentence.materials) == len(values) == len(linked) else []
    heats = temperatures if len(temperatures) == len(values) == len(linked) else []
    return [
        ((listed[k], ("respectively",)) if listed else None, f"{heats[k].value} {heats[k].unit}" if heats else "")
        for k in range(len(linked))
    ]


# --- temperature and method -------------------------------------------------------------------------------------------


def _is_temperature(quantity: Quantity, text: str) -> bool:
    """°C or K behind at, and not that of a furnace."""
    if quantity.unit not in ("°C", "K") or not TEMPERATURE.match(quantity.value):
        return False
    before = text[max(0, quantity.start - 60) : quantity.start]
    listed = re.search(r"(?:\bat|@|\(|=|,|\band|temperature of|below|above)\s*$", before)
    return (
        bool(listed)
        and not TREATMENT.search(before.rstrip("( "))
        and not re.match(r"\s*(?:for|/)\s", text[quantity.end :])
    )


def _temperature(one: _Linked, sentence: Sentence, linked: Sequence[_Linked], temperatures: Sequence[Quantity]) -> str:
    """The temperature in the value's own stretch of the sentence, else the only one before it."""
    later = [other.quantity.start for other in linked if other.quantity.start > one.quantity.start]
    stop = min(later, default=len(sentence.text))
    cut = re.search(r";|, (?:while|whereas|but)\b", sentence.text[one.quantity.end : stop])
    stop = one.quantity.end + cut.start() if cut else stop
    places = [(q.start, f"{q.value} {q.unit}") for q in temperatures]
    places += [(match.start(), "RT") for match in ROOM.finditer(sentence.text)]
    if one.property.property in WITHOUT_TEMPERATURE:
        return ""
    inside = [text for start, text in sorted(places) if one.quantity.end <= start < stop]
    if inside:
        return inside[0]
    earlier = [text for start, text in sorted(places) if start < one.quantity.start]
    return earlier[-1] if earlier and len(set(earlier)) == 1 else ""


def _method(text: str, one: _Linked) -> str:
    """calculated, measured or stated: by the nearest word that tells."""
    places = [
        (abs(match.start() - one.quantity.start), name)
        for pattern, name in ((CALCULATED, "calculated"), (MEASURED, "measured"))
        for match in pattern.finditer(text)
    ]
    return min(places)[1] if places else "stated"
