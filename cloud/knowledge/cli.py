"""`adatom import`: published materials and logs of real chambers into the database."""

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(help="Bring published data and real logs into the database.", no_args_is_help=True)

Database = Annotated[Path, typer.Option("--db", help="The DuckDB file; made when it is not there.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@app.command()
def materials(
    file: Annotated[Path, typer.Argument(help="CSV with OBELiX's columns.")],
    db: Database,
    check: Annotated[
        bool, typer.Option("--check", help="Also test the garnet prior on each paper without itself (seconds).")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Load measured conductivities; a campaign starts its composition model from them.

    Loading a file again changes nothing. A row that cannot be understood is refused with its line.

    Example: adatom import materials cloud/knowledge/examples/conductivity/obelix_train.csv --db lab.duckdb --check
    """
    from adatom.cloud.knowledge.materials import read_table
    from adatom.cloud.store.store import Store
    from rich.console import Console

    with Console(stderr=True).status(f"reading {file.name}"):
        found = read_table(file)
        with Store(db) as store:
            new = store.put_materials(found)
            summary: dict[str, Any] = {"file": str(file), "db": str(db), "rows": len(found), "new": new,
                                       "materials": store.material_count()}  # fmt: skip
            if check:
                summary["garnet_prior"] = _checked(store)
    if as_json:
        print(json.dumps(summary))
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{len(found)} rows, {new} of them new; {summary['materials']} materials in {db}")
    if check:
        _print_check(console, summary["garnet_prior"])


@app.command()
def log(
    file: Annotated[Path, typer.Argument(help="A .dlog or .dlog.gz (its .elog beside it), or the folder of one.")],
    db: Database,
    as_json: AsJson = False,
) -> None:
    """Load the log of a real deposition chamber: values with units, events, and what is odd about it.

    Loading a log again changes nothing. How the twin compares with such a log: adatom sim validate.

    Example: adatom import log cloud/knowledge/examples/pld_log --db lab.duckdb
    """
    from adatom.cloud.knowledge.logs import UNITS, read_log
    from adatom.cloud.store.store import Store
    from rich.console import Console

    with Console(stderr=True).status(f"reading {file.name}"):
        found = read_log(file)
        events = [(event.time_s, event.text) for event in found.events]
        with Store(db) as store:
            log_id, new = store.put_log(found.source, found.columns, UNITS, events, found.quirks, time.time())
    hours = (found.columns["time_s"][-1] - found.columns["time_s"][0]) / 3600.0
    summary = {"file": found.source, "db": str(db), "log": log_id, "new": new, "rows": len(found),
               "hours": round(hours, 3), "events": len(events), "quirks": found.quirks}  # fmt: skip
    if as_json:
        print(json.dumps(summary))
    else:
        _print_log(Console(highlight=False, soft_wrap=True), summary, found.columns, UNITS)


def _checked(store: Any) -> dict[str, Any]:
    from adatom.cloud.knowledge.garnets import check_by_paper, published_garnets

    garnets = published_garnets(store.materials())
    plain, strict = check_by_paper(garnets), check_by_paper(garnets, without_near=True)
    return {"leave_one_paper_out": plain._asdict(), "and_without_near_compositions": strict._asdict()}


def _print_check(console: Any, check: dict[str, Any]) -> None:
    plain, strict = check["leave_one_paper_out"], check["and_without_near_compositions"]
    console.print(
        f"garnet prior, {plain['rows']} samples of {plain['papers']} papers, each paper predicted without itself: mean "
        f"error {plain['mae']:.2f} decades (a constant: {plain['mae_of_mean']:.2f}), "
        f"{100 * plain['covered_90']:.0f} % inside the 90 % interval; compositions that other papers share left out "
        f"too: {strict['mae']:.2f} decades"
    )


def _print_log(console: Any, summary: dict[str, Any], columns: dict[str, list[float]], units: dict[str, str]) -> None:
    from rich.table import Table

    state = "new" if summary["new"] else "known already"
    console.print(f"{summary['file']}: {summary['rows']} rows over {summary['hours']:.2f} h, "
                  f"{summary['events']} events ({state}), in {summary['db']}")  # fmt: skip
    table = Table("channel", "unit", "lowest", "highest")
    for name, values in columns.items():
        table.add_row(name, units[name], f"{min(values):g}", f"{max(values):g}")
    console.print(table)
    for quirk in summary["quirks"]:
        console.print(f"note: {quirk}")
