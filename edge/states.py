"""The state machine of a run, alone: states, table, time-outs.

An event that the table does not list for a state is an error. Rules: whatever happens, "safe" is one event away; only
"rearm" leaves "fault"; only "idle" starts a run.
"""

# The telemetry's "state" is an index into this tuple: append only
STATES = (
    "idle",
    "pump_down",
    "heat",
    "deposit",
    "cool",
    "transfer",
    "anneal",
    "interlayer",
    "measure",
    "paused",
    "safe",
    "fault",
)

# (state, event) -> state. "to_x" comes from the plan, "fail" from a step, "trip" from the interlock, the rest from
# commands and from the safe state itself
TRANSITIONS = {
    ("idle", "start"): "pump_down",
    ("idle", "abort"): "safe",
    ("idle", "trip"): "safe",
    ("pump_down", "to_heat"): "heat",
    ("pump_down", "to_interlayer"): "interlayer",
    ("heat", "to_deposit"): "deposit",
    ("heat", "to_anneal"): "anneal",
    ("deposit", "to_cool"): "cool",
    ("anneal", "to_cool"): "cool",
    ("cool", "to_transfer"): "transfer",
    ("cool", "to_interlayer"): "interlayer",
    ("interlayer", "to_cool"): "cool",
    ("interlayer", "to_transfer"): "transfer",
    ("transfer", "to_pump_down"): "pump_down",
    ("transfer", "to_transfer"): "transfer",
    ("transfer", "to_measure"): "measure",
    ("measure", "end"): "idle",
    ("pump_down", "pause"): "paused",
    ("heat", "pause"): "paused",
    ("deposit", "pause"): "paused",
    ("interlayer", "pause"): "paused",
    ("paused", "resume_pump_down"): "pump_down",
    ("paused", "resume_heat"): "heat",
    ("paused", "resume_deposit"): "deposit",
    ("paused", "resume_interlayer"): "interlayer",
    ("pump_down", "abort"): "safe",
    ("heat", "abort"): "safe",
    ("deposit", "abort"): "safe",
    ("cool", "abort"): "safe",
    ("transfer", "abort"): "safe",
    ("anneal", "abort"): "safe",
    ("interlayer", "abort"): "safe",
    ("measure", "abort"): "safe",
    ("paused", "abort"): "safe",
    ("safe", "abort"): "safe",
    ("fault", "abort"): "fault",
    ("pump_down", "fail"): "safe",
    ("heat", "fail"): "safe",
    ("deposit", "fail"): "safe",
    ("cool", "fail"): "safe",
    ("transfer", "fail"): "safe",
    ("anneal", "fail"): "safe",
    ("interlayer", "fail"): "safe",
    ("measure", "fail"): "safe",
    ("paused", "fail"): "safe",
    ("pump_down", "trip"): "safe",
    ("heat", "trip"): "safe",
    ("deposit", "trip"): "safe",
    ("cool", "trip"): "safe",
    ("transfer", "trip"): "safe",
    ("anneal", "trip"): "safe",
    ("interlayer", "trip"): "safe",
    ("measure", "trip"): "safe",
    ("paused", "trip"): "safe",
    ("safe", "trip"): "safe",
    ("safe", "end"): "idle",
    ("safe", "latch"): "fault",
    ("fault", "rearm"): "idle",
}

# state: (seconds, failure): the time allowed beyond twice the plan's estimate
TIMEOUTS = {
    "pump_down": (3600, "pump_down_slow"),
    "heat": (1800, "temperature_not_reached"),
    "deposit": (7200, "deposition_slow"),
    "cool": (7200, "cool_down_slow"),
    "transfer": (3 * 86400, "not_confirmed"),
    "anneal": (600, "temperature_not_stable"),
    "interlayer": (3600, "deposition_slow"),
    "measure": (14 * 86400, "not_confirmed"),
    "paused": (7200, "paused_too_long"),
}


def next_state(state: str, event: str) -> str:
    """The state after an event; ValueError for a pair that the table does not list."""
    after = TRANSITIONS.get((state, event))
    if after is None:
        raise ValueError("no transition for event %r in state %r" % (event, state))
    return after
