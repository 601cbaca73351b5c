"""An authority in a folder: its key, a ledger of what it signed, the sealing keys, and a folder for each identity.

Everything secret is for its owner alone, and that is checked before each use. Every change is written beside and
renamed, the ledger last: what a crash leaves is at worst a certificate that the ledger does not list.
"""

import contextlib
import datetime
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from adatom.cloud.ingest.dial import CA, CERT, KEY
from adatom.cloud.ingest.keys import keys_of_bench, read_secret, write_secret
from adatom.protocol.errors import InputError
from adatom.protocol.keyring import NEEDED, PERSONS, KeyRing, ring_from_json
from adatom.protocol.secrecy import refuse_mode

from .authority import DAYS, Identity, Issued, identity_of, issue, load, new_authority, revocation_list
from .rotation import fresh_ring, rotated, text_of, whole_text, with_person, without_person

CA_KEY, CRL, LEDGER, KEYS, LOCK = "ca.key", "crl.pem", "ledger.json", "keys.json", ".lock"
UNREADABLE = "cannot be read: it is the list of all certificates"
BROKER, CLOUD = Identity("broker", "main"), Identity("cloud", "main")


@dataclass(frozen=True)
class Entry:
    """A certificate in the ledger; times are UTC, ISO 8601."""

    serial: str
    who: str
    since: str
    until: str
    revoked: str = ""
    hosts: tuple[str, ...] = ()
    benches: tuple[str, ...] = ()  # that an observer may hear; all when empty

    def state(self, now: datetime.datetime) -> str:
        """revoked, expired or valid."""
        if self.revoked:
            return "revoked"
        return "expired" if datetime.datetime.fromisoformat(self.until) <= now else "valid"


def create(folder: Path, laboratory: str, hosts: list[str], now: datetime.datetime, days: int = DAYS) -> "Authority":
    """A new authority with certificates for broker and cloud; InputError when the folder holds anything."""
    if folder.exists() and any(folder.iterdir()):
        raise InputError(str(folder), "is not empty: an authority is never overwritten")
    who = identity_of(f"cloud/{laboratory}").name  # the same grammar
    new = new_authority(who, now)
    issue(new, BROKER, now, days, hosts)  # wrong hosts or days are refused before anything is written
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    write_whole(folder / CA_KEY, new.key_pem)
    write_whole(folder / CA, new.pem)
    write_whole(folder / KEYS, whole_text(fresh_ring()).encode())
    write_whole(folder / LEDGER, b"[]\n")
    authority = Authority(folder)
    with authority.locked():
        authority.revoke([], now)
        authority.issue(BROKER, now, days, hosts)
        authority.issue(CLOUD, now, days)
    return authority


