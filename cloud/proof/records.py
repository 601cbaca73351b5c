"""Whether records are all those that a certificate speaks of, unaltered and in order. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from adatom.cloud.ingest.intake import Incoming, decode_record
from adatom.cloud.proof.certificate import Certificate, Span, spans_of
from adatom.protocol import codec, seal, telemetry
from adatom.protocol.errors import ProtocolError


class Kept(NamedTuple):
    """A record as the store or a file keeps it; nothing of it is believed."""

    boot: int
    first: int
    points: int  # sequence numbers that it holds
    kind: str
    link: bytes
    body: bytes


@dataclass(frozen=True)
class Problem:
    """The first thing that is wrong. Boot and number are 0 where it is no record's."""

    what: str
    boot: int = 0
    seq: int = 0
    kind: str = ""

    def __str__(self) -> str:
        where = f"boot {self.boot} record {self.seq}" if self.seq else "certificate"
        return f"{where}{f' ({self.kind})' if self.kind else ''}: {self.what}"


def first_problem(certificate: Certificate, records: Iterable[Kept]) -> Problem | None:
    """The first record that is missing, altered, moved or added; None when all is as the certificate says.

    A record whose link was forged to fit its altered body shows at the record after it.
    """
    coming = iter(records)
    last: Incoming | None = None
    before = b""
    for span in certificate.spans:
        problem, last, before = _walked(certificate.bench, span, coming)
        if problem:
            return problem
    extra = next(coming, None)
    if extra is not None:
        return Problem("does not belong to the run: added", extra.boot, extra.first, extra.kind)
    return _result_problem(certificate, last, before)


def _walked(bench: str, span: Span, coming: Iterator[Kept]) -> tuple[Problem | None, Incoming | None, bytes]:
    """(problem, last record, link before it) of one span."""
    record: Incoming | None = None
    link = before = seal.from_hex(span.before, seal.LINK_BYTES)
    if span.first == 1 and link != seal.genesis(bench, span.boot):
        return Problem("the chain of this boot does not begin here", span.boot, 1), None, link
    if not 1 <= span.first <= span.last:
        return Problem("the range is empty", span.boot, span.first), None, link
    expected, count = span.first, 0
    while expected <= span.last:
        try:
            record = _checked(bench, span.boot, expected, link, next(coming, None))
        except _RecordError as wrong:
            return wrong.problem, None, link
        before, link = link, record.link
        expected, count = record.last + 1, count + 1
    if expected != span.last + 1 or seal.to_hex(link) != span.root or count != span.records:
        kind = record.kind if record else ""
        return Problem("is not where the range ends: altered", span.boot, span.last, kind), None, link
    return None, record, before


class _RecordError(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def _checked(bench: str, boot: int, expected: int, link: bytes, kept: Kept | None) -> Incoming:
    if kept is None or kept.boot != boot or kept.first > expected:
        raise _RecordError(Problem("is missing", boot, expected))
    if kept.first < expected:
        raise _RecordError(Problem("is here twice or out of its place", boot, kept.first, kept.kind))
    try:
        record = decode_record(bench, kept.kind, payload_of(kept))
    except ProtocolError as error:
        raise _RecordError(Problem(f"altered: {error}", boot, expected, kept.kind)) from error
    if (record.boot, record.first, record.count) != (kept.boot, kept.first, kept.points):
        raise _RecordError(Problem("altered: its bytes have another number", boot, expected, kept.kind))
    if seal.chain_link(link, record.body) != record.link:
        raise _RecordError(Problem("altered: does not continue the hash chain", boot, expected, kept.kind))
    return record


def payload_of(kept: Kept) -> bytes:
    """The message as it was on the wire."""
    if kept.kind == "telemetry":
        return telemetry.finish(kept.body, kept.link)
    return codec.with_tail(kept.kind, kept.body, seal.to_hex(kept.link))


def _result_problem(certificate: Certificate, last: Incoming | None, before: bytes) -> Problem | None:
    """Whether the last record is the bench's own word on just this run."""
    if last is None or last.kind != "result":
        return Problem("the last record is no result")
    said = last.content
    ranges = spans_of(said["ranges"], last.boot, last.first)
    told = (said["run"], said["trial"], said["outcome"], said["root"], ranges)
    shown = [(span.boot, span.first, span.last) for span in certificate.spans]
    if told != (certificate.run, certificate.trial, certificate.outcome, seal.to_hex(before) if len(shown) == 1
                else said["root"], shown):  # fmt: skip
        return Problem("the bench's result says otherwise than the certificate", last.boot, last.first, "result")
    return None
