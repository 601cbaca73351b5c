"""Benches as they are now, and a person's word to them."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, StringConstraints

from ..access import Operator, Viewer
from ..window import Window
from . import BenchName, Parts

router = APIRouter(prefix="/api/v1", tags=["benches"])
ANSWER_S = 30.0  # a bench that speaks answers within a heartbeat; one that does not is told again by nobody
CHECK_S = 15.0  # between looks whether who watches is still let in
Why = Annotated[str, StringConstraints(max_length=200)]
Step = Annotated[str, StringConstraints(max_length=64)]


class Order(BaseModel):
    """What a bench is asked for: a run is a campaign's to start, never a page's."""

    order: Literal["pause", "resume", "abort", "confirm"]
    why: Why = ""
    step: Step = ""


class Stop(BaseModel):
    """Stop everything."""

    why: Why = ""


class Obeyed(BaseModel):
    """What each bench answered: no reason against is obedience."""

    refused: dict[str, list[str]]


@router.get("/benches", summary="Every bench now")
def benches(person: Viewer, window: Parts) -> list[dict[str, Any]]:
    """State, run, last heartbeat, backlog and envelope of every bench that was ever heard here."""
    return window.live.benches()


@router.get("/benches/{bench}/recent", summary="The last minutes of a bench")
def recent(bench: BenchName, person: Viewer, window: Parts) -> dict[str, Any]:
    """boot, t_ms and the channels by name with unit, as committed; a missing reading is null."""
    if bench not in window.fleet.benches:
        raise HTTPException(404, f"no bench {bench!r} has spoken yet")
    return window.live.recent(bench)


@router.get("/benches/{bench}/limits", summary="What a bench may do")
def limits(bench: BenchName, person: Viewer, window: Parts) -> dict[str, Any]:
    """`interlock` and `lease` of its envelope; empty where no campaign that runs here names the bench."""
    envelope = window.campaign.benches.get(bench) if window.campaign else None
    return {} if envelope is None else {name: envelope[name] for name in ("interlock", "lease")}


@router.get("/events", summary="The last events of all benches")
def events(person: Viewer, window: Parts) -> list[dict[str, Any]]:
    """Newest last."""
    return list(window.live.events)


@router.get("/live", summary="Everything as it happens", response_class=StreamingResponse)
async def live(person: Viewer, request: Request, window: Parts) -> StreamingResponse:
    """Server-sent events: benches, points and events since the last one, four times a second at most."""
    return StreamingResponse(_watched(request, window), media_type="text/event-stream",
                             headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})  # fmt: skip


@router.post("/benches/{bench}/orders", summary="Ask a bench for something")
async def order(bench: BenchName, said: Order, person: Operator, window: Parts) -> Obeyed:
    """Sealed, numbered and audited as any command; the bench decides. 409 when it refuses, 504 when it is silent."""
    if bench not in window.fleet.benches:
        raise HTTPException(404, f"no bench {bench!r} has spoken yet")
    args = {name: value for name, value in (("why", said.why), ("step", said.step)) if value}
    if said.order == "abort":
        args["why"] = _why(said.why, person.name)
    await window.audit(person, said.order, {"bench": bench, **args})
    reasons = await _told(window, bench, said.order, args)
    if reasons:
        raise HTTPException(409, f"{bench} refuses {said.order}: {'; '.join(reasons)}")
    return Obeyed(refused={})


@router.post("/stop", summary="Stop every bench")
async def stop(said: Stop, person: Operator, window: Parts) -> Obeyed:
    """No trial is begun any more, and every bench makes itself safe. 504 names the benches that did not answer."""
    why = _why(said.why, person.name)
    if window.campaign is not None:
        window.campaign.hold(why)
    await window.audit(person, "stop", {"why": why})
    speaking = [row["bench"] for row in window.live.benches() if row["alive"]]
    answers = await asyncio.gather(*(_told(window, bench, "abort", {"why": why}) for bench in speaking),
                                   return_exceptions=True)  # fmt: skip
    silent = [bench for bench, answer in zip(speaking, answers, strict=True) if isinstance(answer, BaseException)]
    silent += [row["bench"] for row in window.live.benches() if not row["alive"]]
    if silent:
        raise HTTPException(504, f"no answer from {', '.join(silent)}: go and look")
    return Obeyed(refused={bench: list(answer) for bench, answer in zip(speaking, answers, strict=True)
                           if not isinstance(answer, BaseException) and answer})  # fmt: skip


def _why(why: str, name: str) -> str:
    """What the bench writes down as the run's reason."""
    return f"{why} ({name})" if why else f"stopped by {name}"


async def _told(window: Window, bench: str, word: str, args: dict[str, Any]) -> list[str]:
    """A bench's reasons against; 504 when it does not answer."""
    try:
        async with asyncio.timeout(ANSWER_S):
            return await window.fleet.command(bench, word, args)
    except TimeoutError:
        raise HTTPException(504, f"{bench} does not answer") from None


async def _watched(request: Request, window: Window) -> Any:
    """The frames, until who watches logs out or loses the right to."""
    now = asyncio.get_running_loop().time
    next_s = now() + CHECK_S
    async for frame in window.live.frames():
        if now() >= next_s:
            if window.gate.person(request, touch=False) is None:
                return
            next_s = now() + CHECK_S
        yield frame
