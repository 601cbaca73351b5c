"""The board's limits: the last good value and the first bad one, flags and codes as they stand on the wire."""

from binascii import crc_hqx

import pytest
from adatom.edge.guardian import CLOCK_WRAP, Guardian, crc16, elapsed_ms, with_crc
from adatom.protocol.seal import arm_seal

from .test_guardian import KEY, armed, board, send


def test_the_crc_of_every_byte_is_the_librarys() -> None:
    for byte in range(256):
        assert crc16(bytes([byte])) == crc_hqx(bytes([byte]), 0xFFFF)
        assert crc16(bytes([7, byte, 200])) == crc_hqx(bytes([7, byte, 200]), 0xFFFF)


def test_the_clock_wraps_at_two_to_the_thirty() -> None:
    assert CLOCK_WRAP == 1 << 30
    assert [elapsed_ms(now, 0) for now in ((1 << 29) - 1, 1 << 29)] == [(1 << 29) - 1, -(1 << 29)]


def test_each_flag_has_its_bit() -> None:
    guardian = Guardian("boot-1", KEY)
    flags = []

    def look() -> None:
        line = guardian.tick(len(flags) * 100) or b""
        flags.append(line.split()[5])

    look()
    guardian.inputs.door_open = False
    look()
    guardian.inputs.button = True
    look()
    guardian.inputs.button = False
    guardian.armed = True
    look()
    guardian.armed, guardian.latched = False, True
    look()
    guardian.latched, guardian.fault = False, "wrong"
    look()
    assert flags == [b"04", b"00", b"08", b"01", b"02", b"10"]


@pytest.mark.parametrize(("after_ms", "reply"), [(10_000, "OK ARM"), (10_001, "ERR 8 needs the button or a seal")])
def test_a_press_is_good_for_ten_seconds(after_ms: int, reply: str) -> None:
    guardian = board()
    send(guardian, "OPEN", 0)
    guardian.inputs.button = True
    guardian.tick(5)
    guardian.inputs.button = False
    assert send(guardian, f"ARM {guardian.nonce}", 5 + after_ms) == reply


def test_a_wrong_crc_stands_before_wrong_letters() -> None:
    assert board().handle(b"\x7f*0000", 0) == with_crc("ERR 1 wrong CRC")


def test_a_fault_that_is_unknown_is_not_begun() -> None:
    guardian = board()
    assert send(guardian, "FAULT burn", 0) == "ERR 10 unsupported"
    assert guardian.fault == "none"


def test_a_press_arms_once() -> None:
    guardian = board()
    send(guardian, "OPEN", 0)
    guardian.inputs.button = True
    guardian.tick(5)
    guardian.inputs.button = False
    guardian.tick(6)
    assert send(guardian, f"ARM {guardian.nonce}", 7) == "OK ARM"
    assert (guardian.armed, guardian.latched) == (True, False)
    send(guardian, "OPEN", 8)
    assert send(guardian, f"ARM {guardian.nonce}", 9) == "ERR 8 needs the button or a seal"


@pytest.mark.parametrize("right", [True, False])
def test_a_nonce_is_good_for_one_try(right: bool) -> None:
    guardian = board()
    nonce = guardian.nonce
    assert send(guardian, f"ARM {nonce if right else '00000000'}", 0).startswith("OK" if right else "ERR 7")
    assert send(guardian, f"ARM {nonce}", 1).startswith("ERR 7")


def test_a_second_burst_begins_with_its_first_pulse() -> None:
    guardian = armed()
    send(guardian, "LEASE gate 1000", 0)
    send(guardian, "PULSE 3 100000", 0)
    assert guardian.pulses_due(50) == 3
    send(guardian, "PULSE 3 10000", 100)
    assert [guardian.pulses_due(now) for now in (100, 200, 300, 400)] == [1, 1, 1, 0]


def test_a_press_is_good_at_once() -> None:
    guardian = board()
    send(guardian, "OPEN", 0)
    guardian.inputs.button = True
    guardian.tick(5)
    guardian.inputs.button = False
    assert send(guardian, f"ARM {guardian.nonce}", 5) == "OK ARM"


