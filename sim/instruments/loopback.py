"""A driver against its twin in memory, in virtual time and as fast as they go: real bytes, no port, no sleeping.

The clock jumps to the next moment at which one of the two has something to do.
"""

from collections.abc import Callable
from typing import Any

from adatom.edge.drivers.base import Driver
from adatom.edge.drivers.emstat import EmstatPico
from adatom.protocol.errors import FailedError

from .emstat import Emstat
from .plant import Impedance, Plant

STEP_MS = 10  # jump while neither side names a time
STEPS_MAX = 1_000_000


def run_until(driver: Any, twin: Any, now_ms: int, done: Callable[[], bool]) -> int:
    """Virtual time in ms at which `done` became true. FailedError when it never does."""
    for _ in range(STEPS_MAX):
        if done():
            return now_ms
        request = driver.outgoing(now_ms)
        reply = twin.feed(request, now_ms / 1000) if request else twin.tick(now_ms / 1000)
        if reply:
            driver.feed(reply, now_ms)
        elif not request:
            now_ms = max(now_ms + 1, _next_ms(driver, twin, now_ms))
    raise FailedError("the simulated instrument did not come to an end")


def _next_ms(driver: Driver, twin: Any, now_ms: int) -> int:
    """The earliest of: the driver may send, its deadline, the twin has something to say."""
    due_s = twin.due_s()
    moments = [] if due_s is None else [int(due_s * 1000) + 1]
    moments.append(int(driver.deadline if driver.in_flight is not None else driver.not_before))
    later = [moment for moment in moments if moment > now_ms]
    return min(later) if later else now_ms + STEP_MS


def measure_eis(
    driver: Any,
    twin: Any,
    now_ms: int,
    *,
    start_hz: float = 200e3,
    end_hz: float = 0.1,
    points: int = 64,
    amplitude_mv: float = 10.0,
) -> tuple[dict[str, Any], bytes, int]:
    """(measurement, raw text, time at its end) of an impedance sweep through MethodSCRIPT.

    measurement: {"technique": "eis", "columns": {freq_hz, z_re_ohm, z_im_ohm, status}, "meta"}, as the drivers give it.
    FailedError with the instrument's words when it did not come through.
    """
    now_ms = run_until(driver, twin, now_ms, lambda: bool(driver.ready))
    driver.eis(start_hz, end_hz, points, amplitude_mv)
    now_ms = run_until(driver, twin, now_ms, lambda: driver.done is not None)
    result = driver.take_result()
    if result.error:
        raise FailedError(f"impedance: {result.error}")
    return result.measurement, bytes(result.raw), now_ms


class Bench:
    """A potentiostat that is always at hand: connect once, then measure cell after cell."""

    def __init__(self) -> None:
        self.plant = Plant()
        self.twin = Emstat(self.plant, instant=True)
        self.driver: Any = EmstatPico()
        self.now_ms = 0

    def eis(self, cell: Impedance, **sweep: Any) -> tuple[dict[str, Any], bytes]:
        """(measurement, raw text) of a cell's impedance; `sweep` as in `measure_eis`."""
        self.plant.cell = cell
        measurement, raw, self.now_ms = measure_eis(self.driver, self.twin, self.now_ms, **sweep)
        return measurement, raw
