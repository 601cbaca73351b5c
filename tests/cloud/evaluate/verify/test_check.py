"""Claims are recomputed, planted errors found, and slips named."""

import json
from collections import Counter
from pathlib import Path

import pytest
from adatom.cloud.evaluate.cli import app
from adatom.cloud.evaluate.verify.check import AGREES, DIMENSION, DISAGREES, IMPOSSIBLE, UNCHECKED, check
from adatom.cloud.evaluate.verify.claims import Claim, parse_csv, parse_json
from adatom.cloud.evaluate.verify.formulas import BY_ELEMENT, ELEMENT, FORMULA, MANY, TABLE, Formula
from adatom.cloud.evaluate.verify.report import check_all
from adatom.cloud.evaluate.verify.units import parse_unit
from adatom.protocol.errors import InputError
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from .planted import KINDS, claims, right

MODULI = {"bulk_modulus": "102.8 GPa", "shear_modulus": "59.6 GPa"}
PELLET = {"resistance": "303 Ω", "thickness": "1.00 mm", "area": "0.785 cm2"}
SIGMAS = {"conductivities": "3.1e-4, 8.0e-4, 1.8e-3, 3.7e-3 S/cm", "temperatures": "298, 323, 348, 373 K"}
LI2O = {"total_energy": "-14.31 eV", "formula": "Li2O", "element_energies": "Li=-1.91, O=-4.93 eV"}


def claim(quantity: str, value: str, unit: str, inputs: dict[str, str]) -> Claim:
    return Claim("here", "", quantity, value, unit, inputs)


# expected values by hand, or as published: capacity of sulfur and lithium, lithium's thickness (4.85 µm a mAh/cm2)
RIGHT = [
    ("youngs_modulus", "149.8", "GPa", MODULI),
    ("youngs_modulus", "0.1498", "TPa", MODULI),
    ("poisson_ratio", "0.257", "", MODULI),
    ("shear_modulus", "59.6", "GPa", {"youngs_modulus": "149.8 GPa", "poisson_ratio": "0.257"}),
    ("bulk_modulus", "102.8", "GPa", {"youngs_modulus": "149.8 GPa", "poisson_ratio": "0.257"}),
    ("pugh_ratio", "1.72", "", MODULI),
    ("conductivity", "4.20e-4", "S/cm", PELLET),
    ("conductivity", "0.420", "mS cm⁻¹", PELLET),
    ("conductivity", "4.2×10^-4", "S cm-1", PELLET),
    ("conductivity", "0.042", "S/m", PELLET),
    ("area_specific_resistance", "238", "Ω cm²", {"resistance": "303 Ω", "area": "0.785 cm2"}),
    ("activation_energy", "0.345", "eV", SIGMAS),
    ("activation_energy", "33.3", "kJ/mol", SIGMAS),
    ("activation_energy", "0.345", "eV", SIGMAS | {"temperatures": "25, 50, 75, 100 °C"}),
    ("cell_volume", "2.187", "nm3", dict.fromkeys("abc", "12.98 Å") | dict.fromkeys(("alpha", "beta", "gamma"), "90°")),
    ("density", "5.10", "g/cm3", {"formula": "Li7La3Zr2O12", "formula_units": "8", "cell_volume": "2187 Å3"}),
    ("molar_mass", "839.7", "g/mol", {"formula": "Li7La3Zr2O12"}),
    ("theoretical_capacity", "1672", "mAh/g", {"formula": "S", "electrons": "2"}),
    ("theoretical_capacity", "3861", "mAh/g", {"formula": "Li", "electrons": "1"}),
    ("formation_energy", "-1.85", "eV/atom", LI2O),
    ("formation_energy", "-178.8", "kJ/mol", LI2O),
    ("lithium_thickness", "4.85", "µm", {"areal_capacity": "1.000 mAh/cm2"}),
    ("mass_fraction", "5.79", "%", {"formula": "Li7La3Zr2O12", "element": "Li"}),
    ("mass_fraction", "0.0579", "", {"formula": "Li7La3Zr2O12", "element": "Li"}),
    ("coulombic_efficiency", "98.0", "%", {"discharge_capacity": "1.960 mAh", "charge_capacity": "2.000 mAh"}),
    ("fluence", "2.0", "J/cm2", {"pulse_energy": "60 mJ", "spot_area": "3.0 mm2"}),
    ("youngs_modulus", "160(10)", "GPa", MODULI),
    ("youngs_modulus", "160 ± 10", "GPa", MODULI),
]  # fmt: skip

