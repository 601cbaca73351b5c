"""Runs another program in a folder within limits. The one place where the atomistic part starts a process.

No shell: a list of arguments. The process leads a group of its own, so that what it started ends with it.
"""

import contextlib
import os
import resource
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from adatom.protocol.errors import FailedError

MOST_SHOWN = 2000  # characters of a program's last words
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "TMPDIR")


@dataclass(frozen=True)
class Limits:
    """What the process may use: wall and processor time in s, memory and one file's size in bytes."""

    wall_s: float = 600.0
    cpu_s: int = 600
    memory_bytes: int = 4_000_000_000
    file_bytes: int = 500_000_000


@dataclass(frozen=True)
class Job:
    """`arguments` start with the program's path. `variables` are added to a bare environment."""

    arguments: tuple[str, ...]
    folder: Path
    limits: Limits = field(default_factory=Limits)
    variables: Mapping[str, str] = field(default_factory=dict)


Runner = Callable[[Job], str]


def run(job: Job) -> str:
    """What the program printed. FailedError when it cannot start, fails, or passes a limit; its group is ended then."""
    output = job.folder / "printed.txt"
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ} | {"OMP_NUM_THREADS": "1"}
    name = Path(job.arguments[0]).name
    with output.open("wb") as sink:
        try:
            process = subprocess.Popen(  # noqa: S603  a list of our own words, no shell
                job.arguments, cwd=job.folder, env=environment | dict(job.variables), stdin=subprocess.DEVNULL,
                stdout=sink, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise FailedError(f"{name} cannot be started: {error.strerror}") from error
    try:
        _limit(process.pid, job.limits)
        code = process.wait(job.limits.wall_s)
    except subprocess.TimeoutExpired as error:
        raise FailedError(f"{name} took longer than {job.limits.wall_s:g} s and was ended") from error
    finally:
        _end_group(process)
    printed = output.read_bytes()[-1_000_000:].decode(errors="replace")
    if code != 0:
        raise FailedError(f"{name} ended with {_ending(code)}: {_last_words(printed)}")
    return printed


def _limit(pid: int, limits: Limits) -> None:
    """From outside, right after the start: a hook before exec is unsafe beside threads."""
    for kind, most in (
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.prlimit(pid, kind, (most, most))
        except ProcessLookupError:  # it has ended already
            return


def _end_group(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _ending(code: int) -> str:
    return f"exit code {code}" if code > 0 else signal.Signals(-code).name


def _last_words(printed: str) -> str:
    lines = [line for line in printed.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["it said nothing"])[-1][:MOST_SHOWN]
