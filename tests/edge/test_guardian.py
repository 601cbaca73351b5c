"""The board's core: what it accepts, what silence does, and that nothing is energised without a live lease."""

import hypothesis.strategies as st
import pytest
from adatom.edge.guardian import (
    CLOCK_WRAP,
    LINE_MAX,
    OUTPUTS,
    Guardian,
    crc16,
    elapsed_ms,
    with_crc,
)
from adatom.protocol.seal import arm_seal
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

KEY = b"key of the board, 24 byt"


def board(key: bytes = KEY) -> Guardian:
    guardian = Guardian("boot-1", key)
    guardian.inputs.door_open = False
    return guardian


def send(guardian: Guardian, text: str, now_ms: int) -> str:
    """The reply's text without its CRC, which is checked."""
    reply = guardian.feed(with_crc(text), now_ms)
    body, _, tail = reply.rstrip(b"\n").partition(b"*")
    assert tail == b"%04X" % crc16(body)
    assert reply.endswith(b"\n")
    assert len(reply) <= LINE_MAX + 1
    return body.decode()


def armed(key: bytes = KEY) -> Guardian:
    guardian = board(key)
    assert send(guardian, f"ARM {guardian.nonce}", 0) == "OK ARM"
    return guardian


def test_the_crc_is_ccitt_false() -> None:
    assert crc16(b"123456789") == 0x29B1


def test_elapsed_survives_the_wrap_of_a_boards_clock() -> None:
    assert elapsed_ms(5, CLOCK_WRAP - 5) == 10
    assert elapsed_ms(CLOCK_WRAP - 5, 5) == -10
    assert elapsed_ms(CLOCK_WRAP + 5, CLOCK_WRAP - 5) == 10  # Linux counts on


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("LEASE gate 500", "OK LEASE gate 500"),
        ("LEASE gate 1000", "OK LEASE gate 1000"),
        ("LEASE gate 1001", "ERR 4 must be 0 to 1000"),
        ("LEASE gate -1", "ERR 4 must be 0 to 1000"),
        ("LEASE gate 0", "OK LEASE gate 0"),
        ("LEASE laser 500", "ERR 3 unknown output"),
        ("LEASE gate", "ERR 2 unknown command"),
        ("PULSE 10 10000", "ERR 6 gate has no lease"),
        ("PULSE 0 10000", "ERR 4 must be 1 to 9999"),
        ("PULSE 10 99", "ERR 4 must be 100 to 100000"),
        ("FAULT off", "ERR 9 refused while armed"),
        ("FIRE", "ERR 2 unknown command"),
        ("ID", "OK ID adatom-io 1 boot-1"),
    ],
)
def test_command_and_reply_of_an_armed_board(text: str, reply: str) -> None:
    assert send(armed(), text, 0) == reply


def test_a_board_starts_open_and_takes_no_lease_before_arm() -> None:
    guardian = board()
    assert guardian.outputs(0) == (False, False, False)
    assert send(guardian, "LEASE contactor 500", 0) == "ERR 5 not armed"
    assert send(guardian, "ARM 00000000", 0).startswith("ERR 7")
    assert send(guardian, f"ARM {guardian.nonce}", 0) == "OK ARM"
    assert send(guardian, "LEASE contactor 500", 0) == "OK LEASE contactor 500"
    assert guardian.outputs(0) == (False, True, False)


def test_silence_opens_and_a_renewal_keeps() -> None:
    guardian = armed()
    send(guardian, "LEASE contactor 500", 0)
    send(guardian, "LEASE contactor 500", 400)
    assert guardian.outputs(899) == (False, True, False)
    assert guardian.outputs(900) == (False, False, False)
    assert guardian.outputs(100) == (False, False, False)  # a clock that goes back revives nothing


