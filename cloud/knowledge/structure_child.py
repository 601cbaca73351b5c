"""A process that reads crystal structures by pymatgen: JSON lines in and out, its memory bounded.

Apart, because a file made to harm can keep a parser busy without end: the parent ends it then. Run by structures.py.
"""

import json
import resource
import sys
import warnings
from typing import Any

MAX_BYTES = 4 << 30  # of address space; numpy and pymatgen alone map one gigabyte
MAX_SITES = 2_000


def main() -> None:
    """Answer each line {"kind": "cif", "poscar" or "sites", "text": ...} with a line: a structure or {"error": ...}."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
    warnings.simplefilter("ignore")
    out = sys.stdout
    sys.stdout = sys.stderr  # what a library prints is no answer
    for line in sys.stdin:
        try:
            answer = _structure(**json.loads(line))
        except BaseException as error:  # whatever a damaged file makes of a parser, memory too
            answer = {"error": f"{type(error).__name__}: {str(error)[:200]}"}
        out.write(json.dumps(answer) + "\n")
        out.flush()


def _structure(kind: str, text: str) -> dict[str, Any]:
    """Formula, space group, cell (angstrom, degrees), volume an atom (angstrom^3) and density (g/cm^3)."""
    from pymatgen.core.structure import Structure

    if kind == "cif":
        from pymatgen.io.cif import CifParser

        structure = CifParser.from_str(text, occupancy_tolerance=1.01).parse_structures(primitive=False)[0]
    elif kind == "sites":
        structure = Structure(**json.loads(text), coords_are_cartesian=True)
        if not structure.is_valid():
            raise ValueError(f"sites are nearer than {structure.DISTANCE_TOLERANCE} angstrom")
    else:
        structure = Structure.from_str(text, fmt="poscar")
    if len(structure) > MAX_SITES:
        raise ValueError(f"{len(structure)} sites; at most {MAX_SITES} are read")
    lattice = structure.lattice
    return {
        "formula": structure.composition.formula.replace(" ", ""),
        "space_group": _tagged(text) if kind == "cif" else _found(structure),
        "cell": [*lattice.abc, *lattice.angles],
        "volume_per_atom": structure.volume / structure.composition.num_atoms,
        "density": float(structure.density),
    }


def _tagged(cif: str) -> str:
    """The space group that a CIF names."""
    for line in cif.splitlines():
        if line.lower().startswith(("_symmetry_space_group_name_h-m", "_space_group_name_h-m_alt")):
            return line.split(None, 1)[-1].strip().strip("'\"")[:40]
    return ""


def _found(structure: Any) -> str:
    """The space group by symmetry, for formats that do not name it; "" where none is found."""
    from pymatgen.symmetry.analyzer import SymmetryUndeterminedError

    try:
        symbol, _ = structure.get_space_group_info(symprec=0.05)
    except SymmetryUndeterminedError:
        return ""
    return str(symbol)


if __name__ == "__main__":
    main()
