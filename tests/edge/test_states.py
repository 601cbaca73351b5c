"""The table of the run: complete where it must be, closed where it must be."""

import pytest
from adatom.edge.states import STATES, TIMEOUTS, TRANSITIONS, next_state

RUNNING = [state for state in STATES if state not in ("idle", "safe", "fault")]


def test_every_row_names_states() -> None:
    for (state, _), after in TRANSITIONS.items():
        assert state in STATES
        assert after in STATES


def test_an_unlisted_pair_is_an_error() -> None:
    with pytest.raises(ValueError, match="no transition for event 'to_deposit' in state 'idle'"):
        next_state("idle", "to_deposit")


@pytest.mark.parametrize("state", STATES)
def test_abort_leads_to_safety_from_every_state(state: str) -> None:
    assert next_state(state, "abort") == ("fault" if state == "fault" else "safe")


@pytest.mark.parametrize("state", RUNNING)
@pytest.mark.parametrize("event", ["fail", "trip"])
def test_failures_and_trips_lead_to_safety(state: str, event: str) -> None:
    assert next_state(state, event) == "safe"


def test_only_a_rearm_leaves_the_fault_and_only_idle_starts() -> None:
    assert {event for (state, event), after in TRANSITIONS.items() if state == "fault" and after != "fault"} == {
        "rearm"
    }
    assert [state for state, event in TRANSITIONS if event == "start"] == ["idle"]


def test_every_running_state_has_a_time_out() -> None:
    assert sorted(TIMEOUTS) == sorted(RUNNING)


def test_every_state_is_reached() -> None:
    reached, fresh = {"idle"}, {"idle"}
    while fresh:
        fresh = {after for (state, _), after in TRANSITIONS.items() if state in fresh} - reached
        reached |= fresh
    assert reached == set(STATES)
