"""What others computed for reactions with lithium and for windows, to be shown beside ours. Figures with sources.

Windows in V, reaction energies per atom of the electrolyte. Both are quoted from memory of the paper's tables, which
were not read anew: a difference of 0.01 is a misquote rather than a finding.
"""

from collections.abc import Mapping
from typing import NamedTuple

from adatom.cloud.knowledge.interface.energies import key_of

ZHU_2015 = "Zhu, He, Mo, ACS Appl. Mater. Interfaces 7, 23685 (2015), doi:10.1021/acsami.5b07517 (from memory)"
METAL = "Li"


class Published(NamedTuple):
    """Reaction energy with excess lithium (eV/atom of the material), products, window (V); None where not quoted."""

    reaction_ev_atom: float | None
    products: tuple[str, ...]
    reduction_v: float | None
    oxidation_v: float | None
    source: str = ZHU_2015


# name -> (atoms, what was published)
PUBLISHED: dict[str, tuple[dict[str, float], Published]] = {
    "LLZO": (
        {"Li": 7, "La": 3, "Zr": 2, "O": 12},
        Published(-0.021, ("Zr", "La2O3", "Li2O"), 0.05, 2.91),
    ),
    "LPS": ({"Li": 3, "P": 1, "S": 4}, Published(-1.42, ("Li3P", "Li2S"), 1.71, 2.31)),
    "LGPS": (
        {"Li": 10, "Ge": 1, "P": 2, "S": 12},
        Published(-1.25, ("Li15Ge4", "Li3P", "Li2S"), 1.71, 2.14),
    ),
    "LPSCl": ({"Li": 6, "P": 1, "S": 5, "Cl": 1}, Published(-0.96, ("Li3P", "Li2S", "LiCl"), 1.71, 2.01)),
    "LATP": (
        {"Li": 1.3, "Al": 0.3, "Ti": 1.7, "P": 3, "O": 12},
        Published(-1.56, ("Ti3P", "TiAl", "Li3P", "Li2O"), 2.17, 4.21),
    ),
    "LTP": (  # no row of its own in the paper: the window is LATP's, which has the same limiting phases
        {"Li": 1, "Ti": 2, "P": 3, "O": 12},
        Published(None, (), 2.17, 4.21, ZHU_2015 + "; of LATP"),
    ),
    "lithium oxide": ({"Li": 2, "O": 1}, Published(0.0, (), 0.0, 2.90)),
    "lithium sulfide": ({"Li": 2, "S": 1}, Published(0.0, (), 0.0, 2.01)),
    "lithium chloride": ({"Li": 1, "Cl": 1}, Published(0.0, (), 0.0, 4.25)),
    "lithium fluoride": ({"Li": 1, "F": 1}, Published(0.0, (), 0.0, 6.36)),
}


def published(atoms: Mapping[str, float], against: str) -> Published | None:
    """What was published of this composition, if anything."""
    if against != METAL:
        return None
    asked = key_of(atoms)
    return next((found for known, found in PUBLISHED.values() if key_of(known) == asked), None)
