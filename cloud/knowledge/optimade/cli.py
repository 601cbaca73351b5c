"""`adatom materials fetch`. Wiring only: options, client, store, report."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer


def fetch(
    base_url: Annotated[str, typer.Argument(help="A provider's OPTIMADE base URL, with or without /v1.")],
    db: Annotated[Path | None, typer.Option("--db", help="The DuckDB file; made when it is not there.")] = None,
    filter_: Annotated[str, typer.Option("--filter", help="In OPTIMADE's grammar; the provider judges it.")] = "",
    elements: Annotated[str, typer.Option(help="That hold all of these: Li,La,Zr,O.")] = "",
    only_elements: Annotated[str, typer.Option(help="That hold none but these (few providers can).")] = "",
    nelements: Annotated[str, typer.Option(help="How many elements: 4 or 3-5.")] = "",
    property_: Annotated[
        list[str] | None,
        typer.Option("--property", help="FIELD=PROPERTY:UNIT takes a field, or FIELD.PART; may be repeated."),
    ] = None,
    response_fields: Annotated[str, typer.Option(help="Ask for these fields alone, by commas.")] = "",
    limit: Annotated[int, typer.Option(min=0, help="Entries at most; 0: all.")] = 1000,
    page_limit: Annotated[int | None, typer.Option(min=1, help="Entries a page, if not the provider's own.")] = None,
    method: Annotated[str, typer.Option(help="Of the provider's numbers: PBE, HSE06, ...")] = "as of the source",
    describe: Annotated[bool, typer.Option("--describe", help="Only say which fields would be taken.")] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Begin anew, where an earlier run was stopped.")] = False,
    seconds: Annotated[float, typer.Option(min=0.1, max=3600, help="For one page.")] = 60.0,
    plain_http: Annotated[
        bool, typer.Option("--plain-http", help="Allow http:// to another machine: not private, not protected.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Take structures and properties in from a provider that speaks OPTIMADE (Materials Project, AFLOW, OQMD, ...).

    Fetching again changes nothing; a fetch that was stopped goes on at its page. A provider's own fields are taken when
    name and unit are clear (--describe lists them all), others by --property. Entries that are not understood are
    refused with the reason (adatom materials status).

    Examples:

    adatom materials fetch https://example.org/optimade --describe

    adatom materials fetch https://example.org/optimade --elements Li,La,Zr,O --nelements 4 --db known.duckdb

    adatom materials fetch https://example.org --filter 'elements HAS "Li" AND nsites<50' --limit 0 --db k.duckdb
    """
    from adatom.cloud.knowledge.check import check_facts
    from adatom.cloud.knowledge.materials_report import progress_bar
    from adatom.cloud.knowledge.optimade import report
    from adatom.cloud.knowledge.optimade.address import checked_base
    from adatom.cloud.knowledge.optimade.fetch import Asked
    from adatom.cloud.knowledge.optimade.fetch import fetch as fetched
    from adatom.cloud.knowledge.optimade.fields import asked_columns, names_in, plan_of
    from adatom.cloud.knowledge.optimade.query import asked_filter
    from adatom.cloud.knowledge.optimade.service import discovered
    from adatom.cloud.knowledge.optimade.transport import Client, Limits
    from adatom.cloud.store.store import Store
    from adatom.protocol.errors import InputError

    if db is None and not describe:
        raise InputError("--db", "a database is needed, or --describe")
    asked = Asked(
        asked_filter(filter_, elements, only_elements, nelements), asked_columns(property_ or []),
        names_in(response_fields), method, page_limit, limit or None, restart,
    )  # fmt: skip
    client = Client(Limits(answer_s=seconds), lambda text: print(f"note: {text}", file=sys.stderr))
    service = discovered(client, checked_base(base_url, plain_http))
    if db is None or describe:
        plan = plan_of(service.properties, asked.columns, asked.response_fields)
        print(json.dumps(report.service_data(service, plan))) if as_json else report.show_service(service, plan)
        return
    with Store(db) as store, progress_bar(not as_json) as progress:
        found = fetched(store, client, service, asked, progress)
        checked = check_facts(store)
    print(json.dumps(report.fetched_data(found, checked))) if as_json else report.show_fetched(found, checked)
