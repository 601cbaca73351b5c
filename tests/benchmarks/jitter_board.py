"""Runs under MicroPython: how late a board's ticks come, beside a bare absolute-deadline loop in the same process.

BENCH RECIPE LOAD WINDOWS SECONDS. Windows of both alternate; the agent's are the real tasks of edge/board/agent.py over
real lines, at the start of a run. A deadline that was skipped counts too, as late as the tick that stood in for it.
Prints one JSON row per loop in the form of jitter.py, which calls it.
"""

import asyncio
import json
import sys
import time

from adatom.edge.board import agent as shell
from adatom.edge.tick_stats import TickStats
from adatom.protocol.recipe import recipe_from_dict

SETTLE_MS = 1500  # after an abort, until everything is safe
BEGIN_MS = 200  # of a run, before its ticks count


class Timed(shell.Board):
    """A board that notes how late its ticks come while it has statistics."""

    stats = None

    def begin(self, deadline, now):
        if self.stats is not None:
            due_us = (self.clock._last + deadline - now) * 1000  # both clocks of the unix port are one
            note(self.stats, time.ticks_us() - due_us, self.period_ms * 1000)
        return super().begin(deadline, now)


def note(stats, late, period_us):
    """Count a tick, and the deadlines that it stands in for; returns how many those are."""
    missed = max(0, late // period_us)
    stats.note(late, missed)
    for number in range(1, missed + 1):
        stats.note(late - number * period_us, 0)
    return missed


def bare(stats, ticks, hz):
    """The least that a fixed-rate loop can be: sleep until the deadline, note how late it is."""
    period_us = 1000000 // hz
    deadline = time.ticks_add(time.ticks_us(), period_us)
    while ticks > 0:
        time.sleep_us(max(0, time.ticks_diff(deadline, time.ticks_us())))
        passed = 1 + note(stats, time.ticks_diff(time.ticks_us(), deadline), period_us)
        deadline = time.ticks_add(deadline, passed * period_us)
        ticks -= passed


async def window(board, recipe, stats, seconds):
    """A window of the agent's loop at the start of a run; making it safe again is not counted."""
    board.over = False
    board.turn.turned_ms = None  # it stood still on purpose
    board.tasks = [asyncio.create_task(task) for task in (board._lines(), board._network())]
    control = asyncio.create_task(board._control())
    await asyncio.sleep_ms(SETTLE_MS)
    if board.station.agent.state == "fault":
        board.station.agent.rearm(board.clock.now())
    reasons = board.station.start_local(recipe, "jitter", board.clock.now())
    if reasons:
        raise OSError("; ".join(reasons))
    await asyncio.sleep_ms(BEGIN_MS)
    board.stats = stats
    await asyncio.sleep_ms(1000 * seconds)
    board.stats = None
    board.station.agent.abort(board.clock.now(), "end of a window")
    await asyncio.sleep_ms(SETTLE_MS)
    board.over = True
    await control
    for task in board.tasks:
        task.cancel()


async def measure(board, recipe, windows, seconds):
    """{loop: statistics} of alternating windows."""
    found = {"bare": TickStats(), "adatom": TickStats()}
    hz = 1000 // board.period_ms
    for number in range(windows):
        print(f"window {number + 1} of {windows}", file=sys.stderr)
        bare(found["bare"], seconds * hz, hz)
        await window(board, recipe, found["adatom"], seconds)
    board.over = True
    await board.run()  # nothing but its end: everything safe and closed
    return found


def main(bench, recipe, load, windows, seconds):
    """Print a row for each loop, after what the board says."""
    shell.Board = Timed
    board, described = shell.wire(bench, True)
    board.link = shell._linked(board, described)
    with open(recipe) as file:
        wanted = recipe_from_dict(json.loads(file.read()))
    found = asyncio.run(measure(board, wanted, windows, seconds))
    version = "MicroPython " + ".".join(map(str, sys.implementation.version[:3]))
    for name in ("bare", "adatom"):
        figures = found[name].figures()
        row = {"loop": name, "load": load, "interpreter": version, "hz": 1000 // board.period_ms,
               "n": figures.pop("ticks")}  # fmt: skip
        row.update(figures)
        print(json.dumps(row))


main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
