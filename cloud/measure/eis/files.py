"""Spectra from files, recognised by content, never by extension. The only part of measure that opens a file."""

import importlib
import pkgutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Protocol, cast

from adatom.cloud.measure.eis import formats
from adatom.cloud.measure.eis.source import Source
from adatom.cloud.measure.eis.table import Spectrum, split_sweeps
from adatom.protocol.errors import InputError

MAX_BYTES = 20_000_000  # the largest text exports of thousands of sweeps; a spectrum has some 10 kB


class Format(Protocol):
    """What a module in formats/ offers."""

    NAME: str
    ORDER: int
    matches: Callable[[Source], bool]
    read: Callable[[Source], list[Spectrum]]


@lru_cache(maxsize=1)
def known_formats() -> tuple[Format, ...]:
    """The modules in formats/, the most particular first."""
    names = [f"{formats.__name__}.{module.name}" for module in pkgutil.iter_modules(formats.__path__)]
    modules = [cast(Format, importlib.import_module(name)) for name in names]
    return tuple(sorted(modules, key=lambda module: (module.ORDER, module.NAME)))


def read_spectra(path: str | Path) -> list[Spectrum]:
    """All sweeps in a file, each with a name. Raises InputError naming file, line and value where it cannot be read."""
    return spectra_in_bytes(file_bytes(Path(path)), str(path))


def spectra_in_bytes(data: bytes, where: str) -> list[Spectrum]:
    """All sweeps in a file's bytes; `where` is its name in messages and in the names of nameless spectra."""
    source = Source(where, data)
    found = next((module for module in known_formats() if module.matches(source)), None)
    if found is None:
        raise _unknown(source)
    return _named([sweep for whole in found.read(source) for sweep in split_sweeps(whole)], Path(where).stem)


def read_spectrum(path: str | Path, sweep: int = 1) -> Spectrum:
    """One sweep of a file, counted from 1. Raises InputError as read_spectra does, or when there is no such sweep."""
    spectra = read_spectra(path)
    if not 1 <= sweep <= len(spectra):
        raise InputError(str(path), f"sweep {sweep}; the file holds {len(spectra)}, counted from 1")
    chosen = spectra[sweep - 1]
    if len(spectra) == 1:
        return chosen
    note = f"sweep {sweep} of {len(spectra)} in the file: {chosen.name}"
    return replace(chosen, notes=(*chosen.notes, note))


def _named(spectra: list[Spectrum], stem: str) -> list[Spectrum]:
    """The spectra with a name each, none twice: the file's own, else its file's; counted where several have one."""
    names = [one.name.strip()[:200] or stem for one in spectra]
    many, seen, taken = Counter(names), Counter[str](), set(names)
    named = []
    for one, name in zip(spectra, names, strict=True):
        given = name
        while many[name] > 1 and (given == name or given in taken):
            seen[name] += 1
            given = f"{name}, sweep {seen[name]}"
        taken.add(given)
        named.append(replace(one, name=given))
    return named


def file_bytes(path: Path) -> bytes:
    """A file's bytes. Raises InputError for what is no file, too large or unreadable."""
    where = str(path)
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise InputError(where, "not a file")
        if size > MAX_BYTES:
            raise InputError(where, f"{size} bytes; at most {MAX_BYTES} are read")
        return path.read_bytes()
    except OSError as error:
        raise InputError(where, f"cannot be read: {error.strerror}") from error


def _unknown(source: Source) -> InputError:
    if not source.data.strip(b"\x00\t\r\n \xff\xfe\xef\xbb\xbf"):
        return InputError(source.where, "the file is empty")
    read = ", ".join(module.NAME for module in known_formats())
    return InputError(
        source.where, f"neither text nor a known binary file, it begins with {source.data[:16]!r}; read: {read}"
    )
