"""Numbers with units in a running text: powers of ten, uncertainties, ranges, limits, and lists that share a unit."""

import re
from typing import NamedTuple

UNIFORM = str.maketrans(
    {
        **dict.fromkeys("−‒‑﹣–", "-"),
        **dict.fromkeys("\u00a0\u2009\u202f\u2005\u200a", " "),
        "Ω": "Ω",
        "Å": "Å",
        "℃": "°C",
        "µ": "μ",
        "∼": "~",
    }
)
SUPER = "⁰¹²³⁴⁵⁶⁷⁸⁹"
PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
POWERED = re.compile(r"(?:[×x·∙*]\s?10|^10)\s?(?:\^|[-+]|[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺])|[×x·∙*]\s?10[0-9]")
DIGITS = r"[0-9]+(?:\.[0-9]+)?"
TEN = rf"10\s?(?:\^\s?\{{?[-+]?[0-9]{{1,2}}\}}?|[⁻⁺]?[{SUPER}]{{1,2}}|-[0-9]{{1,2}}(?![0-9.]))"
POWER = rf"(?:\s?[×x·∙*]\s?{TEN}|[eE][-+]?[0-9]{{1,2}}(?![0-9A-Za-z]))"
NUMBER = rf"(?:(?<![0-9A-Za-z]){TEN}|{DIGITS}(?:\([0-9]{{1,3}}\))?{POWER}?)"
SPREAD = rf"(?:\s?(?:±|\+/-)\s?{DIGITS}{POWER}?\)?{POWER}?)"
ATOM = (
    r"(?:mS|μS|uS|kS|S|mΩ|kΩ|MΩ|Ω|ohms?|Ohms?|cm|mm|μm|um|nm|pm|km|m|Å|angstroms?|meV|keV|eV|kJ|kcal|mJ|J|mol|"
    r"GPa|MPa|kPa|Pa|°C|K|mV|V|mA|A|mg|kg|g|W|mW|h|min|s|%|atoms?|f\.u\.|Hz|kHz|MHz|°|bar|dpi|cycles?)"
)
EXPONENT = r"(?:\^?\{?-?[1-6](?:\.[05])?\}?(?![0-9]|\.[0-9])|[⁻]?[¹²³⁴⁵⁶](?:[⸍/]²)?)"
UNIT = re.compile(rf"{ATOM}(?![A-Za-z]){EXPONENT}?(?:\s?[·∙*/]?\s?\(?{ATOM}(?![A-Za-z]){EXPONENT}?\)?){{0,3}}")
SIGNS = (
    (r"(?:does|did|do|could|can)\s*not\s+(?:exceed|reach|surpass)|never exceed(?:s|ed)?", "<"),
    (
        r"no more than|not more than|not higher than|at most|less than|lower than|smaller than|below|under|"
        r"up to|<|≤",
        "<",
    ),
    (r"no less than|at least|more than|higher than|greater than|larger than|above|over|exceed(?:s|ed|ing)?|>|≥", ">"),
    (r"about|around|approximately|approx\.|ca\.|circa|roughly|nearly|~|≈|≃|on the order of|of the order of", "~"),
)
SIGN = re.compile("|".join(f"(?P<s{k}>{words})" for k, (words, _) in enumerate(SIGNS)) + r"\s*$", re.IGNORECASE)
VALUE = re.compile(rf"(?<![A-Za-z0-9.,/(\[])(?<![A-Za-z][-])\(?-?(?P<number>{NUMBER})(?P<spread>{SPREAD})?")
BETWEEN = re.compile(r"\s?(?:-|to|and|through|…)\s?")


class Quantity(NamedTuple):
    """A number where a text says it. `value` with sign, spread and range; `unit` is "" for a bare number."""

    start: int
    end: int
    value: str
    unit: str
    shared: bool  # the unit stands behind a later number


def uniform(text: str) -> str:
    """A text with one kind of minus, blank, ohm, angstrom and micro; places of characters stay unless ℃ occurs."""
    return text.translate(UNIFORM)


