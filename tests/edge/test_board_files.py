"""The files that only boards run: port texts, and the guardian's firmware on pins and a line of paper."""

import sys
from typing import Any

import pytest
from adatom.edge.board.guardian_main import NEEDED, BoardPins, main
from adatom.edge.board.ports import lines_of, uart_of
from adatom.edge.guardian import Guardian, with_crc
from adatom.edge.guardian_turn import GuardianTurn
from adatom.protocol.errors import InputError
from adatom.protocol.seal import arm_seal

KEY = b"k" * 16


def test_a_uart_and_its_lines() -> None:
    assert uart_of("uart:1:tx=4,rx=5") == (1, {"tx": 4, "rx": 5})
    assert uart_of("uart:0:rx=1,tx=0,cts=2") == (0, {"rx": 1, "tx": 0, "cts": 2})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("/dev/ttyS0", "must be uart"),
        ("uart:9:tx=4,rx=5", "must be uart"),
        ("uart:1:", "must be NAME=GPIO"),
        ("uart:1:tx=4", "rx is missing"),
        ("uart:1:tx=4,rx=4", "used twice"),
        ("uart:1:tx=4,rx=49", "0 to 48"),
        ("uart:1:tx=4,tx=5,rx=6", "once"),
        ("uart:1:tx=4,rx=5,x=6", "must be NAME=GPIO"),
    ],
)
def test_a_wrong_port_says_what_is_allowed(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        uart_of(text)


class Pin:
    OUT, IN, PULL_UP = "out", "in", "up"

    def __init__(self, number: int, mode: str, pull: str = "", value: int = 1) -> None:
        PINS[number] = self
        self.state = value
        self.seen = [value]

    def value(self, state: int | None = None) -> int:
        if state is not None:
            self.state = state
            self.seen.append(state)
        return self.state


class Machine:
    Pin = Pin


class Line:
    def __init__(self) -> None:
        self.coming, self.said = b"", b""

    def read(self) -> bytes:
        data, self.coming = self.coming, b""
        return data

    def write(self, data: bytes) -> None:
        self.said += data

    def forget(self) -> None:
        self.coming = b""


PINS: dict[int, Pin] = {}
LINES = {name: number for number, name in enumerate(NEEDED)}


def test_the_firmware_opens_its_pins_when_nobody_renews() -> None:
    guardian, line = Guardian("boot", KEY), Line()
    pins: Any = BoardPins(Machine, LINES, None)
    assert all(pin.state == 0 for number, pin in PINS.items() if number < LINES["door"])
    turn = GuardianTurn(guardian, line, pins)
    turn.step(0)
    assert guardian.inputs.door_open  # the switch closes to ground
    PINS[LINES["door"]].state = 0
    line.coming = with_crc(f"ARM {guardian.nonce} {arm_seal(KEY, guardian.nonce)}") + with_crc("LEASE contactor 500")
    line.coming += with_crc("LEASE gate 500") + with_crc("PULSE 2 20000 7")
    for now in range(1, 120):
        turn.step(now)
    assert not guardian.inputs.door_open
    assert PINS[LINES["contactor"]].state == 1
    assert PINS[LINES["trigger"]].seen.count(1) == 2
    assert PINS[LINES["heartbeat"]].seen.count(1) > 1
    for now in range(120, 600):
        turn.step(now)
    assert PINS[LINES["contactor"]].state == PINS[LINES["gate"]].state == 0
    pins.close()


def test_a_pin_map_names_every_pin_and_the_key_is_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="button is missing"):
        lines_of("gate=2,contactor=3,shutter=4,trigger=5,heartbeat=6,door=7", NEEDED, (), "pins")
    monkeypatch.setitem(sys.modules, "machine", Machine)
    with pytest.raises(InputError, match="fewer than 16"):
        main("gate=2", "ab")
