"""The channels of a bench: what a point holds, in scaled integers.

A value is `round(quantity * counts_per_unit)`; None is "missing or stale", never 0. The control core, the telemetry
codec and the database columns all read this one table, so that CPython and MicroPython compute the same integers.
Appending a row is a compatible change; ids never change meaning.
"""

# (id, name with unit, unit as people write it, counts per unit)
CHANNELS = (
    (0, "heater_c", "°C", 100),  # control thermocouple, on the heater block
    (1, "guard_c", "°C", 100),  # second thermocouple, on the bench I/O board
    (2, "pressure_pa", "Pa", 1000),  # capacitance gauge: process pressure
    (3, "vacuum_lgpa", "lg Pa", 1000),  # full-range gauge: log10 of the pressure in Pa
    (4, "flow_sccm", "sccm", 100),  # O2 mass flow
    (5, "energy_mj", "mJ", 100),  # laser energy meter, filtered over at most 16 pulses
    (6, "pulses", "", 1),  # pulses that passed the trigger gate in this run
    (7, "heater_w", "W", 100),  # heater power commanded
    (8, "valve_pct", "%", 100),  # throttle valve position
    (9, "target_c", "°C", 100),  # set-points as the plan gives them now
    (10, "target_pa", "Pa", 1000),
    (11, "target_mj", "mJ", 100),
    (12, "slot", "", 1),  # target in the beam, 0 = parked
    (13, "state", "", 1),  # index into adatom.edge.chamber.STATES
    (14, "water_lpm", "L/min", 100),  # cooling water
    (15, "door", "", 1),  # 0 closed, 1 open
    (16, "reflectance", "", 10000),  # of the growing film on its witness chip, 1 = all light comes back
)
NAMES = tuple([row[1] for row in CHANNELS])
SCALES = tuple([row[3] for row in CHANNELS])
COUNT = len(CHANNELS)
FIRST_COUNT = 16  # channels of the first release: what it sent is read for ever

# What the instruments report to the control core each tick, as indices into a point
(
    HEATER_C,
    GUARD_C,
    PRESSURE_PA,
    VACUUM_LGPA,
    FLOW_SCCM,
    ENERGY_MJ,
    PULSES,
    HEATER_W,
    VALVE_PCT,
    TARGET_C,
    TARGET_PA,
    TARGET_MJ,
    SLOT,
    STATE,
    WATER_LPM,
    DOOR,
    REFLECTANCE,
) = range(COUNT)

# What the control core asks of the instruments each tick (scaled like the channels of the same name)
OUTPUTS = (
    ("heater_w", 100),  # power, 0 = off; under a lease. What a supervised loop gives, as read from its controller
    ("valve_pct", 100),  # throttle valve position, 10000 = open; likewise
    ("flow_sccm", 100),  # mass-flow set-point
    ("energy_mj", 100),  # laser energy set-point
    ("burst_pulses", 1),  # pulses of the burst asked for, 0 = none; under a lease
    ("burst_id", 1),  # a new number asks for a new burst; the same number asks for nothing
    ("rate_mhz", 1),  # pulse rate of the burst, millihertz
    ("slot", 1),  # carousel target, 0 = parked
    ("beam", 1),  # 1 = attenuator unblocked
    ("contactor", 1),  # 1 = heater contactor leased
    ("gate", 1),  # 1 = laser trigger gate leased
    ("shutter", 1),  # 1 = substrate shutter open
    # set-points of supervised loops, whose instruments close them; 0 = not in use: position and power count
    ("heater_setpoint_c", 100),  # under a lease
    ("heater_ramp_c_min", 100),  # rate limit of the set-point, 0 = none
    ("pressure_setpoint_pa", 1000),
)
OUT_COUNT = len(OUTPUTS)
(
    OUT_HEATER_W,
    OUT_VALVE_PCT,
    OUT_FLOW_SCCM,
    OUT_ENERGY_MJ,
    OUT_BURST_PULSES,
    OUT_BURST_ID,
    OUT_RATE_MHZ,
    OUT_SLOT,
    OUT_BEAM,
    OUT_CONTACTOR,
    OUT_GATE,
    OUT_SHUTTER,
    OUT_HEATER_SETPOINT,
    OUT_HEATER_RAMP,
    OUT_PRESSURE_SETPOINT,
) = range(OUT_COUNT)
