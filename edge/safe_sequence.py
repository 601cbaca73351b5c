"""The safe-state sequence of a bench: sent in the envelope's order, then each step seen in a reading where one exists.

One table says how. A step whose reading does not come, or says otherwise, is told within a second; a step without a
reading is "sent". One driver's mistake does not keep the others from becoming safe. Pure; MicroPython too.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# step, role, the driver's reading ("" for none), lowest and highest value that is safe
STEPS = (
    ("laser", "laser", "laser_on", 0, 0),
    ("gate", "io", "lease_gate", 0, 0),
    ("beam", "attenuator", "beam_dark", 1, 1),  # the energy meter's word; none before a trigger met the block
    ("shutter", "io", "lease_shutter", 0, 0),
    ("heater", "heater", "heater_w", 0, 0),
    ("contactor", "io", "lease_contactor", 0, 0),
    ("flow", "mfc", "flow_set_sccm", 0, 0),
    ("valve", "valve", "valve_pct", 9900, 10100),
    ("carousel", "carousel", "", 0, 0),
    ("cell", "potentiostat", "cell_on", 0, 0),
)
MAY_STAY_UNKNOWN = ("beam",)
VERIFY_MS = 700  # the run ends 800 ms after its abort: what is not safe by then stands in its result
SAFE, SENT = "safe", "sent, cannot be verified"


class SafeSequence:
    """`start` sends it, `check` tells what failed. `order` is the envelope's list of steps."""

    def __init__(self, drivers: "dict[str, Any]", order: "list[str]") -> None:
        self.drivers = drivers
        names = ["laser"] + order + ["cell"]
        self.steps = [row for name in names for row in STEPS if row[0] == name and row[1] in drivers]
        self.results: "dict[str, str]" = {}  # step -> what became of it, since the last start
        self.left: "list[tuple[str, str, str, int, int]]" = []  # steps that nothing was found out about yet
        self.broken: "list[tuple[str, str]]" = []  # (role, what its driver raised)
        self.started_ms = 0

    def start(self, now: int) -> None:
        """Every instrument into its safe state."""
        self.started_ms = now
        self.left = list(self.steps)
        self.results = {}
        self.broken = []
        done: "list[str]" = []
        for _, role, _, _, _ in self.steps:
            if role not in done:
                done.append(role)
                self._safe(role, now)
        for role in sorted(self.drivers):
            if role not in done:
                self._safe(role, now)

    def check(self, now: int) -> "list[tuple[str, str]]":
        """The (step, why) of every step that was found not to be safe since the last call."""
        failed = [(role, why) for role, why in self.broken]
        self.broken = []
        late = now - self.started_ms >= VERIFY_MS
        left = self.left
        self.left = []
        for row in left:
            result = self._look(row, now)
            if not result and late:
                result = self._overdue(row, now)
            if not result:
                self.left.append(row)
                continue
            self.results[row[0]] = result
            if result not in (SAFE, SENT):
                failed.append((row[0], result))
        return failed

    def _safe(self, role: str, now: int) -> None:
        try:
            self.drivers[role].safe(now)
        except Exception as error:  # whatever it is: the other instruments must become safe
            self.broken.append((role, "%s: %s" % (type(error).__name__, error)))

    def _look(self, row: "tuple[str, str, str, int, int]", now: int) -> str:
        """SAFE or SENT when that is known, "" while it is not."""
        _, role, name, low, high = row
        driver = self.drivers[role]
        if not name:
            return SENT if driver.is_safe(now) else ""
        value = self._reading(driver, name, now)
        return SAFE if value is not None and low <= value <= high else ""

    def _overdue(self, row: "tuple[str, str, str, int, int]", now: int) -> str:
        step, role, name, _, _ = row
        driver = self.drivers[role]
        value = self._reading(driver, name, now) if name else None
        if value is not None:
            return "%s = %d" % (name, value)
        if step in MAY_STAY_UNKNOWN and driver.is_safe(now):
            return SENT
        return "no %s since: %s" % (name or "end of its commands", driver.last_error or "no newer reading")

    def _reading(self, driver: "Any", name: str, now: int) -> "int | None":
        """A reading that is newer than the start."""
        if name in driver.values and driver.values[name][1] <= self.started_ms:
            return None
        value: "int | None" = driver.value(name, now)
        return value
