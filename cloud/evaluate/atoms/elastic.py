"""Stiffness of a crystal from stresses at small strains, its moduli and whether it is stable. Pure arithmetic.

Stresses of strains that are free of rotation give Wallace's stiffness, which tells stability also under load
(Wang et al., Phys. Rev. Lett. 71, 4182 (1993)); without load it is the elastic tensor and the test is Born's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from adatom.cloud.evaluate.atoms.crystal import VOIGT, Crystal, deformed, strain_tensor
from adatom.cloud.measure.eis.arrays import Floats

SIZE = 0.002  # (K) of the smaller strain; the larger is twice it, and what lies between them is the uncertainty
STEPS = (-2.0, -1.0, 1.0, 2.0)
DRAWS = 400
SEED = 20


@dataclass(frozen=True)
class Value:
    """A number with its standard deviation."""

    value: float
    sd: float


@dataclass(frozen=True)
class Stiffness:
    """`gpa` (6, 6) in Voigt's order xx yy zz yz xz xy, symmetric, and `sd_gpa` (6, 6)."""

    gpa: Floats
    sd_gpa: Floats

    @property
    def eigenvalues_gpa(self) -> Floats:
        """(6,), smallest first. All above 0: Born stable."""
        return np.asarray(np.linalg.eigvalsh(self.gpa), dtype=np.float64)

    @property
    def born_stable(self) -> bool:
        """Also in the worst case of the uncertainty that its elements have together."""
        return bool(self.eigenvalues_gpa[0] > 0.0)


@dataclass(frozen=True)
class Moduli:
    """Of a polycrystal without texture, Hill's means; `bounds` are Voigt's minus Reuss's, of bulk and shear, in GPa."""

    bulk_gpa: Value
    shear_gpa: Value
    young_gpa: Value
    poisson: Value
    bounds: tuple[float, float]


def strained(crystal: Crystal) -> list[Crystal]:
    """24 crystals: each of six strains at -2, -1, 1 and 2 times SIZE, in this order."""
    return [deformed(crystal, np.eye(3) + strain_tensor(part, step * SIZE)) for part in range(6) for step in STEPS]


def stiffness(stresses_gpa: Sequence[Floats]) -> Stiffness:
    """From the stresses (24, 3, 3) of `strained`, central differences at two sizes, Richardson's extrapolation."""
    stress = np.array([[one[place] for place in VOIGT] for one in stresses_gpa]).reshape(6, len(STEPS), 6)
    small = (stress[:, 2] - stress[:, 1]) / (2.0 * SIZE)
    large = (stress[:, 3] - stress[:, 0]) / (4.0 * SIZE)
    value = (4.0 * small - large) / 3.0
    spread = np.hypot((small - large) / 3.0, (value - value.T) / 2.0)
    return Stiffness((value + value.T) / 2.0, np.hypot(spread, spread.T) / np.sqrt(2.0))


def moduli(found: Stiffness) -> Moduli:
    """Voigt, Reuss, Hill, with deviations by draws of the elements. Hill, Proc. Phys. Soc. A 65, 349 (1952)."""
    rng = np.random.default_rng(SEED)
    drawn = []
    for _ in range(DRAWS):
        noise = np.triu(rng.standard_normal((6, 6)) * found.sd_gpa)
        drawn.append(_hill(found.gpa + noise + np.triu(noise, 1).T)[:4])
    middle = _hill(found.gpa)
    sds = np.std(np.array(drawn), axis=0)
    values = [Value(float(one), float(sd)) for one, sd in zip(middle[:4], sds, strict=True)]
    return Moduli(values[0], values[1], values[2], values[3], (float(middle[4]), float(middle[5])))


def _hill(c: Floats) -> Floats:
    """(6,) bulk, shear, Young's modulus, Poisson's ratio, and the distances of Voigt and Reuss."""
    s = np.linalg.inv(c)
    bulk_v = (c[:3, :3].sum()) / 9.0
    bulk_r = 1.0 / s[:3, :3].sum()
    off_c, off_s = c[0, 1] + c[0, 2] + c[1, 2], s[0, 1] + s[0, 2] + s[1, 2]
    shear_v = (np.trace(c[:3, :3]) - off_c + 3.0 * np.trace(c[3:, 3:])) / 15.0
    shear_r = 15.0 / (4.0 * (np.trace(s[:3, :3]) - off_s) + 3.0 * np.trace(s[3:, 3:]))
    bulk, shear = (bulk_v + bulk_r) / 2.0, (shear_v + shear_r) / 2.0
    young = 9.0 * bulk * shear / (3.0 * bulk + shear)
    poisson = (3.0 * bulk - 2.0 * shear) / (2.0 * (3.0 * bulk + shear))
    return np.array([bulk, shear, young, poisson, bulk_v - bulk_r, shear_v - shear_r])
