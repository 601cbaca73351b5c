"""Centrality beside networkx, neighbourhoods by hand, exports read back by other programs."""

import json
import re

import networkx
import numpy as np
import pytest
from adatom.cloud.knowledge.graph.network import betweenness, degrees, find, neighbourhood, network, pagerank, related
from adatom.protocol.errors import InputError

from .conftest import run


def made(links, label=None):
    n = max(map(max, links)) + 1
    names = np.array([f"n{k}" for k in range(n)])
    a, b = np.array(links).T
    return network({"label": np.array(label or ["Material"] * n), "key": names, "name": names}, {"a": a, "b": b})


@pytest.fixture(scope="module")
def random_pair():
    graph = networkx.barabasi_albert_graph(60, 2, seed=1)
    return made(list(graph.edges)), graph


def test_centralities_are_those_of_networkx(random_pair):
    net, graph = random_pair
    n = len(graph)
    assert degrees(net).tolist() == [graph.degree(k) for k in range(n)]
    ranks = networkx.pagerank(graph, tol=1e-10)
    assert pagerank(net) == pytest.approx([ranks[k] for k in range(n)], abs=1e-5)
    exact = networkx.betweenness_centrality(graph)
    every, error = betweenness(net, n, seed=0)  # each node a start once: nothing is sampled
    assert every == pytest.approx([exact[k] * (n - 1) / n for k in range(n)], abs=1e-9)
    assert not error.any()


def test_sampled_betweenness_is_within_its_error(random_pair):
    net, _ = random_pair
    exact, _ = betweenness(net, 60, 0)
    drawn = [betweenness(net, 20, seed) for seed in range(200)]
    misses, errors = (np.square(one) for one in (np.array([a for a, _ in drawn]) - exact, [b for _, b in drawn]))
    assert 0.8 < misses.sum() / errors.sum() < 1.25


def test_hubs_are_reached_and_not_gone_through():
    net = made([(0, 1), (1, 2), (1, 3), (1, 4), (0, 5), (5, 6), (6, 7), (0, 1)])
    assert neighbourhood(net, 0, 2, 100) == {1: 1, 5: 1, 2: 2, 3: 2, 4: 2, 6: 2}
    assert neighbourhood(net, 0, 3, 100, hub=3) == {1: 1, 5: 1, 6: 2, 7: 3}
    assert neighbourhood(net, 0, 3, 3) == {1: 1, 5: 1, 2: 2}
    with pytest.raises(InputError, match="--hops"):
        neighbourhood(net, 0, 7, 3)


def test_rare_ties_count_more():
    labels = ["Material"] * 4 + ["Document", "Family"]
    net = made([(0, 4), (1, 4), (0, 5), (1, 5), (2, 5), (3, 5)], labels)
    found = related(net, 0, 10, ("Document", "Family"))
    assert [one.node for one in found] == [1, 2, 3]
    assert found[0].score == pytest.approx(1 / np.log(3) + 1 / np.log(5))
    assert found[0].through == ["n4", "n5"]
    assert related(net, 0, 10, ("Family",), hub=3) == []
    with pytest.raises(InputError, match="not in the graph"):
        find(net, "Document", "n0")


def test_near_and_central_as_a_user_asks(known, tmp_path):
    found = json.loads(run("near", "Li7La3Zr2O12", "--db", known, "--plot", tmp_path / "a.png", "--json"))
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert {one["formula"] for one in found["related"]} == {"Li6La3ZrTaO12", "Li2O"}
    assert found["direct"]["Document"]
    assert "related" in run("near", "Li2O", "--db", known)
    top = json.loads(run("central", "--by", "betweenness", "--label", "Element", "--db", known, "--json"))["top"]
    assert top[0]["name"] in ("O", "Li")
    assert "degree" in run("central", "--by", "degree", "--db", known)
    for asked in (
        ["near", "NaCl"],
        ["near", "Li2O", "--through", "Foo"],
        ["central", "--by", "fame"],
        ["central", "--label", "X"],
    ):
        with pytest.raises(InputError):
            run(*asked, "--db", known)


def test_graphml_is_read_back_by_networkx(known, tmp_path):
    counts = json.loads(run("export", tmp_path / "a.graphml", "--db", known, "--json"))
    graph = networkx.read_graphml(tmp_path / "a.graphml")
    assert len(graph) == sum(count for name, count in counts.items() if not name.isupper())
    assert graph.number_of_edges() == sum(count for name, count in counts.items() if name.isupper())
    values = sorted(said["edge_value"] if "edge_value" in said else said["value"]
                    for _, _, said in graph.edges(data=True) if said["label"] == "HAS")  # fmt: skip
    assert values == pytest.approx(sorted([3e-4, 2e-6, 100, 8e-4, 1e-6, 5, 3.8]))
    assert {said["source"] for _, _, said in graph.edges(data=True) if said["label"] == "HAS"} == {'O & "Söhne" <x>'}


IRI = r'<[^\x00-\x20<>"{}|^`\\]+>'
TEXT = r'"(?:[^\x22\x5C\x0A\x0D]|\\[tbnrf"\'\\]|\\u[0-9A-Fa-f]{4})*"'
# the grammar of N-Triples (W3C 2014), line by line
TRIPLE = re.compile(rf"(?:{IRI}|_:\w+) {IRI} (?:{IRI}|_:\w+|{TEXT}(?:\^\^{IRI})?) \.")


def test_rdf_keeps_to_the_grammar_and_says_the_facts(known, tmp_path):
    run("export", tmp_path / "a.nt", "--db", known, "--element", "La")
    lines = (tmp_path / "a.nt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not TRIPLE.fullmatch(line)] == []
    reported = "<urn:adatom:vocabulary#REPORTS> <urn:adatom:Material:La3Li6NbO12Zr>"
    assert f"<https://doi.org/10.1000/c%281%29x> {reported} ." in lines
    assert any('vocabulary#value> "0.0003"^^<http://www.w3.org/2001/XMLSchema#double>' in line for line in lines)
    assert not any("Material:Li2O>" in line for line in lines)
    with pytest.raises(InputError, match="must end in"):
        run("export", tmp_path / "a.json", "--db", known)
