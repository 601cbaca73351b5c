"""Options of drivers in a bench file: what does not fit is named with its key, its value and what is allowed."""

import inspect
from typing import Any

import pytest
from adatom.edge import command
from adatom.edge.config import Port
from adatom.edge.instruments import DRIVERS, driver_class, make_drivers
from adatom.protocol.errors import InputError

FURNACE = {"heater": "eurotherm", "gauge": "tpg36x", "mfc": "alicat", "io": "bench_io"}
FILM = {"laser": "compexpro", "valve": "mks651", "carousel": "carousel", "attenuator": "attenuator"}
NAN, INF = float("nan"), float("inf")
# driver, option, wrong values, what the message says is allowed
WRONG: list[tuple[str, str, tuple[Any, ...], str]] = [
    ("eurotherm", "full_power_w", (0, -220.0, NAN, INF, True, "220", None, [220]), "a number in 1 to 10000"),
    ("eurotherm", "address", (0, 900, 1.0, NAN, True, "1"), "a whole number in 1 to 254"),
    ("eurotherm", "local_setpoint", (1, "true", None), "true or false"),
    ("lakeshore336", "full_power_w", (0, NAN, True, "220"), "a number in 1 to 10000"),
    ("lakeshore336", "channel", ("E", "AB", "", "a", 1, None, ["A"]), 'one of "A", "B", "C", "D"'),
    (
        "tpg36x",
        "channels",
        ((), "pressure_pa", ["flow_sccm"], [1], [[]], 2, None),
        'some of "vacuum_lgpa", "pressure_pa"',
    ),
    ("mks937b", "address", (0, 255, 1.0, True, "253"), "a whole number in 1 to 254"),
    ("mks937b", "ion", (-1, 7, 1.0, True, "1"), "a whole number in 0 to 6"),
    ("mks937b", "pirani", (-1, 7, None), "a whole number in 0 to 6"),
    ("mks937b", "capacitance", (-1, 7, NAN), "a whole number in 0 to 6"),
    ("alicat", "unit", ("", "AA", "a", "é", 1, None), 'one of "A", "B"'),
    ("alicat", "gas", (1, None, True), "a text"),
    ("alicat", "sccm_per_unit", (0, -1, NAN, INF, True, "1"), "a number in 0.001 to 100000"),
    ("bronkhorst", "node", (0, 129, 3.0, True, "3"), "a whole number in 1 to 128"),
    ("bronkhorst", "gas", (1, None), "a text"),
    ("carousel", "move_deg_s", (0, -60, NAN, INF, True, "60"), "a number in 1 to 360"),
    ("bench_io", "key", ("secret", "abc", "é", 12, None, True), "hex digits, two for each byte"),
]
RIGHT: list[tuple[str, dict[str, Any]]] = [
    ("eurotherm", {"full_power_w": 220, "address": 254, "local_setpoint": True}),
    ("lakeshore336", {"full_power_w": 500.5, "channel": "D"}),
    ("tpg36x", {"channels": ["", "pressure_pa", "vacuum_lgpa"]}),
    ("mks937b", {"address": 1, "ion": 0, "pirani": 6, "capacitance": 4}),
    ("alicat", {"unit": "Z", "gas": "", "sccm_per_unit": 1000}),
    ("bronkhorst", {"node": 128, "gas": "N2"}),
    ("carousel", {"move_deg_s": 45.5}),
    ("bench_io", {"key": "00fF"}),
    ("bench_io", {"key": ""}),
]


def made(driver: str, options: dict[str, Any]) -> Any:
    """The driver as a bench file with these options makes it."""
    role = driver_class(driver).ROLE
    kinds = {**FURNACE, **FILM, role: driver}
    return make_drivers({name: Port(kind, "p", options if name == role else {}) for name, kind in kinds.items()})[role]


@pytest.mark.parametrize("name", DRIVERS)
def test_the_table_has_the_names_of_the_parameters(name: str) -> None:
    kind = driver_class(name)
    assert [row[0] for row in kind.OPTIONS] == list(inspect.signature(kind).parameters)


def test_every_option_is_among_the_wrong_ones_here() -> None:
    assert {(name, row[0]) for name in DRIVERS for row in driver_class(name).OPTIONS} == {row[:2] for row in WRONG}


@pytest.mark.parametrize(
    ("driver", "option", "value", "allowed"),
    [(driver, option, value, allowed) for driver, option, values, allowed in WRONG for value in values],
)
def test_a_wrong_value_is_named(driver: str, option: str, value: Any, allowed: str) -> None:
    with pytest.raises(InputError) as caught:
        made(driver, {option: value})
    shown = "" if option == "key" else f" = {value!r}"  # the board's key is a secret
    assert f"ports.{driver_class(driver).ROLE}.options.{option}{shown}: must be " in str(caught.value)
    assert allowed in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", DRIVERS)
def test_an_unknown_key_is_named_with_the_allowed_ones(name: str) -> None:
    kind = driver_class(name)
    with pytest.raises(InputError) as caught:
        made(name, {"speling": 1})
    allowed = ", ".join(row[0] for row in kind.OPTIONS)
    text = f"ports.{kind.ROLE}.options.speling: unknown key, "
    assert text + (f"allowed are {allowed}" if allowed else "this driver has no options") in str(caught.value)


@pytest.mark.parametrize(("driver", "options"), RIGHT)
def test_what_fits_makes_the_driver(driver: str, options: dict[str, Any]) -> None:
    assert isinstance(made(driver, options), driver_class(driver))


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "101"])
def test_an_impossible_electrode_area_is_refused(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["edge", "run", "nowhere.toml", "--area-cm2", value]) == 2
    shown = capsys.readouterr().err
    assert "--area-cm2" in shown
    assert "0.001 to 100 cm2" in shown
