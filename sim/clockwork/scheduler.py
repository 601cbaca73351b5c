"""One virtual clock and one order of events for everything that is simulated. It knows nothing of what the events do.

Time is in whole microseconds. Of events of one moment the one that was asked for first comes first, so a history is a
function of its seed alone. Whatever belongs to a process that died does not happen any more.
"""

import heapq
import random
from collections import deque
from collections.abc import Callable

S = 1_000_000
MS = 1_000
FOREVER = 1 << 62

Action = Callable[[], object]


class Life:
    """A process between its start and its death. Frozen it is there and does nothing until it thaws."""

    def __init__(self) -> None:
        self.alive = True
        self.frozen_until_us = 0


class Scheduler:
    """`after` and `at` ask for events, `run` lets them happen. `chance` gives one source of chance for each purpose."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.now_us = 0
        self.events = 0
        self._heap: list[tuple[int, int, Life, Action]] = []
        self._soon: deque[tuple[Life, Action]] = deque()
        self._number = 0

    def chance(self, purpose: str) -> random.Random:
        """Chance of its own, so that one more draw here changes nothing there."""
        return random.Random(f"{self.seed} {purpose}")

    def at(self, when_us: int, life: Life, action: Action) -> None:
        """Let something happen at a time, or now if that is over."""
        self._number += 1
        heapq.heappush(self._heap, (max(when_us, self.now_us), self._number, life, action))

    def after(self, delay_us: int, life: Life, action: Action) -> None:
        self.at(self.now_us + delay_us, life, action)

    def soon(self, life: Life, action: Action) -> None:
        """Let something happen now, before time goes on."""
        self._soon.append((life, action))

    def run(self, until_us: int, stop: Callable[[], bool] = lambda: False) -> None:
        """Everything up to a time, or until `stop` says so after an event."""
        heap, soon, pop, push = self._heap, self._soon, heapq.heappop, heapq.heappush
        while soon or (heap and heap[0][0] <= until_us):
            if soon:
                life, action = soon.popleft()
                if life.alive and life.frozen_until_us > self.now_us:
                    self.at(life.frozen_until_us, life, action)
                    continue
            else:
                when_us, number, life, action = pop(heap)
                if life.alive and life.frozen_until_us > when_us:
                    push(heap, (life.frozen_until_us, number, life, action))
                    continue
                self.now_us = when_us if life.alive else self.now_us
            if life.alive:
                self.events += 1
                action()
                if stop():
                    return
        self.now_us = max(self.now_us, until_us)
