"""The best of millions of candidates, scored in chunks on whatever runs them: this process, its cores, a cluster.

The answer does not depend on who runs what in which order. Must not know what the score means.
"""

import os
import pickle
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from adatom.cloud.optimize.arrays import Array, Indices
from adatom.cloud.optimize.search import CHUNK, Score, best_of_pool

SHARED_FROM = 300_000  # candidates from which starting processes pays: they take some seconds


class Executor(Protocol):
    """Who runs a function over chunks: the `map` of concurrent.futures, of Dask's `client.get_executor()`, of
    `ray.util.multiprocessing.Pool`, or of the classes below.

    Results come in the order of the chunks.
    """

    def map(self, function: Callable[[Any], Any], chunks: Iterable[Any], /) -> Iterable[Any]:
        """The function's results."""


class Serial:
    """This process, one chunk after another."""

    def map(self, function: Callable[[Any], Any], chunks: Iterable[Any], /) -> Iterator[Any]:
        """The function's results."""
        return map(function, chunks)


class Cores:
    """Processes of this machine, by joblib; the function and what it holds are sent to each."""

    def __init__(self, jobs: int = -1) -> None:
        """`jobs`: processes; -1 for one a core."""
        self.jobs = jobs

    def map(self, function: Callable[[Any], Any], chunks: Iterable[Any], /) -> Iterator[Any]:
        """The function's results, as they are ready; at most some chunks wait in memory."""
        from joblib import Parallel, delayed, parallel_config  # loads slowly, and nobody else needs it

        # one thread each: more of them than cores only wait, and the order of sums hangs on their number
        with parallel_config(backend="loky", inner_max_num_threads=1):
            results: Iterator[Any] = Parallel(n_jobs=self.jobs, return_as="generator")(
                delayed(function)(chunk) for chunk in chunks
            )
        return results


@dataclass(frozen=True)
class _Best:
    """The best of one chunk; a class, so that it can be sent to another process."""

    score: Score
    count: int

    def __call__(self, chunk: Array) -> tuple[Indices, Array]:
        scores = self.score(chunk)
        rows = best_of_pool(lambda _: scores, chunk, self.count, len(chunk))
        return rows, scores[rows]


def best_rows(score: Score, candidates: Array, count: int) -> Indices:
    """(count,) rows of the (m, d) candidates with the highest scores, best first; by all cores where that pays.

    A score that holds what cannot be sent to another process (a user's open file, say) stays in this one.
    """
    if len(candidates) >= SHARED_FROM and (os.cpu_count() or 1) > 1:
        with suppress(pickle.PicklingError):
            return screen(score, candidates, count, executor=Cores())[0]
    return screen(score, candidates, count, executor=Serial())[0]


def screen(
    score: Score, candidates: Array, count: int, *, executor: Executor | None = None, chunk: int = CHUNK
) -> tuple[Indices, Array]:
    """(rows, scores), (count,) each: the (m, d) candidates of the highest scores, best first; the earlier of equals.

    `executor` None: one process a core. The score must be picklable for executors of other processes (joblib takes
    closures too). Memory in this process: the candidates and `count` rows a chunk.
    """
    starts = range(0, len(candidates), chunk)
    parts = (executor or Cores()).map(_Best(score, count), (candidates[at : at + chunk] for at in starts))
    rows, scores = np.zeros(0, dtype=np.intp), np.zeros(0)
    for at, (found, values) in zip(starts, parts, strict=True):
        rows, scores = np.concatenate([rows, at + found]), np.concatenate([scores, values])
        best = np.argsort(-scores, kind="stable")[:count]
        rows, scores = rows[best], scores[best]
    return rows, scores
