"""What holds for all tests: hypothesis judges results, never speed, for machines are shared and noisy."""

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("shared machines", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machines")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that take their real time come first in each worker's share: beside each other they wait for little."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    waiting = [item for item in items if item.get_closest_marker("timeout") and item.get_closest_marker("system")]
    others = [item for item in items if item not in waiting]
    share = len(others) // workers
    items[:] = []
    for worker in range(workers):
        end = share * (worker + 1) if worker < workers - 1 else len(others)
        items += waiting[worker::workers] + others[share * worker : end]
