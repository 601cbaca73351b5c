"""Ten thousand short searches over random spaces: nothing that is not allowed, no exception, resume bit-identical.

ADATOM_SEARCHES_SOAK_N searches (10 000), ADATOM_SOAK_SEED. About an hour and a half on one core.
"""

import os

from tests.cloud.optimize.random_searches import check_search

SEARCHES = int(os.environ.get("ADATOM_SEARCHES_SOAK_N", "10000"))
SEED = int(os.environ.get("ADATOM_SOAK_SEED", "1"))


def test_ten_thousand_searches() -> None:
    failed = dict[int, str]()
    for seed in range(SEED, SEED + SEARCHES):
        try:
            check_search(seed)
        except Exception as error:
            failed[seed] = repr(error)[:200]
    assert failed == {}
