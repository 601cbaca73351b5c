"""Compiles how well calculations reproduce from the shipped properties of two databases.

python -m adatom.cloud.evaluate.atoms.compile_record cloud/knowledge/data/reproduction/spread.csv
"""

import csv
import gzip
import io
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
from adatom.cloud.evaluate.atoms.record import ALL, QUANTILES, class_of
from adatom.cloud.knowledge.compositions import whole_numbers
from adatom.cloud.knowledge.data import shipped
from adatom.cloud.knowledge.formula import parse_formula
from adatom.protocol.errors import InputError

FILES = ("materials_project", "aflow")
DATABASES = "Materials Project and AFLOW"
RELEASES = "two releases of Materials Project"
# property: (dataset of the first, of the second, differences of logarithms or of values, what the two are)
COMPARED = {
    "bulk_modulus_vrh": ("mp_bulk_modulus", "aflow__ael_bulk_modulus_vrh", "ln", DATABASES),
    "shear_modulus_vrh": ("mp_shear_modulus", "aflow__ael_shear_modulus_vrh", "ln", DATABASES),
    "band_gap": ("matbench_mp_gap", "aflow__Egap", "value", DATABASES),
    "formation_energy": ("CritExam__Ef", "matbench_mp_e_form", "value", RELEASES),
}
COLUMNS = ("property", "class", "scale", "compounds", "median", "robust_sd", *(f"q{q}" for q in QUANTILES), "between")
FEWEST = 10
FLOOR = 1e-4  # eV or relative: where most rows are identical copies, half the deviations are zero
LEAST_GPA = 1.0  # below it moduli are of layers that hardly hold together, or failed fits


def compiled() -> str:
    """The record as CSV text. Of each formula that both have exactly once: with more there are polymorphs."""
    values = _values()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for prop, (first, second, scale, between) in COMPARED.items():
        for kind, differences in sorted(_differences(values[first], values[second], scale).items()):
            if len(differences) >= FEWEST:
                writer.writerow([prop, kind, scale, len(differences), *_summary(np.array(differences)), between])
    return out.getvalue()


def _summary(differences: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> Iterator[str]:
    median = float(np.median(differences))
    apart = np.abs(differences - median)
    yield f"{median:.5f}"
    yield f"{max(FLOOR, 1.4826 * float(np.median(apart))):.5f}"
    yield from (f"{max(FLOOR, q):.5f}" for q in np.quantile(apart, [q / 100 for q in QUANTILES]))


def _differences(first: dict[str, list[float]], second: dict[str, list[float]], scale: str) -> dict[str, list[float]]:
    """Class -> second less first."""
    found: dict[str, list[float]] = defaultdict(list)
    for formula in sorted(first.keys() & second.keys()):
        if len(first[formula]) != 1 or len(second[formula]) != 1:
            continue
        one, other = first[formula][0], second[formula][0]
        if scale == "ln":
            if min(one, other) < LEAST_GPA:
                continue
            difference = math.log(other / one)
        elif one == 0.0 and other == 0.0:
            continue  # two metals agree on a gap of nothing
        else:
            difference = other - one
        found[ALL].append(difference)
        found[_class(formula)].append(difference)
    return found


def _values() -> dict[str, dict[str, list[float]]]:
    """Dataset -> reduced formula -> values."""
    wanted = {name for first, second, _, _ in COMPARED.values() for name in (first, second)}
    found: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in wanted}
    for row in _rows(FILES):
        if row["dataset"] in wanted and (formula := reduced(row["formula"])):
            found[row["dataset"]][formula].append(float(row["value"]))
    return found


def _rows(names: Iterable[str]) -> Iterator[dict[str, str]]:
    for name in names:
        with gzip.open(shipped(name), "rt", encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


@cache
def reduced(formula: str) -> str:
    """Elements in alphabetical order with the smallest whole numbers; empty for what is no formula."""
    try:
        return " ".join(f"{element}{n}" for element, n in whole_numbers(parse_formula(formula)).items())
    except InputError:
        return ""


@cache
def _class(formula: str) -> str:
    return class_of(frozenset(word.rstrip("0123456789") for word in formula.split()))


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(compiled(), encoding="utf-8")
