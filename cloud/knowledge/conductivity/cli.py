"""`adatom materials conductivity` and `check-model`. Wiring only: rows, model, report."""

from pathlib import Path
from typing import Annotated

import typer
from adatom.protocol.output_path import output_file

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Plot = Annotated[Path | None, typer.Option(help="Write a picture to .png or .svg.", callback=output_file)]
Convention = Annotated[
    str, typer.Option(help="What the amounts are: cell (atoms per unit cell), formula (per formula unit), or auto.")
]


def conductivity(
    formulas: Annotated[list[str] | None, typer.Argument(help="Compositions: Li7La3Zr2O12, Li10GeP2S12.")] = None,
    table: Annotated[
        Path | None, typer.Option(help="CSV with a column `True Composition`, `Reduced Composition` or `formula`.")
    ] = None,
    convention: Convention = "",
    out: Annotated[Path | None, typer.Option(help="Write the predictions to a CSV file.", callback=output_file)] = None,
    as_json: AsJson = False,
) -> None:
    """Predict the ionic conductivity of compositions at room temperature: log10 of S/cm with a 90 % interval.

    Learnt from the published OBELiX training rows in some seconds. A table may also have Z, a to gamma, Space group;
    what was used is said. Each answer names the known compositions it leans on, and warns outside of what is known.

    Examples:

    adatom materials conductivity Li6.4La3Zr1.4Ta0.6O12 Li3YCl6

    adatom materials conductivity --table candidates.csv --out predicted.csv
    """
    import json

    from adatom.cloud.knowledge.conductivity.model import shipped_model
    from adatom.cloud.knowledge.conductivity.report import prediction_data, show_predictions, write_predictions
    from adatom.cloud.knowledge.conductivity.rows import AUTO, read_rows, row_of
    from adatom.protocol.errors import InputError
    from rich.console import Console

    asked = [row_of(text, convention or AUTO) for text in formulas or []]
    asked += read_rows(table, convention) if table is not None else []
    if not asked:
        raise InputError("formulas", "none given: name compositions or a --table")
    with Console(stderr=True).status("learning from published conductivities"):
        found = shipped_model().predict(asked)
    if out is not None:
        write_predictions(out, asked, found)
    if as_json:
        typer.echo(json.dumps([prediction_data(one) for one in found], ensure_ascii=False, allow_nan=False))
    else:
        show_predictions(Console(soft_wrap=True, highlight=False), found)


def check_model(
    on: Annotated[
        Path | None, typer.Option(help="CSV with known conductivities to predict; otherwise cross-validation.")
    ] = None,
    convention: Convention = "",
    protocol: Annotated[
        str, typer.Option(help="How rows are left out: paper, linked (papers that share compositions) or family.")
    ] = "paper",
    repeats: Annotated[int, typer.Option(help="Repeats of the five folds.", min=1, max=50)] = 1,
    forest: Annotated[bool, typer.Option(help="Also a random forest on counts of atoms, the usual baseline.")] = True,
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """Test the conductivity model on papers that it has not seen, beside a random forest; 95 % bands by papers.

    Without --on: cross-validation on the training rows, a paper never on both sides. With it: learnt from all training
    rows, asked for the table's (`Ionic conductivity (S cm-1)` or `sigma_S_cm`; <1E-10 is an upper limit).

    Examples:

    adatom materials check-model --repeats 5 --plot parity.png

    adatom materials check-model --on measured.csv --json
    """
    import json

    from adatom.cloud.knowledge.conductivity.report import check_data, show_check, write_parity
    from adatom.cloud.knowledge.conductivity.trial import crossed_trial, table_trial
    from adatom.cloud.measure.picture import check_plot
    from rich.console import Console
    from rich.progress import Progress

    if plot is not None:
        check_plot(plot)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("learning", total=None)

        def done(share: float) -> None:
            progress.update(task, total=1.0, completed=share)

        if on is None:
            found = crossed_trial(protocol, repeats, forest, done)
        else:
            found = table_trial(on, convention, forest, done)
    if plot is not None:
        write_parity(plot, found)
    if as_json:
        typer.echo(json.dumps(check_data(found), ensure_ascii=False, allow_nan=False))
    else:
        show_check(Console(soft_wrap=True, highlight=False), found)
