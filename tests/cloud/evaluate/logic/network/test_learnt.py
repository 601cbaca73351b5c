"""What is told, the states it has, and the tables that are counted: from a real database, and as shipped."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from adatom.cloud.evaluate.logic.network.formula import charge_balances, tolerance, values_of
from adatom.cloud.evaluate.logic.network.learn import counted, known_of, shuffled_counts
from adatom.cloud.evaluate.logic.network.structure import BY_NAME, NODES, STATEMENTS, shape
from adatom.cloud.evaluate.logic.network.tables import (
    SHUFFLED,
    read_counts,
    shapes,
    shipped_tables,
    tables_of,
    write_counts,
)
from adatom.cloud.evaluate.logic.network.told import Row, crystal_system, told, written
from adatom.cloud.knowledge.formula import fractions, parse_formula
from adatom.cloud.knowledge.load import load_file
from adatom.cloud.store.store import Store
from adatom.protocol.errors import FailedError, InputError

ROWS = """formula,property,value,unit,source,dataset,split
MgO,bulk_modulus_vrh,152,GPa,S,K,all
MgO,shear_modulus_vrh,118,GPa,S,G,all
CaO,bulk_modulus_vrh,105,GPa,S,K,all
CaO,band_gap,3.6,eV,S,gap,all
LiF,formation_energy,-3.1,eV/atom,S,E,all
"""


def of(formula):
    return fractions(parse_formula(formula))


def test_every_table_is_of_its_structure_and_sums_to_one():
    tables = shipped_tables()
    for node in STATEMENTS:
        assert tables.given[node.name].shape == shape(node)
        np.testing.assert_allclose(tables.given[node.name].sum(axis=0), 1.0)
        np.testing.assert_allclose(tables.alone[node.name].sum(axis=0), 1.0)
        assert tables.given[node.name].min() > 0.0


def test_parents_come_before_their_children():
    names = [node.name for node in NODES]
    assert len(set(names)) == len(names)
    for node in NODES:
        assert all(names.index(parent) < names.index(node.name) for parent in node.parents)
        assert node.named or list(node.states) == sorted(node.states)


def test_shipped_tables_hold_the_principles():
    """Learnt, not put in: what the data say of four of them."""
    given = shipped_tables().given
    decomposition = given["decomposition_energy"].mean(axis=(1, 2))
    falls_apart = [decomposition[BY_NAME["decomposition_energy"].state(0.1) :, k].sum() for k in range(4)]
    assert falls_apart[0] > falls_apart[2]  # small tolerance factors
    soft, stiff = given["shear_modulus"][:, 0].mean(axis=1), given["shear_modulus"][:, -1].mean(axis=1)
    assert soft[:2].sum() > 0.5 > stiff[:5].sum()
    gap = given["band_gap"][0].mean(axis=(2, 3))  # no gap, by anion and balance
    balance = BY_NAME["charge_balance"]
    assert gap[1, balance.state("alloy")] > gap[0, balance.state("usual charges")]
    best, poor = (given["ionic_conductivity"][:, BY_NAME["framework"].state(f"garnet, Li {x}")]
                  for x in ("6 to 6.75", "below 5"))  # fmt: skip
    assert best[5:].sum() > poor[5:].sum()


@pytest.mark.parametrize(
    ("formula", "factor"),
    [
        ("SrTiO3", (1.18 + 1.40) / (2**0.5 * (0.605 + 1.40))),
        ("La0.5Sr0.5TiO3", ((1.032 + 1.18) / 2 + 1.40) / (2**0.5 * (0.605 + 1.40))),
        ("Ba2MgWO6", (1.35 + 1.40) / (2**0.5 * ((0.72 + 0.60) / 2 + 1.40))),
        ("MgO", None),
        ("Li2O3", None),  # no A of its own
        ("LaXeO3", None),  # no radius
        ("La3TiO6", None),
    ],
)
def test_tolerance_factors(formula, factor):
    found = tolerance(of(formula))
    assert found is None if factor is None else found == pytest.approx(factor)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("Li6.5La3Zr1.5Ta0.5O12", {"framework": "garnet, Li 6 to 6.75", "anion": "oxide", "tolerance": "not ABX3"}),
        ("Li5La3Ta2O12", {"framework": "garnet, Li 5 to 6"}),
        ("Li3PS4", {"framework": "lithium sulfide", "anion": "sulfide", "d_electrons": 0.0}),
        ("SrTiO3", {"framework": "no lithium", "tolerance": "0.85 to 0.95"}),
        ("Fe", {"anion": "other", "polarity": 0.0, "open_shells": 1.0}),
        ("OgO", {"anion": "oxide"}),  # an element without a row in the table
    ],
)
def test_quantities_of_formulas(formula, expected):
    found = values_of([of(formula)])[0]
    assert {name: found[name] for name in expected} == pytest.approx(expected)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("Li6.25Al0.25La3Zr2O12", "usual charges"),
        ("Li5La3Ta2O12", "usual charges"),
        ("Li5La3Zr2O12", "neutral"),  # only with lanthanum or zirconium in a rare state
        ("Fe3O4", "mixed valence"),
        ("Na2Cl", "unbalanced"),
        ("LaNi5", "alloy"),
        ("Li", "alloy"),
    ],
)
def test_balances_of_charges(formula, expected):
    assert charge_balances([of(formula)]) == [expected]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ((12.95, 12.95, 12.95, 90, 90, 90), "cubic"),
        ((13.12, 13.12, 12.66, 90, 90, 90), "tetragonal"),
        ((8.5, 8.5, 20.8, 90, 90, 120), "hexagonal"),
        ((10.3, 6.0, 4.7, 90, 90, 90), "lower"),
        ((5, 5, 5, 60, 60, 60), "lower"),
    ],
)
def test_crystal_systems(cell, expected):
    assert crystal_system(cell) == expected


def test_facts_of_one_temperature_and_cells_that_agree_are_told():
    def cell(spread):
        edges = [Row(f"lattice_{e}", None, 13.0, 13.0 - spread, 13.0 + spread) for e in "abc"]
        return edges + [Row(f"lattice_{a}", None, 90.0, 90.0, 90.0) for a in ("alpha", "beta", "gamma")]

    hot, room = Row("ionic_conductivity", 100.0, 1e-2, 1e-2, 1e-2), Row("ionic_conductivity", 25.0, 1e-4, 1e-4, 1e-4)
    found, rest = told([hot, room, Row("poisson_ratio", None, 0.3, 0.3, 0.3), *cell(0.01)])
    assert found == {"ionic_conductivity": 1e-4, "crystal_system": "cubic"}
    assert rest == ["poisson_ratio"]
    assert told([hot, *cell(3.0)]) == ({}, [])


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("band_gap=5.3eV", "band_gap", 5.3),
        ("bulk_modulus = 1.2e5 MPa", "bulk_modulus", 120.0),
        ("Egap=2", "band_gap", 2.0),
        ("log10_ionic_conductivity=-4", "ionic_conductivity", 1e-4),
        ("formation_energy=-289.455 kJ/mol", "formation_energy", -3.0),
        ("crystal_system=cubic", "crystal_system", "cubic"),
    ],
)
def test_facts_written_by_hand(text, name, value):
    found = written([text])
    assert list(found) == [name]
    assert found[name] == (value if isinstance(value, str) else pytest.approx(value, rel=1e-4))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("band_gap", "NAME=VALUE"),
        ("band_gap=", "a number is needed"),
        ("band_gap=wide", "must be a number"),
        ("band_gap=5 GPa", "does not become eV"),
        ("band_gap=900 eV", "from 0 to 20"),
        ("colour=red", "known are"),
        ("poisson_ratio=0.3", "no such statement"),
        ("log10_ionic_conductivity=1e9", "power of ten"),
        ("crystal_system=round", "cubic, tetragonal"),
    ],
)
def test_facts_that_are_none_are_refused_with_the_reason(text, why):
    with pytest.raises(InputError, match=why):
        written([text])
    with pytest.raises(InputError, match="told twice"):
        written(["band_gap=1", "Egap=2"])


def test_a_database_is_counted_once_a_compound(tmp_path: Path):
    table = tmp_path / "table.csv"
    table.write_text(ROWS)
    with Store(tmp_path / "known.duckdb") as store:
        load_file(store, table)
        known = known_of(store)
    counts = counted(known)
    oxide, bulk = BY_NAME["anion"].state("oxide"), BY_NAME["bulk_modulus"]
    assert counts["bulk_modulus"].sum() == 2
    assert counts["bulk_modulus"][bulk.state(152), :, oxide].sum() == 1
    assert counts["shear_modulus"].sum() == 1  # of CaO there is none
    assert counts["band_gap"].sum() == 1
    assert counts["charge_balance"][0].sum() == 3  # all neutral
    assert counts["interfacial_reaction_energy"].sum() == 1  # LiF, from the shipped reactions
    without = counted(known, np.array([k for k, one in enumerate(known.compositions) if "Ca" not in one]))
    assert without["bulk_modulus"].sum() == 1


def test_shuffled_formulas_balance_less():
    compositions = [of(f) for f in ("MgO", "Li2O", "Al2O3", "TiO2", "CaF2", "NaCl", "Ga2O3", "SiO2", "Nb2O5")] * 10
    counts = shuffled_counts(compositions, number=300)
    assert counts.sum() == 300
    assert 20 < counts[0].sum() < 200  # as they are, all of them balance with usual charges


def test_counts_survive_a_file_and_another_structure_is_refused(tmp_path: Path):
    rng = np.random.default_rng(0)
    counts = {name: rng.integers(0, 2, size) for name, size in shapes().items()}
    path = tmp_path / "counts.csv.gz"
    write_counts(path, counts)
    first = path.read_bytes()
    found = read_counts(path)
    assert all((found[name] == counts[name]).all() for name in shapes())
    write_counts(path, found)
    assert path.read_bytes() == first
    path.write_bytes(gzip.compress(gzip.decompress(first).replace(b"# structure ", b"# structure 0")))
    with pytest.raises(FailedError, match="another structure"):
        read_counts(path)


def test_a_table_is_the_mean_of_its_dirichlet():
    """Beside pgmpy's own formula: (counts + pseudo-counts) / their sum, the prior in proportion to what all have."""
    counts = {name: np.zeros(size, dtype=np.int64) for name, size in shapes().items()}
    counts["energy_above_hull"][0, 0], counts["energy_above_hull"][6, 8] = 30, 10
    table = tables_of(counts, smoothing=4.0)
    own = (np.array([30, 0, 0, 0, 0, 0, 10]) + 1.0) / 47.0
    np.testing.assert_allclose(table.alone["energy_above_hull"], own)
    np.testing.assert_allclose(table.given["energy_above_hull"][:, 0], (30 * np.eye(7)[0] + 4 * own) / 34)
    np.testing.assert_allclose(table.given["energy_above_hull"][:, 3], own)
    assert SHUFFLED in shapes()
