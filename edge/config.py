"""The bench file as one checked value. An unknown key or a value out of range is an error at start.

TOML on CPython, JSON of the same shape on MicroPython (and on CPython, by the name's ending). Whoever gets a Bench may
trust it. It knows nothing of what the fields are used for.
"""

import json
from collections import namedtuple

from adatom.protocol.errors import InputError, ProtocolError
from adatom.protocol.topics import check_bench

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NamedTuple

    Table = tuple[tuple[str, str, float, float, float], ...]

# direct: the agent closes the loop and writes power or valve position; supervised: the instrument closes it, the agent
# writes set-points and watches
MODES = ("direct", "supervised")
LOOPS = ("heater", "pressure")
ROLES = ("laser", "heater", "gauge", "mfc", "valve", "carousel", "attenuator", "potentiostat", "io")

# (field, unit, lowest, highest, default); values are floats
PLANT = (
    ("heat_capacity_j_k", "J/K", 1, 1000, 50.0),  # of the heater block
    ("area_cm2", "cm2", 1, 1000, 40.0),  # that radiates
    ("emissivity", "", 0.05, 1, 0.7),
    ("conductance_w_k", "W/K", 0, 1, 0.015),  # linear loss to the walls, in process gas
    ("dead_time_s", "s", 1, 60, 8.0),  # from power to thermocouple
    ("wall_c", "°C", 0, 60, 25.0),
    ("tolerance_pct", "%", 5, 50, 30.0),  # by which capacity and losses may be off; less once they are identified
    ("volume_l", "L", 1, 1000, 50.0),
    ("pump_l_s", "L/s", 1, 5000, 400.0),
    ("valve_l_s", "L/s", 1, 5000, 250.0),  # conductance of the throttle valve fully open
    ("valve_delay_s", "s", 0.1, 10, 1.0),  # valve and gauge together
)
PROCESS = (
    ("ramp_c_min", "K/min", 1, 100, 20.0),
    ("hold_back_c", "K", 1, 50, 5.0),  # a ramp waits while the heater is further away
    ("soak_s", "s", 0, 3600, 60.0),  # at temperature before the film starts
    ("base_pa", "Pa", 1e-6, 1, 6e-4),  # pump-down ends here
    ("flow_sccm", "sccm", 1, 1000, 20.0),
    ("cool_pa", "Pa", 0.1, 1e5, 60.0),  # gas while cooling, limited by the envelope
    ("eis_high_hz", "Hz", 1, 200000, 200000.0),  # the spectrum of a cell, from here ...
    ("eis_low_hz", "Hz", 0.016, 1000, 0.1),  # ... to here
    ("eis_points", "", 10, 500, 64),
    ("limit_mv", "mV", 10, 3000, 1000.0),  # polarisation at which a current through a cell ends
    ("cycling_ma_cm2", "mA/cm2", 0.001, 10, 0.1),
    ("cycling_half_s", "s", 1, 36000, 1800.0),
    ("cycling_cycles", "", 1, 10000, 50),
    ("ccd_first_ma_cm2", "mA/cm2", 0.001, 10, 0.02),  # the ramp to the critical current: from here ...
    ("ccd_ratio", "", 1.01, 2, 1.15),  # ... each step larger by this
    ("ccd_steps", "", 2, 100, 45),
    ("ccd_half_s", "s", 1, 3600, 30.0),
    ("carousel_settle_s", "s", 0.1, 10, 0.5),  # with the gate closed
)
ADAPT = (  # the adaptive run (adapt.py) and the film monitor that it reads
    ("on", "", 0, 1, 0),  # 1: correct pulses and energy while the film grows
    ("cycle_pulses", "pulses", 2, 100, 18),  # longer bursts tell targets apart better, and mix the film less
    ("wavelength_nm", "nm", 200, 2000, 405.0),
    ("film_index", "", 1.1, 4, 2.1),  # garnet at 405 nm
    ("witness_index", "", 1, 8, 5.57),  # silicon at 405 nm (Aspnes & Studna 1983)
    ("witness_extinction", "", 0, 8, 0.39),
    ("witness_share", "", 0.2, 5, 1.0),  # film on the witness over that on the sample
    ("noise", "", 1e-5, 0.1, 3e-4),  # of one reading, 1 sd
)
NUMBERS = (
    ("tick_hz", "Hz", 1, 100, 10),  # whole numbers
    ("telemetry_hz", "Hz", 1, 100, 1),
)
TEXTS = ("bench", "envelope", "broker", "key_file", "journal_dir")  # all needed; the paths beside the bench file
# texts too, "" when they are not there; all but the user are paths beside the bench file
OPTIONAL = ("ca_file", "cert_file", "cert_key_file", "user", "password_file", "xps_dir")
# channels that a bench may leave out of most points when its journal fills up: no interlock judges them
THINNABLE = ("valve_pct", "target_c", "target_pa", "target_mj", "slot", "reflectance")
KEYS = TEXTS + ("tick_hz", "telemetry_hz", "loops", "plant", "process", "adapt", "ports") + OPTIONAL + ("thin",)
PAIRS = (("cert_file", "cert_key_file"), ("cert_key_file", "cert_file"), ("cert_file", "ca_file"),
         ("password_file", "user"))  # fmt: skip  # the first is of no use without the second
