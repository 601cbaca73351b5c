"""The twin's surfaces are found again from their files: composition and overlayer within the stated intervals.

The soak has a hundred of each world (tests/soak/test_xps_soak.py).
"""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from adatom.cloud.measure.xps.analyse import Choices, analyse
from adatom.cloud.measure.xps.intensity import Options
from adatom.cloud.measure.xps.spectra import spectra_of
from adatom.protocol.errors import InputError
from adatom.protocol.xps_files import read_file
from adatom.sim.physics.chain import make_sample
from adatom.sim.physics.constants import NOMINAL
from adatom.sim.physics.xps import xps_regions
from adatom.sim.xps_file import vamas_text

from tests.sim.physics.samples import CLEANED, REFERENCE

from .twin import COUNTING, Checked, check, spectra_from

SEEDS = range(8)


@cache
def checked(seed: int) -> dict[str, Checked]:
    return check(seed)


def test_what_is_stated_holds() -> None:
    results = [one for seed in SEEDS for one in checked(seed).items()]
    assert len(results) > 80
    stated = [one.holds for name, one in results if not name.startswith(COUNTING)]
    counting = [one.holds for name, one in results if name.startswith(COUNTING)]
    assert np.mean(stated) >= 0.97
    assert np.mean(counting) >= 0.85


def test_intervals_are_of_use() -> None:
    thickness = [one["overlayer_nm"] for one in map(checked, SEEDS) if "overlayer_nm" in one]
    assert len(thickness) >= 4
    assert np.median([one.sd / max(one.value, 0.3) for one in thickness]) < 0.2


def test_an_anneal_shows_and_the_film_below_it() -> None:
    aired, clean = (analyse(spectra_from(one, 5)) for one in (replace(REFERENCE, air_exposure_min=2.0), CLEANED))
    assert aired.layers is not None
    assert clean.layers is not None
    assert aired.layers.overlayer_nm > 2.0 > 0.3 > clean.layers.overlayer_nm
    atoms = clean.layers.per_formula
    assert atoms["Li"][0] == pytest.approx(6.17, abs=3.0 * atoms["Li"][1])
    assert atoms["La"][0] == pytest.approx(3.0, rel=0.2)
    assert atoms["Ta"][0] == pytest.approx(0.5, rel=0.3)


def test_an_interlayer_leaves_the_overlayer_right_and_the_film_in_doubt() -> None:
    sample = make_sample(replace(CLEANED, anneal_s=1200.0), NOMINAL)
    found = {}
    for nm in (0.0, 5.0):
        surface = replace(sample.surface, interlayer="Al2O3", interlayer_nm=nm)
        with np.errstate(over="ignore"):
            regions = xps_regions(sample.film, surface, np.random.default_rng(1), NOMINAL)
        layers = analyse(spectra_of(read_file("a.vms", vamas_text(regions, "s").encode()))).layers
        assert layers is not None
        assert layers.overlayer_nm == pytest.approx(surface.carbonate_nm, abs=2.0 * (layers.overlayer_sd_nm or 0.0))
        found[nm] = layers.doubt
    assert found[0.0] == ""
    assert "an interlayer" in found[5.0]


def test_what_cannot_be_seen_through_is_a_lower_limit() -> None:
    found = analyse(spectra_from(replace(REFERENCE, air_exposure_min=1440.0), 3))
    assert found.layers is not None
    assert found.layers.at_least
    assert 5.0 < found.layers.overlayer_nm < 60.0
    assert found.layers.film == ()


def test_charging_is_taken_off_by_carbon_or_as_told() -> None:
    spectra = spectra_from(CLEANED, 2)
    found = analyse(spectra)
    moved = [replace(one, binding_ev=one.binding_ev + 1.3) for one in spectra]
    assert analyse(moved).shift_ev == pytest.approx(found.shift_ev + 1.3, abs=0.05)
    assert analyse(spectra, Choices(c1s_ev=285.0)).shift_ev == pytest.approx(found.shift_ev - 0.2, abs=1e-6)
    told = analyse(spectra, Choices(shift_ev=found.shift_ev))
    assert told.reference == "given"
    assert told.fractions[0].value == pytest.approx(found.fractions[0].value, rel=0.01)
    without = analyse([one for one in spectra if one.name not in ("C 1s", "Survey")])
    assert without.reference == "none: no C 1s spectrum"
    assert without.layers is not None
    assert without.layers.carbon_nm is None


def test_another_rule_for_the_lengths_moves_the_thickness_within_its_interval() -> None:
    spectra = spectra_from(replace(CLEANED, anneal_s=1200.0), 2)
    first, second = (analyse(spectra, Choices(quantify=Options(name))).layers for name in ("power", "tpp2m"))
    assert first is not None
    assert second is not None
    assert first.overlayer_sd_nm is not None
    assert first.overlayer_nm < second.overlayer_nm < first.overlayer_nm + 2.0 * first.overlayer_sd_nm


def test_a_level_of_the_survey_is_on_the_scale_of_the_regions() -> None:
    spectra = spectra_from(CLEANED, 2)
    with_region, without = (
        analyse([one for one in spectra if one.name != left_out]).fractions for left_out in ("nothing", "Zr 3d")
    )
    zirconium = [next(one for one in found if one.element == "Zr") for found in (with_region, without)]
    assert zirconium[1].value == pytest.approx(zirconium[0].value, abs=4.0 * zirconium[1].sd_counting)


@pytest.mark.parametrize(
    ("choices", "problem"),
    [
        (Choices(shape="gauss"), "--shape: 'gauss': must be one of sum, product, voigt"),
        (Choices(background="tougaard"), "--background: 'tougaard'"),
        (Choices(c1s_ev=248.8), "--c1s-ev: 248.8: must be 280 to 290"),
    ],
)
def test_wrong_choices_are_refused(choices: Choices, problem: str) -> None:
    with pytest.raises(InputError, match=problem.replace(".", r"\.")):
        analyse([], choices)


def test_spectra_of_nothing_known_are_refused() -> None:
    with pytest.raises(InputError, match="no spectrum covers a level that is known"):
        analyse([])
