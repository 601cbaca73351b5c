"""Reactions and windows on a handful of phases, where every figure can be worked out by hand."""

import numpy as np
import pytest
from adatom.cloud.knowledge.interface.energies import Phases, key_of, written
from adatom.cloud.knowledge.interface.reaction import mixing_curve, reaction, subject, window
from adatom.protocol.errors import InputError
from hypothesis import given, settings
from hypothesis import strategies as st

LI2S, LI3P, P2S5, LI3PS4 = -1.5, -0.7, -0.6, -1.2  # eV/atom


def phases(**extra: float) -> Phases:
    known = {"Li2S": LI2S, "Li3P": LI3P, "P2S5": P2S5, "Li3PS4": LI3PS4} | extra
    return Phases({key_of(ATOMS[name]): energy for name, energy in known.items()})


ATOMS = {
    "Li2S": {"Li": 2.0, "S": 1.0},
    "Li3P": {"Li": 3.0, "P": 1.0},
    "P2S5": {"P": 2.0, "S": 5.0},
    "Li3PS4": {"Li": 3.0, "P": 1.0, "S": 4.0},
    "LiP": {"Li": 1.0, "P": 1.0},
}


def test_the_reaction_is_the_arithmetic_of_its_formation_energies() -> None:
    found = reaction(subject(phases(), ATOMS["Li3PS4"], "Li"))
    expected = (4 * 3 * LI2S + 4 * LI3P - 8 * LI3PS4) / 8
    assert found.energy_ev_atom == pytest.approx(expected)
    assert found.products == pytest.approx({"Li2S": 4.0, "Li3P": 1.0})
    assert found.metal_atoms == pytest.approx(8.0)
    assert found.mixing_ev_atom == pytest.approx(expected / 2)  # 8 atoms of lithium join 8 of the material


def test_what_lithium_cannot_change_has_no_reaction_and_a_margin() -> None:
    found = reaction(subject(phases(), ATOMS["Li2S"], "Li"))
    assert found.energy_ev_atom == 0.0 == found.mixing_ev_atom
    assert found.margin_ev_atom == pytest.approx(-LI2S)  # its rivals are the elements
    assert found.products == {"Li2S": 1.0}
    assert found.metal_atoms == 0.0


def test_the_window_is_where_products_of_more_and_of_less_lithium_are_as_good() -> None:
    found = window(subject(phases(), ATOMS["Li3PS4"], "Li"))
    # Li3PS4 + 5 Li -> 4 Li2S + P per formula, and Li3PS4 -> 3 Li + 1/2 P2S5 + 3/2 S
    assert found.reduction_v == pytest.approx(-(12 * LI2S - 8 * LI3PS4) / 5)
    assert found.oxidation_v == pytest.approx((3.5 * P2S5 - 8 * LI3PS4) / 3)
    assert set(found.reduced_to) == {"Li2S", "P"}
    assert set(found.oxidised_to) == {"P2S5", "S"}


def test_a_metastable_material_reacts_by_as_much_more_and_has_the_window_of_the_hull() -> None:
    on_hull = subject(phases(), ATOMS["LiP"], "Li")
    above = subject(phases(), ATOMS["LiP"], "Li", above_hull_ev_atom=0.05)
    assert on_hull.source == above.source == "hull"
    assert on_hull.energy_ev_atom == pytest.approx(LI3P * 4 / 6)
    assert reaction(above).margin_ev_atom == pytest.approx(reaction(on_hull).margin_ev_atom - 0.05)
    assert window(above) == window(on_hull)


def test_a_given_energy_counts_before_that_of_the_data() -> None:
    found = subject(phases(), ATOMS["Li3PS4"], "Li", formation_ev_atom=-1.0)
    assert found.source == "given"
    assert reaction(found).margin_ev_atom == pytest.approx(
        reaction(subject(phases(), ATOMS["Li3PS4"], "Li")).margin_ev_atom - 0.2
    )


def test_a_material_without_the_metal_gives_none_up() -> None:
    found = window(subject(phases(), ATOMS["P2S5"], "Li"))
    assert found.oxidation_v is None
    assert found.reduction_v > 0.0


def test_volts_are_of_the_metals_charge() -> None:
    fluoride = Phases({key_of({"Mg": 1.0, "F": 2.0}): -3.9})
    assert window(subject(fluoride, {"Mg": 1.0, "F": 2.0}, "Mg")).oxidation_v == pytest.approx(3 * 3.9 / 2)


def test_another_metal_is_refused() -> None:
    with pytest.raises(InputError, match="against: 'Fe': must be one of Li, Na"):
        subject(phases(), ATOMS["Li2S"], "Fe")


def test_the_mixing_curve_is_convex_and_its_lowest_corner_is_the_mixing_energy() -> None:
    material = subject(phases(LiP=-0.5), ATOMS["Li3PS4"], "Li")
    curve = mixing_curve(material)
    shares, energies = np.array([share for share, _, _ in curve]), np.array([energy for _, energy, _ in curve])
    assert energies.min() == pytest.approx(reaction(material).mixing_ev_atom)
    slopes = np.diff(energies) / np.diff(shares)
    assert (np.diff(slopes) > -1e-9).all()
    assert {"LiP", "Li2S"} in [set(names) for _, _, names in curve]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(-3.0, 0.5), min_size=5, max_size=5))
def test_whatever_the_energies_are(energies: list[float]) -> None:
    known = Phases({key_of(atoms): energy for atoms, energy in zip(ATOMS.values(), energies, strict=True)})
    for atoms in ATOMS.values():
        material = subject(known, atoms, "Li")
        found, limits = reaction(material), window(material)
        assert found.energy_ev_atom <= found.mixing_ev_atom + 1e-6  # shared among more atoms
        assert found.mixing_ev_atom <= 0.0
        made = sum(amount * known_atoms(name).get("P", 0.0) for name, amount in found.products.items())
        assert made == pytest.approx(atoms.get("P", 0.0), abs=1e-6)
        if limits.oxidation_v is not None:
            assert limits.reduction_v <= limits.oxidation_v + 1e-6
        if found.margin_ev_atom > 1e-6:
            assert limits.reduction_v == 0.0


def known_atoms(name: str) -> dict[str, float]:
    return ATOMS.get(name, {name: 1.0})


def test_formulas_are_written_as_people_write_them() -> None:
    assert written({"O": 12.0, "Zr": 2.0, "La": 3.0, "Li": 7.0}) == "Li7La3Zr2O12"
    assert written({"Cl": 1.0, "S": 5.0, "P": 1.0, "Li": 6.0}) == "Li6PS5Cl"


def test_compositions_are_the_same_whatever_the_formula_unit() -> None:
    assert key_of({"Li": 4.0, "O": 2.0}) == key_of({"O": 1.0, "Li": 2.0}) == (("Li", 2.0), ("O", 1.0))
    assert key_of({"Li": 0.5, "O": 0.5}) == key_of({"Li": 2.5, "O": 2.5})
