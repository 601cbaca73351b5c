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
    OUT_BEAM,
    OUT_BURST_ID,
    OUT_BURST_PULSES,
    OUT_CONTACTOR,
    OUT_ENERGY_MJ,
    OUT_FLOW_SCCM,
    OUT_GATE,
    OUT_HEATER_W,
    OUT_RATE_MHZ,
    OUT_SHUTTER,
    OUT_SLOT,
    OUT_VALVE_PCT,
    PRESSURE_PA,
    PULSES,
    REFLECTANCE,
    SLOT,
    VACUUM_LGPA,
    WATER_LPM,
)
from adatom.protocol.errors import InputError

from .drivers.alicat import Alicat
from .drivers.attenuator import Attenuator
from .drivers.bench_io import BenchIo
from .drivers.bronkhorst import Bronkhorst
from .drivers.carousel import Carousel
from .drivers.compexpro import CompexPro
from .drivers.emstat import Emstat4, EmstatPico
from .drivers.eurotherm import Eurotherm
from .drivers.lakeshore336 import Lakeshore336
from .drivers.mks651 import Mks651
from .drivers.mks937b import Mks937b
from .drivers.tpg36x import Tpg36x

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from adatom.protocol.envelope import Envelope

    from .config import Port

DRIVERS: "dict[str, type[Any]]" = {
    "compexpro": CompexPro,
    "eurotherm": Eurotherm,
    "lakeshore336": Lakeshore336,
    "tpg36x": Tpg36x,
    "mks937b": Mks937b,
    "alicat": Alicat,
    "bronkhorst": Bronkhorst,
    "mks651": Mks651,
    "carousel": Carousel,
    "attenuator": Attenuator,
    "emstat": EmstatPico,
    "emstat4": Emstat4,
    "bench_io": BenchIo,
}
NEEDED = ("laser", "heater", "gauge", "mfc", "valve", "carousel", "attenuator", "io")  # the potentiostat is optional

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
WRITES = (  # output, role, the driver's name for it, the envelope's lease or ""
    (OUT_CONTACTOR, "io", "contactor", "heater_ms"),
    (OUT_HEATER_W, "heater", "heater_w", "heater_ms"),
    (OUT_VALVE_PCT, "valve", "valve_pct", ""),
    (OUT_FLOW_SCCM, "mfc", "flow_sccm", ""),
    (OUT_SHUTTER, "io", "shutter", "shutter_ms"),
    (OUT_BEAM, "attenuator", "beam", "gate_ms"),
    (OUT_GATE, "io", "gate", "gate_ms"),
)
# The laser stays in one mode while the chamber is closed: switching on takes 4 s and each start is a cold one
LASER_STATES = ("pump_down", "heat", "deposit", "cool", "anneal", "interlayer", "paused")
SERIAL_LEASE_MS = 2000  # of outputs behind 9600 baud, where a renewal may wait its turn; the board's are shorter
METER_MS = 500  # from a pulse to its reading, at the latest
SAFE_ROLE = {"gate": "io", "beam": "attenuator", "shutter": "io", "heater": "heater", "contactor": "io",
             "flow": "mfc", "valve": "valve", "carousel": "carousel"}  # fmt: skip


def make_drivers(ports: "dict[str, Port]") -> "dict[str, Any]":
    """{role: driver} for a bench file's ports. InputError for a missing role or a driver that does not exist."""
    for role in NEEDED:
        if role not in ports:
            raise InputError("ports", "%s is missing; a bench needs %s" % (role, ", ".join(NEEDED)))
    drivers = {}
    for role, port in ports.items():
        kind = DRIVERS.get(port.driver)
        if kind is None or role != kind.ROLE:
            good = sorted([name for name in DRIVERS if DRIVERS[name].ROLE == role])
            raise InputError("ports.%s.driver" % role, "%r: must be one of %s" % (port.driver, ", ".join(good)))
        try:
            drivers[role] = kind(**port.options)
        except (TypeError, ValueError) as error:
            raise InputError("ports.%s.options" % role, str(error))
    return drivers


