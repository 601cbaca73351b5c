"""VAMAS files (ISO 14976) as surface analysers write them: bytes in, header and blocks out, errors with their line.

The format is a list of lines whose meaning follows from their order; which of them are there depends on the experiment
mode, the scan mode and the technique. The order stands in ITEMS. It knows nothing of files, folders or what a spectrum
is for. Here because the edge and whoever analyses a file at a desk read it alike. CPython only: no board takes files.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from adatom.protocol.errors import ProtocolError

FORMAT = "VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4"
END = "end of experiment"
UNKNOWN = 1e37  # the standard's number for "not known", in either sign
EXPERIMENT_MODES = ("MAP", "MAPDP", "MAPSV", "MAPSVDP", "NORM", "SDP", "SDPSV", "SEM", "NOEXP")
SCAN_MODES = ("REGULAR", "IRREGULAR", "MAPPING")
TECHNIQUES = ("AES diff", "AES dir", "EDX", "ELS", "FABMS", "FABMS energy spec", "ISS", "SIMS", "SIMS energy spec",
              "SNMS", "SNMS energy spec", "UPS", "XPS", "XRF")  # fmt: skip
SPUTTERED = ("FABMS", "FABMS energy spec", "ISS", "SIMS", "SIMS energy spec", "SNMS", "SNMS energy spec")
PROFILED = ("AES diff", "AES dir", "EDX", "ELS", "UPS", "XPS", "XRF")
ITEM_COUNT = 40  # numbered items of a block, the ones that a list may leave out
MAX_LINE = 2000  # K: the standard says 80, comments of real files are longer
MAX_BLOCKS = 4096  # K
MAX_LIST = 1000  # K: comment lines, variables, parameters
MAX_ORDINATES = 1_000_000  # K: of one block
NUMBER = re.compile(r"[+-]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eEdD][+-]?[0-9]+)?\Z")  # a comma: German programs

Fields = dict[str, Any]


@dataclass(frozen=True)
class Header:
    """What stands before the blocks. `items` are the numbers of the block items that follow only in the first block."""

    institution: str
    instrument: str
    operator: str
    experiment: str
    comment: str
    experiment_mode: str
    scan_mode: str
    variables: tuple[tuple[str, str], ...]  # (label, unit) of the experimental variables
    left_out: frozenset[int]
    manual: tuple[int, ...]
    future: tuple[str, ...]
    future_in_block: int
    blocks: int


@dataclass(frozen=True)
class Block:
    """One spectrum. `fields` by name as in ITEMS; `columns` are [(label, unit, values)] of equal length."""

    identifier: str
    sample: str
    line: int  # where it begins
    fields: Fields = field(default_factory=dict)
    columns: tuple[tuple[str, str, list[float]], ...] = ()


def parse(data: bytes) -> tuple[Header, list[Block]]:
    """The header and the blocks of a file. ProtocolError, naming the line, for anything that is not one."""
    lines = Lines(data)
    header = _header(lines)
    blocks: list[Block] = []
    for _ in range(header.blocks):
        blocks.append(_block(lines, header, blocks[0] if blocks else None))
    lines.end()
    return header, blocks


class Lines:
    """The lines of a file, read in order; every reader says what was expected where."""

    def __init__(self, data: bytes) -> None:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("latin-1")
        self.lines = text.split("\n")
        self.at = 0

    def text(self, what: str) -> str:
        """The next line, without blanks at its ends."""
        if self.at >= len(self.lines) or (self.at == len(self.lines) - 1 and not self.lines[self.at]):
            raise ProtocolError(f"line {self.at + 1}: the file ends where {what} must come")
        line = self.lines[self.at].strip()
        self.at += 1
        if len(line) > MAX_LINE:
            raise self.wrong(what, line, f"a line of at most {MAX_LINE} characters")
        return line

    def choice(self, what: str, allowed: tuple[str, ...]) -> str:
        """The next line, one of the allowed words (whatever their case)."""
        line = self.text(what)
        for word in allowed:
            if line.lower() == word.lower():
                return word
        raise self.wrong(what, line, "one of " + ", ".join(allowed))

    def number(self, what: str) -> float | None:
        """The next line as a number; None for the standard's "not known"."""
        line = self.text(what)
        if not NUMBER.match(line):
            raise self.wrong(what, line, "a number")
        value = float(line.lower().replace("d", "e").replace(",", "."))
        if not abs(value) < 1e300:
            raise self.wrong(what, line, "a number below 1e300")
        return None if abs(value) >= UNKNOWN else value

    def whole(self, what: str, low: int, high: int) -> int:
        """The next line as a whole number in a range."""
        line = self.text(what)
        value = float(line.replace(",", ".")) if NUMBER.match(line) and "d" not in line.lower() else 0.5
        if value != value // 1 or not low <= value <= high:
            raise self.wrong(what, line, f"a whole number in {low} to {high}")
        return int(value)

    def end(self) -> None:
        """Nothing may follow but the terminator and empty lines."""
        while self.at < len(self.lines) and not self.lines[self.at].strip():
            self.at += 1
        if self.at < len(self.lines):
            line = self.text("the terminator")
            if line.lower() != END:
                raise self.wrong("after the last block", line, repr(END))

    def wrong(self, what: str, line: str, must: str) -> ProtocolError:
        """The error for the line just read."""
        return ProtocolError(f"line {self.at}: {what} is {line[:60]!r}: must be {must}")


