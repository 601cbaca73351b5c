"""Broker, cloud and bench as processes of their own; cloud and bench are killed in the middle; nothing is lost."""

import os
import signal
import subprocess
import threading
from collections import Counter
from pathlib import Path

import pytest
from adatom.cloud.campaign.file import load_campaign
from adatom.cloud.campaign.session import Files
from adatom.cloud.ingest.intake import BenchIntake
from adatom.cloud.ingest.keys import load_or_create_keys
from adatom.cloud.store.store import Store
from adatom.edge.journal import Journal
from adatom.protocol import codec, telemetry
from adatom.sim import showcase

from tests.system.processes import adatom, broker, process, until

pytestmark = pytest.mark.system
TRIALS = 2
BENCH = "twin-1"


class Archive:
    """Hard links to every journal segment the bench wrote: what it made durable, whatever it forgot later."""

    def __init__(self, journal: Path, folder: Path) -> None:
        self.journal, self.folder = journal, folder
        folder.mkdir()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(0.01):
            self._link()

    def _link(self) -> None:
        for path in self.journal.glob("*.seg"):
            target = self.folder / path.name
            if not target.exists():
                try:
                    os.link(path, target)
                except FileNotFoundError:
                    continue  # forgotten between the look and the link: it was receipted and is in the database

    def size(self) -> int:
        """Bytes archived so far."""
        return sum(path.stat().st_size for path in self.folder.glob("*.seg"))

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self._link()

    def records(self) -> list[tuple[int, int, int, bytes]]:
        """(boot, first, count, payload) of every durable record."""
        journal = Journal(str(self.folder), 10**9, 10**6)
        found = list(journal.pending())
        journal.close()
        return found


def test_every_durable_sample_is_stored_once_although_bench_and_cloud_are_killed(tmp_path: Path) -> None:
    showcase.prepare(tmp_path, "standard", TRIALS, 1)
    file, files = tmp_path / "campaign.toml", Files(tmp_path / "out")
    load_or_create_keys(files.keys)
    journal = tmp_path / "journal"
    archive = Archive(journal, tmp_path / "archive")
    logs = (tmp_path / "cloud.log", tmp_path / "bench.log")
    try:
        with broker(tmp_path) as port:
            url = f"mqtt://127.0.0.1:{port}"
            bench = adatom("sim", "bench", BENCH, "--broker", url, "--keys", files.keys, "--dir", journal, "--envelope",
                           tmp_path / "envelope.json")  # fmt: skip

            def cloud(word: str) -> list[str]:
                return adatom("campaign", word, file, "--out", files.folder, "--broker", url, "--no-twins", "--json")

            with process(cloud("run"), logs[0]) as first_cloud, process(bench, logs[1]) as first_bench:
                until(lambda: archive.size() > 30_000, "the first samples", logs)
                kill(first_bench)
                with process(bench, logs[1]):
                    size = archive.size()
                    until(lambda: archive.size() > size + 30_000, "samples of the second boot", logs)
                    kill(first_cloud)
                    size = archive.size()
                    until(lambda: archive.size() > size + 5_000, "samples while the cloud is dead", logs)
                    with process(cloud("resume"), logs[0]) as second_cloud:
                        assert second_cloud.wait(200) == 0, logs[0].read_text()[-3000:]
    finally:
        archive.close()
    compare(archive, files, tmp_path)


def kill(child: "subprocess.Popen[bytes]") -> None:
    child.send_signal(signal.SIGKILL)
    child.wait()


def compare(archive: Archive, files: Files, folder: Path) -> None:
    """The archive against the database: the same identities once each, the same values, the chain unbroken."""
    durable = archive.records()
    name = load_campaign(folder / "campaign.toml").name
    with Store(files.database) as store:
        stored = store.rows("SELECT boot, first, count, body FROM record WHERE bench = ? ORDER BY boot, first", [BENCH])
        points = store.rows("SELECT boot, seq, heater_c FROM point WHERE bench = ? ORDER BY boot, seq", [BENCH])
        states = Counter(row["state"] for row in store.trials(name))
        boots = sorted({row[0] for row in stored})
        assert all(store.gaps(BENCH, boot) == [] for boot in boots)
    assert boots == [boots[0], boots[0] + 1]  # the first is drawn, the second counted
    assert sum(states.values()) == TRIALS
    assert set(states) <= {"complete", "failed"}
    # every record that reached the disk of the bench is there, and nothing else
    assert sorted((boot, first, count) for boot, first, count, _ in durable) == [tuple(row[:3]) for row in stored]
    expected = {}
    intake = BenchIntake(BENCH)
    for _boot, _, _, payload in sorted(durable):
        record = intake.take(codec.kind_of(payload), payload)
        assert record is not None  # numbered without a gap, chained without a break
        if record.kind == "telemetry":
            batch, _, _ = telemetry.decode(payload)  # not as the cloud reads it
            for i in range(batch.count):
                expected[(batch.boot, batch.first + i)] = batch.columns[0][i]
    assert len(points) == len(expected) > 10_000
    for boot, seq, heater_c in points:
        counts = expected[(boot, seq)]
        assert (heater_c is None and counts is None) or heater_c == counts / 100
