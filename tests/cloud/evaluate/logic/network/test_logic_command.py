"""`adatom evaluate logic` on formulas, facts by hand and a real database."""

import json
from pathlib import Path

import pytest
from adatom.cloud.evaluate.cli import app
from adatom.cloud.evaluate.logic.network.structure import NODES
from adatom.cloud.knowledge.load import load_file
from adatom.cloud.knowledge.materials_report import material_data
from adatom.cloud.store.store import Store
from typer.testing import CliRunner

PAGE = Path(__file__).parents[5] / "docs" / "explanation" / "logic-network.md"
ROWS = """formula,property,value,unit,source,dataset,split
MgO,bulk_modulus_vrh,12,GPa,S,K,all
MgO,shear_modulus_vrh,118,GPa,S,G,all
MgO,band_gap,4.5,eV,S,gap,all
MgO,poisson_ratio,0.2,1,S,nu,all
"""


def run(*words):
    return CliRunner().invoke(app, ["logic", *words])


def said(*words):
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_stored_facts_are_judged_and_the_probability_is_kept(tmp_path: Path) -> None:
    table, db = tmp_path / "table.csv", tmp_path / "known.duckdb"
    table.write_text(ROWS)
    with Store(db) as store:
        load_file(store, table)
    (found,) = said("MgO", "--db", str(db), "--keep")
    assert found["statements"][0]["statement"] == "bulk_modulus"
    assert "bulk modulus 12 GPa is unlike the rest" in found["because"]
    assert found["not_judged"] == ["poisson_ratio"]
    with Store(db, read_only=True) as store:
        kept = material_data(store, "MgO")["consistency"]
    assert kept["probability"] == pytest.approx(found["probability"])
    assert kept["statements"] == 4
    (mended,) = said("MgO", "--db", str(db), "--fact", "bulk_modulus=150GPa")
    assert mended["probability"] > found["probability"] + 0.05
    (new,) = said("LiCl", "--db", str(db))
    assert "nothing is known" in new["notes"][0]


def test_what_is_not_told_plays_no_part_and_wrong_shares_move_the_probability() -> None:
    (alone, other) = said("Li7La3Zr2O12", "Li3PS4")
    assert [one["statement"] for one in alone["statements"] + other["statements"]] == ["charge_balance"] * 2
    (doubted,) = said("Li7La3Zr2O12", "--wrong-share", "0.3")
    assert doubted["nats"] == pytest.approx(alone["nats"])
    assert doubted["probability"] < alone["probability"]


def test_text_and_pictures(tmp_path: Path) -> None:
    bars, net = tmp_path / "bars.png", tmp_path / "net.svg"
    done = run("MgO", "--fact", "bulk_modulus=12GPa", "--fact", "shear_modulus=120GPa", "--plot", str(bars))
    assert done.exit_code == 0, done.output
    assert "would be so low" in done.output
    assert bars.read_bytes().startswith(b"\x89PNG")
    done = run("--structure", "--plot", str(net))
    assert "Pugh" in done.output
    assert net.read_text().count('<g id="patch_') > len(NODES)


def test_the_docs_have_every_quantity_with_its_principle() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for node in NODES:
        assert f"| {node.words} |" in page
        assert node.principle in page
        assert node.source in page


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "at least one formula"),
        (("MgO", "CaO", "--fact", "band_gap=1eV"), "of one formula"),
        (("MgO", "--keep"), "needs --db"),
        (("Mg0",), "Mg0"),
        (("MgO", "--plot", "a.xyz"), "a.xyz"),
    ],
)
def test_mistakes_are_told(words, why) -> None:
    done = run(*words)
    assert done.exit_code != 0
    assert why in f"{done.exception} {done.output}"
