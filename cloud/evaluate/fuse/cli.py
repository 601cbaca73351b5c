"""`adatom evaluate ahp` and `adatom evaluate score`. Wiring only."""

from pathlib import Path
from typing import Annotated

import typer


def ahp(
    file: Annotated[Path, typer.Argument(help="Experts' pairwise comparisons of the scores (TOML).", metavar="FILE")],
    database: Annotated[
        Path | None, typer.Option("--db", help="Keep them in a campaign's database, as the prior of its weights.")
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Weights of the scores from experts' pairwise comparisons; more than 0.1 of inconsistency is refused.

    Example: adatom evaluate ahp priorities.toml --db out/demo/campaign.duckdb
    """
    import json
    import time

    from adatom.cloud.evaluate.experts.judged import set_priorities
    from adatom.cloud.store.judgement import CRITERIA
    from adatom.cloud.store.store import Store
    from rich.console import Console

    from .ahp import check_consistent, matrix_of, merged, priorities
    from .priority_file import read_priorities
    from .report import ahp_data, show_ahp

    given = read_priorities(file)
    matrices = {expert: matrix_of(CRITERIA, ratios) for expert, ratios in given.items()}
    found = {expert: priorities(CRITERIA, matrix) for expert, matrix in matrices.items()}
    for expert, one in found.items():
        check_consistent(f"{file}: [{expert}]", one)
    together = priorities(CRITERIA, merged(list(matrices.values())))
    version = None
    if database is not None:
        with Store(existing(database)) as store:
            version = set_priorities(store, given, time.time())
    if json_output:
        typer.echo(json.dumps(ahp_data(found, together, version), allow_nan=False))
        return
    show_ahp(Console(), found, together, None if database is None else (version or 0))


def score(
    database: Annotated[Path, typer.Argument(help="A campaign's database.", metavar="DATABASE")],
    trial: Annotated[str | None, typer.Argument(help="One trial, as demo/7: why it has its V.")] = None,
    reading: Annotated[
        str, typer.Option(help="HyperScore as written (formula), or kappa as a factor (linear).")
    ] = "formula",
    top: Annotated[int, typer.Option("-n", help="How many, the highest V first.", min=1, max=10_000)] = 10,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """V, HyperScore, and the chance to be good of a campaign's trials, by the newest weights; or why one has its V.

    Examples:

    adatom evaluate score out/demo/campaign.duckdb -n 5

    adatom evaluate score out/demo/campaign.duckdb demo/7
    """
    import json

    from adatom.cloud.store.store import Store
    from rich.console import Console

    from .report import show_scores, show_shares
    from .scored import explanation, scored_trials

    with Store(existing(database), read_only=True) as store:
        if trial is None:
            rows = scored_trials(store, reading)[:top]
            typer.echo(json.dumps(rows, allow_nan=False)) if json_output else show_scores(Console(), rows)
            return
        shares = explanation(store, trial)
    typer.echo(json.dumps(shares, allow_nan=False)) if json_output else show_shares(Console(), shares)


def existing(database: Path) -> Path:
    """The path of a database that is there; InputError for one that is not."""
    from adatom.protocol.errors import InputError

    if not database.is_file():
        raise InputError(str(database), "no such database")
    return database
