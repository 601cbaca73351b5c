"""The one thread that owns the database: everything else awaits its turn. And a second one that only reads."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from .store import Store

P = ParamSpec("P")
T = TypeVar("T")


class StoreThread:
    """A Store behind a single worker thread. `await store.call(Store.method, ...)`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._store = self._worker.submit(Store, path).result()
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")
        self._second = self._worker.submit(self._store.beside).result()  # now: later it would wait for a write

    async def call(self, method: Callable[Concatenate[Store, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What a method of Store, or a function that takes one first, returns; run on the store's thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, lambda: method(self._store, *args, **kwargs))

    async def read(self, method: Callable[Concatenate[Store, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `call`, of what only reads: on a thread of its own, beside the writes and not between them.

        It sees what was committed before it began. What a person wants to look at must not hold up a receipt.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reader, lambda: method(self._second, *args, **kwargs))

    def call_now(self, method: Callable[Concatenate[Store, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `call`, from another thread than the event loop's."""
        return self._worker.submit(lambda: method(self._store, *args, **kwargs)).result()

    def close(self) -> None:
        self._reader.submit(self._second.close).result()
        self._reader.shutdown()
        self._worker.submit(self._store.close).result()
        self._worker.shutdown()

    def __enter__(self) -> "StoreThread":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()
