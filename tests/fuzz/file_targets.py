"""Readers of files that somebody else may have written: a run with its certificate, audit chains, keys, a ledger."""

import datetime
import json
import random
from collections.abc import Callable, Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from adatom.cloud.pki import authority, folder
from adatom.cloud.proof import audit, cli
from adatom.cloud.proof.certificate import CONTEXT, Signed, key_id
from adatom.cloud.proof.file import lines_of
from adatom.cloud.proof.signer import private_of, public_of
from adatom.cloud.proof.verify import command_problem, verify_stream
from adatom.cloud.store.store import Store
from adatom.edge.journal import Journal
from adatom.edge.segment import packed
from adatom.protocol.channels import COUNT
from adatom.protocol.errors import InputError
from adatom.protocol.seal import chain_link
from adatom.sim.clockwork.disk import Disk
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.cloud.campaign.instant_bench import InstantBench
from tests.cloud.proof.laboratory import RUN, file_lines, laboratory

from .target import Target

NOW = datetime.datetime(2026, 7, 1, tzinfo=datetime.UTC)
SEGMENT = "00000006-000000000001.seg"
KEY_MARK = b"-----BEGIN PRIVATE KEY-----"
FORGER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def file_targets() -> list[Target]:
    """Each of them, fresh."""
    database, lines, signer = _laboratory()
    whole = b"".join(lines)
    unsigned = [_unsigned(lines), _unsigned(lines, bench="\ud800"), _unsigned(lines, run="\x1b[2J")]
    return [
        Target("run file", [whole], _run_file([signer]), sealed=True, known=frozenset([whole])),
        Target("run file, forger's key", unsigned, _forged_run),
        Target("audit chain", [b"\n".join(row.entry.encode() for row in database[0])], _audit(database[1])),
        Target("public keys", [_public_pem(1), _public_pem(2)], lambda data: bool(public_of(data, "f")), (InputError,)),
        Target("signing key", [_private_pem()], lambda data: bool(private_of(data.decode("latin-1"), "f")),
               (InputError,)),
        Target("authority", [_authority_pem()], _load_authority, (InputError,)),
        Target("ledger", [_ledger()], _read_ledger, (InputError,)),
        Target("journal segment", [_segment()], _open_journal(SEGMENT)),
        Target("journal's boot file", [b'{"crc": 3226878523, "text": "{\\"boot\\": 7, \\"ends\\": [[6, 9]]}"}'],
               _open_journal("boot.json")),
    ]  # fmt: skip


@lru_cache
def _laboratory() -> tuple[tuple[list[audit.Row], list[tuple[Any, ...]]], list[bytes], bytes]:
    """(rows of the audit chain, commands), the lines of a run's file, the public key."""
    with TemporaryDirectory() as place:
        path, signer = laboratory(Path(place), record=_short_run)
        with Store(path, read_only=True) as store:
            return (store.audit_rows(), store.commands_held()), file_lines(path), signer.public_key


def _short_run(bench: InstantBench) -> None:
    """Few and short records: the frames stay many."""
    recorder = bench.station.recorder
    recorder.event(1, "command", {"name": "run", "counter": 7, "key": "campaign"})
    recorder.refusal(2, 8, "run", ["busy with another run"])
    recorder.begin(RUN, "demo-0001")
    recorder.point(1000, [1] * COUNT)
    recorder.result(1001, "complete", "", {})


# --- runs and the audit chain -----------------------------------------------------------------------------------------


def _run_file(trusted: Sequence[bytes]) -> Callable[[bytes], bool]:
    """As `adatom verify FILE --public-key`, to the words that it prints."""

    def take(data: bytes) -> bool:
        verdict = verify_stream("f", BytesIO(data), trusted)
        cli.text_of(verdict).encode()
        json.dumps(verdict.fields)
        return verdict.problem is None

    return take


def _unsigned(lines: Sequence[bytes], **changed: str) -> bytes:
    """The text of a certificate that names the forger's key, then the lines of its records."""
    said = json.loads(json.loads(lines[0])["certificate"])
    key = key_id(FORGER.public_key().public_bytes_raw())
    text = json.dumps(said | {"key": key} | changed, separators=(",", ":"))
    return text.encode() + b"\n" + b"".join(lines[1:])


def _forged_run(data: bytes) -> bool:
    """A forger signs what he likes: behind a signature that is right nothing may be believed either."""
    text, _, records = data.partition(b"\n")
    said = text.decode("latin-1")
    signed = Signed(said, FORGER.sign(CONTEXT + said.encode()).hex(), FORGER.public_key().public_bytes_raw().hex())
    verdict = verify_stream("f", BytesIO(b"".join(lines_of(signed, [])) + records))
    cli.text_of(verdict).encode()
    json.dumps(verdict.fields)
    return verdict.problem is None


def _audit(commands: list[tuple[Any, ...]]) -> Callable[[bytes], bool]:
    """The entries of a chain, one a line, linked anew by whoever can write to the database."""

    def take(data: bytes) -> bool:
        link, rows = audit.GENESIS, []
        for n, line in enumerate(data.split(b"\n"), 1):
            entry = line.decode("utf-8", "replace")
            link = chain_link(link, entry.encode())
            rows.append(audit.Row(n, entry, link))
        if audit.chain_problem(rows, {}):
            return False
        for row in rows:
            cli.line_of(audit.opened(row)).encode()
        return command_problem(commands, rows) is None

    return take


# --- keys and certificates of the laboratory --------------------------------------------------------------------------


def _private(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([number] * 32))


def _private_pem() -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return _private(1).private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _public_pem(count: int) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    keys = [_private(number).public_key() for number in range(count)]
    return b"".join(key.public_bytes(serialization.Encoding.PEM, form) for key in keys)


def _authority_pem() -> bytes:
    made = authority.new_authority("lab", NOW)
    return made.pem + made.key_pem


def _load_authority(data: bytes) -> bool:
    """The two files of an authority, and what is asked of them."""
    certificate, mark, key = data.partition(KEY_MARK)
    made = authority.load(certificate, mark + key, "f")
    authority.revocation_list(made, [], 1, NOW)
    return bool(made.serial)


def _ledger() -> bytes:
    entry = {"serial": "1f", "who": "bench/a", "since": "2026-01-01T00:00:00+00:00",
             "until": "2027-01-01T00:00:00+00:00", "revoked": "", "hosts": [], "benches": []}  # fmt: skip
    return json.dumps(
        [entry, {**entry, "who": "broker/main", "hosts": ["broker.lab"], "revoked": entry["until"]}]
    ).encode()


def _read_ledger(data: bytes) -> bool:
    for entry in folder.entries_of(data.decode("utf-8", "replace"), "f"):
        entry.state(NOW)
        authority.identity_of(entry.who)
        int(entry.serial, 16)
    return True


# --- a bench's journal ------------------------------------------------------------------------------------------------


def _segment() -> bytes:
    return b"".join(packed(6, first, 5, b"points %d" % first) for first in (1, 6, 11))


def _open_journal(name: str) -> Callable[[bytes], bool]:
    """A boot on a medium whose file of this name holds the frame: it begins, whatever the frame is."""

    def take(data: bytes) -> bool:
        disk = Disk(random.Random(1))
        with disk.open(f"/j/{name}", "wb") as file:
            file.write(data)
        journal = Journal("/j", 10**6, 10**5, 1, disk)
        journal.last_run()
        list(journal.pending())
        return journal.boot > 1 and not journal.dropped

    return take
