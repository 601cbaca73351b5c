"""A short turn of every decoder: ADATOM_FUZZ_N frames each (1 000), ADATOM_FUZZ_SEED. Long: -m tests.fuzz."""

import json
import os
import random
from pathlib import Path

import pytest

from .__main__ import put
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


def test_rows_are_put_into_a_file_in_the_place_of_their_decoder(tmp_path: Path) -> None:
    path = tmp_path / "fuzz.json"
    put(path, [{"decoder": "a", "n": 1, "crashes": []}, {"decoder": "b", "n": 1, "crashes": ["x"]}])
    put(path, [{"decoder": "c", "n": 2}, {"decoder": "a", "n": 3}])
    assert json.loads(path.read_text()) == [
        {"decoder": "a", "n": 3}, {"decoder": "b", "n": 1, "crashes": ["x"]}, {"decoder": "c", "n": 2},
    ]  # fmt: skip
    assert len(path.read_text().splitlines()) == 5


def test_every_row_of_the_docs_is_of_a_decoder_that_there_is() -> None:
    rows = json.loads((Path(__file__).parents[2] / "docs" / "benchmark" / "fuzz.json").read_text())
    assert {row["decoder"] for row in rows} == {target.name for target in targets()}
    assert not any(row["crashed"] or row["accepted"] for row in rows)
