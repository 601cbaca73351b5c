"""Tests of a symmetric lithium cell under direct current: cycling, and the ramp to its critical current. Pure.

A test is cycles, a cycle two half cycles of opposite current, a half cycle as many scripts as it takes: one script
holds a current for a bounded time, so that an agent that died leaves no cell energised. Each finished cycle is a record
of its own (chronopotentiometry), the whole test has one row a cycle.
"""

from collections import namedtuple

from .drivers.methodscript import HOLD_MS_MAX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

    from .config import Process
    from .drivers.emstat import EmstatPico, Result

    Steps = list[tuple[int, int]]
    Records = list[tuple[dict[str, Any], bytes]]  # (measurement, raw text)

SHORT_DROP = 0.30  # of the apparent resistance against the cycles before, as the analysis has it
TYPICAL_CYCLES = 3  # whose median is "before"
SURE_CYCLES = 2  # shorted for so long: one could be a bad contact
POINTS_PER_HALF = 30
INTERVAL_MS = (100, 10000)
PLATEAU = 3  # the last third of a half cycle is its voltage
SHORT, LIMIT, SURVIVED, ERROR = "short", "voltage_limit", "survived", "error"
TRACE = ("time_s", "voltage_v", "current_a", "status")

# currents_ma_cm2: one a cycle; `first` is the name of the summary's first column
if TYPE_CHECKING:

    class CellPlan(NamedTuple):
        technique: str
        first: str
        currents_ma_cm2: list[float]
        half_ms: int
        limit_mv: int

else:
    CellPlan = namedtuple("CellPlan", ("technique", "first", "currents_ma_cm2", "half_ms", "limit_mv"))


def cycling_plan(process: "Process") -> "CellPlan":
    """Stripping and plating at one current."""
    currents = [process.cycling_ma_cm2] * int(process.cycling_cycles)
    return CellPlan("cycling", "cycle", currents, int(1000 * process.cycling_half_s), int(process.limit_mv))


def ramp_plan(process: "Process") -> "CellPlan":
    """One cycle a current, each larger by the same ratio."""
    currents = [process.ccd_first_ma_cm2 * process.ccd_ratio**step for step in range(int(process.ccd_steps))]
    return CellPlan("ccd", "current_ma_cm2", currents, int(1000 * process.ccd_half_s), int(process.limit_mv))


