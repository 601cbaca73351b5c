"""A small campaign of the simulated bench in a store, made as the loop would make it. Not a test."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from adatom.cloud.campaign.file import Campaign, load_campaign
from adatom.cloud.campaign.late import put_quantity as keep
from adatom.cloud.measure.eis.cell import fit_cell
from adatom.cloud.measure.xps.quantities import xps_quantities
from adatom.cloud.store.store import Store
from adatom.cloud.web.gather import PRIMARY
from adatom.protocol.channels import NAMES, SCALES
from adatom.protocol.recipe import recipe_from_dict
from adatom.protocol.telemetry import Batch
from adatom.sim.direct import DirectResult, run_direct
from adatom.sim.world import World

from tests.cloud.store.samples import BENCH, NOW, Sent, hello, message

DEMO = Path(__file__).parents[3] / "sim" / "demo" / "campaign.toml"
WORLD = World(1)
STEP_S = 10
GAP_S = 1200


def campaign() -> Campaign:
    return load_campaign(DEMO)


def recipes(trials: int) -> list[dict[str, Any]]:
    """The demo's reference with XPS spectra; the same annealed; points of its space."""
    demo = campaign()
    annealed = demo.reference | {"anneal_c": 450.0, "anneal_min": 60.0}
    others = demo.space.points(demo.space.sobol(max(1, trials - 2), 3))
    xps = {"measurements": [*demo.reference["measurements"], "xps"]}
    return [demo.reference | xps, annealed | xps, *others][:trials]


def build(store: Store, trials: int = 6, *, name: str = "demo", evil: str = "") -> None:
    """Run so many trials of the demo campaign through the direct chain, each in the transactions of the loop."""
    demo = campaign()
    store.add_campaign(name, demo.text, demo.seed, NOW)
    store.hello(BENCH, hello(), NOW)
    for number, recipe in enumerate(recipes(trials), start=1):
        scored = store.score([(str(number), recipe)], demo.benches[0].envelope, name)[0]
        provenance = "reference" if number == 1 else f"sobol{evil}"
        store.propose(name, number, recipe, provenance, "", NOW)
        store.keep_scores(name, number, scored, NOW)
        store.move_trial(name, number, "reserve", NOW)
        run_id = f"{name}-{number:04d}-r1-a1"
        store.start_run(run_id, name, number, 1, BENCH, NOW + 7200 * number)
        store.move_trial(name, number, "start", NOW)
        result = run_direct(recipe_from_dict(recipe), demo.benches[0].envelope, WORLD, f"{name}/{number:04d}/1")
        end(store, name, number, run_id, result, evil)
    curve = np.geomspace(140.0, 20.0, trials).tolist()
    store.put_baseline(name, "random", curve, [1.2 * value for value in curve])
    store.put_baseline(name, "sobol", [0.9 * value for value in curve], curve)


def end(store: Store, name: str, number: int, run_id: str, result: DirectResult, evil: str = "") -> None:
    """Store what a run gave: measurements, quantities, outcome."""
    first = 1_000_000 * number
    for k, measured in enumerate(result.measurements):
        fields = {name: measured[name] for name in ("technique", "columns", "meta")}
        store.ingest([message("measurement", first + k, run=run_id, part=1, parts=1, **fields)], NOW)
    reason = f"{result.reason}{evil}"
    if result.outcome == "complete":
        put_quantities(store, run_id, result)
    fields = {"outcome": result.outcome, "reason": reason, "ranges": [[1, first, first + 99]], "root": "00" * 32}
    store.ingest([message("result", first + 99, run=run_id, trial=str(number), summary={}, **fields)], NOW)
    store.end_run(run_id, result.outcome, reason, NOW + 7200 * number + 5400)
    store.move_trial(name, number, {"complete": "complete", "failed": "fail"}[result.outcome], NOW, reason)


def put_quantities(store: Store, run_id: str, result: DirectResult) -> None:
    """R_interface by the real fit; the others as a laboratory might report them, from the twin's truth."""
    eis = next(m for m in result.measurements if m["technique"] == "eis")
    z_ohm = np.array(eis["columns"]["z_re_ohm"]) + 1j * np.array(eis["columns"]["z_im_ohm"])
    fit = fit_cell(np.array(eis["columns"]["freq_hz"]), z_ohm, area_cm2=eis["meta"]["area_cm2"], symmetric=True)
    value, sd = fit.r_interface_ohm_cm2, fit.sd_log
    store.put_quantity(run_id, PRIMARY, value, unit="ohm cm2", sd=sd, scale="ln", simulated=True)
    surface = [m for m in result.measurements if m["technique"] == "xps"]
    for one in xps_quantities(surface) if surface else ():
        keep(store, run_id, one, simulated=True)
    rest: Sequence[tuple[str, float, str, float, str, bool]] = (
        ("conductivity_s_cm", result.truth["conductivity_s_cm"], "S/cm", 0.05, "ln", False),
        ("ccd_ma_cm2", result.truth["ccd_ma_cm2"], "mA/cm2", 0.02, "linear", False),
        ("cycles_to_failure", 50.0, "cycles", 0.0, "linear", True),
        ("uniformity", 0.93, "1", 0.004, "linear", False),
    )
    for quantity, value, unit, sd, scale, censored in rest:
        store.put_quantity(run_id, quantity, value, unit=unit, sd=sd, scale=scale, censored=censored, simulated=True)


def add_telemetry(store: Store, run_id: str, points: int = 300) -> None:
    """A made-up run: a ramp, a hold with pulses, twenty minutes in air without readings, a cold end."""
    half = points // 2
    t_s = np.arange(points) * STEP_S + np.where(np.arange(points) < half, 0, GAP_S)
    channels: dict[str, Any] = {
        "heater_c": np.minimum(600.0, 20.0 + 2.0 * np.arange(points)),
        "target_c": np.full(points, 600.0),
        "pressure_pa": np.full(points, 10.0),
        "vacuum_lgpa": np.linspace(5.0, -3.0, points),
        "energy_mj": np.where(np.arange(points) % 50 == 7, 80.0, 40.0),  # peaks of a single point
        "target_mj": np.full(points, 40.0),
    }
    columns: list[list[int | None]] = [
        [round(float(v) * scale) for v in channels[name]] if name in channels else [None] * points
        for name, scale in zip(NAMES, SCALES, strict=True)
    ]
    batch = Batch(1, 1, points, run_id, (1000 * t_s).tolist(), columns)
    store.ingest([Sent(BENCH, "telemetry", 1, 1, points, b"body", b"link", batch)], NOW)
    changes = [("idle", "heat", 0), ("heat", "deposit", half * STEP_S // 2), ("deposit", "transfer", half * STEP_S)]
    for k, (before, after, at_s) in enumerate(changes):
        data = {"from": before, "to": after}
        event = message("event", points + 10 + k, run=run_id, name="state", data=data)  # its time comes next
        event.content["t_ms"] = 1000 * at_s
        store.ingest([event], NOW)
