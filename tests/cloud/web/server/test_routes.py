"""What the interface answers, over a real store of a small simulated campaign."""

import json
import re
from typing import Any

import pytest
from adatom.cloud.store.store import Store
from adatom.cloud.web.server.app import STATIC
from adatom.cloud.web.server.window import Window
from fastapi.testclient import TestClient

from tests.cloud.web.server.conftest import Time, log_in

RUN = "demo-0001-r1-a1"


@pytest.fixture
def otto(client: TestClient) -> TestClient:
    client.headers.update(log_in(client, "otto"))
    return client


def speak(window: Window, time: Time, bench: str = "twin-1") -> None:
    """A heartbeat of a bench."""
    fields = {"state": "deposit", "run": RUN, "boot": 3, "last": 9, "receipted": 7, "nonce": "n", "backlog": 0,
              "late_ticks": 0}  # fmt: skip
    window.fleet.status(bench, "heartbeat", fields, time.now_s)


def first_run(client: TestClient) -> str:
    return str(client.get("/api/v1/campaigns/demo").json()["trials"][0]["runs"][0]["run_id"])


def test_benches_as_they_last_said(otto: TestClient, window: Window, time: Time) -> None:
    assert otto.get("/api/v1/benches").json() == []
    speak(window, time)
    time.now_s += 2
    (bench,) = otto.get("/api/v1/benches").json()
    assert (bench["bench"], bench["state"], bench["alive"], bench["heard_s_ago"]) == ("twin-1", "deposit", True, 2.0)
    assert bench["unreceipted"] == 2
    time.now_s += 3600
    assert otto.get("/api/v1/benches").json()[0]["alive"] is False
    assert otto.get("/api/v1/benches/twin-1/recent").json() == {"boot": 0, "t_ms": []}
    assert otto.get("/api/v1/benches/other/recent").status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"order": "run"}, {"order": "rearm"}, {"order": "pause", "why": "x" * 201}, [], "x"]
)
def test_a_word_that_is_none_is_refused(otto: TestClient, window: Window, time: Time, body: Any) -> None:
    speak(window, time)
    assert otto.post("/api/v1/benches/twin-1/orders", json=body).status_code == 422


def test_an_order_is_audited_before_it_is_given(otto: TestClient, window: Window, time: Time) -> None:
    speak(window, time)
    asked: list[tuple[str, str, dict[str, Any]]] = []

    async def command(bench: str, word: str, args: dict[str, Any]) -> list[str]:
        newest = json.loads(window.store._store.last_audit_rows(1)[0].entry)
        assert (newest["action"], newest["person"]) == (word, "otto")
        asked.append((bench, word, args))
        return ["the door is open"] if word == "resume" else []

    window.fleet.command = command  # type: ignore[method-assign]
    assert otto.post("/api/v1/benches/twin-1/orders", json={"order": "abort", "why": "smoke"}).status_code == 200
    refused = otto.post("/api/v1/benches/twin-1/orders", json={"order": "resume"})
    assert (refused.status_code, refused.json()["detail"]) == (409, "twin-1 refuses resume: the door is open")
    assert asked == [("twin-1", "abort", {"why": "smoke (otto)"}), ("twin-1", "resume", {})]
    assert otto.post("/api/v1/benches/other/orders", json={"order": "pause"}).status_code == 404


def test_stop_names_the_benches_that_do_not_answer(otto: TestClient, window: Window, time: Time) -> None:
    async def command(bench: str, word: str, args: dict[str, Any]) -> list[str]:
        assert (bench, word) == ("twin-1", "abort")
        return []

    window.fleet.command = command  # type: ignore[method-assign]
    speak(window, time)
    assert otto.post("/api/v1/stop", json={}).json() == {"refused": {}}
    speak(window, time, "twin-2")
    time.now_s += 3600
    speak(window, time)
    answer = otto.post("/api/v1/stop", json={})
    assert answer.status_code == 504
    assert "twin-2" in answer.json()["detail"]


def test_a_run_from_its_recipe_to_its_result(otto: TestClient, window: Window) -> None:
    run_id = first_run(otto)
    run = otto.get(f"/api/v1/runs/{run_id}").json()
    stored = window.store._store.run(run_id)
    assert stored is not None
    assert run["outcome"] == stored["outcome"]
    assert run["quantities"].keys() == stored["quantities"].keys()
    assert run["points"] == window.store._store.point_count(run_id) > 0
    assert otto.get("/api/v1/runs/none").status_code == 404
    assert otto.get(f"/api/v1/runs/{run_id}/spectra").status_code == 200
    assert otto.get("/api/v1/runs").json()[-1]["run_id"] == run_id


