"""`adatom export`: runs as files that other systems read."""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from adatom.protocol.output_path import output_file

if TYPE_CHECKING:
    from .bluesky.documents import Run

app = typer.Typer(help="Runs as files for other systems.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Runs as files for other systems."""


@app.command()
def bluesky(
    run: Annotated[str, typer.Argument(help="The run.")],
    database: Annotated[Path, typer.Option("--db", help="The database.", metavar="FILE.duckdb")],
    output: Annotated[
        Path | None, typer.Option("--output", help="Where to write; else RUN.jsonl.", callback=output_file)
    ] = None,
    blobs: Annotated[
        Path | None, typer.Option(help="Folder for the instruments' raw data, each under its SHA-256.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Write a run as documents of Bluesky's event model: a JSON line [name, document] each.

    The cloud must not have the database open meanwhile; take a copy while it runs.

    Example: adatom export bluesky demo-0001-r1-a1 --db demo/campaign.duckdb --blobs raw
    """
    from adatom.cloud.store.jsontext import to_json
    from adatom.cloud.store.store import Store

    from .bluesky.documents import documents, run_of

    path = output or output_file(Path(f"{run}.jsonl")) or Path()
    with Store(database, read_only=True) as store:
        found = run_of(store, run)
        if blobs is not None:
            _write_blobs(found, blobs)
        names: list[str] = []
        counts: dict[str, int] = {}
        with path.open("w", encoding="utf-8") as file:
            for name, document in documents(found, str(blobs.resolve()) if blobs else ""):
                file.write(to_json([name, document]) + "\n")
                names.append(name)
                counts |= document["num_events"] if name == "stop" else {}
    said = {"file": str(path), "run": run, "uid": found.uid, "documents": len(names), "ended": "stop" in names,
            "events": counts, "blobs": len(found.blobs)}  # fmt: skip
    print(json.dumps(said) if as_json else _text(path, len(names), counts, "stop" in names))


def _text(path: Path, documents: int, counts: dict[str, int], ended: bool) -> str:
    streams = ", ".join(f"{name} {count}" for name, count in counts.items())
    return f"{path}: {documents} documents; " + (f"events: {streams}" if ended else "the run has not ended: no stop")


def _write_blobs(run: "Run", folder: Path) -> None:
    """Put the raw data of a run into a folder; what the database holds under a wrong hash is not written."""
    from adatom.protocol.errors import FailedError

    folder.mkdir(parents=True, exist_ok=True)
    for sha256 in run.blobs:
        data = run.store.blob(sha256) or b""
        if hashlib.sha256(data).hexdigest() != sha256:
            raise FailedError(f"{run.store.path}: the raw data {sha256} are altered")
        (folder / sha256).write_bytes(data)
