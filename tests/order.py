"""In which order tests run beside each other, so that no processor idles and no worker is left alone at the end."""

from collections.abc import Sequence
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def dealt(waiting: Sequence[T], others: Sequence[T], workers: int) -> list[T]:
    """All tests, those that wait first in the shares of all workers but one, which computes meanwhile.

    `--dist worksteal` cuts the list into equal shares, one a worker, and lets who is done take from the others.
    """
    total, rest, ordered, hands = len(waiting) + len(others), iter(others), [], max(1, workers - 1)
    for worker in range(workers):
        size = (total - len(ordered)) // (workers - worker)
        first = waiting[worker::hands] if worker < hands else []
        ordered += [*first, *islice(rest, max(0, size - len(first)))]
    return [*ordered, *rest]
