"""The measuring part of the simulated potentiostat: runs a MethodSCRIPT program against the cell at its terminals.

A run is a generator of (seconds to wait, text to send): whoever drives it owns the clock. Noise and artefacts of a
measurement come with the cell's impedance; ranges, status bits and rounding come from here.
"""

import math
import operator
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .methodscript import COMPARE, Command, Program, ScriptError, encode_value
from .plant import Plant

Steps = Iterator[tuple[float, str]]

HIGH_SPEED = 128
POTENTIAL_RANGE = 0x20  # M
OK, OVERLOAD, UNDERLOAD = 0, 2, 4
UNDERLOAD_SHARE = 1e-3  # K: less than this of the smallest allowed range is underload
CRITICAL_SHARE = 10.0  # K: more than this of the largest range ends the script, 0032
HEADROOM = 1.5  # peak over rms amplitude, rounded up
CYCLES = 3  # periods a point takes, and its overhead: 20 Hz in 0.25 s, 0.1 Hz in 30 s (instruments.md: 0.1-0.3, 20-30)
OVERHEAD_S = 0.1
OPEN_LEADS_OHM, OPEN_LEADS_F = 1e11, 10e-12  # K: input of the instrument with nothing connected
LOW_SPEED_MAX_HZ, HIGH_SPEED_MAX_HZ = 100.0, 200e3
AMPLITUDE_MAX_V = 0.25  # M
POINTS_MAX = 10000

NOT_IN_MODE, POTENTIAL, UNSUPPORTED, CRITICAL, CELL_ON, CELL_OFF, BOUNDS = (
    0x0006, 0x000F, 0x001B, 0x0032, 0x4027, 0x4028, 0x4205,
)  # fmt: skip
PASS_S = 0.001  # K: a turn of a plain loop takes time, or a script without waits would hold the instrument for ever
GALVANOSTAT = 6  # mode, as in PalmSens's own cycling scripts


@dataclass(frozen=True)
class Model:
    """What one instrument of the family can do. `ranges`: (index in a package, full scale in A), smallest first."""

    identity: str
    serial: str
    ranges: tuple[tuple[int, float], ...]
    window_v: dict[int, tuple[float, float]]  # mode -> potentials it sets
    high_speed: bool  # whether range indices of mode 3 are HIGH_SPEED higher
    current_max_a: float
    measures_v: float  # voltages beyond +- this are overloads


# EmStat Pico: instruments.md 1.6. EmStat4 HR: range indices as in PalmSens's examples; +-6 V, +-200 mA (M)
PICO = Model(
    "espico1600", "ES4LR00SIM0001",
    tuple(enumerate((100e-9, 2e-6, 4e-6, 8e-6, 16e-6, 32e-6, 63e-6, 125e-6, 250e-6, 500e-6, 1e-3, 5e-3))),
    {0: (0.0, 0.0), 2: (-1.25, 2.0), 3: (-1.7, 2.0), 4: (-1.7, 2.0)},
    high_speed=True, current_max_a=5e-3, measures_v=2.0,
)  # fmt: skip
EMSTAT4 = Model(
    "es4_hr1400", "ES4HR00SIM0001",
    ((9, 100e-9), (12, 1e-6), (15, 10e-6), (18, 100e-6), (21, 1e-3), (24, 10e-3), (27, 100e-3)),
    {0: (0.0, 0.0), 2: (-6.0, 6.0), 3: (-6.0, 6.0), GALVANOSTAT: (-6.0, 6.0)},
    high_speed=False, current_max_a=0.2, measures_v=6.0,
)  # fmt: skip
MODELS = {"espico": PICO, "es4": EMSTAT4}


class AbortError(Exception):
    """Z was received, or abort met: on to on_finished."""


class BreakLoopError(Exception):
    """Y was received, or breakloop met: this loop ends."""


