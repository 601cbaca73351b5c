"""A laboratory of real processes on loopback: mosquitto, `adatom cloud run`, load benches; and the history they wrote.

Each is started, killed and started again by a row of the soak. Only processes that the laboratory started are touched.
"""

import contextlib
import datetime
import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adatom.cloud.ingest.keys import load_or_create_keys
from adatom.cloud.pki.authority import Identity
from adatom.cloud.pki.broker_cli import write
from adatom.cloud.pki.folder import CLOUD, KEYS, Authority, create
from adatom.cloud.store.jsontext import from_json
from adatom.cloud.store.store import Store
from adatom.protocol.errors import FailedError

from .checker import Entry
from .load import Load
from .processes import adatom, end, free_port, json_lines, kill, listening, start, until

# As Debian installs it, but for the port: no configuration file at all
DEFAULT, TUNED = "default", "tuned"
# As `adatom broker config` writes it: mutual TLS, access by role, limits
HARDENED = "hardened"
ADMITTED = "load-1"  # the bench that has a certificate there
TUNED_CONF = """listener {port} 127.0.0.1
allow_anonymous true
set_tcp_nodelay true
persistence true
persistence_location {folder}/
autosave_interval 60
max_queued_messages 100000
max_inflight_messages 100
"""
BROKER_PATHS = "/usr/sbin:/usr/local/sbin"  # Debian puts daemons where a user's PATH does not look
DRAIN_S = 320.0
EXECUTABLE = "mosquitto"
BENCH_COMMAND = ("-m", "adatom.sim.soak.load")


def mosquitto() -> str:
    """The path of the broker's program; FailedError when it is not installed."""
    found = shutil.which(EXECUTABLE) or shutil.which(EXECUTABLE, path=BROKER_PATHS)
    if found is None:
        raise FailedError("mosquitto is not installed: apt install mosquitto")
    return found


class Lab:
    """Processes by name: "broker", "cloud", and benches by theirs. A context manager."""

    def __init__(self, folder: Path, configuration: str = DEFAULT) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.configuration = configuration
        self.keys = folder / "keys.json"
        self.database = folder / "lab.duckdb"
        self.authority = _authority(folder / "pki") if configuration == HARDENED else None
        if self.authority is None:
            load_or_create_keys(self.keys)
        else:
            self.keys = self.authority.place(CLOUD) / KEYS
        self.port = free_port()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.looks: list[Entry] = []  # what the rig itself saw in the database, with its time
        self.loads: dict[str, Load] = {}

    def __enter__(self) -> "Lab":
        return self

    def __exit__(self, *_: Any) -> None:
        for child in self.running.values():
            end(child)

    # --- processes -----------------------------------------------------------------------------------------------
    def start_broker(self) -> None:
        """mosquitto, answering on `port`; as new, or with what it kept."""
        command = [mosquitto(), "-p", str(self.port)]
        if self.configuration == TUNED:
            state = self.folder / "broker"
            state.mkdir(exist_ok=True)
            conf = state / "mosquitto.conf"
            conf.write_text(TUNED_CONF.format(port=self.port, folder=state), encoding="utf-8")
            command = [mosquitto(), "-c", str(conf)]
        elif self.authority is not None:
            command = [mosquitto(), "-c", str(self._hardened(self.authority))]
        self.running["broker"] = start(command, self.log("broker"))
        until(lambda: listening(self.port), "the broker", (self.log("broker"),))

    def start_cloud(self, port: int | None = None, env: Mapping[str, str] | None = None) -> None:
        """`adatom cloud run`, on the way to the broker over another port when one is given."""
        file = self.folder / "cloud.toml"
        tls = "" if self.authority is None else f'tls = "{self.authority.place(CLOUD).absolute()}"\n'
        file.write_text(f'database = "{self.database.absolute()}"\nkeys = "{self.keys.absolute()}"\n'
                        f'broker = "{self._url(port)}"\n{tls}', encoding="utf-8")  # fmt: skip
        self.running["cloud"] = start(adatom("cloud", "run", file, "--json"), self.log("cloud"), env)

    def start_bench(
        self, name: str, port: int | None = None, env: Mapping[str, str] | None = None, **wanted: Any
    ) -> None:
        """A load bench; `wanted` are fields of Load."""
        files = {"folder": str(self.folder / f"{name}.journal"), "history": str(self.folder / f"{name}.history")}
        keys = self.keys
        if self.authority is not None:
            place = self.authority.place(Identity("bench", name))
            keys, wanted = place / KEYS, wanted | {"tls": str(place)}
        load = Load(name, self._url(port), str(keys), **(files | wanted))
        self.loads[name] = load
        file = load.write(self.folder / f"{name}.json")
        self.running[name] = start([adatom()[0], *BENCH_COMMAND, str(file)], self.log(name), env)

    def log(self, name: str) -> Path:
        """Where a process' output goes."""
        return self.folder / f"{name}.log"

    def kill(self, name: str) -> None:
        """SIGKILL."""
        kill(self.running.pop(name))

    def end(self, name: str) -> None:
        """SIGTERM, and SIGKILL when that is not heard."""
        end(self.running.pop(name))

    def drain(self) -> None:
        """Let every bench stop measuring and deliver the rest, then end the cloud. FailedError for one that cannot."""
        benches = {name: self.running[name] for name in self.loads}
        for child in benches.values():
            child.terminate()
        for name, child in benches.items():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(DRAIN_S)
            if not self.last(name).get("drained"):
                raise FailedError(f"{name} could not deliver everything within {DRAIN_S:.0f} s: {self.last(name)}")
        self.end("cloud")

    def _url(self, port: int | None) -> str:
        return f"{'mqtt' if self.authority is None else 'mqtts'}://127.0.0.1:{port or self.port}"

    def _hardened(self, authority: Authority) -> Path:
        place = self.folder / "hardened"
        write(authority.folder, place, self.port, "127.0.0.1", _now())
        conf = place / "mosquitto.conf"
        if os.getuid() == 0:  # started by root it would become another user, who cannot enter this folder
            conf.write_text(conf.read_text(encoding="utf-8") + "user root\n", encoding="utf-8")
        return conf

    # --- what came of it -----------------------------------------------------------------------------------------
    def last(self, name: str) -> dict[str, Any]:
        """The last JSON line that a process has printed; empty when there is none."""
        found: dict[str, Any] = {}
        for found in json_lines(self.log(name)):  # noqa: B007 - the last one counts
            pass
        return found

    def told(self, name: str) -> list[Entry]:
        """What a bench wrote into its history so far."""
        return list(json_lines(Path(self.loads[name].history)))

    def look(self) -> float:
        """Open the database as its owner would after a crash, note how far it goes; seconds that the opening took.

        No cloud may be running.
        """
        started = time.monotonic()
        with Store(self.database) as store:
            opened_s = time.monotonic() - started
            for name in self.loads:
                for boot, (upto, _) in store.stored_boots(name).items():
                    self.looks.append({"what": "looked", "bench": name, "boot": boot, "upto": upto})
        return opened_s

    def history(self) -> list[Entry]:
        """What the benches wrote, then what the database holds. No cloud may be running."""
        written = [entry for name in self.loads for entry in self.told(name)]
        return [*written, *stored_entries(self.database)]


