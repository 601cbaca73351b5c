"""A run through real recorder, ingest and database, its certificate, and seeded mutations of what proves it."""

import asyncio
import base64
import json
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from adatom.cloud.ingest.service import Ingest
from adatom.cloud.proof import audit
from adatom.cloud.proof.audit import Row
from adatom.cloud.proof.certificate import opened
from adatom.cloud.proof.file import lines_of
from adatom.cloud.proof.issue import certify, held, kept_of
from adatom.cloud.proof.signer import Signer, load_or_create_signer
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread
from adatom.protocol.channels import COUNT
from adatom.protocol.keyring import KeyRing

from tests.cloud.campaign.instant_bench import InstantBench
from tests.cloud.ingest.test_service import ENVELOPE, KEYS, Silent

RUN, BENCH = "demo-0001-r1-a1", "twin-1"
VALUES: dict[type, Any] = {str: "x", int: 1, list: []}  # of the fields of an audit entry
Lines = list[bytes]


def record_run(bench: InstantBench, run: str = RUN, points: int = 25) -> None:
    """Records of every kind between two commands, and the run's result."""
    recorder = bench.station.recorder
    recorder.event(1, "command", {"name": "run", "counter": 7, "key": "campaign"})
    recorder.begin(run, "demo-0001")
    recorder.event(2, "state", {"from": "idle", "to": "heat"})
    for n in range(points):
        recorder.point(1000 * n, [n] * COUNT)
        if n % 5 == 4:
            recorder.event(1000 * n, "step", {"n": n})
    recorder.refusal(30000, 8, "run", ["busy with another run"])
    raw = recorder.blob(30001, bytes(range(256)) * 100)
    recorder.measurement(30002, "eis", {"f_hz": [1.0, 10.0], "zre_ohm": [5.0, 4.0]}, {"raw_sha256": raw})
    recorder.result(30003, "complete", "", {})


def laboratory(
    folder: Path,
    cut: Callable[[int], bool] = lambda number: False,
    record: Callable[[InstantBench], None] = record_run,
) -> tuple[Path, Signer]:
    """A database with one run whose records arrived, but for those messages that `cut` keeps back."""
    signer = load_or_create_signer(folder / "signing-key.pem")
    database = folder / "lab.duckdb"

    async def scene() -> None:
        with StoreThread(database) as store:
            await store.call(Store.log_command, BENCH, "run", {"run": RUN}, 1.7e9, "campaign")
            ingest = Ingest(store, KeyRing(KEYS), Silent(), lambda held, utc_s: certify(held, signer, utc_s))
            bench = InstantBench(BENCH, ENVELOPE, KeyRing(KEYS), folder / "journal")
            record(bench)
            messages: list[tuple[str, bytes]] = []
            bench.pump(lambda topic, payload: messages.append((topic, payload)))
            await ingest.take([message for number, message in enumerate(messages) if not cut(number)])
            await store.call(Store.log_command, BENCH, "abort", {"why": "smoke"}, 1.7e9 + 60, "operator-alice")
            bench.close()

    asyncio.run(scene())
    return database, signer


def file_lines(database: Path) -> Lines:
    """The lines of the run's file."""
    with Store(database, read_only=True) as store:
        signed = held(store, RUN)
        assert signed is not None
        return list(lines_of(signed, kept_of(store, opened(signed))))


# --- mutations of a file: lines -> other lines ---------------------------------------------------------------------


def _deleted(rng: random.Random, lines: Lines) -> Lines:
    at = rng.randrange(len(lines))
    return lines[:at] + lines[at + 1 :]


def _altered(rng: random.Random, lines: Lines) -> Lines:
    at = rng.randrange(1, len(lines))
    fields = json.loads(lines[at])
    body = bytearray(base64.b64decode(fields["body"]))
    body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
    return _with(lines, at, fields | {"body": base64.b64encode(body).decode()})


def _flipped(rng: random.Random, lines: Lines) -> Lines:
    at = rng.randrange(len(lines))
    line = bytearray(lines[at])
    line[rng.randrange(len(line))] ^= 1 << rng.randrange(8)
    return [*lines[:at], bytes(line), *lines[at + 1 :]]


def _field_changed(rng: random.Random, lines: Lines) -> Lines:
    at = rng.randrange(1, len(lines))
    fields = json.loads(lines[at])
    name = rng.choice(("boot", "first", "points", "kind", "link"))
    other = {"kind": "event" if fields["kind"] != "event" else "result", "link": rng.randbytes(32).hex()}
    return _with(lines, at, fields | {name: other[name] if name in other else fields[name] + 1})


def _reordered(rng: random.Random, lines: Lines) -> Lines:
    a, b = rng.sample(range(1, len(lines)), 2)
    found = list(lines)
    found[a], found[b] = found[b], found[a]
    return found


def _inserted(rng: random.Random, lines: Lines) -> Lines:
    at = rng.randrange(1, len(lines) + 1)
    return [*lines[:at], rng.choice(lines), *lines[at:]]


def _truncated(rng: random.Random, lines: Lines) -> Lines:
    data = b"".join(lines)
    return [data[: rng.randrange(len(data))]]


def _signature_changed(rng: random.Random, lines: Lines) -> Lines:
    return _with(lines, 0, json.loads(lines[0]) | {"signature": rng.randbytes(64).hex()})


