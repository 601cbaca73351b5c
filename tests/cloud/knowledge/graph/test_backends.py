"""The same statements on ladybug and over Bolt; what may not run; what happens when nothing listens."""

import json
import socket
from pathlib import Path

import pytest
from adatom.cloud.knowledge.graph.backend import Limits, open_graph
from adatom.cloud.knowledge.graph.reading import check_reading
from adatom.protocol.errors import FailedError, InputError
from hypothesis import given
from hypothesis import strategies as st

from .conftest import merged, run

SAME = (
    ("MATCH (m:Material) RETURN m.key, m.formula, m.elements ORDER BY m.key", {}),
    ("MATCH (m:Material {key: $k})-[h:HAS]->(p:Property) RETURN p.key AS name, h.value AS v, h.unit, h.doi, h.source, "
     "h.comparison, h.fact, h.low ORDER BY name, v", {"k": "La3Li7O12Zr2"}),
    ("MATCH (m:Material)-[h:HAS]->(:Property {key: $p}) WHERE h.value > $least WITH m, max(h.value) AS best "
     "RETURN m.formula AS f, best ORDER BY best DESC, f LIMIT 2", {"p": "ionic_conductivity", "least": 1e-5}),
    ("MATCH (a:Material {key: $k})<-[:REPORTS]-(d:Document)-[:REPORTS]->(b:Material) WHERE a.key <> b.key "
     "RETURN DISTINCT b.formula AS f, d.key ORDER BY f, d.key", {"k": "La3Li7O12Zr2"}),
    ("MATCH (p:Process)-[:USES]->(m:Material) RETURN p.key, p.highest_c, p.highest_h, p.reaction, m.formula "
     "ORDER BY m.formula", {}),
    ("MATCH (p:Process)-[s:STEP]->(o:Operation) RETURN o.key, s.times ORDER BY o.key", {}),
    ("MATCH (m:Material)-[c:CONTAINS]->(e:Element) RETURN e.key AS e, count(*) AS n "
     "ORDER BY n DESC, e", {}),
    ("MATCH (m:Material {key: $k})-[:CONTAINS*1..1]->(e:Element) RETURN collect(e.key) AS e", {"k": "Li2O"}),
    ("MATCH (m:Material) OPTIONAL MATCH (d:Document)-[r:REPORTS]->(m) RETURN m.key, count(d) AS n ORDER BY m.key", {}),
    ("UNWIND $keys AS k MATCH (m:Material {key: k})-[:MEMBER_OF]->(f:Family) RETURN k, f.key, f.kind ORDER BY k, f.key",
     {"keys": ["Li2O", "La2O3", "no such"]}),
    ("MATCH (d:Document)-[:TELLS]->(:Process)-[:MAKES]->(m:Material) RETURN d.key, m.formula;", {}),
    ("RETURN 'DELETE // CREATE' AS text, $x AS x // MERGE", {"x": '"; DROP TABLE Material'}),
    ("MATCH (e:Element {key: 'Li'}) RETURN e", {}),
)  # fmt: skip


@pytest.mark.parametrize(("cypher", "parameters"), SAME)
def test_the_same_statement_gives_the_same_rows_on_both(graph_file, server, cypher, parameters):
    check_reading(cypher)
    embedded = open_graph(str(graph_file))
    found = []
    for graph in (embedded, server):
        rows = graph.run(cypher, parameters)
        cells = [sorted(cell) if isinstance(cell, list) else cell for row in rows.rows for cell in row]
        found.append((cells, rows.columns))
    embedded.close()
    assert found[0] == found[1]
    assert found[0][0], "no rows say nothing"


def test_building_again_changes_nothing(known, graph_file, server):
    asked = "MATCH (a)-[e]->(b) RETURN count(e) AS n"
    before = server.run(asked).rows
    again = merged(known, server)
    edges = sum(count for name, count in again.items() if name.isupper())
    assert server.run(asked).rows == before == [[edges]]
    for _ in range(2):
        assert json.loads(run("query", asked, "--graph", graph_file, "--json"))["rows"] == [[edges]]
        run("build", "--db", known, "--graph", graph_file)


