"""Entries to sayings: what is taken, what is refused and why; whatever an entry holds, nothing else is raised."""

import contextlib
import copy
import json
from typing import Any

import pytest
from adatom.cloud.knowledge.mapping import Column
from adatom.cloud.knowledge.optimade.document import Document
from adatom.cloud.knowledge.optimade.entries import (
    Entry,
    Origin,
    Row,
    entries_of,
    number_of,
    rows_of,
    said_of,
    sites_of,
)
from adatom.cloud.knowledge.said import Reader
from adatom.cloud.knowledge.structures import StructureReader
from adatom.protocol.errors import InputError, ProtocolError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cloud.knowledge.optimade.reference_server import chain, lithia, riddle, rock_salt

GAP = Column("band_gap", "band_gap", "eV")
ORIGIN = Origin("X", "https://a.org", "PBE", "CC BY 4.0")


def entry(told: dict[str, Any], **changed: Any) -> Entry:
    (found,) = entries_of(page([told | {"attributes": told["attributes"] | changed}]))
    return found


def page(data: Any, included: list[dict[str, Any]] | None = None) -> Document:
    return Document("https://a.org/v1/structures", data, {}, included or [], "", ())


def no_sites(text: str, where: str) -> dict[str, Any]:
    raise AssertionError(where)


@pytest.fixture(scope="module")
def reader() -> Any:
    with StructureReader() as structures:
        yield lambda text, where: structures.read("sites", text, where)


def test_a_structure_by_its_sites(reader: Any) -> None:
    rows, refused = rows_of(entry(lithia()), [GAP], "PBE", reader)
    told = {row.property: row for row in rows}
    assert refused == []
    assert told["band_gap"] == Row("Li2O", "band_gap", "5.1", "eV", "", "Fm-3m", "PBE", "band_gap")
    assert float(told["density"].value) == pytest.approx(2.0127, abs=1e-4)  # as of the POSCAR of the same cell
    assert float(told["volume_per_atom"].value) == pytest.approx(4.62**3 / 12)
    assert float(told["lattice_a"].value) == pytest.approx(4.62)


def test_disorder_and_vacancies(reader: Any) -> None:
    rows, refused = rows_of(entry(rock_salt()), [], "", reader)
    found = Reader().understood(said_of([(1, entry(rock_salt()), row) for row in rows], ORIGIN))
    assert refused == found.refused == []
    assert set(found.columns["composition"]) == {"Li2O4Ti"}
    atoms = 4 * 0.75 + 4
    told = {row.property: row for row in rows}
    assert float(told["volume_per_atom"].value) == pytest.approx(4.14**3 / atoms)
    assert told["density"].phase == "Fm-3m"


def test_the_space_group_that_is_told_counts(reader: Any) -> None:
    rows, _ = rows_of(entry(lithia(), space_group_symbol_hermann_mauguin="F m -3 m"), [], "", reader)
    assert {row.phase for row in rows} == {"Fm-3m"}
    rows, _ = rows_of(entry(lithia(), space_group_symbol_hermann_mauguin="P 1"), [], "", reader)
    assert {row.phase for row in rows} == {"P1"}


def test_sites_that_belie_the_formula_are_refused_and_the_rest_is_taken(reader: Any) -> None:
    rows, refused = rows_of(entry(riddle(), band_gap=3.0), [GAP], "", reader)
    assert refused == ["its sites make LiO, chemical_formula_reduced says Li2O"]
    assert [(row.property, row.formula) for row in rows] == [("band_gap", "Li2O")]


def test_sites_upon_each_other_are_no_crystal(reader: Any) -> None:
    positions = [[0.0, 0.0, 0.3 * n] for n in range(12)]
    rows, refused = rows_of(entry(lithia(), cartesian_site_positions=positions), [], "", reader)
    assert rows == []
    assert "sites are nearer than 0.5 angstrom" in refused[0]