def test_open_draws_another_nonce_and_no_burst_number_is_known_after_it() -> None:
    guardian = armed()
    send(guardian, "LEASE gate 1000", 0)
    send(guardian, "PULSE 1 10000 9", 0)
    before = guardian.nonce
    send(guardian, "OPEN", 1)
    assert guardian.nonce != before
    assert send(guardian, "PULSE 1 10000 1", 2) == "ERR 6 gate has no lease"


def test_a_lease_may_be_given_back_by_a_board_that_is_not_armed() -> None:
    assert send(board(), "LEASE gate 0", 0) == "OK LEASE gate 0"
    assert send(board(), "LEASE gate 1", 0) == "ERR 5 not armed"


def test_an_armed_board_refuses_any_fault_alike() -> None:
    assert send(armed(), "FAULT burn", 0) == "ERR 9 refused while armed"


def test_a_pulse_falls_a_millionth_too_late_rather_than_too_early() -> None:
    guardian = armed()
    send(guardian, "LEASE gate 1000", 0)
    send(guardian, "PULSE 2 37037", 0)
    assert [guardian.pulses_due(now) for now in (0, 27, 28)] == [1, 0, 1]  # 27 ms are 0.999999 of a period


def test_a_held_button_permits_until_it_is_let_go_and_then_for_its_time() -> None:
    guardian = board()
    send(guardian, "OPEN", 0)
    guardian.inputs.button = True
    for now in (5, 20_000):
        guardian.tick(now)
    guardian.inputs.button = False
    assert send(guardian, f"ARM {guardian.nonce}", 30_000) == "OK ARM"
    send(guardian, "OPEN", 30_001)
    assert send(guardian, f"ARM {guardian.nonce}", 30_002).startswith("ERR 8")  # one press, one arming


def test_a_press_from_the_future_permits_nothing() -> None:
    guardian = board()
    send(guardian, "OPEN", 0)
    guardian.inputs.button = True
    guardian.tick(500)
    guardian.inputs.button = False
    assert send(guardian, f"ARM {guardian.nonce}", 499).startswith("ERR 8")


def test_a_seal_that_is_wrong_is_not_made_good_by_the_button() -> None:
    guardian = board()
    send(guardian, "OPEN", 0)
    guardian.inputs.button = True
    guardian.tick(1)
    assert send(guardian, f"ARM {guardian.nonce} {'0' * 32}", 2).startswith("ERR 8")
    keyless = board(b"")
    send(keyless, "OPEN", 0)
    assert send(keyless, f"ARM {keyless.nonce} {arm_seal(b'', keyless.nonce)}", 1).startswith("ERR 8")


def test_a_burst_number_is_a_repeat_for_two_seconds() -> None:
    for at, reply in ((1999, "OK PULSE 1 10000"), (2000, "ERR 6 gate has no lease")):
        guardian = armed()
        send(guardian, "LEASE gate 1000", 100)
        assert send(guardian, "PULSE 1 10000 7", 100) == "OK PULSE 1 10000"
        assert send(guardian, "PULSE 1 10000 7", 100 + at) == reply
        assert (guardian.bursts, guardian.burst_size, guardian.pulses) == (1, 1, 1)
    guardian = armed()
    send(guardian, "LEASE gate 1000", 100)
    send(guardian, "PULSE 1 10000 7", 100)
    assert send(guardian, "PULSE 1 10000 7", 100) == "OK PULSE 1 10000"  # in the same millisecond
    assert guardian.bursts == 1
    assert send(guardian, "PULSE 1 10000 7", 99).startswith("ERR 6")  # a clock that went back ends the lease


