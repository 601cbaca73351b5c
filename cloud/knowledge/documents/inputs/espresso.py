"""Quantum ESPRESSO's pw.x input: namelists and cards. From its INPUT_PW page; energies are in Rydberg there."""

import re
from collections import Counter
from typing import NamedTuple

from adatom.cloud.knowledge.documents.confidence import product
from adatom.cloud.knowledge.documents.inputs.tags import RY_EV, Tag, lines_of, number, problem
from adatom.cloud.knowledge.documents.model import Document, Found, Node, Setting
from adatom.cloud.knowledge.formula import ELEMENTS
from adatom.protocol.errors import InputError

BOHR_ANGSTROM = 0.529177210903  # CODATA 2018
TAGS: dict[str, Tag] = {
    "ecutwfc": Tag("float", 1.0, 10_000.0, "Ry"),
    "ecutrho": Tag("float", 1.0, 100_000.0, "Ry"),
    "conv_thr": Tag("float", 0.0, 10.0, "Ry"),
    "degauss": Tag("float", 0.0, 10.0, "Ry"),
    "nat": Tag("int", 1, 1e6),
    "ntyp": Tag("int", 1, 200),
    "ibrav": Tag("int", -13, 91),
    "nspin": Tag("int", 1, 4),
    "nbnd": Tag("int", 1, 1e6),
    "mixing_beta": Tag("float", 0.0, 1.0),
    "dt": Tag("float", 0.0, 1e6),
    "nstep": Tag("int", 0, 1e9),
    "electron_maxstep": Tag("int", 0, 1e6),
    "etot_conv_thr": Tag("float", 0.0, 10.0, "Ry"),
    "forc_conv_thr": Tag("float", 0.0, 10.0),
    "a": Tag("float", 0.1, 1_000.0, "Å"),
    "tot_charge": Tag("float", -100.0, 100.0),
}
ASSIGNED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*(?:\([0-9, ]{1,9}\))?)\s*=\s*('[^']*'|\"[^\"]*\"|[^,!\s]+)")
CARDS = re.compile(
    r"\s*(ATOMIC_SPECIES|ATOMIC_POSITIONS|K_POINTS|CELL_PARAMETERS|OCCUPATIONS|CONSTRAINTS|"
    r"ATOMIC_FORCES|"
    r"ATOMIC_VELOCITIES|HUBBARD)\b[\s({]*([A-Za-z_]*)",
    re.IGNORECASE,
)
FILES = (
    ("pbesol", "PBEsol"),
    ("pbe", "PBE"),
    ("rrkj", ""),
    ("pz", "LDA"),
    ("lda", "LDA"),
    ("blyp", "BLYP"),
    ("scan", "SCAN"),
)
CUBIC = {1: "simple cubic", 2: "face-centred cubic", 3: "body-centred cubic", -3: "body-centred cubic"}


class _Card(NamedTuple):
    option: str
    line: int
    rows: list[tuple[int, list[str]]]


def read_espresso(text: str, name: str) -> Document:
    """Namelists and cards, settings in eV, lattice facts where the cell is told. InputError without any namelist."""
    values: dict[str, tuple[str, int]] = {}
    nodes: list[Node] = []
    cards: dict[str, _Card] = {}
    namelist: list[Node] | None = None
    title, at, card = "", 0, None
    for line, raw in lines_of(text):
        body = re.split(r"!", raw, maxsplit=1)[0].strip()
        start = re.match(r"&([A-Za-z_]+)", body)
        if start:
            namelist, title, at, card = [], start[1].lower(), line, None
            body = body[start.end() :]
        if namelist is not None:
            for key, value in ASSIGNED.findall(body):
                key = key.lower().replace(" ", "")
                values.setdefault(key, (value.strip("'\""), line))
                namelist.append(Node("tag", f"{key} = {value}"[:300], line=line))
            if body == "/" or (body.endswith("/") and not ASSIGNED.search(body)) or body.lower() == "&end":
                nodes.append(Node("section", title, line=at, children=tuple(namelist)))
                namelist = None
            continue
        found = CARDS.match(body)
        if found:
            card = _Card(found[2].lower(), line, [])
            cards.setdefault(found[1].upper(), card)
        elif card is not None and body and not body.startswith("#"):
            card.rows.append((line, body.split()[:12]))
    if namelist:
        nodes.append(Node("section", title, line=at, children=tuple(namelist)))
    if not nodes:
        raise InputError(name, "holds no namelist such as &control: it is no input of Quantum ESPRESSO")
    nodes += [
        Node(
            "card",
            f"{key} {card.option}".strip(),
            line=card.line,
            children=tuple(Node("row", " ".join(words)[:200], line=line) for line, words in card.rows),
        )
        for key, card in cards.items()
    ]
    return Document(
        name,
        "espresso",
        tuple(nodes),
        tuple(_facts(values, cards)),
        tuple(_settings(values, cards)),
        tuple(_notes(values, cards)),
    )


def _number(values: dict[str, tuple[str, int]], key: str) -> float | None:
    return number(values[key][0]) if key in values else None


