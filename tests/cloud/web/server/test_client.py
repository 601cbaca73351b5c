"""The client for programs, against a real server on loopback."""

import json
import threading
import time as clock
from collections.abc import Iterator

import numpy as np
import pytest
import uvicorn
from adatom.cloud.client import Client, Table
from adatom.cloud.web.server.accounts import Accounts
from adatom.cloud.web.server.app import make_app
from adatom.cloud.web.server.window import Window
from adatom.protocol.errors import FailedError, InputError

from tests.cloud.web.server.conftest import Time
from tests.system.processes import free_port


@pytest.fixture
def address(window: Window) -> Iterator[str]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(make_app(window), port=port, log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        clock.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def lab(address: str, people: Accounts, time: Time) -> Client:
    token = people.give_token("otto", "test", time.now_s + 1e6, time.now_s)
    people.save()
    return Client(address, token)


def test_a_campaign_in_a_notebook(lab: Client, window: Window) -> None:
    assert [row["campaign"] for row in lab.campaigns()] == ["demo"]
    campaign = lab.campaign("demo")
    stored = {row["trial"]: row["state"] for row in window.store._store.trials("demo")}
    assert {row["trial"]: row["state"] for row in campaign.trials} == stored
    assert "SIMULATED" in repr(campaign)
    assert campaign._repr_html_().count("<tr>") == 1 + len(stored)
    measured = [row for row in campaign.trials if row["r_ohm_cm2"] is not None]
    assert all(row["low"] < row["r_ohm_cm2"] < row["high"] for row in measured)


def test_a_run_and_its_trace(lab: Client, window: Window) -> None:
    run_id = lab.runs()[-1]["run_id"]
    assert lab.run(run_id)["points"] == window.store._store.point_count(run_id)
    trace = lab.trace(run_id, ["heater_c"], buckets=20)
    direct = window.store._store.trace(run_id, ["heater_c"], 20)
    assert set(trace) == set(direct)
    for name, values in direct.items():
        np.testing.assert_array_equal(trace[name], values)


def test_refusals_come_with_the_server_s_word(lab: Client, address: str) -> None:
    with pytest.raises(FailedError, match="404: no run 'none'"):
        lab.run("none")
    with pytest.raises(FailedError, match="401: log in first"):
        Client(address, "adatom_forged").benches()
    with pytest.raises(FailedError, match="404: no bench"):
        lab.order("twin-9", "pause")
    lab.stop("over")  # no bench is there
    assert lab.get("/audit", most=1)[0]["entry"]["why"] == "over (otto)"


def test_a_token_does_not_go_in_the_clear_or_into_a_text(address: str) -> None:
    with pytest.raises(InputError, match="in the clear"):
        Client("http://lab.example:8080", "adatom_secret")
    for wrong in ("ftp://lab", "lab:8080", "file:///etc/passwd", ""):
        with pytest.raises(InputError, match="must be https"):
            Client(wrong)
    assert "secret" not in repr(Client(address, "adatom_secret"))
    with pytest.raises(FailedError, match="does not answer"):
        Client(f"http://127.0.0.1:{free_port()}", "").benches()
    with pytest.raises(InputError, match="certificates"):
        Client("https://lab", "", ca="/dev/null")


def test_a_table_shows_no_markup_of_others() -> None:
    shown = Table([{"name": "<script>", "value": None}], ("name", "value"))
    assert "<script>" not in shown._repr_html_()
    assert json.loads(json.dumps(shown)) == [{"name": "<script>", "value": None}]
