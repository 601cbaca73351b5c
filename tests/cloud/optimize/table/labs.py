"""A small laboratory's files that the tests of this folder share."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import typer
from adatom.cloud.optimize.table import cli
from adatom.edge import command

SPACE = """
seed = 3
[space]
sinter_c = { low = 900, high = 1250, step = 10 }
hold_h = { low = 0.5, high = 24, log = true }
atmosphere = ["air", "O2", "Ar"]

[space.dopants]
total = 1.0
step = 0.05
parts = { Zr = [0.5, 1.0], Ta = [0.0, 0.5], Nb = [0.0, 0.5] }

[[objectives]]
name = "sigma"
direction = "maximise"
log = true
"""
HEADER = "sinter_c,hold_h,atmosphere,Zr,Ta,Nb,sigma,failed"
ROWS = (
    "1000,2,air,0.8,0.2,0,0.31,",
    "1100,4,O2,0.7,0.2,0.1,0.52,",
    "1200,8,Ar,0.9,0.1,0,,melted",
    "1150,6,air,0.6,0.3,0.1,,",
)


def lab(folder: Path, lines: Sequence[str] = (HEADER, *ROWS), space: str = SPACE) -> Path:
    """A folder with SPACE.toml and runs.csv; the path of the table."""
    (folder / "SPACE.toml").write_text(space, encoding="utf-8")
    table = folder / "runs.csv"
    table.write_bytes("".join(f"{line}\n" for line in lines).encode())
    return table


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The exit code of `adatom suggest ...` or `adatom tell ...` through the whole command."""

    def assemble(word: str) -> typer.Typer:
        app = typer.Typer(rich_markup_mode=None, add_completion=False)
        app.command("suggest")(cli.suggest)
        app.command("tell")(cli.tell)
        return app

    monkeypatch.setattr(command, "assemble", assemble)
    return command.run([str(word) for word in words])
