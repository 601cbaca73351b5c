"""A process that takes the characters and the ruled tables out of a PDF: bytes in, JSON out, memory and time bounded.

Apart, because a file made to harm can keep a parser busy without end or fill the memory. Run by pdf.py.
"""

import json
import resource
import sys
import warnings
from io import BytesIO
from typing import Any

MAX_MEMORY = 2 << 30  # bytes of address space
MAX_PAGES = 300
MAX_CHARS = 2_000_000  # of the whole document; a dense page has 10 000
MAX_LINES = 3_000  # ruled lines of one page; drawings have more, and no table is sought in them
MAX_CELLS = 2_000  # of one table
MAX_STREAM = 64 << 20  # bytes that a compressed stream may unpack to


class RefusedError(Exception):
    """What the user is told of the file."""


def main() -> None:
    """Read a PDF from standard input; print one JSON object: the pages, or {"error": ...}."""
    seconds = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    warnings.simplefilter("ignore")
    out, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no answer
    try:
        answer = extract(sys.stdin.buffer.read())
    except RefusedError as error:
        answer = {"error": str(error)}
    except BaseException as error:  # whatever a damaged file makes of a parser, memory and depth too
        answer = {"error": f"cannot be read ({type(error).__name__}: {str(error)[:150]})"}
    out.write(json.dumps(answer))


def extract(data: bytes) -> dict[str, Any]:
    """{pages: [{width, height, chars, tables}], fonts, metadata}. Raises RefusedError, and whatever the parsers raise.

    A character is [text, x0, top, x1, bottom, size, font]; a table is [box, rows of cells' boxes or null].
    """
    import pdfplumber
    import pypdf

    _bound_streams()
    first = pypdf.PdfReader(BytesIO(data), strict=False)
    if first.is_encrypted and not first.decrypt(""):
        raise RefusedError("is encrypted: a password would be needed")
    if len(first.pages) > MAX_PAGES:
        raise RefusedError(f"has {len(first.pages)} pages; at most {MAX_PAGES} are read")
    fonts: dict[str, int] = {}
    pages: list[dict[str, Any]] = []
    left = MAX_CHARS
    with pdfplumber.open(BytesIO(data)) as document:
        for page in document.pages:
            pages.append(_page(page, fonts, left))
            left -= len(pages[-1]["chars"])
            page.close()
        metadata = {str(k): str(v)[:500] for k, v in list((document.metadata or {}).items())[:30]}
    return {"pages": pages, "fonts": list(fonts), "metadata": metadata}


def _page(page: Any, fonts: dict[str, int], left: int) -> dict[str, Any]:
    if len(page.chars) > left:
        raise RefusedError(f"has more than {MAX_CHARS} characters")
    chars = []
    for char in page.chars:
        if char.get("upright", True) and len(char["text"]) <= 8:
            place = [round(float(char[name]), 2) for name in ("x0", "top", "x1", "bottom", "size")]
            chars.append([char["text"], *place, fonts.setdefault(str(char["fontname"])[:80], len(fonts))])
    return {"width": float(page.width), "height": float(page.height), "chars": chars, "tables": _tables(page)}


def _tables(page: Any) -> list[list[Any]]:
    """Tables with ruled lines; those without are found by their gaps, elsewhere."""
    if not 0 < len(page.edges) <= MAX_LINES:
        return []
    return [
        [[round(float(x), 2) for x in table.bbox],
         [[cell and [round(float(x), 2) for x in cell] for cell in row.cells] for row in table.rows]]
        for table in page.find_tables() if len(table.cells) <= MAX_CELLS
    ]  # fmt: skip


def _bound_streams() -> None:
    """Make pdfminer unpack no stream beyond MAX_STREAM: kilobytes can hold gigabytes."""
    import zlib

    from pdfminer import pdftypes

    class Bounded:
        error = zlib.error
        decompressobj = staticmethod(zlib.decompressobj)

        @staticmethod
        def decompress(data: bytes) -> bytes:
            unpacker = zlib.decompressobj()
            found = unpacker.decompress(data, MAX_STREAM)
            if unpacker.unconsumed_tail:
                raise RefusedError(f"holds a stream that unpacks to more than {MAX_STREAM >> 20} MB")
            if not unpacker.eof:
                raise zlib.error("incomplete or truncated stream")
            return found

    vars(pdftypes)["zlib"] = Bounded


if __name__ == "__main__":
    main()
