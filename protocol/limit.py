"""How often something may be said: a token bucket. Pure, time passed in; what was not said is counted."""


class Limit:
    """`burst` at once, then one each `refill_ms`. `dropped` counts refusals since it was last set to 0."""

    def __init__(self, burst: int, refill_ms: int) -> None:
        self.burst = burst
        self.refill_ms = refill_ms
        self.tokens = burst
        self.since_ms: "int | None" = None  # the bucket is full up to the last token before this time
        self.dropped = 0

    def allow(self, now_ms: int) -> bool:
        """Whether one more may be said now; counts it as said or dropped."""
        if self.ready(now_ms):
            self.tokens -= 1
            return True
        self.dropped += 1
        return False

    def ready(self, now_ms: int) -> bool:
        """Whether one more might be said now; counts nothing."""
        if self.since_ms is None or self.tokens >= self.burst:
            self.since_ms = now_ms
        fresh = (now_ms - self.since_ms) // self.refill_ms
        if fresh > 0:
            self.tokens = min(self.burst, self.tokens + fresh)
            self.since_ms += fresh * self.refill_ms
        return self.tokens > 0
