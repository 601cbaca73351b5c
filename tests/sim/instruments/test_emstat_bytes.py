"""The simulated EmStat on its serial line: what any MethodSCRIPT client sees."""

import numpy as np
import pytest
from adatom.sim.instruments.emstat import DEAF_S, Emstat
from adatom.sim.instruments.plant import Plant
from hypothesis import given
from hypothesis import strategies as st

EIS = (
    b"e\nvar f\nvar r\nvar j\nset_pgstat_chan 0\nset_pgstat_mode 3\nset_e 0\ncell_on\n"
    b"meas_loop_eis f r j 10m 1k 10 3 0\npck_start\npck_add f\npck_add r\npck_add j\npck_end\nendloop\n"
    b'on_finished:\ncell_off\nsend_string "off"\n\n'
)


def emstat(instant: bool = False, model: str = "espico") -> Emstat:
    plant = Plant(cell=lambda freq_hz: np.full(len(freq_hz), 1000.0 - 500.0j))
    return Emstat(plant, instant=instant, model=model)


def run(twin: Emstat, from_s: float, until_s: float) -> bytes:
    return b"".join(twin.tick(from_s + 0.01 * k) for k in range(round((until_s - from_s) * 100) + 1))


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"t\n", b"tespico1600#Sep 30 2025 12:00:00\nR*\n"),
        (b"i\n", b"iES4LR00SIM0001\n"),
        (b"v\n", b"v0108\n"),
        (b"?x\n", b"?!0003\n"),
        (b"Z\n", b"Z!0006\n"),
        (b"H\n", b"H!0006\n"),
        (b"r\n", b"r!0006\n"),
        (b"\n", b""),
        (b"e\nfoo\n\n", b"e!4001: Line 1, Col 4\n"),
        (b"e\ncell_off\n\n", b"e\n\n"),
        (b'e\nsend_string "hello"\n\n', b"e\nThello\n\n"),
    ],
)
def test_lines_and_answers(line: bytes, answer: bytes) -> None:
    assert emstat().feed(line, 0.0) == answer


def test_a_spectrum_byte_for_byte() -> None:
    assert emstat(instant=True).feed(EIS, 0.0) == (
        b"e\nM000D\n"
        b"Pdc80F4240m;cc80F4240m,10,284;cd7F85EE0m,10,220\n"
        b"PdcDF5E100u;cc80F4240m,10,284;cd7F85EE0m,10,220\n"
        b"Pdc8989680u;cc80F4240m,10,284;cd7F85EE0m,10,220\n"
        b"*\nToff\n\n"
    )


def test_points_come_one_by_one_in_their_own_time() -> None:
    twin = emstat()
    assert twin.feed(EIS, 0.0) == b"e\nM000D\n"
    assert twin.cell_on
    assert twin.due_s() == pytest.approx(0.103)
    assert run(twin, 0.0, 0.10) == b""
    assert run(twin, 0.10, 0.11).count(b"P") == 1
    assert run(twin, 0.11, 1.0).endswith(b"*\nToff\n\n")
    assert not twin.cell_on
    assert twin.due_s() is None


def test_z_ends_a_loop_at_once_and_runs_on_finished() -> None:
    twin = emstat()
    twin.feed(EIS, 0.0)
    assert twin.feed(b"Z\n", 0.05) == b"Z\n*\nToff\n\n"
    assert not twin.cell_on
    assert twin.feed(b"Z\n", 0.06) == b"Z!0006\n"


def test_y_ends_the_loop_and_the_script_goes_on() -> None:
    twin = emstat()
    twin.feed(EIS, 0.0)
    assert twin.feed(b"Y\n", 0.05) == b"Y\n*\nToff\n\n"


def test_h_halts_and_capital_h_resumes() -> None:
    twin = emstat()
    twin.feed(EIS, 0.0)
    assert twin.feed(b"h\n", 0.05) == b"h\n"
    assert run(twin, 0.05, 5.0) == b""
    assert twin.cell_on
    assert twin.feed(b"H\n", 5.0) == b"H\n"
    assert run(twin, 5.0, 6.0).endswith(b"*\nToff\n\n")


