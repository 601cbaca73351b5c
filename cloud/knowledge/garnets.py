"""The prior of a garnet's conductivity from published garnets: a Gaussian process over composition.

It serves as a first guess for a composition model, with its uncertainty. Ceramics, not films: what a film loses by
grain boundaries, lithium loss and other phases is not in it. It knows nothing of recipes beyond their cations.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from adatom.cloud.store.known import Material
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError
from adatom.protocol.recipe import NEGATIVE_CHARGE
from numpy.typing import NDArray
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

Array = NDArray[np.float64]

OXYGEN = 12.0
# Axes of a garnet's composition: name -> (elements, atoms per 12 O that count as one step). Elements that sit on the
# same site with the same charge are one axis; a quarter of an Al on the Li site does what a whole Ba does not.
AXES: dict[str, tuple[tuple[str, ...], float]] = {
    "lithium": (("Li",), 1.0),
    "zirconium": (("Zr", "Hf", "Sn"), 1.0),
    "tantalum": (("Ta",), 1.0),
    "niobium": (("Nb",), 1.0),
    "on lithium sites": (("Al", "Ga"), 0.25),
    "divalent on the large site": (("Ba", "Sr", "Ca", "K"), 1.0),
    "other on the small site": (("Te", "W", "Sb", "Bi"), 1.0),
    "other trivalent": (("Y", "Nd", "Sm", "In"), 1.0),
}
LARGE = ("La", "Ba", "Sr", "Ca", "K", "Y", "Nd", "Sm")
SMALL = ("Zr", "Hf", "Sn", "Ta", "Nb", "Te", "W", "Sb", "Bi", "In")
KNOWN = {element for elements, _ in AXES.values() for element in elements} | {"La", "O"}
VALENCE = {"La": 3, "Y": 3, "Nd": 3, "Sm": 3, "In": 3, "Al": 3, "Ga": 3, "Ba": 2, "Sr": 2, "Ca": 2, "K": 1,
           "Zr": 4, "Hf": 4, "Sn": 4, "Ta": 5, "Nb": 5, "Sb": 5, "Bi": 5, "Te": 6, "W": 6}  # fmt: skip
ROWS_MIN = 20  # fewer garnets do not fix a length scale
NEAR = 0.05  # steps: two papers' samples nearer than this are the same material
Z90 = 1.645  # half width of a normal distribution's central 90 %, in standard deviations


class Garnets(NamedTuple):
    """Published garnets: features (n, axes), log10 of conductivity in S/cm (n,), paper of each."""

    features: Array
    log10_sigma: Array
    papers: tuple[str, ...]


class Check(NamedTuple):
    """Errors in decades when every paper is predicted without itself; `mean` is the constant predictor."""

    rows: int
    papers: int
    mae: float
    rmse: float
    mae_of_mean: float
    covered_90: float


class ConductivityPrior:
    """Called with cations (atoms per 12 O): mean and standard deviation of log10 conductivity (S/cm, 25 C)."""

    def __init__(self, garnets: Garnets) -> None:
        self.garnets = garnets
        self._model = _fit(garnets.features, garnets.log10_sigma)
        self._far = float(garnets.log10_sigma.mean()), float(garnets.log10_sigma.std())

    def __call__(self, cations: Mapping[str, float]) -> tuple[float, float]:
        """Lithium follows from charge neutrality unless it is given. The sd holds the scatter between papers.

        A composition with an element that no published garnet has gets the mean and spread of all garnets.
        """
        if not set(cations) <= KNOWN:
            return self._far
        mean, sd = self._model.predict(features(cations)[None, :], return_std=True)
        return float(mean[0]), float(sd[0])

    def means(self, compositions: Sequence[Mapping[str, float]]) -> Array:
        """Mean log10 conductivity of many compositions at once; as a call gives it for each."""
        known = [set(cations) <= KNOWN for cations in compositions]
        means = np.full(len(compositions), self._far[0])
        rows = [features(cations) for cations, here in zip(compositions, known, strict=True) if here]
        if rows:
            means[known] = self._model.predict(np.array(rows))
        return means


def conductivity_prior(store: Store) -> ConductivityPrior:
    """The prior from the garnets in the store. InputError when there are too few."""
    return ConductivityPrior(published_garnets(store.materials()))


def published_garnets(materials: Sequence[Material]) -> Garnets:
    """The garnets among the materials, told by composition: three large and two small cations per 12 O.

    One below detection counts with its limit: that it is a bad conductor is most of what there is to know.
    """
    found = [(material, atoms) for material in materials if (atoms := garnet_atoms(material.fractions)) is not None]
    if len(found) < ROWS_MIN:
        raise InputError(
            "materials", f"{len(found)} garnets in the database, at least {ROWS_MIN} are needed: import a table first"
        )
    return Garnets(
        np.array([features(atoms) for _, atoms in found]),
        np.log10([material.conductivity_s_cm for material, _ in found]),
        tuple(material.doi for material, _ in found),
    )


def garnet_atoms(fractions: Mapping[str, float]) -> dict[str, float] | None:
    """Atoms per 12 O when the composition is a lithium garnet's, else None."""
    if not set(fractions) <= KNOWN or not fractions.get("O") or "Li" not in fractions:
        return None
    atoms = {element: share * OXYGEN / fractions["O"] for element, share in fractions.items()}
    large = sum(atoms.get(element, 0.0) for element in LARGE)
    small = sum(atoms.get(element, 0.0) for element in SMALL)
    garnet = abs(large - 3.0) <= 0.5 and abs(small - 2.0) <= 0.5 and atoms["Li"] >= 2.9
    return atoms if garnet else None