FILE_KEYS = KEYS + ("plant_file",)
PLANT_VERSION = 1  # of the file that `adatom edge identify` writes
GONE = {"mode": "replaced by [loops]: heater and pressure, each %s" % " or ".join(['"%s"' % mode for mode in MODES])}

# ports: {role: Port}; the other fields as in the file
if TYPE_CHECKING:

    class Plant(NamedTuple):
        heat_capacity_j_k: float
        area_cm2: float
        emissivity: float
        conductance_w_k: float
        dead_time_s: float
        wall_c: float
        tolerance_pct: float
        volume_l: float
        pump_l_s: float
        valve_l_s: float
        valve_delay_s: float

    class Process(NamedTuple):
        ramp_c_min: float
        hold_back_c: float
        soak_s: float
        base_pa: float
        flow_sccm: float
        cool_pa: float
        eis_high_hz: float
        eis_low_hz: float
        eis_points: float
        limit_mv: float
        cycling_ma_cm2: float
        cycling_half_s: float
        cycling_cycles: float
        ccd_first_ma_cm2: float
        ccd_ratio: float
        ccd_steps: float
        ccd_half_s: float
        carousel_settle_s: float

    class Adapt(NamedTuple):
        on: float
        cycle_pulses: float
        wavelength_nm: float
        film_index: float
        witness_index: float
        witness_extinction: float
        witness_share: float
        noise: float

    class Loops(NamedTuple):
        heater: str
        pressure: str

    class Port(NamedTuple):
        driver: str
        port: str
        options: dict[str, Any]

    class Bench(NamedTuple):
        bench: str
        envelope: str
        broker: str
        key_file: str
        journal_dir: str
        tick_hz: int
        telemetry_hz: int
        loops: Loops
        plant: Plant
        process: Process
        adapt: Adapt
        ports: dict[str, Port]
        ca_file: str  # who signs the certificate of an mqtts:// broker; "" for the system's list
        cert_file: str  # what this bench shows to the broker ...
        cert_key_file: str  # ... and its private key
        user: str  # for a broker that asks for a name and a password
        password_file: str
        xps_dir: str  # folder into which an XPS analyser drops its files; "" for none
        thin: list[str]  # channels that most points go without when the journal is nearly full

else:
    Plant = namedtuple("Plant", [row[0] for row in PLANT])
    Process = namedtuple("Process", [row[0] for row in PROCESS])
    Adapt = namedtuple("Adapt", [row[0] for row in ADAPT])
    Loops = namedtuple("Loops", LOOPS)
    Port = namedtuple("Port", ("driver", "port", "options"))
    Bench = namedtuple("Bench", KEYS)


