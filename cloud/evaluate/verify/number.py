"""Numbers as they are printed: value, what rounding leaves open, and a stated uncertainty. Pure."""

import re
from typing import NamedTuple

from adatom.protocol.errors import InputError

MAX_LENGTH = 60
_PLAIN = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_POWER = r"(?:[eE]|\s*[x×·]\s*10\^?)(?P<power>[+-]?[0-9]{1,3})"
NUMBER = re.compile(rf"\s*(?P<digits>{_PLAIN})(?:\((?P<last>[0-9]{{1,3}})\))?(?:{_POWER})?(?:\s*(?:±|\+/-)\s*(?P<sd>{_PLAIN}(?:[eE][+-]?[0-9]{{1,3}})?))?")  # noqa: E501  # fmt: skip
MINUS = str.maketrans("−–⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "---0123456789")


class Number(NamedTuple):
    """A printed number: `half` is half a unit of its last digit, `sd` a stated standard deviation (0 if none)."""

    value: float
    half: float
    sd: float


def parse_number(text: str, where: str) -> tuple[Number, str]:
    """A number at the start of a text, and the rest (its unit). 1.23, 1.2e-4, 1.2×10^-4, 1.23(4), 1.23 ± 0.04.

    1.23(4) states 0.04. Raises InputError for what is no number.
    """
    plain = text.translate(MINUS) if any(mark in text for mark in "−–⁻") or "10" in text else text
    found = NUMBER.match(plain)
    if found is None or len(text) > 2 * MAX_LENGTH:
        raise InputError(where, f"{text[:MAX_LENGTH]!r}: a number such as 1.23, 1.2e-4 or 1.23(4) is needed")
    digits = found["digits"]
    power = int(found["power"] or 0)
    unit = 10.0 ** (power - len(digits.partition(".")[2]))
    value = float(f"{digits}e{power}")
    if abs(value) > 1e100:
        raise InputError(where, f"{text[:MAX_LENGTH]!r}: beyond all measure")
    sd = float(found["last"]) * unit if found["last"] else abs(float(found["sd"])) if found["sd"] else 0.0
    return Number(value, 0.5 * unit, sd), text[found.end() :].strip()
