"""LAMMPS' input scripts: commands in order, variables filled in where they are plain, times in fs by the units."""

import re
from collections.abc import Callable

from adatom.cloud.knowledge.documents.inputs.tags import lines_of, number
from adatom.cloud.knowledge.documents.model import Document, Node, Setting
from adatom.protocol.errors import InputError

# units -> (fs in a unit of time, default step in that unit); from the LAMMPS page on `units`. lj has no time of its own
UNITS: dict[str, tuple[float | None, float]] = {
    "lj": (None, 0.005),
    "real": (1.0, 1.0),
    "metal": (1e3, 0.001),
    "si": (1e15, 1e-8),
    "cgs": (1e15, 1e-8),
    "electron": (1.0, 0.001),
    "micro": (1e9, 2.0),
    "nano": (1e6, 0.00045),
}
COMMANDS = frozenset(
    [
        "units",
        "atom_style",
        "boundary",
        "dimension",
        "newton",
        "lattice",
        "region",
        "create_box",
        "create_atoms",
        "read_data",
        "read_restart",
        "mass",
        "pair_style",
        "pair_coeff",
        "pair_modify",
        "bond_style",
        "bond_coeff",
        "angle_style",
        "kspace_style",
        "kspace_modify",
        "neighbor",
        "neigh_modify",
        "timestep",
        "run",
        "run_style",
        "minimize",
        "min_style",
        "fix",
        "unfix",
        "compute",
        "thermo",
        "thermo_style",
        "thermo_modify",
        "dump",
        "undump",
        "variable",
        "velocity",
        "group",
        "set",
        "print",
        "reset_timestep",
        "write_data",
        "write_restart",
        "replicate",
        "include",
        "if",
        "jump",
        "label",
        "next",
        "log",
        "echo",
        "processors",
        "package",
        "suffix",
        "special_bonds",
        "change_box",
        "displace_atoms",
        "delete_atoms",
        "dump_modify",
        "fix_modify",
        "shell",
        "compute_modify",
        "improper_style",
        "dihedral_style",
        "clear",
        "partition",
        "info",
        "timer",
        "box",
        "restart",
    ]
)
MAX_VALUE = 400
_Put = Callable[[str, str], None]


def read_lammps(text: str, name: str) -> Document:
    """The commands, the settings they make, and notes. InputError for a text with fewer than two known commands."""
    nodes: list[Node] = []
    settings: list[Setting] = []
    variables: dict[str, str] = {}
    notes: list[str] = []
    state = {"units": "lj", "step": "", "pair": ""}
    known = 0
    for line, said in _statements(text):
        words = _filled(said, variables).split()
        if not words:
            continue
        nodes.append(Node("command", " ".join(words)[:MAX_VALUE], line=line))
        known += words[0] in COMMANDS
        if words[0] == "variable" and len(words) > 3 and words[2] in ("equal", "index", "string"):
            variables.setdefault(words[1], words[3])
        _take(words, line, state, settings, notes)
    if known < 2:
        raise InputError(name, "holds fewer than two commands of LAMMPS: it is no input of it")
    return Document(name, "lammps", tuple(nodes), (), tuple(settings), tuple(notes))


def _statements(text: str) -> list[tuple[int, str]]:
    """(line, command): without comments, lines that end in & joined."""
    found: list[tuple[int, str]] = []
    going_on, first = "", 0
    for line, raw in lines_of(text):
        body = raw.split("#", 1)[0].rstrip()
        first = first if going_on else line
        if body.endswith("&"):
            going_on += body[:-1] + " "
            continue
        found.append((first, (going_on + body)[:4_000]))
        going_on = ""
    return found


def _filled(text: str, variables: dict[str, str]) -> str:
    return re.sub(r"\$\{([A-Za-z0-9_]{1,40})\}|\$([a-z])", lambda m: variables.get(m[1] or m[2], m[0])[:100], text)


def _take(words: list[str], line: int, state: dict[str, str], settings: list[Setting], notes: list[str]) -> None:
    """What one command sets."""
    command, rest = words[0], words[1:]
    said = " ".join(words)[:120]

    def put(name: str, value: str) -> None:
        settings.append(Setting(name, value[:120], said, line))

    if command == "units" and rest:
        if rest[0] not in UNITS:
            notes.append(f"line {line}: units {rest[0][:20]}: must be one of {', '.join(UNITS)}")
        else:
            state["units"] = rest[0]
            put("units", rest[0])
    elif command == "pair_style" and rest:
        state["pair"] = rest[0]
        put("pair_style", " ".join(rest))
    elif command == "pair_coeff":
        if not state["pair"]:
            notes.append(f"line {line}: pair_coeff before any pair_style")
        files = [
            word
            for word in rest
            if re.search(r"\.(?:eam|alloy|tersoff|sw|meam|reax|ffield|snap|snapcoeff|pb|pt|pth|yaml|fs)\b", word)
        ]
        if files:
            put("potential", " ".join(files))
    elif command == "kspace_style" and rest:
        put("kspace_style", " ".join(rest))
    elif command == "timestep" and rest:
        state["step"] = rest[0]
        _step(rest[0], line, state, put, notes)
    elif command == "run" and rest:
        _run(rest[0], state, put)
    elif command == "fix" and len(rest) > 2 and rest[2] in ("nvt", "npt", "langevin"):
        _thermostat(rest[2:], put)


def _thermostat(words: list[str], put: _Put) -> None:
    temperature = words[words.index("temp") + 1 :] if "temp" in words else words[1:]
    start = number(temperature[0]) if temperature else None
    put("ensemble", words[0].upper())
    if start is not None and 0.0 < start < 1e5:
        put("temperature_k", f"{start:g}")


def _step(text: str, line: int, state: dict[str, str], put: _Put, notes: list[str]) -> None:
    step, femtoseconds = number(text), UNITS[state["units"]][0]
    if step is None or step <= 0.0:
        if "$" not in text:
            notes.append(f"line {line}: timestep {text[:20]}: must be a number above 0")
    elif femtoseconds is not None:
        put("timestep_fs", f"{step * femtoseconds:g}")


def _run(text: str, state: dict[str, str], put: _Put) -> None:
    steps = number(text)
    femtoseconds, default = UNITS[state["units"]]
    step = number(state["step"]) if state["step"] else default
    if steps is None or steps < 0:
        return
    put("steps", f"{steps:g}")
    if femtoseconds is not None and step:
        put("simulated_ps", f"{steps * step * femtoseconds / 1e3:g}")
