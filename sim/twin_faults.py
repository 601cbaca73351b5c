"""Faults of simulated instruments: a filter on the line, a word to the board, or a plant that the instrument misreads.

What each fault means and which pairs exist stands in adatom.edge.fault_table; here is how a twin does it. An instrument
keeps its own code: between it and the plant stands a FaultyPlant that changes what it senses or what it commands.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from adatom.edge.fault_table import BOARD, LINE, NONE, SILENT, UNSUPPORTED, WRONG, WRONG_UNIT, meaning
from adatom.edge.line_fault import LineFault
from adatom.protocol.errors import FailedError

from .instruments.plant import Impedance, Plant

Change = Callable[[Any], Any]
SLIPPED = 0.9  # of the true temperature in °C
GUARD_OFF_K = 100.0
VALVE_OFF_PCT = 10.0
SLOTS = 6


@dataclass(frozen=True)
class TwinFault:
    """`senses` and `commands` change values on their way from and to the plant, `deaf` commands do not arrive, `sets`
    changes attributes of the instrument."""

    senses: Mapping[str, Change] = field(default_factory=dict)
    commands: Mapping[str, Change] = field(default_factory=dict)
    deaf: tuple[str, ...] = ()
    sets: Mapping[str, Any] = field(default_factory=dict)


class FaultyPlant:
    """The plant as a faulty instrument sees it; the true one (`sound`) for everybody else."""

    sound: Plant
    before: Mapping[str, Any]  # attributes of the instrument that the fault has changed

    def __init__(self, plant: Plant, fault: TwinFault, before: Mapping[str, Any]) -> None:
        self.__setstate__((plant, fault, before))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # while a copy is being built
            raise AttributeError(name)
        value = getattr(self.sound, name)
        change = self._fault.senses.get(name)
        return value if change is None else change(value)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._fault.deaf:
            return
        change = self._fault.commands.get(name)
        setattr(self.sound, name, value if change is None else change(value))

    def __getstate__(self) -> tuple[Plant, TwinFault, Mapping[str, Any]]:
        return self.sound, self._fault, self.before

    def __setstate__(self, state: tuple[Plant, TwinFault, Mapping[str, Any]]) -> None:
        for name, value in zip(("sound", "_fault", "before"), state, strict=True):
            object.__setattr__(self, name, value)


class FaultyLine(Protocol):
    """What carries an instrument's bytes: sim.lines.Line, sim.virtual.VirtualLine."""

    kind: str
    instrument: Any
    fault: LineFault | None
    fault_kind: str


def _half(value: float) -> float:
    return 0.5 * value


def _twice(value: float) -> float:
    return 2.0 * value


def _slipped(celsius: float) -> float:
    return SLIPPED * celsius


def _fahrenheit(celsius: float) -> float:
    return 1.8 * celsius + 32.0


def _hotter(celsius: float) -> float:
    return celsius + GUARD_OFF_K


def _further(percent: float) -> float:
    return min(100.0, percent + VALVE_OFF_PCT)


def _nearer(percent: float) -> float:
    return max(0.0, percent - VALVE_OFF_PCT)


def _next_slot(slot: int) -> int:
    return slot % SLOTS + 1 if slot else 0


def _opposite(value: bool) -> bool:
    return not value


def _double_cell(cell: Impedance | None) -> Impedance | None:
    return None if cell is None else lambda freq_hz: 2.0 * cell(freq_hz)


_SLIPPED = TwinFault(senses={"heater_c": _slipped})
_GAUGE = TwinFault(senses={"pressure_pa": _half})
_FLOW = TwinFault(senses={"flow_sccm": _half, "flow_set_sccm": _half}, commands={"flow_set_sccm": _twice})
_CELL = TwinFault(senses={"cell": _double_cell})
TWIN_FAULTS: Mapping[tuple[str, str], TwinFault] = {
    ("compexpro", WRONG): TwinFault(senses={"energy_mj": _half}),
    ("eurotherm", WRONG): _SLIPPED,
    ("eurotherm", WRONG_UNIT): TwinFault(senses={"heater_c": _fahrenheit}),
    ("lakeshore336", WRONG): _SLIPPED,
    ("tpg36x", WRONG): _GAUGE,
    ("tpg36x", WRONG_UNIT): TwinFault(sets={"unit": 1}),
    ("mks937b", WRONG): _GAUGE,
    ("mks937b", WRONG_UNIT): TwinFault(sets={"unit": "MICRON"}),
    ("alicat", "stuck"): TwinFault(deaf=("flow_set_sccm",)),
    ("alicat", WRONG): _FLOW,
    ("bronkhorst", "stuck"): TwinFault(deaf=("flow_set_sccm",)),
    ("bronkhorst", WRONG): _FLOW,
    ("mks651", "stuck"): TwinFault(deaf=("valve_pct",)),
    ("mks651", WRONG): TwinFault(senses={"valve_pct": _nearer}, commands={"valve_pct": _further}),
    ("carousel", "stuck"): TwinFault(deaf=("carousel_deg", "carousel_slot")),
    ("carousel", WRONG): TwinFault(commands={"carousel_slot": _next_slot}),
    ("attenuator", "stuck"): TwinFault(deaf=("beam_blocked",)),
    ("attenuator", WRONG): TwinFault(senses={"beam_blocked": _opposite}, commands={"beam_blocked": _opposite}),
    ("emstat", WRONG): _CELL,
    ("emstat4", WRONG): _CELL,
}


def inject(line: FaultyLine, kind: str, seed: int) -> str:
    """Give an instrument a fault instead of the one that it has; what the fault does. `none` ends it.

    FailedError for a pair that is not possible, with the reason.
    """
    if kind == NONE:
        _clear(line)
        return "no fault"
    where, text = meaning(line.kind, kind)
    if where == UNSUPPORTED:
        raise FailedError(f"unsupported: {line.kind} {kind}: {text}")
    _clear(line)
    line.fault_kind = kind
    if where == LINE:
        line.fault = LineFault(kind, seed, line.instrument.BAUD, line.kind not in SILENT)
    elif where == BOARD:
        line.instrument.guardian.inject(kind)
    else:
        _misread(line, TWIN_FAULTS[line.kind, kind])
    return text


def _clear(line: FaultyLine) -> None:
    line.fault, line.fault_kind = None, ""
    instrument, holder = line.instrument, _holder(line.instrument)
    plant = holder.plant
    if isinstance(plant, FaultyPlant):
        holder.plant = plant.sound
        for name, value in plant.before.items():
            setattr(instrument, name, value)
    if hasattr(instrument, "guardian"):
        instrument.guardian.inject(NONE)


def _misread(line: FaultyLine, fault: TwinFault) -> None:
    instrument, holder = line.instrument, _holder(line.instrument)
    before = {name: getattr(instrument, name) for name in fault.sets}
    holder.plant = FaultyPlant(holder.plant, fault, before)
    for name, value in fault.sets.items():
        setattr(instrument, name, value)


def _holder(instrument: Any) -> Any:
    """Who has the plant: a potentiostat's electronics sit behind its language."""
    return getattr(instrument, "potentiostat", instrument)
