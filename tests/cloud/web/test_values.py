"""Numbers as people read them."""

import math

import pytest
from adatom.cloud.web import values
from adatom.cloud.web.values import Estimate
from adatom.protocol.recipe import FIELDS
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.examples import RECIPE


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (2.5496, "2.55"), (149.2, "149"), (16750.3, "16800"), (0.0123, "0.0123"), (99.96, "100"),
        (2.36e-5, "2.36 × 10⁻⁵"), (-4.0, "-4.00"), (1.5e7, "1.50 × 10⁷"), (math.nan, "–"), (math.inf, "–"),
    ],
)  # fmt: skip
def test_three_significant_digits(value: float, text: str) -> None:
    assert values.number(value) == text


@given(st.floats(min_value=1e-12, max_value=1e12))
def test_a_number_reads_back_within_its_digits(value: float) -> None:
    text = values.number(value)
    mantissa, _, power = text.partition(" × 10")
    plain = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    assert float(mantissa) * 10.0 ** int(power.translate(plain) or 0) == pytest.approx(value, rel=0.0051)


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(100.0, math.log(2.0) / 1.96, "ln", "Ω cm²"), "100 (50.0 to 200) Ω cm²"),
        (Estimate(100.0, math.log10(2.0) / 1.96, "log10"), "100 (50.0 to 200)"),
        (Estimate(0.93, 0.004), "0.9300 ± 0.0078"),
        (Estimate(50.0, None, "linear", "cycles", censored=True), "≥ 50 cycles"),
        (Estimate(3.0, None, "linear", "nm"), "3.00 (± not known) nm"),
    ],
)
def test_every_number_comes_with_what_is_known_of_it(estimate: Estimate, text: str) -> None:
    assert estimate.with_unit == text


def test_a_ratio_carries_both_uncertainties() -> None:
    times = values.ratio(Estimate(150.0, 0.03, "ln"), Estimate(3.0, 0.12, "linear"))
    assert times.value == 50.0
    assert times.sd == pytest.approx(0.05)
    assert values.ratio(Estimate(150.0), Estimate(3.0, 0.1)).interval is None


def test_replicates_are_averaged_on_the_logarithm() -> None:
    mean = values.geometric_mean([Estimate(10.0, 0.1, "ln"), Estimate(1000.0, 0.1, "ln")])
    assert mean is not None
    assert mean.value == pytest.approx(100.0)
    assert mean.sd == pytest.approx(0.1 / math.sqrt(2.0))
    assert values.geometric_mean([]) is None
    assert values.geometric_mean([Estimate(5.0, 0.1, "log10")]) == Estimate(5.0, 0.1, "log10")


def test_the_formula_is_neutral_and_begins_with_lithium() -> None:
    assert values.formula(RECIPE) == "Li₆.₅La₃Zr₁.₅Ta₀.₅O₁₂"
    assert values.formula({"cations": [["La", 3.0], ["Zr", 2.0], ["Al", 0.0]]}) == "Li₇La₃Zr₂O₁₂"


def test_every_field_of_a_recipe_has_a_name_and_a_place() -> None:
    process = set(FIELDS) - {"cations", "measurements"}
    assert set(values.LABELS) == process
    assert set(values.FIELD_ORDER) == process
    assert list(values.flat_recipe(RECIPE))[:3] == ["La", "Ta", "Zr"]


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("fluence_j_cm2", "fluence / (J/cm²)"),
        ("o2_pa", "O₂ pressure / Pa"),
        ("pulses", "pulses"),
        ("La", "La per 12 O"),
    ],
)
def test_an_axis_says_its_unit(name: str, label: str) -> None:
    assert values.axis_label(name) == label
