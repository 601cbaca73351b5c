"""A longer campaign is killed after every step: it ends with the trials, recipes and values of one that was not."""

from pathlib import Path

from tests.cloud.campaign.test_runner import live

TRIALS = 10


def test_killed_after_every_step_a_longer_campaign_is_the_same(tmp_path: Path) -> None:
    rows, calls = live(tmp_path / "unbroken", trials=TRIALS)
    assert calls > 5 * TRIALS
    for dies_at in range(1, calls + 1):
        broken, _ = live(tmp_path / str(dies_at), dies_at, TRIALS)
        assert broken == rows, f"killed after store call {dies_at} of {calls}"
