"""Certificates out of the store: which records prove a run, whether all of them are there, and the signature."""

import logging

from adatom.cloud.proof.certificate import Certificate, Signed, Span, sign, spans_of
from adatom.cloud.proof.records import Kept, Problem, first_problem
from adatom.cloud.proof.signer import Signer
from adatom.cloud.store.audit import ResultRow
from adatom.cloud.store.store import Store
from adatom.protocol import seal

NO_LINK = "0" * (2 * seal.LINK_BYTES)
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
    boots = {boot: store.boot(found.bench, boot) for boot, _, _ in ranges}
    certificate = Certificate(
        run_id, found.trial, found.bench, found.outcome, any(boot and boot["simulated"] for boot in boots.values()),
        tuple(_span(store, found.bench, span, boots[span[0]]) for span in ranges), float(utc_s), rows, head,
    )  # fmt: skip
    for span in certificate.spans:
        if not span.envelope:
            return certificate, Problem("no hello of this boot: its envelope is unknown", span.boot, span.first)
        if span.before == NO_LINK:
            return certificate, Problem("is missing", span.boot, span.first - 1)
    return certificate, first_problem(certificate, kept_of(store, certificate))


def _span(store: Store, bench: str, span: tuple[int, int, int], boot: dict[str, object] | None) -> Span:
    number, first, last = span
    before = seal.genesis(bench, number) if first == 1 else store.link_at(bench, number, first - 1)
    records = store.kept_records(bench, number, first, last)
    return Span(
        number, first, last, len(records), before.hex() if before else NO_LINK,
        records[-1][4].hex() if records else NO_LINK, str(boot["envelope_sha256"]) if boot else "",
    )  # fmt: skip
