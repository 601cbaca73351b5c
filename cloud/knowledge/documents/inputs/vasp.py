"""VASP's INCAR and KPOINTS: tags with types and ranges, k meshes. From the pages of the VASP wiki of the same names."""

import re

from adatom.cloud.knowledge.documents.inputs.tags import Tag, lines_of, number, problem, truth
from adatom.cloud.knowledge.documents.model import Document, Node, Setting
from adatom.protocol.errors import InputError

TAGS: dict[str, Tag] = {
    "ENCUT": Tag("float", 1.0, 1e5, "eV", "cutoff of the plane waves"),
    "ENAUG": Tag("float", 1.0, 1e5, "eV", "cutoff of the augmentation charges"),
    "EDIFF": Tag("float", 0.0, 10.0, "eV", "electrons have converged"),
    "EDIFFG": Tag("float", -10.0, 10.0, "eV or eV/Å", "ions have converged; below 0 by forces"),
    "ISMEAR": Tag("int", -15, 10, "", "kind of smearing"),
    "SIGMA": Tag("float", 0.0, 10.0, "eV", "width of the smearing"),
    "ISPIN": Tag("int", 1, 2),
    "IBRION": Tag("int", -1, 44),
    "ISIF": Tag("int", 0, 8),
    "NSW": Tag("int", 0, 1e9),
    "NELM": Tag("int", 0, 1e6),
    "NELMIN": Tag("int", 0, 1e6),
    "NBANDS": Tag("int", 1, 1e6),
    "PREC": Tag("text"),
    "ALGO": Tag("text"),
    "GGA": Tag("text"),
    "METAGGA": Tag("text"),
    "LREAL": Tag("text"),
    "IVDW": Tag("int", 0, 999),
    "LHFCALC": Tag("bool"),
    "HFSCREEN": Tag("float", 0.0, 10.0, "1/Å"),
    "AEXX": Tag("float", 0.0, 1.0),
    "LDAU": Tag("bool"),
    "LDAUTYPE": Tag("int", 1, 4),
    "LDAUU": Tag("list"),
    "LDAUJ": Tag("list"),
    "LDAUL": Tag("list"),
    "MAGMOM": Tag("list"),
    "KSPACING": Tag("float", 0.0, 10.0, "1/Å"),
    "KGAMMA": Tag("bool"),
    "POTIM": Tag("float", 0.0, 1e3, "fs", "step of time"),
    "TEBEG": Tag("float", 0.0, 1e5, "K"),
    "TEEND": Tag("float", 0.0, 1e5, "K"),
    "SMASS": Tag("float", -3.0, 1e6),
    "MDALGO": Tag("int", 0, 30),
    "LWAVE": Tag("bool"),
    "LCHARG": Tag("bool"),
    "LORBIT": Tag("int", 0, 14),
    "LASPH": Tag("bool"),
    "NCORE": Tag("int", 1, 1e5),
    "NPAR": Tag("int", 1, 1e5),
    "KPAR": Tag("int", 1, 1e5),
    "ISYM": Tag("int", -1, 3),
    "SYMPREC": Tag("float", 0.0, 1.0),
    "SYSTEM": Tag("text"),
    "ISTART": Tag("int", 0, 3),
    "ICHARG": Tag("int", 0, 12),
    "LELF": Tag("bool"),
    "NEDOS": Tag("int", 1, 1e6),
    "LVHAR": Tag("bool"),
    "LVTOT": Tag("bool"),
    "PSTRESS": Tag("float", -1e6, 1e6, "kB"),
    "NUPDOWN": Tag("float", -1e4, 1e4),
    "LMAXMIX": Tag("int", 0, 6),
    "LEPSILON": Tag("bool"),
    "LDIPOL": Tag("bool"),
    "IDIPOL": Tag("int", 1, 4),
}
FUNCTIONALS = {
    "PE": "PBE",
    "PS": "PBEsol",
    "91": "PW91",
    "RP": "RPBE",
    "RE": "revPBE",
    "AM": "AM05",
    "CA": "LDA",
    "BO": "optB88",
    "MK": "optB86b",
    "ML": "vdW-DF2",
    "B3": "B3LYP",
}
SMEARING = {-5: "tetrahedron with Blöchl corrections", -4: "tetrahedron", -1: "Fermi", 0: "Gaussian"}
DISPERSION = {1: "D2", 10: "D2", 11: "D3", 12: "D3(BJ)", 13: "D4", 2: "TS", 20: "TS", 4: "dDsC", 202: "MBD"}
ASSIGNED = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$")
MAX_MESH = 1_000