def load_bench(path: str, identified: bool = True) -> "Bench":
    """The Bench of a file, its paths made relative to the file's folder. InputError names file, field and value.

    [plant] stands over what `plant_file` says; without `identified` that file is not read, to be made anew.
    """
    fields = _parse(path)
    folder = path[: path.rfind("/") + 1]
    if identified and isinstance(fields, dict) and isinstance(fields.get("plant_file"), str):
        plant = identified_plant(_beside(folder, fields["plant_file"]), fields.get("bench"))
        if isinstance(fields.get("plant", {}), dict):
            plant.update(fields.get("plant", {}))
            fields["plant"] = plant
    bench = bench_from_dict(fields, path)
    values: "list[Any]" = list(bench)
    there = [key for key in OPTIONAL if fields.get(key) and key != "user"]
    for key in ["envelope", "key_file", "journal_dir"] + there:
        values[KEYS.index(key)] = _beside(folder, values[KEYS.index(key)])
    values[KEYS.index("ports")] = {role: Port(p.driver, _beside(folder, p.port), p.options)
                                   for role, p in bench.ports.items()}  # fmt: skip
    return Bench(*values)


def bench_from_dict(fields: "Any", where: str = "bench") -> "Bench":
    """The Bench of a dict as it comes from TOML or JSON. Raises InputError with every problem found."""
    problems = bench_problems(fields)
    if problems:
        raise InputError(where, "; ".join(problems))
    values: "list[Any]" = [fields[key] for key in TEXTS]
    values += [fields.get(row[0], row[4]) for row in NUMBERS]
    values.append(Loops(*[fields.get("loops", {}).get(name, MODES[0]) for name in LOOPS]))
    values.append(Plant(*_floats(fields.get("plant", {}), PLANT)))
    values.append(Process(*_floats(fields.get("process", {}), PROCESS)))
    values.append(Adapt(*_floats(fields.get("adapt", {}), ADAPT)))
    ports = fields.get("ports", {})
    values.append({role: _port(ports[role]) for role in ports})
    values += [fields.get(key, "") for key in OPTIONAL]
    values.append(list(fields.get("thin", [])))
    return Bench(*values)


def identified_plant(path: str, bench: "Any") -> "dict[str, float]":
    """{field of [plant]: value} of a file that `adatom edge identify` wrote; InputError when it must not be used."""
    found = _parse(path)
    plant = found.get("plant") if isinstance(found, dict) and found.get("version") == PLANT_VERSION else None
    if not isinstance(plant, dict) or not all([isinstance(plant[name], dict) for name in plant]):
        raise InputError(path, "is no plant file of version %d: adatom edge identify writes one" % PLANT_VERSION)
    if found.get("bench") != bench:
        raise InputError(path, "was identified on bench %r, not on %r" % (found.get("bench"), bench))
    if found.get("fit", {}).get("good") is not True:
        raise InputError(path, "its fit is not good enough to control by: identify again, or write [plant] by hand")
    return {name: plant[name].get("value") for name in plant}


def default_bench(name: str) -> "Bench":
    """A Bench with every default, for the twin: no broker, no files, no ports."""
    return bench_from_dict(dict.fromkeys(TEXTS, name))


def bench_problems(fields: "Any") -> "list[str]":
    """Every reason why a value is no bench, as texts that name field, value and what is allowed."""
    if not isinstance(fields, dict):
        return ["must be a table"]
    problems = ["%s: %s" % (key, GONE.get(key, "unknown key, allowed are " + ", ".join(FILE_KEYS)))
                for key in sorted(fields) if key not in FILE_KEYS]  # fmt: skip
    for key in TEXTS:
        if not isinstance(fields.get(key), str) or not fields[key]:
            problems.append("%s = %r: must be a text" % (key, fields.get(key)))
    for key in OPTIONAL:
        if not isinstance(fields.get(key, ""), str):
            problems.append("%s = %r: must be a text" % (key, fields[key]))
    for key, other in PAIRS:
        if fields.get(key) and not fields.get(other):
            problems.append("%s: needs %s as well" % (key, other))
    try:
        check_bench(fields.get("bench"))
    except ProtocolError as error:
        problems.append("bench: %s" % error)
    for name, unit, low, high, _ in NUMBERS:
        value = fields.get(name, low)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            problems.append("%s = %r: must be a whole number in %s to %s %s" % (name, value, low, high, unit))
    if not isinstance(fields.get("plant_file", ""), str):
        problems.append("plant_file = %r: must be a text" % fields["plant_file"])
    thin = fields.get("thin", [])
    if not isinstance(thin, list) or not all([name in THINNABLE for name in thin]):
        problems.append("thin = %r: must be a list of %s" % (thin, ", ".join(THINNABLE)))
    problems += _loop_problems(fields.get("loops", {}))
    problems += _table_problems("plant", fields.get("plant", {}), PLANT)
    problems += _table_problems("process", fields.get("process", {}), PROCESS)
    problems += _table_problems("adapt", fields.get("adapt", {}), ADAPT)
    return problems + _port_problems(fields.get("ports", {}))


