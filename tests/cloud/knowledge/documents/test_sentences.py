# ruff: noqa: E501 - a sentence a line
"""Facts of sentences and tables: what is said, what only looks like it, and any text at all."""

import pytest
from adatom.cloud.knowledge.documents.cells import facts_of_table, head_of
from adatom.cloud.knowledge.documents.model import Found, Node
from adatom.cloud.knowledge.documents.names import definitions, materials
from adatom.cloud.knowledge.documents.sentences import Context, facts_of
from adatom.cloud.knowledge.values import parse_value
from hypothesis import given, settings
from hypothesis import strategies as st

NONE = Context({}, None)


def short(facts: list[Found]) -> list[tuple[str, str, str, str, str]]:
    return [(one.formula, one.property, one.value, one.unit, one.temperature) for one in facts]


SAID = [
    ("The ionic conductivity of Li7La3Zr2O12 is 1.2 × 10−4 S cm−1 at 25 °C.",
     [("Li7La3Zr2O12", "ionic_conductivity", "1.2 × 10^-4", "S cm-1", "25 °C")]),
    ("LLZO has a shear modulus of 59.6 GPa. Its band gap is 5.8 eV.",
     [("Li7La3Zr2O12", "shear_modulus", "59.6", "GPa", ""), ("Li7La3Zr2O12", "band_gap", "5.8", "eV", "")]),
    ("The interfacial resistance of LLZO decreased from 1710 to 1 Ω cm2.",
     [("Li7La3Zr2O12", "interfacial_resistance", "1710", "Ω cm2", ""),
      ("Li7La3Zr2O12", "interfacial_resistance", "1", "Ω cm2", "")]),
    ("The conductivities of LGPS and Li3PS4 are 12 and 0.16 mS cm⁻¹, respectively.",
     [("Li10GeP2S12", "ionic_conductivity", "12", "mS cm⁻¹", ""), ("Li3PS4", "ionic_conductivity", "0.16", "mS cm⁻¹", "")]),
    ("For LiF, bulk modulus and shear modulus are 70 GPa and 49 GPa, respectively.",
     [("LiF", "bulk_modulus", "70", "GPa", ""), ("LiF", "shear_modulus", "49", "GPa", "")]),
    ("LiF showed 70 GPa (bulk modulus) and 49 GPa (shear modulus).",
     [("LiF", "bulk_modulus", "70", "GPa", ""), ("LiF", "shear_modulus", "49", "GPa", "")]),
    ("Values between 0.3 and 0.4 eV were found for the activation energy of LAGP.",
     [("Li1.5Al0.5Ge1.5(PO4)3", "activation_energy", "0.3 to 0.4", "eV", "")]),
    ("The conductivity of Li3N did not exceed 10⁻⁵ S/cm at room temperature.",
     [("Li3N", "ionic_conductivity", "<10^-5", "S/cm", "RT")]),
    ("Li6PS5Cl sintered at 550 °C for 6 h has a conductivity of (3.1 ± 0.2) × 10⁻³ S/cm.",
     [("Li6PS5Cl", "ionic_conductivity", "3.1 ± 0.2 × 10^-3", "S/cm", "")]),
    ("Cubic Li7La3Zr2O12 has a lattice parameter a = 12.97 Å.", [("Li7La3Zr2O12", "lattice_a", "12.97", "Å", "")]),
    ("Its conductivity rises to 2e-3 S/cm, compared with 6e-4 S/cm for LAGP.",
     [("Li1.5Al0.5Ge1.5(PO4)3", "ionic_conductivity", "6e-4", "S/cm", "")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "facts"), SAID[:-1], ids=lambda one: str(one)[:40])
def test_what_a_sentence_says(text: str, facts: list[tuple[str, ...]]) -> None:
    found = facts_of(text, NONE, 3)
    assert short(found) == facts
    assert all(parse_value(one.value) is not None and one.page == 3 for one in found)


def test_a_value_with_its_own_material_behind_it_is_that_materials() -> None:
    text, (fact,) = SAID[-1]
    assert fact in short(facts_of(text, NONE, None))


@pytest.mark.parametrize(
    "text",
    [
        "A conductivity above 1 mS/cm is required for LLZO.",
        "LLZO was sintered at 1100 °C for 12 h at 50 MPa before its conductivity was measured.",
        "No conductivity of 1e-2 S/cm was found in Li3N.",
        "Is the band gap of Li2O 8 eV?",
        "The conductivity of the sample is 1e-4 S/cm.",
        "The thickness of the LLZO film is 300 nm.",
        "The grain-boundary conductivity of LLZO is 1e-6 S/cm.",
        "The bulk modulus of LLZO is large, and 59.6 eV is no modulus.",
    ],
)
def test_what_only_looks_like_a_fact_is_none(text: str) -> None:
    assert facts_of(text, NONE, None) == []


def test_methods_are_told_apart_and_borrowed_materials_are_less_sure() -> None:
    (calculated,) = facts_of("By DFT the band gap of Li2O is calculated to be 5.0 eV.", NONE, None)
    (measured,) = facts_of("By impedance spectroscopy the conductivity of Li3N was measured as 1e-3 S/cm.", NONE, None)
    assert (calculated.method, measured.method) == ("calculated", "measured")
    sure = facts_of("Li3N conducts. The conductivity of Li3N is 1e-3 S/cm.", NONE, None)[0].confidence
    borrowed = facts_of("Li3N conducts. The conductivity is 1e-3 S/cm.", NONE, None)[0].confidence
    assert borrowed < sure


def test_a_documents_own_names_go_before_the_fields() -> None:
    own = definitions("We made Li6.5La3Zr1.5Ta0.5O12 (LLZTO) and Li6.2La3Zr1.2Ta0.8O12, denoted S2.")
    assert {name: formula for name, (formula, _) in own.items()} == {
        "LLZTO": "Li6.5La3Zr1.5Ta0.5O12", "S2": "Li6.2La3Zr1.2Ta0.8O12",
    }  # fmt: skip
    assert [one.formula for one in materials("S2 and LLZTO and LGPS", own)] == [
        "Li6.2La3Zr1.2Ta0.8O12", "Li6.5La3Zr1.5Ta0.5O12", "Li10GeP2S12",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["In No As CO PBE NaN XPS DOI I", "the Fig and the Refs", "H2O, CO2 and N2"])
def test_words_are_no_formulas(text: str) -> None:
    assert materials(text) == []


@pytest.mark.parametrize(
    ("cell", "name", "unit", "temperature"),
    [
        ("σ (S cm⁻¹)", "ionic_conductivity", "S cm⁻¹", ""),
        ("Ionic conductivity at 25 °C (mS/cm)", "ionic_conductivity", "mS/cm", "25 °C"),
        ("Ea / eV", "activation_energy", "eV", ""),
        ("a (Å)", "lattice_a", "Å", ""),
        ("log σ (S/cm)", "ionic_conductivity", "log10(S/cm)", ""),
        ("σ (10⁻⁴ S/cm)", "ionic_conductivity", "10**-4 S/cm", ""),
        ("Relative density (%)", "relative_density", "%", ""),
        ("σ × 10⁴ (S/cm)", "", "", ""),  # which way is meant nobody can tell
        ("Sintering (°C)", "", "", ""),
        ("Shear modulus (eV)", "", "", ""),
    ],
)
def test_heads_of_tables(cell: str, name: str, unit: str, temperature: str) -> None:
    assert head_of(cell)[:3] == (name, unit, temperature)


def test_a_table_by_rows_by_columns_and_with_temperatures() -> None:
    rows = (("Material", "T (°C)", "σ (S/cm)"), ("Li3N", "25", "1e-3"), ("", "60", "2e-3"), ("Li3PS4", "25", "–"))
    found = facts_of_table(Node("table", "", 2, rows=rows, number="ruled"), "", NONE)
    assert short(found) == [("Li3N", "ionic_conductivity", "1e-3", "S/cm", "25 °C"),
                            ("Li3N", "ionic_conductivity", "2e-3", "S/cm", "60 °C")]  # fmt: skip
    turned = (("Property", "LiF", "Li2O"), ("Bulk modulus (GPa)", "70", "<80"), ("G (GPa)", "49", "n.a."))
    assert short(facts_of_table(Node("table", "", 2, rows=turned), "Table 1. Calculated moduli", NONE)) == [
        ("LiF", "bulk_modulus", "70", "GPa", ""), ("LiF", "shear_modulus", "49", "GPa", ""),
        ("Li2O", "bulk_modulus", "<80", "GPa", ""),
    ]  # fmt: skip


WORDS = ["LLZO", "Li3N", "conductivity", "of", "is", "band gap", "1.2", "×", "10⁻⁴", "S/cm", "eV", "from", "to", "±", "(", ")",
         "respectively", "at", "25 °C", "<", "not", "GPa", "shear modulus", ",", ".", "10", "-", "a ="]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)))
def test_any_text_gives_facts_whose_units_fit(text: str) -> None:
    for one in facts_of(text, NONE, None):
        assert one.confidence <= 1.0
        assert one.value[-1:].strip()
