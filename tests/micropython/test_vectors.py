"""Control, interlock and codec give the same integers and bytes on both interpreters; make soak has 10^5 vectors."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from adatom.edge.deploy.build import board_path, sources
from adatom.protocol import codec
from adatom.protocol.messages import fields_of

from tests.micropython import ROOT, needs_micropython, run_script

VECTORS = ROOT / "tests" / "micropython" / "vectors.py"
SEED = 7
COUNT = 4000


def here(seed: int, count: int, path: Path | str = ROOT / ".path") -> str:
    """What CPython prints."""
    environment = {**os.environ, "PYTHONPATH": str(path)}
    command = [sys.executable, str(VECTORS), str(seed), str(count)]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout


@needs_micropython
def test_both_interpreters_compute_the_same() -> None:
    expected = here(SEED, COUNT)
    assert int(expected.split()[-2]) > COUNT // 10  # the interlock trips often, and is often content
    assert run_script(VECTORS, str(SEED), str(COUNT)) == expected


def test_another_seed_gives_other_vectors() -> None:
    assert here(8, 1000) != here(SEED, 1000)


def test_what_a_board_gets_computes_the_same_as_its_source(tmp_path: Path) -> None:
    needed = ["adatom.edge.config", "adatom.edge.control", "adatom.edge.interlock", "adatom.protocol.channels"]
    needed += [f"adatom.protocol.{name}" for name in ("codec", "seal", "telemetry", "envelope")]
    for module, text in sources(needed, [VECTORS]).items():
        file = (tmp_path / board_path(module)).with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert here(SEED, 1000, tmp_path) == here(SEED, 1000)


@pytest.mark.parametrize("text", ["plain", "Å °C €", "𝛼", "\x7f\n\t"])
def test_texts_are_written_as_ascii(text: str) -> None:
    values = {"int": 1, "list": [text], "str": text[:1]}
    fields = {name: values[form] for name, form, _, _ in fields_of("refusal")}
    body = codec.body_of("refusal", fields)
    assert body.isascii()
    assert codec.decode("refusal", codec.with_tail("refusal", body, "0" * 64))[0] == fields