def read_incar(text: str, name: str) -> Document:
    """The tags of an INCAR, the settings they make, and notes on what cannot be. InputError for a text without tags."""
    nodes: list[Node] = []
    notes: list[str] = []
    values: dict[str, tuple[str, int]] = {}
    for line, said in _statements(text):
        match = ASSIGNED.match(said)
        if not match:
            continue
        tag, value = match[1].upper(), match[2].strip()
        nodes.append(Node("tag", f"{tag} = {value}"[:300], line=line))
        if tag in values and values[tag][0] != value:
            notes.append(f"line {line}: {tag} is given twice, first in line {values[tag][1]}; VASP takes the first")
        values.setdefault(tag, (value, line))
        known = TAGS.get(tag)
        wrong = problem(known, value) if known else ""
        if wrong:
            notes.append(f"line {line}: {tag} = {value[:40]}: {wrong}")
    if not nodes:
        raise InputError(name, "holds no line TAG = value: it is no INCAR")
    unknown = sorted(tag for tag in values if tag not in TAGS)
    if unknown:
        notes.append(f"tags that are not checked: {', '.join(unknown[:20])}")
    notes += _contradictions(values)
    return Document(name, "incar", tuple(nodes), (), tuple(_settings(values)), tuple(notes))


def _statements(text: str) -> list[tuple[int, str]]:
    """(line, statement): without comments, split at semicolons, lines that end in a backslash joined."""
    found: list[tuple[int, str]] = []
    going_on = ""
    first = 0
    for line, raw in lines_of(text):
        body = re.split(r"[#!]", raw, maxsplit=1)[0].rstrip()
        first = first if going_on else line
        if body.endswith("\\"):
            going_on += body[:-1] + " "
            continue
        found += [(first, part) for part in (going_on + body).split(";") if part.strip()]
        going_on = ""
    return found


def _settings(values: dict[str, tuple[str, int]]) -> list[Setting]:
    found: list[Setting] = []

    def put(name: str, value: str, tag: str) -> None:
        found.append(Setting(name, value, f"{tag} = {values[tag][0]}"[:120], values[tag][1]))

    def valid(tag: str) -> float | None:
        return number(values[tag][0].split()[0]) if tag in values and not problem(TAGS[tag], values[tag][0]) else None

    functional = _functional(values)
    if functional:
        put("functional", *functional)
    for tag, name in (
        ("ENCUT", "cutoff_ev"),
        ("EDIFF", "energy_tolerance_ev"),
        ("SIGMA", "smearing_width_ev"),
        ("KSPACING", "k_spacing_per_angstrom"),
        ("TEBEG", "temperature_k"),
    ):
        if (value := valid(tag)) is not None:
            put(name, f"{value:g}", tag)
    smearing = valid("ISMEAR")
    if smearing is not None:
        put(
            "smearing",
            SMEARING.get(int(smearing), f"Methfessel-Paxton of order {smearing:g}" if smearing > 0 else "other"),
            "ISMEAR",
        )
    if (dispersion := valid("IVDW")) and int(dispersion) in DISPERSION:
        put("dispersion", DISPERSION[int(dispersion)], "IVDW")
    if valid("IBRION") == 0 and (step := valid("POTIM")) is not None:
        put("timestep_fs", f"{step:g}", "POTIM")
    if "LDAU" in values and truth(values["LDAU"][0]) and "LDAUU" in values:
        put("hubbard_u_ev", values["LDAUU"][0], "LDAUU")
    return found


