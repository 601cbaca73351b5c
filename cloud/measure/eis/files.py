"""Spectra from files, recognised by content, never by extension. The only part of measure that opens a file."""

import importlib
import pkgutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Protocol, cast

from adatom.cloud.measure.eis import formats
from adatom.cloud.measure.eis.table import Spectrum
from adatom.protocol.errors import InputError

MAX_BYTES = 20_000_000  # the largest text exports of thousands of sweeps; a spectrum has some 10 kB


class Format(Protocol):
    """What a module in formats/ offers."""

    NAME: str
    ORDER: int
    matches: Callable[[str], bool]
    read: Callable[[str, str], list[Spectrum]]


@lru_cache(maxsize=1)
def known_formats() -> tuple[Format, ...]:
    """The modules in formats/, the most particular first."""
    names = [f"{formats.__name__}.{module.name}" for module in pkgutil.iter_modules(formats.__path__)]
    modules = [cast(Format, importlib.import_module(name)) for name in names]
    return tuple(sorted(modules, key=lambda module: (module.ORDER, module.NAME)))


def read_spectra(path: str | Path) -> list[Spectrum]:
    """All sweeps in a file. Raises InputError naming file, line and value where it cannot be read."""
    where = str(path)
    text = _text(Path(path), where)
    found = next(module for module in known_formats() if module.matches(text))
    return found.read(text, where)


def read_spectrum(path: str | Path, sweep: int = 1) -> Spectrum:
    """One sweep of a file, counted from 1. Raises InputError as read_spectra does, or when there is no such sweep."""
    spectra = read_spectra(path)
    if not 1 <= sweep <= len(spectra):
        raise InputError(str(path), f"sweep {sweep}; the file holds {len(spectra)}, counted from 1")
    chosen = spectra[sweep - 1]
    if len(spectra) == 1:
        return chosen
    note = f"sweep {sweep} of {len(spectra)} in the file"
    return Spectrum(chosen.freq_hz, chosen.z_ohm, chosen.meta, (*chosen.notes, note))


def _text(path: Path, where: str) -> str:
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise InputError(where, "not a file")
        if size > MAX_BYTES:
            raise InputError(where, f"{size} bytes; at most {MAX_BYTES} are read")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(where, f"cannot be read: {error.strerror}") from error
    return _decode(data, where)


def _decode(data: bytes, where: str) -> str:
    """Text from bytes: UTF-16 or UTF-8 by their marks, else UTF-8, else Latin-1 as older instrument software writes."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("latin-1")
    if not text.strip():
        raise InputError(where, "the file is empty")
    if any(ord(sign) < 9 or 13 < ord(sign) < 32 for sign in text[:10_000]):
        formats_read = ", ".join(module.NAME for module in known_formats())
        raise InputError(where, f"binary, it begins with {data[:16]!r}; text is read: {formats_read}")
    return text
