"""Facts as arrays, made for comparing them: codes for texts, values on the scale on which their errors are alike.

Pure values; `from_columns` takes what the store gives. It knows nothing of databases and judges nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from adatom.cloud.knowledge.features import standard_elements
from adatom.cloud.knowledge.properties import BY_NAME
from numpy.typing import NDArray
from scipy import sparse

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

TINIEST = 1e-30  # log10 of 0 or below is taken of this; such facts are impossible on a log scale anyway
DIGITS = 7  # a float32 carries no more
DIGIT_TOLERANCE = 3e-7


class Claims(NamedTuple):
    """n facts. `y` is log10(value) for log properties, else the value; codes point into the tuples of names."""

    fact: Ints
    composition: Ints
    property: Ints
    value: Array
    y: Array
    exact: NDArray[np.bool_]  # not a limit such as "<1e-10"
    at_c: Array  # NaN where no temperature is told
    phase: Ints
    dataset: Ints  # source and part of it
    doi: Ints
    compositions: tuple[str, ...]
    properties: tuple[str, ...]
    phases: tuple[str, ...]
    datasets: tuple[str, ...]
    dois: tuple[str, ...]
    described: Array  # (compositions, k): what each is made of, see describe

    def of(self, name: str) -> Ints:
        """Places of a property's facts."""
        code = self.properties.index(name) if name in self.properties else -1
        return np.flatnonzero(self.property == code)

    def possible(self) -> NDArray[np.bool_]:
        """(n,) whether a value is within what its property can have."""
        known = [BY_NAME.get(name) for name in self.properties]
        low = np.array([-np.inf if one is None or one.lowest is None else one.lowest for one in known])
        high = np.array([np.inf if one is None or one.highest is None else one.highest for one in known])
        return np.asarray((self.value >= low[self.property]) & (self.value <= high[self.property]))

    def is_log(self, code: int) -> bool:
        """Whether a property's errors are factors."""
        known = BY_NAME.get(self.properties[code])
        return known is not None and known.scale == "log"

    def unit(self, code: int) -> str:
        """The unit of a property's values."""
        known = BY_NAME.get(self.properties[code])
        return known.unit if known is not None else "1"


def from_columns(facts: Mapping[str, NDArray[Any]], parts: Mapping[str, NDArray[Any]]) -> Claims:
    """Claims of the store's columns: of facts (Store.claims) and of compositions (Store.composition_fractions)."""
    compositions, composition = _codes(facts["composition"])
    properties, of = _codes(facts["property"])
    phases, phase = _codes(facts["phase"])
    datasets, dataset = _codes([f"{s}, {d}" for s, d in zip(facts["source"], facts["dataset"], strict=True)])
    dois, doi = _codes(facts["dois"])
    value = np.asarray(facts["value"], dtype=np.float64)
    log = np.array([name in BY_NAME and BY_NAME[name].scale == "log" for name in properties], dtype=bool)
    y = np.where(log[of], np.log10(np.maximum(value, TINIEST)), value) if len(value) else value
    exact = np.array([sign in ("=", "~") for sign in facts["comparison"]], dtype=bool)
    return Claims(np.asarray(facts["fact"], dtype=np.int64), composition, of, value, y, exact,
                  np.asarray(facts["temperature_c"], dtype=np.float64), phase, dataset, doi, compositions, properties,
                  phases, datasets, dois, describe(compositions, parts))  # fmt: skip


def describe(compositions: Sequence[str], parts: Mapping[str, NDArray[Any]]) -> Array:
    """(compositions, k): mean and spread of Magpie's element numbers, how many elements, the largest fraction."""
    place = {name: k for k, name in enumerate(compositions)}
    table = standard_elements()
    column = {symbol: k for k, symbol in enumerate(table.symbols)}
    known = [k for k, (c, e) in enumerate(zip(parts["composition"], parts["element"], strict=True))
             if c in place and e in column]  # fmt: skip
    rows = np.array([place[parts["composition"][k]] for k in known], dtype=np.int64)
    columns = np.array([column[parts["element"][k]] for k in known], dtype=np.int64)
    share = np.asarray(parts["fraction"], dtype=np.float64)[known]
    fractions = sparse.csr_matrix((share, (rows, columns)), shape=(len(compositions), len(column)))
    mean = np.asarray(fractions @ table.values)
    spread = np.sqrt(np.maximum(np.asarray(fractions @ table.values**2) - mean**2, 0.0))
    most = fractions.max(axis=1).toarray() if len(compositions) else np.zeros((0, 1))
    return np.column_stack([mean, spread, np.diff(fractions.indptr), most])


def significant_digits(value: Array) -> Ints:
    """(n,) decimal digits that a value needs, up to DIGITS: 49.0 needs 2, 49.03 needs 4, 0 needs none."""
    digits = np.full(len(value), DIGITS, dtype=np.int64)
    size = np.abs(value)
    power = np.floor(np.log10(np.maximum(size, TINIEST)))
    for k in range(DIGITS - 1, 0, -1):
        step = 10.0 ** (power - k + 1)
        digits[np.abs(np.round(size / step) * step - size) <= DIGIT_TOLERANCE * size] = k
    digits[size == 0.0] = 0
    return digits


def _codes(texts: Sequence[str] | NDArray[Any]) -> tuple[tuple[str, ...], Ints]:
    """The distinct texts in order, and each one's place among them."""
    place: dict[str, int] = {}
    codes = np.fromiter((place.setdefault(text, len(place)) for text in texts), dtype=np.int64, count=len(texts))
    return tuple(place), codes
