"""A bench's agent on MicroPython: asyncio tasks around the core that Linux runs too. On a board, main.py is

    from adatom.edge.board.agent import main
    main("bench.json")

On a PC: `micropython -m adatom.edge.board.agent bench.json [--simulated] [--recipe FILE]`. It prints JSON lines; exit
code 0: it worked, 1: the recipe's run did not end complete, 2: wrong use or bad input.
"""

import asyncio
import gc
import json
import os
import sys

from adatom.edge.clock import Monotonic, watchdog
from adatom.edge.keys import KeyFile
from adatom.protocol.errors import FailedError, InputError
from adatom.protocol.seal import to_hex

from .transient import forget
from .uart import Line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from adatom.edge.config import Bench
    from adatom.edge.link import Link
    from adatom.edge.station import Station
    from adatom.edge.turn import Turn

QUOTA_BYTES = 192 * 1024  # K: of flash for records without a receipt; half an hour of a run
SEGMENT_BYTES = 4096  # a segment is read as a whole
START_GARBAGE = 4096  # bytes: more of it between what stays would leave no 14 KB in one piece for the table of names
BATCH_POINTS, BATCH_MS = 30, 10000  # K: flash wears with every commit
WINDOW = 8  # records in flight; twice as many are in memory
PACKET_MAX = 4096  # of the network: a command with a recipe has about 1 kB
READ_BYTES = 512  # of the network at once
LINE_MS = 2  # between two looks at the lines
NETWORK_MS = 50
LATE_MS = 10  # behind its deadline by more than this, a tick is late
SPIN_MS = 2  # asyncio wakes up to a millisecond late, so the rest of the way to a deadline is not slept
STUCK_MS = 1000  # a task that did not run for so long: the watchdog is not fed
WATCHDOG_MS = 8000
SAFE_MS = 1000  # for the bytes of the safe sequence to leave


