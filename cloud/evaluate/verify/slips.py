"""Slips that people make, by the factor that they leave behind: a table. Named only where the ratio fits."""

import math
from collections.abc import Iterable

# (factor, words); the inverse is tried as well. The more usual first.
FACTORS = (
    (1e3, "a factor of 1000: milli against none, or kilo"),
    (1e6, "a factor of 1e6: micro against none, or mega"),
    (10.0, "a factor of 10: Å against nm, mm against cm, or a decimal point"),
    (100.0, "a factor of 100: % against a fraction, or cm against m"),
    (1e4, "a factor of 1e4: cm2 against m2, or µm against cm"),
    (1e9, "a factor of 1e9: nano against none, or GPa against Pa"),
    (96.48533212, "eV against kJ/mol"),
    (23.060548, "eV against kcal/mol"),
    (4.184, "kcal against kJ"),
    (27.211386, "hartree against eV"),
    (13.605693, "rydberg against eV"),
    (math.log(10), "log10 against ln"),
    (3.6, "mAh against C"),
    (2.0, "a factor of 2: one of two interfaces, or a radius for a diameter"),
    (4.0, "a factor of 4: a diameter for a radius in an area"),
    (math.pi, "a factor of π in an area"),
    (2 * math.pi, "a factor of 2π"),
    (0.529177, "bohr against Å"),
    (0.529177**3, "bohr3 against Å3"),
)
SHARP = 0.03  # (K) relative: a ratio known worse than this fits too many factors to name one


def explain(claimed: float, expected: float, tolerance: float, variants: Iterable[tuple[str, float]]) -> str:
    """Words for what may have gone wrong; empty if nothing fits."""
    for words, value in variants:
        if abs(claimed - value) <= tolerance * max(1.0, abs(value / expected) if expected else 1.0):
            return words
    if claimed == 0.0 or expected == 0.0:
        return ""
    if abs(claimed + expected) <= tolerance:
        return "the sign"
    ratio, doubt = claimed / expected, max(tolerance / abs(expected), 1e-9)
    for factor, words in FACTORS:
        for one in (factor, 1 / factor):
            if abs(ratio / one - 1) <= min(doubt, SHARP):
                return words
    return ""
