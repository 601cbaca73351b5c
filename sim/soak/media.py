"""Faults of real media under real processes: a small file system that is filled, system calls that strace lets fail."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from adatom.protocol.errors import FailedError

from .processes import start, until

MIB = 1 << 20
BALLOON = "balloon"


@contextlib.contextmanager
def small_file_system(folder: Path, size_mib: int) -> Iterator[Path]:
    """A folder that is a file system of its own in memory. FailedError where this process may not mount one."""
    folder.mkdir(parents=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mib}m", "adatom-soak", str(folder)],  # noqa: S603, S607
                          capture_output=True, text=True, check=False)  # fmt: skip
    if done.returncode:
        raise FailedError(f"a small file system cannot be mounted here (as root it can): {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)  # noqa: S603, S607


@contextlib.contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Not a byte is free in a small file system."""
    balloon = folder / BALLOON
    try:
        with contextlib.suppress(OSError), balloon.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(MIB))
        with contextlib.suppress(OSError), balloon.open("ab", buffering=0) as file:
            while True:
                file.write(b"0")
        yield
    finally:
        balloon.unlink()


@contextlib.contextmanager
def syncs_fail(child: "subprocess.Popen[bytes]", log: Path) -> Iterator[None]:
    """Every fsync of a process gives an input/output error. FailedError without strace, or where it may not be used."""
    strace = shutil.which("strace")
    if strace is None:
        raise FailedError("strace is not installed: apt install strace")
    calls = "fsync,fdatasync"
    command = [strace, "-f", "-p", str(child.pid), "-e", f"trace={calls}", "-e", f"inject={calls}:error=EIO"]
    log.unlink(missing_ok=True)
    tracer = start(command, log)
    try:
        until(lambda: _attached(tracer, log), "strace", (log,), 10.0)
        yield
    finally:
        tracer.send_signal(signal.SIGINT)  # lets go of the process, which lives on
        tracer.wait()


def _attached(tracer: "subprocess.Popen[bytes]", log: Path) -> bool:
    text = log.read_text(errors="replace")
    if tracer.poll() is not None:
        raise FailedError(f"strace cannot trace here: {text[-300:]}")
    return "attached" in text


def free_bytes(folder: Path) -> int:
    """What a file system has left for this process."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
