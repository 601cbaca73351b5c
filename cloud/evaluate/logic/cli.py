"""`adatom evaluate doubts`: facts that cannot all be true. Wiring only."""

from pathlib import Path
from typing import Annotated

import typer


def doubts(
    db: Annotated[Path, typer.Option("--db", help="The DuckDB file, filled by adatom materials load.", exists=True)],
    kind: Annotated[
        list[str] | None,
        typer.Option(help="Only impossible, unit, relation, sources, unlikely or duplicate; repeat for several."),
    ] = None,
    limit: Annotated[int, typer.Option(help="How many to print.", min=0)] = 20,
    flag: Annotated[
        bool, typer.Option("--flag", help="Keep them as flags beside the facts (doubt_unit, ...).")
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Facts of materials that cannot all be true: found, ranked and explained; none is changed.

    Values beyond what nature allows, mistaken units, broken relations between properties, data sets that disagree,
    values far from what is expected, rows told twice. Some minutes for all of the shipped tables.

    Examples:

    adatom evaluate doubts --db known.duckdb

    adatom evaluate doubts --db known.duckdb --kind relation --kind unit --limit 100 --json
    """
    import json

    from adatom.cloud.store.store import Store
    from adatom.protocol.errors import InputError
    from rich.console import Console

    from .claims import from_columns
    from .doubts import KINDS, find
    from .report import as_data, show

    wrong = sorted(set(kind or ()) - set(KINDS))
    if wrong:
        raise InputError("--kind", f"{wrong[0]!r}: must be one of {', '.join(KINDS)}")
    with Store(db) as store, Console(stderr=True).status("reading") as status:
        claims = from_columns(store.claims(), store.composition_fractions())
        found = find(claims, lambda name, share: status.update(f"{share:.0%}: what {name} is expected to be"))
        found = [doubt for doubt in found if not kind or doubt.kind in kind]
        if flag:
            rows = [(int(claims.fact[place]), f"doubt_{d.kind}", d.why) for d in found for place in d.places]
            store.put_flags(*([row[k] for row in rows] for k in range(3)))
    if json_output:
        typer.echo(json.dumps(as_data(claims, found, limit), ensure_ascii=False, allow_nan=False))
        return
    show(Console(highlight=False), claims, found, limit)
