"""The inside of the sandbox: `main` runs in a child process of its own, started by run.py. Standard library only.

launcher (outside of the new process namespace, watches and kills) -> first (process 1: builds the root, starts the
program, reaps, collects) -> program. Two pipes report, one JSON line a message; file contents follow their line.
"""

import contextlib
import json
import os
import resource
import select
import signal
import sys
import time
from typing import Any, NoReturn

from . import collect, kernel, tree, watch
from .values import CALL, CPU, FILES, FILTER, MEMORY, NAMESPACES, PROCESSES, UNPRIVILEGED, WALL, WATCH

NOBODY = 65534  # the kernel's overflow uid: owns nothing
INSIDE_UID = 1000
OWN_PROCESSES = 2  # launcher and first count among the processes of the user namespace
POLL_S = 0.02  # between looks at what is used; a burst of this length may pass a limit
ADDRESS_ROOM_MB = 4096  # of address space besides memory: libraries and reserved, untouched ranges
ORDINARY_DESCRIPTORS = 4096
MB = 1 << 20
CORE_NONE = 1  # the kernel's own word for "no core, not even to a pipe" (fs/coredump.c)
Spec = dict[str, Any]


class LayerError(Exception):
    """A layer that cannot be had."""

    def __init__(self, layer: str, why: object) -> None:
        super().__init__(f"{layer}: {why}")
        self.layer, self.why = layer, str(why)


def main(spec_fd: int) -> None:
    """The launcher. The spec comes as JSON through a pipe; reports go to the descriptors that it names."""
    with open(spec_fd) as file:
        spec: Spec = json.load(file)
    for descriptor in (spec["launcher_fd"], spec["first_fd"], spec["control_fd"], *(fd for _, fd in spec["inputs"])):
        os.set_inheritable(descriptor, False)
    try:
        _launch(spec)
    except LayerError as error:
        _report(spec["launcher_fd"], {"unavailable": error.layer, "why": error.why})
    except Exception as error:
        _report(spec["launcher_fd"], {"failed": f"{type(error).__name__}: {error}"})


