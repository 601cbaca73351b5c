"""From fitted areas to intensities that only atoms differ in, and to atomic fractions of what XPS sees.

An intensity is area / (time T(E) s l(E)): per atom alike, but for the layers above it. Spectra of another pass energy
are brought to the scale of the rest by a level that both show.
"""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.xps.attenuation import LENGTH_SD_LOG, LENGTHS
from adatom.cloud.measure.xps.fit import LevelFit
from adatom.cloud.measure.xps.levels import ELSEWHERE
from adatom.protocol.errors import InputError
from scipy.linalg import block_diag

# of one level, so that the ratio of two has 10 %: what sensitivities by calculation are good for without a reference
# sample (Brundle and Crist, J. Vac. Sci. Technol. A 38 (2020) 041001)
SENSITIVITY_SD_LOG = 0.07
TRANSMISSION_POWER = -0.3  # of the kinetic energy, where the file does not give it: lenses at a fixed pass energy
DETECTED_SDS = 3.0
SEARCHED_SDS = 4.0  # in a survey, where several elements are looked for


@dataclass(frozen=True)
class Options:
    """What the user may choose of the quantification."""

    lengths: str = "power"
    sensitivity_sd_log: float = SENSITIVITY_SD_LOG
    lengths_sd_log: float = LENGTH_SD_LOG


def options_of(lengths: str) -> Options:
    """Options with these attenuation lengths. Raises InputError for a word that is none of them."""
    if lengths not in LENGTHS:
        raise InputError("--attenuation", f"{lengths!r}: must be one of {', '.join(LENGTHS)}")
    return Options(lengths)


class Key(NamedTuple):
    """Which state of which level an intensity is of."""

    level: str
    element: str
    state: str
    layer: str


@dataclass(frozen=True)
class Intensities:
    """Intensities (M,) in arbitrary units with the covariance of counting and fit (M, M).

    `length_nm` (M,): attenuation length of the electrons, its part along the normal. `undetected`: (element, sd of its
    intensity) of levels that were looked for and not seen.
    """

    keys: tuple[Key, ...]
    values: Floats
    covariance: Floats
    length_nm: Floats
    undetected: tuple[tuple[str, float], ...]

    def rows(self, element: str) -> list[int]:
        """Where an element's states stand."""
        return [k for k, key in enumerate(self.keys) if key.element == element]

    @property
    def elements(self) -> tuple[str, ...]:
        """Those that were detected, in order."""
        return tuple(dict.fromkeys(key.element for key in self.keys))

    @property
    def levels(self) -> tuple[str, ...]:
        """Those that the intensities are of, in order."""
        return tuple(dict.fromkeys(key.level for key in self.keys))


@dataclass(frozen=True)
class Fraction:
    """An element's share of the atoms; sd of everything, and of counting and fit alone."""

    element: str
    value: float
    sd: float
    sd_counting: float


@dataclass(frozen=True)
class _Part:
    """One level's intensities with their covariance."""

    keys: tuple[Key, ...]
    values: Floats
    covariance: Floats
    length_nm: Floats

    def scaled(self, factor: float, sd_log: float) -> "_Part":
        """All times a factor that is known to sd_log."""
        values = self.values * factor
        return replace(
            self, values=values, covariance=self.covariance * factor**2 + np.outer(values, values) * sd_log**2
        )

    @property
    def sd(self) -> float:
        """Of the sum of the states."""
        return float(np.sqrt(self.covariance.sum()))