def test_what_is_no_crystal_has_no_cell() -> None:
    rows, refused = rows_of(entry(chain()), [GAP], "", no_sites)
    assert refused == ["is not periodic in three directions: a cell of it has no volume"]
    assert [(row.property, row.phase) for row in rows] == [("band_gap", "chain")]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"structure_features": ["disorder", "assemblies"]}, "structures with assemblies are not read"),
        ({"structure_features": ["implicit_atoms"]}, "structures with implicit_atoms"),
        ({"structure_features": [{"a": []}]}, "structures with {'a': \\[\\]}"),
        ({"nsites": 11}, "differ in length"),
        ({"species_at_sites": ["Li"] * 11}, "differ in length"),
        ({"species_at_sites": ["Na"] * 12}, "species Na not told"),
        ({"species_at_sites": [["Li"]] * 12}, "not told"),
        ({"lattice_vectors": [[1, 0, 0], [0, 1, 0]]}, "not three lattice vectors"),
        ({"lattice_vectors": [[1, 0, 0], [0, 1, 0], [0, 0, None]]}, "lattice_vectors must be"),
        ({"lattice_vectors": [[1, 0, 0], [0, 1, 0], [0, 0, 10**400]]}, "lattice_vectors must be"),
        ({"cartesian_site_positions": [[0, 0]] * 12}, "cartesian_site_positions must be"),
        ({"cartesian_site_positions": []}, "cartesian_site_positions must be"),
        ({"species": "Li"}, "not told"),
        ({"species": [5]}, "species 'None': a name, symbols"),
        ({"species": [{"name": "Li", "chemical_symbols": ["Li"], "concentration": []}]}, "as many concentrations"),
        ({"species": [{"name": "Li", "chemical_symbols": ["X"], "concentration": [1]}]}, "atoms that are not known"),
        ({"species": [{"name": "Li", "chemical_symbols": [["Li"]], "concentration": [1]}]}, "atoms that are not known"),
        ({"species": [{"name": "C", "chemical_symbols": ["C"], "concentration": [1], "attached": ["H"]}]}, "no site"),
        ({"species": [{"name": "Li", "chemical_symbols": ["Li"], "concentration": [1.5]}]}, "0 to 1 in all"),
        ({"species": [{"name": "Li", "chemical_symbols": ["Li"], "concentration": [-1]}]}, "0 to 1 in all"),
    ],
)
def test_sites_that_are_not_read(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        sites_of(entry(lithia(), **changed))


@pytest.mark.parametrize("where", ["entry", "attributes"])
def test_what_is_given_in_parts_is_not_taken_for_missing(where: str) -> None:
    told, links = lithia(), {"partial_data_links": {"species_at_sites": [{"format": "jsonlines", "link": "https://a"}]}}
    (told if where == "entry" else told["attributes"])["meta"] = links
    rows, refused = rows_of(entry(told, species_at_sites=None), [GAP], "", no_sites)
    assert refused == ["species_at_sites given in parts elsewhere (partial data), which are not fetched"]
    assert [row.property for row in rows] == ["band_gap"]


def test_nulls_are_missing_and_a_formula_is_found_where_it_is() -> None:
    bare = dict.fromkeys(lithia()["attributes"])
    rows, refused = rows_of(entry(lithia(), **bare), [GAP], "", no_sites)
    assert (rows, refused) == ([], [])
    shares = bare | {"band_gap": 5, "elements": ["Li", "O"], "elements_ratios": [2 / 3, 1 / 3]}
    for attributes, formula in [
        (shares | {"chemical_formula_descriptive": "Li2O"}, "Li2O"),
        (shares, "Li0.666667O0.333333"),
        (bare | {"band_gap": 5}, ""),
    ]:
        rows, _ = rows_of(entry(lithia(), **attributes), [GAP], "", no_sites)
        assert [(row.formula, row.value) for row in rows] == [(formula, "5.0")]
    found = Reader().understood(said_of([(7, entry(lithia()), rows[0])], ORIGIN))
    assert [line for line, _ in found.refused] == [7]


def test_numbers_and_parts_of_objects() -> None:
    told = {"a": 1, "b": {"pbe+u": {"e.hull": 0.5, "n": None}}, "c": "1.0", "d": True, "e": 10**400, "f": {}}
    assert [number_of(told, name) for name in ("a", "b.pbe+u.e.hull", "b.pbe+u.n", "b.no.no", "z", "f.x")] == [
        1.0, 0.5, None, None, None, None,
    ]  # fmt: skip
    for name in ("b", "c", "d", "e", "a.part"):
        with pytest.raises(InputError, match="is no number"):
            number_of(told, name)


def test_references_bring_their_dois() -> None:
    told = lithia()
    included = [{"id": "lithia", "type": "references", "attributes": {"doi": "10.1000/lithia"}}, {"id": ["x"]}, {}]
    (found,) = entries_of(page([told], included))
    assert found.dois == "10.1000/lithia"


@pytest.mark.parametrize(
    "data",
    [None, {}, "x", [5], [{}], [{"type": "structures"}], [{"type": "references", "id": "a", "attributes": {}}],
     [{"type": "structures", "id": 5, "attributes": {}}], [{"type": "structures", "id": "a"}],
     [{"type": "structures", "id": "a\x1b[2J", "attributes": {}}],
     [{"type": "structures", "id": "", "attributes": {}}]],
)  # fmt: skip
def test_a_page_that_is_no_list_of_structures(data: Any) -> None:
    with pytest.raises(ProtocolError):
        entries_of(page(data))


def test_an_entry_that_stands_twice_on_a_page_is_one() -> None:
    assert len(entries_of(page([lithia(), lithia()]))) == 1


ODD = st.sampled_from([None, True, 0, -1, 1e308, 10**400, "", "x", "\ud800", [], {}, [[]], [None], {"a": 1}, [["Li"]]])


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value inside of one."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, one in inner for found in places(one, (*path, key)))]


PLACES = places(lithia()["attributes"])[1:]


@settings(max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(PLACES), ODD), min_size=1, max_size=3))
def test_whatever_an_entry_holds_it_is_read_or_refused(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    told = copy.deepcopy(lithia())
    for path, value in changes:
        with contextlib.suppress(KeyError, IndexError, TypeError):  # an earlier change took the place away
            at: Any = told["attributes"]
            for key in path[:-1]:
                at = at[key]
            at[path[-1]] = value

    def read(text: str, where: str) -> dict[str, Any]:
        assert set(json.loads(text)) == {"lattice", "species", "coords"}
        return {"formula": "Li8O4", "space_group": "", "cell": [1.0] * 6, "volume_per_atom": 1.0, "density": 1.0}

    one = entry(told)
    rows, refused = rows_of(one, [GAP, Column("stability.gga_gga+u.energy_above_hull", "energy_above_hull")], "", read)
    assert rows or refused or not one.attributes.get("band_gap")
    Reader().understood(said_of([(1, one, row) for row in rows], ORIGIN))
