"""The reference server of OPTIMADE (package `optimade`) as a process on loopback, with its own test data and ours.

Its data come as JSON lines: without them it would ask the network for a list of providers.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from tests.system.processes import free_port, until

PREFIX = "exmpl"
FIELDS = [
    {"name": "band_gap", "type": "float", "unit": "eV", "description": "by PBE"},
    {"name": "bulk_modulus_vrh", "type": "float", "unit": "GPa", "description": "Voigt-Reuss-Hill"},
    {"name": "formation_energy", "type": "float", "unit": "eV", "description": "an atom or a cell?"},
    {"name": "ef", "type": "float", "unit": "eV", "description": "Fermi energy"},
    {"name": "stability", "type": "dictionary", "description": "of several functionals"},
    {"name": "this_provider_field", "type": "string", "description": "a text"},
]
LITHIA = 4.62  # edge of the cubic cell of Li2O / angstrom


def entries() -> list[dict[str, Any]]:
    """The server's own 17 test structures, then ours: Li2O, a disordered rock salt, a chain and a riddle."""
    own = json.loads(files("optimade.server.data").joinpath("test_structures.json").read_text())
    return [_of_theirs(one) for one in own] + [lithia(), rock_salt(), chain(), riddle()]


def _of_theirs(one: dict[str, Any]) -> dict[str, Any]:
    attributes = {name: value for name, value in one.items() if name[0] != "_" and name not in ("task_id",)}
    attributes["chemical_formula_descriptive"] = attributes.pop("pretty_formula")
    attributes["chemical_formula_reduced"] = attributes["chemical_formula_descriptive"]
    attributes["chemical_formula_anonymous"] = attributes.pop("formula_anonymous")
    attributes["this_provider_field"] = "test"
    relationships = attributes.pop("relationships", None)
    return _entry(one["task_id"], attributes) | ({"relationships": relationships} if relationships else {})


def _entry(name: str, attributes: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "type": "structures", "attributes": attributes}


def _crystal(
    formula: str, ratios: dict[str, float], edge: float, sites: list[str], positions: list[list[float]],
    species: list[dict[str, Any]], **more: Any,
) -> dict[str, Any]:  # fmt: skip
    return {
        "chemical_formula_reduced": formula, "chemical_formula_descriptive": formula,
        "chemical_formula_anonymous": "A2B" if len(ratios) == 2 else "AB", "elements": sorted(ratios),
        "elements_ratios": [ratios[one] for one in sorted(ratios)], "nelements": len(ratios),
        "dimension_types": [1, 1, 1], "nperiodic_dimensions": 3, "nsites": len(sites), "species_at_sites": sites,
        "lattice_vectors": [[edge, 0.0, 0.0], [0.0, edge, 0.0], [0.0, 0.0, edge]],
        "cartesian_site_positions": [[edge * one for one in at] for at in positions], "species": species,
        "structure_features": [], "last_modified": {"$date": "2024-05-17T12:00:00Z"}, **more,
    }  # fmt: skip


def plain(symbol: str) -> dict[str, Any]:
    return {"name": symbol, "chemical_symbols": [symbol], "concentration": [1.0]}


FACES = [[0.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.5, 0.0, 0.5], [0.0, 0.5, 0.5]]
QUARTERS = [[x, y, z] for x in (0.25, 0.75) for y in (0.25, 0.75) for z in (0.25, 0.75)]


def lithia() -> dict[str, Any]:
    told = _crystal(
        "Li2O", {"Li": 2 / 3, "O": 1 / 3}, LITHIA, ["Li"] * 8 + ["O"] * 4, QUARTERS + FACES, [plain("Li"), plain("O")],
        band_gap=5.1, bulk_modulus_vrh=78.0, formation_energy=-2.07, ef=1.2, immutable_id="li2o@3",
        stability={"gga_gga+u": {"energy_above_hull": 0.0}, "r2scan": {"energy_above_hull": None}},
    )  # fmt: skip
    references = {"references": {"data": [{"type": "references", "id": "lithia"}]}}
    return _entry("li2o", told) | {"relationships": references}


def rock_salt() -> dict[str, Any]:
    mixed = {"name": "metal", "chemical_symbols": ["Li", "Ti", "vacancy"], "concentration": [0.5, 0.25, 0.25]}
    halves = [[one[0] + 0.5, one[1], one[2]] for one in FACES]
    told = _crystal(
        "Li2O4Ti", {"Li": 2 / 7, "O": 4 / 7, "Ti": 1 / 7}, 4.14, ["metal"] * 4 + ["O"] * 4, FACES + halves,
        [mixed, plain("O")], structure_features=["disorder"], chemical_formula_anonymous="A4B2C", band_gap=None,
    )  # fmt: skip
    return _entry("rock/salt 1", told)


def chain() -> dict[str, Any]:
    told = _crystal("Li2O", {"Li": 2 / 3, "O": 1 / 3}, 9.0, ["Li", "O", "Li"], [[0.1 * n, 0.0, 0.0] for n in range(3)],
                    [plain("Li"), plain("O")],
                    dimension_types=[1, 0, 0], nperiodic_dimensions=1, band_gap=6.5)  # fmt: skip
    return _entry("chain", told)


def riddle() -> dict[str, Any]:
    """Its sites make LiO, its formula says Li2O."""
    return _entry("riddle", _crystal("Li2O", {"Li": 2 / 3, "O": 1 / 3}, 4.0, ["Li", "O"], [[0.0] * 3, [0.5] * 3],
                                     [plain("Li"), plain("O")]))  # fmt: skip


def reference() -> dict[str, Any]:
    return {"id": "lithia", "type": "references", "attributes": {
        "authors": [{"name": "A. Nobody"}], "doi": "10.1000/lithia", "title": "Lithia", "year": "1999",
        "last_modified": {"$date": "2024-05-17T12:00:00Z"}}}  # fmt: skip


def written(folder: Path) -> Path:
    """The data and the configuration of a server, as files."""
    lines: list[dict[str, Any]] = [{"x-optimade": {"meta": {"api_version": "1.2.0"}}}, *entries(), reference()]
    (folder / "data.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    path = folder / "optimade.json"
    path.write_text(json.dumps({
        "insert_test_data": False, "insert_from_jsonl": str(folder / "data.jsonl"), "database_backend": "mongomock",
        "log_dir": str(folder / "log"), "provider_fields": {"structures": FIELDS},
    }))  # fmt: skip
    return path


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The base URL of a server that answers."""
    port, log = free_port(), folder / "server.log"
    command = [sys.executable, "-m", "uvicorn", "optimade.server.main:app", "--host", "127.0.0.1", "--port", str(port)]
    environment = os.environ | {"OPTIMADE_CONFIG_FILE": str(written(folder)), "HOME": str(folder)}
    base = f"http://127.0.0.1:{port}"
    with log.open("ab") as output, subprocess.Popen(command, stdout=output, stderr=output, env=environment) as child:
        try:
            until(lambda: child.poll() is not None or _answers(base), "the OPTIMADE server", (log,))
            assert child.poll() is None, log.read_text()
            yield base
        finally:
            child.send_signal(signal.SIGINT)
            child.wait(30)


def _answers(base: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base}/versions", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
