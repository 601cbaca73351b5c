"""Mutations of certificate files and audit chains from many seeds: every one is detected.

ADATOM_MUTATIONS_SOAK_N of each (1 000), ADATOM_SOAK_SEED. About a minute.
"""

import json
import os
from pathlib import Path

from tests.cloud.proof.laboratory import file_lines, laboratory, undetected_chains, undetected_files

N = int(os.environ.get("ADATOM_MUTATIONS_SOAK_N", "1000"))
SEED = int(os.environ.get("ADATOM_SOAK_SEED", "1"))


def test_no_mutation_passes(tmp_path: Path) -> None:
    database, signer = laboratory(tmp_path)
    lines = file_lines(database)
    seeds = range(SEED, SEED + N)
    files, files_passed = undetected_files(lines, signer.public_key, tmp_path / "x.adatom", seeds)
    chains, chains_passed = undetected_chains(100, seeds)
    print(json.dumps({"seeds": [SEED, SEED + N - 1], "files mutated": files, "files undetected": files_passed,
                      "chains mutated": chains, "chains undetected": chains_passed}))  # fmt: skip
    assert files_passed == []
    assert chains_passed == []
    assert min(files, chains) > 0.9 * N
