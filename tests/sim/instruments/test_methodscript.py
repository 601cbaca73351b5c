"""Scripts as the instrument accepts and refuses them, and the numbers in its packages."""

from contextlib import suppress

import pytest
from adatom.sim.instruments.methodscript import OFFSET, Parser, ScriptError, encode_value, parse_literal
from hypothesis import given
from hypothesis import strategies as st

LOOP = ["var f", "var r", "var j", "cell_on", "meas_loop_eis f r j 10m 200k 1 10 0", "pck_start", "pck_add f",
        "pck_end", "endloop", "on_finished:", "cell_off"]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (200000.0, "8030D40 "),  # in milli it would need eight digits
        (1000.0, "80F4240m"),
        (0.0, "8000000 "),
        (-1000.0, "7F0BDC0m"),
        (134217.727, "FFFFFFFm"),
        (134217.728, "8020C4A "),
        (1e-18, "8000001a"),
        (float("nan"), "     nan"),
        (float("inf"), "     nan"),
        (1e30, "     nan"),
    ],
)
def test_values(value: float, text: str) -> None:
    assert encode_value(value) == text


@given(st.floats(1e-10, 1e20) | st.floats(-1e20, -1e-10))
def test_the_prefix_is_the_smallest_that_fits(value: float) -> None:
    text = encode_value(value)
    mantissa = int(text[:7], 16) - OFFSET
    assert abs(mantissa) < OFFSET
    assert text[7] == "a" or abs(mantissa) * 1000 >= OFFSET - 1000


@pytest.mark.parametrize(
    ("text", "value"),
    [("15m", 0.015), ("200k", 200e3), ("-500m", -0.5), ("11i", 11.0), ("0x1F", 31.0), ("0", 0.0), ("2u", 2e-6)],
)
def test_literals(text: str, value: float) -> None:
    assert parse_literal(text) == value


@pytest.mark.parametrize("text", ["1.5", "", "m", "1mm", "1e3", "+1", "0x", "k200", "1 m"])
def test_what_is_no_literal(text: str) -> None:
    assert parse_literal(text) is None


def test_a_program_has_a_main_part_and_a_finish() -> None:
    program = Parser().parse(["# comment", *LOOP])
    assert [command.name for command in program.main] == ["var", "var", "var", "cell_on", "meas_loop_eis"]
    assert [command.name for command in program.main[-1].body] == ["pck_start", "pck_add", "pck_end"]
    assert [command.name for command in program.finish] == ["cell_off"]
    assert program.main[-1].line == 6


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        (["foo"], "!4001: Line 1, Col 4"),
        (["var f", "var f"], "!4026: Line 2, Col 6"),
        (["set_e 1.5"], "!4039: Line 1, Col 10"),
        (["set_e 9999999999"], "!4005: Line 1, Col 17"),
        (["set_e x"], "!420B: Line 1, Col 8"),
        (["set_e"], "!0007: Line 1, Col 6"),
        (["set_range xx 1m"], "!0007: Line 1, Col 13"),
        (["send_string hello"], "!4004: Line 1, Col 18"),
        (["pck_add f"], "!420B: Line 1, Col 10"),
        (["var f", "pck_add f"], "!401B: Line 2, Col 10"),
        (["pck_start", "pck_start"], "!401B: Line 2, Col 10"),
        (["endloop"], "!4018: Line 1, Col 8"),
        (["var p", "meas_loop_ocp p 1 2"], "!4018: Line 2, Col 1"),
        (["var p", "meas_loop_ocp p 1 2", "meas_loop_ocp p 1 2"], "!400B: Line 3, Col 20"),
        (["var p", "meas_loop_ocp p 1 2", "on_finished:"], "!4018: Line 3, Col 13"),
        (["on_finished:", "on_finished:"], "!4018: Line 2, Col 13"),
        (["set_e 1" + " " * 250], "!4005: Line 1, Col 256"),
        (["var 1a"], "!4004: Line 1, Col 7"),
        (["if 1 => 2"], "!4004: Line 1, Col 8"),
        (["if 1 < x"], "!420B: Line 1, Col 9"),
        (["if 1 < 2"], "!4018: Line 1, Col 1"),
        (["else"], "!4018: Line 1, Col 5"),
        (["if 1 < 2", "endloop"], "!4018: Line 2, Col 8"),
        (["if 1 < 2", "else", "else"], "!4018: Line 3, Col 5"),
        (["loop 1 < 2", "endif"], "!4018: Line 2, Col 6"),
        (["breakloop"], "!0006: Line 1, Col 10"),
        (["var p", "loop 1 < 2", "meas_loop_ocp p 1 2", "if 1 < 2", "meas_loop_ocp p 1 2"], "!400B: Line 5, Col 20"),
    ],
)
def test_mistakes_are_refused_with_code_line_and_column(lines: list[str], error: str) -> None:
    with pytest.raises(ScriptError) as caught:
        Parser().parse(lines)
    assert str(caught.value) == error


def test_an_if_holds_its_branches_and_a_loop_its_body() -> None:
    lines = [
        "var i",
        "loop i < 3i",
        "if i == 1",
        "wait 1",
        "elseif i == 2",
        "abort",
        "else",
        "breakloop",
        "endif",
        "endloop",
    ]
    (_, loop) = Parser().parse(lines).main
    assert (loop.name, loop.args) == ("loop", ("i", "<", 3.0))
    (branch,) = loop.body
    assert [(b.name, b.args, [c.name for c in b.body]) for b in branch.branches] == [
        ("if", ("i", "==", 1.0), ["wait"]), ("elseif", ("i", "==", 2.0), ["abort"]), ("else", (), ["breakloop"]),
    ]  # fmt: skip


BRANCHES = ["if 1 < 2", "elseif 1 > 2", "else", "endif", "loop 1 > 2", "breakloop", "abort"]


@given(
    st.lists(
        st.sampled_from([*LOOP, *BRANCHES, "wait 1", "set_e x", "", "var z", 'send_string "a"']) | st.text(max_size=30)
    )
)
def test_any_text_is_a_program_or_a_script_error(lines: list[str]) -> None:
    with suppress(ScriptError):
        Parser().parse(lines)
