"""Units as people write them, to the one unit of a property, by pint.

`kJ/mol` for an energy an atom means a mole of atoms. What pint is given is checked first: names, small whole powers and
short numbers only, so no text makes it compute without end.
"""

import re
from functools import cache, lru_cache
from typing import Any, NamedTuple

from adatom.cloud.knowledge.properties import BY_NAME
from adatom.protocol.errors import FailedError, InputError

NEEDED = "units other than a property's own need pint: pip install 'adatom[knowledge]'"
MAX_LENGTH = 40
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺−–", "0123456789-+--")
WORDS = (
    ("Ω", "ohm"), ("Ω", "ohm"), ("µ", "u"), ("μ", "u"), ("Å", "angstrom"), ("Å", "angstrom"), ("°C", "degC"),
    ("°", "degree"), ("·", "*"), ("⋅", "*"), ("×", "*"), ("%", "percent"), ("√m", "*m**0.5"),
)  # fmt: skip
NAMES = {"uB": "mu_B", "bohrmagneton": "mu_B", "unity": "1", "dimensionless": "1", "-": "1", "": "1", "C": "degC",
         "Ohm": "ohm", "A": "angstrom", "Ang": "angstrom", "atoms": "atom", "deg": "degree"}  # fmt: skip
ALLOWED = re.compile(r"[A-Za-z_]+[0-9]?|\*\*-?[0-9](?:\.[0-9])?|[0-9]{1,4}(?:\.[0-9]{1,4})?|[*/()]|10\*\*-?[0-9]{1,2}")
SCALE = re.compile(
    r"(?:1(?:\.0*)?[eE]([+-]?[0-9]{1,2})|10(?:\^|\*\*)\{?([+-]?[0-9]{1,2})\}?)\s*[*·×]?\s*(?=[/A-Za-zΩµμ°Å])"
)
TOWER = re.compile(r"[0-9)]\*\*")  # 9**9**9**9 would be computed for ever
LOG10 = re.compile(r"(?:log_?10|lg)\s*\(?\s*(.*?)\s*\)?$")


class Converter(NamedTuple):
    """value = factor * x + offset in the property's unit, x being what is said, or 10 to its power."""

    factor: float
    offset: float
    log10: bool


@lru_cache(4096)
def converter(unit: str, property_name: str, where: str = "unit") -> Converter:
    """How values in a unit become the property's. Raises InputError for a unit of another kind, or none.

    An empty unit means the property's own.
    """
    text = unit.strip()
    wanted = BY_NAME[property_name].unit
    logarithm = LOG10.match(text)
    inner = logarithm[1].removesuffix(")") if logarithm and logarithm[1].count("(") < logarithm[1].count(")") else ""
    if logarithm:
        text = inner or logarithm[1]
    if text in ("", wanted):
        return Converter(1.0, 0.0, logarithm is not None)
    factor, offset = _by_pint(text, wanted, where)
    return Converter(factor, offset, logarithm is not None)


def _by_pint(text: str, wanted: str, where: str) -> tuple[float, float]:
    text = text.translate(SUPERSCRIPTS)
    target = cleaned(wanted, where)
    scale = SCALE.match(text)
    factor = 10.0 ** int(scale[1] or scale[2]) if scale else 1.0
    said = cleaned(text[scale.end() :] if scale else text, where)
    if said == target:  # but for blanks and signs
        return factor, 0.0
    if wanted == "eV" and "mol" in said:  # of a mole of jumps
        said = f"({said})*atom"
    try:
        registry = _registry()
        zero, one = (registry.Quantity(float(x), said).to(target).magnitude for x in (0, 1))
    except ImportError:
        raise FailedError(NEEDED) from None
    except Exception as error:  # pint's own, and what its parser makes of odd texts
        reason = str(error).split("\n")[0][:120]
        raise InputError(where, f"{text!r} does not become {wanted}: {reason}") from None
    return factor * float(one - zero), float(zero)


def cleaned(text: str, where: str) -> str:
    """The unit as pint reads it. Raises InputError for what is too long or holds anything but names and powers."""
    if len(text) > MAX_LENGTH:
        raise InputError(where, f"{text[:MAX_LENGTH]!r}... is longer than a unit")
    body = text.translate(SUPERSCRIPTS).strip()
    for word, instead in WORDS:
        body = body.replace(word, instead)
    body = re.sub(r"\^\{?([+-]?[0-9.]+)\}?", r"**\1", body)
    body = re.sub(r"(?<=[A-Za-z])([+-][0-9]|[2-9](?![0-9]))", r"**\1", body).replace("**+", "**")
    body = re.sub(r"(?<=[A-Za-z0-9)])\s+(?=[A-Za-z(])", "*", body)
    body = re.sub(r"\s", "", body)
    body = f"1{body}" if body.startswith("/") else body
    body = re.sub(r"[A-Za-z_]+", lambda name: NAMES.get(name[0], name[0]), body)
    body = NAMES.get(body, body)
    if TOWER.search(body):
        raise InputError(where, f"{text!r}: only names have powers")
    at = 0
    while at < len(body):
        found = ALLOWED.match(body, at)
        if not found:
            raise InputError(where, f"{text!r}: {body[at:][:10]!r} has no place in a unit")
        at = found.end()
    return body


@cache
def _registry() -> Any:
    """Pint's units with an atom (a share of a mole), a cell and a formula unit, which only count."""
    import pint

    registry: Any = pint.UnitRegistry(cache_folder=None)
    registry.define("atom = 1 / 6.02214076e23 * mole")
    registry.define("cell = [cell]")
    registry.define("fu = [formula_unit]")
    return registry
