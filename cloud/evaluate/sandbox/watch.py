"""What a tree of processes uses, from /proc: the limits of one process do not add up to a limit of all."""

import os
from typing import NamedTuple

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
# columns of /proc/PID/stat after the command's closing bracket (proc(5), whose numbers start at 3 there)
UTIME, STIME, CUTIME, CSTIME, THREADS, RSS = 14 - 3, 15 - 3, 16 - 3, 17 - 3, 20 - 3, 24 - 3


class Use(NamedTuple):
    pids: tuple[int, ...]  # without the first
    tasks: int  # processes and threads, without the first
    memory_bytes: int  # resident; what processes share counts once each
    cpu_s: float


def _text(path: str) -> str:
    """Empty if the process has gone meanwhile."""
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def children(pid: int) -> list[int]:
    """Direct children of every thread of a process."""
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    return [int(one) for task in tasks for one in _text(f"/proc/{pid}/task/{task}/children").split()]


def descendants(pid: int) -> list[int]:
    """All below a process; it must be the reaper of its orphans."""
    found: list[int] = []
    new = children(pid)
    while new:
        found += new
        new = [one for parent in new for one in children(parent)]
    return found


def use(first: int) -> Use:
    """Of all below `first`, and the CPU time of those that have ended."""
    pids = descendants(first)
    tasks = pages = ticks = 0
    for pid in (first, *pids):
        columns = _text(f"/proc/{pid}/stat").rpartition(")")[2].split()
        if not columns:
            continue
        ticks += sum(int(columns[at]) for at in (UTIME, STIME, CUTIME, CSTIME))
        if pid != first:
            tasks += int(columns[THREADS])
            pages += int(columns[RSS])
    return Use(tuple(pids), tasks, pages * PAGE_BYTES, ticks / TICKS_PER_S)


def shared_once(pids: tuple[int, ...]) -> int | None:
    """Bytes with shared pages divided among those that share; None if the kernel does not tell. Slow: some ms each."""
    total = 0
    for pid in pids:
        text = _text(f"/proc/{pid}/smaps_rollup")
        kilobytes = [line.split()[1] for line in text.splitlines() if line.startswith("Pss:")]
        if not kilobytes:
            return None
        total += int(kilobytes[0]) * 1024
    return total


def higher(one: Use, other: Use) -> Use:
    """The larger of each, without the processes."""
    memory_bytes = max(one.memory_bytes, other.memory_bytes)
    return Use((), max(one.tasks, other.tasks), memory_bytes, max(one.cpu_s, other.cpu_s))


def available() -> bool:
    """Whether this kernel lists children (CONFIG_PROC_CHILDREN)."""
    return os.path.exists(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
