"""Every attack on the wire, from many seeds: accepted 0, each refusal in the record. ADATOM_ATTACKS_N seeds each (300).

The table is printed: pytest -s tests/edge/test_attacks.py
"""

import os
from pathlib import Path

import pytest

from tests.edge.attacks import ATTACKS, attacked, would_be_obeyed

N = int(os.environ.get("ADATOM_ATTACKS_N", "300"))


def test_what_the_attacks_start_from_would_be_obeyed(tmp_path: Path) -> None:
    assert would_be_obeyed(tmp_path)


@pytest.mark.parametrize("name", ATTACKS)
def test_no_attack_is_accepted_and_each_is_recorded(tmp_path: Path, name: str) -> None:
    row = attacked(name, tmp_path, range(N))
    print(f"\n{name:>20}: n {row['n']}, accepted {row['accepted']}, refusals recorded {row['refusals recorded']}")
    assert row["seeds accepted"] == []
    assert row["n"] == row["refusals recorded"] == N