def test_after_a_runtime_error_nothing_follows_and_the_cell_stays_on() -> None:
    twin = emstat()
    twin.feed(EIS, 0.0)
    twin.potentiostat.fail_with = 0x0032
    assert run(twin, 0.0, 2.0) == b"!0032: Line 8\n"
    assert twin.cell_on
    assert twin.feed(b"e\ncell_off\n\n", 3.0) == b"e\n\n"
    assert not twin.cell_on


def test_it_is_deaf_for_a_while_after_an_error() -> None:
    twin = emstat()
    assert twin.feed(b"x\ni\n", 0.0) == b"x!0003\n"
    assert twin.feed(b"i\n", DEAF_S / 2) == b""
    assert twin.feed(b"i\n", DEAF_S + 0.001) == b"iES4LR00SIM0001\n"


def test_a_busy_instrument_refuses_other_commands() -> None:
    twin = emstat()
    twin.feed(EIS, 0.0)
    assert twin.feed(b"t\n", 0.01) == b"t!0006\n"


def test_a_loaded_script_runs_again_and_again() -> None:
    twin = emstat()
    assert twin.feed(b'l\nsend_string "x"\n\n', 0.0) == b"l\n"
    assert twin.feed(b"r\n", 0.1) == b"r\nTx\n\n"
    assert twin.feed(b"r\n", 0.2) == b"r\nTx\n\n"


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (b"cell_on", b"cell_off", b"!4027: Line 8\n"),
        (b"mode 3", b"mode 9", b"!001B: Line 5\n"),
        (b"mode 3", b"mode 4", b"!0006: Line 8\n"),
        (b"mode 3", b"mode 2", b"!4205: Line 8\n"),  # low speed ends at 100 Hz
        (b"set_e 0", b"set_e 3", b"!000F: Line 6\n"),
        (b" 1k ", b" 1M ", b"!4205: Line 8\n"),
        (b"10m", b"1", b"!4205: Line 8\n"),
    ],
)
def test_what_a_real_one_refuses_while_it_runs(old: bytes, new: bytes, error: bytes) -> None:
    assert emstat(instant=True).feed(EIS.replace(old, new), 0.0) == b"e\n" + error


def test_open_circuit_needs_the_cell_off() -> None:
    script = b"e\nvar p\nset_pgstat_mode 3\ncell_on\nmeas_loop_ocp p 100m 1\nendloop\n\n"
    assert emstat(instant=True).feed(script, 0.0) == b"e\n!4028: Line 4\n"
    assert b"M000B" in emstat(instant=True).feed(script.replace(b"cell_on", b"cell_off"), 0.0)


def test_a_shorted_cell_is_a_critical_overload_and_open_leads_are_underload() -> None:
    twin = emstat(instant=True)
    twin.potentiostat.plant.cell = lambda freq_hz: np.full(len(freq_hz), 0.01 + 0j)
    assert twin.feed(EIS, 0.0).endswith(b"!0032: Line 8\n")
    twin = emstat(instant=True)
    twin.potentiostat.plant.cell = None
    assert b",14," in twin.feed(EIS, 0.0)


COUNTING = (
    b'e\nvar i\nvar p\nstore_var i 1i ja\nloop i <= 3i\nif i == 2i\nsend_string "two"\nelseif i > 2i\n%s\nelse\n'
    b'send_string "one"\nendif\nadd_var i 1i\nendloop\nsend_string "after"\non_finished:\nsend_string "end"\n\n'
)


@pytest.mark.parametrize(
    ("third", "answer"),
    [
        (b"mul_var i 2i", b"e\nL\nTone\nTtwo\n+\nTafter\nTend\n\n"),
        (b"breakloop", b"e\nL\nTone\nTtwo\n+\nTafter\nTend\n\n"),
        (b"abort", b"e\nL\nTone\nTtwo\n+\nTend\n\n"),
        (b"div_var i 0", b"e\nL\nTone\nTtwo\n!4205: Line 8\n"),
    ],
)
def test_a_script_counts_branches_and_breaks(third: bytes, answer: bytes) -> None:
    assert emstat(instant=True).feed(COUNTING % third, 0.0) == answer


