"""A cycler's file that comes after the run: kept with it, shown by the report, told to the optimizer once."""

import asyncio
import math
import os
from pathlib import Path
from typing import Any

import pytest
from adatom.cloud.campaign.file import Campaign as CampaignFile
from adatom.cloud.campaign.file import load_campaign
from adatom.cloud.campaign.late import QUIET_S, LateFolder, attach_file, hear
from adatom.cloud.campaign.session import make_optimizer
from adatom.cloud.proof.audit import chain_problem
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread
from adatom.edge import command
from adatom.protocol.errors import InputError
from adatom.protocol.keyring import KeyRing
from adatom.protocol.recipe import recipe_from_dict
from adatom.sim.direct import sample_of
from adatom.sim.lifetimes import trace
from adatom.sim.lockstep import run_key
from adatom.sim.physics.cell import Cell
from adatom.sim.physics.life import draw_cycles_to_short
from adatom.sim.shipped import demo_envelope
from adatom.sim.world import World

from tests.cloud.campaign.instant_bench import InstantBench
from tests.cloud.campaign.test_runner import KEYS, plan, process
from tests.cloud.measure.cycling.made import biologic, plain, symmetric

NOW = 1_800_000_000.0
DATABASE = "campaign.duckdb"
WORLD = World(1)
MAX_CYCLES = 400


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a campaign whose four runs have ended; the lives of its cells, an objective, are not known yet."""
    folder = tmp_path_factory.mktemp("ended")
    plan(folder)
    live(folder)
    return folder


def live(folder: Path) -> CampaignFile:
    """One life of the cloud, with what lies in its late folder."""
    file = load_campaign(folder / "campaign.toml")
    bench = InstantBench(file.benches[0].name, file.benches[0].envelope_path, KeyRing(KEYS), folder / "journal")
    try:
        asyncio.run(process(file, folder / DATABASE, bench, -1))
    finally:
        bench.close()
    return file


def copy_of(folder: Path, to: Path) -> Path:
    """A copy of the campaign, for a test that changes it."""
    for name in (DATABASE, "campaign.toml", "envelope.json"):
        (to / name).write_bytes((folder / name).read_bytes())
    return to / DATABASE


def first_runs(store: Store) -> list[dict[str, Any]]:
    """The runs that gave a sample."""
    return [run for row in store.trials("demo") for run in row["runs"] if run["outcome"] == "complete"]


def cell_of(run_id: str, recipe: dict[str, Any]) -> Cell:
    """The very cell that the twin made in a run."""
    return sample_of(recipe_from_dict(recipe), demo_envelope(), WORLD, WORLD.variation(run_key(run_id))).cell


def twin_file(run_id: str, recipe: dict[str, Any], folder: Path) -> Path:
    """The twin cycles the cell of a run and writes what a cycler would."""
    path = folder / f"{run_id}.csv"
    rng = WORLD.rng(run_id, "cycler")
    path.write_text(trace(cell_of(run_id, recipe), rng, WORLD, MAX_CYCLES), encoding="utf-8")
    return path


def true_life(run_id: str, recipe: dict[str, Any]) -> tuple[float, bool]:
    """(cycles, whether the test ended first) of that cell."""
    life = draw_cycles_to_short(cell_of(run_id, recipe), 0.1, WORLD.rng(run_id, "cycler"), WORLD.values)
    return min(math.floor(life) + 1.0, MAX_CYCLES), life >= MAX_CYCLES


def optimizer_of(folder: Path) -> Any:
    """The campaign's optimizer as a resumed process has it."""
    with StoreThread(folder / DATABASE) as thread:
        return thread.call_now(make_optimizer, load_campaign(folder / "campaign.toml"), thread)


def test_a_twins_cell_that_was_cycled_for_days_reaches_its_run_and_the_optimizer(ended: Path, tmp_path: Path) -> None:
    database = copy_of(ended, tmp_path)
    with Store(database) as store:
        run = first_runs(store)[0]
        recipe = next(row["recipe"] for row in store.trials("demo") if row["trial"] == run["trial"])
        got = attach_file(store, twin_file(run["run_id"], recipe, tmp_path), NOW)
        kept = store.quantities(run["run_id"])
        assert (got.trial, got.new, got.simulated) == (run["trial"], True, True)
        life = kept["cycles_to_failure"]
        assert (life["value"], life["censored"]) == true_life(run["run_id"], recipe)
        assert life["simulated"]
        assert life["quality"]["late_file"] == f"{run['run_id']}.csv"
        assert set(kept) > set(run["quantities"])  # what the bench measured stays
        assert chain_problem(store.audit_rows(), {}) == ""
        assert store.blob(store.attachments(run["run_id"])[0]["sha256"]) is not None
    before = optimizer_of(tmp_path)
    assert not any("cycles_to_failure" in result for _, result in before.told)
    live(tmp_path)  # resumed: the budget is spent, but the record is heard
    after = optimizer_of(tmp_path)
    told = [result for _, result in after.told if "cycles_to_failure" in result]
    assert [result["cycles_to_failure"][0] for result in told] == [life["value"]]
    assert "r_interface_ohm_cm2" in told[0]
    assert len(after.told) == len(before.told)