# (claim, verdict, what the slip or reason says)
WRONG = [
    ("conductivity", "0.42", "S/cm", PELLET, DISAGREES, "milli"),
    ("conductivity", "4.2", "S/cm", PELLET, DISAGREES, "1e4"),
    ("conductivity", "4.2e-4", "S", PELLET, DIMENSION, "no unit of conductivity"),
    ("conductivity", "4.2e-4", "S/cm", PELLET | {"area": "0.785 cm"}, DIMENSION, "area: cm is no unit"),
    ("conductivity", "4.2e-3", "S/cm", PELLET, DISAGREES, "factor of 10"),
    ("activation_energy", "33.3", "eV", SIGMAS, DISAGREES, "kJ/mol"),
    ("activation_energy", "0.150", "eV", SIGMAS, DISAGREES, "log10"),
    ("activation_energy", "0.0060", "eV", SIGMAS, DISAGREES, "°C taken for K"),
    ("formation_energy", "-5.56", "eV/atom", LI2O, DISAGREES, "formula unit"),
    ("formation_energy", "1.85", "eV/atom", LI2O, DISAGREES, "the sign"),
    ("density", "0.637", "g/cm3", {"formula": "Li7La3Zr2O12", "formula_units": "8", "cell_volume": "2187 Å3"}, DISAGREES, "one formula unit"),  # noqa: E501
    ("density", "3.20", "g/cm3", {"formula": "Li7La3Zr2O12", "formula_units": "8", "cell_volume": "2187 Å3"}, DISAGREES, "stands for"),  # noqa: E501
    ("mass_fraction", "29.2", "%", {"formula": "Li7La3Zr2O12", "element": "Li"}, DISAGREES, "atoms instead of mass"),
    ("youngs_modulus", "158", "GPa", MODULI, DISAGREES, "stands for"),
    ("poisson_ratio", "0.62", "", {}, IMPOSSIBLE, "between -1 and 0.5"),
    ("relative_density", "130", "%", {"density": "6.63 g/cm3", "theoretical_density": "5.10 g/cm3"}, IMPOSSIBLE, "100 %"),  # noqa: E501
    ("hardness", "9", "GPa", {}, UNCHECKED, "no formula"),
    ("youngs_modulus", "150", "GPa", {"bulk_modulus": "100 GPa"}, UNCHECKED, "needs bulk_modulus, shear_modulus"),
]  # fmt: skip


@pytest.mark.parametrize(("quantity", "value", "unit", "inputs"), RIGHT)
def test_right(quantity: str, value: str, unit: str, inputs: dict[str, str]) -> None:
    found = check(claim(quantity, value, unit, inputs))
    assert (found.verdict, found.reason) == (AGREES, ""), found


@pytest.mark.parametrize(("quantity", "value", "unit", "inputs", "verdict", "says"), WRONG)
def test_wrong(quantity: str, value: str, unit: str, inputs: dict[str, str], verdict: str, says: str) -> None:
    found = check(claim(quantity, value, unit, inputs))
    assert found.verdict == verdict, found
    assert says in found.slip + found.reason, found


def test_another_convention_is_no_error() -> None:
    found = check(claim("activation_energy", "0.317", "eV", SIGMAS))
    assert (found.verdict, found.reason) == (AGREES, "by another convention: slope of ln σ, without T")


def test_planted_errors_are_found() -> None:
    made = claims(240, seed=7)
    found = check_all([one for _, one in made])
    total = Counter(kind for kind, _ in made)
    wrong = Counter(kind for (kind, _), one in zip(made, found, strict=True) if one.wrong)
    assert set(total) == {"right", *KINDS}
    assert sum(wrong[kind] for kind in KINDS) >= 0.95 * 240, wrong
    assert wrong["right"] <= 0.01 * 240


