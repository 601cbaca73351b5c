"""Where a guardian process's pins are: the words of --pins, and the bytes of the kernel's GPIO interface.

No GPIO chip exists on a build machine: the structures are held against the kernel's header, the chip itself is not.
"""

import fcntl
import os
import signal
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
from adatom.edge import gpio_pins, guardian_cli, guardian_process
from adatom.edge.folder_lock import FileLock
from adatom.edge.gpio_pins import FLAG_OUTPUT, GET_LINE, GET_VALUES, REQUEST, SET_VALUES, GpioPins, line_request
from adatom.edge.guardian import Inputs
from adatom.edge.guardian_pins import open_pins
from adatom.edge.guardian_process import SerialLink, claim
from adatom.edge.guardian_turn import CONTACTOR, HEARTBEAT
from adatom.protocol.errors import InputError
from typer.testing import CliRunner

GOOD = "gate=17,contactor=27,shutter=22,heartbeat=4,trigger=23,door=5"
HEADER = Path("/usr/include/linux/gpio.h")
PROBE = """
#include <linux/gpio.h>
#include <stdio.h>
#include <stddef.h>
int main() {
  struct gpio_v2_line_request r = {0};
  r.offsets[0] = 17; r.offsets[1] = 4; r.num_lines = 2; r.config.flags = GPIO_V2_LINE_FLAG_OUTPUT;
  snprintf(r.consumer, sizeof r.consumer, "adatom guardian");
  fprintf(stderr, "%lu %lu %lu\\n", (unsigned long)GPIO_V2_GET_LINE_IOCTL,
          (unsigned long)GPIO_V2_LINE_GET_VALUES_IOCTL, (unsigned long)GPIO_V2_LINE_SET_VALUES_IOCTL);
  fwrite(&r, sizeof r, 1, stdout);
  return 0;
}
"""


def command() -> typer.Typer:
    """`adatom edge guardian`, alone."""
    app = typer.Typer()
    app.command()(guardian_cli.guardian)
    return app


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("rig:", "must be rig:DIR or gpio"),
        ("usb:x", "must be rig:DIR or gpio"),
        ("gpio:gpiochip0:gate=17", "contactor, shutter, heartbeat, trigger, door missing"),
        (f"gpio:gpiochip0:{GOOD},gate=3", "each name once"),
        (f"gpio:gpiochip0:{GOOD},lamp=3", "'lamp=3'"),
        (f"gpio:gpiochip0:{GOOD},button=5", "a line stands twice"),
        (f"gpio:gpiochip0:{GOOD},guard=relative", "guard=relative"),
        (f"gpio:no-such-chip:{GOOD}", "/dev/no-such-chip"),
    ],
)
def test_wrong_pins_are_refused(words: str, text: str) -> None:
    with pytest.raises(InputError, match=text):
        open_pins(words)


def test_a_second_guardian_of_a_port_is_refused_while_the_first_one_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guardian_process, "CLAIM_MS", 0)
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # the test runner keeps its own
    path = tmp_path / "io"
    right, link = claim(str(path)), SerialLink(str(path))
    before = path.readlink()
    words = ["--port", str(path), "--pins", f"rig:{tmp_path}"]
    result = CliRunner().invoke(command(), words)
    assert isinstance(result.exception, InputError)
    assert "another guardian serves it" in str(result.exception)
    assert path.readlink() == before
    link.close()
    right.close()
    result = CliRunner().invoke(command(), words)
    assert "no rig with --guardian external runs there" in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_a_guardian_removes_its_own_link_and_no_others(tmp_path: Path) -> None:
    path = tmp_path / "io"
    link = SerialLink(str(path))
    path.unlink()
    path.symlink_to("/dev/null")
    link.close()
    assert path.is_symlink()


def test_a_claim_on_a_device_makes_no_file_and_leaves_the_device(tmp_path: Path) -> None:
    master, slave = os.openpty()
    path = os.ttyname(slave)
    first = claim(path)
    with pytest.raises(InputError, match="another guardian"):
        FileLock(path, "--port", "another guardian", 0)
    first.close()
    assert os.path.exists(path)
    os.close(slave)
    os.close(master)


@pytest.mark.skipif(not HEADER.exists(), reason="needs linux/gpio.h and a C compiler")
def test_the_request_is_the_kernels_structure(tmp_path: Path) -> None:
    source = tmp_path / "probe.c"
    source.write_text(PROBE)
    subprocess.run(["cc", "-o", tmp_path / "probe", source], check=True)
    shown = subprocess.run([tmp_path / "probe"], capture_output=True, check=True)
    assert [int(word) for word in shown.stderr.split()] == [GET_LINE, GET_VALUES, SET_VALUES]
    assert shown.stdout == line_request([17, 4], FLAG_OUTPUT)


class Chip:
    """A GPIO chip at the level of its ioctl calls."""

    def __init__(self) -> None:
        self.requested: list[tuple[list[int], int]] = []
        self.levels = 3  # of the inputs: pulled up
        self.out = 0

    def ioctl(self, fd: int, number: int, data: bytes) -> bytes:
        if number == GET_LINE:
            fields = struct.unpack(REQUEST, data)
            self.requested.append((list(fields[: fields[-8]]), fields[65]))
            return data[:-4] + struct.pack("<i", 100 + len(self.requested))
        bits, mask = struct.unpack("<QQ", data)
        if number == SET_VALUES:
            assert fd == 101
            self.out = self.out & ~mask | bits
            return data
        assert (number, fd) == (GET_VALUES, 102)
        return struct.pack("<QQ", self.levels & mask, mask)


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch) -> Chip:
    one = Chip()
    monkeypatch.setattr(fcntl, "ioctl", one.ioctl)
    monkeypatch.setattr(gpio_pins.os, "close", lambda fd: None)
    return one


def test_lines_are_asked_for_driven_and_read(chip: Chip, tmp_path: Path) -> None:
    (tmp_path / "temp1_input").write_text("345678\n")
    pins: Any = open_pins(f"gpio:/dev/null:{GOOD},button=6,guard={tmp_path}/temp1_input,water={tmp_path}/none")
    assert isinstance(pins, GpioPins)
    assert [offsets for offsets, _ in chip.requested] == [[17, 27, 22, 4, 23], [5, 6]]
    pins.drive(CONTACTOR | HEARTBEAT, True, 0)
    assert chip.out == 0b11010
    pins.drive(CONTACTOR, False, 1)
    assert chip.out == 0b00010
    seen = Inputs()
    pins.sense(seen, 0)
    assert (seen.door_open, seen.button, seen.guard_cc, seen.water_cl) == (True, False, 34568, None)
    chip.levels = 0  # door closed, button pressed
    pins.sense(seen, 10)
    assert (seen.door_open, seen.button) == (False, True)
    pins.close()
    assert chip.out == 0
