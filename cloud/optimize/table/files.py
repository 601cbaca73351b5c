"""Tables on disk: read as a whole, replaced as a whole, and never over what somebody else wrote in between."""

import fcntl
import glob
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from adatom.cloud.optimize.table.grid import Grid
from adatom.cloud.optimize.table.text_grid import TextGrid, text_grid
from adatom.protocol.errors import FailedError, InputError

NEW_MODE = 0o644
SCRATCH = ".adatom-new"  # end of the name of a file that is being written
ZIP = b"PK\x03\x04"  # how an .xlsx begins
OLE = b"\xd0\xcf\x11\xe0"  # and an .xls


@dataclass(frozen=True)
class TableFile:
    """A table as it was when it was read; `digest` is None where there was no file."""

    path: Path
    grid: Grid
    digest: str | None

    @property
    def where(self) -> str:
        """How messages name it."""
        return str(self.path)


def read_table(path: Path) -> TableFile:
    """The table of a file, an empty one where there is none; raises InputError for what is no table."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        if path.suffix.lower() in (".xlsx", ".xls"):
            raise InputError(str(path), "is not there; a new table is begun as .csv or .tsv") from None
        return TableFile(path, TextGrid((), "\t" if path.suffix.lower() == ".tsv" else ","), None)
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}") from None
    return TableFile(path, _grid(str(path), data), _digest(data))


def _grid(where: str, data: bytes) -> Grid:
    if data.startswith(ZIP):
        from adatom.cloud.optimize.table.workbook import workbook_grid

        return workbook_grid(where, data)
    if data.startswith(OLE):
        raise InputError(
            where, "an .xls of before 2007 or an encrypted workbook: save it as .xlsx without a password, or as CSV"
        )
    return text_grid(where, data)


def write_table(before: TableFile, grid: Grid) -> TableFile:
    """Replace the file by this table; raises FailedError when it is no longer what `before` was read from."""
    try:
        data = grid.to_bytes()
    except InputError as error:
        raise InputError(before.where, error.problem) from None
    replace_file(before.path.resolve(), data, before)  # a link stays one
    return TableFile(before.path, grid, _digest(data))


def replace_file(path: Path, data: bytes, before: TableFile | None = None) -> None:
    """Write a file as a whole: either the old one or the new one is there, whenever the power goes."""
    with _alone(path.parent):
        for left in path.parent.glob(f".{glob.escape(path.name)}.*{SCRATCH}"):  # of a command that was killed
            left.unlink()
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=SCRATCH, dir=path.parent)
        try:
            _fill(handle, data)
            os.chmod(name, path.stat().st_mode & 0o7777 if path.exists() else NEW_MODE)
            if before is not None:
                _check_unchanged(path, before)
            os.replace(name, path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(name)
            raise
        _sync_folder(path.parent)


def _fill(handle: int, data: bytes) -> None:
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _check_unchanged(path: Path, before: TableFile) -> None:
    try:
        now = _digest(path.read_bytes())
    except FileNotFoundError:
        now = None
    if now != before.digest:
        raise FailedError(f"{before.where}: changed while it was worked on; nothing is written, run the command again")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One writer of ours a folder at a time; others' programs are caught by the comparison."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_elsewhere(path: Path) -> str | None:
    """The program that seems to have the table open, by the lock file it leaves beside it."""
    locks = {"LibreOffice": f".~lock.{path.name}#", "Excel": f"~${path.name}"}
    return next((program for program, name in locks.items() if path.with_name(name).exists()), None)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
