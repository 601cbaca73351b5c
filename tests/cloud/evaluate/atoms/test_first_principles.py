"""Which volumes are worked out, what is kept, what is refused; and real electrons beside pyscf asked plainly."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from adatom.cloud.evaluate.atoms import dft_cli, electrons
from adatom.cloud.evaluate.atoms.crystal import PRIMITIVE_FCC, Crystal, rock_salt
from adatom.cloud.evaluate.atoms.dft_report import show_curve
from adatom.cloud.evaluate.atoms.electrons import EV_PER_HARTREE, size_of, solved
from adatom.cloud.evaluate.atoms.equation_of_state import GPA_PER_EV_A3, birch_murnaghan
from adatom.cloud.evaluate.atoms.first_principles import (
    SCALES,
    Point,
    Question,
    Settings,
    Size,
    Solve,
    check_size,
    examine,
    mesh_of,
    scaled,
    settings_of,
)
from adatom.cloud.evaluate.atoms.points_file import keeping, read_points
from adatom.cloud.evaluate.atoms.prototypes import prototype
from adatom.cloud.evaluate.cli import app
from adatom.protocol.errors import FailedError, InputError
from rich.console import Console
from typer.testing import CliRunner

LIF = rock_salt("Li", "F", 4.03)
DIAMOND = Crystal(PRIMITIVE_FCC * 3.57, ("C", "C"), np.array([[0.0] * 3, [0.25] * 3]))
SETTINGS = Settings(2, (9, 9, 9))
LIF_SIZE = Size(19, 10, 13.7)


def curve_of(lattice_a: float, calls: list[float]) -> Solve:
    """Energies of a crystal of this lattice constant and 70 GPa."""

    def solve(crystal: Crystal, settings: Settings) -> Point:
        calls.append(crystal.volume_a3)
        volume = np.array([crystal.volume_a3])
        energy = birch_murnaghan(volume, -866.0, lattice_a**3 / 4.0, 70.0 / GPA_PER_EV_A3, 4.0)
        return Point(crystal.volume_a3, float(energy[0]), 1.0)

    return solve


def silent(text: str) -> None:
    pass


def test_a_curve_finds_lattice_and_bulk_modulus() -> None:
    calls: list[float] = []
    found = examine(LIF, Question(), SETTINGS, curve_of(4.08, calls), silent)
    assert len(calls) == len(SCALES)
    assert not found.extended
    assert found.crystal.lengths == pytest.approx(4.08 / np.sqrt(2.0), rel=1e-6)
    assert found.state.bulk_gpa.value == pytest.approx(70.0, rel=1e-4)


@pytest.mark.parametrize("lattice_a", [3.95, 4.17])
def test_the_range_is_moved_once_towards_the_least_energy(lattice_a: float) -> None:
    calls: list[float] = []
    told: list[str] = []
    found = examine(LIF, Question(), SETTINGS, curve_of(lattice_a, calls), told.append)
    assert found.extended
    assert len(calls) == len(SCALES) + 3
    assert any("three more" in line for line in told)
    assert found.state.volume_a3.value == pytest.approx(lattice_a**3 / 4.0, rel=1e-5)
    assert (np.diff(found.volumes_a3) > 0.0).all()


@pytest.mark.parametrize("lattice_a", [3.7, 4.5])
def test_a_minimum_at_the_edge_even_then_is_refused(lattice_a: float) -> None:
    with pytest.raises(FailedError, match="edge of the volumes"):
        examine(LIF, Question(), SETTINGS, curve_of(lattice_a, []), silent)


def test_the_grid_is_odd_finer_for_narrow_gaussians_and_one_for_all_volumes() -> None:
    assert mesh_of(LIF, 13.7, 3.0) == (33, 33, 33)
    assert mesh_of(LIF, 13.7, 2.9) == (31, 31, 31)
    assert mesh_of(LIF, 7.1, 3.0)[0] < 25
    largest = scaled(LIF, max(SCALES))
    assert settings_of(LIF, LIF_SIZE, Question()).mesh == mesh_of(largest, 13.7, Question().fineness)


@pytest.mark.parametrize(
    ("crystal", "size", "settings", "words"),
    [
        (Crystal(np.eye(3) * 9, ("Li",) * 9, np.zeros((9, 3))), Size(90, 26, 7.0), SETTINGS, "9 atoms"),
        (LIF, Size(90, 80, 7.0), SETTINGS, "80 electrons"),
        (LIF, Size(19, 11, 7.0), SETTINGS, "odd number"),
        (LIF, LIF_SIZE, Settings(6, (99, 99, 99)), "GB of memory"),
    ],
)
def test_what_a_laptop_cannot_do_is_refused_before(
    crystal: Crystal, size: Size, settings: Settings, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        check_size(crystal, size, settings, "it")


def test_a_run_that_was_killed_goes_on(tmp_path: Path) -> None:
    path, calls = tmp_path / "points.jsonl", list[float]()
    solve = curve_of(4.08, calls)

    def killed(crystal: Crystal, settings: Settings) -> Point:
        if len(calls) == 3:
            raise KeyboardInterrupt
        return solve(crystal, settings)

    with pytest.raises(KeyboardInterrupt):
        examine(LIF, Question(), SETTINGS, keeping(killed, path), silent)
    with path.open("a") as file:
        file.write('{"key": "cut sho')  # the kill fell into a write
    resumed = examine(LIF, Question(), SETTINGS, keeping(solve, path), silent)
    assert len(calls) == len(SCALES)
    assert resumed == examine(LIF, Question(), SETTINGS, keeping(solve, path), silent)
    assert len(calls) == len(SCALES)
    assert resumed.points == examine(LIF, Question(), SETTINGS, curve_of(4.08, []), silent).points


@pytest.mark.parametrize(
    "other", [Settings(3, (9, 9, 9)), Settings(2, (11, 11, 11)), Settings(2, (9, 9, 9), "gth-dzvp")]
)
def test_energies_of_other_settings_are_others(tmp_path: Path, other: Settings) -> None:
    path, calls = tmp_path / "points.jsonl", list[float]()
    kept = keeping(curve_of(4.08, calls), path)
    for settings in (SETTINGS, other, SETTINGS):
        kept(LIF, settings)
    assert len(calls) == 2
    assert len(read_points(path)) == 2


@pytest.mark.parametrize("line", ["not JSON", "[]", '{"key": "a"}', '{"key": "a", "point": {"volume_a3": "wide"}}'])
def test_another_file_is_not_taken_for_one_of_points(tmp_path: Path, line: str) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(line + "\n")
    with pytest.raises(InputError, match="line 1"):
        read_points(path)
    assert path.read_text() == line + "\n"


def test_an_unknown_formula_and_element_say_what_is_known() -> None:
    assert prototype("FLi").crystal().formula == "LiF"
    for formula in ("NaCl", "Li3O", "no formula"):
        with pytest.raises(InputError, match="Li2O, LiF, LiCl"):
            prototype(formula)
    with pytest.raises(InputError, match="has no gth-dzvp-molopt-sr"):
        size_of(rock_salt("Fr", "F", 5.5), "gth-dzvp-molopt-sr", "FrF")


def test_without_pyscf_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dft_cli, "find_spec", lambda name: None)
    with pytest.raises(FailedError, match=r"adatom\[dft\]"):
        dft_cli.dft(["LiF"])


def test_the_energy_is_that_of_pyscf_asked_plainly() -> None:
    """Orbitals that are kept through the cycles change the time and not the energy."""
    from pyscf.pbc import dft, gto

    crystal, mesh = DIAMOND, (13, 13, 13)
    found = solved(crystal, Settings(2, mesh, "gth-szv"))
    cell = gto.M(
        a=crystal.cell, atom=list(zip(crystal.symbols, crystal.positions, strict=True)), unit="A", basis="gth-szv",
        pseudo="gth-pbe", mesh=mesh, verbose=0,
    )  # fmt: skip
    plain = dft.KRKS(cell, cell.make_kpts([2] * 3), xc="pbe")
    energy = plain.kernel()
    plain._chkfile.close()
    assert found.energy_ev == pytest.approx(energy * EV_PER_HARTREE, abs=1e-6)
    assert found.volume_a3 == pytest.approx(3.57**3 / 4.0)


@pytest.mark.parametrize(
    ("constant", "value", "words"), [("MOST_CYCLES", 1, "self-consistent"), ("LEAST_GAP_EV", 99.0, "gap")]
)
def test_electrons_without_a_state_or_a_gap_give_no_energy(
    constant: str, value: float, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(electrons, constant, value)
    with pytest.raises(FailedError, match=f"C at 11.37 .*{words}"):
        solved(DIAMOND, Settings(1, (9, 9, 9), "gth-szv"))


def test_the_command_on_a_known_curve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole command; the electrons alone are replaced."""
    monkeypatch.setattr("adatom.cloud.evaluate.atoms.electrons.solved", curve_of(4.08, []))
    picture, points = tmp_path / "curve.png", tmp_path / "points.jsonl"
    words = ["dft", "LiF", "--quick", "--points", str(points), "--json", "--plot", str(picture)]
    told = CliRunner().invoke(app, words)
    assert told.exit_code == 0, told.output
    [row] = json.loads(told.stdout)
    assert row["lattice_a"]["value"] == pytest.approx(4.08, rel=1e-5)
    assert row["stored"][0]["verdict"].startswith("reproduced")
    assert any("quick" in note for note in row["notes"])
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "min of processor time" in told.stderr


def test_the_table_names_sources_and_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adatom.cloud.evaluate.atoms.dft_report.beside", lambda *_: [])  # seconds of reading
    shown = Console(record=True, file=io.StringIO(), width=120)
    show_curve(shown, examine(LIF, Question(), SETTINGS, curve_of(4.08, []), silent))
    text = shown.export_text()
    assert "a, Å" in text
    assert "a 4.064 Å (PBE, all electrons (BAND): Hao et al., Phys. Rev. B 85, 014111 (2012)): +0.4 % here" in text
    assert "B 76.3 GPa" in text


def test_the_command_asks_for_a_crystal() -> None:
    assert isinstance(CliRunner().invoke(app, ["dft"]).exception, InputError)
