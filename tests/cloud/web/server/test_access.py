"""Who gets in, and what they may: every route, every role; forged, expired and stolen words."""

from typing import Any

import pytest
from adatom.cloud.store.store import Store
from adatom.cloud.web.server.access import TRIES, Gate
from adatom.cloud.web.server.accounts import Accounts
from adatom.cloud.web.server.app import BODY_MAX_BYTES, make_app
from adatom.cloud.web.server.sessions import IDLE_S
from adatom.cloud.web.server.window import Window
from fastapi.testclient import TestClient

from tests.cloud.web.server.conftest import PASSWORDS, Time, log_in

OPEN = {("/api/v1/session", "post"), ("/api/v1/session", "get")}
# (method, path) -> the least role; a route that is not here fails the test below
ACTS = {
    ("post", "/api/v1/benches/{bench}/orders"): "operator", ("post", "/api/v1/stop"): "operator",
    ("post", "/api/v1/campaigns/{campaign}/hold"): "operator",
    ("delete", "/api/v1/campaigns/{campaign}/hold"): "operator", ("delete", "/api/v1/session"): "viewer",
}  # fmt: skip
BODIES: dict[str, Any] = {"/api/v1/benches/{bench}/orders": {"order": "pause"}}


def routes(client: TestClient) -> list[tuple[str, str]]:
    paths = client.app.openapi()["paths"]  # type: ignore[attr-defined]
    return [(method, path) for path, methods in paths.items() for method in methods]


def ask(client: TestClient, method: str, path: str, **more: Any) -> Any:
    filled = path.replace("{bench}", "twin-1").replace("{campaign}", "demo").replace("{run_id}", "demo-1")
    body = {"json": BODIES.get(path, {})} if method == "post" else {}
    return client.request(method, filled + ("?channel=heater_c" if path.endswith("trace") else ""), **body, **more)


def test_nobody_sees_or_does_anything(client: TestClient) -> None:
    for method, path in routes(client):
        if (path, method) != ("/api/v1/session", "post"):
            assert ask(client, method, path).status_code == 401, (method, path)


def test_a_viewer_acts_on_nothing(client: TestClient) -> None:
    csrf = log_in(client, "vera")
    changing = [(method, path) for method, path in routes(client) if method != "get" and (path, method) not in OPEN]
    assert set(changing) == set(ACTS)
    for (method, path), role in ACTS.items():
        if role != "viewer":
            assert ask(client, method, path, headers=csrf).status_code == 403, (method, path)


@pytest.mark.parametrize("csrf", [{}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "x" * 43}, {"X-CSRF-Token": "ü"}])
def test_a_change_needs_the_page_s_own_word(client: TestClient, csrf: dict[str, str]) -> None:
    log_in(client, "otto")
    answer = client.post("/api/v1/stop", json={}, headers={name: value.encode() for name, value in csrf.items()})
    assert answer.status_code == 403
    assert client.get("/api/v1/benches").status_code == 200


def test_another_s_word_is_not_one_s_own(client: TestClient, window: Window) -> None:
    with TestClient(make_app(window)) as second:
        stolen = log_in(second, "olga")
    log_in(client, "otto")
    assert client.post("/api/v1/stop", json={}, headers=stolen).status_code == 403


def test_a_log_in_ends(client: TestClient, time: Time) -> None:
    csrf = log_in(client, "otto")
    cookie = client.cookies["adatom_session"]
    assert client.delete("/api/v1/session", headers=csrf).status_code == 204
    client.cookies.set("adatom_session", cookie)  # who kept it cannot use it
    assert client.get("/api/v1/benches").status_code == 401
    client.cookies.clear()
    log_in(client, "otto")
    time.now_s += IDLE_S
    assert client.get("/api/v1/benches").status_code == 401


def test_a_cookie_that_scripts_cannot_read_and_others_do_not_send(client: TestClient) -> None:
    answer = client.post("/api/v1/session", json={"name": "vera", "password": PASSWORDS["vera"]})
    said = answer.headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=strict" in said