def _functional(values: dict[str, tuple[str, int]]) -> tuple[str, str] | None:
    """(functional, the tag that says it); without one it is the potential's, which an INCAR does not tell."""
    if "LHFCALC" in values and truth(values["LHFCALC"][0]):
        screen = number(values["HFSCREEN"][0]) if "HFSCREEN" in values else None
        if screen is None or screen == 0.0:
            return "PBE0", "LHFCALC"
        return ("HSE06" if abs(screen - 0.2) < 0.011 else f"screened hybrid, {screen:g} 1/Å"), "LHFCALC"
    if "METAGGA" in values and values["METAGGA"][0].strip():
        return values["METAGGA"][0].split()[0].upper()[:20], "METAGGA"
    if "GGA" in values and (said := values["GGA"][0].strip().upper()):
        return FUNCTIONALS.get(said[:2], said[:20]), "GGA"
    return None


def _contradictions(values: dict[str, tuple[str, int]]) -> list[str]:
    """What cannot both be meant, whatever the other files say."""

    def value(tag: str) -> float | None:
        return number(values[tag][0].split()[0]) if tag in values and values[tag][0].split() else None

    found = []
    steps = value("NSW")
    if steps and value("IBRION") == -1:
        found.append(f"NSW = {steps:g} asks for steps of the ions, IBRION = -1 lets none move")
    if truth(values.get("LHFCALC", ("F", 0))[0]) and values.get("METAGGA", ("", 0))[0].strip():
        found.append("LHFCALC and METAGGA name two functionals")
    if truth(values.get("LDAU", ("F", 0))[0]) and "LDAUU" not in values:
        found.append("LDAU is on, and LDAUU gives no U")
    if value("ISPIN") == 1 and "MAGMOM" in values:
        found.append("MAGMOM is given, and ISPIN = 1 has no moments")
    return found


def read_kpoints(text: str, name: str) -> Document:
    """The mesh or path of a KPOINTS file. InputError for what is neither."""
    lines = text.splitlines()[:200_000]
    if len(lines) < 3:
        raise InputError(name, f"has {len(lines)} lines; a KPOINTS file has three or more")
    count = number(lines[1].split()[0]) if lines[1].split() else None
    if count is None or count != int(count) or not 0 <= count <= 1e7:
        raise InputError(
            name, f"line 2: {lines[1].strip()[:40]!r} must be a whole number: 0 for a mesh, else how many points"
        )
    mode = lines[2].strip()[:1].lower()
    if count == 0 and mode in ("g", "m"):
        value, line = _mesh(lines, mode, name), 4
    elif count == 0 and mode == "a":
        length = number(lines[3].split()[0]) if len(lines) > 3 and lines[3].split() else None
        if length is None or not 0.0 < length <= 10_000.0:
            raise InputError(name, "line 4: must be the length of automatic meshes, 1 to 10000")
        value, line = f"automatic, length {length:g}", 4
    elif mode == "l":
        value, line = f"path, {count:g} points a piece", 2
    elif count > 0:
        value, line = f"{count:g} points, listed", 2
    else:
        raise InputError(name, f"line 3: {lines[2].strip()[:40]!r} must begin with G, M, A, or L")
    node = Node("card", f"k points: {value}", line=line)
    return Document(name, "kpoints", (node,), (), (Setting("k_mesh", value, lines[line - 1].strip()[:120], line),))


def _mesh(lines: list[str], mode: str, name: str) -> str:
    numbers = [number(word) for word in (lines[3].split()[:3] if len(lines) > 3 else [])]
    whole = [int(n) for n in numbers if n is not None and n == int(n) and 1 <= n <= MAX_MESH]
    if len(whole) != 3:
        raise InputError(name, f"line 4: must be three whole numbers of 1 to {MAX_MESH}, such as 4 4 4")
    centre = "around gamma" if mode == "g" else "Monkhorst-Pack"
    shift = [number(word) for word in (lines[4].split()[:3] if len(lines) > 4 else [])]
    shifted = len(shift) == 3 and any(shift)
    return "×".join(map(str, whole)) + f" {centre}" + (", shifted" if shifted else "")
