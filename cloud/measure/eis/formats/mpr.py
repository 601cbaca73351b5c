"""BioLogic EC-Lab binary .mpr, EC-Lab 10 to 11.6x.

Little-endian. 52 bytes first: `BIO-LOGIC MODULAR FILE`, 0x1a, blanks, four zeros. Then modules, `MODULE` and a head:

    short name S10, long name S25, length u4, version u4, date S8 (MM/DD/YY)                       to EC-Lab 11.4x
    short name S10, long name S25, 0xffffffff, length u4, version u4, another u4, date S8         from EC-Lab 11.50

`VMP Set` holds the settings, `VMP data` the table, `VMP LOG` and `VMP loop` may follow. VMP data begins with the number
of points u4 and of columns; their number, their ids and the points stand, by the module's version,

    0, old head: count u1, ids u1 from byte 5, points from 100   0, new head: count u2, ids u2 from 6, points from 1007
    2: count u1, ids u2 from 5, points from 405                  3: count u1, ids u2 from 5, points from 406

A point is its columns without gaps. Flags (mode, ox/red, error, …) share one byte, where the first of their ids is.
Those of an impedance technique: 32 freq/Hz, 35 Phase(Z)/deg, 36 |Z|/Ohm, 37 Re(Z)/Ohm, 38 -Im(Z)/Ohm, all f4; 24 cycle
number f8. In a cell with a reference 98 to 101 are the same of the counter electrode (Phase, |Z|, Re, -Im) and 430 to
433 of both electrodes; without one they are 0. VMP loop is a number u4 and the points u4 at which loops begin.

The format is not published and ids are added with every version. An id that is not known here does no harm where it
stands behind what is needed, or where it is the only one: its width then follows from the length of a point. |Z| is
checked against Re and Im, so that columns out of place are found out and not read as numbers. Rows of frequency 0 are
direct current and left out.

Sources: documentation of yadg ("EC-Lab binary files", the offsets), galvani and its issues (ids, widths), eclabfiles;
R. Zimring's notes on files beside EC-Lab's own exports of them (count and ids of the new head, ids of electrodes).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.eis.formats.biologic import ELECTRODES, joined
from adatom.cloud.measure.eis.source import Source
from adatom.cloud.measure.eis.table import Spectrum, checked, complex_of
from adatom.protocol.errors import InputError

NAME = "BioLogic mpr"
ORDER = 0
MAGIC = b"BIO-LOGIC MODULAR FILE\x1a"
START = 52  # bytes before the first module
MAX_MODULES = 100
MAX_SPECTRA = 10_000
MODULE = b"MODULE"
OLD_HEAD, NEW_HEAD = struct.Struct("<10s25sII8s"), struct.Struct("<10s25sIIII8s")
NEW_MARK = 0xFFFFFFFF
LAYOUTS = {  # version, new head: types of the number of columns and of their ids, first byte of the points
    (0, False): ("u1", "u1", 100), (0, True): ("<u2", "<u2", 1007), (2, False): ("u1", "<u2", 405),
    (3, False): ("u1", "<u2", 406), (2, True): ("u1", "<u2", 405), (3, True): ("u1", "<u2", 406),
}  # fmt: skip
COUNT_AT = 4
FREQ, PHASE, MODULUS, REAL, MINUS_IMAG, CYCLE, TIME = 32, 35, 36, 37, 38, 24, 4
OTHERS = {"Zce": (100, 101), "Zwe-ce": (432, 433)}  # Re and -Im of other electrodes
FLAGS = frozenset((1, 2, 3, 21, 31, 65))
WIDTHS = dict.fromkeys(
    (5, 6, 8, 9, 15, 16, 17, 19, 20, 26, 27, *range(32, 39), 45, 46, 69, 70, 75, 76, 77, 78, 96, 98, 99, 100, 101, 105,
     106, 135, 136, 163, *range(166, 170), *range(172, 180), 185, 206, 215, *range(217, 226), *range(230, 242), 271,
     272, 301, 302, 331, 332, 361, 362, 391, 392, *range(422, 427), *range(430, 436), 441, 462, 471, 473, 474, 476, 477,
     479, 480, *range(486, 498), 505), 4)  # fmt: skip  # not 242 to 249: in one byte they may stand for 498 and more
WIDTHS |= dict.fromkeys((4, 7, 11, 13, 23, 24, 74, 110, 112, 115, 116, *range(123, 127), 182, 211, 438, 467,
                         *range(498, 503), 880), 8)  # fmt: skip
WIDTHS |= dict.fromkeys((212, 213, 468, 469), 4) | dict.fromkeys((39, 131), 2) | dict.fromkeys((253, 509), 1)
AGREE = 1e-3  # of |Z|: between |Z| and Re, Im, which are single precision


@dataclass(frozen=True)
class Module:
    """A module of the file."""

    name: str
    version: int
    is_new: bool
    date: str
    data: bytes


def matches(source: Source) -> bool:
    """Whether the file begins as EC-Lab's do."""
    return source.data.startswith(MAGIC)


