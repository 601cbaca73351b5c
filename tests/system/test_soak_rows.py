"""Rows of the soak, short: real broker, real cloud, a bench with synthetic readings. `make soak` has the long ones."""

import shutil
from pathlib import Path

import pytest
from adatom.protocol.errors import FailedError
from adatom.sim.soak import chaos
from adatom.sim.soak.lab import BROKER_PATHS, DEFAULT, HARDENED
from adatom.sim.soak.row import Trial
from adatom.sim.soak.rows import (
    backlog,
    bad_network,
    bench_stopped,
    broker_away,
    broker_killed,
    clock_steps,
    database_damaged,
    envelope_damaged,
    ingest_killed,
    journal_damaged,
    journal_fails,
    real_media,
)

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(
        not (shutil.which("mosquitto") or shutil.which("mosquitto", path=BROKER_PATHS)),
        reason="mosquitto: not installed",
    ),
]
SEED = 3
QUICK_KINDS = (chaos.RESET, chaos.DROP_ACKS, chaos.DUPLICATE, chaos.REORDER)  # the others need minutes: make soak


def wrong(trial: Trial) -> list[str]:
    """What counts anywhere; how late ticks are on a machine shared with other tests does not."""
    return [problem for problem in trial.problems if "control loop" not in problem and "live rate" not in problem]


@pytest.mark.parametrize("configuration", [DEFAULT, HARDENED])
def test_broker_killed(tmp_path: Path, configuration: str) -> None:
    trial = broker_killed.run(configuration, SEED, 6.0, tmp_path, print, points_s=500)
    assert (wrong(trial), trial.lost, trial.duplicates) == ([], 0, 0)
    assert trial.n > 0


def test_ingest_killed_between_commit_and_receipt(tmp_path: Path) -> None:
    trial = ingest_killed.run(SEED, 0.0, tmp_path, print, kills=2)
    assert (wrong(trial), trial.n) == ([], 2)


@pytest.mark.parametrize("kind", QUICK_KINDS)
def test_bad_network(tmp_path: Path, kind: str) -> None:
    trial = bad_network.run(kind, SEED, 6.0, tmp_path, print, points_s=300)
    assert wrong(trial) == []
    assert trial.n > 0


def test_a_safety_event_overtakes_the_backlog(tmp_path: Path) -> None:
    trial = backlog.run(SEED, 3.0, tmp_path, print, points_s=1000)
    assert wrong(trial) == []


def test_a_damaged_journal_is_told_and_the_rest_is_delivered(tmp_path: Path) -> None:
    trial = journal_damaged.run(SEED, 0.0, tmp_path, print, damages=7)
    assert (trial.problems, trial.lost, trial.n) == ([], 0, 7)
    assert max(trial.measured) <= journal_damaged.ALARM_S


def test_a_medium_that_fails_is_told_and_costs_nothing(tmp_path: Path) -> None:
    trial = journal_fails.run(SEED, 0.0, tmp_path, print, failures=7)
    assert (trial.problems, trial.lost, trial.n) == ([], 0, 7)
    assert max(trial.measured) <= journal_fails.ALARM_S


def test_syncs_that_fail_under_a_running_bench_are_told_and_cost_nothing(tmp_path: Path) -> None:
    """The other real media, which take longer or need root: make soak."""
    try:
        trial = real_media.run("journal", real_media.NO_SYNC, SEED, 0.0, tmp_path / "soak", print, cycles=1)
    except FailedError as error:
        if "strace" in str(error):
            pytest.skip(str(error))
        raise
    assert (trial.problems, trial.lost, trial.n) == ([], 0, 1)


def test_a_damaged_envelope_arms_nothing(tmp_path: Path) -> None:
    trial = envelope_damaged.run(SEED, 0.0, tmp_path, print, damages=40)
    assert (trial.problems, trial.n) == ([], 40)
    assert trial.figures["found_only_by_the_hash"] > 0


def test_a_damaged_database_is_found_before_it_is_used(tmp_path: Path) -> None:
    trial = database_damaged.run(SEED, 0.0, tmp_path, print, damages=12)
    assert (trial.problems, trial.n) == ([], 12)
    assert len(trial.figures) > 1  # more than one way of finding it


def test_a_bench_that_is_frozen_or_killed_loses_nothing_and_obeys_once(tmp_path: Path) -> None:
    trial = bench_stopped.run(SEED, 5.0, tmp_path, print)
    assert (wrong(trial), trial.lost, trial.duplicates) == ([], 0, 0)
    assert trial.n > 0
    assert trial.figures["command_messages"] > trial.figures["commands"] >= trial.figures["obeyed"] > 0


def test_a_full_quota_thins_declared_channels_and_tells_every_gap(tmp_path: Path) -> None:
    trial = broker_away.day(SEED, 0.0, tmp_path, print, length_s=6000, days=3)
    assert (trial.problems, trial.lost, trial.n) == ([], 0, 3)


def test_steps_of_the_wall_clock_change_nothing(tmp_path: Path) -> None:
    trial = clock_steps.virtual(SEED, 0.0, tmp_path, print, steps=60)
    assert (trial.problems, trial.lost, trial.n) == ([], 0, 60)
