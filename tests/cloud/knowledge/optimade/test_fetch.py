"""Pages into a real database: in circles, cut, delayed, stopped at any place, and gone on with."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from adatom.cloud.knowledge.optimade.fetch import Asked, Fetched, fetch
from adatom.cloud.knowledge.optimade.service import discovered
from adatom.cloud.knowledge.optimade.transport import Client, Limits
from adatom.cloud.store.store import Store
from adatom.protocol.errors import FailedError, InputError, ProtocolError

from tests.cloud.knowledge.optimade.loopback import Loopback, Reply, document, entry, http, loopback, provider
from tests.system.processes import adatom

NOON = 1_700_000_000.0
ALL = Asked()
PAGE = "/v1/structures?response_fields=chemical_formula_reduced%2C_x_band_gap"


def pages(number: int, size: int = 2, **meta: Any) -> Any:
    """So many pages, which name the next by `page`."""

    def script(path: str, count: int) -> Reply:
        page = int(path.partition("page=")[2] or 0)
        data = [entry(page * size + place + 1) for place in range(size)]
        return document(data, f"/v1/structures?page={page + 1}" if page + 1 < number else None, **meta)

    return script


def fetched(
    store: Store, server: Loopback, asked: Asked = ALL, pauses: list[float] | None = None, now: float = NOON
) -> Fetched:  # fmt: skip
    client = Client(Limits(tries=1), sleep=(pauses if pauses is not None else []).append, now=lambda: now)
    return fetch(store, client, discovered(client, server.base), asked)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """One database for all: every server has an address of its own."""
    with Store(":memory:") as held:
        yield held


def facts(store: Store, server: Loopback) -> list[tuple[Any, ...]]:
    return store.rows("SELECT formula, value FROM fact WHERE dataset = ? ORDER BY line, value", [server.base])


def imports(store: Store, server: Loopback) -> list[dict[str, Any]]:
    return [row for row in store.knowledge_imports() if row["file"] == server.base]


def test_page_after_page_with_where_each_fact_is_from(store: Store) -> None:
    with loopback(provider(pages(3, data_returned=6))) as server:
        found = fetched(store, server)
        assert (found.pages, found.entries, found.facts, found.refused) == (3, 6, 6, 0)
        assert (found.available, found.complete, found.taken) == (6, True, (("_x_band_gap", "band_gap", "eV", 6),))
        (row,) = [fact for fact in store.facts_of("Li5O") if fact["dataset"] == server.base]
        origin = store.fact_origins("Li5O")[row["fact"]]
    assert server.asked[-3:] == [PAGE, "/v1/structures?page=1", "/v1/structures?page=2"]
    assert origin == {
        "provider": "X", "source_id": "5", "url": f"{server.base}/v1/structures/5", "last_modified": "",
        "immutable_id": "", "api_version": "1.1.0", "fetched_utc_s": NOON,
    }  # fmt: skip
    assert (row["source"], row["dataset"], row["method"], row["line"]) == ("X", server.base, "as of the source", 5)


def test_again_brings_no_new_facts_and_a_changed_value_is_a_fact_beside(store: Store) -> None:
    def changing(path: str, count: int) -> Reply:
        return document([entry(1), entry(2, 1.0 if count < 8 else 1.5)])  # the third time: three questions each

    with loopback(provider(changing)) as server:
        assert fetched(store, server).facts == 2
        before = facts(store, server)
        assert fetched(store, server, now=NOON + 1.0).facts == 0
        assert facts(store, server) == before
        assert fetched(store, server, now=NOON + 2.0).facts == 1
        assert facts(store, server)[1:] == [("Li2O", 1.0), ("Li2O", 1.5)]


def test_a_limit_in_the_middle_of_a_page(store: Store) -> None:
    with loopback(provider(pages(3, data_returned=6))) as server:
        found = fetched(store, server, Asked(limit=3))
        assert (found.entries, found.pages, found.complete) == (3, 2, False)
        assert store.running_fetch(imports(store, server)[0]["sha256"]) is None
        assert fetched(store, server, Asked(limit=6), now=NOON + 1.0).complete


def test_a_pause_between_pages_is_kept_within_reason(store: Store) -> None:
    pauses: list[float] = []
    delays = [0.5, 1e9, -1, "x", None, 7]

    def script(path: str, count: int) -> Reply:
        return document([entry(count)], f"/v1/structures?page={count}" if count < 8 else None,
                        request_delay=delays[count - 3])  # fmt: skip

    with loopback(provider(script)) as server:
        fetched(store, server, pauses=pauses)
    assert pauses == [0.0, 0.5, 10.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("links", "entries", "words", "kept"),
    [
        ([PAGE], [1], "next page is one that was had before", 0),
        (["/v1/structures?page=1", PAGE], [1, 2], "next page is one that was had before", 1),
        ([f"/v1/structures?page={n}" for n in range(1, 9)], [1, 2, 2, 2], "brings nothing new", 2),
    ],
    ids=["itself", "back to the first", "the same under other names"],
)
def test_pages_in_circles_end_with_what_is_in(
    store: Store, links: list[str], entries: list[int], words: str, kept: int
) -> None:
    def script(path: str, count: int) -> Reply:
        return document([entry(entries[count - 3])], links[count - 3])

    with loopback(provider(script)) as server:
        with pytest.raises(ProtocolError, match=words):
            fetched(store, server)
        assert len(facts(store, server)) == kept


@pytest.mark.parametrize(
    ("reply", "blamed", "words"),
    [
        (http("{}", "500 Broken"), FailedError, "HTTP 500"),
        (http(json.dumps({"errors": [{"title": "Gone", "detail": "cursor"}]}), "410 Gone"), InputError, "Gone: cursor"),
        (http("oops", kind="text/html"), ProtocolError, "text/html came instead"),
        (b"", FailedError, "asked 1 times"),
        (document({"type": "structures"}), ProtocolError, "must be a list"),
    ],
    ids=["status", "errors", "html", "nothing", "no list"],
)
def test_a_fetch_that_failed_goes_on_at_its_page(
    store: Store, reply: bytes, blamed: type[Exception], words: str
) -> None:
    broken = [True]
    good = pages(4)

    def script(path: str, count: int) -> Reply:
        if path.endswith("page=2") and broken[0]:
            return reply
        whole: Reply = good(path, count)
        return whole

    with loopback(provider(script)) as server:
        with pytest.raises(blamed, match=words):
            fetched(store, server)
        assert imports(store, server)[0]["rows_done"] == 4
        broken[0], before = False, len(server.asked)
        found = fetched(store, server, now=NOON + 60.0)
        assert (found.resumed_at, found.entries, found.facts, found.pages) == (4, 8, 8, 4)
        assert server.asked[before + 3 :] == ["/v1/structures?page=2", "/v1/structures?page=3"]
        assert facts(store, server) == [(f"Li{n}O", 1.0) for n in range(1, 9)]
        assert [row["state"] for row in imports(store, server)] == ["complete"]


def test_another_question_and_restart_begin_anew(store: Store) -> None:
    hurdle = [True]

    def script(path: str, count: int) -> Reply:
        whole: Reply = http("", "500 Broken") if path.endswith("page=1") and hurdle[0] else pages(2)(path, count)
        return whole

    with loopback(provider(script)) as server:
        for asked in (Asked(), Asked(filter="nsites<9"), Asked(method="PBE")):
            with pytest.raises(FailedError):
                fetched(store, server, asked)
        assert len(imports(store, server)) == 3
        hurdle[0] = False
        assert fetched(store, server, Asked(restart=True), now=NOON + 1.0).resumed_at == 0
        assert fetched(store, server, Asked(filter="nsites<9")).resumed_at == 2
        assert fetched(store, server, now=NOON + 2.0).resumed_at == 0  # the one that was given up is not gone on with


def test_killed_in_the_middle_it_goes_on(tmp_path: Path) -> None:
    db = tmp_path / "k.duckdb"
    dead = [False]

    def script(path: str, count: int) -> Reply:
        if path.endswith("page=2") and not dead[0]:
            return server.hangs
        whole: Reply = pages(4)(path, count)
        return whole

    with loopback(provider(script)) as server:
        with subprocess.Popen(adatom("materials", "fetch", server.base, "--db", db)) as process:
            assert server.came.wait(120)
            process.send_signal(signal.SIGKILL)
        dead[0] = True
        with Store(db) as store:
            assert len(facts(store, server)) == 4
            found = fetched(store, server, Asked(limit=1000))
            assert (found.resumed_at, found.entries, found.facts) == (4, 8, 8)
            assert facts(store, server) == [(f"Li{n}O", 1.0) for n in range(1, 9)]


def test_entries_that_are_not_understood_are_refused_with_their_name(store: Store) -> None:
    odd = entry(2) | {"id": "odd"}
    odd["attributes"] = {"chemical_formula_reduced": "Qq2", "_x_band_gap": 1.0}
    text = entry(3, "wide")  # type: ignore[arg-type]
    with loopback(provider(lambda path, count: document([entry(1), odd, text]))) as server:
        found = fetched(store, server)
        (why_odd, why_text) = store.refused_rows(imports(store, server)[0]["import"])
    assert (found.facts, found.refused) == (1, 2)
    assert why_odd == (2, "formula: 'Qq2': 'Qq' is no element")
    assert why_text == (3, "3: _x_band_gap: 'wide' is no number")


def test_warnings_of_every_page_are_told_once(store: Store) -> None:
    warned = {"warnings": [{"type": "warning", "title": "T", "detail": "D"}]}
    with loopback(provider(pages(3, **warned))) as server:
        assert fetched(store, server).warnings == ("T: D",)


@pytest.mark.parametrize(
    ("path", "reply", "words"),
    [
        ("/versions", http("version\n0\n2\n", kind="text/csv"), "speaks OPTIMADE 0, 2; 1 is needed"),
        ("/v1/info", document({"attributes": {"is_index": True}}), "is an index of databases"),
        ("/v1/info", document({"attributes": {"available_endpoints": ["info", "links"]}}), "has no structures"),
        ("/v1/info", http("", "404 Not Found"), "HTTP 404"),
        ("/v1/info/structures", document({"properties": []}), "tells no properties"),
        ("/v1/info/structures", document(None), "tells no properties"),
    ],
)
def test_what_is_no_provider_of_structures(path: str, reply: bytes, words: str) -> None:
    usual = provider(pages(1))
    with (
        loopback(lambda asked, count: reply if asked == path else usual(asked, count)) as server,
        pytest.raises((InputError, ProtocolError), match=words),
    ):
        discovered(Client(Limits(tries=1)), server.base)


@pytest.mark.parametrize(
    ("attributes", "licence"),
    [
        ({"available_licenses": ["CC-BY-4.0", "MIT"], "license": "https://a"}, "CC-BY-4.0, MIT"),
        ({"license": {"href": "https://a.org/licence"}}, "https://a.org/licence"),
        ({"license": "https://a.org/licence"}, "https://a.org/licence"),
        ({"available_licenses": [], "license": None}, "as of the source"),
    ],
)
def test_licences(attributes: dict[str, Any], licence: str) -> None:
    usual = provider(pages(1))

    def script(path: str, count: int) -> Reply:
        return document({"attributes": attributes}) if path == "/v1/info" else usual(path, count)

    with loopback(script) as server:
        found = discovered(Client(Limits(tries=1)), server.base)
    assert (found.licence, found.provider) == (licence, server.base)


def test_a_provider_without_a_list_of_versions_is_taken_at_its_word() -> None:
    usual = provider(pages(1))
    for reply in (http("", "404 Not Found"), http("<html>", kind="text/html")):
        with loopback(lambda path, count, said=reply: said if path == "/versions" else usual(path, count)) as server:  # type: ignore[misc]
            assert discovered(Client(Limits(tries=1)), server.base).api_version == "1.1.0"