def _authority(folder: Path) -> Authority:
    """An authority with certificates for broker, cloud and one bench."""
    authority = create(folder, "soak", ["127.0.0.1"], _now())
    with authority.locked():
        authority.admit(Identity("bench", ADMITTED), _now())
    return authority


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def stored_entries(database: Path) -> list[Entry]:
    """The records of a database in the order of their commit, and the points in the order of their numbers."""
    with Store(database) as store:
        return record_entries(store) + point_entries(store)


def record_entries(store: Store) -> list[Entry]:
    """The records of a database in the order of their commit."""
    # one transaction is one moment: within it rows have no order (DuckDB's rowid does not follow the insert's)
    records = store.rows(
        # and the wall clock that stamped it may have been set back
        """SELECT bench, boot, first, count, kind, body FROM record
        ORDER BY min(rowid) OVER (PARTITION BY received_utc_s), bench, boot, first"""
    )
    return [
        {"what": "stored", "bench": bench, "boot": int(boot), "first": int(first), "count": int(count), "kind": kind,
         "digest": hashlib.sha256(bytes(body)).hexdigest()}
        for bench, boot, first, count, kind, body in records
    ]  # fmt: skip


def point_entries(store: Store) -> list[Entry]:
    """The points of a database in the order of their numbers."""
    # consecutive rows as one entry; a number that stands twice is in two islands, and so in two entries
    points = store.rows(
        """WITH numbered AS (SELECT bench, boot, seq, row_number() OVER (
            PARTITION BY bench, boot, seq ORDER BY rowid) AS copy FROM point),
        placed AS (SELECT *, seq - row_number() OVER (PARTITION BY bench, boot, copy ORDER BY seq) AS island
            FROM numbered)
        SELECT bench, boot, min(seq), count(*) FROM placed GROUP BY bench, boot, copy, island ORDER BY ALL"""
    )
    return [
        {"what": "point", "bench": bench, "boot": int(boot), "first": int(first), "count": int(count)}
        for bench, boot, first, count in points
    ]


def learnt_entries(store: Store) -> list[Entry]:
    """How runs ended, as their benches say, and which of them the campaigns of a database learnt from, as it keeps it.

    A run that is neither complete nor failed in the end is tried again and teaches nothing.
    """
    ends: list[Entry] = [
        {"what": "run", "run": run, "bench": bench, "outcome": outcome, "ranges": from_json(ranges)}
        for run, bench, outcome, ranges in store.rows(
            "SELECT run_id, bench, outcome, ranges FROM result WHERE run_id IS NOT NULL ORDER BY bench, boot, seq"
        )
    ]
    told = store.rows("SELECT run_id, outcome FROM run WHERE outcome IN ('complete', 'failed') ORDER BY run_id")
    return ends + [{"what": "trained", "run": run, "outcome": outcome} for run, outcome in told]


def write_history(path: Path, history: list[Entry]) -> None:
    """One entry a line, to be read by `json_lines`."""
    path.write_text("".join(json.dumps(entry) + "\n" for entry in history), encoding="utf-8")
