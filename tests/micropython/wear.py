"""Flash wear of a board's journal: the real recorder and journal on littlefs, over a block device that counts.

`micropython tests/micropython/wear.py HOURS BLOCKS [away]` with .path on MICROPYPATH; one JSON line. Readings are
SIMULATED.
"""

import json
import random
import sys

import vfs  # type: ignore[import-not-found]
from adatom.edge.board.agent import BATCH_MS, BATCH_POINTS, QUOTA_BYTES, SEGMENT_BYTES
from adatom.edge.journal import Journal
from adatom.edge.recorder import Recorder
from adatom.protocol.channels import COUNT
from adatom.protocol.errors import FailedError

BLOCK = 4096  # bytes of an erase block of the usual serial flash
CYCLES = 100000  # erases that such a block is good for
RUN_S, STATE_S = 3600, 300  # a run an hour, a change of state every five minutes
BLOCKS_COUNT, BLOCK_SIZE, ERASE = 4, 5, 6  # of ioctl


class Flash:
    """Blocks in memory; every erase and every programmed byte is counted."""

    def __init__(self, blocks: int) -> None:
        self.data = bytearray(blocks * BLOCK)
        self.erases = [0] * blocks
        self.programmed = 0

    def readblocks(self, block: int, buffer: bytearray, offset: int = 0) -> None:
        start = block * BLOCK + offset
        buffer[:] = self.data[start : start + len(buffer)]

    def writeblocks(self, block: int, buffer: bytes, offset: int = 0) -> None:
        start = block * BLOCK + offset
        self.data[start : start + len(buffer)] = buffer
        self.programmed += len(buffer)

    def ioctl(self, what: int, block: int) -> int:
        if what == ERASE:
            self.erases[block] += 1
        return {BLOCKS_COUNT: len(self.erases), BLOCK_SIZE: BLOCK}.get(what, 0)


def work(recorder: Recorder, seconds: int, away: bool) -> "tuple[int, int, int]":
    """(records, their bytes, commits) of a bench at 1 Hz; with `away` nobody receipts and the quota fills up."""
    level = [20000] * COUNT
    records = size = commits = 0
    for second in range(seconds):
        now = 1000 * second
        level = [value + random.randint(-30, 30) for value in level]
        try:
            if second % RUN_S == 60:
                recorder.begin(f"run-{second}", "trial")
            recorder.point(now, list(level))
            if second % STATE_S == 0:
                recorder.event(now, "state", {"to": "heat"})
            if second % RUN_S == RUN_S - 60:
                recorder.result(now, "complete", "", {})
        except FailedError:  # the quota is used up
            recorder.run = ""
        done = recorder.commit()
        records, size = records + len(done), size + sum([len(record.payload) for record in done])
        commits += bool(done)
        if not away:
            recorder.journal.receipted(recorder.boot, recorder.last)
    return records, size, commits


def main(hours: float, blocks: int, away: bool) -> None:
    random.seed(1)
    flash = Flash(blocks)
    vfs.VfsLfs2.mkfs(flash)
    vfs.mount(vfs.VfsLfs2(flash), "/flash")
    journal = Journal("/flash/journal", QUOTA_BYTES, SEGMENT_BYTES)
    recorder = Recorder("furnace-1", journal, BATCH_POINTS, BATCH_MS)
    before, programmed = list(flash.erases), flash.programmed
    records, size, commits = work(recorder, int(3600 * hours), away)
    erases = [after - at for after, at in zip(flash.erases, before)]  # noqa: B905 - MicroPython has no strict
    days = hours / 24
    found = {"simulated": True, "hours": hours, "blocks": blocks, "away": away, "records": records,
             "bytes_a_record": round(size / records, 1), "commits_a_day": round(commits / days),
             "journal_kb_a_day": round(size / days / 1000),
             "programmed_kb_a_day": round((flash.programmed - programmed) / days / 1000),
             "erases_a_day": round(sum(erases) / days), "erases_a_commit": round(sum(erases) / commits, 2),
             "worst_block_a_day": round(max(erases) / days, 1),
             "years_levelled": round(CYCLES * blocks / (sum(erases) / days) / 365, 1),
             "years_worst_block": round(CYCLES / (max(erases) / days) / 365, 1)}  # fmt: skip
    print(json.dumps(found))


main(float(sys.argv[1]), int(sys.argv[2]), "away" in sys.argv)