def read(source: Source) -> list[Spectrum]:
    """The spectra of the file, one for each loop or cycle number."""
    modules = list(_modules(source))
    data = next((module for module in modules if module.name == "VMP data"), None)
    if data is None:
        raise InputError(source.where, f"no module `VMP data` among {[module.name for module in modules]}")
    columns = _columns(data, source.where)
    meta = {"format": NAME, "date": data.date, "version": f"{data.version}{' (11.50 or later)' if data.is_new else ''}"}
    freq, re, minus_im = (columns[key] for key in (FREQ, REAL, MINUS_IMAG))
    time_s = columns[TIME] if TIME in columns and np.isfinite(columns[TIME]).all() else None
    impedances = {"Z": complex_of(re, -minus_im)}
    impedances |= {
        mark: complex_of(columns[real], -columns[minus]) for mark, (real, minus) in OTHERS.items()
        if real in columns and minus in columns and (columns[real].any() or columns[minus].any())
    }  # fmt: skip
    pieces = _pieces(freq.size, modules, columns.get(CYCLE), source.where)
    pieces = [(name, piece) for name, piece in pieces if (freq[piece] != 0).any()] or pieces
    found = []
    for mark, z in impedances.items():
        for name, piece in pieces:
            rows = list(range(piece.start + 1, piece.stop + 1))
            times = time_s[piece] if time_s is not None else None
            one = checked(freq[piece], z[piece], rows, source.where, meta, times)
            found.append(replace(one, name=joined(name, ELECTRODES[mark])))
    return found


def _modules(source: Source) -> Iterator[Module]:
    """The modules in order. Raises InputError where one is cut off or does not begin as it must."""
    at, data = START, source.data
    for _ in range(MAX_MODULES):
        if at >= len(data):
            return
        where = f"{source.where}, byte {at}"
        if data[at : at + len(MODULE)] != MODULE:
            raise InputError(where, f"{data[at : at + 6]!r}; `MODULE` is needed")
        at += len(MODULE)
        is_new = data[at + 35 : at + 39] == NEW_MARK.to_bytes(4, "little")
        head = NEW_HEAD if is_new else OLD_HEAD
        if at + head.size > len(data):
            raise InputError(where, "the file ends inside the head of a module")
        parts = head.unpack_from(data, at)
        length, version = parts[3:5] if is_new else parts[2:4]
        at += head.size
        if at + length > len(data):
            raise InputError(where, f"a module of {length} bytes; the file ends after {len(data) - at}")
        name, date = (part.decode("latin-1").strip(" \x00") for part in (parts[0], parts[-1]))
        yield Module(name, version, is_new, date, data[at : at + length])
        at += length


def _columns(module: Module, where: str) -> dict[int, Floats]:
    """The columns of impedance by id, each of shape (points,); Re and -Im from modulus and phase where need be."""
    layout = LAYOUTS.get((module.version, module.is_new))
    if layout is None:
        raise InputError(where, f"module `VMP data` of version {module.version}; known are 0, 2, 3: export as text")
    count_kind, kind, first = layout
    if len(module.data) <= first:
        raise InputError(where, f"module `VMP data` of {len(module.data)} bytes; points begin at byte {first}")
    (points,) = struct.unpack_from("<I", module.data)
    count = int(np.frombuffer(module.data, dtype=count_kind, count=1, offset=COUNT_AT)[0])
    begin, size = COUNT_AT + np.dtype(count_kind).itemsize, np.dtype(kind).itemsize
    fits = begin + size * count <= first
    ids = np.frombuffer(module.data, dtype=kind, count=count, offset=begin).tolist() if fits else []
    if FREQ not in ids:
        raise InputError(where, f"no frequency column (id {FREQ}) among the ids {ids}")
    cartesian = REAL in ids and MINUS_IMAG in ids
    if not cartesian and not (MODULUS in ids and PHASE in ids):
        raise InputError(where, f"no impedance among the ids {ids}; {REAL} and {MINUS_IMAG}, or {MODULUS} and {PHASE}")
    if points == 0 or (len(module.data) - first) % points:
        raise InputError(
            where, f"{points} points in {len(module.data) - first} bytes; no whole number of bytes a point"
        )
    width = (len(module.data) - first) // points
    table = np.frombuffer(module.data, dtype=np.uint8, offset=first).reshape(points, width)
    needed = [FREQ, *((REAL, MINUS_IMAG) if cartesian else (MODULUS, PHASE))]
    places = _places(ids, width, needed, where)
    wanted = (FREQ, PHASE, MODULUS, REAL, MINUS_IMAG, CYCLE, TIME, *sum(OTHERS.values(), ()))
    columns = {key: _values(table, places[key], WIDTHS[key]) for key in wanted if key in places}
    return _with_parts(columns, cartesian, where)