def test_open_needs_no_crc_and_latches_until_button_or_seal() -> None:
    guardian = armed()
    send(guardian, "LEASE gate 500", 0)
    assert guardian.handle(b"OPEN", 1).startswith(b"OK OPEN*")
    assert guardian.outputs(1) == (False, False, False)
    assert send(guardian, "LEASE gate 500", 2) == "ERR 5 latched"
    assert send(guardian, f"ARM {guardian.nonce}", 3) == "ERR 8 needs the button or a seal"
    nonce = guardian.nonce
    assert send(guardian, f"ARM {nonce} {arm_seal(b'another key, 16 by', nonce)}", 4).startswith("ERR 8")
    nonce = guardian.nonce
    assert send(guardian, f"ARM {nonce} {arm_seal(KEY, nonce)}", 5) == "OK ARM"
    send(guardian, "OPEN", 6)
    guardian.inputs.button = True
    guardian.tick(7)
    guardian.inputs.button = False
    assert send(guardian, f"ARM {guardian.nonce}", 10_000) == "OK ARM"


def test_the_button_is_a_local_stop_and_that_press_permits_nothing() -> None:
    guardian = armed()
    send(guardian, "LEASE contactor 500", 0)
    guardian.inputs.button = True
    assert guardian.outputs(1) == (False, False, False)
    assert guardian.latched
    assert send(guardian, f"ARM {guardian.nonce}", 2) == "ERR 8 needs the button or a seal"
    guardian.inputs.button = False
    guardian.tick(3)
    guardian.inputs.button = True  # a second press
    guardian.tick(4)
    assert send(guardian, f"ARM {guardian.nonce}", 5) == "OK ARM"
    assert send(guardian, "LEASE contactor 500", 6) == "OK LEASE contactor 500"
    assert guardian.outputs(7) == (False, True, False)  # still held: no stop
    guardian.inputs.button = False
    guardian.tick(8)
    assert guardian.outputs(9) == (False, True, False)


def test_a_seal_serves_once_and_the_button_not_for_ever() -> None:
    guardian = armed()
    send(guardian, "OPEN", 0)
    seal = f"ARM {guardian.nonce} {arm_seal(KEY, guardian.nonce)}"
    assert send(guardian, seal, 0) == "OK ARM"
    send(guardian, "OPEN", 1)
    assert send(guardian, seal, 2).startswith("ERR 7")
    guardian.inputs.button = True
    guardian.tick(3)
    guardian.inputs.button = False
    assert send(guardian, f"ARM {guardian.nonce}", 10_004).startswith("ERR 8")


def test_commands_that_energise_need_a_right_crc() -> None:
    guardian = armed()
    assert guardian.handle(b"LEASE gate 500", 0).startswith(b"ERR 1 needs a CRC*")
    assert guardian.handle(b"LEASE gate 500*0000", 0).startswith(b"ERR 1 wrong CRC*")
    assert guardian.outputs(0) == (False, False, False)


def test_a_burst_fires_at_its_rate_and_ends() -> None:
    guardian = armed()
    send(guardian, "LEASE gate 1000", 0)
    assert send(guardian, "PULSE 3 10000", 0) == "OK PULSE 3 10000"
    fired = [(now, guardian.pulses_due(now)) for now in range(0, 400, 50)]
    assert fired == [(0, 1), (50, 0), (100, 1), (150, 0), (200, 1), (250, 0), (300, 0), (350, 0)]
    assert guardian.burst_left == 0


def test_a_burst_stops_with_its_lease_and_does_not_go_on_after_a_renewal() -> None:
    guardian = armed()
    send(guardian, "LEASE gate 250", 0)
    send(guardian, "PULSE 100 10000", 0)
    send(guardian, "LEASE gate 250", 600)  # nobody looked in between
    assert guardian.pulses_due(600) == 3  # at 0, 100 and 200 ms
    assert guardian.pulses_due(800) == 0
    assert guardian.outputs(800)[0]


def test_open_stops_a_burst_at_once() -> None:
    guardian = armed()
    send(guardian, "LEASE gate 1000", 0)
    send(guardian, "PULSE 100 10000", 0)
    guardian.pulses_due(150)
    send(guardian, "OPEN", 199)
    assert guardian.pulses_due(900) == 0