def test_bursts_without_a_number_are_never_repeats() -> None:
    guardian = armed()
    send(guardian, "LEASE gate 1000", 0)
    for number in range(2):
        assert send(guardian, "PULSE 1 10000", number) == "OK PULSE 1 10000"
    assert guardian.bursts == 2
    send(guardian, "PULSE 1 10000 9", 2)
    send(guardian, "OPEN", 3)
    send(guardian, f"ARM {guardian.nonce} {arm_seal(KEY, guardian.nonce)}", 4)
    assert send(guardian, "PULSE 1 10000 9", 5) == "ERR 6 gate has no lease"  # OPEN forgets the number


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("PULSE 9999 100000 65535", "OK PULSE 9999 100000"),
        ("PULSE 1 100 1", "OK PULSE 1 100"),
        ("PULSE 10000 10000", "ERR 4 must be 1 to 9999"),
        ("PULSE 1 100001", "ERR 4 must be 100 to 100000"),
        ("PULSE 1 100 0", "ERR 4 must be 1 to 65535"),
        ("PULSE 1 100 65536", "ERR 4 must be 1 to 65535"),
        ("PULSE 1", "ERR 2 unknown command"),
        ("PULSE 1 100 1 1", "ERR 2 unknown command"),
        ("LEASE gate 000500", "OK LEASE gate 500"),
        ("LEASE gate 0000500", "ERR 4 must be 0 to 1000"),
        ("LEASE gate 500 1", "ERR 2 unknown command"),
        ("LEASE gate x", "ERR 4 must be 0 to 1000"),
        ("OPEN now", "ERR 2 unknown command"),
        ("STATE now", "ERR 2 unknown command"),
        ("ID now", "ERR 2 unknown command"),
        ("ARM", "ERR 2 unknown command"),
        ("ARM 1 2 3", "ERR 2 unknown command"),
        ("ARM 1", "ERR 7 nonce is not the one shown"),
        ("FAULT", "ERR 2 unknown command"),
        ("FAULT off now", "ERR 2 unknown command"),
        ("", "ERR 2 unknown command"),
        ("\x1f", "ERR 2 not ASCII"),
        ("~", "ERR 2 unknown command"),
        ("\x7f", "ERR 2 not ASCII"),
    ],
)
def test_numbers_and_words_at_their_limits(text: str, reply: str) -> None:
    guardian = armed()
    send(guardian, "LEASE gate 1000", 0)
    assert send(guardian, text, 0) == reply


def test_a_board_that_starts_knows_nothing() -> None:
    guardian = Guardian("boot-1", KEY)
    state = dict(vars(guardian))
    assert vars(state.pop("inputs")) == {"guard_cc": None, "water_cl": None, "cell_cc": None, "reflectance_e4": None,
                                         "door_open": True, "button": False}  # fmt: skip
    assert [state.pop(name) for name in ("boot", "key", "nonces", "fault", "_line")] == ["boot-1", KEY, 1, "none", b""]
    assert state.pop("granted") == state.pop("renewed") == [0, 0, 0]
    assert len(state.pop("nonce")) == 8
    nothing = ("frozen", "_pressed_at", "_status_at")
    assert [state.pop(name) for name in nothing] == [None] * 3
    assert state == dict.fromkeys(("armed", "latched", "pulses", "bursts", "burst_size", "_burst", "_rate_mhz",
                                   "_burst_id", "_burst_at", "_burst_fired", "_due", "_button",
                                   "_overlong"), 0)  # fmt: skip
    latched = Guardian("boot-1", KEY, latched=True)
    assert send(latched, f"ARM {latched.nonce}", 0).startswith("ERR 8")
    assert Guardian("boot-2", KEY).nonce != guardian.nonce


def test_each_output_has_a_lease_of_its_own_to_the_millisecond() -> None:
    for place, output in enumerate(("gate", "contactor", "shutter")):
        guardian = armed()
        send(guardian, f"LEASE {output} 1", 10)
        assert guardian.outputs(10) == tuple(place == other for other in range(3))
        assert guardian.outputs(11) == (False, False, False)
        send(guardian, f"LEASE {output} 300", 20)
        assert send(guardian, f"LEASE {output} 0", 21) == f"OK LEASE {output} 0"
        assert guardian.outputs(21) == (False, False, False)


