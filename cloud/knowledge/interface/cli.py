"""`adatom materials interface` and `adatom materials labels`. Wiring only: formulas, analysis, report."""

from pathlib import Path
from typing import Annotated

import typer
from adatom.protocol.output_path import output_file


def interface(
    formulas: Annotated[list[str] | None, typer.Argument(help="Formulas, such as Li3PS4 or 'LiTi2(PO4)3'.")] = None,
    table: Annotated[
        Path | None,
        typer.Option(help="CSV, TSV or .xlsx: column formula; formation_ev_atom, above_hull_ev_atom where known."),
    ] = None,
    against: Annotated[str, typer.Option(help="The metal: Li, Na, K, Mg, Ca, Zn or Al.")] = "Li",
    formation: Annotated[
        float | None, typer.Option("--formation-energy", help="Of the one formula, eV/atom; by default the data's.")
    ] = None,
    above_hull: Annotated[
        float, typer.Option("--above-hull", help="For formulas that the data lack: eV/atom above the hull.")
    ] = 0.0,
    draws: Annotated[int, typer.Option(help="Draws of the energies' errors for the intervals; 0: none.", min=0)] = 200,
    plot: Annotated[
        Path | None, typer.Option(help="Write mixing curves and windows to .png or .svg.", callback=output_file)
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """What a material becomes in contact with lithium, the energy that sets free, and its electrochemical window.

    From formation energies of the Materials Project that are shipped, at 0 K, bulk phases alone; with 90 % intervals
    and published figures beside. It is not a work of adhesion and says nothing of rates.

    Examples:

    adatom materials interface Li7La3Zr2O12 Li3PS4 Li6PS5Cl

    adatom materials interface Li6.4La3Zr1.4Ta0.6O12 --above-hull 0.01 --plot interface.png --json
    """
    import json

    from adatom.cloud.knowledge.interface.analyse import HIGHEST_EV_ATOM, Asked, analyse, checked_energy, read_questions
    from adatom.cloud.knowledge.interface.energies import materials_project
    from adatom.cloud.knowledge.interface.plot import check_ending, write_plot
    from adatom.cloud.knowledge.interface.report import as_data, show
    from adatom.protocol.errors import InputError
    from rich.console import Console
    from rich.progress import Progress

    if plot is not None:
        check_ending(plot)
    checked_energy("--above-hull", above_hull, least=0.0)
    asked = [Asked(formula, formation, above_hull) for formula in formulas or ()]
    if formation is not None:
        checked_energy("--formation-energy", formation, least=-HIGHEST_EV_ATOM)
        if len(asked) != 1:
            raise InputError("--formation-energy", "is of one formula alone; a table may hold one for each")
    asked += read_questions(table) if table is not None else []
    if not asked:
        raise InputError("formulas", "none given: name one, or a --table")
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading the data", total=len(asked))
        phases = materials_project()
        progress.update(task, description="looking for products")
        found = analyse(phases, asked, against, draws=draws, tick=lambda: progress.advance(task))
    if plot is not None:
        write_plot(plot, found)
    if json_output:
        typer.echo(json.dumps([as_data(one) for one in found], ensure_ascii=False, allow_nan=False))
        return
    show(Console(), found)


def labels(
    output: Annotated[Path, typer.Argument(help="The .csv.gz to write.", callback=output_file)],
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The reaction with lithium of every lithium compound of the data: minutes. The shipped table is such a file.

    Example: adatom materials labels reactions_with_lithium.csv.gz
    """
    import json

    from adatom.cloud.knowledge.interface.energies import materials_project
    from adatom.cloud.knowledge.interface.labels import labels as computed
    from adatom.cloud.knowledge.interface.labels import write_labels
    from rich.console import Console
    from rich.progress import Progress

    phases = materials_project()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("lithium compounds", total=len(phases.with_element("Li")))
        rows = list(computed(phases, lambda: progress.advance(task)))
    write_labels(output, rows)
    reacting = sum(row.reaction_ev_atom < 0.0 for row in rows)
    summary = {"file": str(output), "compounds": len(rows), "reacting": reacting}
    typer.echo(
        json.dumps(summary) if json_output else f"{output}: {len(rows)} compounds, {reacting} react with lithium"
    )
