"""The audit chain as values: link(n) = SHA-256(link(n-1) + entry n). Pure; the store keeps the rows."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from adatom.protocol.seal import chain_link

GENESIS = hashlib.sha256(b"adatom audit 1").digest()
ENTRY_MAX = 65536  # characters
BRACKETS_MAX = 400
UTC_MAX_S = 253_402_300_799.0  # the end of the year 9999: what a calendar can say
ANSWER = {"bench": str, "boot": int, "seq": int, "who": str, "name": str, "counter": int, "reasons": list,
          "envelope": str}  # fmt: skip
# what -> the fields of its entry besides n, what and utc_s
FIELDS: dict[str, dict[str, type]] = {
    "begin": {"commands": int, "sha256": str},
    "command": {"who": str, "bench": str, "name": str, "counter": int, "args_sha256": str, "run": str,
                "envelope": str},
    "obeyed": ANSWER,
    "refused": ANSWER,
    "certificate": {"run": str, "sha256": str},
    "attached": {"run": str, "sha256": str, "technique": str},
}  # fmt: skip


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
    if not isinstance(entry, dict) or entry.get("n") != row.n:
        raise ValueError("the entry is not this row's")
    what, utc_s = entry.get("what"), entry.get("utc_s")
    if not isinstance(what, str) or what not in FIELDS:
        raise ValueError("says nothing that is known")
    if isinstance(utc_s, bool) or not isinstance(utc_s, int | float) or not 0 <= utc_s <= UTC_MAX_S:
        raise ValueError("utc_s is no time")
    wrong = [name for name, form in FIELDS[what].items() if not isinstance(entry.get(name), form)]
    if wrong:
        raise ValueError(f"{wrong[0]} is missing or of another type")
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
