"""A short turn of every decoder: ADATOM_FUZZ_N frames each (1 000), ADATOM_FUZZ_SEED. Long: -m tests.fuzz."""

import os
import random

import pytest

from .mutate import FRAME_MAX, mutated
from .run import fuzz
from .targets import Target, targets

N = int(os.environ.get("ADATOM_FUZZ_N", "1000"))
SEED = int(os.environ.get("ADATOM_FUZZ_SEED", "1"))
BLIND = ("driver",)  # takes a reply only when it has asked for it


@pytest.mark.parametrize("target", targets(), ids=lambda target: target.name)
def test_no_frame_crashes_hangs_or_passes_for_a_sealed_one(target: Target) -> None:
    row = fuzz(target, N, SEED)
    assert row["crashes"] == []
    assert not row["accepted"]
    assert row["taken"] + row["refused"] == N
    if not target.name.startswith(BLIND):
        assert row["whole"] > 0, "nothing of the corpus is valid: the frames test too little"


def test_frames_are_varied_bounded_and_the_same_for_a_seed() -> None:
    corpus = [b"one frame", b"another one that is longer"]
    first = [mutated(random.Random(f"{i}"), corpus) for i in range(500)]
    assert first == [mutated(random.Random(f"{i}"), corpus) for i in range(500)]
    assert len(set(first)) > 400
    assert max(map(len, first)) <= FRAME_MAX


def test_a_crash_a_hang_and_an_acceptance_are_seen() -> None:
    def take(data: bytes) -> bool:
        if b"an" in data:
            raise KeyError("x")
        return True

    row = fuzz(Target("broken", [b"banana"], take, (ValueError,), True), 100, 1)
    assert row["crashed"] > 10
    assert row["accepted"] > 10
    assert row["crashes"][0].startswith("KeyError: 'x' on b'")
