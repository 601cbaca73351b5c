"""`adatom materials read` as a user types it."""

import json
from pathlib import Path

import pytest
from adatom.cloud.knowledge.documents.keep import keep
from adatom.cloud.knowledge.documents.read import document_of
from adatom.cloud.store.store import Store
from adatom.edge import command

PLACE = Path(__file__).parents[4] / "cloud" / "knowledge" / "documents" / "examples"
TEXT = "The ionic conductivity of Li3N is 1.2 mS/cm at 25 °C. Its activation energy is 0.29 ± 0.01 eV.\n"


def test_facts_go_into_the_database_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "note.txt").write_text("A note.\n\n" + TEXT)
    words = [
        "materials",
        "read",
        str(tmp_path / "note.txt"),
        str(PLACE / "INCAR"),
        "--db",
        str(tmp_path / "k.duckdb"),
        "--json",
    ]
    assert command.run(words) == command.OK
    note, incar = json.loads(capsys.readouterr().out)
    assert note["store"] == {"new": 2, "refused": 0, "known": False}
    assert [one["line"] for one in note["facts"]] == [3, 3]
    assert incar["settings"][0]["name"] == "functional"
    assert command.run(words) == command.OK
    assert json.loads(capsys.readouterr().out)[0]["store"] == {"new": 0, "refused": 0, "known": True}
    with Store(tmp_path / "k.duckdb", read_only=True) as store:
        found = {one["property"]: one for one in store.facts_of("Li3N")}
    assert found["ionic_conductivity"]["value"] == pytest.approx(1.2e-3)
    assert found["ionic_conductivity"]["temperature_c"] == 25.0
    assert (found["activation_energy"]["low"], found["activation_energy"]["line"]) == (pytest.approx(0.28), 3)
    assert 0.5 < found["activation_energy"]["confidence"] < found["ionic_conductivity"]["confidence"]


def test_a_calculation_s_settings_are_its_facts_method(tmp_path: Path) -> None:
    path = PLACE / "pw.in"
    with Store(tmp_path / "k.duckdb") as store:
        keep(store, path, document_of(path.read_bytes(), path.name))
        (fact,) = store.facts_of("Li2O")
    assert fact["method"] == "input, cutoff_ev 816.342, functional PBEsol, k_mesh 6×6×6 Monkhorst-Pack"


def test_tree_threshold_and_mistakes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    assert command.run(["materials", "read", str(tmp_path / "a.txt"), "--tree", "--least", "0.9"]) == command.OK
    shown = capsys.readouterr().out
    assert "paragraph" in shown
    assert "activation_energy" not in shown
    for words in (["nothing.pdf"], [str(tmp_path / "a.txt"), "--kind", "novel"], [str(tmp_path)]):
        assert command.run(["materials", "read", *words]) == command.WRONG_USE
        assert capsys.readouterr().err.startswith("error: ")
