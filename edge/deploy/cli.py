"""`adatom edge deploy`: the agent onto a MicroPython board."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer


def deploy(
    port: Annotated[str, typer.Argument(help="Serial port of the board, /dev/ttyACM0 for one.", metavar="PORT")],
    bench: Annotated[
        Path | None,
        typer.Option(help="Bench file (JSON): only its drivers are sent, with its envelope and keys, and the board "
                          "starts it by itself. Without one: the core and every driver.", metavar="BENCH.json"),
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Compile and list; talk to no board.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:  # fmt: skip
    """Compile the agent for a MicroPython board, copy it there, and check what runs.

    Example: adatom edge deploy /dev/ttyACM0 --bench bench.json
    """
    from .deploy import deploy as send
    from .deploy import plan

    if dry_run:
        code, files = plan(bench)
        _show_plan(code | files, as_json)
        return
    done = send(port, bench, lambda text: print(text, file=sys.stderr, flush=True))
    if as_json:
        print(json.dumps(done))
        return
    where = "executed in place" if done["in_place"] else "copied to /lib"
    print(f"{done['board']['machine']}: {done['files']} files, {len(done['sent'])} sent, {where}")
    print(f"selftest passed, {done['heap_free']} bytes of heap left with the agent loaded")


def _show_plan(files: dict[str, bytes], as_json: bool) -> None:
    if as_json:
        print(json.dumps({"dry_run": True, "files": {path: len(data) for path, data in files.items()}}))
        return
    for path, data in files.items():
        print(f"{len(data):8d}  {path}")
    print("nothing was sent")
