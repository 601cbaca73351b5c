"""Temperature controller Lake Shore 335 / 336 / 350 on its USB port: lines of text, 57600 7O1.

Commands are never answered, so each goes out together with `*ESR?`, whose answer tells whether it was taken. Direct
mode: open loop, the agent writes the manual output. Supervised: closed loop, the agent writes set-point and ramp.
Power is limited by the output's range alone: full, a tenth or a hundredth.
"""

from adatom.protocol.errors import ProtocolError

from .base import Driver, Exchange, first_line, scaled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

INPUTS = "ABCD"
CLOSED_LOOP, OPEN_LOOP = "1", "3"
OFF = "0"
RANGES = (("3", 1.0), ("2", 0.1), ("1", 0.01), ("0", 0.0))  # with their share of full power
AUTO = ("limit_w", "ramp_c_min", "setpoint_c", "heater_auto")
CURRENT = "1"  # HTRSET: percentages of the output are of current, so power goes with their square
COMMAND_ERROR, EXECUTION_ERROR = 32, 16
READING_BITS = ((1, "invalid reading"), (16, "under range"), (32, "over range"), (64, "sensor units zero"),
                (128, "sensor units over range"))  # fmt: skip
LOAD = {"0": "", "1": "heater load open", "2": "heater load shorted"}
ZERO_CC = 27315  # 0 °C in 0.01 K
ZEROS = {"1": ZERO_CC, "2": 0}  # by the unit of INTYPE; 3 is sensor units
HOTTEST_CK = 200000  # more than any of its thermocouples measures
RAMP_CC_MIN = (10, 10000)  # 0.1 to 100 K/min, and 0 for none; what is asked for beyond gets the nearest
REPLY_MS = 300
FIELDS = {"pv": 2, "output": 5, "setup": 2, "write": 1, "identity": 1}  # answers of one line, joined by ;