def test_what_is_wrong_or_too_much_is_told(graph_file, server):
    embedded = open_graph(str(graph_file), limits=Limits(rows=100))
    for graph in (embedded, server):
        found = graph.run("UNWIND range(1, 101) AS x RETURN x")
        assert (found.columns, len(found.rows), found.more) == (["x"], 100, True)
        assert graph.run("UNWIND range(1, 100) AS x RETURN x").more is False
        with pytest.raises(InputError, match="query"):
            graph.run("MATCH (m:Material RETURN m")
    with pytest.raises(InputError, match="CREATE"):
        embedded.run("MATCH (m:Material) CREATE (n:Element {key: 'Xx'})")
    embedded.close()
    slow = open_graph(str(graph_file), limits=Limits(seconds=0.05))
    with pytest.raises(FailedError, match="more than"):
        slow.run("UNWIND range(1, 100000) AS x UNWIND range(1, 100000) AS y RETURN sum(x * y)")
    slow.close()


WRITES = (
    "RETURN '\\u0027 CREATE (n) //'",
    "CREATE (n:Element {key: 'Xx'})", "MATCH (n) DETACH DELETE n", "MATCH (n) SET n.key = 'a'", "match (n) sEt n.a=1",
    "COPY (MATCH (a:Property) RETURN a.key) TO 'leak.csv'", "EXPORT DATABASE 'leak'", "INSTALL httpfs",
    "CALL timeout=0",
    "LOAD FROM '/etc/hosts' RETURN *", "ATTACH 'x' AS y", "RETURN 1; MATCH (n) DELETE n",
    "RETURN 1 /* ' */ MERGE (n:A)",
    "RETURN 'a\\\\' MERGE (n:A {k: ''})", "RETURN `a` CREATE (n)", "RETURN 1 //\nCREATE (n)", "", "  ", "RETURN 'open",
    "MATCH (n) LOAD CSV FROM 'file:///etc/passwd' AS r RETURN r", "RETURN 1 /* CREATE", "MATCH (n) CALL { CREATE (m) }",
    "RETURN 1//\rCREATE (n)", "EXPLAIN MATCH (n) RETURN n", "RETURN " + "1" * 30_000, "MATCH (n)\u00a0DELETE\u00a0n",
    "RETURN \"a'\" DELETE n //'",
)  # fmt: skip


@pytest.mark.parametrize("cypher", WRITES)
def test_a_statement_that_might_write_is_refused(cypher):
    with pytest.raises(InputError, match="query"):
        check_reading(cypher)


@given(st.text("'\"`/*\\ \n;aSETset$.()", max_size=40))
def test_any_text_is_allowed_or_refused_in_words(text):
    try:
        check_reading("RETURN " + text)
    except InputError:
        return
    assert " set " not in text.lower() or any(mark in text for mark in "'\"`/")


def test_writing_is_possible_when_asked(known, tmp_path, graph_file):
    copy = tmp_path / "copy.lbug"
    copy.write_bytes(graph_file.read_bytes())
    run("query", "MERGE (n:Element {key: $k})", "-p", "k=Xx", "--graph", copy, "--write")
    assert "1 rows" in run("query", "MATCH (n:Element {key: 'Xx'}) RETURN n.key", "--graph", copy)


def test_only_a_graph_is_replaced_and_read(known, tmp_path, graph_file):
    other = tmp_path / "thesis.txt"
    other.write_text("my only copy " * 1000)
    with pytest.raises(InputError, match="no graph"):
        run("build", "--db", known, "--graph", other)
    assert other.read_text().startswith("my only copy")
    with pytest.raises(InputError, match="no such graph"):
        run("query", "RETURN 1", "--graph", tmp_path / "none.lbug")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["thesis.txt"]


def test_a_server_that_is_not_there_and_secrets(monkeypatch, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: nobody answers
        port = taken.getsockname()[1]
        monkeypatch.setenv("ADATOM_NEO4J_PASSWORD", "hunter2")
        with pytest.raises(FailedError, match="does a server listen there") as told:
            run("query", "RETURN 1", "--graph", f"bolt://127.0.0.1:{port}")
    assert "hunter2" not in str(told.value)
    with pytest.raises(InputError, match="ADATOM_NEO4J_USER") as told:
        open_graph("bolt://me:hunter2@127.0.0.1:1")
    assert "hunter2" not in str(told.value)
    monkeypatch.setenv("ADATOM_NEO4J_PASSWORD_FILE", str(tmp_path / "none"))
    with pytest.raises(InputError, match="PASSWORD_FILE"):
        open_graph("bolt://127.0.0.1:1")
    with pytest.raises(InputError, match="must be a file"):
        open_graph("http://127.0.0.1:1")
    with pytest.raises(InputError, match="name=value"):
        run("query", "RETURN 1", "--graph", Path("x"), "-p", "nothing")