def test_a_trace_and_its_mistakes(otto: TestClient) -> None:
    path = f"/api/v1/runs/{first_run(otto)}/trace"
    trace = otto.get(path, params={"channel": ["heater_c", "pressure_pa"], "buckets": 20}).json()
    assert set(trace) == {"t_s", "points", *(f"{c}_{e}" for c in ("heater_c", "pressure_pa") for e in ("min", "max"))}
    assert 10 <= len(trace["t_s"]) <= 30
    wrong = ({"buckets": 1}, {"buckets": 1e9}, {"from_s": -1}, {"from_s": "nan"}, {"channel": "nothing"})
    for params in ({}, *({"channel": "heater_c"} | one for one in wrong)):
        assert otto.get(path, params=params).status_code == 422, params
    assert otto.get("/api/v1/runs/none/trace?channel=heater_c").json() == {"t_s": [], "points": []}


def test_a_campaign_with_its_trials_and_figures(otto: TestClient) -> None:
    assert [row["campaign"] for row in otto.get("/api/v1/campaigns").json()] == ["demo"]
    found = otto.get("/api/v1/campaigns/demo").json()
    assert [trial["trial"] for trial in found["trials"]] == [1, 2, 3, 4, 5]
    assert found["simulated"] is True
    best = min(
        (t for t in found["trials"] if t["r_interface_ohm_cm2"]), key=lambda t: t["r_interface_ohm_cm2"]["value"]
    )
    assert found["best"] == best["trial"]
    figures = otto.get("/api/v1/campaigns/demo/figures").json()
    assert figures["progress"]["data"]
    report = otto.get("/api/v1/campaigns/demo/report.html")
    assert "attachment" in report.headers["content-disposition"]
    assert "SIMULATED" in report.text
    for path in ("", "/figures", "/report.html"):
        assert otto.get(f"/api/v1/campaigns/other{path}").status_code == 404


def test_hold_and_go_on_reach_the_campaign_of_this_process_alone(otto: TestClient, window: Window) -> None:
    class Running:
        name, held, benches, running, budget = "demo", "", {}, {}, 5  # type: ignore[var-annotated]

        def hold(self, why: str) -> None:
            self.held = why

        def go_on(self) -> None:
            self.held = ""

    window.campaign = Running()  # type: ignore[assignment]
    assert otto.post("/api/v1/campaigns/demo/hold", json={"why": "target is worn"}).status_code == 204
    assert otto.get("/api/v1/campaigns").json()[0]["held"] == "target is worn"
    assert otto.delete("/api/v1/campaigns/demo/hold").status_code == 204
    assert otto.get("/api/v1/campaigns").json()[0]["held"] == ""
    assert otto.post("/api/v1/campaigns/other/hold", json={}).status_code == 409
    actions = [row["entry"]["action"] for row in otto.get("/api/v1/audit?most=2").json()]
    assert actions == ["go on", "hold"]


def test_everything_that_json_cannot_say_is_null(otto: TestClient) -> None:
    for path in ("campaigns/demo", "campaigns/demo/figures", f"runs/{first_run(otto)}", "audit"):
        json.loads(otto.get(f"/api/v1/{path}").text, parse_constant=lambda word: pytest.fail(word))


def test_the_description_is_whole(client: TestClient) -> None:
    said = client.get("/api/v1/openapi.json").json()
    for path, methods in said["paths"].items():
        for method, one in methods.items():
            assert one["summary"], (method, path)
            assert one["description"], (method, path)


def test_every_script_is_fetched_at_once_and_none_is_missing(client: TestClient) -> None:
    """Scripts that import scripts would be asked for one after the other, each a round trip to the laboratory."""
    page = client.get("/").text
    named = set(re.findall(r'(?:href|src)="([^"]+\.m?js)"', page))
    there = {str(path.relative_to(STATIC)) for pattern in ("*.js", "*.mjs") for path in STATIC.rglob(pattern)}
    assert named == there
    for name in named:
        assert client.get(f"/{name}").headers["content-type"].startswith("text/javascript")


def test_reading_waits_for_no_write(window: Window) -> None:
    """A page's read, while the store's own thread is busy with a transaction, sees what was committed before it."""
    import asyncio
    import threading

    began, go_on = threading.Event(), threading.Event()

    def busy(store: Store) -> None:
        with store.transaction():
            store.add_campaign("second", "", 1, 0.0)
            began.set()
            assert go_on.wait(60)

    async def both() -> tuple[int, int]:
        writing = asyncio.create_task(window.store.call(busy))
        await asyncio.to_thread(began.wait, 60)
        before = len(await window.store.read(Store.campaigns))
        go_on.set()
        await writing
        return before, len(await window.store.read(Store.campaigns))

    assert asyncio.run(both()) == (1, 2)
