"""The direct chain: reference, optimum, repeatability, refusals."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from adatom.protocol.envelope import load_envelope
from adatom.protocol.errors import InputError
from adatom.protocol.recipe import Recipe, recipe_from_dict, replaced
from adatom.protocol.targets import pulse_shares
from adatom.sim.direct import REFERENCE_RECIPE, deposition_seconds, run_direct, truth
from adatom.sim.physics.failures import REASONS
from adatom.sim.world import World

ENVELOPE = load_envelope((Path(__file__).parents[2] / "sim" / "demo" / "envelope.json").read_text(encoding="utf-8"))
REFERENCE: Recipe = recipe_from_dict(REFERENCE_RECIPE)
CLEANED: Recipe = replaced(REFERENCE, anneal_c=450.0, anneal_min=60.0)
WORLDS = [World(seed) for seed in range(24)]


def mean_r(recipe: Recipe, worlds: list[World] = WORLDS) -> float:
    """Geometric mean over worlds of the true r_interface, ohm cm2."""
    return math.exp(np.mean([math.log(truth(recipe, ENVELOPE, world)["r_interface_ohm_cm2"]) for world in worlds]))


def test_reference_is_150() -> None:
    assert mean_r(REFERENCE) == pytest.approx(150.0, abs=25.0)


def test_floor_is_one_to_three() -> None:
    assert 1.2 < mean_r(CLEANED) < 3.0


def test_temperature_window_has_its_optimum_near_600() -> None:
    by_c = {c: mean_r(replaced(CLEANED, substrate_c=float(c)), WORLDS[:8]) for c in (450, 550, 600, 650, 700)}
    assert min(by_c, key=lambda c: by_c[c]) == 600
    assert by_c[450] > 50.0
    assert by_c[550] > 5.0
    assert 8.0 < by_c[650] < 1000.0  # softer than a cliff
    assert by_c[700] > 1000.0


@pytest.mark.parametrize(
    ("change", "factor"),
    [({"li_excess": 0.0}, 100), ({"li_excess": 1.2}, 10), ({"rep_rate_hz": 1.0}, 100), ({"distance_mm": 75.0}, 3)],
)
def test_the_window_is_narrow(change: dict[str, float], factor: float) -> None:
    assert mean_r(replaced(CLEANED, **change), WORLDS[:8]) > factor * mean_r(CLEANED, WORLDS[:8])


def test_the_hard_space_has_something_to_gain() -> None:
    best = replaced(REFERENCE, anneal_c=400.0, anneal_min=120.0, air_exposure_min=5.0)
    assert mean_r(best) < 5.0


def test_runs_repeat_bit_for_bit_and_scatter_as_expected() -> None:
    world = WORLDS[3]
    first, again = (run_direct(CLEANED, ENVELOPE, world, "demo/0003/1") for _ in range(2))
    assert first == again
    logs = [
        math.log(run_direct(REFERENCE, ENVELOPE, world, f"demo/{n:04d}/1").truth["r_interface_ohm_cm2"])
        for n in range(60)
    ]
    assert 0.15 < np.std(logs) < 0.35


def test_truth_is_the_middle_of_the_runs() -> None:
    world = WORLDS[1]
    runs = [run_direct(REFERENCE, ENVELOPE, world, f"demo/{n:04d}/1").truth["r_interface_ohm_cm2"] for n in range(60)]
    assert np.median(runs) == pytest.approx(truth(REFERENCE, ENVELOPE, world)["r_interface_ohm_cm2"], rel=0.12)


def test_measuring_more_changes_no_other_measurement() -> None:
    world = WORLDS[2]
    one = run_direct(REFERENCE, ENVELOPE, world, "demo/0005/1")
    more = replaced(REFERENCE, measurements=("thickness", "witness", "eis", "ccd", "cycling"))
    many = run_direct(more, ENVELOPE, world, "demo/0005/1")
    assert one.measurements[0] in many.measurements
    assert len(many.measurements) == 5
    json.dumps(many.measurements, allow_nan=False)


def test_failures_are_typed_and_told() -> None:
    results = [run_direct(REFERENCE, ENVELOPE, WORLDS[n % 24], f"demo/{n:04d}/1") for n in range(300)]
    failed = [result for result in results if result.outcome == "failed"]
    assert 0.08 < len(failed) / len(results) < 0.25
    assert {result.reason for result in failed} <= set(REASONS)
    assert all(bool(result.measurements) == (result.reason in ("", "eis_unusable")) for result in results)


def test_deposition_takes_longer_than_firing() -> None:
    shares, _ = pulse_shares(REFERENCE, ENVELOPE["targets"])
    seconds = deposition_seconds(REFERENCE, shares)
    assert 0.3 < 600.0 / seconds < 0.5
    assert deposition_seconds(REFERENCE, shares[:1]) == 600.0


def test_refusals_name_the_field() -> None:
    with pytest.raises(InputError, match="substrate_c"):
        run_direct(replaced(REFERENCE, substrate_c=900.0), ENVELOPE, WORLDS[0], "demo/0001/1")
    with pytest.raises(InputError, match="garnet"):
        truth(replaced(REFERENCE, cations=(("Al", 2.0),)), ENVELOPE, WORLDS[0])
    with pytest.raises(InputError, match="garnet"):
        truth(REFERENCE, {**ENVELOPE, "targets": ENVELOPE["targets"][3:]}, WORLDS[0])
