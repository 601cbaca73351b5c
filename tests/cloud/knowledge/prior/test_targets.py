"""The priors on the shipped data: sensible values, and what the command says."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import typer
from adatom.cloud.knowledge.interface.energies import Phases, key_of
from adatom.cloud.knowledge.interface.labels import labels, read_labels, write_labels
from adatom.cloud.knowledge.mechanics import lithium_ratio
from adatom.cloud.knowledge.prior.cli import predict
from adatom.cloud.knowledge.prior.targets import prior, rows_of
from adatom.protocol.errors import InputError
from typer.testing import CliRunner

app = typer.Typer()
app.command()(predict)


def test_labels_are_written_and_read_back(tmp_path: Path) -> None:
    phases = Phases({key_of({"Li": 3.0, "N": 1.0}): -0.46, key_of({"Li": 1.0, "P": 7.0}): -0.16,
                     key_of({"Li": 3.0, "P": 1.0}): -0.70})  # fmt: skip
    rows = list(labels(phases))
    assert [row.formula for row in rows] == ["LiP7", "Li3N", "Li3P"]
    assert [row.reaction_ev_atom < 0.0 for row in rows] == [True, False, False]
    path = tmp_path / "labels.csv.gz"
    write_labels(path, rows)
    first = path.read_bytes()
    write_labels(path, rows)
    assert path.read_bytes() == first
    for row, back in zip(rows, read_labels(path), strict=True):
        assert back.reaction_ev_atom == pytest.approx(row.reaction_ev_atom, abs=1e-5)
        assert back.products == row.products


def test_another_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n"))
    with pytest.raises(InputError, match="the columns must be formula"):
        read_labels(path)


def test_the_shipped_labels_are_of_every_lithium_compound_and_plausible() -> None:
    rows = rows_of("reaction_ev_atom")
    assert len(rows.values) > 9_000
    assert (rows.values <= 0.0).all()
    known = {label.formula: label for label in read_labels()}
    assert known["Li3PS4"].reaction_ev_atom == pytest.approx(-1.424, abs=0.001)
    assert known["Li7La3Zr2O12"].reduction_v == pytest.approx(0.049, abs=0.001)


def test_a_prior_knows_what_reacts() -> None:
    oxide, sulfide, fluoride = prior(
        "reaction_ev_atom",
        [{"Li": 6.5, "La": 3.0, "Zr": 1.5, "Ta": 0.5, "O": 12.0}, {"Li": 7.0, "P": 3.0, "S": 11.0}, {"Cs": 1, "Au": 3}],
    ).mean
    assert sulfide < -1.0 < oxide < 0.0
    assert fluoride <= 0.0


def test_an_unknown_target_is_named() -> None:
    with pytest.raises(InputError, match="must be one of reaction_ev_atom, log10_shear_gpa"):
        prior("hardness", [{"Li": 1.0}])


def test_the_command_gives_both_guesses_and_the_caution() -> None:
    said = CliRunner().invoke(app, ["Li7La3Zr2O12", "Li3PS4", "--json"], catch_exceptions=False).stdout
    garnet, sulfide = json.loads(said)
    assert garnet["reaction_in_data"] == pytest.approx(-0.021, abs=0.001)
    low, high = garnet["shear_gpa"][1:]
    assert low < 60.0 < high  # Ni et al. 2012 measured 59.6
    assert sulfide["shear_gpa"][0] < garnet["shear_gpa"][0]
    text = CliRunner().invoke(app, ["Li3PS4"], catch_exceptions=False, env={"COLUMNS": "140"}).stdout
    assert "no promise" in text


def test_the_ratio_to_lithium_is_of_the_range_of_lithiums_modulus() -> None:
    assert np.allclose(lithium_ratio(42.0), (10.0, 42.0 / 3.4))
