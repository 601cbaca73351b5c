"""The fixed-rate loop of a real bench: serve the lines, read, decide, write; deadlines are absolute and counted.

All instruments share one thread: their drivers never block, so a loop turn costs what the bytes cost. Between ticks the
loop waits for bytes, and for nothing but the clock shortly before a deadline. Syncing and the network have threads of
their own. Late ticks are counted and published; outputs live under leases that do not care why.
"""

import gc
import logging
import select
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .clock import now_ms, sleep_ms
from .config import Bench, Port
from .control_socket import ControlSocket
from .file_intake import FileIntake, FolderThread
from .instruments import Instruments
from .keys import KeyFile
from .line_faults import LineFaults
from .link import Link
from .local_commands import LocalCommands
from .operator_steps import RigOperator
from .serial_port import SerialPort
from .station import Station
from .sync_worker import SyncWorker
from .tick_stats import TickStats
from .turn import SomebodyElse, Turn
from .watched_folder import WatchedFolder

STALE_US = 50000  # a tick later than this looks at the lines first
NETWORK_MS = 50  # between two looks at what is to be sent
WAIT_US = 5000  # longest wait for bytes: drivers have requests to send between ticks
GUARD_US = 1500  # so near to a deadline nothing else is begun
NETWORK_US = 4000  # what a batch of telemetry may cost to encode and hand over ...
NETWORK_LATEST_MS = 20  # ... for which a fast loop may have no room; an abort must not wait for it
FIGURES_MS = 60000  # a window of deadline statistics
COLLECT_MS = 10000  # between two runs of the garbage collector, right behind a tick
SAFE_MS = 1000  # at the end, for the bytes of the safe sequence
LOG = logging.getLogger(__name__)


