"""Works as OpenAlex gives them and patents as PATSTAT's tables have them; whatever is neither is refused in words."""

import gzip
import json
from pathlib import Path

import pytest
from adatom.cloud.evaluate.impact.families import FAMILIES, members, read_families
from adatom.cloud.evaluate.impact.importers import read_openalex, read_patstat
from adatom.protocol.errors import InputError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cloud.evaluate.impact.generated import generated, write_works

WORKS = [
    {"id": "W1", "publication_year": 2019, "title": "A garnet", "referenced_works": ["W9"]},
    {"id": "W2", "publication_year": 2020, "display_name": "On Li6PS5Cl", "referenced_works": ["W1", "W1", "W2"]},
    {"id": "W3", "publication_year": 2021, "title": None, "referenced_works": None,
     "abstract_inverted_index": {"LLZO": [1], "New": [0]}, "topics": [{"display_name": "NASICON"}]},
]  # fmt: skip


def test_works_of_openalex(tmp_path: Path) -> None:
    path = tmp_path / "works.jsonl"
    path.write_text("\n".join(json.dumps(work) for work in WORKS))
    graph = read_openalex(path, FAMILIES)
    assert graph.ids == ("W1", "W2", "W3")
    assert graph.year.tolist() == [2019, 2020, 2021]
    # once, and neither of itself nor of a work that is not there
    assert list(zip(graph.citing, graph.cited, strict=True)) == [(1, 0)]
    of = {work: {f for f, is_of in zip(graph.families, row, strict=True) if is_of}
          for work, row in zip(graph.ids, graph.member, strict=True)}  # fmt: skip
    assert of == {"W1": {"garnet"}, "W2": {"argyrodite"}, "W3": {"garnet", "NASICON"}}


@pytest.mark.parametrize("indent", [None, 1])
def test_a_page_of_the_api(tmp_path: Path, indent: int | None) -> None:
    path = tmp_path / "page.json"
    path.write_text(json.dumps({"meta": {}, "results": WORKS}, indent=indent))
    assert len(read_openalex(path, FAMILIES).ids) == 3


def test_a_generated_graph_goes_there_and_back(tmp_path: Path) -> None:
    graph = generated(4, families=3, years=8)
    path = tmp_path / "works.jsonl.gz"
    write_works(path, graph)
    back = read_openalex(path, {name: [name.lower()] for name in graph.families})
    assert back.ids == graph.ids
    assert (back.member == graph.member).all()
    assert set(zip(back.citing, back.cited, strict=True)) == set(zip(graph.citing, graph.cited, strict=True))


TABLES = {
    "tls201_appln": "appln_id,appln_filing_year\n1,2010\n2,2012\n3,9999\n",
    "tls202_appln_title": "appln_id,appln_title\n1,Garnet plate\n2,Cell\n",
    "tls211_pat_publn": "pat_publn_id,appln_id\n10,1\n11,1\n20,2\n30,3\n",
    "tls212_citation": "pat_publn_id,cited_pat_publn_id\n20,10\n20,11\n30,10\n20,0\n",
}


def test_tables_of_patstat(tmp_path: Path) -> None:
    for name, text in TABLES.items():
        (tmp_path / f"{name}.csv").write_text(text)
    graph = read_patstat(tmp_path, FAMILIES)
    assert (graph.ids, graph.year.tolist()) == (("1", "2"), [2010, 2012])  # the year of the third is not known
    assert list(zip(graph.citing, graph.cited, strict=True)) == [(1, 0)]  # two publications, one application
    assert graph.member[:, graph.families.index("garnet")].tolist() == [1.0, 0.0]


@pytest.mark.parametrize(("name", "text", "said"), [
    ("tls212_citation", None, "tls212_citation.csv is missing"),
    ("tls211_pat_publn", "a,b\n1,2\n", "has no column pat_publn_id"),
    ("tls201_appln", "appln_id,appln_filing_year\n1,soon\n", "line 2: year 'soon'"),
])  # fmt: skip
def test_tables_that_are_wrong(tmp_path: Path, name: str, text: str | None, said: str) -> None:
    for table, right in (TABLES | {name: text}).items():
        if right is not None:
            (tmp_path / f"{table}.csv").write_text(right)
    with pytest.raises(InputError, match=said):
        read_patstat(tmp_path, FAMILIES)


@pytest.mark.parametrize(("content", "said"), [
    (b"", "has no works"),
    (b"[]", "has no works"),
    (b"no json", "line 1: is no JSON"),
    (b'{"id": "W1"}', "line 1: year None"),
    (b'{"id": "W1", "publication_year": 12}', "must be 1500 to 2200"),
    (b'{"id": 5, "publication_year": 2012}', "id: 5 is no text"),
    (b'["a"]', "is no work"),
    (b"[" * 100_000, "is no JSON"),
    (b"\xff\xfe\x00", "cannot be read"),
])  # fmt: skip
def test_no_works(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "works.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        read_openalex(path, FAMILIES)


def test_a_torn_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "works.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(WORKS[0]).encode())[:-9])
    with pytest.raises(InputError, match="cannot be read"):
        read_openalex(path, FAMILIES)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=200), st.recursive(
    st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["id", "publication_year", "referenced_works", "topics", "results"]), inner),
    max_leaves=8).map(lambda value: json.dumps(value).encode())))  # fmt: skip
def test_any_bytes_are_works_or_an_input_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "works.json"
    path.write_bytes(content)
    try:
        graph = read_openalex(path, FAMILIES)
    except InputError:
        return
    assert len(graph.ids) == len(graph.year) > 0


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"a": []}', '{"a": "b"}', '{"a": [1]}', '{"a": [" "]}', "[" * 99999]
)
def test_families_that_are_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "families.json"
    path.write_text(content)
    with pytest.raises(InputError):
        read_families(path)


def test_words_are_found_whatever_their_case() -> None:
    assert members(["LiPON films", "lemons"], {"LiPON": ["lipon"], "fruit": ["lemon"]}).tolist() == [[1, 0], [0, 1]]