class Instruments:
    """Readings and outputs of all drivers. `point` is the list that the agent completes."""

    def __init__(self, drivers: "dict[str, Any]", envelope: "Envelope") -> None:
        self.drivers = drivers
        self.leases = envelope["lease"]
        self.safe_roles: "list[str]" = []
        for step in envelope["safe_sequence"]:
            if SAFE_ROLE[step] not in self.safe_roles:
                self.safe_roles.append(SAFE_ROLE[step])
        self.point: "list[int | None]" = [None] * COUNT
        self.burst_id = 0
        self.laser_on = False
        self.energy_ms = 0
        self.pulses_seen = 0

    def read(self, now: int) -> "list[int | None]":
        """The newest readings; None where one is missing, stale or invalid."""
        for channel, role, name in READINGS:
            self.point[channel] = self.drivers[role].value(name, now)
        return self.point

    def missing(self, now: int) -> "list[str]":
        """Why channels are None that a bench needs, as texts."""
        texts = []
        for channel, role, name in READINGS:
            why = self.drivers[role].reason(name, now)
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
        laser = self.drivers["laser"]
        why = laser.trip(now) if self.laser_on else ""
        board = self.drivers["io"]
        if not why and board.leases and board.value("latched", now):
            why = "the bench I/O board has opened everything: its button, a standstill, or never armed"
        return why or ("" if self._dark(now) else "light passes the blocked beam")

    def _dark(self, now: int) -> bool:
        """Whether the energy meter agrees with the beam block: it alone knows, the attenuator never answers.

        Only readings count that are newer than the last order by more than a poll takes to come round.
        """
        energy, when, _ = self.drivers["laser"].values.get("energy_mj", (None, 0, ""))
        pulses = self.drivers["io"].value("pulses", now) or 0
        fresh, self.pulses_seen = pulses - self.pulses_seen, pulses
        beam = self.drivers["attenuator"]
        if when <= self.energy_ms or when - beam.asked_ms < METER_MS:
            return True
        self.energy_ms = when
        return bool(beam.light(energy is not None and energy > 0, max(0, fresh), now))

    def apply(self, outputs: "list[int]", state: str, now: int) -> None:
        """Write the outputs of this tick and renew their leases."""
        for index, role, name, lease in WRITES:
            lease_ms = max(self.leases[lease], SERIAL_LEASE_MS if role != "io" else 0) if lease else 0
            self.drivers[role].write(name, outputs[index], now, lease_ms)
        if outputs[OUT_ENERGY_MJ] > 0:
            self.drivers["laser"].write("energy_mj", outputs[OUT_ENERGY_MJ], now)
        self._laser(state in LASER_STATES, now)
        self._carousel(outputs[OUT_SLOT], now)
        if outputs[OUT_BURST_ID] != self.burst_id:
            self.burst_id = outputs[OUT_BURST_ID]
            if outputs[OUT_GATE] and outputs[OUT_BURST_PULSES] > 0:
                burst = (outputs[OUT_BURST_PULSES], outputs[OUT_RATE_MHZ], self.burst_id)
                self.drivers["io"].write("burst", burst, now)

    def safe(self, now: int) -> None:
        """Every instrument into its safe state, in the envelope's order."""
        self.drivers["laser"].safe(now)
        for role in self.safe_roles:
            self.drivers[role].safe(now)
        if "potentiostat" in self.drivers:
            self.drivers["potentiostat"].safe(now)
        self.laser_on = False

    def unsafe(self, now: int) -> "list[str]":
        """The roles that are not known to be safe."""
        return [role for role in sorted(self.drivers) if not self.drivers[role].is_safe(now)]

    def _laser(self, wanted: bool, now: int) -> None:
        if wanted:
            self.drivers["laser"].write("laser_on", 1, now, SERIAL_LEASE_MS)
        elif self.laser_on:
            self.drivers["laser"].safe(now)
        self.laser_on = wanted

    def _carousel(self, slot: int, now: int) -> None:
        self.drivers["carousel"].write("slot", slot, now)
