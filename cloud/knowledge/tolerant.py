"""Formulas as papers and databases write them, read with notes on what was taken for granted. Nonsense is refused.

Beyond the strict parser (formula.py): solid solutions (Mg,Fe)2SiO4, fractions 1/3, variables with their value
(Li7-xLa3Zr2-xTaxO12, x = 0.5), mixtures joined by a dash where each has its amount, hydrates with a full stop, phase
prefixes, charges, delta, dopants. An amount that is not told is refused, never guessed; members of a bracket without
amounts get equal shares, and the notes say so.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from adatom.cloud.knowledge.amounts import ROUNDED, VARIABLES, Amounts
from adatom.cloud.knowledge.formula import ELEMENTS, MAX_AMOUNT, MAX_LENGTH, Atoms
from adatom.protocol.errors import InputError

PLAIN = re.compile(r"([A-Z][a-z]?)([0-9]+(?:\.[0-9]+)?)?")
WHOLE = re.compile(r"(?:[A-Z][a-z]?(?:[0-9]+(?:\.[0-9]+)?)?)+")
MAX_DEPTH = 12  # of brackets; real formulas have three
CLOSES = {"(": ")", "[": "]", "{": "}"}
UNIFORM = str.maketrans(
    {**dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)), **dict.fromkeys("−–—‐‑", "-"),
     **dict.fromkeys("·•⋅∙∗×", "*"), **dict.fromkeys("\t\u00a0\u2009\u202f", " "), "ₓ": "x", "½": "1/2",
     "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "\u200b": "", "\ufeff": ""}
)  # fmt: skip
GREEK = "α|β|γ|δ|ε|ζ|η|θ|κ|alpha|beta|gamma|delta|epsilon"
CRYSTAL = "cubic|tetragonal|monoclinic|orthorhombic|hexagonal|rhombohedral|trigonal|triclinic|amorphous|glassy"
PHASE = re.compile(rf"({GREEK}|{CRYSTAL}|[tcmohra])[- ]\s*(?=[A-Z0-9(\[{{])")
PHASE_AFTER = re.compile(rf"(?:\s+|\s*[(\[])({GREEK}|{CRYSTAL})\b(?:[- ]phase)?[)\]]?$")
SETTING = re.compile(r"[\s,;(]+([a-zδ])\s*=\s*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*\)?$")
RANGE = re.compile(r"[\s,;]*\(?[0-9. ]*[≤<=~]*\s*[xyz]\s*[≤<=].*$")
CHARGE_MARKED = re.compile(r"(?:\^\{?([0-9]*[+-])\}?|([⁰¹²³⁴⁵⁶⁷⁸⁹]*[⁺⁻]))$")
CHARGE_BARE = re.compile(r"(?<=[A-Za-z0-9)\]])([+-])$")
ONE_ELEMENT = re.compile(r"[A-Z][a-z]?([0-9])$")
DELTA = re.compile(r"\s*[-+±]\s*(?:δ|σ|ξ|α|delta|d)(?![a-z])")
DOPANT = re.compile(r"\s*:\s*[A-Z][a-z]?(?:[0-9]?\+)?(?:\s*[,/]\s*[A-Z][a-z]?(?:[0-9]?\+)?)*$")
HYDRATE = re.compile(r"(?<=[A-Za-z0-9)\]])\.([0-9]*)H2O$")
MASS = re.compile(r"wt\.?\s*%|weight|mass\s*%|vol\.?\s*%")
MOLE = re.compile(r"[\s,(]*(?:in\s+)?mol\.?\s*%\)?$")
AMOUNT_BEFORE = re.compile(r"\s*(?:[0-9.(]|[xyz](?=[A-Z(\[]))")


class Written(NamedTuple):
    """A formula as it was read: atoms per formula, elements in alphabetical order, and what was taken for granted."""

    atoms: Atoms
    notes: tuple[str, ...]  # equal_shares, delta, charge, dopant, hydrate, variable, deuterium, vacancy
    phase: str


def read_written(text: str, where: str = "formula", values: Mapping[str, float] | None = None) -> Written:
    """The formula that a text means; `values` of its variables (x), which the text may tell itself: `..., x = 0.5`.

    Raises InputError(where) for what is no formula, and for one whose variable has no value.
    """
    plain = plain_atoms(text)
    if plain is not None:
        return Written(plain, (), "")
    if len(text) > MAX_LENGTH:
        raise InputError(where, f"{text[:40]!r}... has {len(text)} characters, at most {MAX_LENGTH} are allowed")
    return _Reading(text, where, dict(values or {})).written()


def plain_atoms(text: str) -> Atoms | None:
    """Atoms of a formula of nothing but elements and numbers (the quick way for most), else None."""
    if len(text) > MAX_LENGTH or not WHOLE.fullmatch(text) or ("." in text and text.endswith("H2O")):
        return None
    atoms: Atoms = {}
    for element, amount in PLAIN.findall(text):
        if element not in ELEMENTS:
            return None
        atoms[element] = atoms.get(element, 0.0) + (float(amount) if amount else 1.0)
    if not 0.0 < min(atoms.values()) <= max(atoms.values()) <= MAX_AMOUNT:
        return None
    return {element: atoms[element] for element in sorted(atoms)}


class _Reading:
    """One text on its way to atoms: first what stands around the formula, then the formula itself."""

    def __init__(self, text: str, where: str, values: dict[str, float]) -> None:
        self.text = text
        self.where = where
        self.values = values
        self.notes: dict[str, None] = {}
        self.phase = ""

    def written(self) -> Written:
        body = self._stripped(self.text.translate(UNIFORM).strip())
        total: Atoms = {}
        for part in self._parts(body):
            for element, amount in _Part(part, self).atoms().items():
                total[element] = total.get(element, 0.0) + amount
        kept = {element: total[element] for element in sorted(total) if abs(total[element]) > ROUNDED}
        if not kept or not all(0.0 < amount <= MAX_AMOUNT for amount in kept.values()):
            raise self.refused(f"amounts must be above 0 and at most {MAX_AMOUNT:g} atoms")
        return Written(kept, tuple(self.notes), self.phase)

    def refused(self, why: str) -> InputError:
        return InputError(self.where, f"{self.text[:MAX_LENGTH]!r}: {why}")

    def note(self, name: str) -> None:
        self.notes[name] = None

    def _stripped(self, body: str) -> str:
        """The formula without phase, settings of variables, charge, delta and dopant."""
        while found := SETTING.search(body):
            self.values.setdefault(found[1], float(found[2]))
            body = body[: found.start()]
        body = RANGE.sub("", body)
        if MASS.search(body):
            raise self.refused("shares by mass or volume are not read, only amounts of substance")
        body = MOLE.sub("", body)
        if "δ" not in self.values:
            body = self._without(DELTA, "delta", "", body)
        for found in (PHASE.match(body), PHASE_AFTER.search(body)):
            if found and not self.phase:
                self.phase = found[1]
                body = body[: found.start()] + body[found.end() :]
        body = self._without(DOPANT, "dopant", "", body)
        body = self._without(HYDRATE, "hydrate", r"*\1H2O", body)
        return self._uncharged(body.strip())

    def _without(self, pattern: re.Pattern[str], name: str, instead: str, body: str) -> str:
        changed = pattern.sub(instead, body)
        if changed != body:
            self.note(name)
        return changed

    def _uncharged(self, body: str) -> str:
        """Without its charge. `Fe3+` is one iron, `NH4+` four hydrogens, of `SO42-` the last digit is the charge's."""
        found = CHARGE_MARKED.search(body) or CHARGE_BARE.search(body)
        if not found:
            return body
        self.note("charge")
        body = body[: found.start()]
        if found.re is CHARGE_BARE and (ONE_ELEMENT.fullmatch(body) or re.search(r"[A-Za-z)\]][0-9][0-9]$", body)):
            body = body[:-1]
        return body

    def _parts(self, body: str) -> list[str]:
        """The formulas of a mixture. A dash or a plus joins only parts that have their amount."""
        if not body:
            raise self.refused("a formula is missing")
        parts: list[str] = []
        for piece in body.split("*"):
            joined = [dashed for added in re.split(r"\s\+\s", piece) for dashed in _split_dashes(added)]
            if len(joined) > 1 and not all(AMOUNT_BEFORE.match(one) for one in joined):
                raise self.refused("the amounts of a mixture are not told")
            parts += joined
        return parts


