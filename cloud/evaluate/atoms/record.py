"""How well calculations of the same compound reproduce: what two databases differ by, and a verdict by it.

The record is compiled from the shipped properties of Materials Project and AFLOW (compile_record.py). Both are PBE, by
different people with different settings; a calculation that differs more than they do has another reason to differ.
"""

import csv
import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from adatom.cloud.knowledge.data import shipped
from adatom.protocol.errors import InputError

QUANTILES = (50, 68, 90, 95, 99)  # percent of compounds that differ by less
FEWEST = 30  # compounds of a class; with fewer all classes together are the yardstick
ANIONS = (
    ("oxide", ("O",)),
    ("sulfide", ("S", "Se", "Te")),
    ("halide", ("F", "Cl", "Br", "I")),
    ("nitride", ("N", "P", "As")),
)  # fmt: skip  the first that holds
ALL = "all"


@dataclass(frozen=True)
class Spread:
    """Differences of two sources for one property and class; relative ones are of natural logarithms."""

    prop: str
    kind: str
    relative: bool
    compounds: int
    median: float  # AFLOW, or the later release, less the other
    robust_sd: float  # 1.4826 times the median absolute deviation
    quantiles: tuple[float, ...]  # of the absolute difference from the median, at QUANTILES
    between: str


@dataclass(frozen=True)
class Judgement:
    """`z`: in robust standard deviations of the record. `beyond`: share of compounds whose sources differ more."""

    z: float
    beyond: float
    spread: Spread
    words: str


def class_of(elements: frozenset[str]) -> str:
    """Name of the class by its first anion; other: metals, hydrides, carbides."""
    return next((name for name, anions in ANIONS if elements & set(anions)), "other")


@cache
def spreads() -> dict[tuple[str, str], Spread]:
    """(property, class) -> spread, as shipped."""
    with shipped("reproduction").open(encoding="utf-8", newline="") as file:
        return {(row["property"], row["class"]): _of_row(row) for row in csv.DictReader(file)}


def _of_row(row: dict[str, str]) -> Spread:
    return Spread(
        row["property"], row["class"], row["scale"] == "ln", int(row["compounds"]), float(row["median"]),
        float(row["robust_sd"]), tuple(float(row[f"q{q}"]) for q in QUANTILES), row["between"],
    )  # fmt: skip


def judge(calculated: float, stored: float, prop: str, kind: str) -> Judgement:
    """How a calculated value stands against a stored one. InputError for a property without a record."""
    table = spreads()
    spread = table.get((prop, kind))
    if spread is None or spread.compounds < FEWEST:
        spread = table.get((prop, ALL))
    if spread is None:
        known = ", ".join(sorted({name for name, _ in table}))
        raise InputError("property", f"{prop!r} has no record of reproduction; known are {known}")
    if spread.relative and not (calculated > 0.0 and stored > 0.0):
        raise InputError(prop, f"{calculated:g} beside {stored:g}: both must be above 0")
    difference = math.log(calculated / stored) if spread.relative else calculated - stored
    beyond = float(np.interp(abs(difference), (0.0, *spread.quantiles), (1.0, *(1 - q / 100 for q in QUANTILES))))
    return Judgement(difference / spread.robust_sd, beyond, spread, _words(difference, beyond, spread))


def _words(difference: float, beyond: float, spread: Spread) -> str:
    size = f"{100 * math.expm1(difference):+.1f} %" if spread.relative else f"{difference:+.3g}"
    share = f"{100 * beyond:.0f} %" if beyond > 0.011 else "fewer than 1 %"
    if beyond >= 0.32:
        verdict = "reproduced"
    elif beyond >= 0.05:
        verdict = "reproduced, with a difference on the large side"
    else:
        verdict = "not reproduced"
    return (
        f"{verdict}: {size}; in {share} of {spread.compounds} compounds ({spread.kind}) {spread.between} differ by more"
    )
