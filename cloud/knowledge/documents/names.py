"""Materials in a text: formulas, and the short names that the field uses, with the formula that each stands for."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from adatom.cloud.knowledge.formula import ELEMENTS
from adatom.cloud.knowledge.tolerant import read_written
from adatom.protocol.errors import InputError


class Mention(NamedTuple):
    """A material where a text names it. `sure`: that the name means the formula."""

    start: int
    end: int
    name: str
    formula: str
    sure: float


# name -> (formula, how sure). The nominal compositions that the field means; a document's own definition goes first.
# `sure` is a knob (K): lower where compositions of one name vary
SHORT_NAMES: dict[str, tuple[str, float]] = {
    "LLZO": ("Li7La3Zr2O12", 0.95),
    "LLZTO": ("Li6.4La3Zr1.4Ta0.6O12", 0.7),
    "Al-LLZO": ("Li6.25Al0.25La3Zr2O12", 0.7),
    "LATP": ("Li1.3Al0.3Ti1.7(PO4)3", 0.85),
    "LAGP": ("Li1.5Al0.5Ge1.5(PO4)3", 0.85),
    "LTP": ("LiTi2(PO4)3", 0.9),
    "LGPS": ("Li10GeP2S12", 0.97),
    "LSPS": ("Li10SnP2S12", 0.85),
    "LPS": ("Li3PS4", 0.8),
    "LPSCl": ("Li6PS5Cl", 0.9),
    "LPSC": ("Li6PS5Cl", 0.85),
    "argyrodite": ("Li6PS5Cl", 0.5),
    "LLTO": ("Li0.33La0.557TiO3", 0.7),
    "LiPON": ("Li2.9PO3.3N0.46", 0.6),
    "LIPON": ("Li2.9PO3.3N0.46", 0.6),
    "LISICON": ("Li14Zn(GeO4)4", 0.7),
    "NASICON": ("Na3Zr2Si2PO12", 0.6),
    "LYC": ("Li3YCl6", 0.9),
    "LIC": ("Li3InCl6", 0.85),
    "LCO": ("LiCoO2", 0.95),
    "LFP": ("LiFePO4", 0.95),
    "LMO": ("LiMn2O4", 0.85),
    "LTO": ("Li4Ti5O12", 0.95),
    "NMC811": ("LiNi0.8Mn0.1Co0.1O2", 0.95),
    "NMC622": ("LiNi0.6Mn0.2Co0.2O2", 0.95),
    "lithium oxide": ("Li2O", 0.97),
    "lithium fluoride": ("LiF", 0.97),
    "lithium chloride": ("LiCl", 0.97),
    "lithium carbonate": ("Li2CO3", 0.97),
    "lithium nitride": ("Li3N", 0.97),
    "lithium sulfide": ("Li2S", 0.97),
    "lithium phosphate": ("Li3PO4", 0.95),
    "alumina": ("Al2O3", 0.95),
    "zirconia": ("ZrO2", 0.85),
    "magnesia": ("MgO", 0.95),
}
# what stands around materials and is seldom the one that is measured
SURROUNDINGS = frozenset({"H2O", "CO2", "O2", "N2", "NH3", "CH4", "HCl", "HNO3", "H2SO4", "NaN", "SF6", "H2"})
AMOUNT = r"(?:[0-9]+(?:\.[0-9]+)?(?:[+−–-][0-9.]*[xyzδ](?![a-z]))?|[0-9.]*[xyzδ](?![a-z])|[+−–-][xyzδ](?![a-z]))"
ELEMENT = rf"(?:{'|'.join(sorted(ELEMENTS, key=lambda symbol: (-len(symbol), symbol)))})"
GROUP = rf"[(\[](?:{ELEMENT}{AMOUNT}?,?){{1,6}}[)\]]{AMOUNT}?"
FORMULA = re.compile(
    rf"(?<![A-Za-z0-9.\-/])(?:[0-9]\.[0-9]+)?(?:{ELEMENT}{AMOUNT}?|{GROUP}){{2,14}}(?![a-z0-9])(?!\.[0-9])"
)
SETTING = re.compile(r"\s*[,(]?\s*(?:with\s+)?\(?([xyz])\s*=\s*([0-9]*\.?[0-9]+)(?![0-9]*\s*[–,-]\s*[0-9])")
NAMES = re.compile(
    r"(?<![A-Za-z0-9-])(" + "|".join(sorted(map(re.escape, SHORT_NAMES), key=len, reverse=True)) + r")s?(?![A-Za-z0-9])"
)
LOWER = re.compile("|".join(name for name in SHORT_NAMES if name[0].islower()), re.IGNORECASE)
DEFINED = re.compile(r"\s*\(\s*(?:denoted\s+|hereafter\s+|abbreviated\s+(?:as\s+)?)?([A-Za-z][A-Za-z0-9-]{1,11})\s*\)")
DENOTED = re.compile(
    r"\s*,?\s*(?:denoted|abbreviated|referred to|labelled|named)\s+(?:as\s+|by\s+)?([A-Z][A-Za-z0-9-]{1,11})"
)


def definitions(text: str) -> dict[str, tuple[str, float]]:
    """Short names that a document defines itself: `Li6.4La3Zr1.4Ta0.6O12 (LLZTO)`, `..., denoted S1`."""
    found: dict[str, tuple[str, float]] = {}
    for mention in _formulas(text):
        name = DEFINED.match(text, mention.end) or DENOTED.match(text, mention.end)
        if name and _is_name(name[1]):
            found.setdefault(name[1], (mention.formula, 0.95))
    return found


def _is_name(name: str) -> bool:
    return (
        name[0].isupper()
        and (name.isupper() or sum(sign.isupper() for sign in name) >= 2 or name[-1].isdigit())
        and (name not in ("XRD", "SEM", "TEM", "EIS", "DFT", "XPS", "RT", "NMR", "DSC", "Fig"))
    )


def materials(text: str, own: Mapping[str, tuple[str, float]] | None = None) -> list[Mention]:
    """The materials that a text names, in order; `own` are the document's definitions."""
    known = {**SHORT_NAMES, **(own or {})}
    found = _formulas(text)
    taken = [(mention.start, mention.end) for mention in found]
    for match in _name_matches(text, own or {}):
        name = match[1] if match[1] in known else match[1].lower()
        if name in known and not any(start < match.end() and match.start() < end for start, end in taken):
            formula, sure = known[name]
            found.append(Mention(match.start(), match.end(), match[1], formula, sure))
            taken.append((match.start(), match.end()))
    return sorted(_without_definitions(found, text))


