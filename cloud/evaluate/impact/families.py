"""Which families of solid electrolytes a work is about, by the words of its title, abstract and topics."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from adatom.protocol.errors import InputError
from numpy.typing import NDArray

# Family -> words, lower case; one is enough. A work may be of several families, or of none.
FAMILIES: dict[str, tuple[str, ...]] = {
    "garnet": ("garnet", "llzo", "li7la3zr2o12", "llzto"),
    "NASICON": ("nasicon", "latp", "lagp", "liti2(po4)3"),
    "perovskite": ("llto", "lithium lanthanum titanate", "perovskite electrolyte"),
    "antiperovskite": ("antiperovskite", "anti-perovskite", "li3ocl"),
    "LISICON": ("lisicon", "lgps", "li10gep2s12"),
    "argyrodite": ("argyrodite", "li6ps5cl", "li6ps5br"),
    "sulfide glass": ("li3ps4", "li2s-p2s5", "thiophosphate"),
    "halide": ("li3ycl6", "li3incl6", "halide electrolyte", "halide solid electrolyte"),
    "LiPON": ("lipon", "lithium phosphorus oxynitride"),
    "polymer": ("polymer electrolyte", "poly(ethylene oxide)"),
}
MAX_FAMILIES = 200
MAX_BYTES = 1_000_000


def members(texts: Sequence[str], families: Mapping[str, Sequence[str]]) -> NDArray[np.float64]:
    """(works, families) of 0 and 1: whether one of the family's words stands in the text."""
    lower = [text.lower() for text in texts]
    return np.array([[float(any(word in text for word in words)) for words in families.values()] for text in lower])


def read_families(path: Path) -> dict[str, tuple[str, ...]]:
    """Families of a JSON file, {"name": ["word", ...]}. InputError for anything else."""
    where = str(path)
    if path.stat().st_size > MAX_BYTES:
        raise InputError(where, f"is longer than {MAX_BYTES} bytes")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(where, f"is no JSON: {error}") from error
    if not isinstance(found, dict) or not 1 <= len(found) <= MAX_FAMILIES:
        raise InputError(where, f'must be {{"family": ["word", ...]}} with 1 to {MAX_FAMILIES} families')
    for name, words in found.items():
        if not isinstance(words, list) or not words or not all(isinstance(w, str) and w.strip() for w in words):
            raise InputError(f"{where}, {name}", "needs a list of words")
    return {name: tuple(word.lower() for word in words) for name, words in found.items()}
