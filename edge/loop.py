"""The fixed-rate loop of a real bench: serve the lines, read, decide, write; deadlines are absolute and counted.

All instruments share one thread: their drivers never block, so a loop turn costs what the bytes cost. Between ticks the
loop waits for bytes. A tick that comes late is counted and published; outputs live under leases that do not care why.
"""

import logging
import select
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .clock import now_ms, sleep_ms
from .config import Bench, Port
from .control_socket import ControlSocket
from .file_intake import FileIntake, FolderThread
from .instruments import Instruments
from .line_faults import LineFaults
from .link import Link
from .local_commands import LocalCommands
from .operator_steps import RigOperator
from .serial_port import SerialPort
from .station import Station
from .turn import SomebodyElse, Turn
from .watched_folder import WatchedFolder

LATE_MS = 10  # behind its deadline by more than this, a tick is late
NETWORK_MS = 50  # between two looks at the network
WAIT_MS = 5  # longest wait for bytes: drivers have requests to send between ticks
REALTIME_PRIORITY = 20
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
        self.period_ms = 1000 // bench.tick_hz
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
        self.folder = bench.journal_dir
        files = ("xps",) if bench.xps_dir else ()
        self.turn = Turn(station, self.instruments, operator, bench.process, cell, files)
        self.xps_dir = bench.xps_dir
        self.folder_thread: FolderThread | None = None  # started by `run`, as the control socket
        self.intake: FileIntake | None = None
        self.ticks = 0
        self.next_tick_ms = now_ms()
        self.next_network_ms = 0

    def run(self, link: Link, stop: Callable[[], bool]) -> None:
        """Turn until `stop()` or a command to stop, then make everything safe and hang up."""
        self.control = ControlSocket(self.folder)
        if self.xps_dir:
            self._watch(Path(self.xps_dir), Path(self.folder))
        self.next_tick_ms = now_ms()
        try:
            while not stop() and not self.station.stopped:
                self.step(link)
        finally:
            self._shut_down()

    def step(self, link: Link) -> None:
        """Bytes, then a tick or the network when one of them is due."""
        self._wait()
        now = now_ms()
        for line in self.lines:
            line.service(now)
        if now >= self.next_tick_ms:
            self._tick(now)
        if self.control is not None:
            self.control.service(lambda request: self.commands.carry_out(request, now))
        if now >= self.next_network_ms:
            self.next_network_ms = now + NETWORK_MS
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
            "simulated": station.simulated,
            "ticks": self.ticks,
            "late_ticks": station.late_ticks,
            "backlog": station.backlog,
            "trouble": station.trouble,
            "faults": self.faults.active(),
            "missing": self.instruments.missing(now),
        }

    def _tick(self, now: int) -> None:
        if now - self.next_tick_ms > LATE_MS:
            self.station.late_ticks += 1
        self.ticks += 1
        # an absolute grid; after a long stall the ticks that were missed are not made up for
        self.next_tick_ms += self.period_ms * ((now - self.next_tick_ms) // self.period_ms + 1)
        self.turn.tick(now)
        if self.intake is not None:
            self.intake.tick(now)

    def _watch(self, folder: Path, journal: Path) -> None:
        self.folder_thread = FolderThread(WatchedFolder(folder, journal / "files_taken"))
        self.intake = FileIntake(self.station, self.folder_thread, journal / "last_run", self.turn.measuring.arrived)

    def _wait(self) -> None:
        left = max(0, min(WAIT_MS, self.next_tick_ms - now_ms()))
        handles = [line.fileno() for line in self.lines if line.fileno() >= 0]
        if self.control is not None:
            handles += self.control.descriptors()
        if handles:
            select.select(handles, [], [], left / 1000)
        else:
            sleep_ms(left)

    def _shut_down(self) -> None:
        """Safe sequence, and the time for its bytes to leave; leases would end it all the same."""
        started = now_ms()
        self.instruments.safe(started)
        while now_ms() - started < 1000 and self.instruments.unsafe(now_ms()):
            for line in self.lines:
                line.service(now_ms())
            sleep_ms(WAIT_MS)
        left = self.instruments.unsafe(now_ms())
        if left:
            LOG.error("not known to be safe at the end: %s", ", ".join(left))
        for line in self.lines:
            line.close()
        if self.control is not None:
            self.control.close()
        if self.folder_thread is not None:
            self.folder_thread.close()
        self.station.close(now_ms())
