"""Moduli, diffusivities and judgements of calculations, on numbers whose answer is known."""

import numpy as np
import pytest
from adatom.cloud.evaluate.atoms.displacement import diffusion
from adatom.cloud.evaluate.atoms.elastic import Stiffness, moduli
from adatom.cloud.evaluate.atoms.record import class_of, judge
from adatom.protocol.errors import InputError


def test_moduli_of_an_isotropic_solid() -> None:
    lame, shear = 50.0, 30.0
    c = np.diag([2 * shear] * 3 + [shear] * 3)
    c[:3, :3] += lame
    found = moduli(Stiffness(c, np.zeros((6, 6))))
    assert found.bulk_gpa.value == pytest.approx(lame + 2 * shear / 3)
    assert found.shear_gpa.value == pytest.approx(shear)
    assert found.poisson.value == pytest.approx(lame / (2 * (lame + shear)))
    assert Stiffness(c, np.zeros((6, 6))).born_stable
    c[3, 3] = -1.0
    assert not Stiffness(c, np.zeros((6, 6))).born_stable


def test_a_random_walk_has_its_diffusivity_and_a_cage_has_none() -> None:
    rng = np.random.default_rng(0)
    step_a, every_ps = 0.3, 0.1
    walk = np.cumsum(rng.normal(0.0, step_a, (500, 150, 3)), axis=0)
    found = diffusion(walk, every_ps)
    assert found.cm2_s == pytest.approx(step_a**2 / (2 * every_ps) * 1e-4, rel=0.15)
    caged = diffusion(rng.normal(0.0, 0.2, (300, 50, 3)), every_ps)
    assert caged.cm2_s is None
    assert "leaving a site" in caged.reason
    flight = diffusion(np.arange(300)[:, None, None] * rng.normal(0.0, 0.1, (1, 50, 3)), every_ps)
    assert flight.cm2_s is None
    assert "not linear" in flight.reason
    assert diffusion(walk[:10], every_ps).cm2_s is None


def test_a_calculation_is_judged_by_what_databases_differ_by() -> None:
    same, off = judge(82.0, 81.0, "bulk_modulus_vrh", "oxide"), judge(820.0, 81.0, "bulk_modulus_vrh", "oxide")
    assert same.words.startswith("reproduced")
    assert off.words.startswith("not reproduced: +912.3 %")
    assert abs(same.z) < 2 < abs(off.z)
    assert class_of(frozenset({"Li", "O", "Cl"})) == "oxide"
    with pytest.raises(InputError, match="no record of reproduction"):
        judge(1.0, 1.0, "colour", "oxide")
    with pytest.raises(InputError, match="must be above 0"):
        judge(-1.0, 1.0, "bulk_modulus_vrh", "oxide")
