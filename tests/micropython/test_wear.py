"""What a board's journal costs its flash, counted on littlefs; a day's figures are in docs/how-to/run-on-a-board.md."""

import json

from tests.micropython import ROOT, needs_micropython, run_script

pytestmark = needs_micropython
SCRIPT = ROOT / "tests" / "micropython" / "wear.py"


def test_a_commit_costs_about_one_erase_and_the_flash_outlives_a_year() -> None:
    found = json.loads(run_script(SCRIPT, "1", "64", heap="32m"))
    assert 300 < found["commits_a_day"] / 24 < 420  # one in 10 s, and one an event
    assert found["erases_a_commit"] < 1.5
    assert found["years_worst_block"] > 1.0
    assert found["years_levelled"] > found["years_worst_block"]
