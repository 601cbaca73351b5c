"""Excimer laser Coherent COMPexPro / LPX / COMPex over RS-232.

Commands are never answered, so everything that matters is read back; a bare value does not say which question it
answers, so the questions alternate between numbers and words and a slipped reply shows as a format error. The laser's
host watchdog (TIMEOUT=ON) is kept on: it stops the laser when this driver falls silent.
"""

from adatom.protocol.errors import ProtocolError

from .base import UNTIL_SAFE, Driver, Exchange, first_line, scaled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

COMMAND_GAP_MS = 50  # pause that public drivers keep after a command
QUERY_MS = 500
MODES = ("OFF", "ON", "OFF,WAIT", "SKIP", "NEW FILL", "PASSIVATION FILL", "TRANSPORT FILL", "SAFETY FILL",
         "PURGE RESERVOIR", "FLUSHING", "HI", "PGR", "MANUAL FILL INERT", "LL OFF", "ENERGY CAL",
         "CAPACITY RESET", "CONT")  # fmt: skip
OFF, ON, STARTING, OTHER = range(4)  # values of the reading "laser_on"
HOST_SILENT = 31  # the host watchdog's trip
TRIPS = (
    (1, "interlock"),
    (3, "no gas flow"),
    (4, "watchdog, fatal"),
    (5, "fatal, data link"),
    (26, "low light, more than 30 % of the pulses missing"),
    (29, "memory check"),
    (30, "tube leak"),
    (HOST_SILENT, "host silent for too long"),
)


def command(text: str) -> Exchange:
    """The Exchange of a command; the laser never answers one."""
    return Exchange(text.encode() + b"\r", None, gap_ms=COMMAND_GAP_MS)


def query(name: str, tries: int = 2) -> Exchange:
    """The Exchange of a question; its key is the name."""
    return Exchange(name.encode() + b"?\r", name, QUERY_MS, tries)


