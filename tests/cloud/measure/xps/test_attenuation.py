"""Attenuation lengths against numbers of the literature."""

import numpy as np
import pytest
from adatom.cloud.measure.xps.attenuation import LLZO, Material, power_law, tpp2m, tpp2m_length

ENERGIES_EV = np.array([500.0, 1000.0, 1500.0])


@pytest.mark.parametrize(
    ("material", "nm"),
    [(Material(2.33, 28.09, 4, 1.1), 3.2), (Material(8.96, 63.55, 11, 0.0), 2.0)],
    ids=["Si", "Cu"],
)
def test_tpp2m_at_aluminium_s_line(material: Material, nm: float) -> None:
    """Free paths from optical data at 1487 eV: Tanuma, Powell, Penn, Surf. Interface Anal. 17 (1991) 911, to 10 %."""
    assert tpp2m(np.array([1486.6]), material)[0] == pytest.approx(nm, rel=0.1)


def test_the_power_law_is_tpp2m_of_the_garnet() -> None:
    assert power_law(ENERGIES_EV) == pytest.approx(tpp2m(ENERGIES_EV, LLZO), rel=0.05)
    assert power_law(np.array([950.0]))[0] == pytest.approx(2.0, rel=0.01)


def test_faster_electrons_come_farther_by_either_rule() -> None:
    for rule in (power_law, tpp2m_length):
        assert (np.diff(rule(ENERGIES_EV)) > 0).all()