class Lakeshore336(Driver):
    """Readings heater_c, heater_w (output at the moment), setpoint_c (ramping), heater_manual (1 in open loop).

    Writes, all under a lease: heater_w (manual output); or limit_w (most power), ramp_c_min (0 = no limit), setpoint_c
    and heater_auto (1), which waits for the set-point. `channel` is the input of the thermocouple, `full_power_w` the
    power at 100 % in the high range of output 1.
    """

    ROLE = "heater"
    PROTOCOL = "lakeshore336"
    BAUD = 57600
    FRAME = "7O1"
    GAP_MS = 50  # the manual wants 50 ms between messages
    LEASED = ("heater_w",) + AUTO
    OPTIONS = (("full_power_w", "number", 1, 10000), ("channel", "word", INPUTS))
    UNCHANGED_MS = {"heater_w": 1000, "ramp_c_min": 5000, "setpoint_c": 5000, "heater_auto": 1000}

    def __init__(self, full_power_w: float = 220.0, channel: str = "A") -> None:
        self.full_power_w = full_power_w
        self.number = INPUTS.index(channel) + 1
        self.START = (
            Exchange(b"*IDN?\n", "identity", REPLY_MS),
            Exchange(("INTYPE? %s;HTRSET? 1\n" % channel).encode(), "setup", REPLY_MS),
            Exchange(b"*ESR?\n", "write", REPLY_MS),  # what went wrong before is nobody's fault here
        )
        pv = Exchange(("KRDG? %s;RDGST? %s\n" % (channel, channel)).encode(), "pv", REPLY_MS)
        output = Exchange(b"HTR? 1;RANGE? 1;OUTMODE? 1;SETP? 1;HTRST? 1\n", "output", REPLY_MS)
        self.POLLS = (pv, output)
        self.of_current = False
        self.zero_cc: "int | None" = None  # 0 °C in 0.01 of the input's unit; None: not known, or sensor units
        self.mode = ""  # of output 1; not known yet
        self.cap_w = full_power_w  # what limit_w asks for
        Driver.__init__(self)

    def frame(self, buffer: bytearray) -> "tuple[bytes | None, int]":
        line, used = first_line(buffer, b"\n")
        return line if line is None else line.strip(), used

    def answers(self, key: "Any", reply: bytes) -> bool:
        """Answers have no names: their number, and for one alone its form, tell whose they are."""
        if len(reply.split(b";")) != FIELDS[key]:
            return False
        return key not in ("write", "identity") or reply.isdigit() == (key == "write")

    def parse(self, key: "Any", reply: bytes, now: int) -> None:
        if key is None:
            raise ProtocolError("a line that nobody asked for: %r" % reply)
        fields = reply.decode().split(";")
        if key == "pv":
            self._parse_pv(fields, now)
        elif key == "output":
            self._parse_output(fields, now)
        elif key == "setup":
            self._parse_setup(fields)
        elif key == "write":
            self._taken(scaled(fields[0], 1))
        elif fields[0][:5] == "LSCI,":
            self.identity = "Lake Shore " + " ".join(fields[0].split(",")[1:])
        else:
            raise ProtocolError("%r is no Lake Shore" % fields[0])

    def write(self, name: str, value: "Any", now: int, lease_ms: int = 0) -> None:
        """As in the contract; power and automatic exclude each other: what is asked for ends the other's lease."""
        if name == "limit_w":
            self.cap_w = value / 100
        for other in AUTO if name == "heater_w" else ("heater_w",):
            self.leases.pop(other, None)
            self.accepted.pop(other, None)
            self._forget_write(other)
        Driver.write(self, name, value, now, lease_ms)

    def encode(self, name: str, value: "Any") -> "list[Exchange]":
        if name == "heater_w":
            return [_commands(self._open_loop(value))]
        if name == "limit_w":
            return []  # the range that heater_auto switches on
        if name == "ramp_c_min":
            return [_commands([_ramp(value)])]
        if name == "setpoint_c":
            return [] if self.zero_cc is None else [_commands(["SETP 1,%.2f" % ((value + self.zero_cc) / 100)])]
        if name == "heater_auto" and value == 1:
            return [_commands(self._closed_loop())] if self._has_setpoint() else []
        raise ProtocolError("the heater has no write %r = %r" % (name, value))

    def reconnected(self, now: int) -> None:
        """As in the contract; it may be another controller, or one that was off."""
        Driver.reconnected(self, now)
        self.mode = ""
        self.zero_cc = None

    def safe_exchanges(self) -> "list[Exchange]":
        """Range off, no manual output, and open loop so that no set-point heats."""
        return [_commands(["RANGE 1," + OFF, "MOUT 1,0", self._outmode(OPEN_LOOP)])]

    def safe(self, now: int) -> None:
        """As in the contract; `is_safe` then waits for an output of 0 that is newer."""
        if not self.is_safed:
            self.store("heater_w", None, now, "being switched off")
        Driver.safe(self, now)

    def is_safe(self, now: int) -> bool:
        return Driver.is_safe(self, now) and self.value("heater_w", now) == 0

    # --- commands ----------------------------------------------------------------------------------------------
    def _open_loop(self, power_cw: int) -> "list[str]":
        share = power_cw / 100 / self.full_power_w
        if not 0 <= share <= 1:
            raise ProtocolError("heater_w = %s: 0 to %s W" % (power_cw / 100, self.full_power_w))
        percent = 100 * (share**0.5 if self.of_current else share)
        switch = "RANGE 1," + (RANGES[0][0] if percent > 0 else OFF)
        # the mode each time: after a power cycle it may be closed loop again, with the set-point of another day
        return [self._outmode(OPEN_LOOP), "MOUT 1,%.2f" % percent, switch]

    def _closed_loop(self) -> "list[str]":
        """No manual output on top, and the widest range that stays under the cap."""
        allowed = [name for name, share in RANGES if share * self.full_power_w <= self.cap_w]
        enter = [] if self.mode == CLOSED_LOOP else ["MOUT 1,0", self._outmode(CLOSED_LOOP)]
        return enter + ["RANGE 1," + allowed[0]]

    def _outmode(self, mode: str) -> str:
        return "OUTMODE 1,%s,%d,0" % (mode, self.number)

    def _has_setpoint(self) -> bool:
        """Whether the controller has taken the newest set-point."""
        return "setpoint_c" in self.accepted and "setpoint_c" not in self.pending_writes

    # --- answers -----------------------------------------------------------------------------------------------
    def _taken(self, event: int) -> None:
        if event & COMMAND_ERROR:
            raise ProtocolError("refused: a command that the controller does not know")
        if event & EXECUTION_ERROR:
            raise ProtocolError("refused: a command that the controller cannot carry out")

    def _parse_setup(self, fields: "list[str]") -> None:
        self.zero_cc = ZEROS.get(fields[0].split(",")[-1].strip())
        self.of_current = fields[1].split(",")[-1].strip() == CURRENT

    def _parse_pv(self, fields: "list[str]", now: int) -> None:
        status = scaled(fields[1], 1)
        kelvin_ck = scaled(fields[0], 100)
        faults = [why for bit, why in READING_BITS if status & bit]
        if not faults and not 0 < kelvin_ck < HOTTEST_CK:
            faults = ["%s K is no temperature" % fields[0]]
        self.store("heater_c", None if faults else kelvin_ck - ZERO_CC, now, ", ".join(faults))

    def _parse_output(self, fields: "list[str]", now: int) -> None:
        part = scaled(fields[0], 1000) / 100000
        if self.of_current:
            part = part * part
        shares = [share for name, share in RANGES if name == fields[1]]
        if not shares or fields[4] not in LOAD:
            raise ProtocolError("range %r, heater status %r" % (fields[1], fields[4]))
        self.mode = fields[2].split(",")[0]
        self.store("heater_w", round(100 * part * shares[0] * self.full_power_w), now)
        if self.zero_cc is None:
            self.store("setpoint_c", None, now, "the input's unit is neither kelvin nor °C")
        else:
            self.store("setpoint_c", scaled(fields[3], 100) - self.zero_cc, now)
        self.store("heater_manual", 1 if self.mode == OPEN_LOOP else 0, now)
        self.store("heater_faults", 1 if LOAD[fields[4]] else 0, now, LOAD[fields[4]])


def _commands(parts: "list[str]") -> Exchange:
    return Exchange((";".join(parts) + ";*ESR?\n").encode(), "write", REPLY_MS)


def _ramp(rate_cc_min: int) -> str:
    nearest = max(RAMP_CC_MIN[0], min(RAMP_CC_MIN[1], rate_cc_min))
    return "RAMP 1,%d,%.1f" % (rate_cc_min > 0, nearest / 100)
