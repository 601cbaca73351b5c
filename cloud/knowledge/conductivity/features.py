"""What a process sees of a composition: blocks of numbers, compared by their L1 distance.

Three blocks hang on how many atoms the unit cell holds (`roots`, `size`, `disorder`, and so the structure type); the
others are the same per formula unit. Must not know of conductivities.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from adatom.cloud.knowledge.formula import SYMBOLS
from adatom.cloud.optimize.arrays import Array

# Usual charge and ionic radius in angstrom: Shannon, Acta Cryst. A32, 751 (1976), in the coordination usual in lithium
# ceramics (four for the small ones of high charge, else six); H as in hydroxides (K)
IONS: dict[str, tuple[int, float]] = {
    "Li": (1, 0.76), "Na": (1, 1.02), "K": (1, 1.38), "Rb": (1, 1.52), "Cs": (1, 1.67), "Ag": (1, 1.15), "H": (1, 0.3),
    "Be": (2, 0.27), "Mg": (2, 0.72), "Ca": (2, 1.0), "Sr": (2, 1.18), "Ba": (2, 1.35), "Zn": (2, 0.74),
    "Cd": (2, 0.95), "Pb": (2, 1.19), "Cu": (2, 0.73), "Co": (2, 0.745), "Ni": (2, 0.69), "Mn": (2, 0.83),
    "Hg": (2, 1.02), "Pd": (2, 0.86), "Eu": (3, 0.947), "B": (3, 0.11), "Al": (3, 0.535), "Ga": (3, 0.62),
    "In": (3, 0.8), "Tl": (3, 0.885), "Sc": (3, 0.745), "Y": (3, 0.9), "Fe": (3, 0.645), "Cr": (3, 0.615),
    "Rh": (3, 0.665), "Au": (3, 0.85), "La": (3, 1.032), "Ce": (3, 1.01), "Pr": (3, 0.99), "Nd": (3, 0.983),
    "Pm": (3, 0.97), "Sm": (3, 0.958), "Gd": (3, 0.938), "Tb": (3, 0.923), "Dy": (3, 0.912), "Ho": (3, 0.901),
    "Er": (3, 0.89), "Tm": (3, 0.88), "Yb": (3, 0.868), "Lu": (3, 0.861), "C": (4, 0.16), "Si": (4, 0.26),
    "Ge": (4, 0.39), "Sn": (4, 0.69), "Ti": (4, 0.605), "Zr": (4, 0.72), "Hf": (4, 0.71), "Ru": (4, 0.62),
    "Ir": (4, 0.625), "Pt": (4, 0.625), "Os": (4, 0.63), "Th": (4, 0.94), "P": (5, 0.17), "As": (5, 0.335),
    "Sb": (5, 0.6), "Bi": (5, 0.76), "V": (5, 0.355), "Nb": (5, 0.64), "Ta": (5, 0.64), "Te": (6, 0.56),
    "Mo": (6, 0.41), "W": (6, 0.6), "U": (6, 0.73), "Re": (7, 0.53), "N": (-3, 1.46), "O": (-2, 1.4), "S": (-2, 1.84),
    "Se": (-2, 1.98), "F": (-1, 1.33), "Cl": (-1, 1.81), "Br": (-1, 1.96), "I": (-1, 2.2),
}  # fmt: skip
UNKNOWN_ION = (3, 0.7)  # an element that the table lacks (K)
ANIONS = frozenset(("N", "O", "S", "Se", "F", "Cl", "Br", "I"))
ELSE_ANIONS = ("H", "C", "P", "As", "Sb", "Te", "Bi", "Si", "Ge", "Sn", "B", "Al")  # the first that a compound has
SYSTEMS = ("triclinic", "monoclinic", "orthorhombic", "tetragonal", "trigonal", "hexagonal", "cubic")
BLOCKS = ("fractions", "roots", "size", "disorder", "framework_charge", "ion_volume", "cation_charge")
BY_CELL = frozenset(("roots", "size", "disorder"))  # these change when a formula unit is taken for a cell
SYSTEM = "crystal_system"  # the block that a row needs a space group for
WHOLE = 0.02  # atoms: a count this near to a whole number is whole
# Units of the blocks, so that one prior of weights fits all: about the spread among published compounds (K)
ROOT_UNIT, VOLUME_UNIT_A3, CHARGE_UNIT = 5.0, 0.5, 0.6
FLOOR = 1e-3  # share of cations or anions below which a ratio to them is no more
ORDER = {element: place for place, element in enumerate(SYMBOLS.split())}

Blocks = tuple[Array, ...]


def blocks_of(
    cells: Sequence[Mapping[str, float]],
    systems: Sequence[str | None] | None = None,
    names: Sequence[str] = BLOCKS,
) -> Blocks:
    """A matrix (n, f) for each name, of atoms per unit cell; and one of crystal systems where they are given."""
    counts = np.zeros((len(cells), len(ORDER)))
    for row, atoms in enumerate(cells):
        for element, amount in atoms.items():
            counts[row, ORDER[element]] = amount
    total = counts.sum(axis=1, keepdims=True)
    chemistry = np.array([_chemistry(atoms) for atoms in cells])
    made = {
        "fractions": counts / total,
        "roots": np.sqrt(counts) / ROOT_UNIT,
        "size": np.log(total),
        "disorder": np.array([_disorder(atoms.values()) for atoms in cells]),
        "framework_charge": chemistry[:, :2],
        "ion_volume": chemistry[:, 2:3],
        "cation_charge": chemistry[:, 3:4],
    }
    found = tuple(made[name] for name in names)
    return found if systems is None else (*found, np.array([_one_of(system) for system in systems]))


def anions_of(atoms: Mapping[str, float]) -> frozenset[str]:
    """The elements that carry the negative charge; of a compound of cations alone the one that will."""
    usual = ANIONS & set(atoms)
    return usual or frozenset(next(([element] for element in ELSE_ANIONS if element in atoms), []))


def _chemistry(atoms: Mapping[str, float]) -> tuple[float, float, float, float]:
    """Charge of the framework per anion and a third of that per cation, size cubed of the mean ion, mean cation charge.

    The framework is all but lithium; its charge per anion says how much lithium neutrality leaves room for.
    """
    total, anions = sum(atoms.values()), anions_of(atoms)
    cations = {element: amount for element, amount in atoms.items() if element not in anions and element != "Li"}
    charge = sum(amount * max(0, IONS.get(element, UNKNOWN_ION)[0]) for element, amount in cations.items())
    volume_a3 = sum(amount * IONS.get(element, UNKNOWN_ION)[1] ** 3 for element, amount in atoms.items())
    per_anion = charge / max(sum(atoms[element] for element in anions), FLOOR * total)
    per_cation = charge / max(sum(cations.values()), FLOOR * total)
    return per_anion, per_cation / 3.0, volume_a3 / total / VOLUME_UNIT_A3, per_cation / CHARGE_UNIT


def _disorder(amounts: Iterable[float]) -> tuple[float, float]:
    """A third of how many elements fill no whole number of places, and ten times the share of such atoms."""
    counts = list(amounts)
    parts = [abs(count - round(count)) for count in counts]
    return sum(part > WHOLE for part in parts) / 3.0, 10.0 * math.fsum(parts) / math.fsum(counts)


def _one_of(system: str | None) -> list[float]:
    """Half a one at its place: two systems are at an L1 distance of one."""
    return [0.5 * (system == other) for other in SYSTEMS]