@pytest.mark.parametrize("way", TABLE, ids=lambda way: f"{way.quantity} by {', '.join(way.inputs)}")
def test_every_formula(way: Formula) -> None:
    """Units are units, the range is met, mistakes and conventions take the same inputs, the source is told."""
    import random

    rng = random.Random(3)
    for kind in (way.unit, *way.inputs.values()):
        if kind not in (FORMULA, ELEMENT):
            parse_unit(kind if isinstance(kind, str) else kind[1])
            assert isinstance(kind, str) or kind[0] in (MANY, BY_ELEMENT)
    one, values = right(rng, way)
    assert check(one).verdict == AGREES
    for function in (*way.mistakes.values(), *way.conventions.values()):
        assert isinstance(function(**values), float)
    assert way.source


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        (PELLET | {"resistance": "many Ω"}, "here, resistance: 'many Ω': a number"),
        (PELLET | {"resistance": "303 furlongs#"}, "no unit at '#'"),
        (PELLET | {"resistance": "303 foos"}, "unknown unit 'foos'"),
        (PELLET | {"area": "0 cm2"}, "cannot be put into the formula"),
    ],
)
def test_unreadable(inputs: dict[str, str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        check(claim("conductivity", "4.2e-4", "S/cm", inputs))


@given(st.text(max_size=60), st.text(max_size=30), st.text(max_size=30), st.text(max_size=60))
@settings(max_examples=60, deadline=1000)
def test_any_text_gives_a_verdict_or_input_error(value: str, unit: str, resistance: str, formula: str) -> None:
    for one in (
        claim("conductivity", value, "S/cm", PELLET),
        claim("conductivity", "1", unit, PELLET),
        claim("conductivity", "1", "S/cm", PELLET | {"resistance": resistance}),
        claim("molar_mass", "1", "g/mol", {"formula": formula}),
        claim("formation_energy", "1", "eV", LI2O | {"element_energies": formula}),
    ):
        assert len(check_all([one])) == 1


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=1000)
def test_any_file_gives_claims_or_input_error(text: str) -> None:
    for parse in (parse_json, parse_csv):
        for whole in (text, f"quantity,value,unit,inputs\n{text}", f'[{{"quantity": "density", "value": {text}}}]'):
            try:
                assert isinstance(parse(whole, "file"), list)
            except InputError:
                continue


def test_hostile_units_cost_nothing() -> None:
    for text in ("9**9**9**9", "__import__"):
        with pytest.raises(InputError, match="no unit at"):
            parse_unit(text)
    for text in ("m^99" * 9, "((((((((((((((((((((m", "m9m9m9m9m9m9m9m9", "s-99"):
        assert parse_unit(text).factor == 1.0


def test_digits_are_kept() -> None:
    (one,) = parse_json(
        '[{"quantity": "density", "value": 5.10, "inputs": {"a": {"value": 1.0, "unit": "cm"}, "b": [1, 2.50]}}]', "f"
    )
    assert (one.value, one.inputs) == ("5.10", {"a": "1.0 cm", "b": "1, 2.50"})
    (row,) = parse_csv("id,quantity,value,unit,inputs\nx,density,5.10,g/cm3,a = 1.0 cm; b=1\n", "f")
    assert (row.name, row.where, row.inputs) == ("x", "f, line 2", {"a": "1.0 cm", "b": "1"})


def test_command(tmp_path: Path) -> None:
    rows = [
        {"id": "good", "quantity": "youngs_modulus", "value": 149.8, "unit": "GPa", "inputs": MODULI},
        {"id": "bad", "quantity": "conductivity", "value": 0.42, "unit": "S/cm", "inputs": PELLET},
        {"id": "odd\x1b[2J", "quantity": "density", "value": "much"},
    ]
    path = tmp_path / "claims.json"
    path.write_text(json.dumps(rows))
    shown = CliRunner().invoke(app, ["check", str(path)])
    assert shown.exit_code == 1
    assert "disagrees bad: conductivity = 0.42 S/cm" in shown.stdout
    assert "perhaps a factor of 1000" in shown.stdout
    assert "\x1b[2J" not in shown.stdout
    assert "1 agrees, 1 disagrees, 1 unreadable" in shown.stdout
    data = json.loads(CliRunner().invoke(app, ["check", str(path), "--json"]).stdout)
    assert [one["wrong"] for one in data["claims"]] == [False, True, True]
    path.write_text(json.dumps(rows[:1]))
    assert CliRunner().invoke(app, ["check", str(path)]).exit_code == 0
    assert "Nernst-Einstein" in CliRunner().invoke(app, ["check", "--formulas", "--json"]).stdout