def _settings(values: dict[str, tuple[str, int]], cards: dict[str, _Card]) -> list[Setting]:
    found: list[Setting] = []
    for key, name in (
        ("ecutwfc", "cutoff_ev"),
        ("ecutrho", "density_cutoff_ev"),
        ("conv_thr", "energy_tolerance_ev"),
        ("degauss", "smearing_width_ev"),
    ):
        value = _number(values, key)
        if value is not None and not problem(TAGS[key], values[key][0]):
            found.append(Setting(name, f"{value * RY_EV:.6g}", f"{key} = {values[key][0]} Ry", values[key][1]))
    for key, name in (
        ("input_dft", "functional"),
        ("smearing", "smearing"),
        ("calculation", "calculation"),
        ("vdw_corr", "dispersion"),
    ):
        if key in values:
            found.append(Setting(name, values[key][0][:60], f"{key} = {values[key][0]}"[:120], values[key][1]))
    files = [(line, words[2]) for line, words in cards.get("ATOMIC_SPECIES", _Card("", 0, [])).rows if len(words) > 2]
    found += [Setting("potential", file[:120], file[:120], line) for line, file in files]
    if "input_dft" not in values and files:
        guesses = {next((meant for part, meant in FILES if part in file.lower()), "") for _, file in files}
        if len(guesses) == 1 and (guess := guesses.pop()):
            found.append(Setting("functional", guess, f"by the name of {files[0][1]}"[:120], files[0][0], 0.8))
    mesh = cards.get("K_POINTS")
    if mesh and mesh.option == "gamma":
        found.append(Setting("k_mesh", "gamma alone", "K_POINTS gamma", mesh.line))
    elif mesh and mesh.option == "automatic" and mesh.rows:
        numbers = [number(word) for word in mesh.rows[0][1][:6]]
        if len(numbers) >= 3 and all(n is not None and 1 <= n <= 1000 and n == int(n) for n in numbers[:3]):
            shifted = ", shifted" if any(numbers[3:6]) else ""
            found.append(
                Setting(
                    "k_mesh",
                    "×".join(f"{n:g}" for n in numbers[:3]) + " Monkhorst-Pack" + shifted,
                    " ".join(mesh.rows[0][1]),
                    mesh.rows[0][0],
                )
            )
    return found


def _symbol(label: str) -> str:
    """The element of a label such as Fe1 or Fe_up, "" for none."""
    match = re.match(r"[A-Z][a-z]?", label)
    symbol = match[0] if match else ""
    return symbol if symbol in ELEMENTS else (symbol[:1] if symbol[:1] in ELEMENTS else "")


def _facts(values: dict[str, tuple[str, int]], cards: dict[str, _Card]) -> list[Found]:
    """The cell's edges, where atoms and cell are told."""
    atoms = Counter(
        _symbol(words[0]) for _, words in cards.get("ATOMIC_POSITIONS", _Card("", 0, [])).rows if len(words) >= 4
    )
    if not atoms or "" in atoms:
        return []
    formula = "".join(f"{symbol}{count if count > 1 else ''}" for symbol, count in sorted(atoms.items()))
    confidence, why = product(["an input's own line"])

    def fact(edge: str, length: float, line: int, said: str) -> Found:
        return Found(
            formula,
            formula,
            f"lattice_{edge}",
            f"{length:.6g}",
            "angstrom",
            "",
            "input",
            None,
            line,
            confidence,
            why,
            said,
        )

    ibrav = _number(values, "ibrav")
    if ibrav in CUBIC:
        key = "a" if "a" in values else "celldm(1)"
        length = _number(values, key)
        if length is not None and 0.1 < length < 1e4:
            scale = 1.0 if key == "a" else BOHR_ANGSTROM
            return [
                fact(
                    "a",
                    length * scale,
                    values[key][1],
                    f"ibrav {ibrav:g} ({CUBIC[int(ibrav)]}), {key} = {values[key][0]}",
                )
            ]
    cell = cards.get("CELL_PARAMETERS")
    if cell and cell.option in ("angstrom", "bohr") and len(cell.rows) >= 3:
        scale = 1.0 if cell.option == "angstrom" else BOHR_ANGSTROM
        found = []
        for edge, (line, words) in zip("abc", cell.rows, strict=False):
            vector = [number(word) for word in words[:3]]
            length = scale * sum(x * x for x in vector if x is not None) ** 0.5
            if len(vector) == 3 and None not in vector and 0.1 < length < 1e4:
                found.append(fact(edge, length, line, " ".join(words)))
        return found
    return []


def _notes(values: dict[str, tuple[str, int]], cards: dict[str, _Card]) -> list[str]:
    """Values out of range, and counts that do not agree."""
    found = [
        f"line {values[key][1]}: {key} = {values[key][0][:40]}: {wrong}"
        for key, tag in TAGS.items()
        if key in values and (wrong := problem(tag, values[key][0]))
    ]
    for key, card in (("nat", "ATOMIC_POSITIONS"), ("ntyp", "ATOMIC_SPECIES")):
        told = _number(values, key)
        if told is not None and card in cards and told != len(cards[card].rows):
            found.append(f"{key} = {told:g}, and {card} has {len(cards[card].rows)} rows")
    wave, density = _number(values, "ecutwfc"), _number(values, "ecutrho")
    if wave and density and density < 4.0 * wave:
        found.append(f"ecutrho = {density:g} Ry is below 4 ecutwfc: no density of these waves fits in it")
    return found
