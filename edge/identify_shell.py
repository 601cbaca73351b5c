"""The step test in real time on a bench's lines, then the fit, its file and its picture."""

import json
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adatom.protocol.errors import FailedError, InputError
from adatom.protocol.output_path import output_file

from .clock import now_ms
from .config import Bench, Port, load_bench
from .control_socket import ControlSocket
from .envelope_note import check_note
from .folder_lock import FolderLock
from .identify import BASELINE, DONE, LOW_SHARE, PHASES, StepTest, turn_of
from .instruments import make_drivers
from .plant_file import Circumstances, save, sentences
from .plant_fit import fit
from .rig_state import rig_state
from .serial_port import SerialPort
from .wiring import envelope_of

WAIT_MS = 5  # longest wait for bytes
PROGRESS_S = 10
SAFE_WAIT_MS = 3000  # for every instrument to say that it is safe
LEAST_SAMPLES = 40
ENDING = ("abort", "stop")  # requests that end the test


@dataclass(frozen=True)
class Asked:
    """The command line."""

    file: Path
    rig: Path | None
    power_w: float | None
    max_c: float | None
    gas_pa: float
    minutes: float
    operating_c: float | None
    output: Path | None
    as_json: bool


def identify_bench(asked: Asked) -> None:
    """Test, fit, write, say. FailedError when there is no course, or none to control by."""
    path = asked.output or asked.file.with_name("plant.json")
    output_file(path)
    bench = load_bench(str(asked.file), identified=False)
    envelope, digest = envelope_of(bench)
    check_note(bench.journal_dir, digest, bench.envelope)
    if asked.rig is not None:
        _check_real_time(asked.rig)
    test = StepTest(bench, envelope, asked.power_w, asked.max_c, asked.gas_pa, asked.minutes)
    lock = FolderLock(bench.journal_dir)
    try:
        unsafe = _Shell(bench, envelope, test).run(_Progress(test, asked.as_json))
    finally:
        lock.close()
    why = [f"no step test: {test.why}"] if test.phase != DONE else []
    if unsafe:
        why.append(f"not known to be safe at the end: {', '.join(unsafe)}")
    if why:
        raise FailedError("\n".join(why))
    count = len(test.temperatures)
    if count < LEAST_SAMPLES:
        raise FailedError(f"no fit: {count} samples before {test.max_c:.0f} °C, {LEAST_SAMPLES} are needed")
    low, high = envelope["recipe"]["substrate_c"]
    found_fit = fit(test.course, bench.plant, asked.operating_c or (low + high) / 2)
    found = save(path, found_fit, test.course, _circumstances(bench, digest, test, asked.rig is not None))
    _say(found, path, asked)
    if not found_fit.good:
        raise FailedError("the fit is not good enough: " + "; ".join(found_fit.says))


def _check_real_time(rig: Path) -> None:
    """A rig that runs faster than the agent's clock would show a faster heater than there is."""
    speed = rig_state(rig)["speed"]
    if speed != 1:
        raise InputError("--rig", f"{rig} runs at {speed:g} times real time: identify needs a rig at --speed 1")


def _circumstances(bench: Bench, digest: str, test: StepTest, simulated: bool) -> Circumstances:
    return Circumstances(
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        bench=bench.bench,
        envelope=digest,
        simulated=simulated,
        power_w=(LOW_SHARE * test.power_w, test.power_w),
        pressure_pa=sum(test.pressures) / max(1, len(test.pressures)),
        wall_c=bench.plant.wall_c,
    )


def _say(found: dict[str, Any], path: Path, asked: Asked) -> None:
    if asked.as_json:
        print(json.dumps({"file": str(path)} | found), flush=True)
        return
    for line in (["simulated"] if found["simulated"] else []) + sentences(found):
        print(line)
    print(f"written: {path}, and beside it {path.with_suffix('.csv').name} and {path.with_suffix('.svg').name}")
    if found["fit"]["good"]:
        print(
            f'to control by it, have this line in {asked.file}, above its tables:\n\n    plant_file = "{path.name}"\n'
        )