class CellTest:
    """`start` sends the next script, `take` its result; `ended` is "" while the test goes on."""

    def __init__(self, plan: "CellPlan", area_cm2: float) -> None:
        self.technique = plan.technique
        self.plan = plan
        self.area_cm2 = area_cm2
        self.interval_ms = min(INTERVAL_MS[1], max(INTERVAL_MS[0], plan.half_ms // POINTS_PER_HALF))
        self.ended = ""
        self.error = ""
        self.firsts: "list[float]" = []  # the summary's columns
        self.voltages_mv: "list[float]" = []
        self.shorted_cycles = 0
        self.scripts = 0
        self.asked: "Steps" = []  # of the script that runs
        self._clear_cycle()

    def start(self, meter: "EmstatPico") -> None:
        """Hold the next current, for as long as one script may."""
        self.asked = self._next_steps()
        self.scripts += 1
        meter.chronopotentiometry(self.asked, self.interval_ms, self.plan.limit_mv)

    def take(self, result: "Result") -> "Records":
        """What is finished with this script: the trace of a cycle, and at the end the test's summary."""
        self._append(result)
        over = bool(result.error) or result.at_limit
        if not over and self.done_ms < 2 * self.plan.half_ms:
            return []
        if result.error:
            self.ended, self.error = ERROR, result.error
        elif result.at_limit:
            self.ended = LIMIT
        self._finish_cycle()
        records = [self._trace()] if self.trace["time_s"] else []
        self._clear_cycle()
        if self.ended and self.ended != ERROR:
            records.append(self._summary())
        return records

    # --- inner -------------------------------------------------------------------------------------------------
    def _clear_cycle(self) -> None:
        self.done_ms = 0  # of the cycle
        self.trace: "dict[str, list[Any]]" = {name: [] for name in TRACE}
        self.raw = bytearray()

    def _next_steps(self) -> "Steps":
        """[(current_na, duration_ms)] up to the end of the half cycle; the whole cycle where one script may hold it."""
        half_ms = self.plan.half_ms
        current_na = round(1e6 * self.plan.currents_ma_cm2[len(self.firsts)] * self.area_cm2)
        if 2 * half_ms <= HOLD_MS_MAX:
            return [(current_na, half_ms), (-current_na, half_ms)]
        second = self.done_ms >= half_ms
        left_ms = (2 * half_ms if second else half_ms) - self.done_ms
        pieces = (left_ms + HOLD_MS_MAX - 1) // HOLD_MS_MAX
        return [(-current_na if second else current_na, (left_ms + pieces - 1) // pieces)]

    def _append(self, result: "Result") -> None:
        columns, offset_s = result.measurement["columns"], self.done_ms / 1000
        self.trace["time_s"] += [offset_s + t for t in columns["time_s"]]
        for name in TRACE[1:]:
            self.trace[name] += columns[name]
        self.raw.extend(result.raw)
        self.done_ms += sum([duration_ms for _, duration_ms in self.asked])

    def _finish_cycle(self) -> None:
        """A row of the summary, and whether the test ends with it."""
        plan, cycle = self.plan, len(self.firsts)
        if self.ended == ERROR:
            return
        highest_v = max([0.0] + [abs(v) for v in self.trace["voltage_v"]])
        mv = 1000 * (highest_v if self.ended else self._plateau_v())
        current = plan.currents_ma_cm2[cycle]
        before = [v / j for v, j in zip(self.voltages_mv, plan.currents_ma_cm2)][: cycle - self.shorted_cycles]
        typical = sorted(before[-TYPICAL_CYCLES:])
        dropped = len(typical) > 0 and mv / current < (1 - SHORT_DROP) * typical[len(typical) // 2]
        self.shorted_cycles = self.shorted_cycles + 1 if dropped else 0
        self.firsts.append(cycle + 1 if plan.first == "cycle" else current)
        self.voltages_mv.append(mv)
        if self.shorted_cycles >= SURE_CYCLES:
            self.ended = SHORT
        elif not self.ended and cycle + 1 == len(plan.currents_ma_cm2):
            self.ended = SHORT if dropped else SURVIVED

    def _plateau_v(self) -> float:
        """Mean of the two half cycles' voltages without their signs; 0 for a half cycle of which nothing was read."""
        halves = []
        for sign in (1, -1):
            volts = [abs(v) for v, i in zip(self.trace["voltage_v"], self.trace["current_a"]) if i * sign > 0]
            last = sorted(volts[-(len(volts) // PLATEAU + 1) :])
            halves.append(last[len(last) // 2] if last else 0.0)
        return (halves[0] + halves[1]) / 2

    def _trace(self) -> "tuple[dict[str, Any], bytes]":
        cycle = len(self.firsts) + (1 if self.ended == ERROR else 0)
        meta = {"of": self.technique, "cycle": cycle, "current_ma_cm2": self.plan.currents_ma_cm2[cycle - 1],
                "interval_ms": self.interval_ms, "limit_mv": self.plan.limit_mv}  # fmt: skip
        return {"technique": "chronopotentiometry", "columns": self.trace, "meta": meta}, bytes(self.raw)

    def _summary(self) -> "tuple[dict[str, Any], bytes]":
        plan = self.plan
        meta: "dict[str, Any]" = {"ended": self.ended, "half_s": plan.half_ms / 1000, "limit_mv": plan.limit_mv,
                                  "scripts": self.scripts, "hold_ms_max": HOLD_MS_MAX}  # fmt: skip
        if plan.first == "cycle":
            meta.update({"current_ma_cm2": plan.currents_ma_cm2[0], "max_cycles": len(plan.currents_ma_cm2)})
        columns = {plan.first: self.firsts, "voltage_mv": self.voltages_mv}
        return {"technique": self.technique, "columns": columns, "meta": meta}, b""
