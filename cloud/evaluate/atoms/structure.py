"""Crystals from CIF texts. Partial occupancies become one ordered cell, drawn from a seed by a rule of distances."""

import csv
import gzip
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from adatom.cloud.evaluate.atoms.crystal import Crystal
from adatom.cloud.knowledge.data import shipped
from adatom.cloud.measure.eis.arrays import Floats
from adatom.protocol.errors import InputError

MOST_BYTES = 1_000_000
MOST_SITES = 1500
FULL = 0.995  # an occupancy from here on is one
APART_A = (
    2.2,
    1.9,
    1.6,
)  # between two ions of partly filled sites, tried in this order: Li-Li in oxides is 2.4 and more
TRIES = 200


@dataclass(frozen=True)
class Read:
    """`notes` say what was assumed, above all how partly filled sites were filled."""

    crystal: Crystal
    notes: tuple[str, ...]


def of_obelix(identity: str, seed: int = 0) -> Read:
    """A structure of OBELiX's training set by its ID. InputError for one that has none."""
    with gzip.open(shipped("obelix_cifs"), "rt", encoding="utf-8", newline="") as file:
        texts = {row["ID"]: row["cif"] for row in csv.DictReader(file)}
    if identity not in texts:
        raise InputError("--obelix", f"{identity!r} has no structure in OBELiX's training set; {len(texts)} have one")
    return read_cif(texts[identity], f"OBELiX {identity}", seed)


def read_file(path: Path, seed: int = 0) -> Read:
    """A CIF file. InputError for what is none, or is larger than a structure can be."""
    data = path.read_bytes() if path.stat().st_size <= MOST_BYTES else None
    if data is None:
        raise InputError(str(path), f"larger than {MOST_BYTES // 1000} kB: no structure of a crystal is")
    return read_cif(data.decode("utf-8", errors="replace"), str(path), seed)


def read_cif(text: str, where: str, seed: int = 0) -> Read:
    """The first structure of a CIF text, ordered. InputError names `where`."""
    from pymatgen.io.cif import CifParser

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of rounded coordinates and the like; the notes say what matters
            structure = CifParser.from_str(text).parse_structures(primitive=False)[0]
    except Exception as error:  # pymatgen raises whatever its parts do for a text that is no CIF
        raise InputError(where, "is no CIF with a structure that can be read") from error
    if len(structure) > MOST_SITES:
        raise InputError(where, f"{len(structure)} sites: at most {MOST_SITES} are allowed")
    sites = [({_symbol(one): float(n) for one, n in site.species.items()}, site.frac_coords) for site in structure]
    cell = np.array(structure.lattice.matrix, dtype=float)
    return ordered(cell, sites, where, seed)


def _symbol(species: Any) -> str:
    return str(getattr(species, "element", species))


def ordered(cell: Floats, sites: list[tuple[dict[str, float], Floats]], where: str, seed: int) -> Read:
    """One ordered crystal; each group of sites with the same occupancies keeps its content, rounded to whole ions."""
    symbols: list[str] = []
    places: list[Floats] = []
    notes: list[str] = []
    groups: dict[tuple[tuple[str, float], ...], list[Floats]] = {}
    for species, place in sites:
        groups.setdefault(tuple(sorted((name, round(n, 4)) for name, n in species.items())), []).append(place)
    rng = np.random.default_rng(seed)
    # full sites first: partly filled ones keep their distance from each other, whatever group they are of
    taken: list[Floats] = []
    for species_key, members in sorted(groups.items(), key=lambda one: -sum(n for _, n in one[0])):
        counts = {name: round(n * len(members)) for name, n in species_key}
        filled = sum(n for _, n in species_key)
        if filled >= FULL:
            chosen = _mixed(members, counts, rng)
        else:
            chosen, apart = _sparse(cell, members, counts, taken, rng, where)
            taken += [place for _, place in chosen]
            notes.append(_note(species_key, counts, len(members), apart, seed))
        if filled >= FULL and len(species_key) > 1:
            notes.append(_note(species_key, counts, len(members), None, seed))
        symbols += [name for name, _ in chosen]
        places += [place for _, place in chosen]
    if not symbols:
        raise InputError(where, "holds no atom")
    return Read(Crystal(cell, tuple(symbols), np.array(places)), tuple(notes))


def _mixed(members: list[Floats], counts: dict[str, int], rng: np.random.Generator) -> list[tuple[str, Floats]]:
    """Full sites shared by elements, dealt out; rounding is made up by the commonest."""
    names = [name for name, n in counts.items() for _ in range(n)]
    commonest = max(counts, key=lambda name: counts[name])
    names = (names + [commonest] * len(members))[: len(members)]
    return [(names[int(k)], place) for k, place in zip(rng.permutation(len(members)), members, strict=True)]


def _sparse(
    cell: Floats,
    members: list[Floats],
    counts: dict[str, int],
    taken: list[Floats],
    rng: np.random.Generator,
    where: str,
) -> tuple[list[tuple[str, Floats]], float]:
    """(ions on partly filled sites, the least distance that was kept). InputError where they do not fit."""
    wanted = sum(counts.values())
    for apart in APART_A:
        for _ in range(TRIES):
            found = _fill(cell, [members[int(k)] for k in rng.permutation(len(members))], taken, wanted, apart)
            if len(found) == wanted:
                names = [name for name, n in counts.items() for _ in range(n)]
                return list(zip(names, found, strict=True)), apart
    raise InputError(
        where, f"{wanted} ions do not fit on {len(members)} partly filled sites with {APART_A[-1]} Å between them"
    )


def _fill(cell: Floats, members: list[Floats], taken: list[Floats], wanted: int, apart: float) -> list[Floats]:
    found: list[Floats] = []
    others = list(taken)
    for place in members:
        if len(found) == wanted:
            break
        if others:
            apart_f = np.array(others) - place
            apart_f -= np.round(apart_f)
            if np.linalg.norm(apart_f @ cell, axis=1).min() < apart:
                continue
        found.append(place)
        others.append(place)
    return found


def _note(
    species: tuple[tuple[str, float], ...], counts: dict[str, int], sites: int, apart: float | None, seed: int
) -> str:
    what = ", ".join(f"{counts[name]} {name} (occupancy {n:g})" for name, n in species)
    rule = f", at least {apart:g} Å apart" if apart is not None else ""
    return f"{what} on {sites} sites{rule}: one ordering of many, drawn with seed {seed}"


def primitive(crystal: Crystal) -> Crystal:
    """The smallest cell that repeats to the same crystal."""
    from pymatgen.core.structure import Structure

    whole = Structure(crystal.cell, list(crystal.symbols), crystal.fractional)
    least = whole.get_primitive_structure()
    symbols = tuple(_symbol(site.specie) for site in least)
    return Crystal(np.array(least.lattice.matrix), symbols, np.array(least.frac_coords))
