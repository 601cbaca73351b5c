"""`adatom evaluate impact`: citations that families of materials will get. Wiring only."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from adatom.protocol.errors import InputError
from adatom.protocol.output_path import output_file

if TYPE_CHECKING:
    from .convolution import Accuracy
    from .graph import Citations


def impact(
    works: Annotated[
        Path | None,
        typer.Argument(help="OpenAlex's works (.json, .jsonl, .gz), or a folder of PATSTAT's tables.", metavar="WORKS"),
    ] = None,
    families: Annotated[
        Path | None, typer.Option(help='JSON {"family": ["word", ...]}; by default families of solid electrolytes.')
    ] = None,
    year: Annotated[int | None, typer.Option(help="Forecast from the end of it; by default the last.")] = None,
    horizon: Annotated[int, typer.Option(help="Years ahead.", min=1, max=10)] = 3,
    plot: Annotated[Path | None, typer.Option(help="Write a picture (.png, .svg).", callback=output_file)] = None,
    check: Annotated[bool, typer.Option("--check", help="Find topics of Cora and CiteSeer instead.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """How often each family of materials will be cited, with an interval, from a dated citation graph.

    Examples:

    adatom evaluate impact openalex.jsonl.gz

    adatom evaluate impact openalex.jsonl --families families.json --year 2024 --horizon 5 --plot impact.png

    adatom evaluate impact --check
    """
    import json

    from rich.console import Console

    from .forecast import forecast
    from .plot import check_plot, write_plot
    from .report import as_data, show, show_accuracies

    if check:
        accuracies = _accuracies()
        if json_output:
            typer.echo(json.dumps({name: one._asdict() for name, one in accuracies.items()}, allow_nan=False))
            return
        show_accuracies(Console(), accuracies)
        return
    if plot is not None:
        check_plot(plot)
    if works is None:
        raise InputError("WORKS", "a file of works is needed, or --check")
    with Console(stderr=True).status(f"reading {works.name}"):
        graph = _read(works, families)
    found = forecast(graph, int(graph.year.max()) if year is None else year, horizon)
    if plot is not None:
        write_plot(plot, graph, found)
    if json_output:
        typer.echo(json.dumps(as_data(found), ensure_ascii=False, allow_nan=False))
        return
    show(Console(), found)


def _read(works: Path, families: Path | None) -> "Citations":
    from .families import FAMILIES, read_families
    from .importers import read_openalex, read_patstat

    words = FAMILIES if families is None else read_families(families)
    return read_patstat(works, words) if works.is_dir() else read_openalex(works, words)


def _accuracies() -> "dict[str, Accuracy]":
    from .convolution import PUBLISHED, accuracy
    from .graph import read_topics

    return {name: accuracy(read_topics(name)) for name in PUBLISHED}
