"""What a well-behaved program gets and gives back; what is refused before anything runs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from adatom.cloud.evaluate.cli import app
from adatom.cloud.evaluate.sandbox import run as host_side
from adatom.cloud.evaluate.sandbox.report import check_folder, printable, write_files
from adatom.cloud.evaluate.sandbox.run import run, run_python
from adatom.cloud.evaluate.sandbox.runtime import runtime
from adatom.cloud.evaluate.sandbox.values import FILTER, LAYERS, NAMESPACES, File, Limits, UnavailableError
from adatom.protocol.errors import InputError
from typer.testing import CliRunner

from .host import REPOSITORY, script

OUTPUTS = """
import os
os.symlink('/etc/passwd', 'link'); os.symlink('/', 'root'); os.symlink('..', 'up')
open('one', 'w').write('x'); os.link('one', 'other')
open('red\\x1b[31m', 'w'); open(b'\\xff', 'w')
os.mkdir('sub'); open('sub/good', 'w').write('good')
open('closed', 'w'); os.chmod('closed', 0)
"""


def test_numbers_by_numpy(tmp_path: Path) -> None:
    (tmp_path / "fit.py").write_text(
        "import numpy as np\nx, y = np.loadtxt('data.csv', delimiter=',').T\n"
        "np.savetxt('line.txt', np.polyfit(x, y, 1))\nprint(open('/inputs/data.csv').read(3))"
    )
    (tmp_path / "data.csv").write_text("0,1\n1,3\n2,5\n")
    result = run_python(tmp_path / "fit.py", [tmp_path / "data.csv"])
    assert result.ok
    assert (result.stdout, result.stderr, result.skipped, result.layers) == ("0,1\n", "", (), LAYERS)
    assert [round(float(one), 6) for one in result.files[0].content.split()] == [2, 1]
    assert 0 < result.cpu_s < 60
    assert 5 < result.peak_memory_mb < 1024


def test_only_plain_files_come_back() -> None:
    result = script(OUTPUTS)
    assert File("sub/good", b"good") in result.files
    assert {file.name for file in result.files} <= {"closed", "sub/good"}
    told = dict(text.split(": ", 1) for text in result.skipped)
    assert {told[name] for name in ("link", "root", "up")} == {"a symbolic link"}
    assert {told[name] for name in ("one", "other")} == {"a hard link"}
    assert {told["'red\\x1b[31m'"], told["'\\udcff'"]} == {"name not printable"}


def test_environment_and_stdin_are_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", "secret")
    result = script("import os, sys\nprint(sorted(os.environ), repr(sys.stdin.read()))")
    assert "A_KEY" not in result.stdout
    assert result.stdout.endswith("''\n")


def test_inputs_are_copies(tmp_path: Path) -> None:
    held = tmp_path / "held"
    held.write_text("mine")
    held.chmod(0o600)
    result = run(["python", "-c", "print(open('held').read())"], {"held": held})
    assert result.stdout == "mine\n"
    assert run(["python", "-c", "open('held', 'w')"], {"held": held}).exit == 1
    assert held.read_text() == "mine"


def test_lammps_runs(tmp_path: Path) -> None:
    text = b"units lj\nlattice fcc 0.8\nregion b block 0 2 0 2 0 2\ncreate_box 1 b\ncreate_atoms 1 box\nmass 1 1.0\npair_style lj/cut 2.5\npair_coeff 1 1 1.0 1.0\nrun 0\n"  # noqa: E501
    result = run(["lmp", "-in", "in.lmp"], {"in.lmp": text}, messages=True)
    assert result.ok, result.stderr
    assert "Total wall time" in result.stdout


def test_messages_lead_nowhere() -> None:
    text = "import socket\ntry: socket.create_connection(('127.0.0.1', 22), 1)\nexcept OSError as e: print(e)"
    assert "unreachable" in run(["python", "-c", text], messages=True).stdout
    with pytest.raises(UnavailableError, match="the machine's"):
        run(["python", "-c", text], messages=True, without=[NAMESPACES])


def test_a_layer_that_is_not_to_be_had_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_side.platform, "machine", lambda: "vax")
    with pytest.raises(UnavailableError, match=r"nothing was run\. --allow-weaker filter") as caught:
        run(["python", "-c", "print(1)"])
    assert caught.value.layer == FILTER
    result = run(["python", "-c", "print(1)"], weaker=[FILTER])
    assert (result.stdout, result.missing) == ("1\n", (FILTER,))


# A process that may make no user namespaces, as in many containers; not the machine's root.
LOCKED = """
import sys
from adatom.cloud.evaluate.sandbox import kernel, run
from adatom.cloud.evaluate.sandbox.values import UnavailableError
uid, gid = __import__("os").geteuid(), __import__("os").getegid()
kernel.unshare(kernel.CLONE_NEWUSER)
for name, text in (("setgroups", "deny"), ("uid_map", f"1000 {uid} 1"), ("gid_map", f"1000 {gid} 1")):
    open(f"/proc/self/{name}", "w").write(text)
