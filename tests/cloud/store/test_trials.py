"""Campaigns, trials and runs: every allowed step, and every other one refused."""

import itertools
import math

import pytest
from adatom.cloud.store.store import Store
from adatom.cloud.store.trials import STATES, TRANSITIONS, TransitionError
from adatom.protocol.errors import InputError

from tests.cloud.store.samples import NOW, add_trial, recipe

# events that lead from `proposed` to each state
WAYS = {
    "proposed": (),
    "reserved": ("reserve",),
    "running": ("reserve", "start"),
    "complete": ("reserve", "start", "complete"),
    "failed": ("reserve", "start", "fail"),
    "abandoned": ("abandon",),
}
EVENTS = sorted({event for _, event in TRANSITIONS})


@pytest.mark.parametrize(("state", "event"), list(itertools.product(STATES, EVENTS)))
def test_the_table_decides_what_a_trial_becomes(shared_store: Store, state: str, event: str) -> None:
    campaign = f"{state} {event}"
    shared_store.propose(campaign, 1, recipe(), "sobol", "", NOW)
    for step in WAYS[state]:
        shared_store.move_trial(campaign, 1, step, NOW)
    if (state, event) in TRANSITIONS:
        assert shared_store.move_trial(campaign, 1, event, NOW) == TRANSITIONS[state, event]
        state = TRANSITIONS[state, event]
    else:
        with pytest.raises(TransitionError, match=f"is {state}"):
            shared_store.move_trial(campaign, 1, event, NOW)
    assert shared_store.trials(campaign)[0]["state"] == state


def test_a_trial_that_does_not_exist_cannot_move(store: Store) -> None:
    with pytest.raises(TransitionError, match="no trial 3"):
        store.move_trial("c", 3, "reserve", NOW)


def test_an_aborted_trial_is_made_again_and_its_history_told(store: Store) -> None:
    add_trial(store, 1, "aborted")
    assert [row["event"] for row in store.trial_history("c", 1)] == ["propose", "reserve", "start", "abort"]
    trial = store.trials("c")[0]
    assert (trial["state"], trial["attempts"]) == ("proposed", 1)
    assert trial["runs"][0]["outcome"] == "aborted"


def test_two_moves_in_one_transaction(store: Store) -> None:
    store.propose("c", 1, recipe(), "sobol", "", NOW)
    with store.transaction():
        store.move_trial("c", 1, "reserve", NOW)
        assert store.move_trial("c", 1, "start", NOW) == "running"
    assert store.trials("c")[0]["state"] == "running"


def test_a_campaign_has_its_name_for_itself(store: Store) -> None:
    store.add_campaign("c", "[campaign]\n", 7, NOW)
    assert store.campaign("c") == {"campaign": "c", "file": "[campaign]\n", "seed": 7, "created_utc_s": NOW}
    assert store.campaign("d") is None
    with pytest.raises(InputError, match="already"):
        store.add_campaign("c", "", 1, NOW)


def test_the_optimizers_state_comes_back_bit_identical(store: Store) -> None:
    state = {"version": 1, "tells": [0.1 + 0.2, 1e-300, -0.0, 2**53 + 1], "names": ["é", ""]}
    assert store.load_state("c") is None
    store.save_state("c", {"version": 0})
    store.save_state("c", state)
    assert repr(store.load_state("c")) == repr(state)


def test_a_state_that_would_not_come_back_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="JSON"):
        store.save_state("c", {"best": math.nan})


def test_trials_come_with_runs_and_quantities(store: Store) -> None:
    run_id = add_trial(store, 1, "complete", 142.0)
    store.put_quantity(run_id, "cycles_to_failure", 50, unit="cycles", simulated=True, censored=True)
    store.put_quantity(run_id, "r_interface_ohm_cm2", 140.0, unit="ohm cm2", simulated=True, sd=0.05, scale="ln",
                       quality={"chi2": math.nan, "arcs": 1})  # fmt: skip
    add_trial(store, 2, "failed")
    first, second = store.trials("c")
    assert first["recipe"] == recipe()
    quantities = first["runs"][0]["quantities"]
    assert quantities["r_interface_ohm_cm2"] == {
        "value": 140.0, "sd": 0.05, "scale": "ln", "unit": "ohm cm2", "censored": False, "simulated": True,
        "quality": {"chi2": None, "arcs": 1},
    }  # fmt: skip
    assert quantities["cycles_to_failure"]["censored"]
    assert quantities["cycles_to_failure"]["sd"] is None
    assert second["runs"][0]["quantities"] == {}
    run = store.run(run_id)
    assert run
    assert run["quantities"] == quantities
    assert store.run("none") is None


def test_failed_and_aborted_runs_are_listed_with_their_reason(store: Store) -> None:
    add_trial(store, 1, "complete")
    add_trial(store, 2, "failed")
    add_trial(store, 3, "aborted")
    assert [(run["trial"], run["outcome"], run["reason"]) for run in store.failed_runs("c")] == [
        (2, "failed", "crack"),
        (3, "aborted", "crack"),
    ]


def test_unknown_outcomes_and_scales_are_refused(store: Store) -> None:
    run_id = add_trial(store, 1, "complete")
    with pytest.raises(ValueError, match="must be one of"):
        store.end_run(run_id, "done", "", NOW)
    with pytest.raises(ValueError, match="must be one of"):
        store.put_quantity(run_id, "x", 1.0, unit="1", simulated=False, scale="log")
