"""`adatom evaluate check`: claims against their own inputs. Wiring only."""

from pathlib import Path
from typing import Annotated

import typer
from adatom.protocol.errors import InputError


def check(
    claims: Annotated[
        Path | None, typer.Argument(help="JSON, or CSV of quantity, value, unit, inputs.", metavar="CLAIMS")
    ] = None,
    formulas: Annotated[
        bool, typer.Option("--formulas", help="List the quantities with their inputs instead.")
    ] = False,
    all_claims: Annotated[bool, typer.Option("--all", help="Show claims that agree, too.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Recompute what claims say from their own inputs; check units, dimensions and what is possible at all.

    The exit code is 1 if a claim is wrong. Likely slips (mS for S, kJ/mol for eV, °C for K) are named.

    Examples:

    adatom evaluate check claims.json

    adatom evaluate check table.csv --all --json

    adatom evaluate check --formulas
    """
    import json

    from rich.console import Console

    from .claims import read_claims
    from .formulas import TABLE, describe
    from .report import as_data, check_all, show, show_formulas

    if formulas:
        if json_output:
            typer.echo(json.dumps([describe(one) for one in TABLE], ensure_ascii=False))
        else:
            show_formulas(Console())
        return
    if claims is None:
        raise InputError("CLAIMS", "a file of claims is needed, or --formulas")
    if not claims.is_file():
        raise InputError(str(claims), "no such file")
    with Console(stderr=True).status("checking"):
        found = check_all(read_claims(claims))
    if json_output:
        typer.echo(json.dumps(as_data(found), ensure_ascii=False, allow_nan=False))
    else:
        show(Console(highlight=False), found, all_claims)
    raise typer.Exit(1 if any(one.wrong for one in found) else 0)
