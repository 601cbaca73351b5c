"""The intake takes each record once, in order, with its chain; a real recorder makes the bytes."""

from itertools import pairwise
from pathlib import Path

import pytest
from adatom.cloud.ingest.intake import BenchIntake
from adatom.edge.journal import Journal
from adatom.edge.recorder import Recorder
from adatom.protocol.channels import COUNT
from adatom.protocol.errors import ProtocolError
from adatom.protocol.session import Record
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def records(folder: Path, points: int = 25) -> list[Record]:
    """What a bench records in a short run: telemetry in batches of ten, an event, a measurement, a result."""
    journal = Journal(str(folder), 10**7, 10**6)
    recorder = Recorder("twin-1", journal, batch_points=10)
    recorder.event(0, "state", {"to": "idle"})
    recorder.begin("demo-0001-r1-a1", "demo-0001")
    for i in range(points):
        recorder.point(1000 * i, [i] * COUNT)
    digest = recorder.blob(30000, b"e\nraw text\n" * 4000)
    recorder.measurement(
        31000, "eis", {"freq_hz": [float(i) for i in range(900)]}, {"raw_sha256": digest, "simulated": 1}
    )
    recorder.result(32000, "complete", "", {"pulses": 3})
    made = list(recorder.commit())
    journal.close()
    return made


def test_everything_is_taken_once_and_numbered_without_a_gap(tmp_path: Path) -> None:
    made = records(tmp_path)
    intake = BenchIntake("twin-1")
    taken = [intake.take(r.kind, r.payload) for r in made]
    assert all(taken)
    spans = [(r.first, r.last) for r in taken if r is not None]
    assert spans[0][0] == 1
    assert all(b[0] == a[1] + 1 for a, b in pairwise(spans))
    assert {r.kind for r in taken if r is not None} == {"event", "telemetry", "blob", "measurement", "result"}
    assert [intake.take(r.kind, r.payload) for r in made] == [None] * len(made)
    assert intake.duplicates == len(made)


def test_a_conflict_is_about_one_boot(tmp_path: Path) -> None:
    first, second = records(tmp_path), records(tmp_path)
    intake = BenchIntake("twin-1")
    intake.conflicts.add(first[0].boot)
    with pytest.raises(ProtocolError, match="stored with other records"):
        intake.take(first[0].kind, first[0].payload)
    assert second[0].boot != first[0].boot
    assert intake.take(second[0].kind, second[0].payload) is not None


def test_a_restart_goes_on_from_the_database(tmp_path: Path) -> None:
    made = records(tmp_path)
    before = BenchIntake("twin-1")
    for r in made[:3]:
        before.take(r.kind, r.payload)
    boot = made[0].boot
    after = BenchIntake("twin-1", {boot: (before.upto(boot), before.links[boot])})
    assert [after.take(r.kind, r.payload) is None for r in made] == [i < 3 for i in range(len(made))]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(data=st.data())
def test_removed_altered_or_foreign_records_are_not_taken(tmp_path: Path, data: st.DataObject) -> None:
    made = records(tmp_path / str(data.draw(st.integers(0, 10**9))))
    place = data.draw(st.integers(0, len(made) - 2))
    intake = BenchIntake("twin-1")
    for r in made[:place]:
        assert intake.take(r.kind, r.payload) is not None
    assert intake.take(made[place + 1].kind, made[place + 1].payload) is None  # its predecessor is missing
    other = BenchIntake("twin-2")
    if place == 0:
        with pytest.raises(ProtocolError, match="chain"):
            other.take(made[0].kind, made[0].payload)  # a record of twin-1 under twin-2's name
    payload = made[place].payload
    if made[place].kind == "result":
        payload = payload.replace(b"complete", b"aborted\x20")
    elif made[place].kind == "event":
        payload = payload.replace(b"idle", b"fire")
    else:
        return
    with pytest.raises(ProtocolError):
        intake.take(made[place].kind, payload)
