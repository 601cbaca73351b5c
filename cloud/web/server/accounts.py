"""Who may look and who may act: a file of accounts with argon2 hashes and API tokens.

A file of its own, not a table: a database is copied to notebooks and colleagues, passwords must not go along.
"""

import hashlib
import json
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from adatom.cloud.ingest.keys import read_secret
from adatom.protocol.errors import InputError
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

ROLES = ("viewer", "operator", "owner")  # each may what those before it may
NAME = re.compile(r"[a-z][a-z0-9._-]{0,31}")
PASSWORD_LENGTHS = (10, 200)  # NIST SP 800-63B: length, and no rules of composition; the upper end bounds hashing
TOKEN_BYTES = 32
TOKEN_PREFIX = "adatom_"  # noqa: S105 - lets scanners of secrets find one that was left in a notebook
TOKENS_MAX = 20
HASHER = PasswordHasher()  # argon2id with the library's parameters, RFC 9106's low-memory choice
NOBODY = HASHER.hash(secrets.token_hex(16))  # checked where there is no such account: the time must not tell


@dataclass(frozen=True)
class Token:
    """A token for programs. `sha256` of its text: the text is shown once and kept nowhere."""

    label: str
    sha256: str
    expires_utc_s: float


@dataclass(frozen=True)
class Account:
    """A person."""

    name: str
    role: str
    password: str  # argon2 hash
    tokens: tuple[Token, ...] = ()


@dataclass
class Accounts:
    """The accounts of a file, by name."""

    path: Path
    by_name: dict[str, Account] = field(default_factory=dict)

    def check(self, name: str, password: str) -> Account | None:
        """The account, when the password is its own. Takes as long for an unknown name; tens of ms."""
        account = self.by_name.get(name)
        try:
            HASHER.verify(account.password if account else NOBODY, password)
        except (VerificationError, InvalidHashError):
            return None
        return account

    def of_token(self, text: str, now_utc_s: float) -> Account | None:
        """The account of a token that has not expired."""
        digest = _digest(text)
        for account in self.by_name.values():
            for token in account.tokens:
                if secrets.compare_digest(token.sha256, digest) and now_utc_s < token.expires_utc_s:
                    return account
        return None

    def add(self, name: str, role: str, password: str) -> None:
        """A new account. InputError for a name that is taken, or what is not allowed."""
        if not NAME.fullmatch(name):
            raise InputError("name", f"{name!r}: must be 1 to 32 of a-z 0-9 . _ - and begin with a letter")
        if name in self.by_name:
            raise InputError("name", f"{name!r} has an account already")
        self.by_name[name] = Account(name, checked_role(role), HASHER.hash(checked_password(password)))

    def change(self, name: str, *, role: str | None = None, password: str | None = None) -> None:
        """Another role or password. InputError for an unknown name."""
        account = self.known(name)
        if role is not None:
            account = replace(account, role=checked_role(role))
        if password is not None:  # who changes it because it leaked wants its tokens gone too
            account = replace(account, password=HASHER.hash(checked_password(password)), tokens=())
        self.by_name[name] = account

    def remove(self, name: str) -> None:
        """Forget an account, with its tokens."""
        del self.by_name[self.known(name).name]

    def give_token(self, name: str, label: str, expires_utc_s: float, now_utc_s: float) -> str:
        """A fresh token's text. Expired ones are dropped; InputError when there are too many."""
        account = self.known(name)
        tokens = tuple(token for token in account.tokens if token.expires_utc_s > now_utc_s)
        if len(tokens) >= TOKENS_MAX:
            raise InputError("token", f"{name} has {len(tokens)} already: at most {TOKENS_MAX}")
        text = TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
        self.by_name[name] = replace(account, tokens=(*tokens, Token(label, _digest(text), expires_utc_s)))
        return text

    def known(self, name: str) -> Account:
        """The account of a name, or InputError."""
        if name not in self.by_name:
            raise InputError("name", f"{name!r}: no such account in {self.path}; there are: "
                                     f"{', '.join(sorted(self.by_name)) or 'none'}")  # fmt: skip
        return self.by_name[name]

    def save(self) -> None:
        """Write the file anew, all or nothing, readable by its owner alone."""
        rows = [asdict(account) for _, account in sorted(self.by_name.items())]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)  # mode 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps({"accounts": rows}, indent=1) + "\n")
            file.flush()
            os.fsync(handle)
        Path(temporary).replace(self.path)


def load(path: Path, *, missing_ok: bool = False) -> Accounts:
    """The accounts of a file. InputError when it is missing, open to others, or no such file."""
    if missing_ok and not path.exists():
        return Accounts(path)
    try:
        rows = json.loads(read_secret(path))["accounts"]
        found = [_account(row) for row in rows]
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(str(path), f"is not a file of accounts: {error}") from error
    return Accounts(path, {account.name: account for account in found})


def checked_role(role: str) -> str:
    """The role, or InputError."""
    if role not in ROLES:
        raise InputError("role", f"{role!r}: must be one of {', '.join(ROLES)}")
    return role


def checked_password(password: str) -> str:
    """The password, or InputError, which does not repeat it."""
    low, high = PASSWORD_LENGTHS
    if not low <= len(password) <= high:
        raise InputError("password", f"has {len(password)} characters: must have {low} to {high}")
    return password


def _account(row: Mapping[str, Any]) -> Account:
    tokens = tuple(Token(str(t["label"]), str(t["sha256"]), float(t["expires_utc_s"])) for t in row["tokens"])
    return Account(str(row["name"]), checked_role(row["role"]), str(row["password"]), tokens)


def _digest(text: str) -> str:
    """The token is 256 random bits: a plain hash is enough, nobody can guess it."""
    return hashlib.sha256(text.encode()).hexdigest()
