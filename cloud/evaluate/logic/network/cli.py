"""`adatom evaluate logic`: whether what is said of a compound belongs together. Wiring only."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from adatom.protocol.errors import InputError
from adatom.protocol.output_path import output_file

if TYPE_CHECKING:
    from .report import Answer


def logic(
    formulas: Annotated[list[str] | None, typer.Argument(help="Formulas, such as Li7La3Zr2O12.")] = None,
    fact: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE with a unit, such as band_gap=5.3eV, in place of what is stored; repeat."),
    ] = None,
    db: Annotated[
        Path | None, typer.Option("--db", help="Judge the facts that are stored here, too.", exists=True)
    ] = None,
    wrong_share: Annotated[
        float, typer.Option(help="Share of records that are wrong, before anything is known.", min=1e-6, max=0.999)
    ] = 0.01,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the probability beside the facts (needs --db).")] = False,
    plot: Annotated[
        Path | None, typer.Option(help="Draw the first formula's statements (.png, .svg).", callback=output_file)
    ] = None,
    structure: Annotated[bool, typer.Option("--structure", help="Show (or --plot) the network itself.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The probability that what is said of a compound is consistent, by a Bayesian network of principles.

    Charge balance, tolerance factors, stability, gaps, moduli, reaction with lithium, conductivity: its tables are
    learnt from the shipped data. What is not told is summed over; the most surprising statement comes first.

    Examples:

    adatom evaluate logic MgO --fact bulk_modulus=12GPa --fact shear_modulus=120GPa --fact band_gap=4.5eV

    adatom evaluate logic Li7La3Zr2O12 Li3PS4 --db known.duckdb --json

    adatom evaluate logic --structure --plot network.png
    """
    import json

    from adatom.cloud.measure.picture import check_plot
    from rich.console import Console

    from .plot import write_answer, write_structure
    from .report import as_data, show, show_structure, structure_data

    if plot is not None:
        check_plot(plot)
    if structure:
        if plot is not None:
            write_structure(plot)
        typer.echo(json.dumps(structure_data(), ensure_ascii=False)) if json_output else show_structure(Console())
        return
    answers = _answers(formulas or [], fact or [], db, wrong_share, keep)
    if plot is not None:
        write_answer(plot, answers[0])
    if json_output:
        typer.echo(json.dumps([as_data(one) for one in answers], ensure_ascii=False, allow_nan=False))
        return
    for one in answers:
        show(Console(highlight=False), one)


def _answers(
    formulas: Sequence[str], facts: Sequence[str], db: Path | None, wrong_share: float, keep: bool
) -> "list[Answer]":
    from contextlib import nullcontext

    from adatom.cloud.store.store import Store

    from .judge import judge, keep_answers

    if not formulas:
        raise InputError("FORMULAS", "at least one formula is needed, or --structure")
    if facts and len(formulas) > 1:
        raise InputError("--fact", f"is of one formula, and there are {len(formulas)}")
    if keep and db is None:
        raise InputError("--keep", "needs --db")
    with Store(db, read_only=not keep) if db is not None else nullcontext() as store:
        answers = [judge(formula, facts, store, wrong_share) for formula in formulas]
        if store is not None and keep:
            keep_answers(store, answers)
    return answers
