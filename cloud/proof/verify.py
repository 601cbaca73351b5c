"""What `adatom verify` finds: of a file, of a run in a database, of a database's audit chain."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from adatom.cloud.proof import audit, file
from adatom.cloud.proof.certificate import Certificate, Signed, opened
from adatom.cloud.proof.issue import held, kept_of
from adatom.cloud.proof.records import Kept, Problem, first_problem
from adatom.cloud.store.audit import args_digest, commands_digest
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError, ProtocolError


@dataclass(frozen=True)
class Verdict:
    """What was found of one thing; `problem` is None when it is sound."""

    subject: str
    problem: Problem | None
    certificate: Certificate | None = None
    trusted: bool = False  # signed by a key that was given

    @property
    def fields(self) -> dict[str, Any]:
        """For --json."""
        found: dict[str, Any] = {"subject": self.subject, "sound": self.problem is None}
        if self.problem is not None:
            wrong = self.problem
            found |= {"problem": str(wrong), "boot": wrong.boot, "seq": wrong.seq, "kind": wrong.kind}
        if self.certificate is not None:
            c = self.certificate
            found |= {"run": c.run, "bench": c.bench, "outcome": c.outcome, "simulated": c.simulated, "key": c.key,
                      "key_trusted": self.trusted, "records": c.records, "issued_utc_s": c.issued_utc_s,
                      "ranges": [[span.boot, span.first, span.last] for span in c.spans]}  # fmt: skip
        return found


def verify_file(path: Path, trusted: Sequence[bytes] | None = None) -> Verdict:
    """What is found of a file; OSError when it cannot be read."""
    with path.open("rb") as stream:
        return verify_stream(str(path), stream, trusted)


def verify_stream(subject: str, stream: BinaryIO, trusted: Sequence[bytes] | None = None) -> Verdict:
    """What is found of the bytes of a file."""
    try:
        signed = file.read_head(stream)
    except ProtocolError as error:
        return Verdict(subject, Problem(f"line 1: {error}"))
    return _judged(subject, signed, file.read_records(stream), trusted)


def verify_run(store: Store, run_id: str, trusted: Sequence[bytes] | None = None) -> Verdict:
    """What is found of a run's records in a database. InputError when it has no certificate."""
    signed = held(store, run_id)
    if signed is None:
        raise InputError("run", f"{run_id!r} has no certificate in {store.path}")
    try:
        records = kept_of(store, opened(signed, trusted))
    except ProtocolError as error:
        return Verdict(f"run {run_id}", Problem(str(error)))
    verdict = _judged(f"run {run_id}", signed, records, trusted)
    if verdict.certificate is not None and verdict.certificate.run != run_id:
        return Verdict(verdict.subject, Problem(f"is the certificate of run {verdict.certificate.run}"))
    return verdict


def verify_audit(store: Store, heads: dict[int, str], known: Iterable[Certificate] = ()) -> Verdict:
    """What is found of the audit chain; it must hold the heads that were noted and those that certificates quote."""
    subject = f"audit chain of {store.path}"
    heads = dict(heads)
    texts = store.certificates()
    try:
        quoted = [opened(Signed(*row[1:])) for row in texts]
    except ProtocolError as error:
        return Verdict(subject, Problem(str(error)))
    for certificate in [*quoted, *known]:
        if heads.setdefault(certificate.audit_rows, certificate.audit_head) != certificate.audit_head:
            return Verdict(subject, Problem(f"two heads were noted of audit row {certificate.audit_rows}"))
    rows = store.audit_rows()
    if wrong := audit.chain_problem(rows, {n: head for n, head in heads.items() if n}):
        return Verdict(subject, Problem(wrong))
    held_now = store.commands_held()
    return Verdict(subject, command_problem(held_now, rows) or _certificate_problem(rows, [row[0] for row in texts]))


def _judged(subject: str, signed: Signed, records: Iterable[Kept], trusted: Sequence[bytes] | None) -> Verdict:
    try:
        certificate = opened(signed, trusted)
        problem = first_problem(certificate, records)
    except ProtocolError as error:
        return Verdict(subject, Problem(str(error)))
    return Verdict(subject, problem, certificate, trusted is not None)


def command_problem(held: list[tuple[Any, ...]], rows: Sequence[audit.Row]) -> Problem | None:
    """Whether the table of commands (counter, bench, name, args) is what a sound chain says."""
    if not rows:
        return Problem("there are commands and no audit chain") if held else None
    entries = [audit.opened(row) for row in rows]
    said = {entry["counter"]: entry for entry in entries if entry["what"] == "command"}
    old = [row for row in held if int(row[0]) not in said]
    if entries[0].get("sha256") != commands_digest(old)["sha256"]:
        return Problem("the commands of before the chain are not those that it was begun with")
    held_now = {int(counter): (bench, name, args_digest(args)) for counter, bench, name, args in held}
    for counter, entry in said.items():
        if held_now.get(counter) != (entry["bench"], entry["name"], entry["args_sha256"]):
            return Problem(f"audit row {entry['n']}: command {counter} is missing from its table, or altered")
    return None


def _certificate_problem(rows: Sequence[audit.Row], runs: Sequence[str]) -> Problem | None:
    entries = [audit.opened(row) for row in rows]
    noted = {entry["run"] for entry in entries if entry["what"] == "certificate"}
    missing = sorted(noted ^ set(runs))
    return (
        Problem(f"certificate of run {missing[0]}: is in the chain or in its table, not in both") if missing else None
    )
