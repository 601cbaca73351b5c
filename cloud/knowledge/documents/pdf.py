"""PDF files to pages of characters, by a process of its own with limits of time, memory and size.

No file can stop, fill or crash the caller: whatever a PDF is made of, it becomes pages or an InputError.
"""

import importlib.util
import json
import subprocess
import sys
from typing import Any, NamedTuple

from adatom.cloud.knowledge.documents.model import Box
from adatom.protocol.errors import FailedError, InputError

NEEDED = "PDF files need pdfplumber and pypdf: pip install 'adatom[documents]'"
MAX_BYTES = 50_000_000
SECONDS = 120  # of processor for one file; a page takes 0.1 to 1 s
# what pdfminer gives for letters of the font Symbol, which has an encoding of its own
SYMBOL = str.maketrans("abgdehqlmnprstwWDSxyzfc", "αβγδεηθλμνπρστωΩΔΣξψζφχ")


class Char(NamedTuple):
    """One character; sizes in points, `top` and `bottom` from the upper edge of the page."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    font: str


class Ruled(NamedTuple):
    """A table with ruled lines: boxes of its cells, row by row; None where a cell spans others."""

    box: Box
    rows: tuple[tuple[Box | None, ...], ...]


class Page(NamedTuple):
    """One page."""

    number: int
    width: float
    height: float
    chars: tuple[Char, ...]
    tables: tuple[Ruled, ...]


def read_pages(data: bytes, where: str, seconds: int = SECONDS) -> tuple[list[Page], dict[str, str]]:
    """(pages, metadata). Raises InputError(where) for what is no PDF, is encrypted, too large or takes too long."""
    if b"%PDF-" not in data[:1024]:
        raise InputError(where, "is no PDF: it does not begin with %PDF-")
    if len(data) > MAX_BYTES:
        raise InputError(where, f"has {len(data)} bytes; at most {MAX_BYTES} are read")
    for package in ("pdfplumber", "pypdf"):
        if importlib.util.find_spec(package) is None:
            raise FailedError(NEEDED)
    answer = _asked(data, where, seconds)
    if "error" in answer:
        raise InputError(where, str(answer["error"]))
    return pages_of(answer), answer["metadata"]


def _asked(data: bytes, where: str, seconds: int) -> dict[str, Any]:
    command = [sys.executable, "-P", "-m", "adatom.cloud.knowledge.documents.pdf_child", str(seconds)]
    try:
        done = subprocess.run(  # noqa: S603 - our own words alone
            command, input=data, capture_output=True, timeout=3 * seconds + 10, check=False
        )
    except subprocess.TimeoutExpired:
        raise InputError(where, f"was not read within {seconds} s") from None
    if not done.stdout:
        raise InputError(where, f"was not read within {seconds} s of processor, or made the reader end")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def pages_of(answer: dict[str, Any]) -> list[Page]:
    """The pages in what the process answers."""
    fonts = answer["fonts"]
    return [
        Page(
            number, page["width"], page["height"], tuple(_char(char, fonts) for char in page["chars"]),
            tuple(Ruled(_box(box), tuple(tuple(cell and _box(cell) for cell in row) for row in rows))
                  for box, rows in page["tables"]),
        )
        for number, page in enumerate(answer["pages"], 1)
    ]  # fmt: skip


def _char(char: list[Any], fonts: list[str]) -> Char:
    text, x0, top, x1, bottom, size, font = char
    name = fonts[font]
    return Char(text.translate(SYMBOL) if "Symbol" in name else text, x0, top, x1, bottom, size, name)


def _box(four: list[float]) -> Box:
    x0, top, x1, bottom = four
    return x0, top, x1, bottom
