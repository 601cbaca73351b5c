"""run(argv, inputs, limits) -> Result: the host's side. Starts the launcher, reads what comes out, never trusts it."""

import contextlib
import json
import os
import platform
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from adatom.protocol.errors import FailedError, InputError

from . import bpf
from .runtime import ENVIRONMENT, Runtime, program, programs_path, runtime
from .values import (
    CPU,
    FILES,
    FILTER,
    LAYERS,
    MEMORY,
    NAMESPACES,
    OUTPUT,
    PROCESSES,
    SUPERVISOR,
    File,
    Limits,
    Result,
    UnavailableError,
)

START = "import sys; sys.path.insert(0, sys.argv[2]); from adatom.cloud.evaluate.sandbox.inner import main; main(int(sys.argv[1]))"  # noqa: E501
GRACE_S = 10.0  # for the launcher to end after the wall time, before it is killed itself
CHUNK = 1 << 16
MB = 1 << 20
NAMESPACE_COUNTS = (5, 14)  # Linux that counts processes by user namespace; before, all of that user's count
REPORT_BYTES = 1 << 20  # of the reports' own words, besides file contents


class Streams(NamedTuple):
    """What came through the pipes."""

    stdout: bytes
    stderr: bytes
    launcher: bytes
    first: bytes
    overflow: bool


def run(
    argv: list[str],
    inputs: Mapping[str, Path | bytes] | None = None,
    limits: Limits | None = None,
    *,
    read_only: Iterable[Path] = (),
    environment: Mapping[str, str] | None = None,
    messages: bool = False,
    weaker: Iterable[str] = (),
    without: Iterable[str] = (),
) -> Result:
    """Runs a program with copies of `inputs` (name -> file or bytes) in its working folder, and nothing else.

    argv[0] is a program of this Python (python, lmp) or the system, or an absolute path below /usr, this Python or
    `read_only` (folders shown besides). Layers named in `weaker` may be missing; those in `without` are not used.
    `messages` lets it use sockets and shared segments (MPI does), in a network of its own that leads nowhere.
    Raises InputError for the caller's mistakes, UnavailableError for a layer that is not to be had (nothing was run).
    """
    limits = limits or Limits()
    _check(argv, limits, [*weaker, *without])
    off = set(without)
    while True:
        try:
            return _once(argv, inputs or {}, limits, runtime(read_only), dict(environment or {}), off, messages)
        except UnavailableError as error:
            if error.layer not in set(weaker) - off:
                raise
            off.add(error.layer)


def _check(argv: list[str], limits: Limits, layers: list[str]) -> None:
    if not argv:
        raise InputError("argv", "empty: a program and its arguments are needed")
    for name, value in limits._asdict().items():
        if not value > 0:
            raise InputError(name, f"{value!r}: must be above 0")
    for layer in layers:
        if layer not in LAYERS:
            raise InputError("--allow-weaker", f"{layer!r}: one of {', '.join(LAYERS)}")


def _once(
    argv: list[str],
    inputs: Mapping[str, Path | bytes],
    limits: Limits,
    seen: Runtime,
    environment: dict[str, str],
    off: set[str],
    messages: bool,
) -> Result:
    if messages and NAMESPACES in off:
        raise UnavailableError(NAMESPACES, "without a network of its own its sockets would be the machine's")
    with contextlib.ExitStack() as stack:
        opened = [(name, stack.enter_context(_opened(name, source, limits))) for name, source in inputs.items()]
        if sum(os.fstat(one).st_size for _, one in opened) > limits.inputs_mb * MB:
            raise InputError("inputs", f"more than {limits.inputs_mb} MB together")
        folders = _folders(stack) if NAMESPACES in off else []
        allowed = "" if FILTER in off else _filter(messages)
        spec = _spec(argv, limits, seen, environment, off) | {"inputs": opened, "folders": folders, "filter": allowed}
        if folders:
            spec["environment"] |= {"HOME": folders[2], "TMPDIR": folders[2]}
        started = time.monotonic()
        streams = _exchange(spec, limits)
    return _result(streams, limits, off, time.monotonic() - started)