def test_a_repeated_burst_number_fires_once_and_a_running_burst_refuses_another() -> None:
    guardian = armed()
    send(guardian, "LEASE gate 1000", 0)
    assert send(guardian, "PULSE 5 10000 7", 0) == "OK PULSE 5 10000"
    assert send(guardian, "PULSE 5 10000 7", 50) == "OK PULSE 5 10000"
    assert send(guardian, "PULSE 5 10000 8", 60) == "ERR 11 4 pulses to go"
    assert guardian.pulses_due(900) == 5


def test_the_status_line_comes_each_100_ms_and_fits() -> None:
    guardian = armed()
    guardian.inputs.guard_cc = -27315
    guardian.inputs.water_cl = 400
    guardian.inputs.cell_cc = 2500
    guardian.inputs.reflectance_e4 = 9999
    send(guardian, "LEASE shutter 995", 12_345_600)
    line = guardian.tick(12_345_600)
    assert line == with_crc("S 345600 0 0 100 01 -27315 400 9999 2500 0 0")
    assert guardian.tick(12_345_699) is None
    guardian.pulses = 9_999_999
    assert len(guardian.tick(12_345_700) or b"") <= LINE_MAX + 1


def test_the_longest_status_line_is_64_characters() -> None:
    guardian = armed()
    guardian.inputs.guard_cc, guardian.inputs.water_cl = 137200, 9999
    guardian.inputs.cell_cc, guardian.inputs.reflectance_e4 = 99999, 9999
    guardian.pulses = 9_989_999
    for output in OUTPUTS:
        send(guardian, f"LEASE {output} 1000", 999_999)
    send(guardian, "PULSE 9999 100", 999_999)
    line = guardian.tick(999_999) or b""
    assert len(line) <= LINE_MAX + 1


def test_a_missing_sensor_is_a_dash_and_an_unread_door_counts_as_open() -> None:
    guardian = Guardian("boot-1")
    assert guardian.tick(0) == with_crc("S 0 0 0 0 04 - - - - 0 0")


@pytest.mark.parametrize("kind", ["slow", "delayed", "intermittent", "", "burn"])
def test_unsupported_faults_say_so(kind: str) -> None:
    assert send(board(), f"FAULT {kind}x", 0) == "ERR 10 unsupported"


def test_faults_change_what_is_told_and_never_the_outputs() -> None:
    guardian = board()
    guardian.inputs.guard_cc = 2200
    healthy = guardian.tick(0) or b""
    assert send(guardian, "FAULT wrong", 1) == "OK FAULT wrong"
    assert b" 12200 " in (guardian.tick(100) or b"")
    send(guardian, "FAULT garbage", 101)
    body, _, tail = (guardian.tick(200) or b"").strip().partition(b"*")
    assert tail != b"%04X" % crc16(body)
    send(guardian, "FAULT stuck", 201)
    guardian.inputs.guard_cc = 5000
    assert b" 2200 " in (guardian.tick(300) or b"")
    send(guardian, "FAULT off", 301)
    assert guardian.tick(400) is None
    send(guardian, "FAULT none", 401)
    assert len(guardian.tick(500) or b"") == len(healthy) + 2


def test_lines_may_come_in_pieces_and_overlong_ones_are_refused() -> None:
    whole, piecewise = armed(), armed()
    data = with_crc("LEASE gate 500") + b"x" * 70 + b"\n\r\n" + b"y" * 65 + b"\n" + b"ID\r\nSTATE\n"
    assert whole.feed(data, 0) == b"".join(piecewise.feed(bytes([byte]), 0) for byte in data)
    assert whole.feed(b"z" * 1000 + b"\n", 0).startswith(b"ERR 2 longer than 64*")


@given(st.binary(max_size=300))
def test_any_bytes_never_raise_and_the_board_recovers(data: bytes) -> None:
    guardian = armed()
    guardian.feed(data, 0)
    assert guardian.outputs(0) == (False, False, False)
    assert guardian.feed(b"\n" + b"ID\n", 0).endswith(with_crc("OK ID adatom-io 1 boot-1"))


