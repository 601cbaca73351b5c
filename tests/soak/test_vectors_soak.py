"""Control, interlock and codec on 10^5 random vectors, CPython beside MicroPython.

Environment: ADATOM_SOAK_VECTORS (100000), ADATOM_SOAK_SEED (1).
"""

import os

from tests.micropython import needs_micropython, run_script
from tests.micropython.test_vectors import VECTORS, here

COUNT = int(os.environ.get("ADATOM_SOAK_VECTORS", "100000"))
SEED = int(os.environ.get("ADATOM_SOAK_SEED", "1"))


@needs_micropython
def test_both_interpreters_compute_the_same() -> None:
    assert run_script(VECTORS, str(SEED), str(COUNT)) == here(SEED, COUNT)
