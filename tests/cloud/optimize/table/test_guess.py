"""A first SPACE.toml is one that can be read, whatever the table."""

import tomllib

import pytest
from adatom.cloud.optimize.space.file import parse_space
from adatom.cloud.optimize.table.guess import guessed_space
from adatom.cloud.optimize.table.text_grid import text_grid
from adatom.protocol.errors import InputError


def guessed(*lines: str) -> dict[str, object]:
    text = guessed_space("t.csv", "SPACE.toml", text_grid("t", "\n".join(lines).encode()))
    fields = tomllib.loads(text)
    parse_space(fields)
    return fields


def test_results_are_the_columns_with_gaps_at_the_right() -> None:
    fields = guessed("a,b,r,s,note", "1,0.5,3,,x", "2,1.5,,,", "4,9.25,7,1,")
    assert [one["name"] for one in fields["objectives"]] == ["r", "s"]  # type: ignore[attr-defined]
    assert fields["space"] == {"a": {"low": 1, "high": 4, "integer": True}, "b": {"low": 0.5, "high": 9.3}}


def test_without_gaps_the_last_number_is_the_result_and_decades_are_a_log_scale() -> None:
    fields = guessed("a;r;who", "1,5;0,001;me", "2,5;10;you")
    assert fields["space"] == {"a": {"low": 1.5, "high": 2.5}}
    assert fields["objectives"] == [{"name": "r", "direction": "minimise", "log": True}]


def test_parts_of_a_hundred_are_a_mixture() -> None:
    fields = guessed("t,A,B,C,r", "20,50,30,20,1", "30,60,30,10,2", "25,40,45,15,")
    mixture = fields["space"]["mixture"]  # type: ignore[index]
    assert mixture == {"total": 100.0, "parts": {"A": [40.0, 60.0], "B": [30.0, 45.0], "C": [10.0, 20.0]}}


def test_a_slip_of_the_pen_hides_no_mixture() -> None:
    fields = guessed("A,B,r", "60,40,1", "50,50,2", "70,30,2", "45,50,3")
    assert fields["space"] == {"mixture": {"total": 100.0, "parts": {"A": [45.0, 70.0], "B": [30.0, 50.0]}}}


def test_what_names_a_row_is_no_choice() -> None:
    rows = [f"S{i},2025-03-0{i // 2 + 1},{gas},{i}.5,{i}" for i, gas in enumerate(["O2", "Ar", "O2", "Ar"])]
    assert list(guessed("run,day,gas,a,r", *rows)["space"]) == ["gas", "a"]  # type: ignore[call-overload]


def test_what_one_wishes_for_is_guessed_from_its_name() -> None:
    table = "a,b,r_ohm,σ (S/cm)\n1,2,,\n2,3,3,4\n3,5,,\n"
    text = guessed_space("t.csv", "SPACE.toml", text_grid("t", table.encode()))
    assert 'name = "σ (S/cm)"\ndirection = "maximise"  # a guess' in text
    assert 'name = "r_ohm"\ndirection = "minimise"  # a guess' in text


def test_odd_names_choices_and_columns_that_never_change() -> None:
    fields = guessed('T (°C),gas,fixed,"a ""b""",r', "20,O2,5,1,1", "30,Ar,5,2,2", "30,Ar,5,3,#DIV/0!")
    assert list(fields["space"]) == ["T (°C)", "gas", 'a "b"']  # type: ignore[call-overload]
    assert fields["space"]["gas"] == ["O2", "Ar"]  # type: ignore[index]


def test_a_table_without_two_columns_is_refused() -> None:
    with pytest.raises(InputError, match=r"t\.csv: has too few columns"):
        guessed("a", "1")
