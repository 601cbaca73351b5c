"""`adatom certificate`, `adatom verify`, `adatom audit`: a run as a file, whether it is whole, who commanded what."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from .verify import Verdict

DatabaseOption = Annotated[Path, typer.Option("--db", help="The database.", metavar="FILE.duckdb")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def certificate(
    run: Annotated[str, typer.Argument(help="The run.")],
    database: DatabaseOption,
    output: Annotated[Path | None, typer.Option(help="Where to write; else RUN.adatom.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a run's certificate and records into one file that anyone can check with adatom verify.

    Example: adatom certificate demo-0001-r1-a1 --db demo/campaign.duckdb
    """
    from adatom.cloud.store.store import Store
    from adatom.protocol.errors import FailedError, InputError

    from . import file
    from .certificate import opened
    from .issue import held, incomplete, kept_of

    path = output or Path(f"{run}.adatom")
    with Store(database, read_only=True) as store:
        signed = held(store, run)
        if signed is None and store.result_row(run) is None:
            raise InputError("run", f"{run!r}: {database} knows nothing of its end")
        if signed is None:
            raise FailedError(f"run {run} has no certificate: {incomplete(store, run) or 'the cloud issues it'}")
        certified = opened(signed)
        path.write_bytes(b"".join(file.lines_of(signed, kept_of(store, certified))))
    said = {"file": str(path), "run": run, "records": certified.records, "key": certified.key}
    print(json.dumps(said) if as_json else f"{path}: {certified.records} records, signed by {certified.key}")


def verify(
    subject: Annotated[
        str | None, typer.Argument(help="A file of adatom certificate, or a run (with --db).", metavar="[FILE|RUN]")
    ] = None,
    database: Annotated[Path | None, typer.Option("--db", help="Database of the run.", metavar="FILE.duckdb")] = None,
    public_key: Annotated[
        Path | None, typer.Option(help="The cloud's public key or keys (PEM): signing-key.pub.")
    ] = None,
    head: Annotated[list[str], typer.Option(help="ROWS:LINK as adatom audit printed it once; repeatable.")] = [],  # noqa: B006 - typer's way
    as_json: JsonOption = False,
) -> None:
    """Check offline that a run is whole and unaltered; with --db the audit chain too. Exit code 1 when it is not.

    Example: adatom verify demo-0001-r1-a1.adatom --public-key demo/signing-key.pub
    """
    from adatom.cloud.store.store import Store
    from adatom.protocol.errors import InputError

    from .signer import public_keys
    from .verify import verify_audit, verify_file, verify_run

    heads = _heads(head)
    if subject is None and database is None:
        raise InputError("subject", "give a file, a run with --db, or --db alone for the audit chain")
    trusted = None if public_key is None else public_keys(public_key)
    found: list[Verdict] = []
    is_file = subject is not None and Path(subject).is_file()
    if subject is not None and is_file:
        found.append(verify_file(Path(subject), trusted))
    elif subject is not None and database is None:
        raise InputError(subject, "no such file; a run needs --db")
    if database is not None:
        with Store(database, read_only=True) as store:
            runs = [row[0] for row in store.certificates()] if subject is None else [] if is_file else [subject]
            found += [verify_run(store, run, trusted) for run in runs]
            found.append(verify_audit(store, heads, [v.certificate for v in found if v.certificate is not None]))
    for verdict in found:
        print(json.dumps(verdict.fields) if as_json else text_of(verdict))
    if any(verdict.problem is not None for verdict in found):
        raise typer.Exit(1)


def audit(
    database: DatabaseOption,
    bench: Annotated[str | None, typer.Option(help="Only what concerns this bench.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Print who commanded what, when, under which envelope, and what became of it; then the chain's head to note.

    Example: adatom audit --db demo/campaign.duckdb --bench twin-1
    """
    from adatom.cloud.store.store import Store
    from adatom.protocol.errors import FailedError

    from .audit import opened

    with Store(database, read_only=True) as store:
        held = store.audit_rows()
        rows, link = store.audit_head()
    for row in held:
        try:
            entry = opened(row)
        except ValueError as error:
            raise FailedError(f"audit row {row.n}: altered: {error}; adatom verify --db {database}") from error
        if bench is None or entry.get("bench") == bench:
            print(json.dumps(entry) if as_json else line_of(entry))
    print(json.dumps({"head": f"{rows}:{link}"}) if as_json else f"head: {rows}:{link}")


def line_of(entry: dict[str, Any]) -> str:
    """An entry of the audit chain in words. What cannot be shown of names that others chose is a "?"."""
    line = _said(entry)
    return line if line.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in line)


def _said(entry: dict[str, Any]) -> str:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(entry["utc_s"]))
    if entry["what"] == "begin":
        return f"{when}  the chain begins; {entry['commands']} commands before it"
    if entry["what"] == "certificate":
        return f"{when}  certificate of run {entry['run']}"
    if entry["what"] == "attached":
        return f"{when}  {entry['technique']} file {entry['sha256'][:12]} joins run {entry['run']}"
    name = f"{entry['name'] or 'a message'} {entry.get('run', '')}".strip()
    said = f"{when}  {entry['bench']}  {entry['what']} {name}"
    said += f" (counter {entry['counter']})" if entry["counter"] else ""
    said += f" by {entry['who']}" if entry["who"] else ""
    said += f", envelope {entry['envelope'][:12]}" if entry["envelope"] else ""
    return said + (f": {'; '.join(map(str, entry['reasons']))}" if entry.get("reasons") else "")


def text_of(verdict: "Verdict") -> str:
    """A verdict in words."""
    if verdict.problem is not None:
        return f"{verdict.subject}: NOT SOUND\n  {verdict.problem}"
    c = verdict.certificate
    if c is None:
        return f"{verdict.subject}: sound"
    spans = ", ".join(f"boot {span.boot} numbers {span.first}-{span.last}" for span in c.spans)
    whose = "the key given" if verdict.trusted else "not checked whose it is: give --public-key"
    return (
        f"{verdict.subject}: whole and unaltered\n"
        f"  run {c.run} of bench {c.bench}{' (simulated)' if c.simulated else ''}, {c.outcome}\n"
        f"  {c.records} records, {spans}\n"
        f"  signed by {c.key} ({whose})"
    )


def _heads(texts: list[str]) -> dict[int, str]:
    from adatom.protocol.errors import InputError

    found = {}
    for text in texts:
        rows, _, link = text.partition(":")
        if not rows.isdecimal() or len(rows) > 15 or len(link) != 64 or set(link) - set("0123456789abcdef"):
            raise InputError("--head", f"{text[:80]!r}: must be ROWS:LINK, as adatom audit prints it")
        found[int(rows)] = link
    return found
