"""The host's side of the bench I/O board: leases, bursts, and the status line that the board sends each 100 ms.

Readings: guard_c, water_lpm, door, pulses (scaled like the channels of those names), reflectance (1e-4), cell_c,
burst_left (pulses), lease_gate, lease_contactor, lease_shutter (ms left), armed, latched, fault (0 or 1).
Writes: gate, contactor, shutter (1 under a lease, 0 opens), burst (pulses, rate_mhz, burst_id) while the gate has one.
"""

import binascii

from adatom.protocol.errors import ProtocolError
from adatom.protocol.seal import arm_seal

from .base import UNTIL_SAFE, Driver, Exchange, first_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OUTPUTS = ("gate", "contactor", "shutter")
LEASE_MAX_MS = 1000  # the board's own limit
LINE_MAX = 64
RENEW_GATE_MS = 500  # lease that a burst starts with; the agent's next write renews it
SCALED = ("guard_c", "water_lpm", "reflectance", "cell_c")  # fields 5 to 8 of a status line, already scaled
FLAGS = (("armed", 1), ("latched", 2), ("door", 4), ("button", 8), ("fault", 16))


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE of bytes. The host's own: the board's firmware shares no code with this side."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
        crc &= 0xFFFF
    return crc


def line(text: str) -> bytes:
    """The bytes of a command line."""
    body = text.encode()
    return body + b"*%04X\n" % crc16(body)


