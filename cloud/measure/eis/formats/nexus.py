"""NeXus/HDF5 as `adatom eis convert FILE OUT.nxs` writes it.

An HDF5 file whose root is an NXroot. An NXentry has `title`, a collection `file` whose attributes are `notes` and what
the spectrum's own file stated, and an NXdata `impedance` with `frequency` (Hz), `z_real` and `z_imaginary` (ohm) and
perhaps `time` (s), numbers of one length; the imaginary part is negative for a capacitor. Entries without such data are
left out.

Links that lead out of a group, data kept in other files and virtual ones are refused: a file must not make its reader
open another. Texts of variable length are left out: they lie in a heap, and a damaged heap holds libhdf5 2.0 in a loop
that nothing ends. Needs the extra `nexus`. Source: `cloud/measure/eis/write.py`; manual.nexusformat.org, NXdata.
"""

import io
from dataclasses import replace
from typing import Any

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.eis.source import MAX_LINES, Source
from adatom.cloud.measure.eis.table import Spectrum, checked, complex_of
from adatom.cloud.measure.eis.write import NEXUS_COLUMNS, NEXUS_TIME, h5py_module
from adatom.protocol.errors import InputError

NAME = "NeXus/HDF5 (.nxs)"
ORDER = 0
MAGIC = b"\x89HDF\r\n\x1a\n"
MAX_ENTRIES = 1000
MAX_FACTS = 100
MAX_TEXT = 200  # characters of the name of a fact
MAX_BYTES = 100_000  # of a text
# what h5py raises for a damaged file
DAMAGES = (
    OSError,
    RuntimeError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OverflowError,
    MemoryError,
    IndexError,
)


def matches(source: Source) -> bool:
    """Whether this is an HDF5 file."""
    return source.data.startswith(MAGIC)


def read(source: Source) -> list[Spectrum]:
    """The spectra of all entries. Raises FailedError without h5py."""
    h5py = h5py_module("reading a NeXus file needs h5py: pip install 'adatom[nexus]'")
    try:
        with h5py.File(io.BytesIO(source.data), "r") as file:
            return _spectra(h5py, file, source.where)
    except InputError:
        raise
    except DAMAGES as error:
        raise InputError(source.where, f"a damaged HDF5 file: {str(error)[:200]}") from None


def _spectra(h5py: Any, file: Any, where: str) -> list[Spectrum]:
    names = sorted(file, key=lambda name: (len(name), name))[: MAX_ENTRIES + 1]
    if len(names) > MAX_ENTRIES:
        raise InputError(where, f"more than {MAX_ENTRIES} entries")
    found = [one for name in names if (one := _entry(h5py, file, name, where)) is not None]
    if not found:
        shown = ", ".join(repr(name[:40]) for name in names[:10]) or "nothing"
        raise InputError(where, f"no entry with {', '.join(NEXUS_COLUMNS)} among {shown}")
    return found


def _entry(h5py: Any, file: Any, name: str, where: str) -> Spectrum | None:
    """The spectrum of an entry; None for one without an impedance."""
    group = _child(h5py, file, name, where)
    data = _child(h5py, group, "impedance", where) if isinstance(group, h5py.Group) else None
    if not isinstance(data, h5py.Group):
        return None
    freq, re, im = (_column(h5py, data, column, f"{where}, {name}") for column in NEXUS_COLUMNS)
    if not freq.size == re.size == im.size > 0:
        raise InputError(
            f"{where}, {name}", f"columns of {freq.size}, {re.size}, {im.size} numbers; one length is needed"
        )
    said = _attributes(_child(h5py, group, "file", where))
    notes = tuple(line for line in said.pop("notes", "").split("\n") if line)
    times = _column(h5py, data, NEXUS_TIME, f"{where}, {name}") if NEXUS_TIME in data else None
    if times is not None and (times.size != freq.size or not np.isfinite(times).all()):
        times = None
    lines = list(range(1, freq.size + 1))
    one = checked(freq, complex_of(re, im), lines, f"{where}, {name}", {"format": NAME} | said, times)
    title = _child(h5py, group, "title", where)
    shown = _text(title[()]) if isinstance(title, h5py.Dataset) and _is_text(title) else ""
    return replace(one, notes=(*notes, *one.notes), name=shown)


def _child(h5py: Any, group: Any, name: str, where: str) -> Any:
    """The member of a group, None where there is none. Raises InputError for one that stands elsewhere."""
    link = group.get(name, getlink=True)
    if link is None:
        return None
    if not isinstance(link, h5py.HardLink):
        raise InputError(where, f"{name[:40]!r} is a link to somewhere else, which is not followed")
    return group[name]


def _column(h5py: Any, data: Any, name: str, where: str) -> Floats:
    column = _child(h5py, data, name, where)
    if not isinstance(column, h5py.Dataset) or column.ndim != 1 or column.dtype.kind not in "fiu":
        raise InputError(where, f"{name} must be a list of numbers")
    if column.external or column.is_virtual:
        raise InputError(where, f"the numbers of {name} are kept in another file, which is not opened")
    if column.size > MAX_LINES:
        raise InputError(where, f"{column.size} numbers; at most {MAX_LINES} are read")
    return np.asarray(column[()], dtype=np.float64)


def _attributes(facts: Any) -> dict[str, str]:
    """The texts that a group has as attributes; {} of none."""
    names = [] if facts is None else [key for key in list(facts.attrs)[:MAX_FACTS] if key != "NX_class"]
    return {key[:MAX_TEXT]: _text(facts.attrs[key]) for key in names if _is_text(facts.attrs.get_id(key))}


def _is_text(holder: Any) -> bool:
    """Whether it is one text of fixed length; nothing is read for it."""
    return bool(holder.shape == () and holder.dtype.kind == "S" and holder.dtype.itemsize <= MAX_BYTES)


def _text(value: Any) -> str:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
