"""CIF and POSCAR as facts, and files made to harm."""

import csv
import gzip
from pathlib import Path

import pytest
from adatom.cloud.knowledge import structures
from adatom.cloud.knowledge.data import shipped
from adatom.cloud.knowledge.load import load_file
from adatom.cloud.knowledge.structures import StructureReader, kind_of
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError

POSCAR = """Li2O
1.0
4.62 0 0
0 4.62 0
0 0 4.62
Li O
8 4
direct
0.25 0.25 0.25
0.75 0.25 0.25
0.25 0.75 0.25
0.25 0.25 0.75
0.75 0.75 0.25
0.75 0.25 0.75
0.25 0.75 0.75
0.75 0.75 0.75
0 0 0
0.5 0.5 0
0.5 0 0.5
0 0.5 0.5
"""


def test_a_table_of_structures_and_one_that_cannot_be_read(tmp_path: Path) -> None:
    with gzip.open(shipped("obelix_cifs"), "rt", encoding="utf-8", newline="") as stream:
        name, cif = next(row for row in csv.reader(stream) if row[0] == "jqc")
    with (tmp_path / "table.csv").open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([("ID", "cif"), (name, cif), ("bad", "data_nothing\n")])
    with Store(":memory:") as store:
        table = load_file(store, tmp_path / "table.csv")
        assert (table.rows, table.facts, table.refused) == (2, 8, 1)
        found = {fact["property"]: fact for fact in store.facts_of("BiLi7O6")}
    assert f"_cell_length_a   {found['lattice_a']['value']}" in cif
    assert (found["lattice_gamma"]["phase"], found["density"]["source_id"]) == ("P-1", name)


def test_one_structure_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "POSCAR").write_text(POSCAR)
    with Store(":memory:") as store:
        assert load_file(store, tmp_path / "POSCAR").facts == 8
        lithia = {fact["property"]: fact for fact in store.facts_of("Li2O")}
    assert lithia["density"]["value"] == pytest.approx(2.01, abs=0.01)
    assert lithia["volume_per_atom"]["value"] == pytest.approx(4.62**3 / 12)
    assert lithia["density"]["phase"] == "Fm-3m"


def test_a_structure_that_takes_too_long_is_given_up_and_the_next_one_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structures, "START_SECONDS", 0.0)
    with StructureReader(seconds=0.0) as reader:
        with pytest.raises(InputError, match=r"a\.vasp: was not read within 0 s"):
            reader.read("poscar", POSCAR, "a.vasp")
        monkeypatch.setattr(structures, "START_SECONDS", 60.0)
        assert reader.read("poscar", POSCAR, "b.vasp")["formula"] == "Li8O4"
        for text in ("", "junk\n" * 9, POSCAR.replace("4.62 0 0", "nan 0 0")):
            reader.seconds = 20.0
            with pytest.raises(InputError, match="is no structure"):
                reader.read("poscar", text, "c.vasp")
        with pytest.raises(InputError, match="more than"):
            reader.read("cif", "x" * 3_000_000, "d.cif")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.cif", "cif"),
        ("A.CIF", "cif"),
        ("POSCAR", "poscar"),
        ("CONTCAR_1", "poscar"),
        ("b.vasp", "poscar"),
        ("a.csv", ""),
    ],
)
def test_kinds_are_told_by_name(name: str, kind: str) -> None:
    assert kind_of(Path(name)) == kind
