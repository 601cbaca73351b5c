"""Spectra to files: CSV, JSON, NeXus/HDF5, by the ending of the name. All are read back as written."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from adatom.cloud.measure.eis.table import Spectrum
from adatom.protocol.errors import FailedError, InputError

NEEDED = "a NeXus file needs h5py: pip install 'adatom[nexus]', or write .csv or .json"
SCHEMA = "adatom spectra 1"  # the mark that formats/own.py knows the JSON by
NEXUS_COLUMNS, NEXUS_TIME = ("frequency", "z_real", "z_imaginary"), "time"
COLUMNS = ("freq_hz", "z_re_ohm", "z_im_ohm")
TIME = "time_s"  # where the file says when each point was measured


def check_ending(path: Path) -> None:
    """Raises InputError for a name that ends otherwise than we can write."""
    if path.suffix.lower() not in WRITERS:
        raise InputError(str(path), f"ending {path.suffix!r}; allowed: {', '.join(WRITERS)}")


def write_spectra(path: Path, spectra: Sequence[Spectrum]) -> None:
    """Write the file. Raises InputError for another ending, FailedError without h5py or where it cannot be written."""
    check_ending(path)
    data = WRITERS[path.suffix.lower()](spectra)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise FailedError(f"{path} cannot be written: {error.strerror}") from error


def csv_bytes(spectra: Sequence[Spectrum]) -> bytes:
    """Comment lines with what is known, names of columns with units, rows; a column `spectrum` where there are more.

    Numbers have all their digits. Z'' is negative for a capacitor, as its name says.
    """
    buffer = io.StringIO()
    for spectrum in spectra:
        facts = [f"{key}: {value}" for key, value in spectrum.meta.items()]
        for line in (f"spectrum: {spectrum.name}", *facts, *(f"note: {note}" for note in spectrum.notes)):
            buffer.write(f"# {_one_line(line)}\n")
    several, timed = len(spectra) > 1, all(one.time_s is not None for one in spectra)
    writer = csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    names = (("spectrum",) if several else ()) + COLUMNS + ((TIME,) if timed else ())
    buffer.write(",".join(names) + "\n")
    for spectrum in spectra:
        name = [_one_line(spectrum.name)] if several else []
        writer.writerows([*name, *point] for point in _points(spectrum, timed))
    return buffer.getvalue().encode("utf-8")


def json_bytes(spectra: Sequence[Spectrum]) -> bytes:
    """An object with a list of spectra, each with its columns, meta and notes."""
    entries = [
        {"name": one.name, "meta": one.meta, "notes": list(one.notes)}
        | {key: list(column) for key, column in zip(COLUMNS, zip(*_points(one), strict=True), strict=True)}
        | ({} if one.time_s is None else {TIME: one.time_s.tolist()})
        for one in spectra
    ]
    return (json.dumps({"schema": SCHEMA, "spectra": entries}, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def nexus_bytes(spectra: Sequence[Spectrum]) -> bytes:
    """An NXentry a spectrum, with an NXdata: real and imaginary part over frequency, units as attributes.

    Raises FailedError without h5py. Source of the structure: manual.nexusformat.org, NXdata.
    """
    h5py = h5py_module()
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        _say(file, {"NX_class": "NXroot", "default": "entry_1", "creator": "adatom"})
        for number, spectrum in enumerate(spectra, 1):
            _entry(file.create_group(f"entry_{number}"), spectrum)
    return buffer.getvalue()


def _entry(entry: Any, spectrum: Spectrum) -> None:
    _say(entry, {"NX_class": "NXentry", "default": "impedance"})
    entry["title"] = _fixed(_one_line(spectrum.name))
    facts = entry.create_group("file")
    said = {_one_line(key): _one_line(value) for key, value in spectrum.meta.items()}
    _say(facts, said | {"NX_class": "NXcollection", "notes": "\n".join(map(_one_line, spectrum.notes))})
    data = entry.create_group("impedance")
    _say(data, {"NX_class": "NXdata", "signal": "z_real", "axes": "frequency"})
    data.attrs["auxiliary_signals"] = np.array([b"z_imaginary"])
    values = (spectrum.freq_hz, spectrum.z_ohm.real, spectrum.z_ohm.imag)
    columns = list(zip(NEXUS_COLUMNS, values, ("Hz", "ohm", "ohm"), strict=True))
    if spectrum.time_s is not None:
        columns.append((NEXUS_TIME, spectrum.time_s, "s"))
    for name, column, unit in columns:
        data[name] = column
        _say(data[name], {"units": unit})


def _say(holder: Any, texts: Mapping[str, str]) -> None:
    """Attributes of fixed length: those of variable length lie in a heap, and a damaged heap holds libhdf5 for ever."""
    for key, text in texts.items():
        holder.attrs[key] = _fixed(text)


def _fixed(text: str) -> Any:
    """A text as HDF5 keeps one of its own length in UTF-8."""
    import h5py

    data = text.encode("utf-8")
    return np.array(data, dtype=h5py.string_dtype("utf-8", max(1, len(data))))


def _points(spectrum: Spectrum, timed: bool = False) -> list[tuple[float, ...]]:
    z, time_s = spectrum.z_ohm, spectrum.time_s
    times = [time_s.tolist()] if timed and time_s is not None else []
    return list(zip(spectrum.freq_hz.tolist(), z.real.tolist(), z.imag.tolist(), *times, strict=True))


def _one_line(text: str) -> str:
    """Without line ends, NUL and lone surrogates, which neither comments nor HDF5 hold."""
    return " ".join(text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8").split())


def h5py_module(needed: str = NEEDED) -> Any:
    """h5py, which is an extra. Raises FailedError with the words given where it is not installed."""
    try:
        import h5py
    except ImportError:
        raise FailedError(needed) from None
    return h5py


WRITERS: dict[str, Callable[[Sequence[Spectrum]], bytes]] = {
    ".csv": csv_bytes, ".json": json_bytes, ".nxs": nexus_bytes, ".h5": nexus_bytes, ".hdf5": nexus_bytes,
}  # fmt: skip