class _Progress:
    """A line each ten seconds and at each phase."""

    def __init__(self, test: StepTest, as_json: bool) -> None:
        self.test, self.as_json = test, as_json
        self.phase = -1
        self.due_s = 0.0

    def __call__(self, now: int) -> None:
        test = self.test
        if test.phase == self.phase and time.monotonic() < self.due_s:
            return
        self.phase, self.due_s = test.phase, time.monotonic() + PROGRESS_S
        figures = _figures(test, now)
        heater_c = figures["heater_c"]
        if self.as_json:
            print(json.dumps(figures), flush=True)
        elif test.phase >= BASELINE and heater_c is not None:
            print("{phase:<22}{heater_c:7.2f} °C {power_w:6.1f} W  {left_s:5d} s left".format(**figures), flush=True)
        else:
            print("{phase:<22}  {left_s:5d} s left".format(**figures), flush=True)


def _figures(test: StepTest, now: int) -> dict[str, Any]:
    """How far the test is, JSON-ready."""
    return {
        "phase": PHASES[test.phase],
        "heater_c": test.temperatures[-1] if test.temperatures else None,
        "power_w": test.powers[-1] if test.powers else 0.0,
        "left_s": round(test.left_s(now)),
    }


class _Shell:
    """Lines, clock, signals and control socket around the step test; always ends with everything made safe."""

    def __init__(self, bench: Bench, envelope: dict[str, Any], test: StepTest) -> None:
        self.test = test
        self.period_ms = 1000 // bench.tick_hz
        drivers = make_drivers(bench.ports)
        ports: dict[str, Port] = bench.ports
        self.lines = [SerialPort(ports[role].port, drivers[role]) for role in sorted(ports)]
        self.turn = turn_of(test, drivers, envelope)
        self.control = ControlSocket(bench.journal_dir)
        self.stopped = ""  # who says so

    def run(self, progress: Callable[[int], None]) -> list[str]:
        """Tick until the test is over or somebody stops it; the roles that are not known to be safe then."""
        before = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        next_ms = now_ms()
        try:
            while self.test.phase < DONE:
                self._bytes(max(0, min(WAIT_MS, next_ms - now_ms())))
                now = now_ms()
                if self.stopped:
                    self.test.trip(now, self.stopped)
                if now >= next_ms:
                    next_ms += self.period_ms * ((now - next_ms) // self.period_ms + 1)
                    self.turn.tick(now)
                    progress(now)
        finally:
            unsafe = self._shut_down()
            for number, handler in before.items():
                signal.signal(number, handler)
        return unsafe

    def _stop(self, *_: Any) -> None:
        self.stopped = "stopped"

    def _answer(self, request: Any) -> dict[str, Any]:
        """The reply to a request of the control socket: what an agent is asked for, as far as it has a meaning here."""
        word = request.get("do") if isinstance(request, dict) else None
        if word in ENDING:
            self.stopped = str(request.get("why") or f"{word} by the person at the bench")
            return {"ok": True}
        if word == "status":
            return self._status(now_ms())
        raise FailedError(f"a step test is going on: {word!r} must be one of status, {', '.join(ENDING)}")

    def _status(self, now: int) -> dict[str, Any]:
        missing = self.turn.instruments.missing(now)
        return {"bench": self.test.bench.bench, "state": "identify"} | _figures(self.test, now) | {"missing": missing}

    def _bytes(self, wait_ms: int) -> None:
        """Wait for bytes of the lines or a request, and serve both."""
        handles = [line.fileno() for line in self.lines if line.fileno() >= 0]
        select.select(handles + self.control.descriptors(), [], [], wait_ms / 1000)
        now = now_ms()
        self.turn.wake(now)  # after a standstill nothing of before it may leave
        self.control.service(self._answer)
        for line in self.lines:
            line.service(now)

    def _shut_down(self) -> list[str]:
        """Make everything safe and close the lines; the roles that are not known to be safe."""
        instruments = self.turn.instruments
        started = now_ms()
        instruments.safe(started)
        while now_ms() - started < SAFE_WAIT_MS and instruments.unsafe(now_ms()):
            self._bytes(WAIT_MS)
        left = instruments.unsafe(now_ms())
        for line in self.lines:
            line.close()
        self.control.close()
        return left