def _name_matches(text: str, own: Mapping[str, tuple[str, float]]) -> list[re.Match[str]]:
    matches = []
    if own:
        longest = sorted(map(re.escape, own), key=len, reverse=True)
        matches += list(re.finditer(rf"(?<![A-Za-z0-9-])({'|'.join(longest)})(?![A-Za-z0-9])", text))
    matches += list(NAMES.finditer(text))
    matches += list(re.finditer(rf"(?<![A-Za-z])({LOWER.pattern})(?![A-Za-z])", text, re.IGNORECASE))
    return matches


def _without_definitions(found: Sequence[Mention], text: str) -> list[Mention]:
    """A name in brackets behind its formula is the same material once more, no second one."""
    kept: list[Mention] = []
    for mention in sorted(found):
        before = kept[-1] if kept else None
        if (
            before
            and re.fullmatch(r"\s*\(\s*", text[before.end : mention.start])
            and text[mention.end : mention.end + 1] == ")"
        ):
            continue
        kept.append(mention)
    return kept


def _formulas(text: str) -> list[Mention]:
    found = []
    for match in FORMULA.finditer(text):
        written = match[0]
        if not _looks_like_one(written):
            continue
        end = match.end()
        setting = SETTING.match(text, end)
        meant = f"{written}, {setting[1]} = {setting[2]}" if setting and setting[1] in written else written
        try:
            atoms = read_written(meant).atoms
        except InputError:
            continue
        if len(atoms) > 1:
            found.append(
                Mention(match.start(), setting.end() if setting and meant != written else end, written, meant, 1.0)
            )
    return found


def _looks_like_one(text: str) -> bool:
    """Two elements or more, and not a word of capitals (CO, NO, PBS)."""
    symbols = re.findall(ELEMENT, text)
    if len(set(symbols)) < 2 or text in SURROUNDINGS:
        return False
    return any(sign.isdigit() for sign in text) or any(len(symbol) == 2 for symbol in symbols)
