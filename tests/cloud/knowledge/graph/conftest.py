import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from adatom.cloud.knowledge.graph.backend import Limits
from adatom.cloud.knowledge.graph.bolt import Bolt
from adatom.cloud.knowledge.graph.build import choose, merge
from adatom.cloud.knowledge.graph.cli import app
from adatom.cloud.knowledge.load import load_file
from adatom.cloud.knowledge.materials_report import asked_mapping
from adatom.cloud.store.store import Store
from typer.testing import CliRunner

from .bolt_server import bolt_server
from .facts import fill


def run(*arguments: object) -> str:
    """What the command prints; what it raises is raised."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a dozen facts of garnets and one recipe, and texts that need quoting everywhere."""
    folder = tmp_path_factory.mktemp("graph")
    table = folder / "facts.csv"
    table.write_text(fill(), encoding="utf-8")
    with Store(folder / "known.duckdb") as store:
        mapping = asked_mapping([table], "f", "v", "p", "u", "", False, "doi", 'O & "Söhne" <x>', "measured", "CC")
        loaded = load_file(store, table, mapping, lambda *_: None)
        assert store.refused_rows(store.knowledge_imports()[0]["import"]) == []
        assert loaded.refused == 0
        put_recipe(store)
    return folder / "known.duckdb"


def put_recipe(store: Store) -> None:
    """One recipe of Li7La3Zr2O12 from Li2O, La2O3 and something without a formula."""
    one = {
        "synthesis": 7, "composition": "La3Li7O12Zr2", "target": "Li7La3Zr2O12", "targets": "Li7La3Zr2O12",
        "precursors": "Li2O|La2O3|holy water", "reaction": "3.5 Li2O + 1.5 La2O3 + …", "highest_c": 1200.0,
        "highest_h": None, "atmosphere": "", "operations": "Mixing|HeatingOperation|Mixing", "source_id": "",
        "method": "text-mined", "source": "test", "dataset": "test", "line": 2, "dois": "10.1000/recipe",
        "confidence": 0.5, "licence": "CC", "import": "i",
    }  # fmt: skip
    store.put_syntheses({name: [value] for name, value in one.items()}, [(7, "La3Li7O12Zr2")])


@pytest.fixture(scope="session")
def graph_file(known: Path) -> Path:
    path = known.with_name("known.lbug")
    counts = json.loads(run("build", "--db", known, "--graph", path, "--json"))
    assert counts["Material"] == 5
    return path


@pytest.fixture(scope="session")
def server(known: Path) -> Iterator[Bolt]:
    """A real Bolt server with the graph. One connection, in write mode: FalkorDB at times hangs when a second one
    comes after one has closed, and in Bolt's read mode it finds nothing.
    """
    with bolt_server() as address:
        graph = Bolt(address, "neo4j", "", None, True, Limits(rows=100))
        merged(known, graph)
        yield graph
        graph.close()


def merged(known: Path, graph: Bolt) -> dict[str, int]:
    """Build on the server."""
    with Store(known, read_only=True) as store:
        choose(store)
        return merge(store, graph, lambda *_: None, 10)
