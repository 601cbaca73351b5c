"""One run: its recipe, telemetry, events, measurements, certificate."""

import asyncio
from typing import Annotated, Any

from adatom.cloud.proof.issue import held
from adatom.cloud.store.store import Store
from adatom.protocol import channels
from adatom.protocol.errors import InputError
from fastapi import APIRouter, HTTPException, Query

from ... import plots
from ...spectra import nyquist_of
from ..access import Viewer
from ..answers import plain
from ..figure import as_json
from . import Parts, RunId

router = APIRouter(prefix="/api/v1/runs", tags=["runs"])
BUCKETS_MOST = 4000  # more than any screen has columns
Seconds = Annotated[float | None, Query(ge=0, le=1e9)]
Buckets = Annotated[int, Query(ge=2, le=BUCKETS_MOST)]


@router.get("", summary="The last runs")
async def runs(person: Viewer, window: Parts, most: Annotated[int, Query(ge=1, le=1000)] = 100) -> list[dict[str, Any]]:
    """Newest first: run_id, campaign, trial, bench, outcome (null while it runs), reason, times."""
    found: list[dict[str, Any]] = plain(await window.store.read(Store.last_runs, most))
    return found


@router.get("/{run_id}", summary="One run")
async def run(run_id: RunId, person: Viewer, window: Parts) -> dict[str, Any]:
    """Recipe, quantities with their uncertainty, the bench's own summary, the certificate."""
    found: dict[str, Any] | None = plain(await window.store.read(_whole_run, run_id))
    if found is None:
        raise HTTPException(404, f"no run {run_id!r}")
    return found


@router.get("/{run_id}/trace", summary="Telemetry for the eye")
async def trace(
    run_id: RunId, person: Viewer, window: Parts, channel: Annotated[list[str], Query(max_length=channels.COUNT)],
    buckets: Buckets = 1000, from_s: Seconds = None, to_s: Seconds = None,
) -> dict[str, Any]:  # fmt: skip
    """t_s since the run's first point and, of each channel, lowest and highest in each bucket: no peak is hidden."""
    try:
        found: dict[str, Any] = plain(await window.store.read(Store.trace, run_id, channel, buckets, from_s, to_s))
    except InputError as error:
        raise HTTPException(422, str(error)) from None
    return found


@router.get("/{run_id}/events", summary="What happened in a run")
async def events(run_id: RunId, person: Viewer, window: Parts) -> list[dict[str, Any]]:
    """Events in order, with t_s on the axis of the trace."""
    found: list[dict[str, Any]] = plain(await window.store.read(Store.events_of_trace, run_id))
    return found


@router.get("/{run_id}/spectra", summary="Impedance spectra with their fits")
async def spectra(run_id: RunId, person: Viewer, window: Parts) -> list[dict[str, Any]]:
    """A figure each, for Plotly."""
    measurements = await window.store.read(Store.measurements, run_id, "eis")
    return await asyncio.to_thread(_figures, measurements)


def _whole_run(store: Store, run_id: str) -> dict[str, Any] | None:
    known, command = store.run(run_id), store.command_of(run_id)
    result = store.result(run_id)
    if known is None and result is None:
        return None
    origin, signed = store.origin(run_id), held(store, run_id)
    boot = store.boot(*origin) if origin else None
    return {
        "run_id": run_id, **(known or {}), "recipe": (command or {}).get("recipe"), "result": result,
        "simulated": bool(boot and boot["simulated"]), "envelope_sha256": boot and boot["envelope_sha256"],
        "certificate": signed and {"text": signed.text, "signature": signed.signature, "public_key": signed.public_key},
        "points": store.point_count(run_id), "techniques": store.techniques(run_id),
    }  # fmt: skip


def _figures(measurements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    made = [found for found in map(nyquist_of, measurements) if found is not None]
    return [as_json(plots.nyquist(one, f"spectrum {number}")) for number, one in enumerate(made, 1)]
