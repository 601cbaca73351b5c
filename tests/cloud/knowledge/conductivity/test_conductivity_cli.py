"""The commands on real files, in this process."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from adatom.cloud.knowledge.conductivity.cli import check_model, conductivity
from adatom.cloud.knowledge.data import shipped
from adatom.protocol.errors import InputError
from typer.testing import CliRunner

app = typer.Typer()
app.command("conductivity")(conductivity)
app.command("check-model")(check_model)


def ran(*words: object) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=True)
    if result.exception is not None:
        raise result.exception
    return result.stdout


def some(folder: Path, step: int) -> Path:
    """Rows of the shipped table; the model has seen them, which the note must say."""
    with shipped("obelix").open(encoding="utf-8", newline="") as stream:
        lines = list(csv.reader(stream))
    path = folder / "some.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([lines[0], *lines[1::step]])
    return path


def test_predictions_as_text_json_and_table(tmp_path: Path) -> None:
    text = ran("conductivity", "Li7La3Zr2O12", "NaCl")
    assert "read per formula unit" in text
    assert "warning: NaCl: holds no lithium" in text
    (one,) = json.loads(ran("conductivity", "Li6PS5Cl", "--json"))
    assert one["low"] < one["mean"] < one["high"]
    assert one["sigma_S_cm"] == pytest.approx(10.0 ** one["mean"])
    out = tmp_path / "out.csv"
    ran("conductivity", "--table", some(tmp_path, 60), "--out", out)
    with out.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 8
    assert all(row["convention"] == "per unit cell, as given" and "crystal_system" in row["used"] for row in rows)


def test_a_table_of_known_values_is_scored(tmp_path: Path) -> None:
    plot = tmp_path / "parity.png"
    found: dict[str, Any] = json.loads(
        ran("check-model", "--on", some(tmp_path, 12), "--no-forest", "--plot", plot, "--json")
    )
    scores = found["methods"]["model, composition only"]["scores"]
    assert scores["mae"]["low"] <= scores["mae"]["value"] <= scores["mae"]["high"]
    assert scores["coverage"]["value"] > 0.8
    assert any("learnt from" in note for note in found["notes"])
    assert plot.stat().st_size > 10_000


def test_mistakes_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="name compositions or a --table"):
        ran("conductivity")
    with pytest.raises(InputError, match="paper, linked, family"):
        ran("check-model", "--protocol", "random")
    path = tmp_path / "t.csv"
    path.write_text("formula,sigma_S_cm\nLi3N,1e-3\n", encoding="utf-8")
    with pytest.raises(InputError, match="at least 3"):
        ran("check-model", "--on", path)
