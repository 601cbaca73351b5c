"""A million frames into every decoder, and the attacks on a bench's wire from many seeds.

ADATOM_FUZZ_SOAK_N frames a decoder (1 000 000), ADATOM_ATTACKS_SOAK_N seeds an attack (3 000), ADATOM_SOAK_SEED. About
half an hour.
"""

import json
import os
from pathlib import Path

import pytest

from tests.edge.attacks import ATTACKS, attacked
from tests.fuzz.run import fuzz
from tests.fuzz.targets import Target, targets

FRAMES = int(os.environ.get("ADATOM_FUZZ_SOAK_N", "1000000"))
SEEDS = int(os.environ.get("ADATOM_ATTACKS_SOAK_N", "3000"))
SEED = int(os.environ.get("ADATOM_SOAK_SEED", "1"))


@pytest.mark.parametrize("target", targets(), ids=lambda target: target.name)
def test_a_million_frames_crash_and_pass_nothing(target: Target) -> None:
    row = fuzz(target, FRAMES, SEED)
    print(json.dumps(row))
    assert row["crashes"] == []
    assert not row["accepted"]


@pytest.mark.parametrize("name", ATTACKS)
def test_no_attack_of_many_is_accepted(tmp_path: Path, name: str) -> None:
    row = attacked(name, tmp_path, range(SEED, SEED + SEEDS))
    print(json.dumps(row))
    assert row["seeds accepted"] == []
    assert row["refusals recorded"] == SEEDS
