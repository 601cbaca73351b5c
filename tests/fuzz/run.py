"""Frames into one decoder: counted, timed, and any crash kept with the frame that made it."""

import random
import signal
import time
from types import FrameType
from typing import Any

from .mutate import mutated
from .targets import Target

HANG_S = 30.0  # for 1 000 frames, which take well under a second
LOOK = 1000
CRASHES_KEPT = 5
FRAME_KEPT = 4096  # bytes of each: some targets begin with fresh keys, and a seed alone does not bring them back


class HungError(BaseException):
    """A decoder did not come back; no `except Exception` of a decoder may swallow this."""


def fuzz(target: Target, n: int, seed: int) -> dict[str, Any]:
    """A row of the table. The whole frames are tried first: a corpus that is refused would test nothing."""
    whole = sum(_try(target, frame)[0] == "taken" for frame in target.corpus)
    rng = random.Random(f"{target.name} {seed}")
    counts = {"taken": 0, "refused": 0, "crashed": 0}
    accepted = worst_s = 0.0
    crashes: list[str] = []
    started = time.perf_counter()
    before = signal.signal(signal.SIGALRM, _hung)
    try:
        for number in range(n):
            if number % LOOK == 0:
                signal.setitimer(signal.ITIMER_REAL, HANG_S)
            frame = mutated(rng, target.corpus)
            began = time.perf_counter()
            outcome, why = _try(target, frame)
            worst_s = max(worst_s, time.perf_counter() - began)
            counts[outcome] += 1
            accepted += target.sealed and outcome == "taken" and frame not in target.known
            if why and len(crashes) < CRASHES_KEPT:
                crashes.append(f"{why} on {frame[:FRAME_KEPT]!r}")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    seconds = time.perf_counter() - started
    return {"decoder": target.name, "n": n, "seed": seed, "whole": whole, **counts,
            "accepted": int(accepted) if target.sealed else None, "per_s": round(n / seconds),
            "worst_ms": round(1000 * worst_s, 2), "crashes": crashes}  # fmt: skip


def _try(target: Target, frame: bytes) -> tuple[str, str]:
    """(taken, refused or crashed; why it crashed)."""
    try:
        return ("taken" if target.take(frame) else "refused"), ""
    except target.allowed:
        return "refused", ""
    except Exception as error:
        return "crashed", f"{type(error).__name__}: {error}"


def _hung(_: int, frame: FrameType | None) -> None:
    raise HungError("a decoder did not come back")