def _header(lines: Lines) -> Header:
    first = lines.text("the format identifier")
    if " ".join(first.split()).lower() != FORMAT.lower():
        raise lines.wrong("the format identifier", first, repr(FORMAT))
    names = [lines.text(what) for what in ("the institution", "the instrument", "the operator", "the experiment")]
    comment = _texts(lines, "comment lines", "a comment line")
    mode = lines.choice("the experiment mode", EXPERIMENT_MODES)
    scan = lines.choice("the scan mode", SCAN_MODES)
    if mode in ("MAP", "MAPDP", "NORM", "SDP"):
        lines.whole("the number of spectral regions", 0, MAX_BLOCKS)
    if mode in ("MAP", "MAPDP"):
        for what in ("analysis positions", "x coordinates", "y coordinates"):
            lines.whole(f"the number of {what}", 0, MAX_ORDINATES)
    count = lines.whole("the number of experimental variables", 0, MAX_LIST)
    variables = tuple((lines.text("a variable's label"), lines.text("a variable's unit")) for _ in range(count))
    left_out = _left_out(lines)
    count = lines.whole("the number of manually entered items", 0, ITEM_COUNT)
    manual = tuple(lines.whole("a manually entered item", 1, ITEM_COUNT) for _ in range(count))
    count = lines.whole("the number of future upgrade experiment entries", 0, MAX_LIST)
    in_block = lines.whole("the number of future upgrade block entries", 0, MAX_LIST)
    future = tuple(lines.text("a future upgrade experiment entry") for _ in range(count))
    blocks = lines.whole("the number of blocks", 1, MAX_BLOCKS)
    return Header(names[0], names[1], names[2], names[3], comment, mode, scan, variables, left_out, manual, future,
                  in_block, blocks)  # fmt: skip


def _texts(lines: Lines, counted: str, each: str) -> str:
    count = lines.whole(f"the number of {counted}", 0, MAX_LIST)
    return "\n".join(lines.text(each) for _ in range(count))


def _left_out(lines: Lines) -> frozenset[int]:
    """The items that blocks after the first one leave out: a positive count lists what is in, a negative one what is
    out."""
    what = "the number of entries in the inclusion or exclusion list"
    count = lines.whole(what, -ITEM_COUNT, ITEM_COUNT)
    listed = frozenset(lines.whole("an entry of the inclusion or exclusion list", 1, ITEM_COUNT)
                       for _ in range(abs(count)))  # fmt: skip
    return frozenset(range(1, ITEM_COUNT + 1)) - listed if count > 0 else listed


