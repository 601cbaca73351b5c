"""The surface as layers: a garnet film under carbonate (and hydroxide) under adventitious carbon. What is how thick.

An intensity of a layer of thickness t and n atoms per nm3 below d nm of others is K n exp(-d/l) (1 - exp(-t/l)); the
film has no end. Unknown: K, both thicknesses, the carbonate's share of the overlayer (the rest is LiOH), and the film's
atoms for 12 oxygen. Fitted together with what is known only so well (sensitivities, lengths, densities), each with its
standard deviation: so every uncertainty is in the result.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.xps.covariance import covariance_of
from adatom.cloud.measure.xps.intensity import Fraction, Intensities, Options
from adatom.cloud.measure.xps.levels import CARBON, FILM, OVERLAYER
from scipy.optimize import least_squares

AVOGADRO_PER_NM3 = 602.214  # of a mol/cm3
OXYGEN = 12.0  # a formula unit of garnet
GARNET_PER_NM3 = 8.0 / 1.297**3  # formula units: eight in a cubic cell of 12.97 A
FILM_DENSITY, FILM_DENSITY_SD_LOG = 0.90, 0.07  # K: of the crystal's; films by PLD
CARBONATE_PER_NM3 = 2.11 / 73.89 * AVOGADRO_PER_NM3  # Li2CO3
HYDROXIDE_PER_NM3 = 1.46 / 23.95 * AVOGADRO_PER_NM3  # LiOH
OVERLAYER_DENSITY_SD_LOG = 0.05  # K
CARBON_PER_NM3, CARBON_SD_LOG = 100.0, 0.15  # K: hydrocarbons 0.9 g/cm3 have 40 to 120, by hydrogen
CARBONATE_SHARE, CARBONATE_SHARE_SD = 0.9, 0.3  # where no C 1s tells
CARBON_NM, CARBON_SD_NM = 0.6, 0.3  # K: what air leaves; the start, and what is taken where no C 1s tells
CARBON_MAX_NM = 1.2  # K: air leaves 0.3 to 1 nm; an interlayer without lines of its own looks like more
COVERED = (
    "more above the film than carbon from air: an interlayer makes the film's composition wrong, not the overlayer"
)
DETECTED_SDS = 2.0
HIDDEN_SD = 2.0  # of an element's atoms for 12 O, above which it is not told: far from linear
CLEAR_SDS = 8.0  # of the film's oxygen, below which intervals of what is counted by it hold too seldom: 50 % at 2 to 5
EXCESS_SD = 0.03  # how far above 1 the carbonate's share may come
MIN_NM, MAX_NM = -2.0, 60.0  # below 0: the best estimate of what is 0 is unbiased


@dataclass(frozen=True)
class Layers:
    """Thicknesses in nm with standard deviations, and the film's atomic fractions; None: these spectra cannot tell.

    `at_least`: the film's oxygen is not seen through the overlayer, so the thickness is a lower limit. `per_formula`:
    element -> (atoms for 12 O, sd), without those that the overlayer hides. That is lithium first, which carbonate has,
    too; `film` holds fractions of all atoms, so it is empty then.
    """

    overlayer_nm: float
    overlayer_sd_nm: float | None
    at_least: bool
    carbonate_share: float | None = None
    carbonate_share_sd: float | None = None
    carbon_nm: float | None = None
    carbon_sd_nm: float | None = None
    film: tuple[Fraction, ...] = ()
    per_formula: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def doubt(self) -> str:
        """Why the film's composition may be off though its interval is narrow; "" for no reason."""
        return COVERED if self.per_formula and self.carbon_nm is not None and self.carbon_nm > CARBON_MAX_NM else ""


@dataclass(frozen=True)
class _Data:
    """Values (D,) as sums of states with their inverse Cholesky factor, and what each is of."""

    names: tuple[tuple[str, str], ...]  # (element, layer or "" for both)
    values: Floats
    whitener: Floats
    length_nm: Floats
    level: tuple[int, ...]  # which nuisance sensitivity
    levels: int
    elements: tuple[str, ...]  # of the film, without oxygen
    has_carbon: bool


