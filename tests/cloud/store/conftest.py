"""A store in memory: the same schema and SQL, without a file."""

from collections.abc import Iterator

import pytest
from adatom.cloud.store.store import Store


@pytest.fixture(scope="module")
def shared_store() -> Iterator[Store]:
    """One store for the many examples of a module, which keep apart by campaign or boot: a new one takes 80 ms."""
    with Store(":memory:") as opened:
        yield opened


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(":memory:") as opened:
        yield opened