def intensities(fits: list[LevelFit], anchors: list[tuple[LevelFit, LevelFit]], options: Options) -> Intensities:
    """The intensities of fitted levels. `anchors`: (narrow, survey) fits of levels that both kinds of spectra show."""
    factor, factor_sd_log = survey_factor(anchors)
    kept, undetected = [], []
    for fit in fits:
        part, narrow = _of_level(fit, options), fit.spectrum.narrow
        if not narrow and factor is not None:
            part = part.scaled(factor, factor_sd_log)
        if float(part.values.sum()) < (DETECTED_SDS if narrow else SEARCHED_SDS) * part.sd:
            undetected.append((fit.level.element, part.sd))
        else:
            kept.append(part)
    nothing = np.zeros(0)
    return Intensities(
        tuple(key for part in kept for key in part.keys),
        np.concatenate([nothing, *(part.values for part in kept)]),
        np.asarray(block_diag(*(part.covariance for part in kept)) if kept else np.zeros((0, 0))),
        np.concatenate([nothing, *(part.length_nm for part in kept)]),
        tuple(undetected),
    )


def survey_factor(anchors: list[tuple[LevelFit, LevelFit]]) -> tuple[float | None, float]:
    """(narrow over survey rates, sd of its logarithm) as the weighted mean over the anchors; None without one."""
    ratios, variances = [], []
    for narrow, survey in anchors:
        one, other = (float(sum(c.area for c in fit.components)) * fit.spectrum.per_count for fit in (narrow, survey))
        if one <= 0.0 or other <= 0.0:
            continue
        parts = [float(fit.covariance.sum()) / sum(c.area for c in fit.components) ** 2 for fit in (narrow, survey)]
        ratios.append(math.log(one / other))
        variances.append(sum(parts))
    if not ratios:
        return None, 0.0
    weights = 1.0 / np.array(variances)
    return math.exp(float(np.average(ratios, weights=weights))), float(weights.sum()) ** -0.5


def _of_level(fit: LevelFit, options: Options) -> _Part:
    """The intensities of the states that count for the element."""
    chosen = [k for k, c in enumerate(fit.components) if c.state.layer != ELSEWHERE]
    components = [fit.components[k] for k in chosen]
    binding = np.array([c.state.binding_ev for c in components])
    length = LENGTHS[options.lengths](fit.spectrum.hv_ev - binding) * math.cos(math.radians(fit.spectrum.take_off_deg))
    per_atom = fit.level.sensitivity * length * transmission(fit, binding) / fit.spectrum.per_count
    values = np.array([c.area for c in components]) / per_atom
    covariance = fit.covariance[np.ix_(chosen, chosen)] / np.outer(per_atom, per_atom)
    keys = tuple(Key(fit.level.name, fit.level.element, c.state.name, c.state.layer) for c in components)
    return _Part(keys, values, covariance, length)


def transmission(fit: LevelFit, binding_ev: Floats) -> Floats:
    """The analyser's transmission at the states' lines: the file's, else a power of the kinetic energy."""
    spectrum = fit.spectrum
    if spectrum.transmission is not None:
        return np.interp(binding_ev + fit.shift_ev, spectrum.binding_ev, spectrum.transmission)
    return np.asarray(((spectrum.hv_ev - binding_ev) / 1000.0) ** TRANSMISSION_POWER)


def fractions(found: Intensities, options: Options) -> list[Fraction]:
    """Atomic fractions of the elements detected, as if all were mixed evenly over the depth that XPS sees.

    x_i = I_i / sum I; d x_i / d I_j = (delta_ij - x_i) / sum I, with the levels' sensitivities as uncertain as the
    options say.
    """
    elements = found.elements
    gather = np.array([[float(key.element == element) for key in found.keys] for element in elements])
    amounts = gather @ found.values
    counting = gather @ found.covariance @ gather.T
    everything = counting + np.diag((amounts * options.sensitivity_sd_log) ** 2)
    shares = amounts / amounts.sum()
    slope = (np.eye(len(elements)) - shares[:, None]) / amounts.sum()
    sds, sds_counting = (np.sqrt(np.diag(slope @ of @ slope.T)) for of in (everything, counting))
    return [
        Fraction(*entry) for entry in zip(elements, shares.tolist(), sds.tolist(), sds_counting.tolist(), strict=True)
    ]
