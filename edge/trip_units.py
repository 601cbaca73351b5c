"""The unit of each interlock's value and limit: a trip is told in quantities, the interlock counts in integers."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    Quantity = float | None

UNITS = {  # interlock, or the first word of several -> (unit, counts a unit)
    "heater": ("°C", 100),
    "guard": ("°C", 100),
    "thermocouples": ("°C", 100),
    "heater_power": ("W", 100),
    "heater_rate": ("K in 2 s", 100),
    "heater_no_heat": ("K", 100),  # that the heat would have made
    "heater_excess_heat": ("K", 100),
    "thermocouples_part": ("K", 100),
    "pressure": ("Pa", 1000),
    "gauges": ("decades", 1000),
    "flow": ("sccm", 100),
    "pump": ("% open", 100),
    "water": ("L/min", 100),
    "energy": ("mJ", 100),
    "energy_frozen": ("pulses", 1),
    "light": ("pulses", 1),
    "pulses": ("pulses", 1),
    "stray": ("pulses", 1),
    "door": ("", 1),  # 0 closed, 1 open
}


def in_units(interlock: str, value: "int | None", limit: "int | None") -> "tuple[Quantity, Quantity, str]":
    """(value, limit, unit) of a trip's counts."""
    unit, counts = UNITS.get(interlock) or UNITS[interlock.split("_")[0]]
    return _quantity(value, counts), _quantity(limit, counts), unit


def _quantity(value: "int | None", counts: int) -> "Quantity":
    return value if value is None or counts == 1 else value / counts
