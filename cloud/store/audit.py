"""The audit chain's rows and the certificates. Rows are only added."""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from adatom.cloud.proof.audit import GENESIS, Row, next_row

from .database import Database
from .jsontext import from_json, to_json

COMMANDS_HELD = "SELECT counter, bench, name, args FROM command ORDER BY counter"


class ResultRow(NamedTuple):
    """Where a run's result stands."""

    bench: str
    boot: int
    seq: int
    trial: str
    outcome: str
    ranges: list[list[int]]


class Audit(Database):
    """What proves things to others."""

    def append_audit(self, what: str, utc_s: float, fields: Mapping[str, Any]) -> None:
        """Add a row to the chain, within the transaction under way."""
        with self.transaction():
            last = self._last_audit()
            if last is None:  # commands of before the chain are pinned by their digest
                held = self.rows(COMMANDS_HELD)
                last = self._keep(next_row(None, "begin", utc_s, commands_digest(held)))
            self._keep(next_row(last, what, utc_s, fields))

    def audit_rows(self) -> list[Row]:
        """The whole chain, in order."""
        return [Row(int(n), entry, bytes(link)) for n, entry, link in self.rows("SELECT * FROM audit ORDER BY n")]

    def last_audit_rows(self, most: int) -> list[Row]:
        """The newest rows of the chain first."""
        found = self.rows("SELECT * FROM audit ORDER BY n DESC LIMIT ?", [most])
        return [Row(int(n), entry, bytes(link)) for n, entry, link in found]

    def audit_head(self) -> tuple[int, str]:
        """(rows, last link in hex)."""
        last = self._last_audit()
        return (last.n, last.link.hex()) if last else (0, GENESIS.hex())

    def commands_held(self) -> list[tuple[Any, ...]]:
        """(counter, bench, name, args as text) of every command."""
        return self.rows(COMMANDS_HELD)

    def last_envelope(self, bench: str) -> str:
        """SHA-256 of the envelope that a bench named last; "" when it never said hello."""
        row = self.row("SELECT envelope_sha256 FROM boot WHERE bench = ? ORDER BY last_hello_utc_s DESC", [bench])
        return str(row[0]) if row else ""

    # --- certificates --------------------------------------------------------------------------------------------
    def result_row(self, run_id: str) -> ResultRow | None:
        """Where the result of a run stands, None before it came."""
        row = self.row(
            """SELECT bench, boot, seq, trial_id, outcome, ranges FROM result WHERE run_id = ?
            ORDER BY bench, boot DESC, seq DESC""",
            [run_id],
        )
        return None if row is None else ResultRow(row[0], int(row[1]), int(row[2]), row[3], row[4], from_json(row[5]))

    def kept_records(
        self, bench: str, boot: int, first: int, last: int
    ) -> list[tuple[int, int, int, str, bytes, bytes]]:
        """(boot, first, count, kind, link, body) of every record within a range of sequence numbers, in order."""
        found = self.rows(
            """SELECT boot, first, count, kind, link, body FROM record
            WHERE bench = ? AND boot = ? AND first BETWEEN ? AND ? ORDER BY first""",
            [bench, boot, first, last],
        )
        return [(int(b), int(f), int(n), kind, bytes(link), bytes(body)) for b, f, n, kind, link, body in found]

    def link_at(self, bench: str, boot: int, seq: int) -> bytes | None:
        """The chain link of the record that ends with a sequence number."""
        row = self.row(
            "SELECT link FROM record WHERE bench = ? AND boot = ? AND first + count - 1 = ?", [bench, boot, seq]
        )
        return bytes(row[0]) if row else None

    def put_certificate(self, run_id: str, text: str, signature: str, public_key: str, utc_s: float) -> None:
        """Keep a run's certificate, and note it in the audit chain."""
        digest = hashlib.sha256(text.encode()).hexdigest()
        with self.transaction():
            self.rows("INSERT INTO certificate VALUES (?, ?, ?, ?, ?)", [run_id, text, signature, public_key, utc_s])
            self.append_audit("certificate", utc_s, {"run": run_id, "sha256": digest})

    def certificates(self, run_id: str | None = None) -> list[tuple[str, str, str, str]]:
        """(run, text, signature, public key) of one run or of all, in the order in which they were issued."""
        return [
            (row[0], row[1], row[2], row[3])
            for row in self.rows(
                """SELECT run_id, text, signature, public_key FROM certificate WHERE ?1 IS NULL OR run_id = ?1
                ORDER BY issued_utc_s, run_id""",
                [run_id],
            )
        ]

    def uncertified(self) -> list[str]:
        """Runs that have ended and have no certificate."""
        found = self.rows(
            """SELECT DISTINCT run_id FROM result WHERE run_id IS NOT NULL AND run_id NOT IN
            (SELECT run_id FROM certificate) ORDER BY run_id"""
        )
        return [str(run_id) for (run_id,) in found]

    # --- inner ---------------------------------------------------------------------------------------------------
    def _last_audit(self) -> Row | None:
        row = self.row("SELECT n, entry, link FROM audit ORDER BY n DESC LIMIT 1")
        return Row(int(row[0]), row[1], bytes(row[2])) if row else None

    def _keep(self, row: Row) -> Row:
        self.rows("INSERT INTO audit VALUES (?, ?, ?)", list(row))
        return row


def commands_digest(held: list[tuple[Any, ...]]) -> dict[str, Any]:
    """How many commands a table holds, and one SHA-256 over them."""
    text = to_json([[int(counter), bench, name, args] for counter, bench, name, args in held])
    return {"commands": len(held), "sha256": hashlib.sha256(text.encode()).hexdigest()}


def args_digest(args: str) -> str:
    """SHA-256 of a command's arguments, as the table holds them."""
    return hashlib.sha256(args.encode()).hexdigest()
