"""`adatom suggest` and `adatom tell`. Wiring only."""

from pathlib import Path
from typing import Annotated, Any

import typer
from adatom.protocol.output_path import output_file

TableArgument = Annotated[Path, typer.Argument(help="Spreadsheet: CSV, TSV or .xlsx.", metavar="TABLE")]
SpaceOption = Annotated[
    Path | None, typer.Option("--space", help="What is searched (TOML); unless given, the one of the last time.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
INIT_NAME = "SPACE.toml"


def suggest(
    table: TableArgument,
    space: SpaceOption = None,
    number: Annotated[int, typer.Option("-n", "--number", help="How many rows.", min=1)] = 1,
    strategy: Annotated[str | None, typer.Option(help="bo (the default), gpr-greedy, ga, random or sobol.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of the random numbers; kept beside the table.", min=0)] = None,
    among: Annotated[Path | None, typer.Option(help="Suggest only rows of this table.", metavar="CANDIDATES")] = None,
    also: Annotated[
        list[Path] | None,
        typer.Option(help="Learn from this table too where it is alike (another bench, published).", metavar="OTHER"),
    ] = None,
    alone: Annotated[bool, typer.Option("--alone", help="Forget the tables of --also.")] = False,
    append: Annotated[bool, typer.Option("--append", help="Write the suggestions into the table.")] = False,
    init: Annotated[bool, typer.Option("--init", help="Write a first SPACE.toml, guessed from the table.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Go on without rows that are wrong.")] = False,
    html: Annotated[
        Path | None, typer.Option(help="Write a page of figures, without any network.", callback=output_file)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say which rows of a spreadsheet to try next, and why.

    Rows with results teach, rows without wait. Columns: those of the space, those of the objectives, failed (a reason),
    sample (plate or day), NAME_sd and NAME_n (known deviation, replicates). The same table gives the same rows again.

    Examples:

    adatom suggest runs.csv --init

    adatom suggest runs.csv --space SPACE.toml -n 4 --append

    adatom suggest runs.csv -n 2 --among cupboard.csv --html runs.html

    adatom suggest runs.csv --also other_bench.csv --also published.csv
    """
    from adatom.cloud.optimize.table import show
    from adatom.cloud.optimize.table import suggest as work

    if init:
        _init(table, space or table.with_name(INIT_NAME), as_json)
        return
    request = work.Request(table, space, number, strategy, seed, among, append, skip_bad, tuple(also or ()), alone)
    with _patience(as_json):
        answer = work.suggest(request)
    if html is not None:
        from adatom.cloud.optimize.table.page import write_page

        write_page(html, answer)
    _print(show.answer_record(answer) if as_json else show.answer_text(answer))


def tell(
    table: TableArgument,
    row: Annotated[str, typer.Argument(help="Its number in the spreadsheet (the header is row 1), or last.")],
    results: Annotated[list[str], typer.Argument(help="NAME=VALUE or failed=REASON.", metavar="NAME=VALUE...")],
    space: SpaceOption = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what a cell holds.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write results into a row of a spreadsheet, checked, and say what the search now believes.

    Examples:

    adatom tell runs.csv 12 r_ohm_cm2=14.2 r_ohm_cm2_sd=0.8 sample=plate-3

    adatom tell runs.csv last failed=cracked
    """
    from adatom.cloud.optimize.table import show
    from adatom.cloud.optimize.table import tell as work

    with _patience(as_json):
        heard = work.tell(table, row, results, space, force=force)
    _print(show.heard_record(heard) if as_json else show.heard_text(heard))


def _init(table: Path, path: Path, as_json: bool) -> None:
    from adatom.cloud.optimize.table.files import read_table, replace_file
    from adatom.cloud.optimize.table.guess import guessed_space
    from adatom.protocol.errors import InputError

    if path.exists():
        raise InputError(str(path), "is there already: --init does not overwrite it")
    file = read_table(table)
    if file.digest is None:
        raise InputError(str(table), "is not there: --init guesses from a table with at least a header")
    replace_file(path, guessed_space(str(table), str(path), file.grid).encode())
    said = f"written: {path}; correct it, then: adatom suggest {table} --space {path}"
    _print({"space": str(path)} if as_json else said)


def _patience(quiet: bool) -> Any:
    """A sign on a terminal that something is computed; nothing elsewhere."""
    from rich.console import Console

    console = Console(stderr=True, quiet=quiet)
    return console.status("computing")


def _print(said: Any) -> None:
    import json

    typer.echo(said if isinstance(said, str) else json.dumps(said, ensure_ascii=False, indent=1))
