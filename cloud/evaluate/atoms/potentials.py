"""Pair potentials of oxides as a table with sources, and what they cannot describe, said in words.

V(r) = A exp(-r / rho) - C / r^6 + q q' / r between rigid ions. The set is a combination of two papers' tables, not one
published force field of LLZO; it was tried on tetragonal LLZO (docs/explanation/atomistic.md) and on nothing else.
"""

from collections import Counter
from dataclasses import dataclass

from adatom.protocol.errors import InputError

STATEMENT = "a combination of two papers' tables, not one published force field of LLZO"
NO_DIFFUSION = (
    "lithium moves far too fast in this potential (conductivities near 1 S/cm at 700 K come out of it): "
    "it is for elasticity and mechanical stability, never for a conductivity"
)
TETER = "Teter's family of rigid-ion oxides, as in the LLTO inputs published with LAMMPS"
DEVANATHAN = "Devanathan et al., Phys. Rev. B 69, 064115 (2004), as in pypospack's tables"
NEUTRAL_E = 1e-6  # charges are tenths of e: rounding alone is below


@dataclass(frozen=True)
class Pair:
    """`a_ev`, `rho_a`, `c_ev_a6` of one cation or oxygen with oxygen; `source` of the three."""

    a_ev: float
    rho_a: float
    c_ev_a6: float
    source: str


CHARGES_E = {"Li": 0.6, "Al": 1.8, "La": 1.8, "Zr": 2.4, "O": -1.2}  # six tenths of the formal charges (Teter)
WITH_OXYGEN = {
    "O": Pair(2029.2204, 0.343645, 192.58, TETER),
    "Li": Pair(41051.938, 0.15116, 0.0, TETER),
    "La": Pair(4369.393, 0.278603, 60.278, TETER),
    "Zr": Pair(17243.394, 0.2265, 128.3513, DEVANATHAN),
    "Al": Pair(12201.417, 0.195628, 31.997, TETER),
}
MASSES_U = {"Li": 6.94, "Al": 26.982, "La": 138.906, "Zr": 91.224, "O": 15.999}  # IUPAC 2021, abridged
MOBILE = frozenset({"Li"})  # the others are the framework

CUTOFF_A = 12.0  # (K) of the short-range part and of the real-space sum; from 10 to 12 the moduli of LLZO rise by 1 %
GUARD_A = 1.0  # below it -C/r^6 wins over A exp(-r/rho); no two ions of an oxide are that close
GUARD_EV = 100.0  # (K) of the r^-12 wall, far above what thermal motion reaches


def check_cover(symbols: tuple[str, ...], where: str) -> None:
    """InputError for elements without parameters, and for a cell that carries charge."""
    counts = Counter(symbols)
    unknown = sorted(set(counts) - set(CHARGES_E))
    if unknown:
        raise InputError(
            where,
            f"the potential has no parameters for {', '.join(unknown)}; it covers {', '.join(sorted(CHARGES_E))}",
        )
    if "O" not in counts:
        raise InputError(where, "the potential is for oxides: a cell without oxygen is not covered")
    charge = sum(CHARGES_E[symbol] * n for symbol, n in counts.items())
    if abs(charge) > NEUTRAL_E:
        formal = charge / CHARGES_E["Li"]
        raise InputError(
            where,
            f"the ions of the cell do not balance: {formal:+.2f} formal charges are left over "
            f"({'too little' if charge < 0 else 'too much'} lithium, or ions that are missing); "
            "a charged cell has no finite energy",
        )