class Board(RuleBasedStateMachine):
    """Any sequence of commands, garbage, damaged lines and time, against a model of leases kept beside it."""

    @initialize(start=st.integers(0, CLOCK_WRAP - 1))
    def boot(self, start: int) -> None:
        self.guardian = board()
        self.time = start  # wraps on the way when it starts near the end
        self.expiry = dict.fromkeys(OUTPUTS, -1)
        assert send(self.guardian, f"ARM {self.guardian.nonce}", self.now) == "OK ARM"
        self.armed = True
        self.latched = False
        self.pressed = -(10**9)

    @property
    def now(self) -> int:
        return self.time % CLOCK_WRAP

    @rule(step=st.integers(0, 1500))
    def wait(self, step: int) -> None:
        self.time += step
        self.guardian.tick(self.now)

    @rule(step=st.integers(0, 1500))
    def wait_unseen(self, step: int) -> None:
        self.time += step

    @rule(output=st.sampled_from(OUTPUTS), lease=st.integers(0, 1100))
    def lease(self, output: str, lease: int) -> None:
        reply = send(self.guardian, f"LEASE {output} {lease}", self.now)
        assert reply.startswith("OK") == (lease <= 1000 and (self.armed or lease == 0))
        if reply.startswith("OK"):
            self.expiry[output] = self.time + lease

    @rule(output=st.sampled_from(OUTPUTS), place=st.integers(0, 18), bit=st.integers(0, 6))
    def damaged_lease(self, output: str, place: int, bit: int) -> None:
        line = bytearray(with_crc(f"LEASE {output} 900"))
        line[place] ^= 1 << bit
        for reply in self.guardian.feed(bytes(line) + b"\n", self.now).split(b"\n"):
            assert not reply.startswith(b"OK LEASE")

    @rule(pulses=st.integers(1, 50), rate=st.integers(100, 50_000))
    def pulse(self, pulses: int, rate: int) -> None:
        reply = send(self.guardian, f"PULSE {pulses} {rate}", self.now)
        assert not reply.startswith("OK") or self.expiry["gate"] > self.time

    @rule(junk=st.binary(max_size=80))
    def garbage(self, junk: bytes) -> None:
        self.guardian.feed(junk + b"\n", self.now)
        if b"OPEN" in junk:
            self.armed, self.latched = self.guardian.armed, self.guardian.latched

    @rule()
    def open(self) -> None:
        assert send(self.guardian, "OPEN", self.now) == "OK OPEN"
        self.armed, self.latched = False, True
        self.expiry = dict.fromkeys(OUTPUTS, -1)

    @rule()
    def press(self) -> None:
        self.guardian.inputs.button = True
        self.guardian.tick(self.now)
        self.guardian.inputs.button = False
        if self.armed:  # a stop
            self.armed, self.latched = False, True
            self.expiry = dict.fromkeys(OUTPUTS, -1)
        else:
            self.pressed = self.time

    @rule(right=st.booleans(), sealed=st.sampled_from(["", "good", "bad"]))
    def arm(self, right: bool, sealed: str) -> None:
        nonce = self.guardian.nonce if right else "00000000"
        seal = {"": "", "good": " " + arm_seal(KEY, nonce), "bad": " " + "0" * 32}[sealed]
        reply = send(self.guardian, f"ARM {nonce}{seal}", self.now)
        pressed = sealed == "" and self.time - self.pressed <= 10_000
        assert reply.startswith("OK") == (right and (not self.latched or sealed == "good" or pressed))
        if reply == "OK ARM":
            self.armed, self.latched, self.pressed = True, False, -(10**9)

    @rule(kind=st.sampled_from(["off", "stuck", "garbage", "wrong", "none"]))
    def fault(self, kind: str) -> None:
        assert send(self.guardian, f"FAULT {kind}", self.now).startswith("OK") == (not self.armed)

    @invariant()
    def only_live_leases_energise(self) -> None:
        outputs = self.guardian.outputs(self.now)
        for output, is_on in zip(OUTPUTS, outputs, strict=True):
            assert is_on == (self.expiry[output] > self.time)
            assert self.armed or not is_on

    @invariant()
    def no_pulse_without_a_gate(self) -> None:
        self.guardian.pulses_due(self.now)
        if self.expiry["gate"] <= self.time:
            assert self.guardian.burst_left == 0  # what is not there cannot be fired later


TestBoard = Board.TestCase
TestBoard.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)
