# ruff: noqa: E501 - programs on one line
"""Each way to use up the machine is stopped; nothing that was started lives on."""

import os
import secrets
from pathlib import Path

import pytest
from adatom.cloud.evaluate.sandbox.run import run
from adatom.cloud.evaluate.sandbox.values import (
    CALL,
    CPU,
    FILES,
    FILTER,
    MEMORY,
    NAMESPACES,
    OUTPUT,
    PROCESSES,
    SUPERVISOR,
    UNPRIVILEGED,
    WALL,
    Limits,
)

from .host import BARE, script

SMALL = Limits(9.0, 0.3, memory_mb=150, processes=12, scratch_mb=8, scratch_files=40, output_kb=64)
SLEEP_S = 0.4  # wall time for those that only wait
# name -> (program, what stops it or is reached)
BOMBS = {
    "forks": ("import os\nwhile True:\n try: os.fork()\n except OSError: pass", {CPU}),
    "threads": ("import threading, time, os\ntry:\n while True: threading.Thread(target=time.sleep, args=(9,)).start()\nexcept RuntimeError: time.sleep(.1); os._exit(3)", {PROCESSES}),
    "memory": ("a = []\nwhile True: a.append(bytearray(1 << 24))", {MEMORY}),
    "shared memory": ("import mmap\na = []\nwhile True:\n m = mmap.mmap(-1, 1 << 24); m.write(b'x' * (1 << 24)); a.append(m)", {MEMORY}),
    "memory of many": ("import os, time\nfor _ in range(6):\n if os.fork() == 0: break\na = bytearray(40 << 20)\ntime.sleep(9)", {MEMORY}),
    "an endless loop": ("while True: pass", {CPU}),
    "endless loops": ("import os\nfor _ in range(2): os.fork()\nwhile True: pass", {CPU}),
    "sleep": ("import time\ntime.sleep(9)", {WALL}),
    "deaf sleep": ("import time, signal\nfor s in range(1, 32):\n try: signal.signal(s, signal.SIG_IGN)\n except (OSError, ValueError): pass\ntime.sleep(9)", {WALL}),
    "output": ("import os\nwhile True: os.write(1, b'x' * 65536)", {OUTPUT}),
    "errors": ("import os\nwhile True: os.write(2, b'x' * 65536)", {OUTPUT}),
    "one large file": ("with open('f', 'wb') as f:\n while True: f.write(b'x' * (1 << 20))", {FILES}),
    "files in /tmp and /dev/shm": ("for i in range(9):\n for d in ('/tmp', '/dev/shm'): open(f'{d}/{i}', 'wb').write(b'x' * (1 << 20))", {FILES}),
    "many files": ("for i in range(99999): open(str(i), 'w')", {FILES}),
    "deep folders": ("import os\nwhile True: os.mkdir('d'); os.chdir('d')", {FILES}),
    "a forbidden call": ("import ctypes\nctypes.CDLL(None).ptrace(0, 0, 0, 0)", {CALL}),
}  # fmt: skip


def alive(mark: str) -> list[int]:
    """Processes of the host with a mark on their command line."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if mark.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(int(pid))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("name", BOMBS)
def test_stopped(name: str) -> None:
    text, reasons = BOMBS[name]
    mark = secrets.token_hex(8)
    # on a slow machine filling memory takes seconds of its own: only what loops is to meet the limit of CPU time
    limits = SMALL._replace(wall_s=SLEEP_S if "sleep" in name else 9.0, cpu_s=SMALL.cpu_s if reasons == {CPU} else 8.0)
    result = run([*BARE, "bomb.py", mark], {"bomb.py": text.encode()}, limits)
    assert {result.stopped, *result.reached} & reasons, result
    assert not result.ok
    assert alive(mark) == []
    assert result.wall_s < 12
    assert result.peak_memory_mb < 400
    assert result.peak_processes <= SMALL.processes + 2
    assert len(result.stdout) <= 64 << 10
    assert len(result.stderr) <= 64 << 10
    assert sum(len(file.content) for file in result.files) <= 8 << 20


DAEMON = "import os, time, signal\nsignal.signal(15, 1)\nif os.fork() == 0:\n os.setsid()\n if os.fork() == 0: time.sleep(60)\n os._exit(0)\nos.wait()\nprint('done')"


@pytest.mark.parametrize("without", [(), (NAMESPACES, FILTER, UNPRIVILEGED)])
def test_a_daemon_ends_with_the_program(without: tuple[str, ...]) -> None:
    mark = secrets.token_hex(8)
    result = run([*BARE, "d.py", mark], {"d.py": DAEMON.encode()}, without=without)
    assert (result.exit, result.stdout) == (0, "done\n")
    assert alive(mark) == []


def test_a_bomb_without_namespaces_leaves_nothing() -> None:
    mark = secrets.token_hex(8)
    inputs = {"d.py": DAEMON.replace("print('done')", "time.sleep(60)").encode()}
    result = run([*BARE, "d.py", mark], inputs, Limits(wall_s=0.4), without=(NAMESPACES, FILTER, UNPRIVILEGED))
    assert result.stopped == WALL
    assert alive(mark) == []


def test_killing_its_supervisor_does_not_help() -> None:
    """Without namespaces it can; what it leaves is killed all the same, and the result says so."""
    mark = secrets.token_hex(8)
    text = (
        "import os, time\nif os.fork() == 0:\n os.setsid()\n time.sleep(60)\nos.kill(os.getppid(), 9)\ntime.sleep(60)"
    )
    without = (NAMESPACES, FILTER, UNPRIVILEGED)
    result = run([*BARE, "d.py", mark], {"d.py": text.encode()}, Limits(wall_s=9), without=without)
    assert (result.exit, result.stopped, result.ok) == (None, SUPERVISOR, False)
    assert alive(mark) == []


def test_a_sparse_file_takes_no_room() -> None:
    result = script("open('a', 'wb').truncate(6 << 20)\nopen('b', 'wb').truncate(6 << 20)", scratch_mb=8)
    assert [(file.name, len(file.content)) for file in result.files] == [("a", 6 << 20)]
    assert result.skipped == ("b: too large (6291456 bytes)",)
    assert "File too large" in script("open('a', 'wb').truncate(1 << 40)", scratch_mb=8).stderr


def test_no_core_is_dumped() -> None:
    result = script("import os\nos.abort()")
    assert (result.exit, result.signal, result.stopped, result.files) == (None, "SIGABRT", "", ())


def test_a_folder_in_tmp_is_seen_where_it_is_though_tmp_is_the_scratch(tmp_path: Path) -> None:
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "said.txt").write_text("seen")
    text = f"print(open({str(tmp_path / 'packages' / 'said.txt')!r}).read())\nopen('/tmp/mine', 'w').write('x')"
    result = run([*BARE, "look.py"], {"look.py": text.encode()}, Limits(), read_only=[tmp_path / "packages"])
    assert (result.stdout, result.exit) == ("seen\n", 0), result