open("/proc/sys/user/max_user_namespaces", "w").write("0")
program = ["python", "-c", "import socket; print('ran'); socket.socket()"]
try:
    run.run(program)
except UnavailableError as error:
    print(error)
result = run.run(program, weaker=["namespaces"])
print(result.stdout, result.missing, "PermissionError" in result.stderr)
"""


def test_a_machine_without_user_namespaces_refuses() -> None:
    environment = {"PYTHONPATH": str(REPOSITORY / ".path"), "PATH": os.environ["PATH"]}
    got = subprocess.run(
        [sys.executable, "-c", LOCKED], capture_output=True, text=True, env=environment, check=True, timeout=60
    )  # fmt: skip
    refusal, ran, missing = got.stdout.splitlines()
    assert "no namespaces on this machine" in refusal
    assert "nothing was run" in refusal
    assert (ran, missing) == ("ran", " ('namespaces',) True")


def test_a_namespace_that_the_kernel_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real refusal: a tree that is not there cannot be cloned."""
    monkeypatch.setattr(host_side, "runtime", lambda extra: runtime()._replace(trees=["/nowhere"]))
    with pytest.raises(UnavailableError, match="open_tree /nowhere"):
        run(["python", "-c", "print(1)"])


@pytest.mark.parametrize(
    ("argv", "inputs", "limits", "weaker", "says"),
    [
        ([], {}, Limits(), [], "a program"),
        (["no-such-program"], {}, Limits(), [], "no such program"),
        (["python"], {"../x": b""}, Limits(), [], "plain file name"),
        (["python"], {".x": b""}, Limits(), [], "plain file name"),
        (["python"], {"x": Path("/nowhere")}, Limits(), [], "no such file"),
        (["python"], {"x": Path("/dev/zero")}, Limits(), [], "no such file"),
        (["python"], {"x": b"0" * 3_000_000}, Limits(inputs_mb=2), [], "more than 2 MB"),
        (["python"], {}, Limits(wall_s=0), [], "above 0"),
        (["python"], {}, Limits(wall_s=float("nan")), [], "above 0"),
        (["python"], {}, Limits(), ["everything"], "one of namespaces"),
    ],
)
def test_refused(
    argv: list[str], inputs: dict[str, Path | bytes], limits: Limits, weaker: list[str], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        run(argv, inputs, limits, weaker=weaker)


def test_files_go_to_a_new_folder_only(tmp_path: Path) -> None:
    write_files(tmp_path / "new", [File("a/b", b"1")])
    assert (tmp_path / "new" / "a" / "b").read_bytes() == b"1"
    with pytest.raises(InputError, match="not empty"):
        check_folder(tmp_path / "new")
    for name in ("../x", "/x", "a/../x", ""):
        with pytest.raises(InputError, match="below the folder"):
            write_files(tmp_path / "other", [File(name, b"")])
    assert not (tmp_path / "x").exists()


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert printable("a\x1b[2J\tb\n\x07") == "a\\x1b[2J\tb\n\\x07"


def test_command(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("open('r.txt', 'w').write('1'); print('hello')")
    ended = CliRunner().invoke(app, ["run", str(tmp_path / "a.py"), "--json", "--out", str(tmp_path / "o")])
    data = json.loads(ended.stdout)
    assert ended.exit_code == 0
    assert (data["stdout"], data["files"], data["ok"]) == ("hello\n", [{"name": "r.txt", "bytes": 1}], True)
    assert (tmp_path / "o" / "r.txt").read_text() == "1"
    (tmp_path / "b.py").write_text("1/0")
    failed = CliRunner().invoke(app, ["run", str(tmp_path / "b.py")])
    assert failed.exit_code == 1
    assert "ZeroDivisionError" in failed.stdout
    assert "exit 1" in failed.stdout
