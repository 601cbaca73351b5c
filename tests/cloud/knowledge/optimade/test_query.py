"""Filters of friendly options; fields by name and unit."""

from typing import Any

import pytest
from adatom.cloud.knowledge.mapping import Column
from adatom.cloud.knowledge.optimade.fields import STRUCTURE, Left, asked_columns, names_in, plan_of, recognised
from adatom.cloud.knowledge.optimade.query import asked_filter, first_page
from adatom.protocol.errors import InputError


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("", "", "", ""), ""),
        (("nsites<5", "", "", ""), "nsites<5"),
        (("", "Li,La", "", ""), 'elements HAS ALL "Li","La"'),
        (("", "", "Li,O", ""), 'elements HAS ONLY "Li","O"'),
        (("", "", "", "4"), "nelements=4"),
        (("a=1 OR b=2", "Li", "", "3-5"),
         '(a=1 OR b=2) AND elements HAS ALL "Li" AND nelements>=3 AND nelements<=5'),
    ],
)  # fmt: skip
def test_filters(  # the reference server reads such ones in test_reference.py
    options: tuple[str, str, str, str], text: str
) -> None:
    assert asked_filter(*options) == text


@pytest.mark.parametrize(
    ("options", "words"),
    [(("", "Qq", "", ""), "'Qq' is no element"), (("", "", "Li,oxygen", ""), "is no element"),
     (("", "", "", "many"), "a number such as 4"), (("", "", "", "3-"), "a number such as 4")],
)  # fmt: skip
def test_options_that_make_no_filter(options: tuple[str, str, str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        asked_filter(*options)


def test_the_first_page() -> None:
    assert first_page("https://a.org/v1/structures", 'elements HAS "Li"', ["nsites", "_x_y"], 5) == (
        "https://a.org/v1/structures?filter=elements+HAS+%22Li%22&response_fields=nsites%2C_x_y&page_limit=5"
    )
    assert first_page("https://a.org/v1/structures", "", [], None) == "https://a.org/v1/structures?"


@pytest.mark.parametrize(
    ("field", "definition", "found"),
    [
        ("_x_band_gap", {"type": "float", "unit": "meV"}, Column("_x_band_gap", "band_gap", "meV")),
        ("_x_bandGap", {"type": ["number", "null"], "x-optimade-unit": "eV"}, Column("_x_bandGap", "band_gap", "eV")),
        ("_x_log10_bulk_modulus", {"unit": "GPa"}, Column("_x_log10_bulk_modulus", "log10_bulk_modulus", "GPa")),
        ("_x_ael_bulk_modulus_vrh", {"unit": "GPa"}, Column("_x_ael_bulk_modulus_vrh", "bulk_modulus", "GPa")),
        ("_x_thermal_conductivity_300K", {"unit": "W/(m*K)"},
         Column("_x_thermal_conductivity_300K", "thermal_conductivity", "W/(m*K)", 26.85)),
        ("_x_poisson_ratio", {"type": "float"}, Column("_x_poisson_ratio", "poisson_ratio", "1")),
        ("_x_poisson_ratio", {"unit": "dimensionless"}, Column("_x_poisson_ratio", "poisson_ratio", "1")),
        ("_x_band_gap", {"type": "float"}, Left("_x_band_gap", "", "band_gap? no unit is told, eV would be needed")),
        ("_x_band_gap", {"unit": "K"}, Left("_x_band_gap", "K", "band_gap? K does not become eV")),
        ("_x_formation_energy", {"unit": "eV"},
         Left("_x_formation_energy", "eV", "formation_energy? eV does not become eV/atom")),
        ("_x_ef", {"unit": "eV/atom"}, Left("_x_ef", "eV/atom", "may be formation_energy or something else")),
        ("_x_conductivity", {"unit": "S/cm"},
         Left("_x_conductivity", "S/cm", "may be ionic_conductivity or something else")),
        ("_x_colour", {"unit": "eV"}, Left("_x_colour", "eV", "no property of this name is known")),
        ("_x_band_gap", {"type": "string"}, Left("_x_band_gap", "", "its type is string, not a number")),
        ("_x_band_gap", {"type": ["object", "null"]},
         Left("_x_band_gap", "", "its type is ['object', 'null'], not a number")),
        ("_x_band_gap", None, Left("_x_band_gap", "", "band_gap? no unit is told, eV would be needed")),
        ("_x_band_gap", {"unit": "9**9**9"}, Left("_x_band_gap", "9**9**9", "band_gap? 9**9**9 does not become eV")),
    ],
)  # fmt: skip
def test_fields_are_taken_when_name_and_unit_are_clear(field: str, definition: Any, found: Column | Left) -> None:
    assert recognised(field, definition) == found


KNOWN = {name: {"type": "string"} for name in STRUCTURE} | {
    "chemical_formula_hill": {}, "_x_band_gap": {"unit": "eV"}, "_x_de": {"unit": "eV"},
    "_x_stability": {"type": "dict"},
}  # fmt: skip


def test_a_plan_asks_for_what_it_can_use() -> None:
    plan = plan_of(KNOWN, (), ())
    assert plan.response_fields == (*STRUCTURE, "_x_band_gap")
    assert [left.field for left in plan.left] == ["_x_de", "_x_stability"]


def test_the_user_says_what_a_field_is_and_what_is_asked_for() -> None:
    mapped = asked_columns(["_x_de=formation_energy:eV/atom", "_x_stability.pbe+u.e_hull=energy_above_hull:meV/atom"])
    plan = plan_of(KNOWN, mapped, names_in("nsites, chemical_formula_reduced"))
    assert plan.columns == (Column("_x_de", "formation_energy", "eV/atom"),
                            Column("_x_stability.pbe+u.e_hull", "energy_above_hull", "meV/atom"))  # fmt: skip
    assert plan.response_fields == ("nsites", "chemical_formula_reduced", "_x_de", "_x_stability")
    assert plan.left == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [("_x_de", "FIELD=PROPERTY:UNIT is needed"), ("=band_gap", "is needed"), ("_x_de=", "is needed"),
     ("_x_de=colour", "no property that is known"), ("_x_de=band_gap:GPa", "does not become eV")],
)  # fmt: skip
def test_what_the_user_says_must_make_sense(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        asked_columns([text])


def test_a_field_that_the_provider_does_not_have() -> None:
    with pytest.raises(InputError, match=r"_x_gap: the provider does not have this; it has _x_band_gap, _x_de"):
        plan_of(KNOWN, (), ("_x_gap",))
