"""Protocol and edge core compile for MicroPython and give there what they give here."""

import json
import subprocess
from pathlib import Path

import pytest
from adatom.protocol import codec, seal, telemetry

from tests.micropython import CROSS_COMPILER, ROOT, needs_micropython, run_script

# CPython's shells: the command line and the network client need packages that no board has
CPYTHON_ONLY = {
    "cli.py",
    "command.py",
    "dial.py",
    "loop.py",
    "serial_port.py",
    "socket_line.py",
    "operator_steps.py",
    "folder_lock.py",
    "own_link.py",
    "rig_state.py",
    "local_input.py",
    "vamas.py",
    "xps_files.py",
    "watched_folder.py",
    "file_intake.py",
    "control_socket.py",
    "control_cli.py",
    "bench_show.py",
    "wiring.py",
    "guardian_cli.py",
    "guardian_pins.py",
    "guardian_process.py",
    "gpio_pins.py",
    "realtime.py",
    "sync_worker.py",
    "freeze_hooks.py",
    "fault_cli.py",
    "fault_table.py",
    "line_faults.py",
    "identify.py",
    "identify_cli.py",
    "identify_shell.py",
    "in_words.py",
    "output_path.py",
    "recipe_file.py",
    "plant_file.py",
    "plant_fit.py",
    "step_picture.py",
}
SHARED = sorted(
    path.relative_to(ROOT)
    for room in ("protocol", "edge")
    for path in (ROOT / room).rglob("*.py")
    if path.parent.name == "board" or (path.parent.name != "deploy" and path.name not in CPYTHON_ONLY)
)


@needs_micropython
@pytest.mark.parametrize("path", SHARED, ids=str)
def test_every_shared_file_compiles(path: Path, tmp_path: Path) -> None:
    done = subprocess.run([CROSS_COMPILER, "-o", tmp_path / "out.mpy", ROOT / path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@needs_micropython
def test_golden_vectors_decode_to_the_same_links() -> None:
    expected = []
    for kind, text in sorted(json.loads((ROOT / "tests/vectors/messages.json").read_text()).items()):
        body = telemetry.decode(bytes.fromhex(text))[1] if kind == "telemetry" else codec.decode(kind, text.encode())[1]
        expected.append(f"{kind} {seal.chain_link(seal.genesis('twin-1', 3), body).hex()}")
    shown = run_script(ROOT / "tests/micropython/decode_vectors.py")
    assert shown.splitlines() == [*expected, "reasons 0"]


@needs_micropython
@pytest.mark.parametrize("path", [path for path in SHARED if not path.name.startswith("__")], ids=str)
def test_every_shared_module_imports(path: Path, tmp_path: Path) -> None:
    module = "adatom." + ".".join(path.with_suffix("").parts)
    script = tmp_path / "import_it.py"
    script.write_text(f"import {module}\nprint('imported')\n")
    assert run_script(script).strip() == "imported"