def _certificate_changed(rng: random.Random, lines: Lines) -> Lines:
    head = json.loads(lines[0])
    said = json.loads(head["certificate"])
    name = rng.choice(sorted(said))
    holder = said["spans"][0] if name == "spans" else said
    name = rng.choice(sorted(holder)) if name == "spans" else name
    value = holder[name]
    holder[name] = not value if isinstance(value, bool) else f"{value}x" if isinstance(value, str) else value + 1
    return _with(lines, 0, head | {"certificate": json.dumps(said, separators=(",", ":"))})


def _signed_by_another(rng: random.Random, lines: Lines) -> Lines:
    """A forger's own key over a certificate that fits his records: only whoever knows the cloud's key can tell."""
    from adatom.cloud.proof.certificate import Signed, sign
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    certificate = opened(Signed(*json.loads(lines[0]).values()))
    forged = sign(certificate, Ed25519PrivateKey.from_private_bytes(rng.randbytes(32)))
    fields = {"certificate": forged.text, "signature": forged.signature, "public_key": forged.public_key}
    return _with(lines, 0, fields)


def _with(lines: Lines, at: int, fields: dict[str, object]) -> Lines:
    return [*lines[:at], json.dumps(fields, separators=(",", ":")).encode() + b"\n", *lines[at + 1 :]]


FILE_MUTATIONS = {
    "deleted": _deleted, "altered": _altered, "bit flipped": _flipped, "field changed": _field_changed,
    "reordered": _reordered, "inserted": _inserted, "truncated": _truncated, "signature changed": _signature_changed,
    "certificate changed": _certificate_changed, "signed by another": _signed_by_another,
}  # fmt: skip


# --- mutations of an audit chain: rows -> other rows -----------------------------------------------------------------


def chain(length: int) -> list[Row]:
    rows: list[Row] = []
    for n in range(length):
        what = list(audit.FIELDS)[n % len(audit.FIELDS)]
        fields = {name: VALUES[form] for name, form in audit.FIELDS[what].items()}
        more = {"bench": BENCH, "counter": n}
        rows.append(audit.next_row(rows[-1] if rows else None, what, 1.7e9 + n, fields | more))
    return rows


def _row_altered(rng: random.Random, rows: list[Row]) -> list[Row]:
    at = rng.randrange(len(rows))
    entry = json.loads(rows[at].entry) | {"bench": f"twin-{rng.randrange(2, 99)}"}
    return [*rows[:at], rows[at]._replace(entry=json.dumps(entry, separators=(",", ":"))), *rows[at + 1 :]]


def _rows_swapped(rng: random.Random, rows: list[Row], renumbered: bool) -> list[Row]:
    a, b = sorted(rng.sample(range(len(rows)), 2))
    found = list(rows)
    found[a], found[b] = found[b], found[a]
    return [row._replace(n=n) for n, row in enumerate(found, 1)] if renumbered else found


def _row_deleted(rng: random.Random, rows: list[Row]) -> list[Row]:
    at = rng.randrange(len(rows))
    return rows[:at] + rows[at + 1 :]


def _row_inserted(rng: random.Random, rows: list[Row]) -> list[Row]:
    """A row put in and every later one linked anew: the head that was noted is another."""
    at = rng.randrange(len(rows))
    found = rows[:at]
    command = {name: VALUES[form] for name, form in audit.FIELDS["command"].items()}
    for entry in ({"what": "command", "utc_s": 1.0} | command, *(json.loads(row.entry) for row in rows[at:])):
        fields = {name: value for name, value in entry.items() if name not in ("n", "what", "utc_s")}
        found.append(audit.next_row(found[-1] if found else None, entry["what"], entry["utc_s"], fields))
    return found


def _tail_cut(rng: random.Random, rows: list[Row]) -> list[Row]:
    return rows[: rng.randrange(len(rows))]


def _link_changed(rng: random.Random, rows: list[Row]) -> list[Row]:
    at = rng.randrange(len(rows))
    return [*rows[:at], rows[at]._replace(link=rng.randbytes(32)), *rows[at + 1 :]]


AUDIT_MUTATIONS = {
    "altered": _row_altered, "reordered": partial(_rows_swapped, renumbered=False),
    "reordered and renumbered": partial(_rows_swapped, renumbered=True), "deleted": _row_deleted,
    "inserted and linked anew": _row_inserted, "tail cut off": _tail_cut, "link changed": _link_changed,
}  # fmt: skip


def undetected_files(lines: Lines, public_key: bytes, path: Path, seeds: range) -> tuple[int, list[str]]:
    """(mutations that changed something, those among them that the verifier passes)."""
    from adatom.cloud.proof.verify import verify_file

    names, done, passed = list(FILE_MUTATIONS), 0, []
    for seed in seeds:
        name = names[seed % len(names)]
        changed = FILE_MUTATIONS[name](random.Random(seed), lines)
        if b"".join(changed) == b"".join(lines):
            continue
        path.write_bytes(b"".join(changed))
        done += 1
        if verify_file(path, [public_key]).problem is None:
            passed.append(f"{name}, seed {seed}")
    return done, passed


def undetected_chains(length: int, seeds: range) -> tuple[int, list[str]]:
    """As undetected_files, of an audit chain whose head was noted."""
    rows = chain(length)
    heads = {length: rows[-1].link.hex()}
    names, done, passed = list(AUDIT_MUTATIONS), 0, []
    for seed in seeds:
        name = names[seed % len(names)]
        changed = AUDIT_MUTATIONS[name](random.Random(seed), rows)
        done += changed != rows
        if changed != rows and not audit.chain_problem(changed, heads):
            passed.append(f"{name}, seed {seed}")
    return done, passed
