"""The measuring part of the simulated potentiostat: runs a MethodSCRIPT program against the cell at its terminals.

A run is a generator of (seconds to wait, text to send): whoever drives it owns the clock. Noise and artefacts of a
measurement come with the cell's impedance; ranges, status bits and rounding come from here.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .methodscript import Command, Program, ScriptError, encode_value
from .plant import Plant

Steps = Iterator[tuple[float, str]]

# Current ranges of the EmStat Pico in A, by index (instruments.md 1.6); in high-speed mode 128 is added to the index
PICO_RANGES_A = (100e-9, 2e-6, 4e-6, 8e-6, 16e-6, 32e-6, 63e-6, 125e-6, 250e-6, 500e-6, 1e-3, 5e-3)
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
WINDOW_V = {0: (0.0, 0.0), 2: (-1.25, 2.0), 3: (-1.7, 2.0), 4: (-1.7, 2.0), 6: (-3.0, 3.0)}


class AbortError(Exception):
    """Z was received: on to on_finished."""


class BreakLoopError(Exception):
    """Y was received: this measurement loop ends."""


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

    def __init__(self, plant: Plant, galvanostat: bool = False) -> None:
        self.plant = plant
        self.modes = (0, 2, 3, 4, 6) if galvanostat else (0, 2, 3, 4)
        self.cell_on = False
        self.mode = 0
        self.potential_v = 0.0
        self.autoranging_a = (PICO_RANGES_A[0], PICO_RANGES_A[-1])
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
        elif name == "set_pgstat_mode":
            self.mode = int(self._number(args[0]))
            if self.mode not in self.modes:
                raise ScriptError(UNSUPPORTED, line)
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

    # --- measurement loops -------------------------------------------------------------------------------------
    def _eis(self, command: Command) -> Steps:
        names, numbers = command.args[:3], [self._number(arg) for arg in command.args[3:]]
        amplitude_v, start_hz, end_hz, points, e_dc = numbers
        self._check_eis(command.line, amplitude_v, (start_hz, end_hz), points, e_dc)
        freq_hz = start_hz * (end_hz / start_hz) ** (np.arange(int(points)) / max(1, int(points) - 1))
        z_ohm = self._impedance(freq_hz)
        f, r, j = (str(name) for name in names)

        def measure(k: int) -> None:
            z = complex(z_ohm[k])
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
            volt = self.plant.cell_dc(0.0, self.time_s) if self.plant.cell_dc else 0.0
            self._values[str(command.args[0])] = Value(volt, "ab", OK, POTENTIAL_RANGE)

        yield from self._points("000B", _grid(interval_s, run_s, command.line), measure, command)

    def _cp(self, command: Command) -> Steps:
        current_a, interval_s, run_s = (self._number(arg) for arg in command.args[2:])
        self._need_cell(command.line)
        if self.mode != 6:
            raise ScriptError(NOT_IN_MODE, command.line)
        started_s = self.time_s

        def measure(k: int) -> None:
            if self.plant.cell_dc is None:
                raise ScriptError(CRITICAL, command.line)  # a current cannot flow through open leads
            volt = self.plant.cell_dc(current_a, self.time_s - started_s)
            self._values[str(command.args[0])] = Value(volt, "ab", OK, POTENTIAL_RANGE)
            self._values[str(command.args[1])] = Value(current_a, "ba", *self._range_of(abs(current_a), command.line))

        yield from self._points("000A", _grid(interval_s, run_s, command.line), measure, command)

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

    def _potential(self, volt: float, line: int) -> float:
        low, high = WINDOW_V[self.mode]
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
        allowed = [k for k, full_a in enumerate(PICO_RANGES_A) if low_a <= full_a <= high_a * 1.001] or [0]
        if current_a > CRITICAL_SHARE * PICO_RANGES_A[-1]:
            raise ScriptError(CRITICAL, line)
        fitting = [k for k in allowed if PICO_RANGES_A[k] >= HEADROOM * current_a]
        place = fitting[0] if fitting else allowed[-1]
        status = OK if fitting else OVERLOAD
        if current_a < UNDERLOAD_SHARE * PICO_RANGES_A[allowed[0]]:
            status = UNDERLOAD
        return status, place + (HIGH_SPEED if self.mode == 3 else 0)

    def _number(self, arg: str | float) -> float:
        return self._value(arg).number if isinstance(arg, str) else arg

    def _value(self, arg: str | float) -> Value:
        return self._values.get(str(arg), Value(0.0, "ja"))


def _grid(interval_s: float, run_s: float, line: int) -> list[float]:
    if not 0.0 < interval_s <= run_s or run_s / interval_s > POINTS_MAX:
        raise ScriptError(BOUNDS, line)
    return [interval_s] * int(run_s / interval_s + 1e-9)


LOOPS: dict[str, Callable[[Potentiostat, Command], Steps]] = {
    "meas_loop_eis": Potentiostat._eis,
    "meas_loop_ocp": Potentiostat._ocp,
    "meas_loop_cp": Potentiostat._cp,
}
