"""The pages as a person sees them: the demo in a real browser, and a laboratory with log-ins."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from adatom.cloud.client import Client
from adatom.edge import command
from adatom.protocol.errors import FailedError
from playwright.sync_api import expect

from tests.system.browser import PATIENCE_MS, fits, page_of
from tests.system.processes import adatom, free_port, process, until

pytestmark = pytest.mark.system
expect.set_options(timeout=PATIENCE_MS)
ROOT = Path(__file__).parents[2]
PASSWORDS = {"vera": "correct horse", "otto": "battery staple"}


class Served(NamedTuple):
    """A running server."""

    address: str
    log: Path


def address_in(log: Path, pattern: str) -> str:
    """The address that a server printed."""
    return until(lambda: re.findall(pattern, log.read_text()), "the window's address", (log,))[0]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A demo that lasts longer than the tests look."""
    folder = tmp_path_factory.mktemp("window")
    log = folder / "log"
    with process(adatom("demo", "--trials", "60", "--serve", "--port", "0", "--out", folder / "demo", "--json"), log):
        yield Served(address_in(log, r"window: (http://\S+)"), log)


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`adatom cloud run` with two people who may log in."""
    folder = tmp_path_factory.mktemp("laboratory")
    for name, role in (("vera", "viewer"), ("otto", "operator")):
        words = adatom("cloud", "user", "add", name, "--role", role, "--file", folder / "accounts.json")
        subprocess.run(words, env=os.environ | {"ADATOM_PASSWORD": PASSWORDS[name]}, check=True, capture_output=True)
    text = 'database = "lab.duckdb"\nkeys = "keys.json"\nwindow = "127.0.0.1:0"\naccounts = "accounts.json"\n'
    (folder / "cloud.toml").write_text(f"{text}port = {free_port()}\n")
    log = folder / "log"
    with process(adatom("cloud", "run", folder / "cloud.toml", "--json"), log):
        yield Served(address_in(log, r'"window": "(http://[^"]+)"'), log)


def test_a_trial_completes_before_one_s_eyes(demo: Served) -> None:
    with page_of(demo.address) as page:
        page.goto("/")
        bench = page.locator("section[data-bench='twin-1']")
        expect(bench).to_have_attribute("data-state", re.compile("heat|deposit|cool|measure|anneal|transfer"))
        expect(bench).to_contain_text("SIMULATED")
        expect(bench.locator("canvas")).to_have_count(4)
        expect(page.get_by_text("Demo: nobody has logged in")).to_be_visible()
        page.get_by_role("link", name="Campaigns").click()
        page.get_by_role("link", name="demo", exact=True).click()
        expect(page.locator("[data-done]")).to_have_attribute("data-done", re.compile("[1-9]"))
        expect(page.locator(".figure svg.main-svg").first).to_be_visible()
        page.locator("td a").last.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Run demo-0001")
        expect(page.locator("[data-outcome]")).to_have_attribute("data-outcome", "complete")
        expect(page.locator("canvas")).to_have_count(4)
        expect(page.get_by_text("complete and signed")).to_be_visible()


def test_stop_makes_the_rig_safe_and_begins_nothing_until_told(demo: Served) -> None:
    with page_of(demo.address) as page:
        page.goto("/")
        bench = page.locator("section[data-bench='twin-1']")
        expect(bench).to_have_attribute("data-state", re.compile("pump_down|heat|deposit|cool|anneal"))
        page.get_by_role("button", name="STOP").click()
        page.get_by_label("Why (for the record)").fill("smoke")
        page.get_by_role("button", name="Stop now").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(bench).to_have_attribute("data-state", re.compile("safe|idle"))
        expect(bench.locator("div", has=page.get_by_text("heater power", exact=True)).locator("b").last).to_have_text(
            "0"
        )
        page.goto("/#/campaigns/demo")
        expect(page.get_by_text("Held: smoke (demo)")).to_be_visible()
        page.goto("/#/audit")
        expect(page.locator("table")).to_contain_text("smoke (demo)")
        page.goto("/#/campaigns/demo")
        page.get_by_role("button", name="Go on").click()
        page.get_by_role("dialog").get_by_role("button", name="Go on").click()
        expect(page.get_by_text("Held:")).to_have_count(0)
        page.goto("/#/benches")
        expect(bench).to_have_attribute("data-state", re.compile("pump_down|heat|deposit"))


def test_a_phone_and_a_keyboard_are_enough(demo: Served) -> None:
    with page_of(demo.address, width=360, dark=True) as page:
        for place in ("benches", "campaigns", "campaigns/demo", "runs", "runs/demo-0001-r1-a1", "audit"):
            page.goto(f"/#/{place}")
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            assert fits(page), place
            expect(page.get_by_role("button", name="STOP")).to_be_in_viewport()
        page.get_by_role("button", name="STOP").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_log_in_roles_and_refusals(laboratory: Served) -> None:
    with page_of(laboratory.address) as page:
        page.goto("/")
        page.get_by_label("Name").fill("vera")
        page.get_by_label("Password").fill("not her password")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("alert")).to_have_text("wrong name or password")
        page.get_by_label("Password").fill(PASSWORDS["vera"])
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_text("No bench has spoken yet.")).to_be_visible()
        expect(page.get_by_role("button", name="STOP")).to_be_disabled()
        refused = page.evaluate("""async () => {
            const me = await (await fetch("/api/v1/session")).json();
            const answer = await fetch("/api/v1/stop", {method: "POST", headers: {"X-CSRF-Token": me.csrf,
                "Content-Type": "application/json"}, body: "{}"});
            return [answer.status, (await answer.json()).detail]; }""")
        assert refused == [403, "vera is viewer: needs operator"]
        page.get_by_role("button", name="log out").click()
        page.get_by_label("Name").fill("otto")
        page.get_by_label("Password").fill(PASSWORDS["otto"])
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("button", name="STOP")).to_be_enabled()


def test_a_window_without_accounts_or_beyond_this_machine_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for more, says in (("", "accounts"), ('accounts = "accounts.json"\n', "certificates"), (None, "HOST:PORT")):
        window = "nonsense" if more is None else "0.0.0.0:8080"
        text = f'database = "d.duckdb"\nkeys = "k.json"\nwindow = "{window}"\n'
        (tmp_path / "cloud.toml").write_text(text + (more if more is not None else 'accounts = "accounts.json"\n'))
        assert command.run(["cloud", "run", str(tmp_path / "cloud.toml")]) == command.WRONG_USE
        assert says in capsys.readouterr().err


def test_accounts_by_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def user(*words: str, expect_code: int = 0, password: str = "long enough") -> str:
        monkeypatch.setenv("ADATOM_PASSWORD", password)
        code = command.run(["cloud", "user", *words, "--file", str(tmp_path / "a.json")])
        shown = capsys.readouterr()
        assert code == expect_code, shown.err
        return shown.out if expect_code == 0 else shown.err

    user("add", "olga", "--role", "owner")
    assert "already" in user("add", "olga", expect_code=2)
    assert "password" in user("add", "nina", password="short", expect_code=2)
    token = json.loads(user("token", "olga", "--days", "7", "--json"))["token"]
    assert json.loads(user("list", "--json")) == [{"name": "olga", "role": "owner", "tokens": ["client"]}]
    assert token not in (tmp_path / "a.json").read_text()
    user("change", "olga", "--role", "viewer")
    user("remove", "olga")
    assert "no such account" in user("remove", "olga", expect_code=2)


def test_a_campaign_shows_itself_to_who_may_log_in(tmp_path: Path) -> None:
    file = ROOT / "sim" / "demo" / "campaign.toml"
    refused = subprocess.run(adatom("campaign", "run", file, "--out", tmp_path / "a", "--window", "127.0.0.1:0"),
                             capture_output=True, text=True, timeout=120)  # fmt: skip
    assert refused.returncode == 2
    assert "--accounts" in refused.stderr
    accounts = tmp_path / "accounts.json"
    secret = {"ADATOM_PASSWORD": PASSWORDS["otto"]}
    subprocess.run(adatom("cloud", "user", "add", "otto", "--role", "operator", "--file", accounts),
                   env=os.environ | secret, check=True, capture_output=True)  # fmt: skip
    words = ("--out", tmp_path / "b", "--window", "127.0.0.1:0", "--accounts", accounts, "--json")
    log = tmp_path / "log"
    with process(adatom("campaign", "run", file, *words), log):
        address = address_in(log, r"window: (http://\S+)")
        token = subprocess.run(adatom("cloud", "user", "token", "otto", "--file", accounts), capture_output=True,
                               text=True, check=True).stdout.strip()  # fmt: skip
        with pytest.raises(FailedError, match="401"):
            Client(address, "").benches()
        lab = Client(address, token)
        assert [row["here"] for row in lab.campaigns()] == [True]
        until(lambda: [row for row in lab.benches() if row["run"]], "a run", (log,))