# --- blocks ----------------------------------------------------------------------------------------------------
def _block(lines: Lines, header: Header, first: Block | None) -> Block:
    line = lines.at + 1
    identifier, sample = lines.text("a block's identifier"), lines.text("a sample's identifier")
    fields: Fields = {}
    for number, item in enumerate(ITEMS, start=1):
        if not item.there(header, fields):
            continue
        if first is not None and number in header.left_out:
            _inherit(item, first, fields, lines)
        else:
            item.read(lines, header, fields)
    for _ in range(header.future_in_block):
        lines.text("a future upgrade block entry")
    return Block(identifier, sample, line, fields, _columns(lines, fields))


def _inherit(item: "Item", first: Block, fields: Fields, lines: Lines) -> None:
    for name in item.names:
        if name not in first.fields:
            raise ProtocolError(f"line {lines.at}: {name} is left out here, and the first block does not have it")
        fields[name] = first.fields[name]


def _columns(lines: Lines, fields: Fields) -> tuple[tuple[str, str, list[float]], ...]:
    """The ordinate values: one list a corresponding variable, which follow one another point by point."""
    variables = fields["variables"]
    count = lines.whole("the number of ordinate values", len(variables), MAX_ORDINATES)
    if count % len(variables):
        raise lines.wrong("the number of ordinate values", str(count), f"a multiple of {len(variables)}")
    for label, _ in variables:
        lines.number(f"the minimum of {label}")
        lines.number(f"the maximum of {label}")
    values = []
    for _ in range(count):
        value = lines.number("an ordinate value")
        if value is None:
            raise lines.wrong("an ordinate value", "not known", "known")
        values.append(value)
    return tuple((label, unit, values[k :: len(variables)]) for k, (label, unit) in enumerate(variables))


@dataclass(frozen=True)
class Item:
    """One numbered item of a block: the fields it gives, how it is read, and when it is there."""

    names: tuple[str, ...]
    read: Callable[[Lines, Header, Fields], None]
    there: Callable[[Header, Fields], bool] = lambda header, fields: True


def _numbers(*names: str, there: Callable[[Header, Fields], bool] = lambda header, fields: True) -> Item:
    def read(lines: Lines, header: Header, fields: Fields) -> None:
        for name in names:
            fields[name] = lines.number("the " + name.replace("_", " "))

    return Item(names, read, there)


def _whole(name: str, low: int, high: int) -> Item:
    def read(lines: Lines, header: Header, fields: Fields) -> None:
        fields[name] = lines.whole("the " + name, low, high)

    return Item((name,), read)


def _text(name: str) -> Item:
    def read(lines: Lines, header: Header, fields: Fields) -> None:
        fields[name] = lines.text("the " + name.replace("_", " "))

    return Item((name,), read)


def _read_comment(lines: Lines, header: Header, fields: Fields) -> None:
    fields["comment"] = _texts(lines, "block comment lines", "a block comment line")


def _read_technique(lines: Lines, header: Header, fields: Fields) -> None:
    fields["technique"] = lines.choice("the technique", TECHNIQUES)


def _read_experiment_values(lines: Lines, header: Header, fields: Fields) -> None:
    fields["experiment_values"] = [lines.number(f"the value of {label}") for label, _ in header.variables]


def _read_transition(lines: Lines, header: Header, fields: Fields) -> None:
    fields["transition"] = lines.text("the transition or charge state label")
    fields["charge"] = lines.whole("the charge of the detected particle", -100, 100)


def _read_abscissa(lines: Lines, header: Header, fields: Fields) -> None:
    fields["abscissa"] = lines.text("the abscissa label")
    fields["abscissa_unit"] = lines.text("the abscissa unit")
    for name in ("abscissa_start", "abscissa_step"):
        value = lines.number("the " + name.replace("_", " "))
        if value is None:
            raise lines.wrong("the " + name.replace("_", " "), "not known", "known")
        fields[name] = value


def _read_variables(lines: Lines, header: Header, fields: Fields) -> None:
    count = lines.whole("the number of corresponding variables", 1, MAX_LIST)
    fields["variables"] = [(lines.text("a variable's label"), lines.text("a variable's unit")) for _ in range(count)]


