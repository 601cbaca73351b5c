"""`adatom materials read`. Wiring only: documents, report, store."""

from pathlib import Path
from typing import Annotated

import typer


def read(
    files: Annotated[
        list[Path],
        typer.Argument(help="PDF, text, Python, C or Fortran code, inputs of VASP, Quantum ESPRESSO, LAMMPS."),
    ],
    db: Annotated[
        Path | None, typer.Option("--db", help="Put the facts into this DuckDB file; made when it is not there.")
    ] = None,
    kind: Annotated[
        str,
        typer.Option(
            help="What the files are, where their names do not tell: incar, kpoints, poscar, espresso, "
            "lammps, python, c, fortran, text."
        ),
    ] = "",
    tree: Annotated[
        bool, typer.Option("--tree", help="Print the tree too: sections, paragraphs, tables; functions, calls; tags.")
    ] = False,
    least: Annotated[
        float, typer.Option("--least", help="Only facts of at least this confidence.", min=0.0, max=1.0)
    ] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """What papers, code and inputs of calculations say of materials: facts with page or line and a confidence.

    No model guesses: every fact follows from rules, and --json says which. Nothing of the files is run.

    Examples:

    adatom materials read cloud/knowledge/documents/examples/report.pdf --tree

    adatom materials read INCAR KPOINTS paper.pdf --least 0.7 --db known.duckdb --json
    """
    import json

    from adatom.cloud.knowledge.documents.read import KINDS, read_document
    from adatom.cloud.knowledge.documents.report import as_data, show
    from adatom.protocol.errors import InputError
    from rich.console import Console

    if kind and kind not in KINDS:
        raise InputError("--kind", f"{kind[:40]!r} must be one of {', '.join(KINDS)}")
    found = []
    with Console(stderr=True).status("reading") as status:
        for file in files:
            status.update(f"reading {file.name}")
            document = read_document(file, kind)
            kept = tuple(fact for fact in document.facts if fact.confidence >= least)
            found.append(document._replace(facts=kept))
    stored = _keep(db, files, found) if db is not None else []
    if as_json:
        typer.echo(
            json.dumps(
                [as_data(one, tree) | ({"store": stored[k]} if stored else {}) for k, one in enumerate(found)],
                ensure_ascii=False,
                allow_nan=False,
            )
        )
        return
    console = Console(highlight=False, soft_wrap=True)
    for place, document in enumerate(found):
        show(console, document, tree)
        if stored:
            console.print(
                f"{stored[place]['new']} new facts in {db}" + (", known before" if stored[place]["known"] else "")
            )


def _keep(db: Path, files: list[Path], documents: list) -> list[dict[str, object]]:  # type: ignore[type-arg]
    from adatom.cloud.knowledge.documents.keep import keep
    from adatom.cloud.store.store import Store

    with Store(db) as store:
        return [keep(store, file, document)._asdict() for file, document in zip(files, documents, strict=True)]
