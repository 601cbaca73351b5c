"""What is told of a bench: name, form, unit and description of each value. Other systems show these to people."""

from typing import NamedTuple

from adatom.protocol import channels

DOUBLE, INTEGER, BOOLEAN, TEXT = "double", "integer", "boolean", "text"


class Kind(NamedTuple):
    """What is to be known of a value before it comes."""

    form: str
    unit: str
    description: str


# the channels of a point, in words: protocol.channels says it in comments, because boards have no room for texts
DESCRIPTIONS = {
    "heater_c": "Temperature of the heater block, control thermocouple",
    "guard_c": "Temperature of the heater block, second thermocouple, on the I/O board",
    "pressure_pa": "Process pressure, capacitance gauge",
    "vacuum_lgpa": "Decimal logarithm of the pressure in Pa, full-range gauge",
    "flow_sccm": "Oxygen mass flow",
    "energy_mj": "Laser pulse energy, filtered over at most 16 pulses",
    "pulses": "Laser pulses that passed the trigger gate in this run",
    "heater_w": "Heater power commanded",
    "valve_pct": "Throttle valve position, 100 is open",
    "target_c": "Temperature set-point",
    "target_pa": "Pressure set-point",
    "target_mj": "Pulse energy set-point",
    "slot": "Ablation target in the beam, 0 is parked",
    "state": "State of the run, as an index into the agent's table of states",
    "water_lpm": "Cooling water flow",
    "door": "Door: 0 closed, 1 open",
    "reflectance": "Reflectance of the growing film on its witness chip, 1 is all light",
}
WHOLE = ("pulses", "slot", "state")  # channels without fractions
YES_NO = ("door",)
NOT_TOLD = "state"  # beside State, which says it in a word

CHANNELS = {
    name: Kind(BOOLEAN if name in YES_NO else INTEGER if name in WHOLE else DOUBLE, unit, DESCRIPTIONS[name])
    for _, name, unit, _ in channels.CHANNELS
}
# what the bench says of itself besides its channels
WORDS = {
    "State": Kind(TEXT, "", "What the bench does"),
    "Run": Kind(TEXT, "", "The run in progress, empty when there is none"),
    "Alarm": Kind(TEXT, "", "The last safety event since the bench was idle, empty when there was none"),
    "Event": Kind(TEXT, "", "The last event"),
    "Event data": Kind(TEXT, "", "What belongs to the last event, JSON"),
    "Measurement": Kind(TEXT, "", "Technique of the last measurement of a sample"),
    "Outcome": Kind(TEXT, "", "How the last run ended: complete, failed or aborted"),
    "Outcome of": Kind(TEXT, "", "The run that ended last"),
    "Refusal": Kind(TEXT, "", "Why the last command was refused"),
    "Backlog": Kind(INTEGER, "", "Records that the bench still holds because the cloud has not committed them"),
    "Late ticks": Kind(INTEGER, "", "Control ticks that came late since the agent started"),
    "Boot": Kind(INTEGER, "", "Number of the agent's boot"),
    "Properties/Simulated": Kind(BOOLEAN, "", "Whether the bench is simulated; null until it has said hello"),
    "Properties/Software": Kind(TEXT, "", "Software of the bench; null until it has said hello"),
    "Properties/Envelope": Kind(TEXT, "", "SHA-256 of its safety envelope; null until it has said hello"),
}
CATALOGUE = WORDS | {name: kind for name, kind in CHANNELS.items() if name != NOT_TOLD}
