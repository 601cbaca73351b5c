"""`adatom edge`: drive a bench."""

import logging
import signal
from pathlib import Path
from typing import Annotated

import typer

from .control_cli import add_commands
from .deploy.cli import deploy
from .fault_cli import fault
from .guardian_cli import guardian
from .identify_cli import identify

AREA_CM2 = (0.001, 100)  # of an electrode

app = typer.Typer(help="The agent beside the chamber.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The agent beside the chamber."""


def _area_cm2(value: float) -> float:
    """The value; a bad parameter outside the range (typer's own min and max would let NaN pass)."""
    if not AREA_CM2[0] <= value <= AREA_CM2[1]:
        raise typer.BadParameter(f"{value} is not in {AREA_CM2[0]} to {AREA_CM2[1]} cm2")
    return value


@app.command()
def run(
    file: Annotated[Path, typer.Argument(help="Bench file (TOML).", metavar="BENCH.toml")],
    rig: Annotated[
        Path | None,
        typer.Option(help="Folder of a simulated rig: its person loads, exposes, assembles; all is marked simulated."),
    ] = None,
    recipe: Annotated[
        Path | None, typer.Option(help="Run this recipe (JSON) once and end, without waiting for the cloud.")
    ] = None,
    area_cm2: Annotated[
        float,
        typer.Option(help="Electrode area of the cells that are measured: 0.001 to 100 cm2.", callback=_area_cm2),
    ] = 0.785,
    as_json: Annotated[bool, typer.Option("--json", help="Print states and the result as JSON lines.")] = False,
) -> None:
    """Drive a bench in real time over its serial lines, and obey the cloud.

    Example: adatom edge run bench.toml
    """
    from adatom.protocol.secrecy import OTHERS

    from .bench_show import Show
    from .config import load_bench
    from .folder_lock import FolderLock
    from .freeze_hooks import FreezeHooks, hooked
    from .realtime import tame_interpreter
    from .recipe_file import load_recipe
    from .rig_state import rig_state
    from .wiring import start_recipe, wire

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    stopped: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.append(1))
    bench = load_bench(str(file))
    if rig is None and any(port.options.get("key") for port in bench.ports.values()) and file.stat().st_mode & OTHERS:
        logging.warning("%s holds the I/O board's key and is open to others: chmod 600 it", file)
    wanted = None if recipe is None else load_recipe(recipe)
    if rig is not None:
        rig_state(rig)  # there must be one
    lock = FolderLock(bench.journal_dir)
    loop, link = wire(bench, rig, {"area_cm2": area_cm2, "symmetric": 1})
    if hooked():
        FreezeHooks(loop)
    show = Show(as_json)
    show.start(loop)
    try:
        if recipe is not None and wanted is not None:
            start_recipe(loop, wanted, recipe)
        tame_interpreter()
        loop.run(link, lambda: bool(stopped) or show.ended(loop, once=recipe is not None))
    finally:
        link.close()
        lock.close()
    show.result(loop, asked=recipe is not None)


@app.command()
def accept(file: Annotated[Path, typer.Argument(help="Bench file (TOML).", metavar="BENCH.toml")]) -> None:
    """Agree to a bench's envelope as it is now; a bench does not start with another one than before.

    Example: adatom edge accept bench.toml
    """
    import os

    from .config import load_bench
    from .envelope_note import write_note
    from .wiring import envelope_of

    bench = load_bench(str(file))
    _, digest = envelope_of(bench)
    os.makedirs(bench.journal_dir, exist_ok=True)
    write_note(bench.journal_dir, digest)
    print(f"{bench.envelope}: accepted, SHA-256 {digest}")


app.command()(guardian)
app.command()(identify)
add_commands(app)
app.command("fault")(fault)
app.command()(deploy)
