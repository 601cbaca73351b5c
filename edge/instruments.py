"""The drivers of a bench as one: a point of readings out, a list of outputs in. Pure; the shell moves the bytes.

Two tables say which driver gives which channel and which output goes to which write. Adding a driver is one entry in
DRIVERS. Energised outputs are renewed at every tick under the envelope's leases: no tick, no lease, no energy.
"""

from adatom.protocol.channels import (
    COUNT,
    DOOR,
    ENERGY_MJ,
    FLOW_SCCM,
    GUARD_C,
    HEATER_C,
    HEATER_W,
    OUT_CONTACTOR,
    OUT_FLOW_SCCM,
    OUT_GATE,
    OUT_HEATER_RAMP,
    OUT_HEATER_SETPOINT,
    OUT_HEATER_W,
    OUT_PRESSURE_SETPOINT,
    OUT_SHUTTER,
    OUT_VALVE_PCT,
    PRESSURE_PA,
    PULSES,
    REFLECTANCE,
    SLOT,
    TARGET_C,
    VACUUM_LGPA,
    VALVE_PCT,
    WATER_LPM,
)
from adatom.protocol.errors import InputError

from .driver_options import option_problems
from .safe_sequence import SafeSequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from adatom.protocol.envelope import Envelope

    from .config import Loops, Port

# name in a bench file -> its file and class; a bench loads no driver that it does not name
DRIVERS = {
    "compexpro": "compexpro.CompexPro",
    "eurotherm": "eurotherm.Eurotherm",
    "lakeshore336": "lakeshore336.Lakeshore336",
    "tpg36x": "tpg36x.Tpg36x",
    "mks937b": "mks937b.Mks937b",
    "alicat": "alicat.Alicat",
    "bronkhorst": "bronkhorst.Bronkhorst",
    "mks651": "mks651.Mks651",
    "carousel": "carousel.Carousel",
    "attenuator": "attenuator.Attenuator",
    "emstat": "emstat.EmstatPico",
    "emstat4": "emstat.Emstat4",
    "bench_io": "bench_io.BenchIo",
}
NEEDED = ("heater", "gauge", "mfc", "io")  # a furnace; valve and potentiostat are optional for it
FILM = ("laser", "valve", "carousel", "attenuator")  # what a bench that makes films needs besides

READINGS = (  # channel, role, the driver's name for it
    (HEATER_C, "heater", "heater_c"),
    (GUARD_C, "io", "guard_c"),
    (PRESSURE_PA, "gauge", "pressure_pa"),
    (VACUUM_LGPA, "gauge", "vacuum_lgpa"),
    (FLOW_SCCM, "mfc", "flow_sccm"),
    (ENERGY_MJ, "laser", "energy_mj"),
    (PULSES, "io", "pulses"),
    (SLOT, "carousel", "slot"),
    (WATER_LPM, "io", "water_lpm"),
    (DOOR, "io", "door"),
    (REFLECTANCE, "io", "reflectance"),
)
OPTIONAL = (REFLECTANCE,)  # a bench without a film monitor lacks nothing
# What an instrument that closes a loop does with it; the agent has its own figures of a loop that it closes itself
SUPERVISED_HEATER = ((HEATER_W, "heater", "heater_w"), (TARGET_C, "heater", "setpoint_c"))
SUPERVISED_PRESSURE = ((VALVE_PCT, "valve", "valve_pct"),)
WRITES = (  # output, role, the driver's name for it, the envelope's lease or ""
    (OUT_CONTACTOR, "io", "contactor", "heater_ms"),
    (OUT_FLOW_SCCM, "mfc", "flow_sccm", ""),
    (OUT_SHUTTER, "io", "shutter", "shutter_ms"),
    (OUT_GATE, "io", "gate", "gate_ms"),
)
NO_BOARD = ("without the bench I/O board, or `adatom edge guardian` in its place, nothing opens laser and heater when "
            "the agent is gone")  # fmt: skip
