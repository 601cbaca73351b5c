"""The photoelectron spectra: layers attenuate, carbonate shows, counts have the size that a laboratory sees."""

from dataclasses import replace

import numpy as np
import pytest
from adatom.sim.physics.chain import make_sample, measure
from adatom.sim.physics.constants import NOMINAL as K
from adatom.sim.physics.xps import (
    CARBON,
    CARBONATE,
    GARNET,
    LINES,
    PHOTON_EV,
    Line,
    Region,
    line_area,
    pseudo_voigt,
    xps_regions,
)

from .samples import CLEANED, REFERENCE

AIRED, CLEAN = make_sample(REFERENCE, K), make_sample(CLEANED, K)


def line(layer: str, element: str) -> Line:
    return next(one for one in LINES if (one.layer, one.element) == (layer, element))


def regions(sample: object, seed: int = 1) -> dict[str, Region]:
    made = xps_regions(sample.film, sample.surface, np.random.default_rng(seed), K)  # type: ignore[attr-defined]
    return {f"{one.species} {one.transition}".strip(): one for one in made}


def peak_ev(region: Region) -> float:
    return float(PHOTON_EV - region.kinetic_ev[region.counts.argmax()])


def test_a_layer_hides_what_is_below_it_by_its_escape_length() -> None:
    bare = replace(CLEAN.surface, carbonate_nm=0.0)
    covered = replace(bare, carbonate_nm=3.0)
    la = line(GARNET, "La")
    ratio = line_area(la, CLEAN.film, covered, 0.0, K) / line_area(la, CLEAN.film, bare, 0.0, K)
    assert ratio == pytest.approx(np.exp(-3.0 / (0.0117 * (PHOTON_EV - 833.5) ** 0.75)))


def test_a_thick_layer_counts_its_atoms_and_a_thin_one_its_thickness() -> None:
    carbon = line(CARBONATE, "C")
    areas = [
        line_area(carbon, CLEAN.film, replace(CLEAN.surface, carbonate_nm=nm), 0.0, K)
        for nm in (0.01, 0.02, 50.0, 60.0)
    ]
    assert areas[1] / areas[0] == pytest.approx(2.0, rel=0.01)
    assert areas[3] / areas[2] == pytest.approx(1.0, rel=1e-3)


def test_stoichiometry_of_the_bare_garnet() -> None:
    """Areas over sensitivity, escape length and transmission are the atoms of the formula, but for the top carbon."""
    bare = replace(CLEAN.surface, carbonate_nm=0.0)

    def atoms(element: str) -> float:
        one = line(GARNET, element)
        energy = PHOTON_EV - one.binding_ev
        factor = one.scofield * one.share * 0.0117 * energy**0.75 * (energy / 1000.0) ** -0.3
        return line_area(one, CLEAN.film, bare, 0.0, K) / factor

    assert atoms("La") / atoms("O") == pytest.approx(CLEAN.film.cations["La"] / 12.0)
    assert atoms("Li") / atoms("O") == pytest.approx(CLEAN.film.lithium / 12.0)


@pytest.mark.parametrize("seed", range(5))
def test_air_shows_as_carbonate_and_the_anneal_takes_it_away(seed: int) -> None:
    aired, clean = regions(AIRED, seed), regions(CLEAN, seed)
    assert peak_ev(aired["O 1s"]) - peak_ev(clean["O 1s"]) == pytest.approx(3.0, abs=0.3)
    assert clean["La 3d"].counts.max() > 3.0 * aired["La 3d"].counts.max()
    at_carbonate = [np.abs(PHOTON_EV - one.kinetic_ev - 289.9) < 1.2 for one in (aired["C 1s"], clean["C 1s"])]
    assert aired["C 1s"].counts[at_carbonate[0]].max() > 3.0 * clean["C 1s"].counts[at_carbonate[1]].max()


def test_counts_are_whole_and_of_the_size_of_a_laboratory_s() -> None:
    made = regions(CLEAN)
    assert 5e3 < made["O 1s"].counts.max() < 1e5
    assert 2e2 < made["Li 1s"].counts.max() < 2e3
    for one in made.values():
        assert (one.counts >= 0).all()
        assert (one.counts == one.counts.round()).all()
        assert (np.diff(one.kinetic_ev) > 0).all()


def test_a_line_has_area_one() -> None:
    energy = np.arange(-200.0, 200.0, 0.01)
    assert pseudo_voigt(energy, 1.4, 0.3).sum() * 0.01 == pytest.approx(1.0, abs=3e-3)


def test_the_chain_gives_a_record_a_region_and_the_same_seed_the_same_counts() -> None:
    first, second = (measure(CLEAN, "xps", np.random.default_rng(7), K) for _ in range(2))
    assert [record["meta"]["region"] for record in first] == ["Survey", "Li 1s", "C 1s", "O 1s", "La 3d", "Zr 3d"]
    assert first == second
    assert line(CARBON, "C").binding_ev == 284.8
