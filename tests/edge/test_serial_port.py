"""A serial line on a real pseudo-terminal: bytes both ways, refused frames, unplugging and coming back."""

import os
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
from adatom.edge.drivers.alicat import Alicat
from adatom.edge.drivers.lakeshore336 import Lakeshore336
from adatom.edge.serial_port import REOPEN_MS, SerialPort


class Line:
    """The instrument's end of a pseudo-terminal, linked at a path that stays the same."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self.master = self.slave = -1
        self.plug()

    def plug(self) -> None:
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        os.set_blocking(self.master, False)
        self.link.symlink_to(os.ttyname(self.slave))

    def unplug(self) -> None:
        self.link.unlink()
        os.close(self.master)
        os.close(self.slave)

    def read(self) -> bytes:
        try:
            return os.read(self.master, 4096)
        except BlockingIOError:
            return b""


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    one = Line(tmp_path / "mfc")
    yield one
    if one.link.is_symlink():
        one.unplug()


def test_requests_leave_and_replies_arrive(line: Line) -> None:
    driver = Alicat()
    port = SerialPort(str(line.link), driver)
    for now in range(0, 200, 10):
        port.service(now)
    assert line.read()
    before = driver.errors
    os.write(line.master, b"\xffgarbage\r")
    port.service(300)
    assert driver.errors >= before
    port.close()
    assert port.fileno() == -1


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_refused_frame_is_opened_as_8n1(line: Line) -> None:
    port = SerialPort(str(line.link), Lakeshore336())
    for now in range(0, 200, 10):
        port.service(now)
    assert port.fileno() >= 0
    assert line.read() == b"*IDN?\n"
    port.close()


def test_a_line_that_is_gone_is_told_and_tried_again_each_second(line: Line) -> None:
    driver = Alicat()
    port = SerialPort(str(line.link), driver)
    port.service(0)
    assert port.fileno() >= 0
    line.unplug()
    for now in range(10, 2000, 10):
        port.service(now)
    assert port.fileno() == -1
    assert str(line.link) in driver.last_error
    line.plug()
    for now in range(2000, 2000 + 2 * REOPEN_MS, 10):
        port.service(now)
    assert port.fileno() >= 0
    assert line.read()
    port.close()


def test_a_path_that_does_not_exist_is_no_crash(tmp_path: Path) -> None:
    driver = Alicat()
    port = SerialPort(str(tmp_path / "nothing"), driver)
    port.service(0)
    assert port.fileno() == -1
    assert "nothing" in driver.last_error
