"""Energies that have been worked out, a line of JSON each, so that a curve that was killed goes on."""

import hashlib
import json
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from adatom.cloud.evaluate.atoms.crystal import Crystal
from adatom.cloud.evaluate.atoms.first_principles import Point, Settings, Solve
from adatom.protocol.errors import InputError

MOST_BYTES = 10_000_000  # some 20 000 points


def keeping(solve: Solve, path: Path) -> Solve:
    """`solve` that looks into the file first and writes what it worked out. InputError for another kind of file."""
    known = read_points(path)

    def kept(crystal: Crystal, settings: Settings) -> Point:
        what = described(crystal, settings)
        key = key_of(what)
        if key not in known:
            known[key] = solve(crystal, settings)
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, "point": asdict(known[key]), "of": what}) + "\n")
        return known[key]

    return kept


def read_points(path: Path) -> dict[str, Point]:
    """Key -> point. A last line that a kill has cut short is dropped from the file; any other bad line is an error."""
    if not path.exists():
        return {}
    if path.stat().st_size > MOST_BYTES:
        raise InputError(str(path), f"larger than {MOST_BYTES // 1_000_000} MB: no file of points is")
    text = path.read_text(encoding="utf-8", errors="replace")
    whole, _, rest = text.rpartition("\n")
    found = {}
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            row = json.loads(line)
            found[str(row["key"])] = Point(**{name: float(row["point"][name]) for name in Point.__annotations__})
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(f"{path}, line {number}", "is no point of `adatom evaluate dft`") from error
    if rest:
        with path.open("r+b") as file:
            file.truncate(len(text[: len(text) - len(rest)].encode()))
    return found


def described(crystal: Crystal, settings: Settings) -> dict[str, Any]:
    """All that decides an energy, JSON-ready; lengths to 1e-9 angstrom, which no energy notices."""
    return {
        "cell_a": crystal.cell.round(9).tolist(), "symbols": list(crystal.symbols),
        "fractional": crystal.fractional.round(9).tolist(), "settings": asdict(settings),
        "pyscf": version("pyscf"), "method": "PBE, gth-pbe, 1",  # 1: of electrons.py, to be raised with its constants
    }  # fmt: skip


def key_of(what: dict[str, Any]) -> str:
    """The same for the same crystal and settings."""
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:32]
