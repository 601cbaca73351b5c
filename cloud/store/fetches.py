"""What was fetched from providers: pages, entries, and where a fetch that was killed goes on."""

from collections.abc import Mapping, Sequence
from typing import Any

from .database import Database, Values
from .jsontext import clean


class Fetches(Database):
    """The pages and entries of fetches; their facts are those of facts.py."""

    def running_fetch(self, query_sha256: str) -> str | None:
        """The import of a query that has not ended, the newest; None when there is none."""
        row = self.row(
            """SELECT import FROM knowledge_import WHERE sha256 = ? AND state = 'running'
            ORDER BY started_utc_s DESC LIMIT 1""",
            [query_sha256],
        )
        return str(row[0]) if row else None

    def put_fetched(self, import_id: str, page: Mapping[str, Any], entries: Mapping[str, Values]) -> None:
        """A page (page, url, next, provider, api_version, fetched_utc_s) and its entries, as columns of the table.

        Call it in the transaction that puts the facts.
        """
        self.insert("fetched_page", {"import": [import_id]} | {name: [_plain(page[name])] for name in page})
        size = len(entries["line"])
        same = {"import": [import_id] * size, "page": [page["page"]] * size}
        self.insert("fetched_entry", same | {name: [_plain(one) for one in entries[name]] for name in entries})

    def fetched_pages(self, import_id: str) -> list[dict[str, Any]]:
        """The pages of a fetch in order."""
        return self.dicts("SELECT * FROM fetched_page WHERE import = ? ORDER BY page", [import_id])

    def fetched_before(self, import_id: str, source_ids: Sequence[str]) -> set[str]:
        """Those entries that earlier pages of the fetch had."""
        found = self.rows(
            "SELECT source_id FROM fetched_entry WHERE import = ? AND list_contains(?::VARCHAR[], source_id)",
            [import_id, [clean(one) for one in source_ids]],
        )
        return {name for (name,) in found}

    def fact_origins(self, composition: str) -> dict[int, dict[str, Any]]:
        """Fact -> provider, source_id, url, last_modified, ... of the fetched facts of a composition."""
        found = self.dicts(
            "SELECT fact_origin.* FROM fact_origin JOIN fact USING (fact) WHERE composition = ? ORDER BY fact",
            [composition],
        )
        return {row.pop("fact"): row for row in found}


def _plain(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value
