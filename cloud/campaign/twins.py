"""Simulated benches as child processes: started with the campaign, restarted when they die, ended with it.

The campaign talks to them over the broker like to any bench; nothing of the twin is imported here.
"""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from adatom.protocol.errors import FailedError

RESTARTS_MAX = 5
END_S = 10.0


@dataclass
class TwinProcess:
    """One simulated bench: how to start it."""

    bench: str
    envelope: Path
    world: int
    variant: str
    broker: str
    keys: Path
    folder: Path

    @property
    def command(self) -> list[str]:
        """The command line, without a shell."""
        return [
            sys.executable, "-m", "adatom.edge.command", "sim", "bench", self.bench,
            "--envelope", str(self.envelope), "--world", str(self.world), "--variant", self.variant,
            "--broker", self.broker, "--keys", str(self.keys), "--dir", str(self.folder), "--with-parent",
        ]  # fmt: skip

    async def keep(self) -> None:
        """Run it until cancelled. FailedError when it dies again and again."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for _ in range(RESTARTS_MAX):
            with (self.folder / "bench.log").open("ab") as log:
                child = await asyncio.create_subprocess_exec(*self.command, stdout=log, stderr=log)
            try:
                await child.wait()
            except asyncio.CancelledError:
                await _end(child)
                raise
        raise FailedError(f"the simulated bench {self.bench} ended {RESTARTS_MAX} times: see {self.folder}/bench.log")


@contextlib.asynccontextmanager
async def running(twins: Sequence[TwinProcess]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """The twins' tasks; all are ended on leaving."""
    tasks = [asyncio.create_task(twin.keep()) for twin in twins]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _end(child: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(child.wait(), END_S)
    except TimeoutError:
        child.kill()
        await child.wait()
