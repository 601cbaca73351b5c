"""A window over a real store with a small simulated campaign, asked through its real application."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from adatom.cloud.campaign.fleet import Fleet
from adatom.cloud.clock import Clock
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread
from adatom.cloud.web.server import accounts as module
from adatom.cloud.web.server.access import Gate
from adatom.cloud.web.server.accounts import Accounts
from adatom.cloud.web.server.app import make_app
from adatom.cloud.web.server.live import Live
from adatom.cloud.web.server.window import Window
from adatom.protocol.keyring import KeyRing, ring_from_json
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from tests.cloud.web import campaigns

PASSWORDS = {"vera": "correct horse", "otto": "battery staple", "olga": "xkcd 936 said"}
ROLES = {"vera": "viewer", "otto": "operator", "olga": "owner"}
KEYS = json.dumps({"bench": "11" * 32, "campaign": "22" * 32, "ingest": "33" * 32})
BASE = "http://testserver"


class Time:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.now_s = 1_800_000_000.0

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now_s, lambda: self.now_s)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(scope="session")
def hasher() -> PasswordHasher:
    """As weak as argon2 allows: tests hash often."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hasher: PasswordHasher) -> Accounts:
    """Three people in a real file."""
    monkeypatch.setattr(module, "HASHER", hasher)
    monkeypatch.setattr(module, "NOBODY", hasher.hash("nobody"))
    found = Accounts(tmp_path / "accounts.json")
    for name, password in PASSWORDS.items():
        found.add(name, ROLES[name], password)
    found.save()
    return found


@pytest.fixture(scope="package")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five trials of the simulated demo, the first with telemetry."""
    path = tmp_path_factory.mktemp("window") / "lab.duckdb"
    with Store(path) as store:
        campaigns.build(store, 5)
        campaigns.add_telemetry(store, store.trials("demo")[0]["runs"][0]["run_id"])
    return path


@pytest.fixture
def store(database: Path, tmp_path: Path) -> Iterator[StoreThread]:
    copy = tmp_path / "lab.duckdb"
    copy.write_bytes(database.read_bytes())
    with StoreThread(copy) as found:
        yield found


@pytest.fixture
def keys() -> KeyRing:
    return ring_from_json(KEYS, "keys")


@pytest.fixture
def window(store: StoreThread, people: Accounts, keys: KeyRing, time: Time) -> Window:
    async def send(topic: str, payload: bytes) -> bool:
        return False

    async def count(bench: str, name: str, args: dict[str, object]) -> int:
        return 1

    fleet = Fleet(keys, send, count, clock=time.clock)
    live = Live(lambda: fleet.benches, clock=time.clock)
    return Window(store, fleet, live, Gate(people, time.clock), clock=time.clock)


@pytest.fixture
def client(window: Window) -> Iterator[TestClient]:
    with TestClient(make_app(window), base_url=BASE) as found:
        yield found


def log_in(client: TestClient, name: str) -> dict[str, str]:
    """Log in; the header that changes need."""
    answer = client.post("/api/v1/session", json={"name": name, "password": PASSWORDS[name]})
    assert answer.status_code == 200, answer.text
    return {"X-CSRF-Token": answer.json()["csrf"]}
