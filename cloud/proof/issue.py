"""Certificates out of the store: which records prove a run, whether all of them are there, and the signature."""

import logging
from collections.abc import Sequence
from typing import Any

from adatom.cloud.ingest.intake import decode_record
from adatom.cloud.proof.certificate import Certificate, Signed, Span, sign, spans_of
from adatom.cloud.proof.records import Kept, Problem, first_problem, payload_of
from adatom.cloud.proof.signer import Signer
from adatom.cloud.store.audit import ResultRow
from adatom.cloud.store.store import Store
from adatom.protocol import seal
from adatom.protocol.errors import ProtocolError

NO_LINK = "0" * (2 * seal.LINK_BYTES)
HASH_DIGITS = 64  # of a SHA-256
LOG = logging.getLogger(__name__)


def incomplete(store: Store, run_id: str) -> str:
    """Why a run's records here do not prove it; "" when every one is here, unaltered and in order."""
    found = store.result_row(run_id)
    if found is None:
        return "its result is missing"
    _, problem = _surveyed(store, run_id, found, 0.0)
    return str(problem) if problem else ""


def certify(store: Store, signer: Signer, utc_s: float) -> int:
    """Certify every run that has ended, is whole and has no certificate; how many. The others are told of."""
    issued = 0
    for run_id in store.uncertified():
        found = store.result_row(run_id)
        if found is None:
            continue
        with store.transaction():
            certificate, problem = _surveyed(store, run_id, found, utc_s)
            if problem:
                LOG.warning("run %s gets no certificate: %s", run_id, problem)
                continue
            signed = sign(certificate, signer.private)
            store.put_certificate(run_id, signed.text, signed.signature, signed.public_key, utc_s)
            issued += 1
    return issued


def kept_of(store: Store, certificate: Certificate) -> list[Kept]:
    """The records that the store has within the spans of a certificate."""
    return [
        Kept(*row)
        for span in certificate.spans
        for row in store.kept_records(certificate.bench, span.boot, span.first, span.last)
    ]


def held(store: Store, run_id: str) -> Signed | None:
    """The certificate of a run as the store has it."""
    rows = store.certificates(run_id)
    return Signed(*rows[0][1:]) if rows else None


def _surveyed(store: Store, run_id: str, found: ResultRow, utc_s: float) -> tuple[Certificate, Problem | None]:
    """What a certificate would say, and what speaks against it."""
    rows, head = store.audit_head()
    ranges = spans_of(found.ranges, found.boot, found.seq)
    spans = [_span(store, run_id, found.bench, span) for span in ranges]
    certificate = Certificate(
        run_id, found.trial, found.bench, found.outcome, any(simulated for _, simulated in spans),
        tuple(span for span, _ in spans), float(utc_s), rows, head,
    )  # fmt: skip
    for span in certificate.spans:
        if not span.envelope:
            why = "no hello of this boot and no start of the run in it: its envelope is unknown"
            return certificate, Problem(why, span.boot, span.first)
        if span.before == NO_LINK:
            return certificate, Problem("is missing", span.boot, span.first - 1)
    return certificate, first_problem(certificate, kept_of(store, certificate))


def _span(store: Store, run_id: str, bench: str, span: tuple[int, int, int]) -> tuple[Span, bool]:
    """A stretch as the store has it, and whether its boot was simulated."""
    number, first, last = span
    before = seal.genesis(bench, number) if first == 1 else store.link_at(bench, number, first - 1)
    records = [Kept(*row) for row in store.kept_records(bench, number, first, last)]
    envelope, simulated = _circumstances(store.boot(bench, number), bench, run_id, records)
    return Span(
        number, first, last, len(records), before.hex() if before else NO_LINK,
        records[-1].link.hex() if records else NO_LINK, envelope,
    ), simulated  # fmt: skip


def _circumstances(
    hello: dict[str, object] | None, bench: str, run_id: str, records: Sequence[Kept]
) -> tuple[str, bool]:
    """(envelope, whether simulated) of a boot: from its hello, or from the start of the run among its records.

    A boot that never reached the cloud has said no hello; its records came in a later one. ("", False): not known.
    """
    if hello is not None:
        return str(hello["envelope_sha256"]), bool(hello["simulated"])
    for kept in records:
        said = _start(bench, run_id, kept) if kept.kind == "event" else {}
        envelope, simulated = said.get("envelope"), said.get("simulated")
        if isinstance(envelope, str) and len(envelope) == HASH_DIGITS and simulated in (0, 1):
            return envelope, bool(simulated)
    return "", False


def _start(bench: str, run_id: str, kept: Kept) -> dict[str, Any]:
    """What an event says, if it is the start of the run."""
    try:
        event = decode_record(bench, kept.kind, payload_of(kept)).content
    except ProtocolError:  # altered; whoever looks at every record names it
        return {}
    data: dict[str, Any] = event["data"]
    return data if event["name"] == "run_start" and data.get("run") == run_id else {}