def test_a_role_taken_away_holds_at_once(client: TestClient, people: Accounts) -> None:
    csrf = log_in(client, "otto")
    assert client.post("/api/v1/campaigns/demo/hold", json={}, headers=csrf).status_code == 409  # may, but not here
    people.change("otto", role="viewer")
    people.save()
    assert client.post("/api/v1/campaigns/demo/hold", json={}, headers=csrf).status_code == 403
    people.remove("otto")
    people.save()
    assert client.get("/api/v1/benches").status_code == 401


def test_tokens_of_programs(client: TestClient, people: Accounts, time: Time) -> None:
    viewer = people.give_token("vera", "notebook", time.now_s + 60, time.now_s)
    operator = people.give_token("otto", "script", time.now_s + 60, time.now_s)
    people.save()
    bearer = {"Authorization": f"Bearer {operator}"}
    assert client.get("/api/v1/session", headers=bearer).json()["name"] == "otto"
    assert client.post("/api/v1/campaigns/demo/hold", json={}, headers=bearer).status_code == 409
    assert client.post("/api/v1/stop", json={}, headers={"Authorization": f"Bearer {viewer}"}).status_code == 403
    for forged in (operator[:-1], operator + "A", operator.upper(), "", "null", "adatom_" + "A" * 43):
        assert client.get("/api/v1/benches", headers={"Authorization": f"Bearer {forged}"}).status_code == 401
    assert client.get("/api/v1/benches", headers={"Authorization": f"Basic {operator}"}).status_code == 401
    time.now_s += 60
    assert client.get("/api/v1/benches", headers=bearer).status_code == 401


def test_guessing_is_slowed_down(client: TestClient, time: Time) -> None:
    wrong = {"name": "otto", "password": "a wrong one"}
    said = [client.post("/api/v1/session", json=wrong).status_code for _ in range(TRIES + 2)]
    assert said == [401] * TRIES + [429] * 2
    time.now_s += 60
    log_in(client, "otto")


def test_what_a_person_did_is_in_the_chain(client: TestClient, window: Window) -> None:
    client.post("/api/v1/session", json={"name": "eve", "password": "let me in please"})
    csrf = log_in(client, "otto")
    client.post("/api/v1/stop", json={"why": "smoke"}, headers=csrf)
    entries = [row["entry"] for row in client.get("/api/v1/audit").json() if row["entry"]["what"] == "window"]
    assert [(e["person"], e["action"]) for e in reversed(entries)] == [
        ("eve", "log-in refused"), ("otto", "log in"), ("otto", "stop"),
    ]  # fmt: skip
    assert entries[0]["why"] == "smoke (otto)"
    assert not any(word in str(entries) for word in (*PASSWORDS.values(), "let me in please"))
    assert window.store.call_now(Store.audit_head)[0] >= len(entries)


def test_bodies_are_bounded(client: TestClient) -> None:
    answer = client.post("/api/v1/session", content=b"x" * (BODY_MAX_BYTES + 1))
    assert answer.status_code == 413
    assert client.post("/api/v1/session", content=iter([b"{}"])).status_code == 413  # chunked: says no length


def test_every_answer_has_its_armour(client: TestClient) -> None:
    for path in ("/", "/app.js", "/plotly.js", "/api/v1/session", "/nothing", "/api/v1/nothing"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
    assert client.get("/api/v1/session").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/../accounts.json", "/%2e%2e/server/app.py", "/..%2fserver%2fapp.py", "//etc/passwd"]
)
def test_no_file_but_the_pages(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_demo_mode_is_for_this_machine_and_still_wants_the_word(window: Window) -> None:
    window.gate = Gate(None, window.clock)
    with TestClient(make_app(window), base_url="http://127.0.0.1:8080") as client:
        me = client.get("/api/v1/session").json()
        assert (me["role"], me["demo"]) == ("operator", True)
        assert client.post("/api/v1/stop", json={}).status_code == 403
        assert client.post("/api/v1/stop", json={}, headers={"X-CSRF-Token": me["csrf"]}).status_code == 200
        for host in ("evil.example", "127.0.0.1.evil.example", "evil.example:8080", ""):
            assert client.get("/api/v1/benches", headers={"Host": host}).status_code == 421
        assert client.post("/api/v1/session", json={"name": "a", "password": "b"}).status_code == 409
