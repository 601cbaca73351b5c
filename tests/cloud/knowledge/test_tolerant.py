"""Formulas as papers write them: what is read, with which notes, and what is refused."""

import pytest
from adatom.cloud.knowledge.compositions import composition_of, whole_numbers
from adatom.cloud.knowledge.formula import ELEMENTS, parse_formula
from adatom.cloud.knowledge.tolerant import plain_atoms, read_written
from adatom.protocol.errors import InputError
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "key", "notes"),
    [
        ("(Mg,Fe)2SiO4", "FeMgO4Si", ("equal_shares",)),
        ("(Mg0.9,Fe0.1)2SiO4", "FeMg9O20Si5", ()),
        ("(La,Sr)(Mn,Co)O3", "CoLaMnO6Sr", ("equal_shares",)),
        ("Li7-xLa3Zr2-xTaxO12, x = 0.5", "La6Li13O24TaZr3", ("variable",)),
        ("Li7-xLa3Zr2-xTaxO12 (x=.5)", "La6Li13O24TaZr3", ("variable",)),
        ("SrBi4-2x/3Ti4-xWxO15, x=0.3", "Bi38O150Sr10Ti37W3", ("variable",)),
        ("La(1-x)/2Li0.5TiO3; x = 0", "LaLiO6Ti2", ("variable",)),
        ("Pb(Mg1/3Nb2/3)O3", "MgNb2O9Pb3", ()),
        ("CaSO4·2H2O", "CaH4O6S", ()),
        ("CuSO4.5H2O", "CuH10O9S", ("hydrate",)),
        ("0.9BaTiO3-0.1Bi(Zn0.5Zr0.5)O3", "Ba18Bi2O60Ti18ZnZr", ()),
        ("75Li2S-25P2S5 (mol%)", "Li3PS4", ()),
        ("0.4 Li2O + 0.6 B2O3", "B6Li4O11", ()),
        ("(100-x)Li3PS4·xLiAlS2, x = 10", "AlLi28P9S38", ("variable",)),
        ("La0.3Sr0.7TiO3-δ", "La3O30Sr7Ti10", ("delta",)),
        ("SrFeO3-δ, δ = 0.5", "Fe2O5Sr2", ("variable",)),
        ("SO4^2-", "O4S", ("charge",)),
        ("PO4³⁻", "O4P", ("charge",)),
        ("SO42-", "O4S", ("charge",)),
        ("NH4+", "H4N", ("charge",)),
        ("Fe3+", "Fe", ("charge",)),
        ("BaSi2O2N2:Eu2+", "BaN2O2Si2", ("dopant",)),
        ("D2O", "H2O", ("deuterium",)),
        ("Li₇La₃Zr₂O₁₂", "La3Li7O12Zr2", ()),
        ("Li3.25[Ge0.25P0.75]S4", "GeLi13P3S16", ()),
        ("NaN", "NNa", ()),
    ],
)
def test_formulas_of_papers(text: str, key: str, notes: tuple[str, ...]) -> None:
    found = read_written(text)
    assert composition_of(found.atoms).key == key
    assert found.notes == notes
    assert list(found.atoms) == sorted(found.atoms)


@pytest.mark.parametrize(
    ("text", "phase"),
    [("α-Al2O3", "α"), ("c-Li7La3Zr2O12", "c"), ("t-Li7La3Zr2O12", "t"), ("beta-Li3PS4", "beta"),
     ("Li7La3Zr2O12 (cubic)", "cubic"), ("Li3PS4", "")],
)  # fmt: skip
def test_phases_are_told_apart_from_the_formula(text: str, phase: str) -> None:
    found = read_written(text)
    assert found.phase == phase
    assert set(found.atoms) <= {"Al", "O", "Li", "La", "Zr", "P", "S"}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "missing"),
        ("*", "missing"),
        ("water", "has no place"),
        ("LLZO", "L' is no element"),
        ("Li7-xLa3Zr2-xTaxO12", "variable x without a value"),
        ("CoxO", "variable x without a value"),
        ("Zr2-xTaxO, x = 3", "cannot be below 0"),
        ("BaO-TeO2", "amounts of a mixture are not told"),
        ("Li2O + B2O3", "amounts of a mixture are not told"),
        ("Li3PS4 + 5 wt% LiI", "by mass"),
        ("(Mg,Fe0.1)O", "some members"),
        ("(La,)O", "missing"),
        ("Ca(Cl", "is missing"),
        ("Li1/0O", "divided by 0"),
        ("(" * 20 + "Li" + ")" * 20, "nest deeper"),
        ("Li2 3O", "blank stands inside"),
        ("Li0", "above 0"),
        ("Li999999999999999O", "more digits"),
        ("Nb1--xO2, x = 0.1", "a number or a variable"),
        ("Li" * 200, "characters"),
    ],
)
def test_nonsense_is_refused_with_its_reason(text: str, word: str) -> None:
    with pytest.raises(InputError, match=word) as error:
        read_written(text, "t.csv:3")
    assert str(error.value).startswith("t.csv:3: ")


def test_variables_may_be_given() -> None:
    assert read_written("Li7-xLa3Zr2-xTaxO12", values={"x": 0.0}).atoms == pytest.approx(
        {"La": 3, "Li": 7, "O": 12, "Zr": 2}
    )


def test_decimals_count_as_written_and_writing_does_not_matter() -> None:
    assert composition_of(parse_formula("Li6.25Al0.25La3Zr2O12")).key == "AlLa12Li25O48Zr8"
    assert composition_of(parse_formula("Al1Li25La12Zr8O48")).key == "AlLa12Li25O48Zr8"
    assert composition_of(parse_formula("Li7La3Zr2O12")).formula == "Li7La3Zr2O12"
    assert whole_numbers({"Li": 0.333, "O": 1.0}) == {"Li": 333, "O": 1000}
    assert whole_numbers({"Li": 1 / 7, "O": 1.0}) == {"Li": 1, "O": 7}


AMOUNTS = st.dictionaries(
    st.sampled_from(sorted(ELEMENTS)), st.integers(1, 9999).map(lambda n: n / 100), min_size=1, max_size=7
)


@given(AMOUNTS, st.integers(1, 9))
def test_a_composition_is_one_whatever_the_scale_and_the_order(atoms: dict[str, float], times: int) -> None:
    ordered = {element: atoms[element] for element in sorted(atoms)}
    once = composition_of(ordered)
    backwards = "".join(f"{element}{atoms[element] * times:.2f}" for element in sorted(atoms, reverse=True))
    assert composition_of(read_written(backwards).atoms).key == once.key
    assert read_written(once.key).atoms == pytest.approx(dict(whole_numbers(ordered)))
    assert composition_of(read_written(once.formula).atoms) == composition_of(read_written(once.key).atoms)
    assert sum(once.fractions.values()) == pytest.approx(1.0)


@given(AMOUNTS)
def test_the_quick_way_agrees_with_the_strict_parser(atoms: dict[str, float]) -> None:
    text = "".join(f"{element}{amount:.2f}" for element, amount in atoms.items())
    assert plain_atoms(text) == pytest.approx(parse_formula(text))


@given(st.text(alphabet="LiOZrxy0123456789.()[],*·-+/=δ: ", max_size=40) | st.text(max_size=40))
def test_any_text_gives_atoms_or_a_refusal(text: str) -> None:
    try:
        found = read_written(text)
    except InputError:
        return
    assert found.atoms
    assert all(element in ELEMENTS and amount > 0.0 for element, amount in found.atoms.items())
    composition_of(found.atoms)
