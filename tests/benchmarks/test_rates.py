"""The rates, short: nothing lost, all figures there, the codec within its bytes. How fast it goes is no test."""

import shutil
from pathlib import Path

import pytest
from adatom.sim.soak.lab import BROKER_PATHS

from tests.benchmarks.rates import codec
from tests.benchmarks.rates.wire import load

pytestmark = pytest.mark.system


def test_a_sample_of_the_twin_takes_at_most_ten_bytes() -> None:
    table = codec.measure(pulses=600)
    assert [row["n_points"] > 100 for row in table] == [True] * len(codec.SHAPES)
    assert all(row["met"] for row in table), table


@pytest.mark.skipif(
    not (shutil.which("mosquitto") or shutil.which("mosquitto", path=BROKER_PATHS)), reason="mosquitto: not installed"
)
def test_as_much_as_goes_through_loses_nothing_and_stands_beside_its_limits(tmp_path: Path) -> None:
    found = load(tmp_path, 2.0, benches=3, channels=8, hz=0)
    assert (found["problems"], found["lost"], found["doubled"]) == ([], 0, 0)
    assert found["stored"] >= found["points"] > 0
    assert min(found[name] for name in ("of_keyed", "of_bare", "of_broker")) > 0
    alone = found["ingest_alone"]
    assert 0 < alone["rows"] <= found["stored"]
    assert alone["of_keyed"] > 0