def _parse(path: str) -> "Any":
    try:
        with open(path, "rb") as file:
            text = file.read().decode()
    except OSError as error:
        raise InputError(path, "cannot be read: %s" % (getattr(error, "strerror", None) or error))
    except UnicodeError:
        raise InputError(path, "is not UTF-8 text")
    parse: "Callable[[str], Any]" = json.loads
    if not path.endswith(".json"):  # a plant file is JSON by its name, like a board's bench file
        try:
            from tomllib import loads as parse
        except ImportError:
            raise InputError(path, "this interpreter reads bench files in JSON only (name.json)")
    try:
        return parse(text)
    except ValueError as error:
        raise InputError(path, "%s" % error)


def _beside(folder: str, path: str) -> str:
    return path if path.startswith(("/", "uart:")) or "://" in path else folder + path


def _floats(values: "dict[str, float]", table: "Table") -> "list[float]":
    return [float(values.get(row[0], row[4])) for row in table]


def _port(fields: "dict[str, Any]") -> "Port":
    return Port(fields["driver"], fields["port"], fields.get("options", {}))


def _table_problems(where: str, values: "Any", table: "Table") -> "list[str]":
    names = [row[0] for row in table]
    if not isinstance(values, dict):
        return ["%s: must be a table" % where]
    problems = ["%s.%s: unknown key, allowed are %s" % (where, key, ", ".join(names))
                for key in sorted(values) if key not in names]  # fmt: skip
    for name, unit, low, high, default in table:
        value = values.get(name, default)
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not low <= value <= high:
            problems.append("%s.%s = %r: must be a number in %s to %s %s" % (where, name, value, low, high, unit))
    return problems


def _loop_problems(loops: "Any") -> "list[str]":
    if not isinstance(loops, dict):
        return ["loops: must be a table"]
    problems = ["loops.%s: unknown loop, allowed are %s" % (name, ", ".join(LOOPS))
                for name in sorted(loops) if name not in LOOPS]  # fmt: skip
    return problems + ["loops.%s = %r: must be one of %s" % (name, loops[name], ", ".join(MODES))
                       for name in LOOPS if loops.get(name, MODES[0]) not in MODES]  # fmt: skip


def _port_problems(ports: "Any") -> "list[str]":
    if not isinstance(ports, dict):
        return ["ports: must be a table of roles"]
    problems = ["ports.%s: unknown role, allowed are %s" % (role, ", ".join(ROLES))
                for role in sorted(ports) if role not in ROLES]  # fmt: skip
    for role in sorted(ports):
        fields = ports[role]
        if not isinstance(fields, dict):
            problems.append("ports.%s: must be a table" % role)
            continue
        problems += ["ports.%s.%s: unknown key, allowed are driver, port, options" % (role, key)
                     for key in sorted(fields) if key not in ("driver", "port", "options")]  # fmt: skip
        for key in ("driver", "port"):
            if not isinstance(fields.get(key), str) or not fields[key]:
                problems.append("ports.%s.%s = %r: must be a text" % (role, key, fields.get(key)))
        if not isinstance(fields.get("options", {}), dict):
            problems.append("ports.%s.options: must be a table" % role)
    return problems
