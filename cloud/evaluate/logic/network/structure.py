"""The network's structure as one table: every quantity with its states, what it hangs on, and the principle behind.

Quantities without parents are made of the formula alone and are always known; the others are statements that can be
wrong. A change here needs the tables to be learnt anew (learn.py). Pure.
"""

import zlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from adatom.cloud.knowledge.neutrality import ALLOY, MIXED, NEUTRAL, UNBALANCED, UNKNOWN


class Node(NamedTuple):
    """A quantity. Its states are the ranges between `edges` (ascending, in `unit`), or `names`.

    `words` is what it is called in sentences; sources are cited from memory.
    """

    name: str
    words: str
    unit: str
    states: tuple[float, ...] | tuple[str, ...]  # edges between ranges, or names
    parents: tuple[str, ...]
    principle: str
    source: str

    @property
    def named(self) -> bool:
        """Whether states are names instead of ranges."""
        return isinstance(self.states[0], str)

    @property
    def size(self) -> int:
        """How many states."""
        return len(self.states) if self.named else len(self.states) + 1

    def state(self, value: float | str) -> int:
        """The state of a value; a value on an edge belongs to the range above it."""
        if self.named:
            return self.states.index(value)
        return bisect_right(self.states, value)

    def said(self, value: float | str) -> str:
        """A value with its unit."""
        return str(value) if isinstance(value, str) else _with_unit(f"{value:.4g}", self.unit)

    def span(self, states: Sequence[int]) -> str:
        """Some states in words; of ranges, neighbours in order."""
        if self.named:
            return " or ".join(str(self.states[state]) for state in states)
        first, last = states[0], states[-1]
        above = f"{self.states[first - 1]:g}" if first > 0 else ""
        below = f"{self.states[last]:g}" if last < len(self.states) else ""
        if above and below:
            return _with_unit(f"{above} to {below}", self.unit)
        if not above and not below:
            return "any"
        return _with_unit(f"above {above}" if above else f"below {below}", self.unit)


def _with_unit(number: str, unit: str) -> str:
    return number if unit == "1" else f"{number} {unit}"


USUAL_CHARGES = "usual charges"
ANIONS = ("oxide", "sulfide", "halide", "nitride", "other")
NO_LITHIUM, NOT_ABX3 = "no lithium", "not ABX3"
GARNETS = ("garnet, Li below 5", "garnet, Li 5 to 6", "garnet, Li 6 to 6.75", "garnet, Li above 6.75")
FRAMEWORKS = (*GARNETS, "lithium oxide", "lithium sulfide", "lithium halide", "lithium nitride", "lithium, other",
              NO_LITHIUM)  # fmt: skip
TOLERANCES = ("below 0.75", "0.75 to 0.85", "0.85 to 0.95", "above 0.95", NOT_ABX3)
CRYSTALS = ("cubic", "tetragonal", "hexagonal", "lower")
MAGPIE = "Ward et al., npj Comput. Mater. 2, 16028 (2016): Magpie's table of elements"

