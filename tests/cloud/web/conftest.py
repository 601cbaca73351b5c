"""One store with a small campaign for all tests of the pages: nothing here writes to it."""

from collections.abc import Iterator

import pytest
from adatom.cloud.store.store import Store
from adatom.cloud.web.gather import gather

from tests.cloud.web import campaigns

TRIALS = 9


@pytest.fixture(scope="package")
def demo_store() -> Iterator[Store]:
    """Nine trials of the simulated demo, the best with telemetry; at least one has failed."""
    with Store(":memory:") as store:
        campaigns.build(store, TRIALS)
        best = gather(store, "demo").best
        assert best is not None
        campaigns.add_telemetry(store, best.complete_runs[-1].run_id)
        yield store