def layers_of(found: Intensities, options: Options) -> Layers | None:
    """The layers that the intensities tell; None without lattice and overlayer oxygen to compare."""
    data = _gather(found)
    names = dict.fromkeys(data.names)
    if ("O", FILM) not in names or ("O", OVERLAYER) not in names:
        return None
    oxygen = data.names.index(("O", FILM))
    seen = float(data.values[oxygen])
    seen_sd = float(np.linalg.inv(data.whitener.T @ data.whitener)[oxygen, oxygen] ** 0.5)
    if seen < DETECTED_SDS * seen_sd:
        limit = _thickness_nm(data, max(seen, 0.0) + DETECTED_SDS * seen_sd)
        return Layers(limit * float(np.exp(-DETECTED_SDS * options.lengths_sd_log)), None, True)
    start = _start(data)
    fit = least_squares(_residuals, start, args=(data, options), x_scale="jac", max_nfev=400)
    jacobian = np.asarray(fit.jac, dtype=np.float64)
    covariance = covariance_of(jacobian)
    observed = jacobian[: data.values.size, : 4 + len(data.elements)]
    counting = covariance_of(observed)
    return _layers(fit.x, covariance, counting, data, clear=seen >= CLEAR_SDS * seen_sd)


def _gather(found: Intensities) -> _Data:
    """Sums over the states of a layer. Lithium's two are 0.8 eV apart: only their sum is taken."""
    groups: dict[tuple[str, str], list[int]] = {}
    for k, key in enumerate(found.keys):
        groups.setdefault((key.element, "" if key.element == "Li" else key.layer), []).append(k)
    groups = {name: rows for name, rows in groups.items() if _belongs(name)}
    gather = np.zeros((len(groups), len(found.keys)))
    for row, states in enumerate(groups.values()):
        gather[row, states] = 1.0
    levels = list(dict.fromkeys(found.keys[rows[0]].level for rows in groups.values()))
    return _Data(
        tuple(groups), gather @ found.values, _whitener(gather @ found.covariance @ gather.T),
        np.array([float(found.length_nm[rows].mean()) for rows in groups.values()]),
        tuple(levels.index(found.keys[rows[0]].level) for rows in groups.values()), len(levels),
        tuple(element for element, layer in groups if layer in (FILM, "") and element != "O"),
        ("C", CARBON) in groups,
    )  # fmt: skip


def _belongs(name: tuple[str, str]) -> bool:
    return name[0] in ("C", "O", "Li", "La", "Zr", "Ta", "Nb", "Al", "Ga")


def _whitener(covariance: Floats) -> Floats:
    """W with W C W^T = 1; a state that the fit held at nothing gets the least of what is plausible."""
    floor = 1e-12 * float(np.diag(covariance).max(initial=1e-300))
    return np.linalg.inv(np.linalg.cholesky(covariance + floor * np.eye(len(covariance))))


def _thickness_nm(data: _Data, film_oxygen: float) -> float:
    """The overlayer, as carbonate, from the two kinds of oxygen: t = l ln(1 + I_over n_film / (I_film n_over))."""
    over = max(float(data.values[data.names.index(("O", OVERLAYER))]), 0.0)
    ratio = min(over / max(film_oxygen, 1e-9), 1e4) * OXYGEN * GARNET_PER_NM3 * FILM_DENSITY / (3.0 * CARBONATE_PER_NM3)
    return float(data.length_nm[data.names.index(("O", FILM))] * np.log1p(ratio))


def _start(data: _Data) -> Floats:
    """ln K, overlayer, carbon, share, atoms...; then the uncertain knowledge at what is expected of it."""
    at = {name: k for k, name in enumerate(data.names)}
    film, length = (float(of[at["O", FILM]]) for of in (data.values, data.length_nm))
    overlayer, carbon = _thickness_nm(data, film), CARBON_NM
    atoms = [OXYGEN * max(float(data.values[at[name]]), 1e-9) / film
             for name in data.names if name[0] in data.elements]  # fmt: skip
    scale = film / (OXYGEN * GARNET_PER_NM3 * FILM_DENSITY) * np.exp((overlayer + carbon) / length)
    return np.array([np.log(scale), overlayer, carbon, CARBONATE_SHARE, *atoms, *[0.0] * (4 + data.levels)])