@contextlib.contextmanager
def _opened(name: str, source: Path | bytes, limits: Limits) -> Iterator[int]:
    """A descriptor of an input. InputError for an odd name or anything but a readable, regular file."""
    if not name or not name.isprintable() or "/" in name or name.startswith("."):
        raise InputError(f"input {name!r}", "a plain file name is needed, without folders and not hidden")
    if isinstance(source, bytes):
        with tempfile.TemporaryFile() as copy:
            copy.write(source)
            copy.seek(0)
            yield copy.fileno()
        return
    if not source.is_file():
        raise InputError(str(source), "no such file")
    try:
        file = source.open("rb")
    except OSError as error:
        raise InputError(str(source), f"not readable: {error.strerror}") from error
    with file:
        if os.fstat(file.fileno()).st_size > limits.inputs_mb * MB:
            raise InputError(str(source), f"more than {limits.inputs_mb} MB of inputs")
        yield file.fileno()


def _folders(stack: contextlib.ExitStack) -> list[str]:
    """For a run without a root of its own: a folder with one for inputs and one to work in, removed afterwards."""
    home = tempfile.mkdtemp(prefix="adatom-run-")
    stack.callback(shutil.rmtree, home, ignore_errors=True)
    folders = [home, f"{home}/inputs", f"{home}/scratch"]
    for folder in folders[1:]:
        os.mkdir(folder)
    return folders


def _spec(argv: list[str], limits: Limits, seen: Runtime, environment: dict[str, str], off: set[str]) -> dict[str, Any]:
    release = tuple(int(part) for part in platform.release().split("-")[0].split(".")[:2])
    executable = argv[0] if os.path.isabs(argv[0]) else program(argv[0])
    return {
        **limits._asdict(),
        "argv": [executable, *argv[1:]],
        "environment": ENVIRONMENT | {"PATH": programs_path()} | environment,
        "without": sorted(off),
        "counts_by_namespace": release >= NAMESPACE_COUNTS,
        **seen._asdict(),
    }


def _filter(messages: bool) -> str:
    try:
        return bpf.program(platform.machine(), messages).hex()
    except KeyError as error:
        raise UnavailableError(FILTER, f"no table of system calls for {error}") from error


def _exchange(spec: dict[str, Any], limits: Limits) -> Streams:
    """Starts the launcher, feeds it the spec, and reads all four pipes until they end."""
    pipes = {name: os.pipe() for name in ("spec", "control", "launcher", "first")}
    theirs = {"spec": 0, "control": 0, "launcher": 1, "first": 1}
    spec |= {f"{name}_fd": pipes[name][end] for name, end in theirs.items()}
    passed = [pipes[name][end] for name, end in theirs.items()]
    root = str(Path(__file__).parents[4])  # the folder that holds `adatom`
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-I", "-S", "-c", START, str(spec["spec_fd"]), root],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={}, cwd="/",
        pass_fds=[*passed, *(descriptor for _, descriptor in spec["inputs"])], start_new_session=True,
    )  # fmt: skip
    for descriptor in passed:
        os.close(descriptor)
    control = pipes["control"][1]
    try:
        with contextlib.suppress(BrokenPipeError), open(pipes["spec"][1], "w") as file:
            json.dump(spec, file)
        return _read(process, pipes["launcher"][0], pipes["first"][0], control, limits)
    finally:
        for descriptor in (control, pipes["launcher"][0], pipes["first"][0]):
            os.close(descriptor)  # without the control pipe the launcher kills, whatever happened here
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()  # the kernel then kills process 1 inside (its parent's death), and with it all others
        process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _read(process: "subprocess.Popen[bytes]", launcher: int, first: int, control: int, limits: Limits) -> Streams:
    assert process.stdout is not None
    assert process.stderr is not None
    output = limits.output_kb * 1024
    rooms = {
        process.stdout.fileno(): output,
        process.stderr.fileno(): output,
        launcher: REPORT_BYTES,
        first: REPORT_BYTES + limits.scratch_mb * MB,
    }
    got = {descriptor: bytearray() for descriptor in rooms}
    deadline = time.monotonic() + limits.wall_s + GRACE_S
    overflow = False
    with selectors.DefaultSelector() as selector:
        for descriptor in rooms:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map() and time.monotonic() < deadline:
            for key, _ in selector.select(0.2):
                data = os.read(key.fd, CHUNK)
                if not data:
                    selector.unregister(key.fd)
                room = rooms[key.fd] - len(got[key.fd])
                got[key.fd] += data[:room]
                if len(data) > room and not overflow:  # told once; the rest is read and dropped until all have ended
                    overflow = True
                    _tell(control)
    stdout, stderr, from_launcher, from_first = (bytes(one) for one in got.values())
    return Streams(stdout, stderr, from_launcher, from_first, overflow)