class Board:
    """The tasks of one bench. `stop()` ends them; everything is made safe then."""

    def __init__(self, bench: "Bench", turn: "Turn", lines: "list[Line]", clock: Monotonic) -> None:
        self.period_ms = 1000 // bench.tick_hz
        self.turn = turn
        self.station: "Station" = turn.station
        self.lines = lines
        self.clock = clock
        self.dog = watchdog(WATCHDOG_MS)
        self.key_file = KeyFile(bench.key_file, bench.bench)
        self.link: "Link | None" = None
        self.over = False
        self.once = False  # end with the run
        self.ticks = 0
        self.lines_ms = 0
        self.tasks: "list[Any]" = []
        self.said = ("", "")

    async def run(self) -> None:
        """Until the bench is told to stop."""
        self.tasks = [asyncio.create_task(task) for task in (self._lines(), self._network())]
        try:
            await self._control()
        finally:
            for task in self.tasks:
                task.cancel()
            await self._shut_down()

    async def _lines(self) -> None:
        while True:
            self.lines_ms = now = self.clock.now()
            self.turn.wake(now)
            for line in self.lines:
                line.service(now)
            await asyncio.sleep_ms(LINE_MS)  # type: ignore[attr-defined]  # MicroPython's

    async def _network(self) -> None:
        while True:
            now = self.clock.now()
            self.key_file.follow(self.station, now, now)
            if self.link is not None:
                self.link.carry(self.station, now, now)
            else:
                self.station.keep(now)
            self.turn.settle(now)
            await asyncio.sleep_ms(NETWORK_MS)  # type: ignore[attr-defined]

    async def _control(self) -> None:
        await asyncio.sleep_ms(LINE_MS)  # type: ignore[attr-defined]  # lines open first: an opened driver forgets
        deadline = self.clock.now()
        while not self.over and not self.station.stopped:
            now = self.clock.now()
            deadline = self.begin(deadline, now)
            self.turn.tick(now)
            self._tell()
            for task in self.tasks:
                if task.done():  # only an error ends one: it ends the agent too, and everything is made safe
                    await task
            if now - self.lines_ms < STUCK_MS:
                self.dog.feed()
            forget()
            gc.collect()  # here, where the longest pause until the next deadline begins
            await asyncio.sleep_ms(max(0, deadline - SPIN_MS - self.clock.now()))  # type: ignore[attr-defined]
            while self.clock.now() < deadline:
                pass

    def begin(self, deadline: int, now: int) -> int:
        """Count a tick that begins now; the next deadline, those that have passed meanwhile left out."""
        if now - deadline > LATE_MS:
            self.station.late_ticks += 1
        self.ticks += 1
        return deadline + self.period_ms * ((now - deadline) // self.period_ms + 1)

    def _tell(self) -> None:
        agent = self.station.agent
        self.over = self.over or (self.once and not agent.busy)
        now_is = (agent.state, agent.waiting_for)
        if now_is != self.said:
            self.said = now_is
            why = agent.chamber.ended[1] if agent.state == "fault" else ""
            say({"state": now_is[0], "please": now_is[1], "run": self.station.recorder.run, "reason": why})

    async def _shut_down(self) -> None:
        """Safe sequence, and the time for its bytes to leave; leases would end it all the same."""
        instruments = self.turn.instruments
        started = now = self.clock.now()
        instruments.safe(now)
        while now - started < SAFE_MS and instruments.unsafe(now):
            for line in self.lines:
                line.service(now)
            await asyncio.sleep_ms(LINE_MS)  # type: ignore[attr-defined]
            now = self.clock.now()
        outcome, reason = self.station.agent.chamber.ended
        say({"outcome": outcome, "reason": reason, "not_safe": instruments.unsafe(now), "ticks": self.ticks,
             "late_ticks": self.station.late_ticks, "simulated": self.station.simulated})  # fmt: skip
        for line in self.lines:
            line.close()
        self.station.close(now)
        if self.link is not None:
            self.link.close()


def wire(path: str, simulated: bool) -> "tuple[Board, Bench]":
    """The Board of a bench file, everything checked before anything is energised."""
    from adatom.edge.config import load_bench
    from adatom.edge.instruments import Instruments, make_drivers
    from adatom.edge.turn import SomebodyElse, Turn

    gc.threshold(START_GARBAGE)  # type: ignore[attr-defined]  # MicroPython's
    bench = load_bench(path)
    clock = Monotonic()
    station = _station(bench, simulated)
    drivers = make_drivers(bench.ports)
    instruments = Instruments(drivers, station.agent.envelope, bench.loops)
    turn = Turn(station, instruments, SomebodyElse(simulated), bench.process, {})
    lines = [Line(bench.ports[role].port, drivers[role]) for role in sorted(bench.ports)]
    gc.threshold(-1)  # type: ignore[attr-defined]  # from here on a collection has its place in the tick
    return Board(bench, turn, lines, clock), bench


def _station(bench: "Bench", simulated: bool) -> "Station":
    from adatom.edge.agent import Agent
    from adatom.edge.envelope_note import check_note, write_note
    from adatom.edge.journal import Journal, draw_first_boot
    from adatom.edge.keys import load_keys
    from adatom.edge.recorder import Recorder
    from adatom.edge.station import Station
    from adatom.protocol.envelope import envelope_hash, load_envelope

    with open(bench.envelope) as file:
        text = file.read()
    digest = envelope_hash(text)
    envelope = load_envelope(text, bench.envelope)
    if envelope["bench"] != bench.bench:
        raise InputError(bench.envelope, "is the envelope of bench %r, not of %r" % (envelope["bench"], bench.bench))
    noted = check_note(bench.journal_dir, digest, bench.envelope)
    agent = Agent(bench, envelope, digest)
    first_boot = draw_first_boot(os.urandom(4))
    journal = Journal(bench.journal_dir, QUOTA_BYTES, SEGMENT_BYTES, first_boot)
    if not noted:
        write_note(bench.journal_dir, digest)
    recorder = Recorder(bench.bench, journal, BATCH_POINTS, BATCH_MS, bench.thin)
    keys = load_keys(bench.key_file, bench.bench)
    salt = to_hex(os.urandom(8))
    station = Station(bench.bench, agent, recorder, keys, salt, digest, simulated, 1000 // bench.telemetry_hz, WINDOW)
    station.recover(0)
    return station


def _linked(board: Board, bench: "Bench") -> "Link":
    from adatom.edge.keys import broker_password
    from adatom.edge.link import Link

    from .dial import Dialer

    agent = board.station.agent
    files = (bench.ca_file, bench.cert_file, bench.cert_key_file)
    dialer = Dialer(bench.broker, files, lambda: not agent.busy, board.clock.now)
    link = Link(dialer, bench.bench, PACKET_MAX, READ_BYTES)
    link.client.user, link.client.password = bench.user, broker_password(bench.password_file)
    return link


def _start_recipe(board: Board, path: str) -> None:
    """Start a recipe of a file as soon as the door is known to be closed."""
    from adatom.protocol.recipe import recipe_from_dict

    try:
        with open(path) as file:
            recipe = recipe_from_dict(json.loads(file.read()))
    except (OSError, ValueError) as error:
        raise InputError(path, "is no recipe: %s" % error)
    name = path[path.rfind("/") + 1 :].split(".")[0][:40]
    reasons = board.station.start_local(recipe, name, board.clock.now())
    if reasons:
        raise InputError(path, "; ".join(reasons))
    board.once = True
    board.turn.operator.at_once = board.turn.operator.simulated


def say(fields: "dict[str, Any]") -> None:
    """One JSON line, without what is empty."""
    print(json.dumps({name: fields[name] for name in fields if fields[name] not in ("", [])}))


def main(path: str, simulated: bool = False, recipe: str = "") -> None:
    """Drive a bench until it is told to stop, or with a recipe's file until that run ends: FailedError if not well."""
    board, bench = wire(path, simulated)
    board.link = _linked(board, bench)
    if recipe:
        _start_recipe(board, recipe)
    asyncio.run(board.run())
    outcome, reason = board.station.agent.chamber.ended
    if recipe and outcome != "complete":
        raise FailedError("the run ended %s: %s" % (outcome or "before its time", reason or "stopped"))


def _arguments(words: "list[str]") -> "tuple[str, bool, str]":
    """(bench file, whether it is simulated, recipe file or "") of the command line."""
    simulated = "--simulated" in words
    words = [word for word in words if word != "--simulated"]
    recipe = ""
    if "--recipe" in words:
        place = words.index("--recipe")
        recipe = words[place + 1] if len(words) > place + 1 else ""
        words = words[:place] + words[place + 2 :]
    if len(words) != 1 or words[0].startswith("-"):
        raise InputError("arguments", "must be BENCH.json [--simulated] [--recipe FILE]")
    return words[0], simulated, recipe


if __name__ == "__main__":
    try:
        main(*_arguments(sys.argv[1:]))
    except InputError as error:
        say({"error": str(error)})
        sys.exit(2)
    except FailedError as error:
        say({"error": str(error)})
        sys.exit(1)