def test_told_once_and_a_later_export_of_the_same_cell_replaces_the_first(ended: Path, tmp_path: Path) -> None:
    database = copy_of(ended, tmp_path)
    optimizer = optimizer_of(tmp_path)
    with Store(database) as store:
        run = first_runs(store)[0]["run_id"]
        for cycles in (5, 12):
            path = tmp_path / f"week {cycles} {run}.csv"
            path.write_text(plain(symmetric(cycles)))
            assert attach_file(store, path, NOW + cycles).new
            assert hear(store, "demo", optimizer) == [first_runs(store)[0]["trial"]]
            assert hear(store, "demo", optimizer) == []
        assert not attach_file(store, path, NOW + 99).new
        life = store.quantities(run)["cycles_to_failure"]
        assert (life["value"], life["censored"]) == (12.0, True)
    assert [r["cycles_to_failure"] for _, r in optimizer.told if "cycles_to_failure" in r] == [[12.0, 0.0, 1.0]]


def test_a_biologic_ramp_gives_a_critical_current_with_the_benchs_own_area(ended: Path, tmp_path: Path) -> None:
    database = copy_of(ended, tmp_path)
    rows = symmetric(8, volts=lambda n: 300 * 1e-4 * n if n < 6 else 1e-3, amps=lambda n: 1e-4 * n)
    path = tmp_path / "ramp.mpt"
    path.write_text(biologic(rows))
    with Store(database) as store:
        run = first_runs(store)[0]["run_id"]
        attach_file(store, path, NOW, run_id=run)
        area = store.measurements(run, "eis")[-1]["meta"]["area_cm2"]
        critical = store.quantities(run)["ccd_ma_cm2"]
    assert critical["value"] == pytest.approx(0.5 / area)


def test_the_folder_is_looked_at_while_a_campaign_runs(ended: Path, tmp_path: Path) -> None:
    database = copy_of(ended, tmp_path)
    (tmp_path / "late").mkdir()
    with Store(database) as store:
        run = first_runs(store)[0]["run_id"]
        path = tmp_path / "late" / "export.csv"
        path.write_text(f"# sample = {run}\n" + plain(symmetric(5)))
        (tmp_path / "late" / "notes.txt").write_text("no record")
        folder = LateFolder(tmp_path / "late")
        for name in ("export.csv", "notes.txt"):
            os.utime(tmp_path / "late" / name, (NOW - 1, NOW - 1))
        assert folder.take(store, NOW) == []  # it may still be written
        assert [one.run_id for one in folder.take(store, NOW + QUIET_S)] == [run]
        assert folder.take(store, NOW + 2 * QUIET_S) == []
        assert LateFolder(tmp_path / "late").take(store, NOW + 2 * QUIET_S) == []  # nor after a restart


@pytest.mark.parametrize(
    ("name", "text", "run", "words"),
    [
        ("cell.csv", plain(symmetric(5)), None, "neither its name nor a line"),
        ("cell.csv", plain(symmetric(5)), "demo-0099-r1-a1", "no run of"),
        ("cell.csv", "no record at all", "demo-0001-r1-a1", "cell.csv"),
        ("demo-0001-r1-a11.csv", plain(symmetric(5)), None, "neither its name"),
    ],
)
def test_what_cannot_be_attached_leaves_no_trace(
    ended: Path, tmp_path: Path, name: str, text: str, run: str | None, words: str
) -> None:
    database = copy_of(ended, tmp_path)
    (tmp_path / name).write_text(text)
    with Store(database) as store:
        with pytest.raises(InputError, match=words):
            attach_file(store, tmp_path / name, NOW, run_id=run)
        assert store.untold("demo") == []
        assert store.row("SELECT count(*) FROM blob") == (0,) or store.attachments("demo-0001-r1-a1") == []


def test_a_run_that_goes_on_has_to_end_first(ended: Path, tmp_path: Path) -> None:
    database = copy_of(ended, tmp_path)
    path = tmp_path / "demo-0001-r2-a1.csv"
    path.write_text(plain(symmetric(5)))
    with Store(database) as store:
        store.start_run("demo-0001-r2-a1", "demo", 1, 2, "twin-1", NOW)
        with pytest.raises(InputError, match="has not ended"):
            attach_file(store, path, NOW)
        store.end_run("demo-0001-r2-a1", "aborted", "door", NOW)
        with pytest.raises(InputError, match="no sample that counts"):
            attach_file(store, path, NOW)


def test_the_command_attaches_and_says_so(ended: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = copy_of(ended, tmp_path)
    with Store(database) as store:
        run = first_runs(store)[0]["run_id"]
    path = tmp_path / "cell.csv"
    path.write_text(plain(symmetric(5)))
    assert command.run(["campaign", "attach", str(database), str(path), "--run", run]) == command.OK
    assert "cycles_to_failure ≥ 5 cycles\n" in capsys.readouterr().out
    longer = tmp_path / "longer.csv"
    longer.write_text(plain(symmetric(9)))
    assert command.run(["campaign", "attach", str(database), str(longer), "--run", run]) == command.OK
    assert "cycles_to_failure ≥ 9 cycles (in place of 5)" in capsys.readouterr().out
    assert command.run(["campaign", "attach", str(database), str(path), str(path), "--run", run]) != command.OK
    assert "--run: is of one file" in capsys.readouterr().err
    assert command.run(["campaign", "attach", str(tmp_path / "none.duckdb"), str(path)]) != command.OK
    assert "no such database" in capsys.readouterr().err
