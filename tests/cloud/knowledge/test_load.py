"""Files of every format into a real database: understood, flagged, refused row by row, resumed, never twice."""

import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import openpyxl
import pytest
from adatom.cloud.knowledge.check import check_facts
from adatom.cloud.knowledge.data import shipped
from adatom.cloud.knowledge.load import load_file
from adatom.cloud.knowledge.mapping import Column, Mapping
from adatom.cloud.knowledge.said import Reader
from adatom.cloud.knowledge.tables import read_rows
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError

OWN = Mapping("Formula", (Column("sigma", "ionic_conductivity", "mS/cm"),), temperature="T", dois="DOI")
RECORDS = [
    {"Formula": "Li7La3Zr2O12", "sigma": "0.3(1)", "T": "25", "DOI": "10.1/1"},
    {"Formula": "(Mg,Fe)2SiO4", "sigma": "<1E-7", "T": "RT", "DOI": "https://doi.org/10.1234/ab.c; 10.5678/x(1)2"},
    {"Formula": "unobtainium", "sigma": "1", "T": "25", "DOI": ""},
    {"Formula": "Li3PS4", "sigma": "n/a", "T": "25", "DOI": ""},
    {"Formula": "Li2O", "sigma": "1e-9 S/cm", "T": "298.15 K", "DOI": ""},
]
DFT = "formula,property,value,unit,source,dataset,split\n"


@pytest.fixture
def store() -> Any:
    with Store(":memory:") as opened:
        yield opened


