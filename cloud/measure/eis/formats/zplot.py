"""Scribner ZPlot / ZView .z: with a block of settings up to `End Comments`, or the older short head with titles."""

from adatom.cloud.measure.eis.table import Spectrum, spectrum
from adatom.protocol.errors import InputError

NAME = "ZPlot"
ORDER = 10
COLUMNS = ["Freq(Hz)", "Ampl", "Bias", "Time(Sec)", "Z'(a)", "Z''(b)", "GD", "Err", "Range"]  # fixed by the format


def matches(text: str) -> bool:
    """Whether this is a ZPlot file."""
    head = text[:400].lstrip().lstrip('"').upper()
    return head.startswith(("ZPLOT", "ZVIEW"))


def read(text: str, where: str) -> list[Spectrum]:
    """The one spectrum of the file."""
    lines = text.splitlines()
    start = _head_end(lines)
    if start is None:
        raise InputError(where, "neither a line `End Comments` nor one with the column `Freq(Hz)`; no data was found")
    rows = [(n + 1, _cells(lines[n])) for n in range(start + 1, len(lines)) if lines[n].strip()]
    return [spectrum(rows, COLUMNS, where, {"format": NAME} | _meta(lines[:start]))]


def _head_end(lines: list[str]) -> int | None:
    """The last line before the data: `End Comments` where there is one, else the column names."""
    for mark in ("End Comments", "Freq(Hz)"):
        found = [n for n, line in enumerate(lines) if mark in line]
        if found:
            return found[0]
    return None


def _cells(line: str) -> list[str]:
    """Cells by tab or comma; a decimal comma can only stand in tab-separated files."""
    if "\t" in line:
        return [cell.replace(",", ".") for cell in line.split("\t")]
    return line.split(",") if "," in line else line.split()


def _meta(head: list[str]) -> dict[str, str]:
    pairs = (line.strip().partition(":") for line in head)
    return {key.lower(): value.strip() for key, _, value in pairs if key in ("Date", "Time") and value}
