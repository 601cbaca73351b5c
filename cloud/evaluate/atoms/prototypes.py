"""Compounds whose primitive cell is known by formula, and what others found for them."""

from collections.abc import Callable
from dataclasses import dataclass

from adatom.cloud.evaluate.atoms.compile_record import reduced
from adatom.cloud.evaluate.atoms.crystal import Crystal, antifluorite, rock_salt
from adatom.protocol.errors import InputError

BAND = "PBE, all electrons (BAND): Hao et al., Phys. Rev. B 85, 014111 (2012)"
MEASURED_A = "measured, zero-point motion taken out: Hao et al., Phys. Rev. B 85, 014111 (2012)"
ROOM = "measured at room temperature: Hull et al. (1988)"
MEASURED_B = "measured, zero-point motion taken out: Schimka et al., J. Chem. Phys. 134, 024116 (2011)"


@dataclass(frozen=True)
class Reference:
    """A published lattice constant (angstrom) or bulk modulus (GPa); None where the source has none."""

    kind: str  # calculated or measured
    lattice_a: float | None
    bulk_gpa: float | None
    source: str


@dataclass(frozen=True)
class Prototype:
    """`start_a`: where to begin, no result; near the constant at room temperature."""

    build: Callable[[str, str, float], Crystal]
    cation: str
    anion: str
    start_a: float
    references: tuple[Reference, ...]

    def crystal(self) -> Crystal:
        """The primitive cell at the starting constant."""
        return self.build(self.cation, self.anion, self.start_a)


PROTOTYPES = {
    "Li2O": Prototype(antifluorite, "Li", "O", 4.62, (Reference("measured", 4.619, 82.0, ROOM),)),
    "LiF": Prototype(
        rock_salt, "Li", "F", 4.03,
        (Reference("calculated", 4.064, None, BAND), Reference("measured", 3.974, None, MEASURED_A),
         Reference("measured", None, 76.3, MEASURED_B)),
    ),
    "LiCl": Prototype(
        rock_salt, "Li", "Cl", 5.13,
        (Reference("calculated", 5.147, None, BAND), Reference("measured", 5.072, None, MEASURED_A),
         Reference("measured", None, 38.7, MEASURED_B)),
    ),
}  # fmt: skip


def prototype(formula: str) -> Prototype:
    """InputError for a formula whose cell is not known."""
    wanted = reduced(formula)
    for name, one in PROTOTYPES.items():
        if wanted and reduced(name) == wanted:
            return one
    raise InputError(
        "FORMULA", f"the cell of {formula!r} is not known; known are {', '.join(PROTOTYPES)}. --cif FILE gives another"
    )
