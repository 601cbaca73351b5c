"""Log in, log out, who am I."""

import asyncio
from typing import Annotated

from adatom.protocol.limit import Limit
from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, StringConstraints

from ..access import COOKIE, Person, Viewer
from ..accounts import PASSWORD_LENGTHS
from ..sessions import LONGEST_S
from ..window import Window
from . import Parts

router = APIRouter(prefix="/api/v1/session", tags=["session"])
HASHES_AT_ONCE = 2  # an argon2 hash takes 64 MiB and a core
_hashing = asyncio.Semaphore(HASHES_AT_ONCE)
_noted = Limit(20, 60000)  # refused log-ins in the audit chain: their number is for the sender to choose
Name = Annotated[str, StringConstraints(max_length=32)]
Password = Annotated[str, StringConstraints(max_length=PASSWORD_LENGTHS[1])]


class LogIn(BaseModel):
    """Name and password."""

    name: Name
    password: Password


class Me(BaseModel):
    """Who is logged in. `csrf` goes into the header X-CSRF-Token of everything that changes something."""

    name: str
    role: str
    csrf: str
    demo: bool


@router.get("", summary="Who is logged in")
def me(person: Viewer) -> Me:
    """The person behind the cookie or the token; 401 for nobody."""
    return _me(person)


@router.post("", summary="Log in")
async def log_in(said: LogIn, request: Request, response: Response, window: Parts) -> Me:
    """Sets a cookie that scripts cannot read and other sites do not send. 401 or 429 (too many tries)."""
    gate = window.gate
    if gate.accounts is None:
        raise HTTPException(409, "demo mode: there is no log-in")
    now_s = gate.clock.monotonic_s()
    address = request.client.host if request.client else ""
    if not (gate.log_ins.allow(f"address {address}", now_s) and gate.log_ins.allow(f"name {said.name}", now_s)):
        raise HTTPException(429, "too many tries: wait a minute", {"Retry-After": "60"})
    async with _hashing:
        account = await asyncio.to_thread(gate.people().check, said.name, said.password)
    if account is None:
        await _refused(window, said.name, address)
        raise HTTPException(401, "wrong name or password")
    person = Person(account.name, account.role)
    await window.audit(person, "log in", {"address": address})
    token, session = gate.sessions.begin(account.name, now_s)
    response.set_cookie(COOKIE, token, max_age=int(LONGEST_S), httponly=True, samesite="strict", path="/",
                        secure=request.url.scheme == "https")  # fmt: skip
    return _me(Person(account.name, account.role, session.csrf))


@router.delete("", summary="Log out", status_code=204)
async def log_out(person: Viewer, request: Request, response: Response, window: Parts) -> None:
    """Ends the log-in of this browser."""
    window.gate.sessions.end(request.cookies.get(COOKIE, ""))
    response.delete_cookie(COOKIE, path="/")
    if not person.demo:
        await window.audit(person, "log out", {})


async def _refused(window: Window, name: str, address: str) -> None:
    if _noted.allow(int(window.gate.clock.monotonic_s() * 1000)):
        nobody = Person(name, "viewer")
        await window.audit(nobody, "log-in refused", {"address": address})


def _me(person: Person) -> Me:
    return Me(name=person.name, role=person.role, csrf=person.csrf, demo=person.demo)