def quantities(text: str) -> list[Quantity]:
    """The numbers of a uniform text, those of a range as one, those that share a unit each with it."""
    found: list[Quantity] = []
    at = 0
    while match := VALUE.search(text, at):
        start = match.start("number")
        negative = text[start - 1 : start] == "-" and not text[start - 2 : start - 1].strip()
        number = ("-" if negative else "") + spelled(match["number"])
        end, value = match.end(), number + _spread(match["spread"])
        unit = _unit(text, end)
        ranged = None if match["spread"] else _range(text, start - negative, end, unit)
        if ranged:
            end, value, unit = ranged[0], f"{number} to {spelled(ranged[1])}", ranged[2]
        stop = end if unit is None else unit.end()
        sign = "" if ranged else _sign(text, start - negative)
        found.append(Quantity(start - negative, stop, sign + value, unit[0] if unit else "", False))
        at = max(stop, match.end())
    return _shared(found, text)


def spelled(number: str) -> str:
    """A number with its power of ten as 10^-4, whatever the text has."""
    if not POWERED.search(number):
        return number
    plain = number.translate(PLAIN)
    return re.sub(r"(?<![0-9])10\s?(?:\^\s?)?\{?([-+]?[0-9]{1,2})\}?$", r"10^\1", plain)


def _spread(text: str | None) -> str:
    return spelled((text or "").replace(")", "").rstrip())


def _unit(text: str, at: int) -> re.Match[str] | None:
    blank = re.compile(r"\s{0,2}\)?\s?").match(text, at)
    found = UNIT.match(text, blank.end() if blank else at)
    return found if found and (found.start() > at or not found[0][0].islower() or text[at - 1].isdigit()) else None


def _range(text: str, start: int, end: int, unit: re.Match[str] | None) -> tuple[int, str, re.Match[str] | None] | None:
    """(end, second number, unit) of a range that begins here. `decreased from A to B` is none: those are two values."""
    between = BETWEEN.match(text, unit.end() if unit else end)
    second = re.compile(NUMBER).match(text, between.end()) if between else None
    if not between or not second:
        return None
    word = between[0].strip()
    before = text[max(0, start - 60) : start]
    changed = re.search(
        r"(creas|drop|reduc|lower|rais|improv|fell|falls?|rose|"
        r"rises?|chang|going|goes|went|shrink|shrank|grew|grows?|jump)\w*"
        r"[^.;]*\bfrom\s*$",
        before,
        re.IGNORECASE,
    )
    if changed or (word == "and" and not re.search(r"\bbetween\s*$", before)):
        return None
    if word == "to" and not re.search(r"\bfrom\s*$|\bof\s*$|\brang\w+\s*$|[(:=,]\s*$|\w\s*$", before):
        return None
    last = _unit(text, second.end())
    if word == "-" and not last and not unit:
        return None
    return second.end(), second[0], last


def _sign(text: str, start: int) -> str:
    found = SIGN.search(text[max(0, start - 24) : start].rstrip("( "))
    if not found:
        return ""
    return next(sign for k, (_, sign) in enumerate(SIGNS) if found[f"s{k}"])


def _shared(found: list[Quantity], text: str) -> list[Quantity]:
    """Numbers of a list (`1.2, 2.3 and 3.4 GPa`, `from 1710 to 1 Ω cm2`) with the unit at its end."""
    made = list(found)
    for place in range(len(found) - 2, -1, -1):
        one, after = made[place], made[place + 1]
        joined = re.fullmatch(
            r"\s*(?:,|,?\s*and|,?\s*or|to|/|vs\.?|,?\s*respectively,?)\s*(?:about |only |~)?",
            text[one.end : after.start].rstrip("<>~ "),
        )
        if not one.unit and after.unit and joined and one.value[:1] != "-":
            made[place] = one._replace(unit=after.unit, shared=True)
    return made
