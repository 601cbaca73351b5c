"""Facts: in once, side by side, flagged and never deleted; the consensus that is made of them."""

from typing import Any

import numpy as np
import pytest
from adatom.cloud.store.facts import REFUSED_KEPT
from adatom.cloud.store.store import Store

from tests.cloud.store.samples import NOW

TEXTS = {"composition": "Li2O", "formula": "OLi2", "property": "bulk_modulus", "comparison": "=", "said": "80 GPa",
         "method": "PBE", "phase": "", "source": "A", "dataset": "a", "source_id": "", "dois": "", "licence": "CC0",
         "derived_from": "", "import": "i"}  # fmt: skip
PROPERTIES: list[dict[str, Any]] = [
    {"property": "bulk_modulus", "unit": "GPa", "scale": "log", "lowest": 0.0, "highest": None, "meaning": "m"},
    {"property": "formation_energy", "unit": "eV/atom", "scale": "linear", "lowest": None, "highest": 5.0,
     "meaning": "m"},
]  # fmt: skip


def columns(ids: list[int], values: list[float], **changes: Any) -> dict[str, Any]:
    size = len(ids)
    found: dict[str, Any] = {name: [text] * size for name, text in TEXTS.items()}
    found |= {"fact": ids, "value": values, "confidence": [0.9] * size, "temperature_c": np.full(size, np.nan)}
    return found | {
        name: value if isinstance(value, list | np.ndarray) else [value] * size for name, value in changes.items()
    }


@pytest.fixture
def filled(store: Store) -> Store:
    store.put_properties(PROPERTIES)
    assert store.put_facts(columns([1, 2, 3], [10.0, 100.0, 1000.0], source=["A", "B", "B"])) == 3
    return store


def test_a_fact_is_there_once_and_stays_as_it_came(filled: Store) -> None:
    assert filled.put_facts(columns([3, 4], [7.0, 8.0], composition="LiCl")) == 1
    assert filled.fact_count() == 4
    assert [fact["value"] for fact in filled.facts_of("Li2O")] == [10.0, 100.0, 1000.0]


def test_lists_and_what_is_missing_come_back(store: Store) -> None:
    many = columns(
        list(range(3000)), [1.0] * 3000, dois=[""] * 2999 + ["10.1/1|10.2/2"], derived_from=["1|2"] + [""] * 2999
    )
    assert store.put_facts(many) == 3000
    last = store.dicts("SELECT dois, derived_from, temperature_c, line FROM fact WHERE fact = 2999")[0]
    assert last == {"dois": ["10.1/1", "10.2/2"], "derived_from": [], "temperature_c": None, "line": None}
    assert store.rows("SELECT derived_from FROM fact WHERE fact = 0") == [([1, 2],)]


def test_the_consensus_of_a_log_property_is_geometric_and_keeps_all(filled: Store) -> None:
    (row,) = filled.consensus_of("Li2O")
    assert (row["n"], row["sources"], row["lowest"], row["highest"]) == (3, 2, 10.0, 1000.0)
    assert row["value"] == pytest.approx(100.0)
    assert row["spread"] == pytest.approx(1.4826)
    assert row["near_c"] is None


def test_of_a_linear_property_it_is_the_median_and_one_fact_has_no_spread(filled: Store) -> None:
    filled.put_facts(columns([5], [-1.5], property="formation_energy", composition="LiCl"))
    (row,) = filled.consensus_of("LiCl")
    assert (row["value"], row["spread"], row["n"]) == (-1.5, None, 1)


def test_what_is_flagged_stays_but_has_no_say(filled: Store) -> None:
    assert filled.put_flags([3, 3, 2], ["impossible", "impossible", "outlier"], ["a", "b", "c"]) == 2
    assert [fact["flags"] for fact in filled.facts_of("Li2O")] == [[], ["outlier"], ["impossible"]]
    (row,) = filled.consensus_of("Li2O")
    assert row["n"] == 2
    assert list(filled.property_values("bulk_modulus")) == [10.0, 100.0]


def test_temperatures_are_told_apart_and_censored_values_counted(store: Store) -> None:
    store.put_properties(PROPERTIES)
    store.put_facts(columns([1, 2, 3], [1.0, 2.0, 3.0], temperature_c=np.array([20.0, 30.0, 300.0]),
                            comparison=["<", "=", "="]))  # fmt: skip
    rows = store.consensus_of("Li2O")
    assert [(row["near_c"], row["n"], row["censored"]) for row in rows] == [(25.0, 2, 1), (300.0, 1, 0)]


def test_compositions_are_found_by_element(store: Store) -> None:
    keys, shares = ["Li2O", "ClLi"], [{"Li": 2 / 3, "O": 1 / 3}, {"Cl": 0.5, "Li": 0.5}]
    assert store.put_compositions(keys, ["Li2O", "LiCl"], shares) == 2
    assert store.put_compositions(keys, ["Li2O", "LiCl"], shares) == 0
    assert store.rows("SELECT composition, fraction FROM composition_element WHERE element = 'O'") == [("Li2O", 1 / 3)]
    assert store.rows("SELECT chemical_system FROM composition ORDER BY 1") == [("Cl-Li",), ("Li-O",)]


def test_an_import_goes_on_where_it_stood(store: Store) -> None:
    assert store.begin_import("i", "t.csv", "0" * 64, "{}", NOW)["rows_done"] == 0
    store.advance_import("i", 10, 8, [(3, "no formula"), (4, "no number")])
    again = store.begin_import("i", "copy.csv", "0" * 64, "{}", NOW + 1)
    assert (again["file"], again["rows_done"], again["facts"], again["refused"]) == ("t.csv", 10, 8, 2)
    assert again["state"] == "running"
    store.advance_import("i", 900, 0, [(n, "no") for n in range(20, 900)])
    store.end_import("i", NOW + 2)
    (row,) = store.knowledge_imports()
    assert (row["state"], row["refused"]) == ("complete", 882)
    assert len(store.refused_rows("i")) == REFUSED_KEPT


def test_recipes_are_found_by_any_target(store: Store) -> None:
    blank = ("composition", "reaction", "atmosphere", "operations", "source_id", "dois")
    recipe: dict[str, Any] = {name: [""] for name in blank}
    recipe |= {"synthesis": [1], "target": ["Li7-xLa3Zr2-xTaxO12"], "targets": ["A|B"], "precursors": ["Li2CO3|ZrO2"],
               "method": ["text-mined"], "source": ["s"], "dataset": ["d"], "confidence": [0.5], "licence": ["CC0"],
               "import": ["i"], "highest_c": [1100.0]}  # fmt: skip
    assert store.put_syntheses(recipe, [(1, "La3Li7O12Zr2"), (1, "Li2O")]) == 1
    assert store.put_syntheses(recipe, [(1, "Li2O")]) == 0
    (found,) = store.syntheses_of("Li2O")
    assert found["precursors"] == ["Li2CO3", "ZrO2"]
    assert store.syntheses_of("LiCl") == []