def _places(ids: list[int], width: int, needed: list[int], where: str) -> dict[int, int]:
    """The first byte of each column in a point, up to the last whose place is sure. The first of an id counts."""
    widths = _widths(ids)
    unknown = [key for key, size in widths if size is None]
    spare = width - sum(size for _, size in widths if size is not None)
    if (not unknown and spare) or (unknown and spare < len(unknown)):
        raise InputError(where, f"{width} bytes a point, the ids {ids} make {width - spare}; export as text")
    places: dict[int, int] = {}
    at = 0
    for key, size in widths:
        if size is None and (len(unknown) > 1 or spare not in (1, 2, 4, 8)):
            break
        places.setdefault(key, at)
        at += spare if size is None else size
    if not all(key in places for key in needed):
        raise InputError(where, f"columns of unknown ids {unknown} stand before the impedance; export as text")
    return places


def _widths(ids: list[int]) -> list[tuple[int, int | None]]:
    """(id, bytes) in order, None where the id is unknown; all flags share the byte of the first of them."""
    found: list[tuple[int, int | None]] = []
    flags = False
    for key in ids:
        if key not in FLAGS:
            found.append((key, WIDTHS.get(key)))
        elif not flags:
            found.append((key, 1))
            flags = True
    return found


def _values(table: np.ndarray[tuple[int, int], np.dtype[np.uint8]], at: int, width: int) -> Floats:
    column = np.ascontiguousarray(table[:, at : at + width])
    with np.errstate(all="ignore"):  # a signalling NaN of a damaged file
        return column.view(f"<f{width}")[:, 0].astype(np.float64)


def _with_parts(columns: dict[int, Floats], cartesian: bool, where: str) -> dict[int, Floats]:
    """The columns with Re and -Im, after a check of |Z| against them."""
    with np.errstate(all="ignore"):
        if not cartesian:
            angle = np.deg2rad(columns[PHASE])
            modulus = columns[MODULUS]
            return columns | {REAL: modulus * np.cos(angle), MINUS_IMAG: -modulus * np.sin(angle)}
        if MODULUS in columns:
            given = columns[MODULUS]
            off = np.abs(np.hypot(columns[REAL], columns[MINUS_IMAG]) - given) > AGREE * np.abs(given)
            if (off & (columns[FREQ] != 0) & (given != 0)).any():
                raise InputError(where, "|Z| contradicts Re and Im: the columns are not where this version puts them")
    return columns


def _pieces(points: int, modules: list[Module], cycle: Floats | None, where: str) -> list[tuple[str, slice]]:
    """(name, points) of each loop, else of each cycle number, else of all."""
    loop = next((module for module in modules if module.name == "VMP loop" and len(module.data) >= 8), None)
    label, starts = "", [0]
    if loop is not None:
        given = np.frombuffer(loop.data[4 : len(loop.data) // 4 * 4], dtype="<u4")
        label, starts = "loop", sorted({0, *given[(given > 0) & (given < points)].tolist()})
    elif cycle is not None:
        label, starts = "cycle", [0, *(np.flatnonzero(np.diff(cycle)) + 1).tolist()]
    if len(starts) > MAX_SPECTRA:
        raise InputError(where, f"{len(starts)} spectra; at most {MAX_SPECTRA} are read")
    edges = [*starts, points]
    if len(starts) == 1:
        return [("", slice(0, points))]
    return [(f"{label} {n}", slice(edges[n - 1], edges[n])) for n in range(1, len(edges))]
