"""The `adatom cycle` commands. Wiring only: files, analysis, report.

`adatom cycle FILE…` is `adatom cycle show FILE…`: a first word that is no command is a file.
"""

from pathlib import Path
from typing import Annotated, Any

import typer
from adatom.protocol.errors import InputError
from adatom.protocol.output_path import output_file
from typer.core import TyperGroup


class FilesFirst(TyperGroup):
    """A group whose `show` may be left out."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments with `show` before a first one that is no command and no option of the group."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["show", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=FilesFirst, help="Cycling records: shorts, lives, and how groups of cells compare.",
                  no_args_is_help=True)  # fmt: skip


@app.callback()
def cycle() -> None:
    """Cycling records: shorts, critical current, lives; `adatom cycle FILE…` is `adatom cycle show FILE…`."""


@app.command()
def show(
    files: Annotated[list[Path], typer.Argument(help="Galvanostatic records: BioLogic, Neware, tables, by content.")],
    area_cm2: Annotated[float | None, typer.Option(help="Electrode area: currents and resistances per cm².")] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Write a picture of one file to .png or .svg.", callback=output_file)
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell of each cell its cycles, shorts, critical current, efficiency, fade and life.

    Example: adatom cycle cell.mpt --area-cm2 0.785 --plot cell.png
    """
    import json

    from adatom.cloud.measure.cycling.analyse import analyse, with_area
    from adatom.cloud.measure.cycling.files import read_record
    from adatom.cloud.measure.cycling.plot import cell_figure
    from adatom.cloud.measure.cycling.report import cell_data, show_cell
    from adatom.cloud.measure.picture import check_plot, save
    from rich.console import Console

    if plot is not None:
        check_plot(plot)
        if len(files) > 1:
            raise InputError("--plot", f"a picture is of one file; {len(files)} are given")
    found = [analyse(with_area(read_record(file), area_cm2)) for file in files]
    if plot is not None:
        save(plot, cell_figure(found[0]))
    data = [cell_data(str(file), one) for file, one in zip(files, found, strict=True)]
    if json_output:
        typer.echo(json.dumps(data, ensure_ascii=False))
        return
    for one in data:
        show_cell(Console(), one)


@app.command()
def compare(
    table: Annotated[Path | None, typer.Argument(help="A table of lifetimes: group, cycles, failed.")] = None,
    group: Annotated[list[str] | None, typer.Option(help="NAME=FILE,FILE… of cells' records; once a group.")] = None,
    baseline: Annotated[str, typer.Option(help="The group that others are compared with.")] = "baseline",
    plot: Annotated[
        Path | None, typer.Option(help="Write survival curves to .png or .svg.", callback=output_file)
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare lifetimes of groups of cells: how many times as long, with 95 % interval and log-rank test.

    Example: adatom cycle compare --group optimised=a.csv,b.csv,c.csv --group baseline=d.csv,e.csv
    """
    import json

    from adatom.cloud.measure.cycling import compare as comparing
    from adatom.cloud.measure.cycling.groups import of_files, of_table
    from adatom.cloud.measure.cycling.lifetimes import kaplan_meier
    from adatom.cloud.measure.cycling.plot import survival_figure
    from adatom.cloud.measure.cycling.report import comparison_lines, groups_data, show_groups
    from adatom.cloud.measure.cycling.weibull import fit_weibull
    from adatom.cloud.measure.picture import check_plot, save
    from rich.console import Console

    if plot is not None:
        check_plot(plot)
    if (table is None) == (not group):
        raise InputError("adatom cycle compare", "either a table of lifetimes or --group NAME=FILE,FILE… is needed")
    read = of_table(table) if table is not None else of_files(group or [])
    compared = comparing.compare(read.groups, baseline)
    curves, laws = [kaplan_meier(one) for one in read.groups], [fit_weibull(one) for one in read.groups]
    data = groups_data(read.groups, curves, laws, compared, read.notes, read.simulated)
    if plot is not None:
        lines = [comparison_lines(one)[0] for one in data["comparisons"]]
        save(plot, survival_figure(read.groups, curves, laws, lines, read.simulated))
    if json_output:
        typer.echo(json.dumps(data, ensure_ascii=False))
    else:
        show_groups(Console(), data)


@app.command()
def ccd(
    table: Annotated[Path | None, typer.Argument(help="A table: group, passed_ma_cm2, shorted_ma_cm2.")] = None,
    group: Annotated[list[str] | None, typer.Option(help="NAME=FILE,FILE… of cells' ramps; once a group.")] = None,
    baseline: Annotated[str, typer.Option(help="The group that others are compared with.")] = "baseline",
    law: Annotated[str, typer.Option(help="weibull or lognormal.")] = "weibull",
    area_cm2: Annotated[float | None, typer.Option(help="Electrode area of files that do not state it.")] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Write brackets and laws to .png or .svg.", callback=output_file)
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell the critical current density of groups of cells with 95 % interval, and how many times as high it is.

    Example: adatom cycle ccd --group optimised=a.csv,b.csv,c.csv --group baseline=d.csv,e.csv --area-cm2 0.785
    """
    import json

    from adatom.cloud.measure.cycling.brackets import of_files, of_table
    from adatom.cloud.measure.cycling.critical import compare_critical, fit_critical
    from adatom.cloud.measure.cycling.critical_report import critical_data, critical_figure, ratio_lines, show_critical
    from adatom.cloud.measure.cycling.steps import LAWS
    from adatom.cloud.measure.picture import check_plot, save
    from rich.console import Console

    if plot is not None:
        check_plot(plot)
    if law not in LAWS:
        raise InputError("--law", f"{law!r}: must be one of {', '.join(LAWS)}")
    if (table is None) == (not group):
        raise InputError("adatom cycle ccd", "either a table of brackets or --group NAME=FILE,FILE… is needed")
    read = of_table(table) if table is not None else of_files(group or [], area_cm2)
    fits = [fit_critical(one, LAWS[law]) for one in read.groups]
    ratios = compare_critical(read.groups, baseline, LAWS[law]) if len(read.groups) > 1 else []
    data = critical_data(read, LAWS[law], fits, ratios)
    if plot is not None:
        save(plot, critical_figure(read, LAWS[law], fits, [ratio_lines(one)[0] for one in data["comparisons"]]))
    if json_output:
        typer.echo(json.dumps(data, ensure_ascii=False))
    else:
        show_critical(Console(), data)
