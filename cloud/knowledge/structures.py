"""Crystal structures (CIF, POSCAR, sites of OPTIMADE) as facts: composition, space group, cell, volume, density.

pymatgen reads them in a process of its own with a limit of time and memory, so no file can stop a load.
"""

import importlib.util
import json
import selectors
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from adatom.cloud.knowledge.mapping import COLLECTED
from adatom.cloud.knowledge.said import Said
from adatom.protocol.errors import FailedError, InputError

NEEDED = "crystal structures need pymatgen: pip install 'adatom[knowledge]'"
MAX_BYTES = 2_000_000  # of one file
SECONDS = 20.0  # for one structure; the largest of OBELiX takes 0.3 s
START_SECONDS = 60.0  # to import pymatgen on a small machine
CELL = ("lattice_a", "lattice_b", "lattice_c", "lattice_alpha", "lattice_beta", "lattice_gamma")


class StructureReader:
    """Reads structures one after the other; a context manager."""

    def __init__(self, seconds: float = SECONDS) -> None:
        if importlib.util.find_spec("pymatgen") is None:
            raise FailedError(NEEDED)
        self.seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "StructureReader":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def read(self, kind: str, text: str, where: str) -> dict[str, Any]:
        """formula, space_group, cell, volume_per_atom, density. Raises InputError(where).

        `kind`: cif, poscar, or sites: JSON of lattice (3, 3), species (n element -> share) and coords (n, 3), angstrom.
        """
        if len(text) > MAX_BYTES:
            raise InputError(where, f"a structure of more than {MAX_BYTES} bytes")
        started = self._process is not None
        line = self._asked(json.dumps({"kind": kind, "text": text}), self.seconds + (0.0 if started else START_SECONDS))
        if not line:
            self._end()
            why = f"was not read within {self.seconds:g} s" if line is None else "made pymatgen end: it is no structure"
            raise InputError(where, why)
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise InputError(where, f"is no structure that pymatgen reads: {answer['error']}")
        return answer

    def _asked(self, question: str, seconds: float) -> bytes | None:
        """The child's answer; empty when the child ended, None when no answer came in time."""
        process = self._process = self._process or _start()
        to_child, from_child = process.stdin, process.stdout
        if to_child is None or from_child is None:
            return b""
        with selectors.DefaultSelector() as selector:
            try:
                to_child.write(question.encode() + b"\n")
                to_child.flush()
            except BrokenPipeError:
                return b""
            selector.register(from_child, selectors.EVENT_READ)
            return from_child.readline() if selector.select(seconds) else None

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _start() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "adatom.cloud.knowledge.structure_child"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def kind_of(path: Path) -> str:
    """cif or poscar by a file's name, else ""."""
    name = path.name.lower()
    if name.endswith((".cif", ".mcif")):
        return "cif"
    return "poscar" if name.startswith(("poscar", "contcar")) or name.endswith((".vasp", ".poscar")) else ""


def quantities(answer: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(property, value, unit) that a structure tells: cell, volume an atom, density."""
    found = [
        *zip(CELL, answer["cell"], ["angstrom"] * 3 + ["degree"] * 3, strict=True),
        ("volume_per_atom", answer["volume_per_atom"], "angstrom^3"),
        ("density", answer["density"], "g/cm^3"),
    ]
    return [(name, repr(value), unit) for name, value, unit in found]


def said_of(found: Iterable[tuple[dict[str, Any], str, int]], source: str, dataset: str, licence: str) -> Said:
    """Structures (answer, the source's id, line) as sayings."""
    rows = [
        (answer, *quantity, source_id, line) for answer, source_id, line in found for quantity in quantities(answer)
    ]
    formulas = [answer["formula"] for answer, *_ in rows]
    blank = [""] * len(rows)
    return Said(
        formula=formulas, shown=formulas, property=[row[1] for row in rows], value=[row[2] for row in rows],
        unit=[row[3] for row in rows], temperature=blank, dois=blank, source_id=[row[4] for row in rows],
        phase=[answer["space_group"] for answer, *_ in rows], source=[source] * len(rows),
        dataset=[dataset] * len(rows), method=["structure"] * len(rows), licence=[licence] * len(rows),
        line=[row[5] for row in rows], confidence=COLLECTED,
    )  # fmt: skip
