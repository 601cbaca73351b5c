"""Analysers' files become records of the run that they belong to: one small step a tick, nothing lost, nothing twice.

The folder is looked at in a thread of its own: a disk or a network share may take its time, the loop may not. A file is
remembered as taken only when its records are durable; a full journal makes it wait. CPython only.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from adatom.protocol.errors import FailedError

from .recorder import blob_parts, measurement_parts
from .station import Station
from .watched_folder import Found, WatchedFolder

LOOK_S = 2.0  # between two looks; a file must be the same at both
JOIN_S = 2.0  # a share that hangs must not keep the agent from ending
RETRY_MS = 5000  # after the journal took no more
PARTS_A_TICK = 4  # K: records of about 30 kB, a millisecond each
Part = tuple[str, dict[str, Any]]  # kind and fields of a record
BY_NAME, GOING_ON, LAST, NOBODY = "sample name", "run going on", "last run", "no run"


class Source(Protocol):
    """Where new files come from, one at a time."""

    def take(self) -> Found | None:
        """The next new file, once."""
        ...

    def done(self) -> None:
        """Its records are durable: remember it and go on."""
        ...

    def trouble(self) -> str:
        """Why no files come, "" when nothing is wrong."""
        ...


class FileIntake:
    """`tick` once a loop tick. `arrived` is told the technique of files that belong to the run going on."""

    def __init__(self, station: Station, source: Source, memory: Path, arrived: Callable[[str], None]) -> None:
        self.station = station
        self.source = source
        self.memory = memory  # the last run's name, for files that come after a restart
        self.arrived = arrived
        with contextlib.suppress(OSError):  # none yet
            before = memory.read_text(errors="replace").strip()[:64]
            station.recorder.last_run = station.recorder.last_run or before
        self.remembered_run = station.recorder.last_run
        self.found: Found | None = None
        self.parts: Iterator[Part] = iter(())  # of the file, still to record
        self.part: Part | None = None  # that the journal has not taken yet
        self.run = ""
        self.retry_ms = 0
        self.told_trouble = ""

    def tick(self, now: int) -> None:
        """The next step: take a file, record a piece of it, or hand it back as done."""
        self._remember_run()
        self._tell_trouble(now)
        if self.found is None:
            self._take(now)
        if self.found is None or now < self.retry_ms:
            return
        try:
            self._record(self.found, now)
        except (OSError, FailedError) as error:
            self.station.cannot_keep(now, error)
            self.retry_ms = now + RETRY_MS

    # --- inner -------------------------------------------------------------------------------------------------
    def _take(self, now: int) -> None:
        found = self.source.take()
        if found is not None and found.why:
            self.station.tell(now, "file_refused", {"file": found.name, "sha256": found.sha256, "why": found.why[:300]})
            self.source.done()
        elif found is not None:
            recorder = self.station.recorder
            self.found = found
            self.run, rule = run_of(found, recorder.run, self._film_exists(), recorder.last_run)
            self.parts = _parts(found, self.run, self._facts(found, rule))
            self.part = next(self.parts, None)

    def _record(self, found: Found, now: int) -> None:
        """Some parts; when all are durable, the file is taken."""
        recorder = self.station.recorder
        if self.part is None and recorder.is_durable:
            if self.run and self.run == recorder.run:
                self.arrived(found.measurements[0]["technique"])
            self.found = None
            self.source.done()
        for _ in range(PARTS_A_TICK):
            if self.part is None:
                return
            recorder.part(now, *self.part)
            self.part = next(self.parts, None)

    def _facts(self, found: Found, rule: str) -> dict[str, Any]:
        """What the bench adds to the meta of each measurement."""
        facts: dict[str, Any] = {"raw_sha256": found.sha256, "run_by": rule}
        if self.run != self.station.recorder.run:
            facts["late"] = 1  # the run has ended: its certificate does not list this record
        if self.station.simulated:
            facts["simulated"] = 1
        return facts

    def _film_exists(self) -> bool:
        return bool(self.station.agent.chamber.pulses)

    def _remember_run(self) -> None:
        last = self.station.recorder.last_run
        if last != self.remembered_run:
            self.remembered_run = last
            with contextlib.suppress(OSError):  # costs the name for files after a restart, nothing else
                self.memory.write_text(last + "\n")

    def _tell_trouble(self, now: int) -> None:
        trouble = self.source.trouble()
        if trouble != self.told_trouble:
            self.told_trouble = trouble
            self.station.tell(now, "folder_trouble", {"why": trouble[:300]})


def _parts(found: Found, run: str, facts: dict[str, Any]) -> Iterator[Part]:
    """Every record that a file becomes, the raw bytes first."""
    for fields in blob_parts(run, found.sha256, found.data):
        yield "blob", fields
    for one in found.measurements:
        for fields in measurement_parts(run, one["technique"], one["columns"], one["meta"] | facts):
            yield "measurement", fields


def run_of(found: Found, going_on: str, film_exists: bool, last: str) -> tuple[str, str]:
    """(run, rule): the run that the file names; else the one going on, once it has a film; else the last one."""
    named = [found.name.rsplit(".", 1)[0]] + [str(m["meta"].get("sample", "")) for m in found.measurements]
    for run in (going_on, last):
        if run and run in named:
            return run, BY_NAME
    if going_on and film_exists:
        return going_on, GOING_ON
    return (last, LAST) if last else ("", NOBODY)


class FolderThread:
    """A Source: looks at a watched folder in a thread of its own."""

    def __init__(self, folder: WatchedFolder) -> None:
        self.folder = folder
        self._found: Found | None = None
        self._given = False
        self._why = ""
        self._recorded = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="watched-folder", daemon=True)
        self._thread.start()

    def take(self) -> Found | None:
        """As in Source."""
        if self._found is None or self._given:
            return None
        self._given = True
        return self._found

    def done(self) -> None:
        """As in Source."""
        self._recorded.set()

    def trouble(self) -> str:
        """As in Source."""
        return self._why

    def close(self) -> None:
        """End the thread; a file in between comes again after the next start."""
        self._stop.set()
        self._recorded.set()
        self._thread.join(JOIN_S)

    def _work(self) -> None:
        while not self._stop.wait(LOOK_S):
            try:
                found = self.folder.look()
                self._why = ""
            except OSError as error:
                found, self._why = None, f"{error.filename}: {error.strerror}"
            if found is not None:
                self._offer(found)

    def _offer(self, found: Found) -> None:
        """Hold a file out until its records are durable, then remember it."""
        self._recorded.clear()
        self._given, self._found = False, found
        self._recorded.wait()
        self._found = None
        if self._stop.is_set():
            return
        try:
            self.folder.remember(found)
        except OSError as error:
            self._why = f"{error.filename}: {error.strerror}: a file may be taken again after a restart"