class BenchIo(Driver):
    """Asks; the outputs live on the board. When a lease of this side ends it sends OPEN, which latches there."""

    ROLE = "io"
    PROTOCOL = "adatom-io"
    BAUD = 115200
    GAP_MS = 1
    STALE_MS = 500  # five status lines
    SAFE_WAIT_MS = 0  # replies name their command, so OPEN need not wait for the one under way
    START = (Exchange(line("ID"), "ID", 200, 3),)
    POLLS = (Exchange(line("STATE"), "STATE", 200, 2),)
    POLL_MS = 1000
    LEASED = OUTPUTS
    OPTIONS = (("key", "hex"),)
    UNCHANGED_MS = {"burst": UNTIL_SAFE}  # the same number again asks for nothing

    def __init__(self, key: str = "") -> None:
        """`key`: hex of the board's key, which re-arms it after a latched trip; else somebody presses its button."""
        Driver.__init__(self)
        self.key = binascii.unhexlify(key)
        self.lease_ms: "dict[str, int]" = {}  # output -> the lease its last write asked for
        self.nonce = ""
        self.state = ""

    # --- for the agent -----------------------------------------------------------------------------------------
    def write(self, name: str, value: "Any", now: int, lease_ms: int = 0) -> None:
        """As in the contract; a burst needs the gate's lease to be running, a lease longer than the board's is cut."""
        if name == "burst" and self.leases.get("gate", now) <= now:
            raise ProtocolError("burst: the gate has no lease")
        if name in OUTPUTS and not value:
            self._release(name, now)
            return
        if name in OUTPUTS:
            self.lease_ms[name] = min(lease_ms, LEASE_MAX_MS)
        Driver.write(self, name, value, now, min(lease_ms, LEASE_MAX_MS))

    def arm(self) -> None:
        """Ask the board to accept leases: its nonce is read, then quoted, and sealed where this side has the key.

        After a latched trip a board whose key is not known here wants its button pressed.
        """
        self.queue.append(Exchange(line("STATE"), "ARM?", 200, 3))

    def inject(self, kind: str) -> None:
        """Ask the board for a fault (off, stuck, garbage, wrong, none); it refuses while armed."""
        self.queue.append(Exchange(line("FAULT " + kind), "FAULT", 200, 2))

    # --- the contract ------------------------------------------------------------------------------------------
    def frame(self, buffer: bytearray) -> "tuple[bytes | None, int]":
        """The first line; empty ones are dropped."""
        line, used = first_line(buffer, b"\n")
        return line.strip() or None if line else None, used

    def answers(self, key: "Any", reply: bytes) -> bool:
        """Status lines come unasked and answers late: only an OK of its name or an ERR ends an exchange."""
        name = "STATE" if key == "ARM?" else key
        return reply.startswith((b"ERR ", b"OK " + name.encode()))

    def encode(self, name: str, value: "Any") -> "list[Exchange]":
        """The Exchanges of a write; ProtocolError for what the board does not have."""
        if name in OUTPUTS:
            lease = self.lease_ms.get(name, LEASE_MAX_MS) if value else 0
            return [Exchange(line("LEASE %s %d" % (name, lease)), "LEASE", 100, 2)]
        if name == "burst":
            pulses, rate_mhz, number = value
            if not 1 <= pulses <= 9999 or not 100 <= rate_mhz <= 100000:
                raise ProtocolError("burst = %d pulses at %d mHz: 1 to 9999 at 100 to 100000" % (pulses, rate_mhz))
            text = "PULSE %d %d %d" % (pulses, rate_mhz, number % 65535 + 1)
            lease = self.lease_ms.get("gate", RENEW_GATE_MS)  # writes are not ordered: the burst brings its own lease
            return [Exchange(line("LEASE gate %d" % lease), "LEASE", 100, 2), Exchange(line(text), "PULSE", 100, 3)]
        raise ProtocolError("%s: the bench I/O board has no such output" % name)

    def safe_exchanges(self) -> "list[Exchange]":
        """OPEN: all outputs, latched on the board."""
        return [Exchange(line("OPEN"), "OPEN", 100, 5)]

    def parse(self, key: "Any", reply: bytes, now: int) -> None:
        """Store a status line, or take the answer to a command."""
        words = _checked(reply)
        if words[0] == "S":
            self._status(words, now)
        elif words[0] == "ERR":
            raise ProtocolError("board refused %s: %s" % (key, " ".join(words[1:])))
        elif words[0] != "OK" or len(words) < 2:
            raise ProtocolError("not a reply: %r" % reply)
        elif words[1] == "ID":
            self.identity = " ".join(words[2:])
        elif words[1] == "STATE" and len(words) == 4:
            self.state, self.nonce = words[2], words[3]
            if key == "ARM?":
                seal = " " + arm_seal(self.key, self.nonce) if self.key else ""
                self.queue.insert(0, Exchange(line("ARM " + self.nonce + seal), "ARM", 200, 1))

    # --- inner -------------------------------------------------------------------------------------------------
    def _release(self, name: str, now: int) -> None:
        """Off needs no lease and ends the one there is; a board that is safe stays so."""
        safed = self.is_safed
        Driver.write(self, name, 0, now, LEASE_MAX_MS)
        self.leases.pop(name, None)
        self.is_safed = safed

    def _status(self, words: "list[str]", now: int) -> None:
        if len(words) != 12:
            raise ProtocolError("status line with %d fields" % len(words))
        try:
            leases = [int(word) for word in words[2:5]]
            flags = int(words[5], 16)
            readings = [None if word == "-" else int(word) for word in words[6:10]]
            counts = [int(word) for word in words[10:12]]
        except ValueError:
            raise ProtocolError("status line is no numbers: %r" % " ".join(words))
        for name, lease in zip(OUTPUTS, leases):
            self.store("lease_" + name, 10 * lease, now)
        for name, mask in FLAGS:
            self.store(name, 1 if flags & mask else 0, now)
        for name, value in zip(SCALED, readings):
            self.store(name, value, now, "" if value is not None else "the board's sensor does not answer")
        self.store("pulses", counts[0], now)
        self.store("burst_left", counts[1], now)


def _checked(reply: bytes) -> "list[str]":
    """The words of a line whose CRC is right, else ProtocolError."""
    body, star, tail = reply.partition(b"*")
    if len(reply) > LINE_MAX or not star or tail != b"%04X" % crc16(body):
        raise ProtocolError("wrong CRC: %r" % reply[:LINE_MAX])
    words = body.decode().split()  # with the CRC right this is what the board wrote: ASCII
    if not words:
        raise ProtocolError("empty reply")
    return words