def _split_dashes(piece: str) -> list[str]:
    """Split at dashes before a formula, outside brackets: `0.9BaTiO3-0.1BiFeO3`, but not `Li7-xLa3`."""
    begins_with_amount = AMOUNT_BEFORE.match(piece)
    cuts, depth = [0], 0
    for at, sign in enumerate(piece):
        depth += (sign in CLOSES) - (sign in CLOSES.values())
        if sign != "-" or depth or at == 0:
            continue
        rest = piece[at + 1 :].lstrip()
        formula = re.match(r"[A-Z]|[(\[{]*[A-Z]", rest)
        amounted = begins_with_amount and re.match(r"(?:[0-9.]+|[xyz]|\([0-9.xyz+\- ]+\))\s*[(\[{]*[A-Z]", rest)
        if formula or amounted:
            cuts.append(at + 1)
    ends = [cut - 1 for cut in cuts[1:]] + [len(piece)]
    return [piece[start:end].strip() for start, end in zip(cuts, ends, strict=True)]


class _Part:
    """One formula of a mixture, read from left to right."""

    def __init__(self, text: str, reading: _Reading) -> None:
        self.text = text
        self.reading = reading
        self.at = 0
        self.amounts = Amounts(text, reading.values, reading.refused, reading.note)

    def atoms(self) -> Atoms:
        self._blank()
        factor = self._amount(before=True) if AMOUNT_BEFORE.match(self.text) else 1.0
        if self.at == len(self.text):
            raise self.reading.refused("a formula is missing")
        found = self._group("", 0)
        return {element: factor * amount for element, amount in found.items()}

    def _group(self, closes: str, depth: int) -> Atoms:
        """Atoms up to the closing bracket ("" for the end); commas make it a solid solution."""
        if depth > MAX_DEPTH:
            raise self.reading.refused(f"brackets nest deeper than {MAX_DEPTH}")
        members: list[Atoms] = [{}]
        amounted = [False]
        while True:
            self._blank()
            if self.at == len(self.text):
                if closes:
                    raise self.reading.refused(f"{closes!r} is missing")
                return self._shared(members, amounted, closes)
            sign = self.text[self.at]
            if sign == closes:
                self.at += 1
                return self._shared(members, amounted, closes)
            if sign == "," and closes:
                self.at += 1
                members.append({})
                amounted.append(False)
            else:
                unit = self._unit(depth)
                before = self.at
                factor = self._amount()
                amounted[-1] = amounted[-1] or self.at > before
                for element, amount in unit.items():
                    members[-1][element] = members[-1].get(element, 0.0) + factor * amount

    def _shared(self, members: list[Atoms], amounted: list[bool], closes: str) -> Atoms:
        """The members of a bracket added up: equal shares of one site where none has an amount."""
        if len(members) > 1 and not all(members):
            raise self.reading.refused("a member of a solid solution is missing")
        if len(members) > 1 and any(amounted) and not all(amounted):
            raise self.reading.refused("some members of a solid solution have amounts, others not")
        equal = len(members) > 1 and not any(amounted)
        if equal:
            self.reading.note("equal_shares")
        total: Atoms = {}
        for member in members:
            for element, amount in member.items():
                total[element] = total.get(element, 0.0) + amount / (len(members) if equal else 1)
        return total

    def _unit(self, depth: int) -> Atoms:
        """An element or a bracket."""
        sign = self.text[self.at]
        if sign in CLOSES:
            self.at += 1
            return self._group(CLOSES[sign], depth + 1)
        if sign == "□":
            self.at += 1
            self.reading.note("vacancy")
            return {}
        for length in (2, 1):
            symbol = self.text[self.at : self.at + length]
            if len(symbol) == length and symbol in ELEMENTS:
                self.at += length
                return {symbol: 1.0}
        if sign == "D" and not self.text[self.at + 1 : self.at + 2].islower():
            self.at += 1
            self.reading.note("deuterium")
            return {"H": 1.0}
        shown = re.match(r"[A-Z][a-z]?|.", self.text[self.at :], re.DOTALL)
        symbol = shown[0] if shown else sign
        kind = "is no element" if symbol[0].isalpha() and symbol[0].isupper() else "has no place in a formula"
        raise self.reading.refused(f"{symbol!r} {kind}")

    def _amount(self, *, before: bool = False) -> float:
        """The amount that stands here, 1 where none does; negative ones are refused."""
        found, self.at = self.amounts.read(self.at, before=before)
        return found

    def _blank(self) -> None:
        while self.at < len(self.text) and self.text[self.at] == " ":
            self.at += 1


def variables_of(text: str) -> list[str]:
    """The variables that a formula may hold, for a message; letters x, y, z, ... after an element or a bracket."""
    return sorted(set(re.findall(rf"(?<=[A-Za-z0-9)+\-*/])([{VARIABLES}])(?![a-z])", text)))