def _tell(control: int) -> None:
    """The launcher kills when it reads anything."""
    with contextlib.suppress(BrokenPipeError):
        os.write(control, b"x")


def _result(streams: Streams, limits: Limits, off: set[str], wall_s: float) -> Result:
    """The streams as a value. UnavailableError or FailedError if the sandbox itself could not be made."""
    launcher = _messages(streams.launcher)[0]
    first, files, skipped = _messages(streams.first)
    for message in (launcher, first):
        if "unavailable" in message:
            raise UnavailableError(message["unavailable"], message["why"])
        if "failed" in message:
            raise FailedError(f"sandbox: {message['failed']}")
    if not launcher and not streams.overflow:
        raise FailedError(f"sandbox: it did not start: {streams.stderr.decode(errors='replace')[-500:]}")
    stopped = OUTPUT if streams.overflow else launcher["stopped"] or first.get("stopped", "")
    cpu_s, peak_mb, tasks = launcher.get("cpu_s", 0.0), launcher.get("peak_mb", 0.0), launcher.get("tasks", 0)
    if first.get("signal") == "SIGKILL" and not stopped and cpu_s >= limits.cpu_s:
        stopped = CPU
    if not stopped and "exit" not in first:
        stopped = SUPERVISOR
    met = {PROCESSES: tasks >= limits.processes, FILES: first.get("full", False), MEMORY: peak_mb >= 0.9 * limits.memory_mb}  # noqa: E501  # fmt: skip
    return Result(
        exit=None if stopped else first.get("exit"),
        signal=first.get("signal", ""),
        stopped=stopped,
        reached=tuple(name for name, was in met.items() if was and name != stopped),
        stdout=streams.stdout.decode(errors="replace"),
        stderr=streams.stderr.decode(errors="replace"),
        files=files,
        skipped=skipped,
        wall_s=launcher.get("wall_s", wall_s),
        cpu_s=cpu_s,
        peak_memory_mb=peak_mb,
        peak_processes=tasks,
        layers=tuple(layer for layer in LAYERS if layer not in off),
        missing=tuple(layer for layer in LAYERS if layer in off),
    )


def _messages(stream: bytes) -> tuple[dict[str, Any], tuple[File, ...], tuple[str, ...]]:
    """The messages of one pipe merged, files, and what was left out. A message that was cut off ends it."""
    merged: dict[str, Any] = {}
    files: list[File] = []
    skipped: list[str] = []
    while stream:
        line, _, stream = stream.partition(b"\n")
        try:
            message = json.loads(line)
        except ValueError:
            break
        if "file" not in message:
            merged |= message
        elif message["reason"]:
            skipped.append(f"{message['file']}: {message['reason']}".lstrip(": "))
        else:
            files.append(File(message["file"], stream[: message["size"]]))
            stream = stream[message["size"] :]
    return merged, tuple(files), tuple(skipped)


def run_python(
    source: Path, inputs: Iterable[Path] = (), limits: Limits | None = None, weaker: Iterable[str] = ()
) -> Result:
    """Runs a Python file by this Python and its packages; `inputs` lie beside it under their own names."""
    named: dict[str, Path | bytes] = {}
    for path in (source, *inputs):
        if path.name in named:
            raise InputError(str(path), "two inputs have this file name")
        named[path.name] = path
    return run(["python", "-s", source.name], named, limits, weaker=weaker)
