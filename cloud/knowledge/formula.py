"""Chemical formulas as people write them, to atoms per formula. Nonsense is refused, nothing is guessed.

Read: Li7La3Zr2O12, Li6.25Al0.25La3Zr2O12, Li6(La2Ca)(NbO6)2, [..] and {..}, blanks, subscript digits, and mixtures
of formulas joined by * or a middle dot, each with an amount before it: 0.4Li2O*0.6B2O3.
"""

import math
import re
from collections.abc import Mapping

from adatom.protocol.errors import InputError

MAX_LENGTH = 300  # characters; the longest real formula in the shipped table has 45
MAX_AMOUNT = 1e5  # atoms; a unit cell of a zeolite has some thousand
SYMBOLS = (
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb "
    "Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au "
    "Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts "
    "Og"
)
ELEMENTS = frozenset(SYMBOLS.split())
NUMBER = r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+"  # not \d: digits of other scripts are no formula
TOKEN = re.compile(rf"(?P<element>[A-Z][a-z]?)|(?P<open>[(\[{{])|(?P<close>[)\]}}])|(?P<number>{NUMBER})")
AMOUNT_FIRST = re.compile(rf"({NUMBER})(?=[A-Z(\[{{])")
SPLIT_NUMBER = re.compile(r"[0-9.]\s+[0-9.]")
CLOSES = {"(": ")", "[": "]", "{": "}"}
PLAIN = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789", " \t\u00a0")

Atoms = dict[str, float]


def parse_formula(text: str, where: str = "formula") -> Atoms:
    """Element -> atoms per formula, elements in alphabetical order. Raises InputError for what is no formula."""
    if len(text) > MAX_LENGTH:
        raise InputError(where, f"{text[:40]!r}... has {len(text)} characters, at most {MAX_LENGTH} are allowed")
    if SPLIT_NUMBER.search(text):
        raise InputError(where, f"{text!r}: a blank stands inside a number")
    total: Atoms = {}
    for part in re.split(r"[*·•⋅]", text.translate(PLAIN)):
        first = AMOUNT_FIRST.match(part)
        factor = float(first[1]) if first else 1.0
        _add(total, _parse_part(part[first.end() :] if first else part, text, where), factor)
    kept = {element: total[element] for element in sorted(total) if total[element] > 0.0}
    if not kept or not all(math.isfinite(amount) and amount <= MAX_AMOUNT for amount in kept.values()):
        raise InputError(where, f"{text!r}: amounts must be above 0 and at most {MAX_AMOUNT:g} atoms")
    return kept


def fractions(atoms: Mapping[str, float]) -> Atoms:
    """Element -> share of all atoms; the shares sum to one."""
    total = sum(atoms.values())
    return {element: amount / total for element, amount in atoms.items()}


def _parse_part(part: str, text: str, where: str) -> Atoms:
    """Atoms of one formula without a leading amount. A stack of groups, no recursion: depth costs nothing."""
    groups: list[Atoms] = [{}]
    opened: list[str] = []
    last: Atoms = {}  # what a number that follows multiplies; already counted once in the open group
    at = 0
    while at < len(part):
        token = TOKEN.match(part, at)
        if token is None:
            raise InputError(where, f"{text!r}: {part[at]!r} has no place in a formula")
        at = token.end()
        if token["element"]:
            last = {_element(token["element"], text, where): 1.0}
            _add(groups[-1], last, 1.0)
        elif token["open"]:
            opened.append(token["open"])
            groups.append({})
            last = {}
        elif token["close"]:
            if not opened or CLOSES[opened.pop()] != token["close"]:
                raise InputError(where, f"{text!r}: {token['close']!r} closes nothing")
            last = groups.pop()
            _add(groups[-1], last, 1.0)
        else:
            if not last:
                raise InputError(where, f"{text!r}: the number {token['number']} follows no element or bracket")
            _add(groups[-1], last, float(token["number"]) - 1.0)
            last = {}
    if opened:
        raise InputError(where, f"{text!r}: {opened[-1]!r} is not closed")
    if not part:
        raise InputError(where, f"{text!r}: a formula is missing")
    return groups[0]


def _element(symbol: str, text: str, where: str) -> str:
    if symbol not in ELEMENTS:
        raise InputError(where, f"{text!r}: {symbol} is no element")
    return symbol


def _add(total: Atoms, more: Mapping[str, float], factor: float) -> None:
    for element, amount in more.items():
        total[element] = total.get(element, 0.0) + factor * amount
