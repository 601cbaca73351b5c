"""Facts that follow from others by a formula: Young's modulus and Poisson's ratio of an isotropic solid."""

import hashlib
from typing import Any

import numpy as np
from adatom.cloud.store.facts import JOINER
from adatom.cloud.store.store import Store
from numpy.typing import NDArray

Array = NDArray[np.float64]


def young_modulus(bulk: Array, shear: Array) -> Array:
    """(n,) E = 9KG/(3K+G), in the unit of both."""
    return 9.0 * bulk * shear / (3.0 * bulk + shear)


def poisson_ratio(bulk: Array, shear: Array) -> Array:
    """(n,) nu = (3K-2G)/(2(3K+G)), without unit."""
    return (3.0 * bulk - 2.0 * shear) / (2.0 * (3.0 * bulk + shear))


DERIVED = {"young_modulus": young_modulus, "poisson_ratio": poisson_ratio}


def derive_moduli(store: Store) -> int:
    """How many derived facts were new: both properties of every pair of moduli that no flag forbids."""
    pairs = store.moduli_pairs()
    pairs["temperature_c"] = pairs["temperature_c"].astype(float)
    new = 0
    for name, formula in DERIVED.items():
        values = formula(pairs["bulk_gpa"].astype(float), pairs["shear_gpa"].astype(float))
        new += store.put_facts(_columns(pairs, name, values))
    return new


def _columns(pairs: dict[str, NDArray[Any]], name: str, values: Array) -> dict[str, Any]:
    size = len(values)
    origins = list(zip(pairs["bulk"].tolist(), pairs["shear"].tolist(), strict=True))
    same = ("composition", "formula", "phase", "source", "dataset", "source_id", "licence", "import", "temperature_c",
            "line", "confidence")  # fmt: skip
    return {
        "fact": np.array([_identity(name, origin) for origin in origins], dtype=np.int64),
        "property": [name] * size,
        "value": values,
        "comparison": ["="] * size,
        "said": ["from bulk and shear modulus"] * size,
        "method": ["derived"] * size,
        "dois": [""] * size,
        "derived_from": [f"{bulk}{JOINER}{shear}" for bulk, shear in origins],
        **{column: pairs[column] for column in same},
    }


def _identity(name: str, origin: tuple[int, int]) -> int:
    """63 bits of a hash of the property and the two facts."""
    digest = hashlib.blake2b(f"{name} {origin}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1
