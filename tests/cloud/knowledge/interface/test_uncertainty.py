"""Which errors cancel in a reaction and which do not."""

import numpy as np
import pytest
from adatom.cloud.knowledge.interface.energies import Phase, Phases, key_of
from adatom.cloud.knowledge.interface.reaction import subject
from adatom.cloud.knowledge.interface.uncertainty import parts_of, spread

PARTS = [
    ({"Zr": 1.0, "O": 2.0}, {("Zr", "cation"): 1 / 3}),
    ({"Zr": 4.0, "O": 1.0}, {("Zr", "cation"): 0.8 * 2 / 12}),  # two electrons of the twelve that four Zr3+ would lack
    ({"Li": 3.0, "P": 1.0}, {("Li", "cation"): 0.75, ("P", "anion"): 0.25}),
    ({"Li": 3.0, "P": 1.0, "S": 4.0}, {("Li", "cation"): 3 / 8, ("P", "cation"): 1 / 8}),
    ({"Zr": 2.0, "Al": 1.0}, {}),  # a metal
    ({"O": 1.0}, {}),
    ({"Li": 1.0, "Br": 1.0}, {("Li", "cation"): 0.5, ("Br", "anion"): 0.5}),
]


@pytest.mark.parametrize(("atoms", "parts"), PARTS, ids=lambda value: "".join(map(str, value)))
def test_errors_are_of_the_part_that_an_element_plays(
    atoms: dict[str, float], parts: dict[tuple[str, str], float]
) -> None:
    assert parts_of(Phase("", atoms, -1.0)) == pytest.approx(parts)


def oxides(ternary: float) -> Phases:
    known = [
        ({"Li": 2.0, "O": 1.0}, -2.0),
        ({"Zr": 1.0, "O": 2.0}, -3.0),
        ({"Li": 2.0, "Zr": 1.0, "O": 3.0}, ternary),
    ]
    return Phases({key_of(atoms): energy for atoms, energy in known})


def test_a_reduced_cation_makes_a_reaction_unsure() -> None:
    material = subject(oxides(-2.7), {"Li": 2.0, "Zr": 1.0, "O": 3.0}, "Li")
    found = spread(material, draws=60, seed=1)
    assert found.low_ev_atom < -0.3 < found.high_ev_atom
    # Zr4+ becomes metal (0.44 eV) and four lithiums are oxidised (0.06 eV each), in six atoms
    expected = 2 * 1.645 * np.hypot(0.44, 4 * 0.06) / 6
    assert found.high_ev_atom - found.low_ev_atom == pytest.approx(expected, rel=0.4)


def test_the_same_seed_gives_the_same_spread_and_stable_is_stable() -> None:
    material = subject(oxides(-2.7), {"Li": 2.0, "O": 1.0}, "Li")
    first = spread(material, draws=20, seed=3)
    assert first == spread(material, draws=20, seed=3)
    assert (first.stable, first.low_ev_atom, first.reduction_v) == (1.0, 0.0, (0.0, 0.0))
    assert first.oxidation_v is not None
    assert first.oxidation_v[0] < 3.0 < first.oxidation_v[1]
