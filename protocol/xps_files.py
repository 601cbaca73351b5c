"""Spectra of an XPS analyser's files as measurements: name and bytes in, records of technique "xps" out. Pure.

Every region is a record: columns counts and binding_energy_ev (or kinetic_energy_ev where the photon energy is not
known), and in meta what an analysis needs. CPython only, as vamas.py.
"""

import re
from typing import Any

from adatom.protocol.errors import ProtocolError

from .vamas import Block, Header, parse

Measurement = dict[str, Any]

TEXT_MAX = 100  # of a text in meta
MAX_COLUMNS = 4  # of a record: a part of 400 rows must fit into a message; what is left out is in the raw file
NUMBER = re.compile(r"[+-]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][+-]?[0-9]+)?\Z")
DELIMITERS = ("\t", ";", ",", " ")  # in the order in which a line is tried
COUNTS = ("counts", "intensity", "count")
RATES = ("counts_per_s", "cps", "count_rate", "counts_s")
BINDING = ("binding_energy_ev", "binding_energy", "be", "be_ev", "b_e_ev")
KINETIC = ("kinetic_energy_ev", "kinetic_energy", "ke", "ke_ev", "k_e_ev")
NO_LABEL = ("", "none", "n/a", "-")  # what programs write where there is no transition
# what comment lines of a CSV file may say, "# hv_ev = 1486.6": name -> whether it is a number
FACTS = {"hv_ev": True, "pass_energy_ev": True, "dwell_s": True, "scans": True, "take_off_deg": True,
         "work_function_ev": True, "simulated": True, "region": False, "sample": False, "source": False,
         "instrument": False}  # fmt: skip


def read_file(name: str, data: bytes) -> list[Measurement]:
    """The measurements in a file by the ending of its name; ProtocolError, with the line, for what is not one."""
    records = _from_vamas(data) if name.lower().endswith(".vms") else [_from_csv(data)]
    for record in records:
        record["meta"]["file"] = name[:TEXT_MAX]
    return records


# --- VAMAS -----------------------------------------------------------------------------------------------------
def _from_vamas(data: bytes) -> list[Measurement]:
    header, blocks = parse(data)
    found = [_from_block(header, block) for block in blocks if block.fields["technique"] == "XPS"]
    if not found:
        raise ProtocolError("line 1: no block of technique XPS in this file")
    return found


def _from_block(header: Header, block: Block) -> Measurement:
    fields, columns = block.fields, list(block.columns)
    if header.scan_mode == "REGULAR":
        label, unit = fields["abscissa"], fields["abscissa_unit"]
        start, step = fields["abscissa_start"], fields["abscissa_step"]
        energy = [start + k * step for k in range(len(columns[0][2]))]
    elif header.scan_mode == "IRREGULAR" and len(columns) > 1:
        label, unit, energy = columns.pop(0)
    else:
        raise ProtocolError(f"line {block.line}: the block has no energies (scan mode {header.scan_mode})")
    if unit.lower() not in ("ev", "electron volt", "electronvolt"):
        raise ProtocolError(f"line {block.line}: the unit of {label!r} is {unit!r}: must be eV")
    meta = _meta_of(header, block)
    out = _energy_columns(_slug(label), energy, meta, f"line {block.line}")
    for label, unit, values in columns:
        out[_ordinate_name(label, unit, out)] = values
    return _record(out, meta)


def _record(columns: dict[str, list[float]], meta: dict[str, Any]) -> Measurement:
    """The measurement with as many columns as a message takes."""
    names = list(columns)
    if len(names) > MAX_COLUMNS:
        meta["columns_left_out"] = ", ".join(names[MAX_COLUMNS:])[:TEXT_MAX]
    return {"technique": "xps", "columns": {name: columns[name] for name in names[:MAX_COLUMNS]}, "meta": meta}


def _meta_of(header: Header, block: Block) -> dict[str, Any]:
    fields = block.fields
    labels = [fields[name] for name in ("species", "transition") if fields[name].lower() not in NO_LABEL]
    region = " ".join(labels)
    meta = {
        "region": region or block.identifier,
        "block": block.identifier,
        "sample": block.sample,
        "hv_ev": fields["source_energy"],
        "pass_energy_ev": fields["pass_energy"],
        "dwell_s": fields["dwell"],
        "scans": fields["scans"],
        "take_off_deg": fields["take_off_angle"],
        "work_function_ev": fields["work_function"],
        "source": fields["source"],
        "analyser_mode": fields["analyser_mode"],
        "instrument": header.instrument,
        "experiment": header.experiment,
        "time": "%04d-%02d-%02d %02d:%02d:%02d" % tuple(fields[name] for name in CLOCK),
        "comment": fields["comment"],
    }
    for name, _, value in fields["parameters"]:
        if _slug(name) == "simulated" and value is not None:
            meta["simulated"] = int(value)
    return {key: value[:TEXT_MAX] if isinstance(value, str) else value for key, value in meta.items()}