def features(cations: Mapping[str, float]) -> Array:
    """(axes,) steps along AXES of a composition in atoms per 12 O; lithium by neutrality unless it is given."""
    charge = sum(VALENCE[element] * amount for element, amount in cations.items() if element in VALENCE)
    atoms = {"Li": NEGATIVE_CHARGE - charge} | dict(cations)
    return np.array([sum(atoms.get(e, 0.0) for e in elements) / step for elements, step in AXES.values()])


def check_by_paper(garnets: Garnets, *, without_near: bool = False) -> Check:
    """The prior's error on papers that it has not seen: leave one DOI out.

    Random folds would flatter: one paper gives a series of near-identical samples. `without_near` also keeps every
    composition that the paper shares with others out of the training.
    """
    groups = np.array(garnets.papers)
    means, sds, naive = np.zeros((3, len(groups)))
    for paper in sorted(set(garnets.papers)):
        test = groups == paper
        train = ~test
        if without_near:
            train = train & (_distances(garnets.features, garnets.features[test]).min(axis=1) > NEAR)
        model = _fit(garnets.features[train], garnets.log10_sigma[train])
        means[test], sds[test] = model.predict(garnets.features[test], return_std=True)
        naive[test] = garnets.log10_sigma[train].mean()
    error = garnets.log10_sigma - means
    return Check(
        rows=len(groups),
        papers=len(set(garnets.papers)),
        mae=float(np.abs(error).mean()),
        rmse=float(np.sqrt((error**2).mean())),
        mae_of_mean=float(np.abs(garnets.log10_sigma - naive).mean()),
        covered_90=float((np.abs(error) < Z90 * sds).mean()),
    )


def _fit(inputs: Array, log10_sigma: Array) -> Any:
    """Matern 3/2 with one length for all axes: with some 90 rows a length for each axis predicted worse (0.43)."""
    kernel = ConstantKernel(1.0, (1e-2, 1e2)) * Matern(2.0, (1e-1, 1e2), nu=1.5) + WhiteKernel(0.1, (1e-3, 1e1))
    return GaussianProcessRegressor(kernel, normalize_y=True).fit(inputs, log10_sigma)


def _distances(left: Array, right: Array) -> Array:
    """(n, m) largest difference along any axis."""
    result: Array = np.abs(left[:, None, :] - right[None, :, :]).max(axis=2)
    return result
