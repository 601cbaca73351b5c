"""A surface's analysis from its spectra: which spectrum serves which level, the charge reference, fits, fractions."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from adatom.cloud.measure.xps.fit import BACKGROUNDS, Charging, LevelFit, fit_level
from adatom.cloud.measure.xps.intensity import DETECTED_SDS, Fraction, Intensities, Options, fractions, intensities
from adatom.cloud.measure.xps.layers import Layers, layers_of
from adatom.cloud.measure.xps.levels import BY_NAME, HYDROCARBON, LEVELS, Level
from adatom.cloud.measure.xps.shapes import SHAPES
from adatom.cloud.measure.xps.spectra import AL_K_ALPHA_EV, Spectrum
from adatom.protocol.errors import InputError

C1S_EV = 284.8  # hydrocarbon on every surface that saw air, and what the table of levels counts from
UNREFERENCED_SD_EV = 2.0  # what a neutraliser leaves on an insulator
DIFFERENTIAL_SD_EV = 0.15  # between levels of one surface, once referenced
MAX_SHIFT_EV = 200.0  # insulators without a neutraliser charge by some tens
MARGIN_EV = 1.0  # of spectrum that must be there on both sides of a level's lines
SAME_LINE_EV = 1.0  # 1486.5 to 1486.7 in files
MIN_KINETIC_EV = 100.0  # below, the attenuation lengths do not hold
ANCHORS = ("O 1s", "La 3d", "Zr 3d", "C 1s")  # strong levels that a survey shows too


@dataclass(frozen=True)
class Choices:
    """What the user may choose. `shift_ev`: the shift to take off, where it is known otherwise than by carbon."""

    c1s_ev: float = C1S_EV
    shift_ev: float | None = None
    shape: str = "sum"
    background: str = "shirley"
    quantify: Options = field(default_factory=Options)

    def check(self) -> None:
        """Raises InputError for a word that is none of the choices."""
        for name, value, allowed in (("--shape", self.shape, tuple(SHAPES)),
                                     ("--background", self.background, BACKGROUNDS)):  # fmt: skip
            if value not in allowed:
                raise InputError(name, f"{value!r}: must be one of {', '.join(allowed)}")
        if not 280.0 <= self.c1s_ev <= 290.0:
            raise InputError("--c1s-ev", f"{self.c1s_ev}: must be 280 to 290, the usual is {C1S_EV}")
        if self.shift_ev is not None and not abs(self.shift_ev) <= MAX_SHIFT_EV:
            raise InputError("--shift-ev", f"{self.shift_ev}: must be within {MAX_SHIFT_EV:g} eV of 0")


@dataclass(frozen=True)
class Analysis:
    """What the spectra of one surface tell. `shift_ev`: measured minus true binding energies, as taken off."""

    sample: str
    fits: tuple[LevelFit, ...]
    shift_ev: float
    shift_sd_ev: float
    reference: str
    intensities: Intensities
    fractions: tuple[Fraction, ...]
    layers: Layers | None
    simulated: bool
    notes: tuple[str, ...]


def analyse(spectra: Sequence[Spectrum], choices: Choices | None = None) -> Analysis:
    """The Analysis of spectra of one sample. Raises InputError when none of them shows a level that we know."""
    choices = choices or Choices()
    choices.check()
    found = {level.name: spectrum for level in LEVELS if (spectrum := choose(level, spectra)) is not None}
    if not found:
        raise InputError("xps", f"no spectrum covers a level that is known: {', '.join(BY_NAME)}")
    carbon, charging, reference = _reference(found, choices)
    shift_ev = charging.shift_ev if choices.shift_ev is not None else charging.shift_ev + C1S_EV - choices.c1s_ev
    fits = [_fitted(name, found[name], carbon, charging, choices) for name in found]
    narrow = {fit.level.name: fit for fit in fits if fit.spectrum.narrow}
    anchors = [] if len(narrow) == len(fits) else _anchors(narrow, spectra, charging, choices)
    amounts = intensities(fits, anchors, choices.quantify)
    shares = tuple(fractions(amounts, choices.quantify)) if amounts.keys else ()
    notes = list(dict.fromkeys(note for fit in fits for note in (*fit.spectrum.notes, *fit.notes)))
    if any(abs(one.hv_ev - AL_K_ALPHA_EV) > SAME_LINE_EV for one in found.values()):
        notes.append(f"sensitivities are those of Al K alpha, {AL_K_ALPHA_EV} eV: fractions are off by other photons")
    if narrow and len(narrow) < len(fits) and not anchors:
        notes.append("no level is both in the survey and in a narrow spectrum: their scales may differ")
    return Analysis(
        next(iter(found.values())).sample, tuple(fits), shift_ev, charging.sd_ev, reference, amounts, shares,
        layers_of(amounts, choices.quantify) if amounts.keys else None,
        any(spectrum.simulated for spectrum in found.values()), tuple(notes),
    )  # fmt: skip


def choose(level: Level, spectra: Sequence[Spectrum]) -> Spectrum | None:
    """The spectrum that a level is fitted in: a narrow one that is named so or unnamed, else a survey."""
    low = min(state.binding_ev for state in level.states if not state.optional) - MARGIN_EV - 1.5
    high = max(state.binding_ev for state in level.states) + level.splitting_ev + MARGIN_EV
    covering = [one for one in spectra if one.binding_ev[0] <= low and one.binding_ev[-1] >= high
                and one.hv_ev - high >= MIN_KINETIC_EV]  # fmt: skip
    narrow = [one for one in covering if one.narrow and one.element in (level.element, None)]
    surveys = [one for one in covering if not one.narrow] if level.in_survey else []
    return next(iter([*narrow, *surveys]), None)


def _reference(found: dict[str, Spectrum], choices: Choices) -> tuple[LevelFit | None, Charging, str]:
    """(fit of C 1s, shift against the table, how it was found): hydrocarbon, unless the shift is given or unknown."""
    if choices.shift_ev is not None:
        return None, Charging(choices.shift_ev, DIFFERENTIAL_SD_EV), "given"
    unknown = Charging(0.0, UNREFERENCED_SD_EV)
    if "C 1s" not in found:
        return None, unknown, "none: no C 1s spectrum"
    fit = fit_level(BY_NAME["C 1s"], found["C 1s"], unknown, choices.shape, choices.background)
    line = next(c for c in fit.components if c.state.name == HYDROCARBON)
    if line.area < DETECTED_SDS * line.area_sd:
        return None, unknown, "none: no hydrocarbon in C 1s"
    sd = math.hypot(fit.shift_sd_ev, DIFFERENTIAL_SD_EV)
    return fit, Charging(line.binding_ev - C1S_EV, sd), f"C 1s at {choices.c1s_ev:g} eV"


def _fitted(name: str, spectrum: Spectrum, carbon: LevelFit | None, charging: Charging, choices: Choices) -> LevelFit:
    if name == "C 1s" and carbon is not None:
        return carbon
    return fit_level(BY_NAME[name], spectrum, charging, choices.shape, choices.background)


def _anchors(
    narrow: dict[str, LevelFit], spectra: Sequence[Spectrum], charging: Charging, choices: Choices
) -> list[tuple[LevelFit, LevelFit]]:
    """Fits, narrow and in the survey, of the strong levels that both show."""
    surveys = [spectrum for spectrum in spectra if not spectrum.narrow]
    made = []
    for name in ANCHORS:
        spectrum = choose(BY_NAME[name], surveys)
        if name in narrow and spectrum is not None:
            survey = fit_level(BY_NAME[name], spectrum, charging, choices.shape, choices.background)
            made.append((narrow[name], survey))
    return made