@dataclass(frozen=True)
class Value:
    """A variable: number, type, status bits, range index (-1: none)."""

    number: float
    kind: str
    status: int = -1
    place: int = -1

    def encode(self) -> str:
        """As it stands in a package."""
        text = self.kind + encode_value(self.number)
        return text if self.status < 0 else f"{text},1{self.status:X},2{self.place:02X}"


class Potentiostat:
    """State of the instrument that outlives a script: cell switch, mode, potential, ranges."""

    def __init__(self, plant: Plant, model: Model = PICO) -> None:
        self.plant = plant
        self.model = model
        self.cell_on = False
        self.current_a = 0.0  # that the galvanostat holds while the cell is on
        self.mode = 0
        self.potential_v = 0.0
        self.autoranging_a = (model.ranges[0][1], model.ranges[-1][1])
        self.fail_with = 0  # error code for the next point, 0 = none: a test's way to a runtime error
        self.control = ""  # "Z" or "Y" as received, until it is obeyed
        self.time_s = 0.0  # time this script has spent waiting
        self._timer_s = 0.0
        self._values: dict[str, Value] = {}
        self._package: list[str] | None = None

    def run(self, program: Program) -> Steps:
        """Run a program; ends with the empty line, or with an error line and nothing after it."""
        self._values, self._package, self.control = {}, None, ""
        self.time_s = self._timer_s = 0.0
        try:
            with suppress(AbortError):
                yield from self._block(program.main)
            yield from self._block(program.finish)
            yield 0.0, "\n"
        except ScriptError as error:
            yield 0.0, f"{error}\n"

    # --- commands ----------------------------------------------------------------------------------------------
    def _block(self, commands: tuple[Command, ...]) -> Steps:
        for command in commands:
            if command.name in LOOPS:
                yield from LOOPS[command.name](self, command)
            elif command.name == "wait":
                yield from self._wait(self._number(command.args[0]))
            elif command.name == "if":
                yield from self._block(next((b.body for b in command.branches if self._holds(b)), ()))
            elif command.name == "breakloop":
                raise BreakLoopError
            elif command.name == "abort":
                raise AbortError
            else:
                text = self._simple(command)
                if text:
                    yield 0.0, text

    def _wait(self, seconds: float) -> Steps:
        self.time_s += max(0.0, seconds)
        yield max(0.0, seconds), ""
        control, self.control = self.control, ""
        if control == "Z":
            raise AbortError
        if control == "Y":
            raise BreakLoopError

    def _simple(self, command: Command) -> str:
        """Carry out a command that takes no time; the text it sends."""
        name, args = command.name, command.args
        if name == "pck_start":
            self._package = []
        elif name == "pck_add":
            assert self._package is not None  # the parser holds the order
            self._package.append(self._value(args[0]).encode())
        elif name == "pck_end":
            package, self._package = self._package or [], None
            return f"P{';'.join(package)}\n"
        elif name == "send_string":
            return f"T{args[0]}\n"
        else:
            self._set(name, args, command.line)
        return ""

    def _set(self, name: str, args: tuple[str | float, ...], line: int) -> None:
        if name in ("cell_on", "cell_off"):
            self.cell_on = name == "cell_on"
            self.current_a = self.current_a if self.cell_on else 0.0
        elif name == "set_pgstat_mode":
            mode = int(self._number(args[0]))
            if mode not in self.model.window_v:
                raise ScriptError(UNSUPPORTED, line)
            self.mode = mode
        elif name == "set_i":
            self.current_a = self._current(self._number(args[0]), line)
        elif name == "set_e":
            self.potential_v = self._potential(self._number(args[0]), line)
        elif name == "set_autoranging" and args[0] == "ba":
            self.autoranging_a = (self._number(args[1]), self._number(args[2]))
        elif name == "timer_start":
            self._timer_s = self.time_s
        elif name == "timer_get":
            self._values[str(args[0])] = Value(self.time_s - self._timer_s, "eb")
        elif name == "store_var":
            self._values[str(args[0])] = Value(self._number(args[1]), str(args[2]))
        elif name == "copy_var":
            self._values[str(args[1])] = self._value(args[0])
        elif name in ARITHMETIC:
            self._compute(name, args, line)

    def _compute(self, name: str, args: tuple[str | float, ...], line: int) -> None:
        by = self._number(args[1])
        if name == "div_var" and by == 0.0:
            raise ScriptError(BOUNDS, line)
        old = self._value(args[0])
        self._values[str(args[0])] = replace(old, number=ARITHMETIC[name](old.number, by))

    def _holds(self, command: Command) -> bool:
        """Whether the condition of a branch or loop is true; NaN compares false."""
        if not command.args:
            return True  # else
        left, compares, right = command.args
        return COMPARE[str(compares)](self._number(left), self._number(right))

    def _loop(self, command: Command) -> Steps:
        """A plain loop: L, its turns, and + in any case but a runtime error."""
        yield 0.0, "L\n"
        try:
            while self._holds(command):
                yield from self._wait(PASS_S)
                yield from self._block(command.body)
        except BreakLoopError:
            pass
        except AbortError:
            yield 0.0, "+\n"
            raise
        yield 0.0, "+\n"

    # --- measurement loops -------------------------------------------------------------------------------------
    def _eis(self, command: Command) -> Steps:
        names, numbers = command.args[:3], [self._number(arg) for arg in command.args[3:]]
        amplitude_v, start_hz, end_hz, points, e_dc = numbers
        self._check_eis(command.line, amplitude_v, (start_hz, end_hz), points, e_dc)
        freq_hz = start_hz * (end_hz / start_hz) ** (np.arange(int(points)) / max(1, int(points) - 1))
        f, r, j = (str(name) for name in names)

        def measure(k: int) -> None:
            z = complex(self._impedance(freq_hz[k : k + 1])[0])
            status, place = self._range_of(amplitude_v / max(abs(z), 1e-12), command.line)
            self._values[f] = Value(float(freq_hz[k]), "dc")
            self._values[r] = Value(z.real, "cc", status, place)
            self._values[j] = Value(z.imag, "cd", status, POTENTIAL_RANGE)

        waits = [CYCLES / float(hz) + OVERHEAD_S for hz in freq_hz]
        yield from self._points("000D", waits, measure, command)

    def _ocp(self, command: Command) -> Steps:
        interval_s, run_s = (self._number(arg) for arg in command.args[1:])
        if self.cell_on:
            raise ScriptError(CELL_OFF, command.line)

        def measure(k: int) -> None:
            self._values[str(command.args[0])] = self._volt(0.0, interval_s)

        yield from self._points("000B", _grid(interval_s, run_s, command.line), measure, command)

    def _cp(self, command: Command) -> Steps:
        current_a, interval_s, run_s = (self._number(arg) for arg in command.args[2:])
        self._need_cell(command.line)
        if self.mode != GALVANOSTAT:
            raise ScriptError(NOT_IN_MODE, command.line)
        self.current_a = self._current(current_a, command.line)

        def measure(k: int) -> None:
            self._values[str(command.args[0])] = self._volt(current_a, interval_s)
            self._values[str(command.args[1])] = Value(current_a, "ba", *self._range_of(abs(current_a), command.line))

        yield from self._points("000A", _grid(interval_s, run_s, command.line), measure, command)

    def _volt(self, current_a: float, seconds: float) -> Value:
        """The cell's voltage after so long at this current; open leads drive a galvanostat to its end of scale."""
        end_v = self.model.measures_v
        if self.plant.cell_dc is not None:
            volt = self.plant.cell_dc(current_a, seconds)
        else:
            volt = math.copysign(math.inf, current_a) if current_a else 0.0
        status = OK if abs(volt) <= end_v else OVERLOAD
        return Value(min(end_v, max(-end_v, volt)), "ab", status, POTENTIAL_RANGE)

    def _points(self, tech: str, waits: list[float], measure: Callable[[int], None], command: Command) -> Steps:
        """The frame of a measurement loop: M, a point after each wait, and * in any case but a runtime error."""
        yield 0.0, f"M{tech}\n"
        try:
            for k, seconds in enumerate(waits):
                yield from self._wait(seconds)
                if self.fail_with:
                    code, self.fail_with = self.fail_with, 0
                    raise ScriptError(code, command.line)
                measure(k)
                yield from self._block(command.body)
        except BreakLoopError:
            pass
        except AbortError:
            yield 0.0, "*\n"
            raise
        yield 0.0, "*\n"

    # --- inner -------------------------------------------------------------------------------------------------
    def _check_eis(self, line: int, amplitude_v: float, ends_hz: tuple[float, float], points: float, e: float) -> None:
        self._need_cell(line)
        if self.mode not in (2, 3):
            raise ScriptError(NOT_IN_MODE, line)
        highest_hz = HIGH_SPEED_MAX_HZ if self.mode == 3 else LOW_SPEED_MAX_HZ
        in_band = min(ends_hz) > 0.0 and max(ends_hz) <= highest_hz
        if not in_band or not 0.0 < amplitude_v <= AMPLITUDE_MAX_V or not 1 <= points <= POINTS_MAX:
            raise ScriptError(BOUNDS, line)
        self._potential(e, line)

    def _need_cell(self, line: int) -> None:
        if not self.cell_on:
            raise ScriptError(CELL_ON, line)

    def _current(self, amp: float, line: int) -> float:
        if abs(amp) > self.model.current_max_a:
            raise ScriptError(BOUNDS, line)
        return amp

    def _potential(self, volt: float, line: int) -> float:
        low, high = self.model.window_v[self.mode]
        if not low <= volt <= high:
            raise ScriptError(POTENTIAL, line)
        return volt

    def _impedance(self, freq_hz: NDArray[np.float64]) -> NDArray[np.complex128]:
        if self.plant.cell is not None:
            return np.asarray(self.plant.cell(freq_hz), dtype=np.complex128)
        admittance_s = 1.0 / OPEN_LEADS_OHM + 2j * np.pi * freq_hz * OPEN_LEADS_F
        return np.asarray(1.0 / admittance_s, dtype=np.complex128)

    def _range_of(self, current_a: float, line: int) -> tuple[int, int]:
        """(status bits, range index) of a current: the smallest allowed range that holds it."""
        low_a, high_a = self.autoranging_a
        every = self.model.ranges
        allowed = [pair for pair in every if low_a <= pair[1] <= high_a * 1.001] or [every[0]]
        if current_a > CRITICAL_SHARE * every[-1][1]:
            raise ScriptError(CRITICAL, line)
        fitting = [place for place, full_a in allowed if full_a >= HEADROOM * current_a]
        place = fitting[0] if fitting else allowed[-1][0]
        status = OK if fitting else OVERLOAD
        if current_a < UNDERLOAD_SHARE * allowed[0][1]:
            status = UNDERLOAD
        return status, place + (HIGH_SPEED if self.model.high_speed and self.mode == 3 else 0)

    def _number(self, arg: str | float) -> float:
        return self._value(arg).number if isinstance(arg, str) else arg

    def _value(self, arg: str | float) -> Value:
        return self._values.get(str(arg), Value(0.0, "ja"))


def _grid(interval_s: float, run_s: float, line: int) -> list[float]:
    if not 0.0 < interval_s <= run_s or run_s / interval_s > POINTS_MAX:
        raise ScriptError(BOUNDS, line)
    return [interval_s] * int(run_s / interval_s + 1e-9)


ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "add_var": operator.add, "sub_var": operator.sub, "mul_var": operator.mul, "div_var": operator.truediv,
}  # fmt: skip
LOOPS: dict[str, Callable[[Potentiostat, Command], Steps]] = {
    "loop": Potentiostat._loop,
    "meas_loop_eis": Potentiostat._eis,
    "meas_loop_ocp": Potentiostat._ocp,
    "meas_loop_cp": Potentiostat._cp,
}