class Loop:
    """One bench in real time. `step` is one turn; `run` turns until told to stop."""

    def __init__(
        self,
        bench: Bench,
        station: Station,
        drivers: dict[str, Any],
        ports: dict[str, Port],
        operator: RigOperator | SomebodyElse,
        cell: dict[str, float],
    ) -> None:
        self.period_us = 1000000 // bench.tick_hz
        self.station = station
        self.agent = station.agent
        self.instruments = Instruments(drivers, station.agent.envelope, bench.loops)
        lines = {role: SerialPort(ports[role].port, drivers[role]) for role in sorted(ports)}
        self.lines = list(lines.values())
        self.operator = operator
        self.commands = LocalCommands(station, self.status)
        self.faults = LineFaults(station.agent, lines, {role: port.driver for role, port in ports.items()})
        self.commands.add("fault", self.faults.order)
        self.control: ControlSocket | None = None  # opened by `run`: two agents must not share one
        self.sync: SyncWorker | None = None
        self.folder = bench.journal_dir
        files = ("xps",) if bench.xps_dir else ()
        self.turn = Turn(station, self.instruments, operator, bench.process, cell, files)
        self.key_file = KeyFile(bench.key_file, bench.bench)
        self.xps_dir = bench.xps_dir
        self.folder_thread: FolderThread | None = None  # started by `run`, as the control socket
        self.intake: FileIntake | None = None
        self.stats = TickStats()
        self.figures: dict[str, float] = {}  # of the last full window
        self.next_tick_us = _now_us()
        self.next_network_ms = self.next_collect_ms = 0
        self.next_figures_ms = now_ms() + FIGURES_MS

    @property
    def ticks(self) -> int:
        """Ticks since the start."""
        return self.stats.ticks

    def run(self, link: Link, stop: Callable[[], bool]) -> None:
        """Turn until `stop()` or a command to stop, then make everything safe and hang up."""
        self.open()
        try:
            while not stop() and not self.station.stopped:
                self.step(link)
        finally:
            self.shut_down()

    def open(self) -> None:
        """Begin: control socket, threads, lines. `shut_down` must follow."""
        self.control = ControlSocket(self.folder)
        if self.xps_dir:
            self._watch(Path(self.xps_dir), Path(self.folder))
        self.sync = SyncWorker(self.station.recorder)
        self.station.commit = self.sync.commit
        self.next_tick_us = _now_us() + self.period_us
        self._serve_lines(now_ms())  # opens them: what the first tick asks of a driver must not get lost in that

    def step(self, link: Link) -> None:
        """A tick when it is due, then whoever has something to say."""
        self._wait()
        now = now_ms()
        self.turn.wake(now)
        late_us = _now_us() - self.next_tick_us
        if late_us >= 0:
            if late_us > STALE_US:  # what is known is old, but the news has arrived meanwhile
                self._serve_lines(now, late=True)
            self._tick(now)
        if self.control is not None:
            self.control.service(lambda request: self.commands.carry_out(request, now))
        self.turn.settle(now)
        self._serve_lines(now)
        left_us = self.next_tick_us - _now_us()
        if now >= self.next_network_ms and (left_us > NETWORK_US or now > self.next_network_ms + NETWORK_LATEST_MS):
            self.next_network_ms = now + NETWORK_MS
            self.key_file.follow(self.station, now, now)
            link.carry(self.station, now, now)

    def status(self, now: int) -> dict[str, Any]:
        """What the agent does, JSON-ready: the answer to "status"."""
        station, agent = self.station, self.agent
        outcome, reason = agent.chamber.ended
        return {
            "bench": station.bench,
            "state": agent.state,
            "run": station.recorder.run,
            "waiting_for": agent.waiting_for,
            "missing_files": self.turn.measuring.missing_files,
            "remaining_s": agent.remaining_s(now),
            "last_run": {"outcome": outcome, "reason": reason},
            "last_trip": agent.last_trip,
            "simulated": station.simulated,
            "ticks": self.ticks,
            "late_ticks": self.stats.late,
            "missed_ticks": self.stats.missed,
            "lateness": self.figures or self.stats.figures(),
            "backlog": station.backlog,
            "trouble": station.trouble,
            "faults": self.faults.active(now),
            "safe_sequence": self.instruments.sequence.results,
            "missing": self.instruments.missing(now),
        }

    def _tick(self, now: int) -> None:
        late_us = _now_us() - self.next_tick_us
        missed = late_us // self.period_us
        self.stats.note(late_us, missed)
        self.station.late_ticks = self.stats.late
        # an absolute grid; after a long stall the ticks that were missed are not made up for
        self.next_tick_us += self.period_us * (missed + 1)
        self.turn.tick(now)
        if self.intake is not None:
            self.intake.tick(now)
        if now >= self.next_figures_ms:
            self._tell_figures(now)
        if now >= self.next_collect_ms:
            self.next_collect_ms = now + COLLECT_MS
            gc.collect()

    def _watch(self, folder: Path, journal: Path) -> None:
        self.folder_thread = FolderThread(WatchedFolder(folder, journal / "files_taken"))
        self.intake = FileIntake(self.station, self.folder_thread, journal / "last_run", self.turn.measuring.arrived)

    def _tell_figures(self, now: int) -> None:
        """Close the window of deadline statistics; during a run it is recorded."""
        self.next_figures_ms = now + FIGURES_MS
        self.figures = self.stats.take()
        if self.agent.busy:
            self.station.tell(now, "loop", dict(self.figures))

    def _serve_lines(self, now: int, late: bool = False) -> None:
        """Bytes both ways; what the next deadline leaves no time for is served behind it."""
        for line in self.lines:
            if not late and _now_us() >= self.next_tick_us:
                return
            line.service(now)

    def _wait(self) -> None:
        """Until bytes come, or a driver may have something to send, or a tick is due."""
        left_us = self.next_tick_us - _now_us()
        if left_us <= GUARD_US:
            time.sleep(max(0, left_us) / 1000000)
            return
        handles = [line.fileno() for line in self.lines if line.fileno() >= 0]
        if self.control is not None:
            handles += self.control.descriptors()
        select.select(handles, [], [], min(WAIT_US, left_us - GUARD_US) / 1000000)

    def shut_down(self) -> None:
        """Safe sequence, and the time for its bytes to leave; leases would end it all the same."""
        started = now_ms()
        self.instruments.safe(started)
        failed: list[tuple[str, str]] = []
        while now_ms() - started < SAFE_MS and self.instruments.sequence.left:
            for line in self.lines:
                line.service(now_ms())
            failed += self.instruments.sequence.check(now_ms())
            sleep_ms(WAIT_US // 1000)
        for step, why in failed:
            LOG.error("not known to be safe at the end: %s (%s)", step, why)
        for line in self.lines:
            line.close()
        if self.control is not None:
            self.control.close()
        if self.folder_thread is not None:
            self.folder_thread.close()
        self._close_journal()

    def _close_journal(self) -> None:
        if self.sync is not None:
            self.station.commit = self.station.recorder.commit
            self.station.offer(self.sync.close)
        self.station.close(now_ms())


def _now_us() -> int:
    return time.monotonic_ns() // 1000