# Edges are round numbers near quantiles of the shipped tables, so that no state is nearly empty
OF_FORMULA = (
    Node("tolerance", "tolerance factor", "1", TOLERANCES, (),
         "(r_A + r_X) / (sqrt 2 (r_B + r_X)) of ABX3, and of mixed A or B; radii of six neighbours also for A, so it "
         "reads some 0.08 less than with twelve", "Goldschmidt, Naturwissenschaften 14, 477 (1926); Shannon 1976"),
    Node("anion", "anion", "1", ANIONS, (), "the first that it holds of O; S, Se, Te; F, Cl, Br, I; N, P, As", ""),
    Node("electronegativity", "electronegativity", "1", (1.4, 1.6, 1.8, 2.1, 2.4, 2.6, 2.8, 3.0), (),
         "mean of Pauling's electronegativities", MAGPIE),
    Node("polarity", "polarity", "1", (0.03, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2), (),
         "mean square deviation of Pauling's electronegativities, weighted by the shares", MAGPIE),
    Node("open_shells", "share of atoms with open shells", "1", (1e-6, 0.1, 0.2, 0.35, 0.6), (),
         "share of V, Cr, Mn, Fe, Co, Ni, Cu, Ce to Yb, U, Np, Pu", ""),
    Node("d_electrons", "d electrons an atom", "1", (0.2, 1.0, 2.5, 5.0, 8.0), (), "mean of d electrons", MAGPIE),
    Node("cohesion", "cohesion", "K/angstrom^3", (10.0, 20.0, 30.0, 40.0, 55.0, 75.0, 110.0, 170.0), (),
         "mean melting point of the elements over their mean volume an atom", MAGPIE),
    Node("element_volume", "volume an atom of the elements", "angstrom^3", (11.0, 13.0, 16.0, 20.0, 25.0, 32.0), (),
         "mean volume an atom of the elements", MAGPIE),
    Node("atom_mass", "mean atomic mass", "u", (20.0, 30.0, 45.0, 60.0, 80.0, 110.0, 150.0), (),
         "mean atomic mass", MAGPIE),
    Node("framework", "framework", "1", FRAMEWORKS, (),
         "a lithium garnet by its lithium per 12 O, else lithium and the anion", ""),
)  # fmt: skip
STATEMENTS = (
    Node("charge_balance", "balance of charges", "1", (USUAL_CHARGES, NEUTRAL, MIXED, UNBALANCED, ALLOY, UNKNOWN),
         ("anion", "open_shells"),
         "charges of a compound add up to zero: the usual ones, or (neutral) other known ones of its elements",
         "Davies et al., J. Open Source Softw. 4, 1361 (2019); Shannon 1976"),
    Node("formation_energy", "formation energy", "eV/atom",
         (-3.2, -2.7, -2.2, -1.7, -1.2, -0.8, -0.5, -0.3, -0.1, 0.1, 0.5),
         ("polarity", "anion", "d_electrons", "electronegativity"),
         "a bond gains with the square of the difference of electronegativities",
         "Pauling, J. Am. Chem. Soc. 54, 3570 (1932)"),
    Node("decomposition_energy", "decomposition energy", "eV/atom",
         (-0.1, -0.03, 0.0, 0.02, 0.05, 0.1, 0.2, 0.5), ("formation_energy", "anion", "tolerance"),
         "what is bound deeply seldom falls apart; ABX3 does where its ions do not fit",
         "Goldschmidt 1926; Bartel et al., Sci. Adv. 5, eaav0693 (2019)"),
    Node("energy_above_hull", "energy above the hull", "eV/atom", (0.001, 0.02, 0.05, 0.1, 0.2, 0.5),
         ("decomposition_energy",), "it is the positive part of the decomposition energy",
         "Bartel et al., npj Comput. Mater. 6, 97 (2020)"),
    Node("band_gap", "band gap (PBE)", "eV", (0.01, 0.5, 1.0, 2.0, 3.0, 4.5),
         ("anion", "charge_balance", "d_electrons", "open_shells"),
         "balanced charges fill bands; open d shells close gaps, electronegative anions widen them",
         "Zaanen, Sawatzky, Allen, Phys. Rev. Lett. 55, 418 (1985)"),
    Node("magnetic_moment", "magnetic moment", "mu_B/cell", (0.05, 1.5, 4.5, 12.0, 30.0), ("open_shells", "anion"),
         "moments need open d or f shells", "Hund, Z. Phys. 33, 855 (1925)"),
    Node("bulk_modulus", "bulk modulus", "GPa",
         (15.0, 30.0, 45.0, 60.0, 80.0, 100.0, 130.0, 160.0, 200.0, 250.0),
         ("cohesion", "anion", "d_electrons"), "stiffness is binding energy by volume",
         "Anderson and Nafe, J. Geophys. Res. 70, 3951 (1965)"),
    Node("shear_modulus", "shear modulus", "GPa", (5.0, 10.0, 20.0, 30.0, 40.0, 55.0, 75.0, 100.0, 140.0),
         ("bulk_modulus", "d_electrons"), "shear follows bulk, less where metallic bonds have no direction",
         "Pugh, Philos. Mag. 45, 823 (1954)"),
    Node("debye_temperature", "Debye temperature", "K", (130.0, 170.0, 210.0, 260.0, 310.0, 370.0, 450.0, 600.0),
         ("shear_modulus", "atom_mass"), "sound is fast in what is stiff and light",
         "Anderson, J. Phys. Chem. Solids 24, 909 (1963)"),
    Node("thermal_conductivity", "thermal conductivity", "W/(m*K)", (0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 14.0, 25.0),
         ("debye_temperature", "atom_mass"), "lattices of high Debye temperature conduct",
         "Slack, J. Phys. Chem. Solids 34, 321 (1973)"),
    Node("thermal_expansion", "thermal expansion", "1/K", (2e-5, 3e-5, 4e-5, 5e-5, 7e-5, 1e-4, 1.5e-4),
         ("bulk_modulus", "element_volume"), "expansion is heat over stiffness and volume",
         "Grüneisen, Ann. Phys. 344, 257 (1912)"),
    Node("interfacial_reaction_energy", "reaction energy with lithium", "eV/atom",
         (-2.0, -1.7, -1.4, -1.1, -0.8, -0.5, -0.2, -0.02), ("formation_energy", "electronegativity", "anion"),
         "lithium takes electronegative anions, unless they are bound as deeply already",
         "Zhu, He, Mo, ACS Appl. Mater. Interfaces 7, 23685 (2015)"),
    Node("ionic_conductivity", "ionic conductivity", "S/cm", (1e-9, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3), ("framework",),
         "sulfides conduct better than oxides; a garnet with lithium for its octahedral sites better than one without",
         "Thangadurai et al., Chem. Soc. Rev. 43, 4714 (2014)"),
    Node("crystal_system", "crystal system", "1", CRYSTALS, ("framework", "ionic_conductivity"),
         "garnets of less than 7 lithium are cubic; of one framework the cubic form conducts best",
         "Awaka et al., J. Solid State Chem. 182, 2046 (2009)"),
)  # fmt: skip
NODES = (*OF_FORMULA, *STATEMENTS)
BY_NAME: Mapping[str, Node] = {node.name: node for node in NODES}


def shape(node: Node) -> tuple[int, ...]:
    """Of its table: own states, then those of each parent."""
    return (node.size, *(BY_NAME[parent].size for parent in node.parents))


def fingerprint() -> str:
    """Changes with states or parents: tables of another structure are refused by it."""
    said = repr(sorted((node.name, node.states, node.parents) for node in NODES))
    return f"{zlib.crc32(said.encode()):08x}"
