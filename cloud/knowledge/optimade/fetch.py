"""Pages of a provider into the store, each in one transaction with where the next one is: killed anywhere, it goes on.

The same entry with the same content is the same facts, whenever and however often it is fetched.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NamedTuple
from urllib.parse import quote

from adatom.cloud.knowledge.load import Progress, put
from adatom.cloud.knowledge.mapping import Column
from adatom.cloud.knowledge.optimade.address import named
from adatom.cloud.knowledge.optimade.document import Document, document_of, shown
from adatom.cloud.knowledge.optimade.entries import (
    Entry,
    EntryReader,
    Origin,
    Row,
    entries_of,
    rows_of,
    said_of,
)
from adatom.cloud.knowledge.optimade.fields import Left, Plan, plan_of
from adatom.cloud.knowledge.optimade.query import first_page
from adatom.cloud.knowledge.optimade.service import Service, request_delay_s
from adatom.cloud.knowledge.optimade.transport import Client
from adatom.cloud.knowledge.properties import as_rows
from adatom.cloud.knowledge.structures import StructureReader
from adatom.cloud.store.store import Store
from adatom.protocol.errors import ProtocolError

VERSION = 1  # of the reading
DELAY_S_MAX = 10.0  # between pages, whatever a provider wishes


class Asked(NamedTuple):
    """What a user asks of a provider."""

    filter: str = ""
    columns: tuple[Column, ...] = ()
    response_fields: tuple[str, ...] = ()
    method: str = "as of the source"
    page_limit: int | None = None
    limit: int | None = None  # entries; None: all
    restart: bool = False


class Fetched(NamedTuple):
    """What became of a fetch."""

    base: str
    provider: str
    api_version: str
    licence: str
    filter: str
    pages: int
    entries: int
    facts: int  # that were new
    refused: int
    empty: int  # entries of this run that told nothing that is taken
    resumed_at: int  # entries that an earlier, stopped run had in
    available: int | None  # entries that the filter finds, where the provider tells it
    complete: bool  # no more than these are found
    taken: tuple[tuple[str, str, str, int], ...]  # field, property, unit, values in this run
    left: tuple[Left, ...]
    warnings: tuple[str, ...]


class _Page(NamedTuple):
    """A page as it goes into the store."""

    number: int
    url: str
    document: Document
    entries: list[Entry]
    first_line: int
    cut: bool  # the limit leaves some of its entries out

    @property
    def done(self) -> int:
        """Entries of the fetch that are in with it."""
        return self.first_line - 1 + len(self.entries)


def fetch(store: Store, client: Client, service: Service, asked: Asked, progress: Progress | None = None) -> Fetched:
    """Take in what a service has, up to `asked.limit` entries. What is in stays in, whatever is raised later."""
    plan = plan_of(service.properties, asked.columns, asked.response_fields)
    with StructureReader() as structures:
        return _Fetch(store, client, service, asked, plan, structures).all(progress)


class _Fetch:
    """One run: from the page at which an earlier one was stopped to the end."""

    def __init__(
        self, store: Store, client: Client, service: Service, asked: Asked, plan: Plan, structures: StructureReader
    ) -> None:
        self.store, self.client, self.service, self.asked, self.plan = store, client, service, asked, plan
        self.structures = structures
        self.origin = Origin(service.provider, service.base, asked.method, service.licence)
        self.known = EntryReader().known
        self.counts = dict.fromkeys((column.name for column in plan.columns), 0)
        self.warnings = dict.fromkeys(service.warnings)
        self.available: int | None = None
        self.empty = 0

    def all(self, progress: Progress | None) -> Fetched:
        import_id, done = self._begun()
        resumed_at, seen = done, self.store.fetched_pages(import_id)
        visited = {page["url"] for page in seen}
        url = seen[-1]["next"] if seen else self._first_page()
        delay_s, cut = 0.0, False
        while url and (self.asked.limit is None or done < self.asked.limit):
            self.client.sleep(delay_s)
            visited.add(url)
            page = self._page(import_id, url, len(visited), done)
            following = page.document.next
            if following in visited:
                raise ProtocolError(f"{named(url)}: its next page is one that was had before: it goes in circles")
            self._put(import_id, page)
            done, url, cut = page.done, following, page.cut
            delay_s = request_delay_s(page.document, DELAY_S_MAX)
            if progress:
                progress(self.service.provider, self._fraction(done), done)
        return self._result(import_id, resumed_at, complete=not url and not cut)

    def _begun(self) -> tuple[str, int]:
        """(import, entries that are in) of an earlier run of the same question that was stopped, or of a new one."""
        question = json.dumps(
            {"version": VERSION, "base": self.service.base, "filter": self.asked.filter,
             "fields": self.plan.response_fields, "columns": [asdict(one) for one in self.plan.columns],
             "method": self.asked.method},
            sort_keys=True,
        )  # fmt: skip
        sha256, utc_s = hashlib.sha256(question.encode()).hexdigest(), self.client.now()
        self.store.put_properties(as_rows())
        running = self.store.running_fetch(sha256)
        if running and self.asked.restart:
            self.store.end_import(running, utc_s)
            running = None
        import_id = running or hashlib.sha256(f"{question} {utc_s!r}".encode()).hexdigest()
        row = self.store.begin_import(import_id, self.service.base, sha256, question, utc_s)
        return import_id, int(row["rows_done"])

    def _first_page(self) -> str:
        return first_page(
            self.service.structures, self.asked.filter, self.plan.response_fields, self.asked.page_limit
        )  # fmt: skip

    def _page(self, import_id: str, url: str, number: int, done: int) -> _Page:
        """The page at an address: its entries that no page before had, as many as are still wanted."""
        document = document_of(self.client.get(url))
        self.warnings |= dict.fromkeys(document.warnings)
        found = document.meta.get("data_returned")
        self.available = found if isinstance(found, int) else self.available
        told = entries_of(document)
        before = self.store.fetched_before(import_id, [entry.id for entry in told])
        entries = [entry for entry in told if entry.id not in before]
        if document.next and not entries:
            raise ProtocolError(f"{named(url)}: names a next page, but brings nothing new: it goes in circles")
        wanted = len(entries) if self.asked.limit is None else self.asked.limit - done
        return _Page(number, url, document, entries[:wanted], done + 1, wanted < len(entries))

    def _put(self, import_id: str, page: _Page) -> None:
        rows: list[tuple[int, Entry, Row]] = []
        refused: list[tuple[int, str]] = []
        for line, entry in enumerate(page.entries, start=page.first_line):
            told, why = rows_of(entry, self.plan.columns, self.asked.method, self._sites)
            rows += [(line, entry, row) for row in told]
            self.empty += not told and not why
            refused += [(line, f"{entry.id}: {reason}") for reason in why]
        for _, _, row in rows:
            if row.field:
                self.counts[row.field] += 1
        found = EntryReader(self.known).understood(said_of(rows, self.origin))
        found = found._replace(refused=sorted([*found.refused, *refused]))
        with self.store.transaction():
            put(self.store, found, import_id, page.done)
            self.store.put_fetched(import_id, self._page_row(page), self._entry_columns(page))
            if not page.document.next or page.done == self.asked.limit:
                self.store.end_import(import_id, self.client.now())

    def _sites(self, text: str, where: str) -> dict[str, Any]:
        return self.structures.read("sites", text, where)

    def _page_row(self, page: _Page) -> dict[str, Any]:
        return {"page": page.number, "url": page.url, "next": page.document.next, "provider": self.service.provider,
                "api_version": self.service.api_version, "fetched_utc_s": self.client.now()}  # fmt: skip

    def _entry_columns(self, page: _Page) -> dict[str, Sequence[Any]]:
        told = [entry.attributes for entry in page.entries]
        return {
            "line": list(range(page.first_line, page.first_line + len(told))),
            "source_id": [entry.id for entry in page.entries],
            "url": [f"{self.service.structures}/{quote(entry.id, safe='')}" for entry in page.entries],
            "last_modified": [shown(one.get("last_modified") or "") for one in told],
            "immutable_id": [shown(one.get("immutable_id") or "") for one in told],
        }

    def _fraction(self, done: int) -> float:
        wanted = [number for number in (self.available, self.asked.limit) if number]
        return min(1.0, done / min(wanted)) if wanted else 0.0

    def _result(self, import_id: str, resumed_at: int, *, complete: bool) -> Fetched:
        row = next(one for one in self.store.knowledge_imports() if one["import"] == import_id)
        service = self.service
        taken = tuple((one.name, one.property, one.unit, self.counts[one.name]) for one in self.plan.columns)
        return Fetched(
            service.base, service.provider, service.api_version, service.licence, self.asked.filter,
            len(self.store.fetched_pages(import_id)), row["rows_done"], row["facts"], row["refused"], self.empty,
            resumed_at, self.available, complete, taken, self.plan.left, tuple(self.warnings),
        )  # fmt: skip
