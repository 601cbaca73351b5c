"""Surfaces that the twin makes, their VAMAS files, and what is true of them. Not a test.

`uncertain` worlds have sensitivities and attenuation lengths that differ from the analysis' own by what it states as
their uncertainty: only there do 95 % intervals hold 95 %.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from unittest import mock

import numpy as np
from adatom.cloud.measure.xps.analyse import Analysis, Choices, analyse
from adatom.cloud.measure.xps.spectra import Spectrum, spectra_of
from adatom.protocol.xps_files import read_file
from adatom.sim.physics import xps
from adatom.sim.physics.chain import Sample, make_sample
from adatom.sim.physics.conditions import Conditions
from adatom.sim.physics.constants import NOMINAL, Values
from adatom.sim.xps_file import vamas_text

from tests.sim.physics.samples import REFERENCE

SENSITIVITY_SD_LOG, LENGTH_SD_LOG = 0.07, 0.10
SURFACE, COUNTING, FILM, ATOMS = "surface", "counting", "film", "atoms"
SDS_95 = 1.96


@dataclass(frozen=True)
class Checked:
    """A stated value with its sd beside the truth; `limit`: the truth is to be at least the value."""

    value: float
    sd: float
    truth: float
    limit: bool = False

    @property
    def holds(self) -> bool:
        """Whether the truth is in the 95 % interval, or above the limit."""
        return self.truth >= self.value if self.limit else abs(self.value - self.truth) <= SDS_95 * self.sd


def vamas_of(conditions: Conditions, seed: int, k: Values = NOMINAL) -> bytes:
    """The file of the surface that these conditions make."""
    sample = make_sample(conditions, k)
    with np.errstate(over="ignore"):  # of a step far below its line
        regions = xps.xps_regions(sample.film, sample.surface, np.random.default_rng(seed), k)
    return vamas_text(regions, f"run-{seed}").encode()


def spectra_from(conditions: Conditions, seed: int) -> list[Spectrum]:
    """Its spectra."""
    return spectra_of(read_file("a.vms", vamas_of(conditions, seed)))


def chance_conditions(rng: np.random.Generator) -> Conditions:
    """A film of chance: dopant, lithium, pressure, half a minute to an hour of air, annealed in six of ten."""
    dopant = str(rng.choice(["Ta", "Nb", "Al", "Ga"], p=[0.55, 0.2, 0.125, 0.125]))
    on_zirconium = dopant in ("Ta", "Nb")
    amount = float(rng.uniform(0.2, 0.6) if on_zirconium else rng.uniform(0.15, 0.35))
    atoms = {"La": 3.0 * rng.uniform(0.92, 1.08), "Zr": 2.0 - amount * on_zirconium, dopant: amount}
    annealed = rng.random() < 0.6
    return replace(
        REFERENCE,
        atoms_arriving={**atoms, "Li": float(rng.uniform(7.0, 10.0))},
        o2_pa=float(rng.uniform(3.0, 25.0)),
        air_exposure_min=float(np.exp(rng.uniform(np.log(0.5), np.log(60.0)))),
        anneal_c=float(rng.uniform(250.0, 450.0)) if annealed else 20.0,
        anneal_s=float(rng.uniform(600.0, 3600.0)) if annealed else 0.0,
    )


def check(seed: int, uncertain: bool = False, choices: Choices | None = None) -> dict[str, Checked]:
    """A surface of chance analysed from its file: what was stated of each quantity, beside the truth."""
    rng = np.random.default_rng([seed, 7])
    conditions, lines, k = chance_conditions(rng), xps.LINES, dict(NOMINAL)
    if uncertain:
        factors = {line.element: float(np.exp(SENSITIVITY_SD_LOG * rng.standard_normal())) for line in lines}
        lines = tuple(replace(line, scofield=line.scofield * factors[line.element]) for line in lines)
        k["xps_length_nm"] *= float(np.exp(LENGTH_SD_LOG * rng.standard_normal()))
    with mock.patch.object(xps, "LINES", lines):
        data = vamas_of(conditions, seed, k)
    # the carbon is the first thing that the twin draws for a spectrum
    carbon_nm = float(np.random.default_rng(seed).uniform(k["xps_carbon_low_nm"], k["xps_carbon_high_nm"]))
    found = analyse(spectra_of(read_file("a.vms", data)), choices)
    return compare(found, make_sample(conditions, NOMINAL), carbon_nm, k)


def compare(found: Analysis, sample: Sample, carbon_nm: float, k: Mapping[str, float]) -> dict[str, Checked]:
    """Each quantity that the analysis states, beside the truth."""
    atoms = seen_atoms(sample, carbon_nm, k)
    total = sum(atoms[one.element] for one in found.fractions)
    made = {}
    for one in found.fractions:
        truth = atoms[one.element] / total
        made[f"{SURFACE} {one.element}"] = Checked(one.value, one.sd, truth)
        made[f"{COUNTING} {one.element}"] = Checked(one.value, one.sd_counting, truth)
    layers = found.layers
    if layers is None:
        return made
    overlayer = Checked(
        layers.overlayer_nm, layers.overlayer_sd_nm or 0.0, sample.surface.carbonate_nm, layers.at_least
    )
    made["overlayer_nm at least" if layers.at_least else "overlayer_nm"] = overlayer
    if layers.carbon_nm is not None and layers.carbon_sd_nm is not None:
        made["adventitious_carbon_nm"] = Checked(layers.carbon_nm, layers.carbon_sd_nm, carbon_nm)
    below = {"Li": sample.film.lithium, "O": 12.0, **sample.film.cations}
    whole = sum(below.get(one.element, 0.0) for one in layers.film)
    made |= {
        f"{FILM} {one.element}": Checked(one.value, one.sd, below.get(one.element, 0.0) / whole) for one in layers.film
    }
    return made | {
        f"{ATOMS} {element}": Checked(value, sd, below.get(element, 0.0))
        for element, (value, sd) in layers.per_formula.items()
    }


def seen_atoms(sample: Sample, carbon_nm: float, k: Mapping[str, float]) -> dict[str, float]:
    """Atoms of each element as XPS weighs them by depth, from areas without noise."""
    atoms: dict[str, float] = {}
    for line in xps.LINES:
        kinetic_ev = xps.PHOTON_EV - line.binding_ev
        factor = (
            line.scofield * xps.escape_length_nm(kinetic_ev, k) * (kinetic_ev / 1000.0) ** k["xps_transmission_power"]
        )
        area = xps.line_area(line, sample.film, sample.surface, carbon_nm, k)
        atoms[line.element] = atoms.get(line.element, 0.0) + area / factor
    return atoms
