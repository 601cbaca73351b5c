"""A result for a person, as JSON, and its files on disk. Control characters that the program printed are escaped."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adatom.protocol.errors import InputError

from .values import File, Result

if TYPE_CHECKING:
    from rich.console import Console


def as_data(result: Result) -> dict[str, Any]:
    """Everything but the contents of files, of which the size is told."""
    data = result._asdict()
    data["files"] = [{"name": one.name, "bytes": len(one.content)} for one in result.files]
    return data | {"ok": result.ok}


def printable(text: str) -> str:
    """Lines and tabs stay, other control characters become their escapes: a terminal obeys them."""
    return "".join(one if one.isprintable() or one in "\n\t" else ascii(one)[1:-1] for one in text)


def ending(result: Result) -> str:
    """How it ended, in words."""
    if result.stopped:
        return f"stopped: {result.stopped}" + (f" ({result.signal})" if result.signal else "")
    return f"ended by {result.signal}" if result.signal else f"exit {result.exit}"


def show(console: "Console", result: Result) -> None:
    """What it printed, then how it ended, what it used, its files and the layers around it."""
    for name, text in (("stdout", result.stdout), ("stderr", result.stderr)):
        if text:
            console.print(f"{name}:", style="bold")
            console.print(printable(text).rstrip("\n"), markup=False)
    console.print(ending(result), style="bold")
    console.print(
        f"{result.wall_s:.2f} s, CPU {result.cpu_s:.2f} s, {result.peak_memory_mb:.0f} MB, "
        f"{max(result.peak_processes, 1)} processes"
    )
    if result.reached:
        console.print(f"limits reached: {', '.join(result.reached)}")
    for file in result.files:
        console.print(f"wrote {file.name} ({len(file.content)} bytes)", markup=False)
    for text in result.skipped:
        console.print(f"left out {text}", markup=False)
    console.print(f"layers: {', '.join(result.layers) or 'none'}")
    if result.missing:
        console.print(f"MISSING: {', '.join(result.missing)}", style="bold")


def check_folder(folder: Path) -> None:
    """InputError unless files can be put there without meeting others: a link among those would lead out."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"--out {folder}", "it is there and not empty; a new folder is needed")
    if not folder.parent.is_dir():
        raise InputError(f"--out {folder}", f"no folder {folder.parent}")


def write_files(folder: Path, files: Iterable[File]) -> None:
    """Into an empty folder; names are relative and without `..` (collect.py makes them from folder entries)."""
    folder.mkdir(exist_ok=True)
    for file in files:
        parts = file.name.split("/")
        if any(part in ("", ".", "..") for part in parts):
            raise InputError(file.name, "not a name below the folder")
        target = folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
        with open(descriptor, "wb") as opened:
            opened.write(file.content)
