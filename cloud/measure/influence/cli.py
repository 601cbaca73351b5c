"""The `adatom influence` command. Wiring only: table, analysis, report."""

from pathlib import Path
from typing import Annotated

import typer
from adatom.protocol.output_path import output_file


def influence(
    table: Annotated[Path, typer.Argument(help="CSV, TSV or .xlsx, one row a sample, names in the first row.")],
    target: Annotated[str, typer.Option(help="The column to explain, such as r_interface_ohm_cm2.")],
    factors: Annotated[
        list[str] | None, typer.Option("--factor", help="A column that was varied; by default all before the target's.")
    ] = None,
    without: Annotated[list[str] | None, typer.Option(help="A column that is no factor.")] = None,
    mixture: Annotated[
        str, typer.Option(help="Columns that add up to a constant, A,B,C; by default found by sums of 1 or 100.")
    ] = "",
    scale: Annotated[str, typer.Option(help="log, linear, or auto: log10 of a target above 0.")] = "auto",
    shuffles: Annotated[int, typer.Option(help="Targets dealt out anew, for the model's p.", min=99)] = 199,
    plot: Annotated[
        Path | None,
        typer.Option(
            help="Write importances, curves and left-out samples to .png, .svg or .html.", callback=output_file
        ),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """What a measured quantity depends on, by regression, with intervals and significance.

    A Gaussian process and a straight line (ridge), both checked on samples left out; permutation importances, Shapley
    attributions, partial dependences; p after Holm's correction. Columns failed, sample, NAME_sd and NAME_n as of
    adatom suggest.

    Examples:

    adatom influence samples.csv --target r_interface_ohm_cm2

    adatom influence samples.csv --target r_interface_ohm_cm2 --factor substrate_c --factor o2_pa --plot influence.png

    adatom influence samples.csv --target sigma_s_cm --mixture La,Zr,Ta --json
    """
    import json

    from adatom.cloud.measure.influence.analyse import analyse
    from adatom.cloud.measure.influence.plot import check_ending, write_plot
    from adatom.cloud.measure.influence.report import as_data, show
    from adatom.cloud.measure.influence.table import Question, read_study
    from rich.console import Console

    if plot is not None:
        check_ending(plot)
    parts = tuple(name.strip() for name in mixture.split(",") if name.strip())
    question = Question(target, tuple(factors or ()), tuple(without or ()), parts, scale)
    found = analyse(read_study(table, question), shuffles)
    if plot is not None:
        write_plot(plot, found)
    if json_output:
        typer.echo(json.dumps(as_data(found), ensure_ascii=False, allow_nan=False))
        return
    show(Console(), found)
