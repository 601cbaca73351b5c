"""What goes into the sandbox and what comes out, as values. Knows nothing of how it is done."""

from typing import NamedTuple

from adatom.protocol.errors import FailedError

# Layers, in the words of a user. All are required unless the caller says otherwise by name.
NAMESPACES = "namespaces"  # own users, processes, network, mounts, IPC, host name; a root of its own
FILTER = "filter"  # of system calls
UNPRIVILEGED = "unprivileged"  # not the machine's root, whatever it may be called inside
WATCH = "watch"  # memory, CPU time and processes of all together, besides the limits of each
LAYERS = (NAMESPACES, FILTER, UNPRIVILEGED, WATCH)

# What may stop a run.
WALL, CPU, MEMORY, PROCESSES, OUTPUT, FILES, CALL = (
    "wall time",
    "CPU time",
    "memory",
    "processes",
    "output",
    "files",
    "forbidden call",
)
SUPERVISOR = "supervisor killed"  # by the program; only without namespaces


class Limits(NamedTuple):
    """What a run may use; (K) all: a small calculation on a laptop, to be raised by the caller."""

    wall_s: float = 60.0
    cpu_s: float = 60.0  # of all processes together
    memory_mb: int = 1024  # of all processes together, without the scratch
    processes: int = 32  # and threads, at a time
    open_files: int = 128  # a process
    scratch_mb: int = 64  # all files that it writes
    scratch_files: int = 1000
    output_kb: int = 1024  # of stdout, and of stderr
    inputs_mb: int = 256  # all inputs: they are copied
    collected_files: int = 100  # that come back
    depth: int = 8  # folders deep that files are looked for


class File(NamedTuple):
    """A file that the program wrote, by its path below the scratch folder."""

    name: str
    content: bytes


class Result(NamedTuple):
    """What became of a run. `exit` is None if a signal ended it or a limit stopped it."""

    exit: int | None
    signal: str  # such as SIGSEGV, or empty
    stopped: str  # the limit that stopped it (WALL, CPU, ...), or empty
    reached: tuple[str, ...]  # limits that it met without being stopped
    stdout: str
    stderr: str
    files: tuple[File, ...]
    skipped: tuple[str, ...]  # what was not collected, and why
    wall_s: float
    cpu_s: float
    peak_memory_mb: float
    peak_processes: int
    layers: tuple[str, ...]  # that were active
    missing: tuple[str, ...]  # that were not, by the caller's leave

    @property
    def ok(self) -> bool:
        """Whether it ran to its end and said so."""
        return self.exit == 0 and not self.stopped


class UnavailableError(FailedError):
    """A layer that the caller wants is not to be had on this machine; nothing was run."""

    def __init__(self, layer: str, why: str) -> None:
        super().__init__(f"sandbox: no {layer} on this machine ({why}); nothing was run. --allow-weaker {layer}")
        self.layer = layer