def _read_scans(lines: Lines, header: Header, fields: Fields) -> None:
    """A whole number; None where a program that merged scans wrote "not known"."""
    before = lines.at
    known = lines.number("the scans") is not None
    lines.at = before
    fields["scans"] = lines.whole("the scans", 1, 10**9) if known else lines.number("the scans")


def _read_sputter_source(lines: Lines, header: Header, fields: Fields) -> None:
    for name in SPUTTER_SOURCE[:-1]:
        fields[name] = lines.number("the " + name.replace("_", " "))
    fields["sputter_mode"] = lines.text("the sputtering mode")


def _read_parameters(lines: Lines, header: Header, fields: Fields) -> None:
    count = lines.whole("the number of additional numerical parameters", 0, MAX_LIST)
    fields["parameters"] = [
        (lines.text("a parameter's label"), lines.text("a parameter's unit"), lines.number("a parameter's value"))
        for _ in range(count)
    ]


def _mode(*modes: str) -> Callable[[Header, Fields], bool]:
    return lambda header, fields: header.experiment_mode in modes


SPUTTER_SOURCE = ("sputter_energy", "sputter_current", "sputter_width_x", "sputter_width_y", "sputter_polar_angle",
                  "sputter_azimuth", "sputter_mode")  # fmt: skip
DEPTH = ("MAPDP", "MAPSVDP", "SDP", "SDPSV")
# in the standard's order; the place is the number that inclusion and exclusion lists use
ITEMS: tuple[Item, ...] = (
    _whole("year", -1, 9999),
    _whole("month", -1, 12),
    _whole("day", -1, 31),
    _whole("hour", -1, 24),
    _whole("minute", -1, 59),
    _whole("second", -1, 60),
    _numbers("hours_ahead_of_gmt"),
    Item(("comment",), _read_comment),
    Item(("technique",), _read_technique),
    _numbers("x", "y", there=_mode("MAP", "MAPDP")),
    Item(("experiment_values",), _read_experiment_values),
    _text("source"),
    _numbers("sputter_atomic_number", "sputter_atoms", "sputter_charge",
             there=lambda h, f: h.experiment_mode in DEPTH or f["technique"] in SPUTTERED),
    _numbers("source_energy"),
    _numbers("source_strength"),
    _numbers("source_width_x", "source_width_y"),
    _numbers("field_of_view_x", "field_of_view_y", there=_mode("MAP", "MAPDP", "MAPSV", "MAPSVDP", "SEM")),
    _numbers("first_start_x", "first_start_y", "first_end_x", "first_end_y", "last_end_x", "last_end_y",
             there=_mode("MAPSV", "MAPSVDP", "SEM")),
    _numbers("source_polar_angle"),
    _numbers("source_azimuth"),
    _text("analyser_mode"),
    _numbers("pass_energy"),  # or retard ratio or mass resolution, as the analyser mode says
    _numbers("differential_width", there=lambda h, f: f["technique"] == "AES diff"),
    _numbers("magnification"),
    _numbers("work_function"),
    _numbers("target_bias"),
    _numbers("analysis_width_x", "analysis_width_y"),
    _numbers("take_off_angle", "take_off_azimuth"),
    _text("species"),
    Item(("transition", "charge"), _read_transition),
    Item(("abscissa", "abscissa_unit", "abscissa_start", "abscissa_step"), _read_abscissa,
         lambda h, f: h.scan_mode == "REGULAR"),
    Item(("variables",), _read_variables),
    _text("signal_mode"),
    _numbers("dwell"),
    Item(("scans",), _read_scans),
    _numbers("time_correction"),
    Item(SPUTTER_SOURCE, _read_sputter_source, lambda h, f: h.experiment_mode in DEPTH and f["technique"] in PROFILED),
    _numbers("tilt", "tilt_azimuth"),
    _numbers("rotation"),
    Item(("parameters",), _read_parameters),
)  # fmt: skip
