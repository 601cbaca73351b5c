"""Whether a reading lives, and whether it is quieter than garbage: what every watcher asks of a sensor.

Part of the interlock: it shares no code and no filtered value with the controller.
"""

ALWAYS_MS = 1 << 29  # "never frozen": for readings that may stand still
NOISE_SHIFT = 4  # the mean of Jitter reaches over 2**4 readings
JITTER_CLIP = 4  # times its limit: what one reading may count, so that a single wild one is no fault

FRESH, STALE, FROZEN = 0, 1, 2


class Life:
    """Whether a reading lives: neither missing nor, where a sensor has noise, the same for long.

    A missing reading ages it by a tick, a valid one makes it younger by half a tick: a sensor that flickers is as dead
    as one that is gone.
    """

    def __init__(self, tick_ms: int, stale_ms: int, frozen_ms: int) -> None:
        self.younger_ms = tick_ms + tick_ms // 2
        self.stale_ms = stale_ms
        self.frozen_ms = frozen_ms
        self.start(0)

    def start(self, now: int) -> None:
        self.seen = self.moved = now
        self.last: "int | None" = None

    def check(self, now: int, value: "int | None") -> int:
        """FRESH, STALE or FROZEN."""
        if value is None:
            return STALE if now - self.seen > self.stale_ms else FRESH
        seen = self.seen + self.younger_ms
        self.seen = seen if seen < now else now
        if value != self.last:
            self.last = value
            self.moved = now
            return FRESH
        return FROZEN if now - self.moved > self.frozen_ms else FRESH


class Jitter:
    """Whether a reading jumps about: the mean of its second differences, which a ramp does not have, over a limit.

    A second difference of white noise has the mean 1.95 standard deviations.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.start()

    def start(self) -> None:
        self.older: "int | None" = None
        self.old: "int | None" = None
        self.sum = 0  # 2**NOISE_SHIFT times the mean

    def check(self, value: "int | None") -> bool:
        """Whether it does. A missing reading starts anew: what Life is for."""
        older, old = self.older, self.old
        self.older, self.old = old, value
        if value is None or old is None or older is None:
            return False
        bend = abs(value - old - old + older)
        bend = min(bend, JITTER_CLIP * self.limit)
        self.sum += bend - (self.sum >> NOISE_SHIFT)
        return self.sum > self.limit << NOISE_SHIFT
