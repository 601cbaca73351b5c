"""Whole histories: hours of faults, one virtual clock, the checker's word."""

import json
import os
import subprocess
import sys

import pytest
from adatom.sim.clockwork.laboratory import Laboratory

HOURS = {1: 24.0, 2: 6.0, 3: 4.0}  # seed -> length; every second seed has two benches; the soak has 2 000 hours


@pytest.mark.parametrize("seed", HOURS)
def test_nothing_is_lost_doubled_or_done_twice(seed: int) -> None:
    story = Laboratory(seed, 2 - seed % 2).live(HOURS[seed])
    assert story.violations == []
    assert story.figures["points"] > 0
    assert sum(story.faults.values()) > 0


def digest_elsewhere(seed: int, hash_seed: str) -> str:
    """The hash of a history that another process lives through."""
    code = f"from adatom.sim.clockwork.laboratory import Laboratory; print(Laboratory({seed}).live(1.0).digest)"
    env = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_seed_is_one_history_bit_for_bit_in_any_process() -> None:
    assert digest_elsewhere(3, "1") == digest_elsewhere(3, "2")


def test_another_seed_is_another_history() -> None:
    assert Laboratory(1).live(0.2).digest != Laboratory(2).live(0.2).digest


def test_the_row_of_the_soak_prints_the_hash() -> None:
    words = ["soak", "--row", "simulated", "--seed", "3", "--minutes", "0.1", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "adatom.edge.command", *words], capture_output=True, text=True, check=True
    )
    row = json.loads(done.stdout)["rows"][0]
    assert row["met"]
    assert row["trials"][0]["figures"]["history"] == Laboratory(3, 1).live(0.6).digest
