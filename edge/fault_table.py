"""What each fault word means for each instrument, and where it is made: the table behind `adatom edge fault --list`.

A fault of the line is a filter of bytes (line_fault.py) and works with real instruments too; the board has some of its
own; the rest needs a simulated instrument. A pair that is not possible says why.
"""

from adatom.protocol.errors import InputError

from .line_fault import KINDS as LINE_KINDS
from .line_fault import MEANINGS, SILENT_MEANINGS

WRONG, WRONG_UNIT = "wrong", "wrong_unit"
KINDS = ("off", "stuck", "garbage", "wrong", "slow", "delayed", "intermittent", "partial_frame", "wrong_unit")
NONE = "none"  # ends a fault
LINE, BOARD, TWIN, UNSUPPORTED = "line", "board", "twin", "unsupported"  # where a fault is made
SILENT = ("carousel", "attenuator")  # instruments that never answer: faults act on their orders
INSTRUMENTS = (  # kind -> role
    ("compexpro", "laser"),
    ("eurotherm", "heater"),
    ("lakeshore336", "heater"),
    ("tpg36x", "gauge"),
    ("mks937b", "gauge"),
    ("alicat", "mfc"),
    ("bronkhorst", "mfc"),
    ("mks651", "valve"),
    ("carousel", "carousel"),
    ("attenuator", "attenuator"),
    ("emstat", "potentiostat"),
    ("emstat4", "potentiostat"),
    ("bench_io", "io"),
)
_THERMOCOUPLE = (TWIN, "its thermocouple has slipped: reads 10 % low")
_FAHRENHEIT = (TWIN, "somebody set it to degrees Fahrenheit")
_GAUGE = (TWIN, "its capacitance gauge shows half the pressure")
_FLOW_WRONG = (TWIN, "twice the flow that it shows")
_FLOW_STUCK = (TWIN, "its valve stays where it is, whatever the set-point")
_CELL = (TWIN, "impedances twice the true ones")
_SELF_TOLD = (UNSUPPORTED, "each value carries its SI prefix: there is no unit to set")
# what differs from the line's meaning: (instrument, kind) -> (where, what it does or why not)
SPECIAL = {
    ("compexpro", WRONG): (TWIN, "its energy monitor shows half the energy"),
    ("compexpro", WRONG_UNIT): (UNSUPPORTED, "the laser knows no other unit than mJ"),
    ("eurotherm", WRONG): _THERMOCOUPLE,
    ("eurotherm", WRONG_UNIT): _FAHRENHEIT,
    ("lakeshore336", WRONG): _THERMOCOUPLE,
    ("lakeshore336", WRONG_UNIT): (UNSUPPORTED, "it is asked in kelvin, whatever it displays"),
    ("tpg36x", WRONG): _GAUGE,
    ("tpg36x", WRONG_UNIT): (TWIN, "somebody set it to Torr"),
    ("mks937b", WRONG): _GAUGE,
    ("mks937b", WRONG_UNIT): (TWIN, "somebody set it to micron"),
    ("alicat", "stuck"): _FLOW_STUCK,
    ("alicat", WRONG): _FLOW_WRONG,
    ("alicat", WRONG_UNIT): (UNSUPPORTED, "the twin's controller has one unit"),
    ("bronkhorst", "stuck"): _FLOW_STUCK,
    ("bronkhorst", WRONG): _FLOW_WRONG,
    ("bronkhorst", WRONG_UNIT): (UNSUPPORTED, "the twin's controller has one unit"),
    ("mks651", "stuck"): (TWIN, "the valve does not move"),
    ("mks651", WRONG): (TWIN, "the valve stands 10 % further open than it says"),
    ("mks651", WRONG_UNIT): (UNSUPPORTED, "positions are in per cent: there is no unit to set"),
    ("carousel", "stuck"): (TWIN, "the targets do not move"),
    ("carousel", WRONG): (TWIN, "it stops one target too far"),
    ("carousel", WRONG_UNIT): (UNSUPPORTED, "angles are in degrees: there is no unit to set"),
    ("attenuator", "stuck"): (TWIN, "the beam block stays where it is"),
    ("attenuator", WRONG): (TWIN, "the beam block does the opposite"),
    ("attenuator", WRONG_UNIT): (UNSUPPORTED, "angles are in degrees: there is no unit to set"),
    ("emstat", WRONG): _CELL,
    ("emstat", WRONG_UNIT): _SELF_TOLD,
    ("emstat4", WRONG): _CELL,
    ("emstat4", WRONG_UNIT): _SELF_TOLD,
    ("bench_io", "off"): (BOARD, "no status line"),
    ("bench_io", "stuck"): (BOARD, "its sensors' readings repeat"),
    ("bench_io", "garbage"): (BOARD, "status lines whose checksum is wrong"),
    ("bench_io", WRONG): (BOARD, "100 °C too much at the second thermocouple"),
    ("bench_io", WRONG_UNIT): (UNSUPPORTED, "its status line has fixed units"),
}


def meaning(instrument: str, kind: str) -> tuple[str, str]:
    """Where a fault is made and what it does, or UNSUPPORTED and why. InputError for no such pair."""
    kinds = [name for name, _ in INSTRUMENTS]
    if instrument not in kinds:
        raise InputError("INSTRUMENT", "%r: must be one of %s" % (instrument, ", ".join(kinds)))
    if kind not in KINDS:
        raise InputError("KIND", "%r: must be one of %s" % (kind, ", ".join(KINDS + (NONE,))))
    special = SPECIAL.get((instrument, kind))
    if special is not None:
        return special
    assert kind in LINE_KINDS  # held by a test over the whole table
    texts = SILENT_MEANINGS if instrument in SILENT else MEANINGS
    return LINE, texts[kind]


def table() -> list[dict[str, str]]:
    """Every pair as a row: instrument, role, kind, where, text."""
    rows = []
    for instrument, role in INSTRUMENTS:
        for kind in KINDS:
            where, text = meaning(instrument, kind)
            rows.append({"instrument": instrument, "role": role, "kind": kind, "where": where, "text": text})
    return rows


def role_of(name: str, kinds: dict[str, str]) -> str:
    """The role that a name means at a bench with these {role: kind}: a role, or the kind of its instrument."""
    if name in kinds:
        return name
    for role, kind in kinds.items():
        if kind == name:
            return role
    good = sorted(set(kinds) | set(kinds.values()))
    raise InputError("INSTRUMENT", "%r: must be one of this bench's, %s" % (name, ", ".join(good)))
