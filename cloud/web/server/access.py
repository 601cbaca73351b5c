"""Who asks, and may they? As dependencies of FastAPI, so that every route says what it needs in its signature."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Annotated

from adatom.cloud.clock import CLOCK, Clock
from adatom.protocol.limit import Limit
from fastapi import Depends, HTTPException, Request

from .accounts import ROLES, Accounts, load
from .sessions import Sessions

COOKIE = "adatom_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = ("GET", "HEAD")
DEMO_NAME, DEMO_ROLE = "demo", "operator"
TRIES, TRY_MS = 5, 12000  # log-ins at once, then one each; by address and by name
CALLS, CALL_MS = 300, 20  # calls of one address at once, then 50 a second
LIMITS_MAX = 10000  # addresses remembered


@dataclass(frozen=True)
class Person:
    """Who asks. `demo`: nobody logged in, loopback alone is served."""

    name: str
    role: str
    csrf: str = ""  # "" for a program with a token: no browser sends that by itself
    demo: bool = False

    def may(self, role: str) -> bool:
        return ROLES.index(self.role) >= ROLES.index(role)


class Limits:
    """A token bucket for each of many askers; the longest unheard are forgotten."""

    def __init__(self, burst: int, refill_ms: int) -> None:
        self._burst, self._refill_ms = burst, refill_ms
        self._by_key: OrderedDict[str, Limit] = OrderedDict()

    def allow(self, key: str, now_s: float) -> bool:
        limit = self._by_key.pop(key, None) or Limit(self._burst, self._refill_ms)
        self._by_key[key] = limit
        while len(self._by_key) > LIMITS_MAX:
            self._by_key.popitem(last=False)
        return limit.allow(int(now_s * 1000))


@dataclass
class Gate:
    """Accounts, log-ins and limits of one server. `accounts` None: demo mode, no log-in."""

    accounts: Accounts | None
    clock: Clock = CLOCK
    sessions: Sessions = field(default_factory=Sessions)
    log_ins: Limits = field(default_factory=lambda: Limits(TRIES, TRY_MS))
    calls: Limits = field(default_factory=lambda: Limits(CALLS, CALL_MS))
    demo_csrf: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    _changed_ns: int = -1

    def people(self) -> Accounts:
        """The accounts as the file has them now: a role taken away holds from the next call on."""
        if self.accounts is None:
            raise RuntimeError("demo mode has no accounts")
        try:
            changed_ns = self.accounts.path.stat().st_mtime_ns
        except FileNotFoundError:
            return Accounts(self.accounts.path)  # nobody
        if changed_ns != self._changed_ns:
            self.accounts, self._changed_ns = load(self.accounts.path), changed_ns
        return self.accounts

    def person(self, request: Request, *, touch: bool = True) -> Person | None:
        """Who asks, by token or cookie; None for nobody. `touch`: it keeps a log-in alive."""
        if self.accounts is None:
            return Person(DEMO_NAME, DEMO_ROLE, self.demo_csrf, demo=True)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            account = self.people().of_token(token.strip(), self.clock.utc_s())
            return Person(account.name, account.role) if account else None
        session = self.sessions.find(request.cookies.get(COOKIE, ""), self.clock.monotonic_s(), touch=touch)
        account = self.people().by_name.get(session.name) if session else None
        return Person(account.name, account.role, session.csrf) if account and session else None


def gate_of(request: Request) -> Gate:
    """The server's gate."""
    found: Gate = request.app.state.gate
    return found


def somebody(request: Request) -> Person:
    """Anybody who is logged in. 401 for nobody, 403 for a change without the page's own word."""
    person = gate_of(request).person(request)
    if person is None:
        raise HTTPException(401, "log in first")
    if request.method not in SAFE_METHODS and person.csrf:
        said = request.headers.get(CSRF_HEADER, "")
        if not secrets.compare_digest(said.encode(), person.csrf.encode()):
            raise HTTPException(403, f"the header {CSRF_HEADER} is missing or old: reload the page")
    return person


def operator(person: Annotated[Person, Depends(somebody)]) -> Person:
    """Who may command. 403 for a viewer."""
    return _with(person, "operator")


def owner(person: Annotated[Person, Depends(somebody)]) -> Person:
    """Who may change what holds for all. 403 otherwise."""
    return _with(person, "owner")


Viewer = Annotated[Person, Depends(somebody)]
Operator = Annotated[Person, Depends(operator)]
Owner = Annotated[Person, Depends(owner)]


def _with(person: Person, role: str) -> Person:
    if not person.may(role):
        raise HTTPException(403, f"{person.name} is {person.role}: needs {role}")
    return person
