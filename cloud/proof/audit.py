"""The audit chain as values: link(n) = SHA-256(link(n-1) + entry n). Pure; the store keeps the rows."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from adatom.protocol.seal import chain_link

GENESIS = hashlib.sha256(b"adatom audit 1").digest()
ENTRY_MAX = 65536  # characters
BRACKETS_MAX = 400
WHATS = ("begin", "command", "obeyed", "refused", "certificate")


class Row(NamedTuple):
    """A row as the store keeps it."""

    n: int
    entry: str
    link: bytes


def next_row(last: Row | None, what: str, utc_s: float, fields: Mapping[str, Any]) -> Row:
    """The row that continues the chain."""
    n, link = (last.n + 1, last.link) if last else (1, GENESIS)
    entry = json.dumps({"n": n, "what": what, "utc_s": utc_s} | dict(fields), separators=(",", ":"))
    return Row(n, entry, chain_link(link, entry.encode()))


def opened(row: Row) -> dict[str, Any]:
    """The entry of a row; ValueError for what is none."""
    if len(row.entry) > ENTRY_MAX or row.entry.count("{") + row.entry.count("[") > BRACKETS_MAX:
        raise ValueError("the entry is too large")
    entry = json.loads(row.entry)
    if not isinstance(entry, dict) or entry.get("n") != row.n or entry.get("what") not in WHATS:
        raise ValueError("the entry is not this row's")
    return entry


def chain_problem(rows: Iterable[Row], heads: Mapping[int, str]) -> str:
    """What is wrong first: a row missing, altered, moved or added, or the end cut off; "" for a sound chain.

    heads: number of rows -> link (hex) that somebody noted when the chain was that long. Rows after the highest one can
    be cut off unseen.
    """
    link, n = GENESIS, 0
    for row in rows:
        n += 1
        if row.n != n:
            return f"audit row {n}: is missing" if row.n > n else f"audit row {row.n}: is here twice"
        try:
            opened(row)
        except (ValueError, RecursionError) as error:
            return f"audit row {n}: altered: {error}"
        link = chain_link(link, row.entry.encode("utf-8", "replace"))
        if link != row.link:
            return f"audit row {n}: altered: does not continue the chain"
        if heads.get(n, link.hex()) != link.hex():
            return f"audit row {n}: is not the row that was noted: altered"
    longest = max(heads, default=0)
    return f"audit row {n + 1}: is missing: the chain had {longest} rows once" if longest > n else ""
