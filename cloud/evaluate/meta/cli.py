"""`adatom evaluate meta`: the pipeline's judgement of itself, its steps, and their undoing. Wiring only."""

from pathlib import Path
from typing import Annotated

import typer
from adatom.protocol.output_path import output_file


def meta(
    database: Annotated[Path, typer.Argument(help="A campaign's database.", metavar="DATABASE")],
    campaign: Annotated[str | None, typer.Option(help="Outcomes of one campaign alone.")] = None,
    step: Annotated[bool, typer.Option("--step", help="Move the weights by one turn of the loop.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take the latest step of the weights back.")] = False,
    log: Annotated[bool, typer.Option("--log", help="List the versions and steps of the weights.")] = False,
    why: Annotated[str, typer.Option(help="Why it is undone.")] = "",
    plot: Annotated[Path | None, typer.Option(help="Write a picture (.png, .svg).", callback=output_file)] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Did the chances that were said come true, did a score drift, and which steps did the weights take?

    Examples:

    adatom evaluate meta out/demo/campaign.duckdb

    adatom evaluate meta out/demo/campaign.duckdb --step

    adatom evaluate meta out/demo/campaign.duckdb --undo --why "the potentiostat was out of order"
    """
    import json
    import time

    from adatom.cloud.evaluate.fuse.cli import existing
    from adatom.cloud.store.store import Store
    from adatom.protocol.errors import InputError
    from rich.console import Console

    from .show import logged, show_log, show_report, show_steps
    from .show import report as reported

    if sum((step, undo, log)) > 1:
        raise InputError("--step, --undo, --log", "give one of them")
    console = Console()
    with Store(existing(database), read_only=not (step or undo)) as store:
        if undo:
            taken, version = store.undo_weights(why, time.time())
            said = {"undone_step": taken, "weights_version": version}
            typer.echo(
                json.dumps(said) if json_output else f"step {taken} is undone: the weights are version {version}"
            )
            return
        if step:
            from .loop import turn

            steps = turn(store, time.time(), campaign)
            typer.echo(json.dumps([s._asdict() for s in steps])) if json_output else show_steps(console, steps)
            return
        if log:
            entries = logged(store)
            typer.echo(json.dumps(entries, allow_nan=False)) if json_output else show_log(console, entries)
            return
        found = reported(store, campaign)
        history = store.weights_history()
    if plot is not None:
        from .plot import write_plot

        write_plot(plot, found.said, history)
    if json_output:
        from .report import as_data

        typer.echo(json.dumps(as_data(found), allow_nan=False))
        return
    show_report(console, found)