def test_the_gate_alone_ends_a_burst() -> None:
    guardian = armed()
    for output in ("gate", "contactor", "shutter"):
        send(guardian, f"LEASE {output} 1000", 0)
    send(guardian, "PULSE 100 10000", 0)
    send(guardian, "LEASE contactor 0", 10)
    send(guardian, "LEASE shutter 0", 10)
    assert (guardian.burst_left, guardian.rate_mhz) == (99, 10000)
    send(guardian, "LEASE gate 0", 10)
    assert (guardian.burst_left, guardian.rate_mhz) == (0, 0)
    assert guardian.pulses_due(1000) == 1


@pytest.mark.parametrize(("lease_ms", "pulses"), [(200, 2), (201, 3)])
def test_a_pulse_at_the_leases_end_does_not_fall(lease_ms: int, pulses: int) -> None:
    guardian = armed()
    send(guardian, f"LEASE gate {lease_ms}", 0)
    send(guardian, "PULSE 100 10000", 0)
    assert guardian.pulses_due(900) == pulses
    assert guardian.pulses == pulses


def test_the_second_pulse_falls_after_a_whole_period() -> None:
    guardian = armed()
    send(guardian, "LEASE gate 1000", 0)
    send(guardian, "PULSE 2 7000", 0)
    assert [guardian.pulses_due(now) for now in (0, 142, 143, 900)] == [1, 0, 1, 0]
    assert (guardian.pulses, guardian.burst_size, guardian.bursts) == (2, 2, 1)
    assert send(guardian, "PULSE 1 7000", 901) == "OK PULSE 1 7000"


def test_status_is_due_a_tenth_of_a_second_later_or_when_the_clock_went_back() -> None:
    guardian = board()
    seen = [guardian.tick(now) is not None for now in (1000, 1000, 1099, 1100, 1099, 1198, 1199)]
    assert seen == [True, False, False, True, True, False, True]


def test_a_fault_that_is_refused_changes_nothing() -> None:
    guardian = armed()
    assert send(guardian, "FAULT off", 0).startswith("ERR 9")
    assert guardian.fault == "none"


def test_a_board_that_is_off_or_garbled_says_so_in_its_status_alone() -> None:
    guardian = board()
    sound = guardian.tick(0) or b""
    send(guardian, "FAULT garbage", 0)
    garbled = guardian.tick(100) or b""
    right = with_crc("S 100 0 0 0 10 - - - - 0 0")
    assert sound == with_crc("S 0 0 0 0 00 - - - - 0 0")
    assert garbled == right[:2] + b"?" + right[3:]
    send(guardian, "FAULT off", 101)
    assert guardian.tick(200) is None
    send(guardian, "FAULT none", 201)
    assert guardian.tick(299) is None  # the silent one counted
    assert guardian.tick(300) == with_crc("S 300 0 0 0 00 - - - - 0 0")


def test_identity_and_state_are_told_to_anybody() -> None:
    guardian = Guardian("0123456789abcdefg", KEY)
    assert guardian.handle(b"ID", 0) == with_crc("OK ID adatom-io 1 0123456789abcdef")
    assert guardian.handle(b"STATE", 0) == with_crc("OK STATE idle " + guardian.nonce)
    assert guardian.handle(b"OPEN", 0) == with_crc("OK OPEN")
    assert guardian.handle(b"STATE", 0) == with_crc("OK STATE latched " + guardian.nonce)


def test_a_line_may_be_64_characters_and_have_blanks_around() -> None:
    guardian = board()
    assert guardian.handle(b"  ID \r", 0) == with_crc("OK ID adatom-io 1 boot-1")
    assert guardian.handle(b" \r", 0) == b""
    assert guardian.handle(b"x" * 64, 0) == with_crc("ERR 1 needs a CRC")
    assert guardian.handle(b"x" * 65, 0) == with_crc("ERR 2 longer than 64")
    assert guardian.handle(b" " * 40 + b"x" * 64, 0) == with_crc("ERR 1 needs a CRC")


def test_a_status_tick_looks_at_leases_and_button_though_no_line_is_due() -> None:
    guardian = armed()
    guardian.tick(0)
    send(guardian, "LEASE gate 20", 0)
    assert guardian.tick(50) is None
    assert guardian.granted == [0, 0, 0]
    guardian.inputs.button = True
    assert guardian.tick(60) is None
    assert guardian.latched