class CompexPro(Driver):
    """Readings energy_mj (measured pulses only), newest_mj (sooner, perhaps a preset or 0), energy_set_mj, laser_on,
    laser_code, missed_pulses, laser_watchdog.

    Writes energy_mj and, under a lease, laser_on (1 = OPMODE=ON, 0 = OPMODE=OFF). Fills, SKIP, LL OFF and CAPACITY
    RESET are never sent. Connecting switches the laser off: a known state, and the way out of a watchdog trip.
    """

    ROLE = "laser"
    PROTOCOL = "compexpro"
    POLL_MS = 40  # 9600 baud: at most 25 questions a second
    LEASED = ("laser_on",)
    UNCHANGED_MS = {"laser_on": UNTIL_SAFE, "energy_mj": 1000}
    START = (
        command("TIMEOUT=OFF"),
        command("OPMODE=OFF"),
        command("TRIGGER=EXT"),
        command("TIMEOUT=ON"),
        query("TYPE OF LASER", 1),
    )
    # EGY before OPMODE, because it is a measurement only while the laser stays on, and never 120 ms without it: then
    # two pulses above the limit are the most that fall at 10 Hz. A reply that slips by one soon meets a word
    POLLS = (
        query("EGY"),
        query("OPMODE"),
        query("PULSE DIFF"),
        query("EGY"),
        query("OPMODE"),
        query("INTERLOCK"),
        query("EGY"),
        query("OPMODE"),
        query("EGY SET"),
        query("EGY"),
        query("OPMODE"),
        query("TIMEOUT"),
    )

    def __init__(self) -> None:
        Driver.__init__(self)
        self.interlocks = ""  # names of the open interlocks as the laser gives them
        self.was_on = False
        self.energy_read: "int | None" = None  # waits for the OPMODE reply behind it

    def frame(self, buffer: bytearray) -> "tuple[bytes | None, int]":
        return first_line(buffer, b"\r")

    def parse(self, key: "Any", reply: bytes, now: int) -> None:
        text = reply.decode().strip()
        if key is None:
            raise ProtocolError("a reply that nobody asked for: %r" % text)
        if text == "?":
            raise ProtocolError("the laser does not know %s" % key)
        if key == "OPMODE":
            self._opmode(text, now)
        elif key == "EGY":
            self.energy_read = scaled(text, 100)
            self.store("newest_mj", self.energy_read if self.was_on else None, now)
        elif key == "EGY SET":
            self.store("energy_set_mj", scaled(text, 100), now)
        elif key == "PULSE DIFF":
            self.store("missed_pulses", scaled(text, 1), now)
        elif key == "INTERLOCK":
            self._interlock(text, now)
        elif key == "TIMEOUT":
            self._watchdog(text, now)
        else:
            self.identity = _word(text, key)

    def encode(self, name: str, value: "Any") -> "list[Exchange]":
        if name == "energy_mj":
            if value < 50:  # EGY=0 would bring back the gas menu's default
                raise ProtocolError("energy_mj = %s: at least 1 mJ" % (value / 100))
            return [command("EGY=%d" % ((value + 50) // 100))]
        if name == "laser_on":
            if value not in (0, 1):
                raise ProtocolError("laser_on = %r: 0 or 1" % value)
            return [command("OPMODE=ON" if value else "OPMODE=OFF")]
        raise ProtocolError("the laser has no write %r" % name)

    def safe_exchanges(self) -> "list[Exchange]":
        return [command("OPMODE=OFF")]

    def safe(self, now: int) -> None:
        """OPMODE=OFF first; `is_safe` then waits for a reading of OPMODE that is newer."""
        if not self.is_safed:
            self.store("laser_on", None, now, "being switched off")
        Driver.safe(self, now)

    def is_safe(self, now: int) -> bool:
        return Driver.is_safe(self, now) and self.value("laser_on", now) == OFF

    def trip(self, now: int) -> str:
        """Why the laser stopped by itself, fit for a user; "" when it did not."""
        code = self.value("laser_code", now)
        if self.value("laser_on", now) != OFF:
            return ""
        for number, why in TRIPS:
            if number == code:
                return "laser off, code %d: %s %s" % (code, why, self.interlocks if code == 1 else "")
        return ""

    def _opmode(self, text: str, now: int) -> None:
        mode, _, code = text.partition(":")
        if mode not in MODES:
            raise ProtocolError("%r is not an operating mode" % text)
        number = scaled(code, 1) if code else 0
        state = OTHER if mode not in ("OFF", "ON", "OFF,WAIT") else MODES.index(mode)
        self.store("laser_on", state, now)
        self.store("laser_code", number, now)
        self._energy(state == ON, now)
        if number == HOST_SILENT and not self.start_left:
            # told in laser_code until the next reading, for `trip`; the laser itself takes no ON before this
            self.start_left = list(self.START)

    def _energy(self, is_on: bool, now: int) -> None:
        """EGY? is the last pulse while the laser is on, 0 between two pulses, and the preset while it is off."""
        if not is_on:
            self.store("energy_mj", None, now, "the laser is not on")
        elif self.was_on and self.energy_read:
            self.store("energy_mj", self.energy_read, now)
        elif not self.was_on:
            self.store("energy_mj", None, now, "no pulse yet")
        self.was_on = is_on
        self.energy_read = None

    def _interlock(self, text: str, now: int) -> None:
        names = [] if text == "NONE" else _word(text, "INTERLOCK").split(",")
        self.interlocks = ",".join(names)
        self.store("laser_interlocks", len(names), now)

    def _watchdog(self, text: str, now: int) -> None:
        if text not in ("ON", "OFF"):
            raise ProtocolError("%r is not an answer to TIMEOUT?" % text)
        self.store("laser_watchdog", 1 if text == "ON" else 0, now)
        if text == "OFF" and not self.start_left:
            self.queue.append(command("TIMEOUT=ON"))


def _word(text: str, key: str) -> str:
    """The text, when it reads as words; a slipped reply is a number."""
    try:
        float(text)
    except ValueError:
        return text
    raise ProtocolError("%r is not an answer to %s?" % (text, key))
