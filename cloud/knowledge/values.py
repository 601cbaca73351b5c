"""Numbers as tables and papers print them: <1E-10, 1.2(3)e-4, ≈ 2 × 10⁻⁴, 1e-5 to 3e-5, 4,5e-3."""

import math
import re
from typing import NamedTuple

from adatom.protocol.errors import InputError

MISSING = frozenset({"", "-", "--", "–", "—", "na", "n/a", "n.a.", "nan", "none", "null", "nd", "n.d.", "?", "/"})
MAX_LENGTH = 80
UNIFORM = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺−‑\u00a0\u2009", "0123456789-+--  ")
SIGNS = {"<": "<", "≤": "<", "⩽": "<", "<=": "<", ">": ">", "≥": ">", "⩾": ">", ">=": ">", "≈": "~", "~": "~",
         "∼": "~", "ca.": "~", "ca": "~", "about": "~", "approx.": "~", "=": "="}  # fmt: skip
SIGN = re.compile(r"\s*(<=|>=|[<≤⩽>≥⩾≈~∼=]|ca\.?|about|approx\.)\s*", re.IGNORECASE)
DIGITS = r"(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)"
POWER = r"(?:\s*[eE]\s*[+-]?[0-9]{1,3}|\s*[x×*·]\s*10\s*(?:\^|\*\*)?\s*\{?\s*[+-]?[0-9]{1,3}\}?)"
NUMBER = re.compile(
    rf"([+-]?)(?:10\s*((?:\^|\*\*)\s*\{{?[+-]?[0-9]{{1,3}}\}}?)|({DIGITS})(?:\(([0-9]{{1,3}})\))?({POWER})?)"
)
SPREAD = re.compile(rf"\s*(?:±|\+/-|\+-)\s*({DIGITS})({POWER})?")
BETWEEN = re.compile(r"\s*(?:to|\.\.\.?|…|–|—|-)\s*")
THOUSANDS = re.compile(r"[0-9]{1,3},[0-9]{3}$")


class Value(NamedTuple):
    """A number with what its text allows for: a range, or one standard deviation each way; None: not told."""

    value: float
    low: float | None
    high: float | None
    comparison: str  # of the true value: =, <, >, ~


def parse_value(text: str, where: str = "value") -> tuple[Value, str] | None:
    """(value, the unit that follows it or ""), None for what is missing. Raises InputError(where) for anything else."""
    if text.strip().lower() in MISSING:
        return None
    if len(text) > MAX_LENGTH:
        raise InputError(where, f"{text[:40]!r}... is longer than a number")
    body = text.translate(UNIFORM).strip()
    sign = SIGN.match(body)
    at = sign.end() if sign else 0
    found = _number(body, at, text, where)
    if found is None:
        raise InputError(where, f"{text!r}: must be a number, or < and a number")
    value, sd, at = found
    comparison = SIGNS[sign[1].lower()] if sign else "="
    low: float | None
    high: float | None
    between = BETWEEN.match(body, at)
    second = _number(body, between.end(), text, where) if between else None
    if between and second and sd is None and not sign and not body[second[2] :].startswith(("+", "-")):
        low, high = min(value, second[0]), max(value, second[0])
        middle = math.sqrt(low * high) if low > 0.0 else (low + high) / 2.0
        return Value(middle, low, high, "~"), _unit(body[second[2] :], text, where)
    low, high = (None, None) if sd is None else (value - sd, value + sd)
    return Value(value, low, high, comparison), _unit(body[at:], text, where)


def _number(body: str, at: int, text: str, where: str) -> tuple[float, float | None, int] | None:
    """(number, its standard deviation, where it ends) of the text at a place; None where none begins."""
    found = NUMBER.match(body, at)
    if found is None:
        return None
    sign, alone, digits, last_digits, power = found.groups()
    if alone is not None:
        return _float(f"{sign}1", _exponent(alone), text, where), None, found.end()
    exponent, sd, end = _exponent(power), None, found.end()
    if last_digits:
        sd = _float(last_digits, exponent - _decimals(digits), text, where)
    spread = SPREAD.match(body, end)
    if spread and sd is None:
        own = _exponent(spread[2]) if spread[2] else exponent
        exponent = exponent if power else own  # the power of 1.2 ± 0.3e-4 is of both
        sd, end = _float(spread[1], own, text, where), spread.end()
    return _float(sign + digits, exponent, text, where), sd, end


def _exponent(text: str | None) -> int:
    found = re.search(r"([+-]?[0-9]{1,3})\}?$", text) if text else None
    return int(found[1]) if found else 0


def _float(digits: str, exponent: int, text: str, where: str) -> float:
    if THOUSANDS.match(digits.lstrip("+-")) and not digits.lstrip("+-").startswith("0"):
        raise InputError(where, f"{text!r}: whether the comma is decimal or of thousands cannot be told")
    number = float(f"{digits.replace(',', '.')}e{exponent}")
    if not math.isfinite(number):
        raise InputError(where, f"{text!r}: must be a finite number")
    return number


def _decimals(digits: str) -> int:
    return len(digits.replace(",", ".").partition(".")[2])


def _unit(rest: str, text: str, where: str) -> str:
    """What follows the number: a unit, which begins with a letter or a sign of one."""
    unit = rest.strip().strip("[]").strip()
    if unit and not re.match(r"[A-Za-zΩΩµμ°Å%(/√]", unit):
        raise InputError(where, f"{text!r}: {unit[:20]!r} does not belong to a number")
    return unit
