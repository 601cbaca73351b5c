"""Formulas: what chemists write, what nobody writes, and the properties of the reader."""

import pytest
from adatom.cloud.knowledge.formula import ELEMENTS, fractions, parse_formula
from adatom.protocol.errors import InputError
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "atoms"),
    [
        ("Li7La3Zr2O12", {"Li": 7, "La": 3, "Zr": 2, "O": 12}),
        ("Li56.0La24.0Zr16.0O96.0", {"Li": 56, "La": 24, "Zr": 16, "O": 96}),
        ("Li6.25Al0.25La3Zr2O12", {"Li": 6.25, "Al": 0.25, "La": 3, "Zr": 2, "O": 12}),
        ("Li6(La2Ca)(NbO6)2", {"Li": 6, "La": 2, "Ca": 1, "Nb": 2, "O": 12}),
        ("(Li6.26Al0.24)La3Zr2O12 ", {"Li": 6.26, "Al": 0.24, "La": 3, "Zr": 2, "O": 12}),
        ("Li2V2(PO4)2F2", {"Li": 2, "V": 2, "P": 2, "O": 8, "F": 2}),
        ("LiCoO2", {"Li": 1, "Co": 1, "O": 2}),
        ("CO", {"C": 1, "O": 1}),
        ("Li2 O", {"Li": 2, "O": 1}),
        ("Li₇La₃Zr₂O₁₂", {"Li": 7, "La": 3, "Zr": 2, "O": 12}),
        ("[Li(H2O){N(CH3)2}2]0.5", {"Li": 0.5, "H": 7, "O": 0.5, "N": 1, "C": 2}),
        ("0.4Li2O*0.6B2O3", {"Li": 0.8, "B": 1.2, "O": 2.2}),
        ("CaSO4·2H2O", {"Ca": 1, "S": 1, "O": 6, "H": 4}),
        ("Li.5Na.5Cl", {"Li": 0.5, "Na": 0.5, "Cl": 1}),
        ("Li1Zr0O1", {"Li": 1, "O": 1}),
        ("LiLi2", {"Li": 3}),
    ],
)
def test_formulas_that_are_read(text: str, atoms: dict[str, float]) -> None:
    found = parse_formula(text)
    assert found == pytest.approx(atoms)
    assert list(found) == sorted(found)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "missing"),
        ("water", "'w' has no place"),
        ("Xx2O3", "Xx is no element"),
        ("Li7-xLa3", "'-' has no place"),
        ("LixCoO2", "no place"),
        ("Li(PO4", "not closed"),
        ("LiPO4)", "closes nothing"),
        ("Li(PO4]", "closes nothing"),
        ("(2)Li", "follows no element"),
        ("Li2 3O", "blank stands inside"),
        ("LiO.1.2", "follows no element"),
        ("()", "above 0"),
        ("Li0", "above 0"),
        ("Li999999999", "at most"),
        ("Li" + "9" * 290 + "9" * 9, "at most"),
        ("Li2O*", "missing"),
        ("5", "no formula|follows no element"),
        ("Li" * 200, "characters"),
        ("(Mg,Fe)2SiO4", "',' has no place"),
        ("Li²O", "'²' has no place"),
        ("Li٣O", "'٣' has no place"),
    ],
)
def test_nonsense_is_refused_with_its_place(text: str, word: str) -> None:
    with pytest.raises(InputError, match=word) as error:
        parse_formula(text, "table.csv:7")
    assert str(error.value).startswith("table.csv:7: ")


AMOUNTS = st.dictionaries(
    st.sampled_from(sorted(ELEMENTS)), st.integers(1, 99999).map(lambda n: n / 1000), min_size=1, max_size=8
)


@given(AMOUNTS)
def test_what_is_written_is_what_is_read(atoms: dict[str, float]) -> None:
    text = "".join(f"{element}{amount:.3f}" for element, amount in atoms.items())
    assert parse_formula(text) == pytest.approx(atoms)
    assert parse_formula(f"({text})2") == pytest.approx({element: 2 * amount for element, amount in atoms.items()})
    assert sum(fractions(atoms).values()) == pytest.approx(1.0)


@given(st.text(alphabet="LiOZr0123456789.()[]{}*· x,", max_size=40) | st.text(max_size=40))
def test_any_text_gives_atoms_or_a_refusal(text: str) -> None:
    try:
        atoms = parse_formula(text)
    except InputError:
        return
    assert atoms
    assert all(element in ELEMENTS and amount > 0.0 for element, amount in atoms.items())
