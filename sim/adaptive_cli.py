"""`adatom sim adapt`: the study of the adaptive run."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from adatom.protocol.output_path import output_file

COLUMNS = 150  # a wrapped table of figures is not readable


def adapt(
    runs: Annotated[int, typer.Option(help="Films each way.", min=2, max=10000)] = 200,
    monitor_runs: Annotated[int, typer.Option(help="Films for each way in which the monitor may fail.", min=0)] = 20,
    pulses: Annotated[int, typer.Option(help="Pulses of the plan of a film.", min=500, max=8000)] = 6000,
    svg: Annotated[Path | None, typer.Option("--svg", help="Write the histograms here.", callback=output_file)] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write the figures with every film here.", callback=output_file)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Compare films grown as planned with films that are corrected while they grow, in worlds that drift.

    The same runs each way, deposition only, about 1.5 s a film on one core. Also with monitors that fail.

    Example: adatom sim adapt --runs 20 --svg adapt.svg
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from .adaptive import study
    from .adaptive_page import picture, summary

    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
                  console=Console(stderr=True, quiet=as_json)) as bar:  # fmt: skip
        task = bar.add_task("films, each way (simulated)", total=runs)
        found = summary(study(runs, min(runs, monitor_runs), lambda: bar.advance(task), pulses))
    if svg is not None:
        svg.write_text(picture(found), encoding="utf-8")
    if output is not None:
        output.write_text(json.dumps(found) + "\n", encoding="utf-8")
    shown = {name: value for name, value in found.items() if name != "landings"}
    if as_json:
        print(json.dumps(shown, indent=1))
    else:
        _print(shown)


def _print(found: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    from .adaptive_page import QUANTITIES, SHOWN

    console = Console(width=max(Console().width, COLUMNS))
    title = f"{found['runs']} films each way in {found['worlds']} drifting worlds, errors against the plan, SIMULATED"
    table = Table("", "open loop: sd", "mean", "worst", "adaptive: sd", "mean", "worst", "sd smaller by", title=title)
    for row in found["rows"]:
        figures = [f"{row[way][name]:.2f} %" for way in ("open", "adaptive") for name in ("sd", "mean", "worst")]
        table.add_row(QUANTITIES[row["quantity"]], *figures, _times(row))
    console.print(table)
    if not found["monitors"]:
        return
    table = Table("monitor", "films", *(f"{QUANTITIES[name]}: sd" for name in SHOWN), "what it does",
                  title="With a monitor that fails: open loop → adaptive, SIMULATED")  # fmt: skip
    for row in found["monitors"]:
        figures = [f"{row[name]['open']['sd']:.2f} → {row[name]['adaptive']['sd']:.2f} %" for name in SHOWN]
        table.add_row(row["monitor"], str(row[SHOWN[0]]["n"]), *figures, row["what"])
    console.print(table)


def _times(row: dict[str, Any]) -> str:
    times, low, high = row["smaller"]
    return f"{times:.2f} ({low:.2f} to {high:.2f})"
