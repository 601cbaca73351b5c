"""A file as bytes and as text: what the formats look at. Knows nothing of impedance."""

import re
from dataclasses import dataclass
from functools import cached_property

from adatom.protocol.errors import InputError

MAX_LINES = 300_000  # exports with direct-current rows in between have some 10 000; ten million lines would need 3 GB
MAX_LINE = 20_000  # characters; the widest exports have some 40 columns. Longer lines are no table of an instrument
_ENDS = re.compile(r"\r\n|\r")  # str.splitlines also ends lines at \x85 and \x1c, which stand inside old exports
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x19\x1b-\x1f]")  # \x1a ended DOS text files, \x00 pads some
_LOOK = 10_000  # the bytes by which text is told from binary


@dataclass(frozen=True)
class Source:
    """The bytes of a file and the name that messages give it."""

    where: str
    data: bytes

    @cached_property
    def text(self) -> str:
        """UTF-16, UTF-8, else Latin-1 as older software writes; lines end by a line feed. "" for what is binary."""
        decoded = _ENDS.sub("\n", _decoded(self.data).replace("\x00", "").rstrip("\x1a"))
        return "" if _CONTROL.search(decoded[:_LOOK]) else decoded

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text without their ends. Raises InputError for one beyond all measure."""
        lines = self.text.split("\n")
        if len(lines) > MAX_LINES:
            raise InputError(self.where, f"{len(lines)} lines; at most {MAX_LINES} are read")
        for number, line in enumerate(lines, 1):
            if len(line) > MAX_LINE:
                raise InputError(f"{self.where}, line {number}", f"{len(line)} characters; at most {MAX_LINE} are read")
        return lines


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    wide = _wide(data[:_LOOK])
    if wide:
        return data.decode(wide, errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _wide(head: bytes) -> str:
    """The UTF-16 that the head is in although it has no mark, by every other byte being 0."""
    if len(head) >= 8:
        even, odd = head[0::2], head[1::2]
        if odd.count(0) > 0.7 * len(odd) and even.count(0) < 0.1 * len(even):
            return "utf-16-le"
        if even.count(0) > 0.7 * len(even) and odd.count(0) < 0.1 * len(odd):
            return "utf-16-be"
    return ""