BOARD_IS_SILENT = "the bench I/O board is silent"
BOARD_IS_OPEN = "the bench I/O board is not armed: its button, a restart or a standstill opened everything"
UNARMED_MS = 400  # a run's first lease may be asked for while its ARM is still on the way
BOARD_SILENT_MS = 700  # seven status lines: the rest of the promised second is for the laser's slow line
SERIAL_LEASE_MS = 2000  # of outputs behind 9600 baud, where a renewal may wait its turn; the board's are shorter


def driver_class(name: str) -> "Any":
    """The class of a driver by its name in a bench file."""
    module, _, kind = DRIVERS[name].partition(".")
    return getattr(__import__("adatom.edge.drivers." + module, None, None, [kind]), kind)


def make_drivers(ports: "dict[str, Port]") -> "dict[str, Any]":
    """{role: driver} for a bench file's ports. InputError for a missing role, driver or wrong option.

    Without a laser the bench is a furnace, which needs less; with one it needs all that makes a film.
    """
    needed = NEEDED + FILM if any([role in ports for role in ("laser", "carousel", "attenuator")]) else NEEDED
    for role in needed:
        if role not in ports:
            why = NO_BOARD if role == "io" else "this bench needs %s" % ", ".join(needed)
            raise InputError("ports", "%s is missing: %s" % (role, why))
    drivers = {}
    for role, port in ports.items():
        kind = driver_class(port.driver) if port.driver in DRIVERS else None
        if kind is None or role != kind.ROLE:
            good = sorted([name for name in DRIVERS if driver_class(name).ROLE == role])
            raise InputError("ports.%s.driver" % role, "%r: must be one of %s" % (port.driver, ", ".join(good)))
        problems = option_problems("ports.%s.options" % role, kind.OPTIONS, port.options)
        if problems:
            raise InputError("bench", "; ".join(problems))
        drivers[role] = kind(**port.options)
    return drivers