def _launch(spec: Spec) -> None:
    kernel.prctl("parent's death", kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if _wants(spec, WATCH) and not watch.available():
        raise LayerError(WATCH, "the kernel does not list children of processes")
    trees: dict[str, int] = {}
    if _is_root() and _wants(spec, UNPRIVILEGED):
        if _wants(spec, NAMESPACES):  # while the way to them may still be walked
            trees = _layer(NAMESPACES, tree.clone_trees, spec["trees"])
        for folder in spec["folders"]:
            os.chown(folder, NOBODY, NOBODY)
        _layer(UNPRIVILEGED, _become_nobody)
    if _wants(spec, NAMESPACES):
        _layer(NAMESPACES, _own_namespaces, spec["scratch_mb"])
    else:  # a program may then kill `first`: what it leaves comes to us
        kernel.prctl("subreaper", kernel.PR_SET_CHILD_SUBREAPER, 1)
    started = time.monotonic()
    first = os.fork()
    if first == 0:
        _first(spec, trees)
    os.close(spec["first_fd"])
    stopped, peak = _supervise(spec, first, started)
    used = os.wait4(first, 0)[2]
    if not _wants(spec, NAMESPACES):
        _kill_below(os.getpid())
    cpu_s = max(used.ru_utime + used.ru_stime, peak.cpu_s)
    peak_mb = max(peak.memory_bytes, used.ru_maxrss * 1024) / MB  # ru_maxrss: KiB of the largest process
    wall_s = time.monotonic() - started
    told = {"stopped": stopped, "wall_s": wall_s, "cpu_s": cpu_s, "peak_mb": peak_mb, "tasks": peak.tasks}
    _report(spec["launcher_fd"], told)


def _wants(spec: Spec, layer: str) -> bool:
    return layer not in spec["without"]


def _layer(layer: str, make: Any, *arguments: object) -> Any:
    try:
        return make(*arguments)
    except OSError as error:
        raise LayerError(layer, error) from error


def _is_root() -> bool:
    """Whether this is the machine's root; root of a container with users of its own is somebody else outside."""
    with open("/proc/self/uid_map") as file:
        return os.geteuid() == 0 and file.readline().split()[:2] == ["0", "0"]


def _become_nobody() -> None:
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    kernel.prctl("dumpable", kernel.PR_SET_DUMPABLE, 1)  # or /proc/self/uid_map belongs to root
    kernel.prctl("parent's death", kernel.PR_SET_PDEATHSIG, signal.SIGKILL)  # a change of user forgets it


def _own_namespaces(shared_mb: int) -> None:
    uid, gid = os.geteuid(), os.getegid()
    kernel.unshare(
        kernel.CLONE_NEWUSER | kernel.CLONE_NEWPID | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC
        | kernel.CLONE_NEWUTS | kernel.CLONE_NEWCGROUP
    )  # fmt: skip
    for name, text in (("setgroups", "deny"), ("uid_map", f"{INSIDE_UID} {uid} 1"), ("gid_map", f"{INSIDE_UID} {gid} 1")):  # noqa: E501  # fmt: skip
        _write(f"/proc/self/{name}", text)
    with contextlib.suppress(OSError):  # a second bolt behind the filter
        _write("/proc/sys/user/max_user_namespaces", "0")
    with contextlib.suppress(OSError):  # shared segments that nobody maps count nowhere else; Linux 5.19
        _write("/proc/sys/kernel/shmall", str(shared_mb * MB // watch.PAGE_BYTES))


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def _supervise(spec: Spec, first: int, started: float) -> tuple[str, watch.Use]:
    """Waits until `first` has ended, or a limit of all together is passed and it is killed with its namespace."""
    ended = os.pidfd_open(first)
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    poll.register(spec["control_fd"], select.POLLIN | select.POLLHUP)
    peak = watch.Use((), 0, 0, 0.0)
    stopped = ""
    while not stopped:
        ready = {descriptor for descriptor, _ in poll.poll(POLL_S * 1000)}
        if ended in ready:
            return "", peak
        if spec["control_fd"] in ready:
            stopped = "caller"
            break
        if _wants(spec, WATCH):
            now = watch.use(first)
            peak = watch.higher(now, peak)
            stopped = _passed(spec, now)
        if time.monotonic() - started > spec["wall_s"]:
            stopped = WALL
    _kill(spec, first)
    return stopped, peak


def _passed(spec: Spec, now: watch.Use) -> str:
    if now.cpu_s > spec["cpu_s"]:
        return CPU
    if now.tasks > spec["processes"]:
        return PROCESSES
    limit_bytes = spec["memory_mb"] * MB
    if now.memory_bytes > limit_bytes:
        exact = watch.shared_once(now.pids)
        if exact is None or exact > limit_bytes:
            return MEMORY
    return ""


def _kill(spec: Spec, first: int) -> None:
    """Process 1 takes its namespace with it; without one, all that descend from it are killed until none is left."""
    if not _wants(spec, NAMESPACES):
        os.kill(first, signal.SIGSTOP)  # it would collect
        _kill_below(first)
    os.kill(first, signal.SIGKILL)


def _kill_below(first: int) -> None:
    """Stopped before killed, so that none forks meanwhile."""
    deadline = time.monotonic() + 5
    while (pids := [pid for pid in watch.descendants(first) if not _zombie(pid)]) and time.monotonic() < deadline:
        for one in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, one)


def _zombie(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def _first(spec: Spec, trees: dict[str, int]) -> NoReturn:
    """Process 1. Never returns."""
    report = spec["first_fd"]
    try:
        os.close(spec["launcher_fd"])
        os.close(spec["control_fd"])
        kernel.prctl("parent's death", kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        _prepare(spec, trees)
        kernel.prctl("dumpable", kernel.PR_SET_DUMPABLE, 0)
        program = os.fork()
        if program == 0:
            _program(spec)
        _report(report, _ending(_reap(spec, program)))
        _hand_over(spec, report)
    except LayerError as error:
        _report(report, {"unavailable": error.layer, "why": error.why})
    except BaseException as error:
        _report(report, {"failed": f"{type(error).__name__}: {error}"})
    os._exit(0)


def _prepare(spec: Spec, trees: dict[str, int]) -> None:
    if _wants(spec, NAMESPACES):
        _layer(NAMESPACES, kernel.unshare, kernel.CLONE_NEWNS)
        _layer(NAMESPACES, tree.build, spec, trees)
        return
    kernel.prctl("subreaper", kernel.PR_SET_CHILD_SUBREAPER, 1)
    _, inputs, scratch = spec["folders"]
    tree.copy_inputs(spec["inputs"], inputs)
    tree.link_inputs(spec["inputs"], scratch, inputs)
    os.chdir(scratch)


def _program(spec: Spec) -> NoReturn:
    """Limits, filter, then the program takes this process over."""
    try:
        null = os.open("/dev/null", os.O_RDONLY)
        os.dup2(null, 0)
        os.closerange(3, ORDINARY_DESCRIPTORS)  # those above are closed by exec, as these would be
        for one in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them; a program of its own need not
            signal.signal(one, signal.SIG_DFL)
        os.umask(0o022)
        kernel.prctl("no new privileges", kernel.PR_SET_NO_NEW_PRIVS, 1)
        kernel.drop_capabilities()
        _limit(spec)
        if _wants(spec, FILTER):
            kernel.install_filter(bytes.fromhex(spec["filter"]))
        os.execve(spec["argv"][0], spec["argv"], spec["environment"])  # noqa: S606
    except BaseException as error:
        os.write(2, f"{spec['argv'][0]}: not started: {error}\n".encode())
    os._exit(127)


def _limit(spec: Spec) -> None:
    """Limits of each process; a program without privileges cannot raise them."""
    cpu_s = int(spec["cpu_s"]) + 1
    limits = [
        (resource.RLIMIT_CPU, cpu_s, cpu_s + 1),
        (resource.RLIMIT_DATA, spec["memory_mb"] * MB, None),
        (resource.RLIMIT_AS, (spec["memory_mb"] + ADDRESS_ROOM_MB) * MB, None),
        (resource.RLIMIT_FSIZE, spec["scratch_mb"] * MB, None),
        (resource.RLIMIT_NOFILE, spec["open_files"], None),
        (resource.RLIMIT_CORE, CORE_NONE, None),
        (resource.RLIMIT_MEMLOCK, 0, None),
        (resource.RLIMIT_MSGQUEUE, 0, None),
        (resource.RLIMIT_RTPRIO, 0, None),
        (resource.RLIMIT_SIGPENDING, 256, None),
    ]
    if _wants(spec, NAMESPACES) and spec["counts_by_namespace"]:
        limits.append((resource.RLIMIT_NPROC, spec["processes"] + OWN_PROCESSES, None))
    for which, soft, hard in limits:
        ceiling = resource.getrlimit(which)[1]
        wanted = soft if hard is None else hard
        top = wanted if ceiling == resource.RLIM_INFINITY else min(wanted, ceiling)
        resource.setrlimit(which, (min(soft, top), top))


def _reap(spec: Spec, program: int) -> int:
    """The program's wait status; whatever else runs then is killed and reaped."""
    status = 0
    while True:
        pid, code = os.waitpid(-1, 0)
        if pid == program:
            status = code
            break
    while True:
        if _wants(spec, NAMESPACES):
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
        else:
            _kill_below(os.getpid())
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return status


def _ending(status: int) -> dict[str, Any]:
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return {"exit": code, "signal": "", "stopped": ""}
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    stopped = {"SIGSYS": CALL, "SIGXCPU": CPU, "SIGXFSZ": FILES}.get(name, "")
    return {"exit": None, "signal": name, "stopped": stopped}


def _hand_over(spec: Spec, report: int) -> None:
    """Sends what was written, then whether the scratch was full."""
    folder = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    bounds = collect.Bounds(spec["collected_files"], spec["scratch_mb"] * MB, spec["depth"], 20 * spec["scratch_files"])
    names = frozenset(name for name, _ in spec["inputs"])
    for found in collect.collect(folder, bounds, names):
        _report(report, {"file": found.name, "size": len(found.content), "reason": found.reason})
        _send(report, found.content)
    space = os.fstatvfs(folder)
    full = space.f_bavail < space.f_blocks // 100 or (space.f_files > 0 and space.f_favail == 0)
    _report(report, {"full": full and _wants(spec, NAMESPACES)})


def _report(descriptor: int, message: dict[str, Any]) -> None:
    _send(descriptor, json.dumps(message).encode() + b"\n")


def _send(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


if __name__ == "__main__":
    main(int(sys.argv[1]))
