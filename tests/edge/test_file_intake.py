"""Files become records of the right run: durable first, nothing lost on a full journal, nothing twice after a crash."""

import base64
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from adatom.cloud.ingest.intake import BenchIntake
from adatom.cloud.measure.reduce import reduce
from adatom.cloud.store.store import Store
from adatom.edge.file_intake import BY_NAME, GOING_ON, LAST, NOBODY, RETRY_MS, FileIntake, FolderThread, run_of
from adatom.edge.watched_folder import Found, WatchedFolder
from adatom.protocol import codec
from adatom.sim.physics.chain import make_sample
from adatom.sim.physics.constants import NOMINAL
from adatom.sim.physics.xps import xps_regions
from adatom.sim.xps_file import drop_file, vamas_text

from tests.edge.test_station import Bench
from tests.sim.physics.samples import REFERENCE

SAMPLE = make_sample(REFERENCE, NOMINAL)
VMS = vamas_text(xps_regions(SAMPLE.film, SAMPLE.surface, np.random.default_rng(1), NOMINAL), "s")
CSV = "binding_energy_ev,counts\n530.0,10\n529.9,20\n"


class Direct:
    """A Source without a thread: a look a question."""

    def __init__(self, folder: WatchedFolder) -> None:
        self.folder = folder
        self.found: Found | None = None
        self.why = ""

    def take(self) -> Found | None:
        self.found = self.folder.look()
        return self.found

    def done(self) -> None:
        assert self.found is not None
        self.folder.remember(self.found)

    def trouble(self) -> str:
        return self.why


class Lab:
    """A station with a watched folder."""

    def __init__(self, folder: Path, quota: int = 10**8) -> None:
        self.inbox = folder / "in"
        self.inbox.mkdir(exist_ok=True)
        self.bench = Bench(folder / "journal", quota)
        self.recorder = self.bench.station.recorder
        self.arrived: list[str] = []
        self.source = Direct(WatchedFolder(self.inbox, folder / "files_taken"))
        self.intake = FileIntake(self.bench.station, self.source, folder / "last_run", self.arrived.append)

    def ticks(self, count: int = 30, keep: bool = True) -> None:
        for _ in range(count):
            self.bench.ticks(1)
            self.intake.tick(self.bench.now)
            if keep:
                self.bench.station.keep(self.bench.now)

    def records(self, kind: str) -> list[dict[str, Any]]:
        payloads = [payload for _, _, _, payload in self.bench.journal.pending(self.bench.journal.boot)]
        return [codec.decode(kind, payload)[0] for payload in payloads if codec.kind_of(payload) == kind]

    def close(self) -> None:
        self.bench.journal.close()


@pytest.fixture
def lab(tmp_path: Path) -> Any:
    one = Lab(tmp_path)
    yield one
    one.close()


def test_a_file_becomes_a_blob_and_a_record_a_region_of_the_run(lab: Lab) -> None:
    lab.recorder.begin("run-1", "trial-1")
    lab.bench.station.agent.chamber.pulses = 100
    drop_file(lab.inbox, "a.vms", VMS)
    lab.ticks()
    blobs, measurements = lab.records("blob"), lab.records("measurement")
    assert b"".join(codec_bytes(blob) for blob in blobs) == VMS.encode()
    whole = [m for m in measurements if m["part"] == m["parts"]]
    assert [m["meta"]["region"] for m in whole] == ["Survey", "Li 1s", "C 1s", "O 1s", "La 3d", "Zr 3d"]
    assert {m["run"] for m in measurements} == {"run-1"} == {blob["run"] for blob in blobs}
    assert {m["meta"]["raw_sha256"] for m in measurements} == {blobs[0]["sha256"]}
    assert {m["meta"]["run_by"] for m in measurements} == {GOING_ON}
    assert all(m["meta"]["simulated"] == 1 and "late" not in m["meta"] for m in measurements)
    assert lab.arrived == ["xps"]
    assert reduce(whole[1]) == []
    lab.ticks()
    assert len(lab.records("blob")) == len(blobs)


def codec_bytes(blob: dict[str, Any]) -> bytes:
    return base64.b64decode(blob["data"])


def test_the_cloud_keeps_the_spectra_and_the_file(lab: Lab) -> None:
    lab.recorder.begin("run-1", "trial-1")
    lab.bench.station.agent.chamber.pulses = 100
    drop_file(lab.inbox, "a.vms", VMS)
    lab.ticks()
    intake = BenchIntake("twin-1")
    with Store(":memory:") as store:
        for _, _, _, payload in lab.bench.journal.pending(lab.bench.journal.boot):
            record = intake.take(codec.kind_of(payload), payload)
            assert record is not None
            store.ingest([record], 1.0)
        spectra = store.measurements("run-1", "xps")
        assert [len(s["columns"]["counts"]) for s in spectra] == [1201, 141, 151, 151, 191, 141]
        assert {store.blob(s["meta"]["raw_sha256"]) for s in spectra} == {VMS.encode()}


def test_a_run_without_a_film_leaves_the_file_to_the_last_run(lab: Lab) -> None:
    lab.recorder.begin("run-1", "trial-1")
    lab.recorder.result(1, "complete", "", {})
    lab.recorder.begin("run-2", "trial-2")
    drop_file(lab.inbox, "a.csv", CSV)
    lab.ticks()
    (measurement,) = lab.records("measurement")
    assert (measurement["run"], measurement["meta"]["run_by"], measurement["meta"]["late"]) == ("run-1", LAST, 1)
    assert lab.arrived == []


