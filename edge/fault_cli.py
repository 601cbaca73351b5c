"""`adatom edge fault`: give an instrument a fault, to see that the bench gets safe."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from .control_cli import journal_of


def fault(
    instrument: Annotated[str, typer.Argument(help="Role (heater) or instrument (eurotherm).")] = "",
    kind: Annotated[str, typer.Argument(help="A fault word, or none to end it; --list shows them.")] = "",
    file: Annotated[
        Path | None, typer.Argument(help="Bench file (TOML) of a running agent.", metavar="BENCH.toml")
    ] = None,
    rig: Annotated[Path | None, typer.Option(help="Folder of a simulated rig, instead of a bench file.")] = None,
    after: Annotated[float, typer.Option(help="Seconds until it begins (simulated rigs): ordered before a run.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Of its random numbers.", min=0)] = 0,
    listing: Annotated[bool, typer.Option("--list", help="Show what each fault means for each instrument.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Give an instrument a fault: silence, garbage, late or lost bytes, wrong values. Refused while armed.

    On a simulated rig every fault is possible, with real instruments those of the line and of the bench I/O board.
    Exit code 1: refused while armed, a fault that this instrument cannot have, nobody answers; 2: no such instrument.

    Example: adatom edge fault heater stuck --rig rig --after 120
    """
    from adatom.protocol.errors import InputError

    from .control_socket import ask
    from .fault_table import KINDS, NONE

    if listing:
        _show_table(as_json)
        return
    if not instrument:
        raise InputError("INSTRUMENT", "name an instrument and a fault, or --list to see both")
    if kind not in (*KINDS, NONE):
        raise InputError("KIND", "%r: must be one of %s" % (kind, ", ".join((*KINDS, NONE))))
    if (file is None) == (rig is None):
        raise InputError("BENCH.toml", "name the bench file of a running agent, or a simulated rig with --rig DIR")
    folder, who = (str(rig), "a rig") if file is None else (journal_of(file), "an agent")
    request = {"do": "fault", "instrument": instrument, "kind": kind, "after_s": after, "seed": seed}
    reply = ask(folder, request, who)
    if as_json:
        print(json.dumps(reply))
    else:
        when = " in %g s" % after if after else ""
        print("%s %s%s: %s" % (reply["instrument"], reply["kind"], when, reply["does"]))


def _show_table(as_json: bool) -> None:
    from .fault_table import table

    rows = table()
    if as_json:
        print(json.dumps(rows, indent=1))
    else:
        _print_table(rows)


def _print_table(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    shown = Table("instrument", "fault", "made by", "what it does")
    before = ""
    for row in rows:
        name = "" if row["instrument"] == before else row["instrument"]
        before = row["instrument"]
        shown.add_row(name, row["kind"], row["where"], row["text"], end_section=row["kind"] == "wrong_unit")
    Console().print(shown)
