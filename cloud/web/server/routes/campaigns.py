"""Campaigns: how far they are, what they found, what comes next and why."""

from typing import Annotated, Any

from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError
from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, StringConstraints

from ... import report, values
from ...gather import CampaignView, Trial, gather
from ..access import Operator, Viewer
from ..answers import plain
from ..figure import as_json
from . import CampaignName, Parts

router = APIRouter(prefix="/api/v1/campaigns", tags=["campaigns"])


class Hold(BaseModel):
    """Why no more trials are to be begun."""

    why: Annotated[str, StringConstraints(max_length=200)] = ""


@router.get("", summary="Every campaign")
async def campaigns(person: Viewer, window: Parts) -> list[dict[str, Any]]:
    """Name, seed, created_utc_s, oldest first; `here`: this server runs it, `held`: why it begins no trial."""
    running = window.campaign
    rows = await window.store.read(Store.campaigns)
    return [
        {"campaign": row["campaign"], "seed": row["seed"], "created_utc_s": row["created_utc_s"],
         "here": running is not None and running.name == row["campaign"],
         "held": running.held if running is not None and running.name == row["campaign"] else ""}
        for row in rows
    ]  # fmt: skip


@router.get("/{campaign}", summary="One campaign")
async def campaign(campaign: CampaignName, person: Viewer, window: Parts) -> dict[str, Any]:
    """Trials with state, recipe, results and scores; the best, the reference and the budget."""
    found: dict[str, Any] = plain(await _of(window, _summary, campaign))
    return found


@router.get("/{campaign}/figures", summary="Progress and recipes as figures")
async def figures(campaign: CampaignName, person: Viewer, window: Parts) -> dict[str, Any]:
    """`progress` and `parallel` for Plotly; null where there is nothing to show yet."""
    found: dict[str, Any] = await _of(window, _figures, campaign)
    return found


@router.get("/{campaign}/report.html", summary="The report", response_class=HTMLResponse)
async def report_page(campaign: CampaignName, person: Viewer, window: Parts) -> HTMLResponse:
    """One self-contained file: plots, tables, every trial; needs no network."""
    text = await _of(window, _report, campaign)
    name = "".join(c if c.isalnum() or c in "-_" else "_" for c in campaign)
    return HTMLResponse(text, headers={"Content-Disposition": f'attachment; filename="{name}.html"'})


@router.post("/{campaign}/hold", summary="Begin no more trials", status_code=204)
async def hold(campaign: CampaignName, said: Hold, person: Operator, window: Parts) -> None:
    """What runs, runs to its end."""
    running = _here(window, campaign)
    await window.audit(person, "hold", {"campaign": campaign, "why": said.why})
    running.hold(said.why or f"held by {person.name}")


@router.delete("/{campaign}/hold", summary="Begin trials again", status_code=204)
async def go_on(campaign: CampaignName, person: Operator, window: Parts) -> None:
    """Ends a hold, or a stop."""
    running = _here(window, campaign)
    await window.audit(person, "go on", {"campaign": campaign})
    running.go_on()


def _here(window: Parts, campaign: str) -> Any:
    if window.campaign is None or window.campaign.name != campaign:
        raise HTTPException(409, f"{campaign!r} does not run here")
    return window.campaign


async def _of(window: Parts, function: Any, campaign: str) -> Any:
    """What a function of (store, name) gives; 404 for an unknown campaign."""
    try:
        return await window.store.read(function, campaign)
    except InputError as error:
        raise HTTPException(404, error.problem) from None


def _summary(store: Store, campaign: str) -> dict[str, Any]:
    view = gather(store, campaign)
    return {
        "campaign": view.name, "seed": view.seed, "created_utc_s": view.created_utc_s, "budget": view.budget,
        "strategy": view.plan.get("strategy", "bo"), "simulated": view.simulated,
        "best": view.best and view.best.number, "reference": view.reference and view.reference.number,
        "goal_ohm_cm2": view.goal_ohm_cm2, "times_better": _times(view),
        "trials": [_trial(trial) for trial in view.trials],
    }  # fmt: skip


def _trial(trial: Trial) -> dict[str, Any]:
    r, judged = trial.r_interface, trial.judged
    return {
        "trial": trial.number, "state": trial.state, "provenance": trial.provenance, "recipe": trial.recipe,
        "formula": values.formula(trial.recipe),
        "r_interface_ohm_cm2": r and {"value": r.value, "interval_95": r.interval, "text": r.with_unit},
        "runs": [{"run_id": run.run_id, "bench": run.bench, "outcome": run.outcome, "reason": run.reason,
                  "started_utc_s": run.started_utc_s, "ended_utc_s": run.ended_utc_s} for run in trial.runs],
        "scores": judged and {"v": judged.value, "hyperscore": judged.hyperscore, "weights": judged.weights_version,
                              "scores": judged.scores, "because": judged.because},
    }  # fmt: skip


def _times(view: CampaignView) -> str:
    best = view.best and view.best.r_interface
    reference = view.reference and view.reference.r_interface
    return values.ratio(reference, best).text if best and reference and view.best is not view.reference else ""


def _figures(store: Store, campaign: str) -> dict[str, Any]:
    view = gather(store, campaign)
    parallel = report.parallel_figure(view)
    progress = report.progress_figure(view, store.incumbents(campaign)) if view.runs else None
    return {"progress": progress and as_json(progress), "parallel": parallel and as_json(parallel)}


def _report(store: Store, campaign: str) -> str:
    return report.page(store, gather(store, campaign), store.incumbents(campaign))
