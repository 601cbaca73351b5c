"""An asyncio event loop on the scheduler's clock: the cloud's coroutines run in it as they are.

What a thread would do is done at one moment, after a time that chance gives; so a death can fall before it, or between
it and whoever waits for it. Only what the product uses is here; anything else raises NotImplementedError.
"""

import asyncio
import contextvars
import random
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from .scheduler import MS, Life, S, Scheduler

WORK_US = (1 * MS, 20 * MS)  # of a call on another thread
WAKE_US = (20, 2 * MS)  # from its end until the loop knows


class VirtualLoop(asyncio.AbstractEventLoop):
    """One process's loop. `kill` ends it as SIGKILL does: nothing that it wanted happens any more."""

    def __init__(self, scheduler: Scheduler, life: Life, chance: random.Random) -> None:
        self.scheduler = scheduler
        self.life = life
        self.chance = chance
        self.errors: list[str] = []  # what nobody awaited
        self._tasks: list[asyncio.Task[Any]] = []
        self._busy_us: dict[int, int] = {}  # executor -> until when
        self._last: deque[asyncio.Handle] | None = None  # of a dead process

    def kill(self) -> None:
        """Die; then unwind the coroutines where nobody can see it."""
        self.life.alive = False
        self._last = deque()
        for task in self._tasks:
            task.cancel()
        while self._last:
            self._do(self._last.popleft())

    def time(self) -> float:
        return self.scheduler.now_us / S

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        if self._last is not None:
            self._last.append(handle)
        else:
            self.scheduler.soon(self.life, lambda: self._do(handle))
        return handle

    call_soon_threadsafe = call_soon  # type: ignore[assignment]

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        # rounded up: whoever waits until a deadline must not wake just before it, again and again
        self.scheduler.at(int(when * S) + 1, self.life, lambda: self._do(handle))
        return handle

    def create_future(self) -> "asyncio.Future[Any]":
        return asyncio.Future(loop=self)

    def create_task(  # type: ignore[override]
        self, coro: Coroutine[Any, Any, Any], *, name: str | None = None, context: contextvars.Context | None = None
    ) -> "asyncio.Task[Any]":
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self, name=name, context=context)
        self._tasks = [one for one in self._tasks if not one.done()] + [task]
        return task

    def run_in_executor(  # type: ignore[override]
        self, executor: object, func: Callable[..., Any], *args: Any
    ) -> "asyncio.Future[Any]":
        """Calls of one executor follow each other; without one they do not wait for each other."""
        done = self.create_future()
        if not self.life.alive:
            done.cancel()
            return done
        now_us = self.scheduler.now_us
        start_us = now_us if executor is None else max(now_us, self._busy_us.get(id(executor), 0))
        end_us = start_us + self.chance.randint(*WORK_US)
        self._busy_us[id(executor)] = end_us
        self.scheduler.at(end_us, self.life, lambda: self._work(done, lambda: func(*args)))
        return done

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return self.life.alive

    def is_closed(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """What no coroutine caught; a dead process has nobody to tell."""
        if self.life.alive:
            self.errors.append(f"{context.get('message')}: {context.get('exception')!r}")

    # --- inner ---------------------------------------------------------------------------------------------------
    def _work(self, done: "asyncio.Future[Any]", call: Callable[[], Any]) -> None:
        try:
            value, error = call(), None
        except Exception as raised:
            value, error = None, raised
        if not self.life.alive:
            return  # the call was the last that it did
        self.scheduler.after(self.chance.randint(*WAKE_US), self.life, lambda: self._tell(done, value, error))

    def _tell(self, done: "asyncio.Future[Any]", value: Any, error: Exception | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(value)
        else:
            done.set_exception(error)

    def _do(self, handle: asyncio.Handle) -> None:
        if handle.cancelled():
            return
        asyncio._set_running_loop(self)
        try:
            handle._run()
        finally:
            asyncio._set_running_loop(None)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """asyncio tells of timers that were cancelled; they are skipped when their time comes."""