class Instruments:
    """Readings and outputs of all drivers. `point` is the list that the agent completes."""

    def __init__(self, drivers: "dict[str, Any]", envelope: "Envelope", loops: "Loops | None" = None) -> None:
        """`loops` None: the agent closes both. InputError for a loop that nothing else can close."""
        self.drivers = drivers
        self.supervised_heater = loops is not None and loops.heater == "supervised"
        self.supervised_pressure = loops is not None and loops.pressure == "supervised"
        if self.supervised_heater and "heater_auto" not in drivers["heater"].LEASED:
            raise InputError("loops.heater", "the driver of this heater closes no loop: must be direct")
        if self.supervised_pressure and "valve" not in drivers:
            raise InputError("loops.pressure", "this bench has no valve controller: must be direct")
        self.cap = int(envelope["interlock"]["heater_power_max_w"] * 100)
        self.readings = (READINGS + (SUPERVISED_HEATER if self.supervised_heater else ())
                         + (SUPERVISED_PRESSURE if self.supervised_pressure else ()))  # fmt: skip
        self.leases = envelope["lease"]
        self.sequence = SafeSequence(drivers, envelope["safe_sequence"])
        self.point: "list[int | None]" = [None] * COUNT
        self.unarmed_ms = 0  # when the board was last seen armed, or needed not be
        self.beam: "Any" = None
        if "laser" in drivers:
            from .beam import Beam

            self.beam = Beam(drivers, SERIAL_LEASE_MS)

    def read(self, now: int) -> "list[int | None]":
        """The newest readings; None where one is missing, stale or invalid."""
        for channel, role, name in self.readings:
            if role in self.drivers:
                self.point[channel] = self.drivers[role].value(name, now)
        return self.point

    def missing(self, now: int) -> "list[str]":
        """Why channels are None that a bench needs, as texts."""
        texts = []
        for channel, role, name in self.readings:
            why = self.drivers[role].reason(name, now) if role in self.drivers else ""
            if why and channel not in OPTIONAL:
                texts.append("%s: %s" % (name, why))
        return texts

    def begin(self, now: int) -> None:
        """A run starts: the board may take leases again, and a spectrum of an earlier sample is nobody's."""
        self.drivers["io"].arm()
        if "potentiostat" in self.drivers:
            self.drivers["potentiostat"].take_result()

    def alarm(self, now: int) -> str:
        """Why a driver wants the bench tripped, fit for a user; "" when none does."""
        why = self.beam.alarm(now) if self.beam is not None else ""
        return why or self._board(self.drivers["io"], now)

    def _board(self, board: "Any", now: int) -> str:
        """Why the bench must not stay energised, as its I/O board says or does not say."""
        armed, told_ms, _ = board.values.get("armed", (None, None, ""))
        silent_ms = BOARD_SILENT_MS if told_ms is None else now - told_ms
        if silent_ms > BOARD_SILENT_MS and (board.leases or (self.beam is not None and self.beam.laser_on)):
            return BOARD_IS_SILENT
        if armed or not board.leases:  # for the laser alone it need not be armed
            self.unarmed_ms = now
        elif now - self.unarmed_ms > UNARMED_MS:
            return BOARD_IS_OPEN if silent_ms < UNARMED_MS else BOARD_IS_SILENT
        return ""

    def apply(self, outputs: "list[int]", state: str, now: int) -> None:
        """Write the outputs of this tick and renew their leases."""
        for index, role, name, lease in WRITES:
            if role in self.drivers:
                lease_ms = max(self.leases[lease], SERIAL_LEASE_MS if role != "io" else 0) if lease else 0
                self.drivers[role].write(name, outputs[index], now, lease_ms)
        self._heater(outputs, now)
        if "valve" in self.drivers:
            self._valve(outputs, now)
        if self.beam is not None:
            self.beam.apply(outputs, state, now, self.leases["gate_ms"])

    def safe(self, now: int) -> None:
        """Every instrument into its safe state, in the envelope's order; `sequence.check` tells what comes of it."""
        if self.beam is not None:
            self.beam.laser_on = False
        self.sequence.start(now)

    def energised(self, outputs: "list[int]") -> bool:
        """Whether these outputs hold anything that a lease is for, or the laser is on."""
        leased = [outputs[index] > 0 for index, _, _, lease in WRITES if lease]
        return any(leased) or (self.beam is not None and self.beam.laser_on)

    def unsafe(self, now: int) -> "list[str]":
        """The roles that are not known to be safe."""
        return [role for role in sorted(self.drivers) if not self.drivers[role].is_safe(now)]

    def _heater(self, outputs: "list[int]", now: int) -> None:
        """Power, or what a controller needs to close its own loop, the cap first. Without a set-point there is none."""
        heater, lease_ms = self.drivers["heater"], max(self.leases["heater_ms"], SERIAL_LEASE_MS)
        if not outputs[OUT_HEATER_SETPOINT]:
            heater.write("heater_w", 0 if self.supervised_heater else outputs[OUT_HEATER_W], now, lease_ms)
            return
        if "limit_w" in heater.LEASED:
            heater.write("limit_w", self.cap, now, lease_ms)
        heater.write("ramp_c_min", outputs[OUT_HEATER_RAMP], now, lease_ms)
        heater.write("setpoint_c", outputs[OUT_HEATER_SETPOINT], now, lease_ms)
        heater.write("heater_auto", 1, now, lease_ms)

    def _valve(self, outputs: "list[int]", now: int) -> None:
        if outputs[OUT_PRESSURE_SETPOINT]:
            self.drivers["valve"].write("pressure_pa", outputs[OUT_PRESSURE_SETPOINT], now)
        else:
            self.drivers["valve"].write("valve_pct", outputs[OUT_VALVE_PCT], now)
