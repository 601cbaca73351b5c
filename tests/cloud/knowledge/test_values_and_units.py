"""Numbers and units as tables print them."""

import contextlib
import math
import string

import pytest
from adatom.cloud.knowledge.properties import BY_NAME, PROPERTIES, property_named
from adatom.cloud.knowledge.units import cleaned, converter
from adatom.cloud.knowledge.values import Value, parse_value
from adatom.protocol.errors import InputError
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("0.5", Value(0.5, None, None, "="), ""),
        ("-1.5e2", Value(-150.0, None, None, "="), ""),
        ("<1E-10", Value(1e-10, None, None, "<"), ""),
        ("≥ 3 eV", Value(3.0, None, None, ">"), "eV"),
        ("≈ 2 × 10⁻⁴", Value(2e-4, None, None, "~"), ""),
        ("1x10-4", Value(1e-4, None, None, "="), ""),
        ("10^-4", Value(1e-4, None, None, "="), ""),
        ("2.0e−5", Value(2e-5, None, None, "="), ""),
        ("4,5e-3", Value(4.5e-3, None, None, "="), ""),
        ("12 GPa", Value(12.0, None, None, "="), "GPa"),
        ("1.5e-4 S·cm⁻¹", Value(1.5e-4, None, None, "="), "S·cm-1"),
    ],
)
def test_numbers_are_read(text: str, value: Value, unit: str) -> None:
    assert parse_value(text) == (value, unit)


@pytest.mark.parametrize(
    ("text", "low", "middle", "high"),
    [
        ("1.2(3)e-4", 0.9e-4, 1.2e-4, 1.5e-4),
        ("1.25(3)", 1.22, 1.25, 1.28),
        ("1.2 ± 0.3", 0.9, 1.2, 1.5),
        ("1.2±0.3e-4", 0.9e-4, 1.2e-4, 1.5e-4),
        ("1e-6 to 1e-4", 1e-6, 1e-5, 1e-4),
        ("1e-6-1e-4", 1e-6, 1e-5, 1e-4),
        ("-2 to 4", -2.0, 1.0, 4.0),
    ],
)
def test_what_a_text_allows_for_is_kept(text: str, low: float, middle: float, high: float) -> None:
    parsed = parse_value(text)
    assert parsed is not None
    value = parsed[0]
    assert (value.low, value.value, value.high) == pytest.approx((low, middle, high))


@pytest.mark.parametrize("text", ["", "-", "nan", "N/A", " None ", "—"])
def test_missing_stays_missing(text: str) -> None:
    assert parse_value(text) is None


@pytest.mark.parametrize("text", ["x", "1,234", "<", "1 2", "(1", "1e999", "1.2.3", "9" * 100, "1;2"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"t\.csv:2"):
        parse_value(text, "t.csv:2")


@given(st.text(alphabet="0123456789.,eE+-<>~()± x×^10µS/cm", max_size=30) | st.text(max_size=30))
def test_any_text_gives_a_finite_number_nothing_or_a_refusal(text: str) -> None:
    try:
        parsed = parse_value(text)
    except InputError:
        return
    assert parsed is None or math.isfinite(parsed[0].value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_is_printed_is_what_is_read(number: float) -> None:
    parsed = parse_value(repr(number))
    assert parsed is not None
    assert parsed[0].value == number


@pytest.mark.parametrize(
    ("unit", "name", "factor"),
    [
        ("", "ionic_conductivity", 1.0),
        ("mS cm-1", "ionic_conductivity", 1e-3),
        ("S m⁻¹", "ionic_conductivity", 1e-2),
        ("Ω-1 cm-1", "ionic_conductivity", 1.0),
        ("Pa", "bulk_modulus", 1e-9),
        ("kJ/mol", "formation_energy", 0.0103642697),
        ("kJ/mol", "activation_energy", 0.0103642697),
        ("meV/atom", "formation_energy", 1e-3),
        ("10^-6 /K", "thermal_expansion", 1e-6),
        ("ppm/K", "thermal_expansion", 1e-6),
        ("MPa√m", "fracture_toughness", 1.0),
        ("%", "relative_density", 1e-2),
        ("kg/m3", "density", 1e-3),
        ("nm", "lattice_a", 10.0),
    ],
)
def test_units_become_the_propertys(unit: str, name: str, factor: float) -> None:
    found = converter(unit, name)
    assert (found.factor, found.offset) == pytest.approx((factor, 0.0))
    assert not found.log10


def test_logarithms_and_temperatures() -> None:
    assert converter("log10(GPa)", "bulk_modulus").log10
    assert converter("log10(W/(m K))", "thermal_conductivity").factor == pytest.approx(1.0)
    assert converter("°C", "debye_temperature").offset == pytest.approx(273.15)


@pytest.mark.parametrize(
    "unit", ["apples", "eV", "m**9**9**9", "S/cm; import os", "__import__('os')", "x" * 50, "(", "GPa^"]
)
def test_other_units_are_refused(unit: str) -> None:
    with pytest.raises(InputError, match="unit"):
        converter(unit, "ionic_conductivity")


@given(st.text(max_size=20))
def test_any_text_is_cleaned_or_refused(text: str) -> None:
    allowed = set(string.ascii_letters + string.digits + "_*/().-")
    with contextlib.suppress(InputError):
        assert set(cleaned(text, "unit")) <= allowed


@pytest.mark.parametrize("one", PROPERTIES, ids=lambda one: one.name)
def test_every_property_is_found_by_its_name_and_has_a_unit_that_pint_knows(one: object) -> None:
    assert one in PROPERTIES
    name, unit = one.name, one.unit  # type: ignore[attr-defined]
    assert property_named(name)[0].name == name
    assert converter(unit, name).factor == 1.0
    assert converter(f" {unit}*1 ", name).factor == pytest.approx(1.0)


def test_sources_names_are_understood() -> None:
    assert property_named("log10_bulk_modulus_vrh") == (property_named("K_VRH")[0], True)
    assert property_named("thermal_expansion_300K")[0].temperature_c == pytest.approx(26.85)
    assert property_named("E_hull")[0].name == "energy_above_hull"
    with pytest.raises(InputError, match="no property that is known"):
        property_named("colour")
    assert all(one.lowest is None or one.highest is None or one.lowest < one.highest for one in BY_NAME.values())
