"""What holds for all tests: hypothesis judges results, never speed, for machines are shared and noisy."""

import pytest
from hypothesis import HealthCheck, settings

from tests.order import dealt

settings.register_profile("shared machines", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machines")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of real processes wait for most of their time: they come first, beside a worker that computes."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    waiting = [item for item in items if item.get_closest_marker("system")]
    waiting.sort(key=lambda item: item.get_closest_marker("timeout") is None)  # the longest have a timeout of their own
    others = [item for item in items if not item.get_closest_marker("system")]
    items[:] = dealt(waiting, others, workers)
