"""A sample of the mutants of the safety rules is killed; `make mutation` runs all of them."""

import subprocess
import sys
from pathlib import Path

from .__main__ import TARGETS, all_mutants, equivalents
from .mutate import mutants

SAMPLE = 16
ROOT = Path(__file__).parents[2]


def test_a_sample_of_the_mutants_is_killed() -> None:
    command = [sys.executable, "-m", "tests.mutation", "--sample", str(SAMPLE)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_called_equivalent_exists_and_says_why() -> None:
    names = {f"{file} {mutant.name}" for file, mutant in all_mutants(list(TARGETS))}
    for name, why in equivalents().items():
        assert name in names
        assert why.strip()


def test_each_kind_of_change_is_made() -> None:
    source = "LIMIT = 3\ndef f(a, b):\n    if a < b and not b:\n        trip(a)\n    b += 1\n    return a + b\n"
    names = [mutant.name for mutant in mutants(source)]
    for change in ("a < b -> a <= b", "a < b -> a >= b", "3 -> 1", "3 -> 6", "3 -> 2", "3 -> 4", "not b -> b",
                   "a < b and (not b) -> a < b or not b", "trip(a) -> dropped", "b += 1 -> b -= 1", "a + b -> a - b",
                   "b += 1 -> after return a + b", "return a + b -> dropped"):  # fmt: skip
        assert any(name.endswith(": " + change) for name in names), (change, names)
    assert len(names) == len(set(names))
