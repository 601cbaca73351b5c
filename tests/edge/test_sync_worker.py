"""Syncing in a thread: nothing is handed out before it is on the medium, a failure is raised and tried again."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from adatom.edge import sync_worker
from adatom.edge.journal import Journal
from adatom.edge.recorder import Recorder
from adatom.edge.sync_worker import SyncWorker
from adatom.protocol.session import Record


class Disk:
    """A journal whose syncs wait for `let_go`, and fail while `error` is set."""

    def __init__(self, folder: Path) -> None:
        self.journal = Journal(str(folder), 10**8, 10**6)
        self.recorder = Recorder("twin-1", self.journal)
        self.let_go = threading.Event()
        self.error: OSError | None = None
        self._sync = self.journal.sync
        self.journal.sync = self._slow  # type: ignore[method-assign]
        self.worker = SyncWorker(self.recorder)

    def _slow(self) -> None:
        self.let_go.wait(20)
        self.let_go.clear()
        if self.error is not None:
            raise self.error
        self._sync()

    def ended(self) -> list[Record]:
        """What the sync under way hands over."""
        self.let_go.set()
        assert self.worker._ended.wait(20)
        return self.worker.commit()

    def say(self, text: str) -> None:
        self.recorder.event(0, text, {})


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    one = Disk(tmp_path)
    yield one
    one.let_go.set()
    one.worker.close()
    one.journal.close()


def names(records: list[Any]) -> list[int]:
    return [record.first for record in records]


def test_the_loop_goes_on_while_the_medium_takes_its_time(disk: Disk) -> None:
    disk.say("one")
    assert disk.worker.commit() == []
    disk.say("two")  # appended meanwhile
    assert disk.worker.commit() == []
    assert list(disk.journal.pending()) == []  # written is not durable
    assert names(disk.ended()) == [1]
    assert names(disk.ended()) == [2]
    assert [first for _, first, _, _ in disk.journal.pending()] == [1, 2]
    assert disk.worker.commit() == []


def test_a_failed_sync_is_raised_and_its_records_are_tried_again_in_order(disk: Disk) -> None:
    disk.say("one")
    disk.error = OSError(5, "Input/output error")
    assert disk.worker.commit() == []
    with pytest.raises(OSError, match="Input/output"):
        disk.ended()
    disk.error = None
    disk.say("two")
    assert disk.worker.commit() == []
    assert names(disk.ended()) == [1, 2]
    assert [first for _, first, _, _ in disk.journal.pending()] == [1, 2]


def test_a_medium_that_does_not_answer_is_an_error(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    disk.say("one")
    assert disk.worker.commit() == []
    monkeypatch.setattr(sync_worker, "STUCK_S", -1.0)
    with pytest.raises(OSError, match="has not answered"):
        disk.worker.commit()
    monkeypatch.undo()
    assert names(disk.ended()) == [1]


def test_closing_waits_for_the_sync_under_way(disk: Disk) -> None:
    disk.say("one")
    assert disk.worker.commit() == []
    disk.let_go.set()
    assert names(disk.worker.close()) == [1]