CLOCK = ("year", "month", "day", "hour", "minute", "second")


def _ordinate_name(label: str, unit: str, taken: dict[str, list[float]]) -> str:
    """counts or counts_per_s for the first of them, else the variable's own label."""
    name = _slug(label) or "ordinate"
    if name in COUNTS + RATES:
        name = "counts_per_s" if name in RATES or unit.lower() in ("c/s", "cps", "1/s") else "counts"
    while name in taken:
        name += "_2"
    return name


# --- CSV -------------------------------------------------------------------------------------------------------
def _from_csv(data: bytes) -> Measurement:
    """One region: comment lines with facts, a line of column names, rows of numbers."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    facts: dict[str, Any] = {}
    names: list[str] = []
    delimiter = ""
    rows: list[list[float]] = []
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip()
        if line.startswith("#"):
            _fact(line[1:], facts, number)
        elif line and not names:
            names, delimiter = _column_names(raw.strip("\r\n"), number)
        elif line:
            rows.append(_row(raw.strip("\r\n"), delimiter, len(names), number))
    if not rows:
        raise ProtocolError("the file has no rows of numbers")
    return _csv_measurement(names, rows, facts)


def _csv_measurement(names: list[str], rows: list[list[float]], facts: dict[str, Any]) -> Measurement:
    table = {name: [row[k] for row in rows] for k, name in enumerate(names)}
    energies = [name for name in names if name in BINDING + KINETIC]
    meta = {"region": "", "sample": "", "hv_ev": None, "pass_energy_ev": None, "dwell_s": None, "scans": None} | facts
    out: dict[str, list[float]] = {}
    for name in energies:
        out.update(_energy_columns(name, table[name], meta, "the column names"))
    for name in names:
        if name not in energies:
            out[_ordinate_name(name, "", out)] = table[name]
    return _record(out, meta)


def _fact(text: str, facts: dict[str, Any], number: int) -> None:
    """Keep what a comment line states, when it is one of FACTS."""
    key, sign, value = text.replace(":", "=", 1).partition("=")
    name, value = _slug(key), value.strip()
    if not sign or name not in FACTS:
        return
    if FACTS[name] and not NUMBER.match(value):
        raise ProtocolError(f"line {number}: {name} is {value[:60]!r}: must be a number")
    facts[name] = float(value.replace(",", ".")) if FACTS[name] else value[:TEXT_MAX]


def _column_names(line: str, number: int) -> tuple[list[str], str]:
    """(names, delimiter) of the header line."""
    delimiter = next((sign for sign in DELIMITERS[:3] if sign in line), " ")
    names = [_slug(cell) for cell in (line.split(delimiter) if delimiter != " " else line.split())]
    good = any(name in BINDING + KINETIC for name in names) and any(name in COUNTS + RATES for name in names)
    if not good or len(set(names)) != len(names) or "" in names:
        raise ProtocolError(
            f"line {number}: the column names are {line[:60]!r}: must have binding_energy_ev or kinetic_energy_ev, "
            "and counts or counts_per_s, each once"
        )
    return names, delimiter


def _row(line: str, delimiter: str, count: int, number: int) -> list[float]:
    cells = [cell.strip() for cell in (line.split(delimiter) if delimiter != " " else line.split())]
    if len(cells) != count or not all(NUMBER.match(cell) for cell in cells):
        raise ProtocolError(f"line {number}: {line[:60]!r}: must be {count} numbers")
    values = [float(cell.replace(",", ".")) for cell in cells]
    if not all(abs(value) < 1e300 for value in values):
        raise ProtocolError(f"line {number}: {line[:60]!r}: must be numbers below 1e300")
    return values


# --- both ------------------------------------------------------------------------------------------------------
def _energy_columns(name: str, energy: list[float], meta: dict[str, Any], where: str) -> dict[str, list[float]]:
    """The energy columns: kinetic energies are kept, and converted where the photon energy is known.

    E_b = h nu - E_k, the kinetic energy counted from the Fermi level as instruments write it; a file that counts it
    from the vacuum level is off by the work function, which stands in meta.
    """
    if name in BINDING:
        return {"binding_energy_ev": energy}
    if name not in KINETIC:
        raise ProtocolError(f"{where}: the energies are {name!r}: must be binding or kinetic energies")
    if not meta.get("hv_ev"):
        return {"kinetic_energy_ev": energy}
    return {"binding_energy_ev": [meta["hv_ev"] - value for value in energy], "kinetic_energy_ev": energy}


def _slug(text: str) -> str:
    """A label as a column name: "Binding Energy (eV)" is binding_energy_ev."""
    return re.sub(r"[^a-z0-9]+", "_", text.strip().strip('"').lower()).strip("_")[:40]
