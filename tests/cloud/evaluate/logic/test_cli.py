"""`adatom evaluate doubts` from a user's file to flags beside the facts, in a real database."""

import json
from pathlib import Path

from adatom.cloud.evaluate.cli import app
from adatom.cloud.knowledge.load import load_file
from adatom.cloud.store.store import Store
from typer.testing import CliRunner

ROWS = """formula,property,value,unit,source,dataset,split
LiF,energy_above_hull,-0.2,eV/atom,S,hull,all
LiCl,formation_energy,0.5,eV/atom,S,E,all
LiCl,energy_above_hull,0.0,eV/atom,S,hull,all
Li2O,formation_energy,-2.0,eV/atom,S,E,all
Li2O,energy_above_hull,0.0,eV/atom,S,hull,all
"""


def test_doubts_are_printed_as_json_and_kept_as_flags(tmp_path: Path) -> None:
    table, db = tmp_path / "table.csv", tmp_path / "known.duckdb"
    table.write_text(ROWS)
    with Store(db) as store:
        load_file(store, table)
    done = CliRunner().invoke(app, ["doubts", "--db", str(db), "--json", "--flag"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["counts"] == {"impossible": 1, "relation": 1}
    assert [d["composition"] for d in said["doubts"]] == ["FLi", "ClLi"]
    assert "is below 0" in said["doubts"][0]["why"]
    with Store(db) as store:
        flags = {flag for fact in store.facts_of("ClLi") for flag in fact["flags"]}
    assert flags == {"doubt_relation"}


def test_another_kind_is_refused(tmp_path: Path) -> None:
    db = tmp_path / "known.duckdb"
    Store(db).close()
    done = CliRunner().invoke(app, ["doubts", "--db", str(db), "--kind", "odd"])
    assert "must be one of impossible, unit" in str(done.exception)