def test_the_last_run_is_known_after_a_restart(tmp_path: Path) -> None:
    first = Lab(tmp_path)
    first.recorder.begin("run-1", "trial-1")
    first.recorder.result(1, "complete", "", {})
    first.ticks(2)
    first.close()
    second = Lab(tmp_path)
    drop_file(second.inbox, "a.csv", CSV)
    second.ticks()
    assert [m["run"] for m in second.records("measurement")] == ["run-1"]
    second.close()


@pytest.mark.parametrize(
    ("name", "sample", "going_on", "film", "last", "expected"),
    [
        ("a.vms", "x", "r2", True, "r1", ("r2", GOING_ON)),
        ("a.vms", "x", "r2", False, "r1", ("r1", LAST)),
        ("a.vms", "x", "", False, "r1", ("r1", LAST)),
        ("a.vms", "x", "r2", False, "", ("", NOBODY)),
        ("a.vms", "r1", "r2", True, "r1", ("r1", BY_NAME)),
        ("r1.vms", "x", "r2", True, "r1", ("r1", BY_NAME)),
        ("r2.vms", "x", "r2", False, "r1", ("r2", BY_NAME)),
        (".vms", "", "", False, "", ("", NOBODY)),
    ],
)
def test_whose_file_it_is(name: str, sample: str, going_on: str, film: bool, last: str, expected: Any) -> None:
    found = Found(name, "0", b"", [{"meta": {"sample": sample}}], "")
    assert run_of(found, going_on, film, last) == expected


def test_a_bad_file_is_told_once_and_stays_where_it_is(lab: Lab) -> None:
    path = drop_file(lab.inbox, "a.csv", "be,counts\n1,2,3\n")
    lab.ticks()
    (event,) = [e for e in lab.records("event") if e["name"] == "file_refused"]
    assert event["data"]["file"] == "a.csv"
    assert event["data"]["why"] == "line 2: '1,2,3': must be 2 numbers"
    assert path.exists()
    lab.ticks()
    assert len([e for e in lab.records("event") if e["name"] == "file_refused"]) == 1


def test_trouble_with_the_folder_is_told_when_it_changes(lab: Lab) -> None:
    lab.source.why = "/share: stale handle"
    lab.ticks(5)
    lab.source.why = ""
    lab.ticks(5)
    told = [e["data"]["why"] for e in lab.records("event") if e["name"] == "folder_trouble"]
    assert told == ["/share: stale handle", ""]


def test_a_file_is_not_called_taken_before_its_records_are_durable(lab: Lab, tmp_path: Path) -> None:
    drop_file(lab.inbox, "a.csv", CSV)
    lab.ticks(10, keep=False)
    assert not lab.recorder.is_durable
    assert not (tmp_path / "files_taken").exists()
    assert lab.recorder.begin_commit()  # written, and the sync not ended yet
    lab.ticks(2, keep=False)
    assert not (tmp_path / "files_taken").exists()
    lab.recorder.journal.sync()
    lab.recorder.end_commit(None)
    lab.ticks(2)
    assert (tmp_path / "files_taken").exists()


@pytest.mark.parametrize("parts_before", [0, 1, 2, 5, 10])
def test_a_full_journal_makes_the_file_wait_and_nothing_is_doubled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts_before: int
) -> None:
    monkeypatch.setattr("adatom.edge.file_intake.PARTS_A_TICK", 1)
    lab = Lab(tmp_path)
    drop_file(lab.inbox, "a.vms", VMS)
    lab.ticks(1 + parts_before)  # the first tick is the first look
    lab.bench.journal.quota_bytes = 1
    lab.ticks(20)
    assert "quota" in lab.bench.station.trouble
    assert not (tmp_path / "files_taken").exists()
    lab.bench.journal.quota_bytes = 10**8
    lab.ticks(2 * RETRY_MS // 100)
    whole = [m for m in lab.records("measurement") if m["part"] == m["parts"]]
    assert b"".join(codec_bytes(blob) for blob in lab.records("blob")) == VMS.encode()
    assert sorted(m["meta"]["region"] for m in whole) == ["C 1s", "La 3d", "Li 1s", "O 1s", "Survey", "Zr 3d"]
    assert (tmp_path / "files_taken").exists()
    lab.close()


def test_a_crash_before_the_memory_gives_the_file_again_and_loses_nothing(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    drop_file(lab.inbox, "a.csv", CSV)
    lab.ticks(5, keep=False)
    lab.close()
    second = Lab(tmp_path)
    second.ticks()
    assert len(second.records("measurement")) == 1
    second.close()


def test_the_thread_hands_one_file_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adatom.edge.file_intake.LOOK_S", 0.001)
    (tmp_path / "in").mkdir()
    seen = threading.Event()
    folder = WatchedFolder(tmp_path / "in", tmp_path / "files_taken")
    remember = folder.remember
    monkeypatch.setattr(folder, "remember", lambda found: (remember(found), seen.set()))
    thread = FolderThread(folder)
    try:
        for name in ("a.csv", "b.csv"):
            drop_file(tmp_path / "in", name, CSV + f"{len(name)},{ord(name[0])}\n")
            found = None
            for _ in range(5000):
                found = thread.take()
                if found is not None:
                    break
                threading.Event().wait(0.002)  # gives the thread its turn; nothing depends on how long
            assert found is not None
            assert found.name == name
            assert thread.take() is None
            thread.done()
            assert seen.wait(20.0)
            seen.clear()
    finally:
        thread.close()
    assert thread.trouble() == ""