class Authority:
    """An authority that exists. InputError when the folder is none, or open to others."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in (".", CA_KEY, KEYS):
            path = folder / name
            if not path.exists():
                raise InputError(str(folder), "is no authority: adatom pki init makes one")
            refuse_mode(str(path), path.stat().st_mode)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """For the time of a change: one at a time."""
        with open(self.folder / LOCK, "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @property
    def signer(self) -> Issued:
        return load((self.folder / CA).read_bytes(), (self.folder / CA_KEY).read_bytes(), str(self.folder / CA_KEY))

    @property
    def ring(self) -> KeyRing:
        return ring_from_json(read_secret(self.folder / KEYS), str(self.folder / KEYS))

    @property
    def entries(self) -> list[Entry]:
        """The ledger, in the order of signing."""
        path = self.folder / LEDGER
        try:
            return entries_of(path.read_text(encoding="utf-8"), str(path))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(str(path), UNREADABLE) from error

    def place(self, who: Identity) -> Path:
        """The folder of an identity: what has to be copied to its machine."""
        return self.folder / (who.role if who in (BROKER, CLOUD) else f"{who.role}-{who.name}")

    def known(self, text: str) -> Identity:
        """The identity of ROLE/NAME, or of a NAME that only one has."""
        found = sorted({entry.who for entry in self.entries if text in (entry.who, entry.who.partition("/")[2])})
        if len(found) != 1:
            which = f"could be {' or '.join(found)}" if found else "has no certificate here; adatom pki show lists all"
            raise InputError("name", f"{text!r}: {which}")
        return identity_of(found[0])

    def active(self, now: datetime.datetime) -> list[Identity]:
        """The identities with a certificate that is valid now."""
        return [identity_of(who) for who in sorted({e.who for e in self.entries if e.state(now) == "valid"})]

    def hears(self) -> dict[Identity, tuple[str, ...]]:
        """Identity -> the benches that it may hear, as its newest certificate says; all where there are none."""
        return {identity_of(entry.who): entry.benches for entry in self.entries}

    def admit(
        self, who: Identity, now: datetime.datetime, days: int = DAYS, benches: tuple[str, ...] = ()
    ) -> Path:  # fmt: skip
        """The folder of a new bench, person or observer (of `benches`). InputError when there is one already."""
        if self.place(who).exists() or any(e.who == str(who) and not e.revoked for e in self.entries):
            raise InputError(str(self.place(who)), f"exists: adatom pki renew {who} makes a new certificate")
        made = issue(self.signer, who, now, days)  # refused before anything is written
        if who.role in PERSONS:
            self._put_ring(with_person(self.ring, who.role, who.name))
        self._hand_out(who, made, benches=benches)
        return self.place(who)

    def issue(
        self, who: Identity, now: datetime.datetime, days: int = DAYS, hosts: list[str] | None = None,
        benches: tuple[str, ...] = (),
    ) -> Entry:  # fmt: skip
        """Sign a certificate and put everything that its owner needs into his folder. Earlier ones stay valid."""
        return self._hand_out(who, issue(self.signer, who, now, days, hosts or ()), hosts, benches)

    def _hand_out(
        self, who: Identity, made: Issued, hosts: list[str] | None = None, benches: tuple[str, ...] = ()
    ) -> Entry:  # fmt: skip
        place = self.place(who)
        place.mkdir(mode=0o700, exist_ok=True)
        write_whole(place / CA, (self.folder / CA).read_bytes())
        write_whole(place / KEY, made.key_pem)
        write_whole(place / CERT, made.pem)
        self._put_keys(who, self.ring)
        since, until = made.certificate.not_valid_before_utc, made.certificate.not_valid_after_utc
        entry = Entry(made.serial, str(who), _text(since), _text(until), hosts=tuple(hosts or ()), benches=benches)
        self._put_ledger([*self.entries, entry])
        return entry

    def renew(self, who: Identity, now: datetime.datetime, days: int = DAYS) -> Entry:
        """A new certificate and private key for who has one; those before stay valid until their end."""
        last = [entry for entry in self.entries if entry.who == str(who)][-1]
        if last.revoked:
            raise InputError(str(who), "was revoked: remove its folder and make it anew under another name")
        return self.issue(who, now, days, list(last.hosts), last.benches)

    def revoke(self, identities: list[Identity], now: datetime.datetime) -> list[Entry]:
        """Put every certificate of these on the revocation list; a person's sealing keys go as well."""
        names = {str(who) for who in identities}
        entries = [replace(e, revoked=_text(now)) if e.who in names and not e.revoked else e for e in self.entries]
        revoked = [(e.serial, datetime.datetime.fromisoformat(e.revoked)) for e in entries if e.revoked]
        number = int(now.timestamp())  # grows with each list
        write_whole(self.folder / CRL, revocation_list(self.signer, revoked, number, now))
        self._put_ledger(entries)
        ring = self.ring
        for who in identities:
            if who.role in PERSONS:
                ring = without_person(ring, who.role, who.name)
        if ring.ids != self.ring.ids:
            self._put_ring(ring)
        return [entry for entry in entries if entry.who in names]

    def rotate(self, step: str) -> KeyRing:
        """Take the next step of changing the sealing keys; the ring after it."""
        ring = rotated(self.ring, step)
        self._put_ring(ring)
        return ring

    def _put_ring(self, ring: KeyRing) -> None:
        write_whole(self.folder / KEYS, whole_text(ring).encode())
        for who in sorted({entry.who for entry in self.entries if not entry.revoked}):
            self._put_keys(identity_of(who), ring)

    def _put_keys(self, who: Identity, ring: KeyRing) -> None:
        """The key file of an identity; a broker has none: it sees sealed messages and can make none."""
        self.place(who).mkdir(mode=0o700, exist_ok=True)  # it may have been moved to its machine
        path = self.place(who) / KEYS
        if who.role == "bench":
            write_whole(path, keys_of_bench(ring, who.name).encode())
        elif who.role == "cloud":
            write_whole(path, text_of(ring, NEEDED).encode())
        elif who.role in PERSONS:
            write_whole(path, text_of(ring, (who.role,), who.name).encode())

    def _put_ledger(self, entries: list[Entry]) -> None:
        write_whole(self.folder / LEDGER, (json.dumps([asdict(entry) for entry in entries], indent=1) + "\n").encode())


def entries_of(text: str, where: str) -> list[Entry]:
    """The entries of a ledger's text; InputError when it is none."""
    try:
        return [_entry(row) for row in json.loads(text)]
    except (ValueError, TypeError, RecursionError, InputError) as error:
        raise InputError(where, UNREADABLE) from error


def _entry(row: object) -> Entry:
    """One entry; ValueError or TypeError unless each field is what was once written."""
    if not isinstance(row, dict):
        raise TypeError("an entry must be an object")
    lists = {name: tuple(row.get(name, ())) for name in ("hosts", "benches")}  # the second came later
    entry = Entry(**(row | lists))
    texts = (entry.serial, entry.who, entry.since, entry.until, entry.revoked, *entry.hosts, *entry.benches)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("must be a text")
    identity_of(entry.who)
    times = [entry.since, entry.until, *([entry.revoked] if entry.revoked else [])]
    if int(entry.serial, 16) <= 0 or any(datetime.datetime.fromisoformat(time).utcoffset() is None for time in times):
        raise ValueError("no serial number, or a time without a zone")
    return entry


def write_whole(path: Path, data: bytes) -> None:
    """Replace a file as a whole; it is its owner's alone from the first byte on."""
    scratch = path.with_name(path.name + ".new")
    scratch.unlink(missing_ok=True)
    write_secret(scratch, data.decode())
    os.replace(scratch, path)


def _text(time: datetime.datetime) -> str:
    return time.replace(microsecond=0).isoformat()
