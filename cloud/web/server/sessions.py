"""Log-ins of browsers: random tokens kept in memory, so that a restart logs everybody out. Pure, time passed in."""

import hashlib
import secrets
from dataclasses import dataclass

IDLE_S = 12 * 3600.0  # a night shift
LONGEST_S = 7 * 24 * 3600.0
TOKEN_BYTES = 32
SESSIONS_MAX = 1000  # of all; the oldest give way


@dataclass
class Session:
    """One log-in. `csrf`: what the page must send along with everything that changes something."""

    name: str
    csrf: str
    began_s: float
    seen_s: float


class Sessions:
    """Token's SHA-256 -> session: who reads the memory of a dump has no log-in."""

    def __init__(self) -> None:
        self._by_digest: dict[str, Session] = {}

    def begin(self, name: str, now_s: float) -> tuple[str, Session]:
        """A new log-in's token, for the cookie, and its session."""
        self._drop_old(now_s)
        while len(self._by_digest) >= SESSIONS_MAX:
            del self._by_digest[min(self._by_digest, key=lambda digest: self._by_digest[digest].seen_s)]
        token = secrets.token_urlsafe(TOKEN_BYTES)
        session = Session(name, secrets.token_urlsafe(TOKEN_BYTES), now_s, now_s)
        self._by_digest[_digest(token)] = session
        return token, session

    def find(self, token: str, now_s: float, *, touch: bool = True) -> Session | None:
        """The session of a token, unless it has ended. `touch`: the person did something, which keeps it alive."""
        session = self._by_digest.get(_digest(token))
        if session is None or not _holds(session, now_s):
            return None
        if touch:
            session.seen_s = now_s
        return session

    def end(self, token: str) -> None:
        """Log out."""
        self._by_digest.pop(_digest(token), None)

    def end_all(self, name: str) -> None:
        """Log a person out everywhere."""
        self._by_digest = {d: session for d, session in self._by_digest.items() if session.name != name}

    def _drop_old(self, now_s: float) -> None:
        self._by_digest = {d: session for d, session in self._by_digest.items() if _holds(session, now_s)}


def _holds(session: Session, now_s: float) -> bool:
    return now_s - session.seen_s < IDLE_S and now_s - session.began_s < LONGEST_S


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
