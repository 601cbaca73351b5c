"""Rows of the soak, short: real broker, real cloud, a bench with synthetic readings. `make soak` has the long ones."""

import shutil
from pathlib import Path

import pytest
from adatom.sim.soak import chaos
from adatom.sim.soak.lab import BROKER_PATHS, DEFAULT
from adatom.sim.soak.row import Trial
from adatom.sim.soak.rows import backlog, bad_network, broker_killed, ingest_killed, journal_damaged

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


def test_broker_killed(tmp_path: Path) -> None:
    trial = broker_killed.run(DEFAULT, SEED, 6.0, tmp_path, print, points_s=500)
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
    trial = journal_damaged.run(SEED, 0.0, tmp_path, print, damages=14)
    assert (trial.problems, trial.lost, trial.n) == ([], 0, 14)
    assert max(trial.measured) <= journal_damaged.ALARM_S
