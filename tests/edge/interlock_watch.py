"""One watch of the interlock alone, fed by name."""

from pathlib import Path
from typing import Any

from adatom.edge.interlock_gas import GasWatch
from adatom.protocol import channels as ch
from adatom.protocol.envelope import load_envelope

TICK_MS = 100
# not by way of bench_run, which brings the whole agent along: each mutant imports this file anew
LIMITS = load_envelope((Path(__file__).parents[2] / "sim/demo/envelope.json").read_text())["interlock"]
Trip = tuple[str, int | None, int | None]


class Part:
    """One watch over a bench that fires at 10 Pa; `tick` changes readings (lower case) and outputs (OUT_…) by name."""

    def __init__(self, kind: Any) -> None:
        self.trips: list[Trip] = []
        self.watch = kind(LIMITS, TICK_MS, lambda *trip: self.trips.append(trip))
        self.now = 0
        self.plan: int | None = 10000
        self.r: list[int | None] = [None] * ch.COUNT
        self.out = [0] * ch.OUT_COUNT
        self.tick_fields(PRESSURE_PA=10000, VACUUM_LGPA=1000, FLOW_SCCM=2000, OUT_FLOW_SCCM=2000, OUT_VALVE_PCT=2000,
                         OUT_GATE=1, OUT_BEAM=1, OUT_ENERGY_MJ=10000, ENERGY_MJ=10000, OUT_RATE_MHZ=10000, PULSES=0,
                         OUT_BURST_ID=1, OUT_BURST_PULSES=9999)  # fmt: skip

    def tick_fields(self, **fields: int | None) -> None:
        for name, value in fields.items():
            if name.startswith("OUT_"):
                assert value is not None
                self.out[getattr(ch, name)] = value
            else:
                self.r[getattr(ch, name)] = value

    def tick(self, **fields: int | None) -> list[Trip]:
        """The trips of one tick."""
        self.now += TICK_MS
        self.tick_fields(**fields)
        if isinstance(self.watch, GasWatch):
            if "PRESSURE_PA" not in fields and self.r[ch.PRESSURE_PA] is not None:
                self.r[ch.PRESSURE_PA] = (self.r[ch.PRESSURE_PA] or 0) ^ 1  # alive
            self.watch.check(self.now, self.r, self.out, self.plan)
        else:
            self.watch.check(self.now, self.r, self.out)
        taken = list(self.trips)
        self.trips.clear()
        return taken

    def at(self, now: int, **fields: int | None) -> list[Trip]:
        """The trips of a tick at a time."""
        self.now = now - TICK_MS
        return self.tick(**fields)

    def pulse(self, **fields: int | None) -> list[Trip]:
        """One pulse more, with an energy that differs from the last."""
        energy = self.r[ch.ENERGY_MJ]
        moved = {} if "ENERGY_MJ" in fields or energy is None else {"ENERGY_MJ": energy ^ 1}
        return self.tick(PULSES=(self.r[ch.PULSES] or 0) + 1, **moved, **fields)