def written(folder: Path, ending: str) -> Path:
    """RECORDS as a file of a format."""
    path = folder / f"own.{ending}"
    names = list(RECORDS[0])
    if ending == "json":
        path.write_text(json.dumps({"data": RECORDS}))
    elif ending == "jsonl":
        path.write_text("\n".join(map(json.dumps, RECORDS)))
    elif ending == "parquet":
        rows = ", ".join("(" + ", ".join(f"'{record[name]}'" for name in names) + ")" for record in RECORDS)
        columns = ", ".join(f'"{name}"' for name in names)
        duckdb.sql(f"COPY (SELECT * FROM (VALUES {rows}) AS t({columns})) TO '{path}' (FORMAT parquet)")
    elif ending == "xlsx":
        book = openpyxl.Workbook()
        for row in [names, *(list(record.values()) for record in RECORDS)]:
            book.active.append(row)
        book.save(path)
    else:
        sign = "\t" if "tsv" in ending else ";"
        text = "\n".join(sign.join(row) for row in [names, *(list(record.values()) for record in RECORDS)]) + "\n"
        text = text.replace("c; 10", "c 10")  # a semicolon is the delimiter here
        path.write_bytes(gzip.compress(text.encode()) if ending.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize("ending", ["csv", "tsv", "csv.gz", "json", "jsonl", "parquet", "xlsx"])
def test_a_table_of_any_format_gives_the_same_facts(tmp_path: Path, store: Store, ending: str) -> None:
    loaded = load_file(store, written(tmp_path, ending), OWN)
    assert (loaded.rows, loaded.facts, loaded.refused) == (5, 3, 1)
    garnet, censored, lithia = store.facts_of("La3Li7O12Zr2") + store.facts_of("FeMgO4Si") + store.facts_of("Li2O")
    assert (garnet["low"], garnet["value"], garnet["high"]) == pytest.approx((2e-4, 3e-4, 4e-4))
    assert (garnet["said"], garnet["dois"], garnet["method"]) == ("0.3(1) mS/cm", [], "measured")  # 10.1/1 is no DOI
    assert (censored["comparison"], censored["value"]) == ("<", pytest.approx(1e-10))
    assert censored["flags"] == ["equal_shares"]
    assert censored["dois"] == ["10.1234/ab.c", "10.5678/x(1)2"]
    assert (lithia["value"], lithia["temperature_c"]) == (1e-9, pytest.approx(25.0))
    ((line, why),) = store.refused_rows(store.knowledge_imports()[0]["import"])
    assert line in (3, 4)
    assert "unobtainium" in why


def test_loading_again_changes_nothing_and_a_copy_of_the_file_brings_nothing_new(tmp_path: Path, store: Store) -> None:
    path = written(tmp_path, "csv")
    load_file(store, path, OWN)
    before = store.rows("SELECT * FROM fact ORDER BY fact")
    again = load_file(store, path, OWN)
    assert (again.known, again.facts) == (True, 3)
    other = tmp_path / "own.csv.copy.csv"
    other.write_bytes(path.read_bytes() + b"\n")
    assert load_file(store, other, Mapping(**{**OWN.__dict__, "dataset_name": "own.csv"})).facts == 0
    assert store.rows("SELECT * FROM fact ORDER BY fact") == before


def test_polymorphs_of_one_value_are_as_many_facts(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "dft.csv"
    row = "Li2O,band_gap,0.0,eV,Materials Project,gaps,all\n"
    path.write_text(DFT + row * 3 + row.replace("0.0", "5.1"))
    assert load_file(store, path).facts == 4
    path.write_text(DFT + row.replace("0.0", "5.1") + row * 3)  # sorted otherwise: no other facts
    assert load_file(store, path).facts == 0


def test_identities_do_not_depend_on_the_batches(tmp_path: Path) -> None:
    path = tmp_path / "dft.csv"
    path.write_text(DFT + "Li2O,band_gap,0.0,eV,AFLOW,gaps,all\n" * 7)

    def identities(size: int) -> list[int]:
        reader = Reader()
        mapping = Mapping("formula", (Column("value"),), property="property", unit="unit", dataset="dataset")
        return [int(one) for rows in read_rows(path, size) for one in reader.identities(mapping.said(rows))]

    assert identities(100) == identities(1) == identities(3)
    assert len(set(identities(2))) == 7
    assert min(identities(2)) >= 0


def test_a_load_that_was_killed_goes_on_and_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    """kill -9 in the middle of a batch, several times, then to the end: the same facts as at one go."""
    path = tmp_path / "dft.csv"
    rows = [f"Li{n % 7 + 1}O{n % 5 + 1},band_gap,{n % 11}.0,eV,AFLOW,gaps,all\n" for n in range(600)]
    path.write_text(DFT + "".join(rows))
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from adatom.cloud.knowledge import tables, load\n"
        "from adatom.cloud.store.store import Store\n"
        "read_rows = tables.read_rows\n"
        "load.read_rows = lambda path: read_rows(path, 50)\n"
        "put, left = load.put, int(sys.argv[3])\n"
        "def dying(store, found, name, rows):\n"
        "    global left\n"
        "    left -= 1\n"
        "    if left == 0:\n"
        "        with store.transaction():\n"
        "            put(store, found, name, rows)\n"
        "            os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return put(store, found, name, rows)\n"
        "load.put = dying\n"
        "with Store(sys.argv[2]) as store:\n"
        "    load.load_file(store, Path(sys.argv[1]))\n"
    )
    db = tmp_path / "k.duckdb"
    for batches in (3, 4, 0):
        ended = subprocess.run([sys.executable, "-c", script, str(path), str(db), str(batches)], env=os.environ)
        assert ended.returncode == (-signal.SIGKILL if batches else 0)
        with Store(db) as opened:
            (state,) = opened.knowledge_imports()
            assert state["rows_done"] == opened.fact_count() == {3: 100, 4: 250, 0: 600}[batches]
    with Store(db) as opened, Store(":memory:") as whole:
        load_file(whole, path)
        sql = "SELECT * EXCLUDE (import) FROM fact ORDER BY fact"
        assert opened.rows(sql) == whole.rows(sql)
        assert state["state"] == "complete"


def test_the_shipped_conductivities_come_in_whole(store: Store) -> None:
    assert load_file(store, shipped("obelix")).facts == 478 + 28 + 6 * 478
    assert load_file(store, shipped("liion")).facts == 687
    (row,) = [one for one in store.consensus_of("La3Li7O12Zr2") if one["property"] == "ionic_conductivity"]
    assert row["sources"] == 2
    assert 1e-6 < row["value"] < 1e-3
    assert check_facts(store)._replace(outlier=0) == (0, 0, 0, 0, 0)


def test_the_shipped_recipes_have_their_targets(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "recipes.csv"
    with gzip.open(shipped("synthesis"), "rt", encoding="utf-8") as stream:
        path.write_text("".join(stream.readline() for _ in range(60)), encoding="utf-8")
    assert load_file(store, path).facts == 59
    (recipe,) = store.syntheses_of("Ba2HoO6Ta")
    assert (recipe["precursors"], recipe["highest_c"]) == (["Ta2O5", "BaCO3", "Ho2O3"], 1200.0)
    assert store.rows("SELECT count(*) FROM synthesis WHERE composition = '' AND len(targets) > 0")[0][0] > 0
    assert load_file(store, path).known


# --- what is doubtful and what follows --------------------------------------------------------------------------------
def dft(tmp_path: Path, *rows: str, name: str = "dft.csv") -> Path:
    path = tmp_path / name
    path.write_text(DFT + "".join(f"{row},AFLOW,d,all\n" for row in rows))
    return path


def test_moduli_give_young_and_poisson_with_where_they_are_from(tmp_path: Path, store: Store) -> None:
    load_file(store, dft(tmp_path, "Li2O,bulk_modulus,80,GPa", "Li2O,shear_modulus,0.06,TPa"))
    assert check_facts(store).derived == 2
    assert check_facts(store).derived == 0
    facts = {fact["property"]: fact for fact in store.facts_of("Li2O")}
    assert facts["young_modulus"]["value"] == pytest.approx(9 * 80 * 60 / (3 * 80 + 60))
    assert facts["poisson_ratio"]["value"] == pytest.approx((3 * 80 - 2 * 60) / (2 * (3 * 80 + 60)))
    origins = {facts["bulk_modulus"]["fact"], facts["shear_modulus"]["fact"]}
    assert set(facts["young_modulus"]["derived_from"]) == origins
    assert facts["young_modulus"]["method"] == "derived"


def test_what_nature_forbids_and_units_that_were_mistaken_are_flagged_and_stay(tmp_path: Path, store: Store) -> None:
    usual = [f"Li{n}O,bulk_modulus,{60 + n},GPa" for n in range(1, 120)]
    odd = ("Na2O,bulk_modulus,7e10,GPa", "K2O,bulk_modulus,-3,GPa", "Li9O,bulk_modulus,69e-3,GPa",
           "LiF,formation_energy,7,eV/atom", "KF,energy_above_hull,-1,eV/atom")  # fmt: skip
    load_file(store, dft(tmp_path, *usual, *odd))
    check_facts(store)
    flags = {f"{fact['formula']} {fact['said']}": fact["flags"]
             for fact in store.dicts("SELECT * FROM flagged_fact WHERE len(flags) > 0")}  # fmt: skip
    assert flags["Na2O 7e10 GPa"] == ["impossible", "unit"]
    assert flags["K2O -3 GPa"] == ["impossible"]
    assert flags["Li9O 69e-3 GPa"] == ["unit"]
    assert flags["LiF 7 eV/atom"] == flags["KF -1 eV/atom"] == ["impossible"]
    assert store.fact_count() == 124
    (consensus,) = store.consensus_of("Li9O")
    assert (consensus["n"], consensus["value"]) == (1, pytest.approx(69.0))


def test_outliers_are_flagged_on_their_side(tmp_path: Path, store: Store) -> None:
    values = np.random.default_rng(1).normal(-2.0, 0.3, 500)
    rows = [f"Li{n + 1}O,total_energy,{value:.4f},eV/atom" for n, value in enumerate(values)]
    load_file(store, dft(tmp_path, *rows, "NaF,total_energy,3.9,eV/atom", "KF,total_energy,-4,eV/atom"))
    assert check_facts(store).outlier == 1
    assert store.rows("SELECT formula FROM fact JOIN fact_flag USING (fact) WHERE flag = 'outlier'") == [("NaF",)]


# --- what is refused --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("t.csv", b"", "holds no"),
        ("t.csv", b"a,b\n", "holds no rows"),
        ("t.csv", b"a,b\n1,2\n", "--formula COLUMN"),
        ("t.csv", b"a,a\n1,2\n", "stand twice"),
        ("t.csv", b"a,b\n1,2,3\n", r"t\.csv:2: 3 cells"),
        ("t.csv", b"\xff\xfe\x00\x01", "cannot be read"),
        ("t.csv", b'a,b\n"1', "cannot be read"),
        ("t.csv.gz", gzip.compress(b"a" * 5_000_000, mtime=0), "is no row"),
        ("t.csv.gz", gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9], "cannot be read"),
        ("t.json", b"[1, 2]", "must be an object"),
        ("t.json", b"[" * 100_000, "no JSON"),
        ("t.jsonl", b'{"a": 1}\n{', r"t\.jsonl:2"),
        ("t.parquet", b"PAR1junk", "Parquet"),
        ("t.parquet", b"junk", "Parquet"),
        ("t.xlsx", b"junk", "workbook"),
        ("t.pickle", b"junk", "a name ending in"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, store: Store, name: str, content: bytes, word: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=word):
        load_file(store, path)
    assert store.fact_count() == 0


def test_a_mapping_is_checked_against_the_header(tmp_path: Path, store: Store) -> None:
    with pytest.raises(InputError, match="has no column Sigma; its columns are Formula, sigma, T, DOI"):
        load_file(store, written(tmp_path, "csv"), Mapping("Formula", (Column("Sigma", "ionic_conductivity", "S/cm"),)))


def test_units_and_properties_that_are_not_known_refuse_their_rows_alone(tmp_path: Path, store: Store) -> None:
    loaded = load_file(store, dft(tmp_path, "Li2O,colour,1,nm", "Li2O,band_gap,1,GPa", "Li2O,band_gap,1,eV",
                                  "Li2O,bulk_modulus,400,log10(GPa)"))  # fmt: skip
    assert (loaded.facts, loaded.refused) == (1, 3)
    whys = [why for _, why in store.refused_rows(store.knowledge_imports()[0]["import"])]
    assert ["colour" in whys[0], "GPa" in whys[1], "beyond all numbers" in whys[2]] == [True] * 3