def _residuals(p: Floats, data: _Data, options: Options) -> Floats:
    """Of the data, whitened; then of what is known beforehand, in standard deviations."""
    n = 4 + len(data.elements)
    known = p[n:] / np.array([options.lengths_sd_log, FILM_DENSITY_SD_LOG, OVERLAYER_DENSITY_SD_LOG, CARBON_SD_LOG,
                              *[options.sensitivity_sd_log] * data.levels])  # fmt: skip
    share = [] if ("C", OVERLAYER) in data.names else [(p[3] - CARBONATE_SHARE) / CARBONATE_SHARE_SD]
    none = [] if data.has_carbon else [(p[2] - CARBON_NM) / CARBON_SD_NM]
    bound = [max(p[3] - 1.0, 0.0) / EXCESS_SD, max(-p[3], 0.0) / EXCESS_SD]
    return np.concatenate([data.whitener @ (_expected(p, data) - data.values), known, share, none, bound])


def _expected(p: Floats, data: _Data) -> Floats:
    """The intensities (D,) of the layers that the parameters describe."""
    n = 4 + len(data.elements)
    overlayer, carbon = np.clip(p[1:3], MIN_NM, MAX_NM)
    length = data.length_nm * np.exp(np.clip(p[n], -1, 1))
    sensitivity = np.exp(np.clip(p[n + 4 :], -1, 1))[list(data.level)]
    above = np.exp(-carbon / length)
    hidden = above * np.exp(-overlayer / length)
    seen = {CARBON: -np.expm1(-carbon / length), OVERLAYER: above * -np.expm1(-overlayer / length), FILM: hidden}
    density = [_densities(name, p, data) for name in data.names]
    total = [sum(per_nm3 * seen[layer][k] for layer, per_nm3 in of.items()) for k, of in enumerate(density)]
    return np.asarray(np.exp(np.clip(p[0], -80, 80)) * sensitivity * np.array(total))


def _densities(name: tuple[str, str], p: Floats, data: _Data) -> dict[str, float]:
    """Atoms per nm3 of an element in each layer that the datum sums over."""
    n, (element, layer) = 4 + len(data.elements), name
    atoms = (
        OXYGEN if element == "O" else float(p[4 + data.elements.index(element)]) if element in data.elements else 0.0
    )
    share, loose = float(p[3]), float(np.exp(np.clip(p[n + 2], -1, 1)))
    carbonate, hydroxide = share * CARBONATE_PER_NM3 * loose, (1.0 - share) * HYDROXIDE_PER_NM3 * loose
    of = {
        CARBON: CARBON_PER_NM3 * float(np.exp(np.clip(p[n + 3], -1, 1))) if element == "C" else 0.0,
        OVERLAYER: {"C": carbonate, "O": 3 * carbonate + hydroxide, "Li": 2 * carbonate + hydroxide}.get(element, 0.0),
        FILM: atoms * GARNET_PER_NM3 * FILM_DENSITY * float(np.exp(np.clip(p[n + 1], -1, 1))),
    }  # fmt: skip
    return {where: per_nm3 for where, per_nm3 in of.items() if layer in ("", where)}


def _layers(p: Floats, covariance: Floats, counting: Floats, data: _Data, *, clear: bool) -> Layers:
    sds = np.sqrt(np.maximum(np.diag(covariance), 0.0)).tolist()
    carbon, carbon_sd = (float(p[2]), sds[2]) if data.has_carbon else (None, None)
    at = {element: 4 + k for k, element in enumerate(data.elements)}
    atoms = {element: (float(p[k]), sds[k]) for element, k in at.items() if clear and sds[k] <= HIDDEN_SD}
    rows = list(at.values())
    whole = bool(atoms) and len(atoms) == len(at)
    film = _film(p[rows], covariance[np.ix_(rows, rows)], counting[np.ix_(rows, rows)], data) if whole else ()
    return Layers(float(p[1]), sds[1], False, float(p[3]), sds[3], carbon, carbon_sd, film, atoms)


def _film(atoms: Floats, covariance: Floats, counting: Floats, data: _Data) -> tuple[Fraction, ...]:
    """Fractions of the film's atoms, oxygen among them: x = c / (12 + sum c)."""
    total = OXYGEN + float(atoms.sum())
    every = np.append(atoms, OXYGEN) / total
    slope = (np.eye(atoms.size + 1, atoms.size) - every[:, None]) / total
    sds, sds_counting = (np.sqrt(np.maximum(np.diag(slope @ of @ slope.T), 0.0)) for of in (covariance, counting))
    names = (*data.elements, "O")
    return tuple(
        Fraction(*entry) for entry in zip(names, every.tolist(), sds.tolist(), sds_counting.tolist(), strict=True)
    )
