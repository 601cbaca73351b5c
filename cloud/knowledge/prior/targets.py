"""What the priors are learnt from: values by composition, one row each, with the hyper-parameters found for them.

`hyper` of each is what tests/benchmarks/interface.py finds on all rows, `widen` from the rows that it left out.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from adatom.cloud.knowledge.data import shipped
from adatom.cloud.knowledge.features import standard_elements
from adatom.cloud.knowledge.formula import parse_formula
from adatom.cloud.knowledge.interface.energies import Key, key_of
from adatom.cloud.knowledge.interface.labels import read_labels
from adatom.cloud.knowledge.prior.descriptors import Array, describe
from adatom.cloud.knowledge.prior.process import Guess, Hyper, Process, guess
from adatom.protocol.errors import InputError

LOG_SHEAR, SHEAR = "matbench_elasticity_log10(G_VRH)", "mp_shear_modulus"  # sets: log10 of GPa, and GPa
LEAST_GPA = 1.0  # the first set has no less


class Rows(NamedTuple):
    """Compositions and values (n,); `groups` (n,): the chemical system of each, a number."""

    compositions: list[dict[str, float]]
    values: Array
    groups: Array


class Target(NamedTuple):
    """A quantity that there is a prior of."""

    unit: str
    read: Callable[[], Mapping[Key, Sequence[float]]]
    hyper: Hyper
    highest: float  # the quantity is never above this


def _reactions() -> Mapping[Key, Sequence[float]]:
    return {key_of(parse_formula(label.formula)): [label.reaction_ev_atom] for label in read_labels()}


def _shear() -> Mapping[Key, Sequence[float]]:
    found: dict[Key, list[float]] = defaultdict(list)
    with gzip.open(shipped("materials_project"), "rt", encoding="utf-8", newline="") as text:
        rows = csv.reader(text)
        formula, value, dataset = map(next(rows).index, ("formula", "value", "dataset"))
        for row in rows:
            if row[dataset] == LOG_SHEAR:
                found[key_of(parse_formula(row[formula]))].append(float(row[value]))
            elif row[dataset] == SHEAR:
                found[key_of(parse_formula(row[formula]))].append(float(np.log10(max(float(row[value]), LEAST_GPA))))
    return found


TARGETS = {
    "reaction_ev_atom": Target("eV/atom", _reactions, Hyper(0.649, 2.3, 0.87, 1.42, 0.00596, widen=0.750), 0.0),
    "log10_shear_gpa": Target("log10(GPa)", _shear, Hyper(0.083, 1.26, 0.602, 1.52, 0.15, widen=0.926), np.inf),
}


@cache
def rows_of(name: str) -> Rows:
    """All rows of a target; a composition with several values (polymorphs, sets) counts with their median."""
    known = set(standard_elements().symbols)
    found = _target(name).read()
    keys = sorted(key for key in found if all(element in known for element, _ in key))
    systems = [frozenset(element for element, _ in key) for key in keys]
    numbers = {system: number for number, system in enumerate(dict.fromkeys(systems))}
    return Rows(
        [dict(key) for key in keys],
        np.array([float(np.median(found[key])) for key in keys]),
        np.array([numbers[system] for system in systems]),
    )


@cache
def process_of(name: str) -> Process:
    """The process over all rows of a target."""
    rows = rows_of(name)
    return Process(describe(rows.compositions), rows.values, _target(name).hyper)


def prior(name: str, compositions: Sequence[Mapping[str, float]]) -> Guess:
    """Mean and sd of a target for any compositions (element -> amount), such as reaction_ev_atom: (n,) each.

    InputError for a target or an element that is not known.
    """
    found = guess(process_of(name), describe(compositions))
    return Guess(np.minimum(found.mean, _target(name).highest), found.sd)


def _target(name: str) -> Target:
    if name not in TARGETS:
        raise InputError("target", f"{name!r}: must be one of {', '.join(TARGETS)}")
    return TARGETS[name]