def test_a_loop_without_end_is_ended_by_z() -> None:
    twin = emstat()
    assert twin.feed(b'e\nloop 1 == 1\nendloop\non_finished:\nsend_string "end"\n\n', 0.0) == b"e\nL\n"
    assert run(twin, 0.0, 1.0) == b""
    assert twin.feed(b"Z\n", 1.5).endswith(b"Z\n+\nTend\n\n")


HOLD = (
    b"e\nvar p\nvar c\nset_pgstat_mode 6\nset_i 0\ncell_on\nmeas_loop_cp p c 1m 1 3\npck_start\npck_add p\npck_add c\n"
    b"pck_end\nif p >= 2\nabort\nendif\nendloop\non_finished:\ncell_off\n\n"
)


def test_a_current_is_held_and_its_limit_aborts_byte_for_byte() -> None:
    twin = emstat(instant=True, model="es4")
    twin.potentiostat.plant.cell_dc = lambda amp, s: 1500.0 * amp
    one = b"Pab816E360u,10,220;ba80F4240n,10,218\n"
    assert twin.feed(HOLD, 0.0) == b"e\nM000A\n" + 3 * one + b"*\n\n"
    twin.potentiostat.plant.cell_dc = lambda amp, s: 2500.0 * amp
    assert twin.feed(HOLD, 1.0) == b"e\nM000A\nPab82625A0u,10,220;ba80F4240n,10,218\n*\n\n"
    assert not twin.cell_on


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (b"cell_on\n", b"", b"!4027: Line 5\n"),
        (b"mode 6", b"mode 3", b"!0006: Line 6\n"),
        (b"mode 6", b"mode 4", b"!001B: Line 3\n"),  # the EmStat4 has no such mode
        (b" 1m ", b" 300m ", b"!4205: Line 6\n"),
        (b"set_i 0", b"set_i -1", b"!4205: Line 4\n"),
        (b"1 3\n", b"3 1\n", b"!4205: Line 6\n"),
    ],
)
def test_what_a_galvanostat_refuses(old: bytes, new: bytes, error: bytes) -> None:
    assert emstat(instant=True, model="es4").feed(HOLD.replace(old, new), 0.0) == b"e\n" + error


def test_open_leads_drive_a_galvanostat_to_the_end_of_its_scale() -> None:
    twin = emstat(instant=True, model="es4")
    assert twin.feed(HOLD, 0.0) == b"e\nM000A\nPab85B8D80u,12,220;ba80F4240n,10,218\n*\n\n"


def test_the_two_instruments_differ_in_name_ranges_and_galvanostat() -> None:
    assert emstat(model="es4").feed(b"t\n", 0.0) == b"tes4_hr1400#Sep 30 2025 12:00:00\nR*\n"
    assert emstat(instant=True).feed(HOLD, 0.0) == b"e\n!001B: Line 3\n"
    assert b",10,212" in emstat(instant=True, model="es4").feed(EIS, 0.0)


def test_flow_control_and_carriage_returns_are_no_input() -> None:
    assert emstat().feed(b"\x11i\r\x13\n", 0.0) == b"iES4LR00SIM0001\n"


def test_whole_and_byte_by_byte_are_the_same() -> None:
    data = b"t\n" + EIS
    whole, piecewise = emstat(instant=True), emstat(instant=True)
    assert whole.feed(data, 0.0) == b"".join(piecewise.feed(bytes([byte]), 0.0) for byte in data)


@given(st.lists(st.sampled_from([b"e\n", b"l\n", b"r\n", b"\n", b"Z\n", b"h\n", b"H\n", EIS]) | st.binary(max_size=40)))
def test_any_bytes_never_raise(pieces: list[bytes]) -> None:
    twin = emstat()
    for k, piece in enumerate(pieces):
        twin.feed(piece, 0.1 * k)
    twin.feed(b"\n\nZ\nH\nZ\n", 100.0)
    twin.feed(b"\nZ\n", 200.0)
    run(twin, 300.0, 300.1)
    assert twin.feed(b"i\n", 400.0).endswith(b"iES4LR00SIM0001\n")
