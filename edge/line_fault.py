"""A faulty serial line, as a filter of bytes between a driver and its instrument. Pure, seeded, no clock of its own.

It knows no protocol: a request is what the driver wrote at once, a reply is what comes back until the next request or
after a silence. What needs to know values (wrong, wrong_unit) is not here.
"""

KINDS = ("off", "stuck", "garbage", "slow", "delayed", "intermittent", "partial_frame")
MEANINGS = {
    "off": "silence both ways",
    "stuck": "each question is answered as it was the first time after the fault began",
    "garbage": "replies of the right length with random bytes, or with random digits where digits were",
    "slow": "bytes at a 16th of the line's speed, both ways",
    "delayed": "replies come 1 to 3 s late",
    "intermittent": "half of the replies are lost",
    "partial_frame": "replies end too early, anywhere",
}
SILENT_MEANINGS = {  # for an instrument that never answers: its orders suffer instead
    "off": "no order arrives",
    "stuck": "no order arrives",
    "garbage": "orders with random bytes, or with random digits where digits were",
    "slow": "bytes at a 16th of the line's speed",
    "delayed": "orders come 1 to 3 s late",
    "intermittent": "half of the orders are lost",
    "partial_frame": "orders end too early, anywhere",
}
SLOW_FACTOR = 16
DELAY_MS = (1000, 3000)
LOST_PCT = 50
QUIET_MS = 30  # bytes after a silence of this length are another reply
HELD_MAX = 4096  # pieces; a line that holds back more loses the rest
REMEMBERED = 64  # requests whose reply a stuck line repeats


class LineFault:
    """One fault on one line. `baud` is the line's sound speed; `answers` is whether the instrument ever does."""

    def __init__(self, kind: str, seed: int, baud: int = 9600, answers: bool = True) -> None:
        if kind not in KINDS:
            raise ValueError("%r is no fault of a line: %s" % (kind, ", ".join(KINDS)))
        self.kind = kind
        self.answers = answers
        self.byte_us = 10000000 * SLOW_FACTOR // baud
        self.outward: "list[tuple[int, bytes]]" = []  # (when in us, bytes) held back on their way to the instrument
        self.inward: "list[tuple[int, bytes]]" = []
        self.replies: "dict[bytes, bytes]" = {}  # of a stuck line
        self.asked: "list[bytes]" = []  # the keys of `replies`, oldest first
        self.request = b""
        self.heard_ms = -QUIET_MS
        self.recording = False
        self._state = (seed * 2654435761 + 1) & 0x3FFFFFFF
        self._next_reply()

    def to_instrument(self, data: bytes, now_ms: int) -> bytes:
        """What reaches the instrument now of what the driver wrote."""
        kind = self.kind
        if not data or kind == "off":
            return b""
        # an enquiry of one byte says nothing by itself: what it enquires about came before
        self.request = data if len(data) > 1 else self.request[-32:] + data
        self._next_reply()
        if kind == "slow":
            return self._slowed(self.outward, data, now_ms)
        return data if self.answers else self._spoilt(self.outward, data, now_ms)

    def from_instrument(self, data: bytes, now_ms: int) -> bytes:
        """What reaches the driver now of what the instrument said."""
        if not data or self.kind == "off" or not self.answers:
            return b""
        if now_ms - self.heard_ms > QUIET_MS:
            self._next_reply()
        self.heard_ms = now_ms
        if self.kind == "slow":
            return self._slowed(self.inward, data, now_ms)
        return self._spoilt(self.inward, data, now_ms)

    def tick(self, now_ms: int) -> "tuple[bytes, bytes]":
        """(to the instrument, to the driver): the bytes whose time has come."""
        return _due(self.outward, now_ms), _due(self.inward, now_ms)

    def due_ms(self) -> "int | None":
        """When `tick` next has something; None while nothing is held back."""
        times = [held[0][0] for held in (self.outward, self.inward) if held]
        return (min(times) + 999) // 1000 if times else None

    # --- inner -------------------------------------------------------------------------------------------------
    def _spoilt(self, held: "list[tuple[int, bytes]]", data: bytes, now_ms: int) -> bytes:
        kind = self.kind
        if kind == "stuck":
            return self._repeated(data) if self.answers else b""
        if kind == "garbage":
            return self._garbled(data)
        if kind == "delayed":
            late_ms = DELAY_MS[0] + self._random(DELAY_MS[1] - DELAY_MS[0])
            return self._hold(held, data, 1000 * (now_ms + late_ms))
        if kind == "intermittent":
            return b"" if self.lost else data
        return self._cut(data)

    def _next_reply(self) -> None:
        self.lost = self._random(100) < LOST_PCT
        self.digits_only = self._random(2) == 0
        self.begun = False

    def _repeated(self, data: bytes) -> bytes:
        """The recorded reply in place of this one; a question never heard before is answered and recorded."""
        if not self.begun:
            self.begun = True
            self.recording = self.request not in self.replies
            if not self.recording:
                return self.replies[self.request]
            self._remember()
        if not self.recording:
            return b""
        self.replies[self.request] += data
        return data

    def _remember(self) -> None:
        if len(self.asked) == REMEMBERED:
            del self.replies[self.asked.pop(0)]
        self.asked.append(self.request)
        self.replies[self.request] = b""

    def _garbled(self, data: bytes) -> bytes:
        if self.digits_only:
            return bytes([48 + self._random(10) if 48 <= byte < 58 else byte for byte in data])
        return bytes([self._random(256) for _ in data])

    def _cut(self, data: bytes) -> bytes:
        """A part of the reply's first bytes; nothing of what follows them."""
        first, self.begun = not self.begun, True
        return data[: self._random(len(data))] if first else b""

    def _slowed(self, held: "list[tuple[int, bytes]]", data: bytes, now_ms: int) -> bytes:
        at_us = max(1000 * now_ms, held[-1][0]) if held else 1000 * now_ms
        for place in range(len(data)):
            at_us += self.byte_us
            self._hold(held, data[place : place + 1], at_us)
        return b""

    def _hold(self, held: "list[tuple[int, bytes]]", data: bytes, at_us: int) -> bytes:
        """Keep bytes until a time, never before those that came earlier; nothing passes now."""
        if len(held) < HELD_MAX:
            held.append((max(at_us, held[-1][0]) if held else at_us, data))
        return b""

    def _random(self, count: int) -> int:
        self._state = (self._state * 1103515245 + 12345) & 0x3FFFFFFF
        return (self._state >> 10) % count


def _due(held: "list[tuple[int, bytes]]", now_ms: int) -> bytes:
    data = b""
    while held and held[0][0] <= 1000 * now_ms:
        data += held.pop(0)[1]
    return data
