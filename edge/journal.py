"""What was said and not yet receipted, on disk or flash. A record is durable once `commit` returns.

Append-only segments (segment.py), one series a boot: DIR/<boot>-<first>.seg. Damage is found on opening and when
reading; what is sound around it is kept, what is lost is told. Whole segments are forgotten once receipted. It knows
nothing of what the payloads mean.
"""

import binascii
import json
from array import array

from adatom.protocol.errors import FailedError

from . import medium as file_system
from .segment import HEADER_BYTES, MAX_PAYLOAD, in_place, packed, records_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, BinaryIO

    from .segment import Entry

SUFFIX = ".seg"
BOOT_FILE = "boot.json"
RUN_FILE = "run.json"


class Segment:
    """One file of records of one boot: its size and the last sequence number of each record."""

    def __init__(self, path: str, boot: int, first: int) -> None:
        self.path = path
        self.boot = boot
        self.first = first
        self.bytes = 0
        self.lasts = array("Q")


class Journal:
    """Opening counts a boot, finds what earlier boots left, and never writes to their files.

    OSError leaves `commit` and the run methods when the medium fails: nothing of it may be sent then. The next commit
    tries again, in a new segment. `dropped` lists what opening found damaged, as texts.
    """

    def __init__(
        self, folder: str, quota_bytes: int, segment_bytes: int, first_boot: int = 1, medium: "Any" = file_system
    ) -> None:
        """first_boot: number of the boot that finds no earlier one, from `draw_first_boot` on a bench."""
        self.medium = medium
        self.folder = folder
        self.quota_bytes = quota_bytes
        self.segment_bytes = segment_bytes
        self.dropped: "list[str]" = []
        self.segments: "list[Segment]" = []  # oldest first; the last one of this boot is being written
        self.file: "BinaryIO | None" = None
        self.waiting: "list[Entry]" = []  # (first, count, payload), appended and not committed
        self.waiting_bytes = 0
        self.syncing: "list[Entry]" = []  # written, not yet known to be on the medium
        self.folder_changed = False
        self.next_seq = 1
        self.upto: "dict[int, int]" = {}  # boot -> receipted up to here
        _make_folders(folder, medium)
        self._find(medium.listdir(folder))
        self.boot = self._count_boot(first_boot)

    # --- writing -----------------------------------------------------------------------------------------------
    def append(self, first: int, count: int, payload: bytes, spare: int = 0) -> None:
        """Take a record of numbers [first, first + count). FailedError when the quota but `spare` is used up."""
        if first != self.next_seq or count < 1:
            raise ValueError("record %d+%d does not follow %d" % (first, count, self.next_seq - 1))
        if len(payload) > MAX_PAYLOAD:
            raise ValueError("record of %d bytes, at most %d fit" % (len(payload), MAX_PAYLOAD))
        size = HEADER_BYTES + len(payload)
        if self.backlog[1] + size > self.quota_bytes - spare:
            raise FailedError("journal: the quota of %d bytes is used up by records without receipt" % self.quota_bytes)
        self.waiting.append((first, count, bytes(payload)))
        self.waiting_bytes += size
        self.next_seq = first + count

    def commit(self) -> None:
        """Make what was appended durable, all in one write and one sync."""
        if not self.begin_commit():
            return
        error = None
        try:
            self.sync()
        except OSError as failed:
            error = failed
        self.end_commit(error)

    def begin_commit(self) -> bool:
        """Write what was appended; whether there is anything to sync. Nothing else may be begun before `end_commit`."""
        if not self.waiting:
            return False
        blob = b"".join([packed(self.boot, *record) for record in self.waiting])
        segment, file = self._segment()
        try:
            file.write(blob)
        except OSError:
            self._abandon(segment, file)
            raise
        segment.bytes += len(blob)
        self.syncing, self.waiting = self.waiting, []
        self.waiting_bytes = 0
        return True

    def sync(self) -> None:
        """Return when what `begin_commit` wrote is on the medium; OSError when it is not. Any thread may call it."""
        assert self.file is not None  # held by begin_commit
        self.medium.make_durable(self.file)
        if self.folder_changed:
            self.medium.make_folder_durable(self.folder)
            self.folder_changed = False

    def end_commit(self, error: "OSError | None") -> None:
        """Take in how the sync ended. After an error its records wait again, and it is raised."""
        done, self.syncing = self.syncing, []
        segment = self.segments[-1]
        if error is not None:
            size = sum([HEADER_BYTES + len(payload) for _, _, payload in done])
            segment.bytes -= size
            self.waiting, self.waiting_bytes = done + self.waiting, self.waiting_bytes + size
            assert self.file is not None  # held by begin_commit
            self._abandon(segment, self.file)
            raise error
        for first, count, _ in done:
            segment.lasts.append(first + count - 1)

    def receipted(self, boot: int, upto: int) -> None:
        """All records of a boot up to a number are committed elsewhere: forget the segments that hold nothing else."""
        self.upto[boot] = max(upto, self.upto.get(boot, 0))
        keep = []
        for segment in self.segments:
            writing = self.file is not None and segment is self.segments[-1]
            if writing or not segment.lasts or segment.lasts[-1] > self.upto.get(segment.boot, 0):
                keep.append(segment)
            else:
                self._remove(segment.path)
        self.segments = keep

    def not_receipted(self, boot: int, upto: int) -> None:
        """Only records up to a number are committed elsewhere after all: give again what is still held."""
        self.upto[boot] = upto

    def close(self) -> None:
        """Commit, close the file, and note where each boot ends."""
        self.commit()
        if self.file is not None:
            self.file.close()
            self.file = None
        self._write(BOOT_FILE, {"boot": self.boot, "ends": self._ends(), "closed": True})

    # --- reading -----------------------------------------------------------------------------------------------
    def pending(self, boot: "int | None" = None) -> "Iterator[tuple[int, int, int, bytes]]":
        """(boot, first, count, payload) of every committed record without receipt, oldest boot first."""
        given = dict(self.upto)  # boot -> last number given or receipted: a failed commit leaves records twice
        for segment in list(self.segments):
            if boot is not None and segment.boot != boot:
                continue
            sound, durable = 0, len(segment.lasts)
            for first, count, payload in self._sound(segment):
                if not durable or first > segment.lasts[durable - 1]:
                    break  # written, and not yet known to be on the medium
                sound += 1
                if first + count - 1 > given.get(segment.boot, 0):
                    given[segment.boot] = first + count - 1
                    yield segment.boot, first, count, payload
            if sound < durable:
                self.tell("%s: only %d of %d records are still readable" % (segment.path, sound, durable))

    @property
    def filled(self) -> float:
        """Share of the quota that is in use."""
        return self.backlog[1] / self.quota_bytes

    @property
    def backlog(self) -> "tuple[int, int]":
        """(records, bytes) held without receipt; bytes count whole segments, as the quota does."""
        records = len(self.waiting) + len(self.syncing)
        size = self.waiting_bytes
        for segment in self.segments:
            upto = self.upto.get(segment.boot, 0)
            size += segment.bytes
            records += len(segment.lasts) - _not_above(segment.lasts, upto)
        return records, size

    def last_of(self, boot: int) -> int:
        """The last sequence number that is on the medium for a boot; 0 for none."""
        lasts = [segment.lasts[-1] for segment in self.segments if segment.boot == boot and segment.lasts]
        return max(lasts) if lasts else 0

    def boots(self) -> "list[int]":
        """The boots that have records without a receipt, in order."""
        found: "list[int]" = []
        for segment in self.segments:
            pending = segment.lasts and segment.lasts[-1] > self.upto.get(segment.boot, 0)
            if pending and segment.boot not in found:
                found.append(segment.boot)
        return sorted(found)

    def range_of(self, boot: int) -> "list[int]":
        """[boot, first, last] of a boot's records without a receipt."""
        first = min([segment.first for segment in self.segments if segment.boot == boot])
        return [boot, max(first, self.upto.get(boot, 0) + 1), self.last_of(boot)]

    # --- the run in progress -----------------------------------------------------------------------------------
    def begin_run(self, run: "dict[str, Any]") -> None:
        """Remember a run (a JSON-ready dict) across a crash."""
        self._write(RUN_FILE, run)

    def end_run(self) -> None:
        """The run is over; its name stays, so that nobody runs it again after a restart."""
        run = self._load(RUN_FILE)
        if run is not None and not run.get("over"):
            self._write(RUN_FILE, {"run": run["run"], "over": 1})

    def run_in_progress(self) -> "dict[str, Any] | None":
        """The run that began and did not end, or None. A damaged file counts as none and is told in `dropped`."""
        run: "dict[str, Any] | None" = self._load(RUN_FILE)
        return None if run is None or run.get("over") else run

    def last_run(self) -> str:
        """The name of the run that began last, "" for none."""
        run = self._load(RUN_FILE)
        return str(run["run"]) if run else ""

    # --- inner -------------------------------------------------------------------------------------------------
    def _find(self, names: "list[str]") -> None:
        """The segments of earlier boots, with a look at every record."""
        files = sorted([number + (name,) for name in names for number in _numbers_of(name)])
        for place, (boot, first, found) in enumerate(files):
            segment = Segment(self._path(found), boot, first)
            records = records_of(segment.path, boot, self.dropped, self.medium)
            sound = in_place(records, first, _end_of(files, place))
            if len(sound) < len(records):
                self.tell("%s: %d records are not in their place" % (segment.path, len(records) - len(sound)))
            expected = self.last_of(boot) + 1 if boot in [known.boot for known in self.segments] else first
            for first, count, payload in sound:
                if first > expected:
                    self.tell("%s: %d to %d are missing" % (segment.path, expected, first - 1))
                expected = max(expected, first + count)  # a failed commit leaves records in two segments
                segment.lasts.append(first + count - 1)
                segment.bytes += HEADER_BYTES + len(payload)
            if segment.lasts:
                self.segments.append(segment)
            else:
                self._remove(segment.path)

    def _count_boot(self, first_boot: int) -> int:
        """One more than any boot seen before, made durable. Segments count too, should the boot file be damaged."""
        stored = self._load(BOOT_FILE)
        boots = [segment.boot for segment in self.segments]
        if isinstance(stored, dict) and isinstance(stored.get("boot"), int):
            self._check_ends(stored.get("ends", []), stored.get("closed", False))
            boots.append(stored["boot"])
        boot = max(boots) + 1 if boots else first_boot
        self._write(BOOT_FILE, {"boot": boot, "ends": self._ends()})
        return boot

    def _ends(self) -> "list[list[int]]":
        """[boot, last number] of every boot that is held: a file cut between two records looks whole."""
        boots = sorted({segment.boot for segment in self.segments if segment.lasts})
        return [[boot, self.last_of(boot)] for boot in boots]

    def _check_ends(self, ends: "list[list[int]]", closed: bool) -> None:
        """Tell of boots that end earlier than noted. Where nothing is left and nobody closed, it was receipted."""
        for boot, noted in ends:
            found = self.last_of(boot)
            if found < noted and (found or closed):
                self.tell("boot %d: ended at %d, is cut off behind %d" % (boot, noted, found))

    def _segment(self) -> "tuple[Segment, BinaryIO]":
        """The segment to write to and its file: a new one when the present one is full."""
        if self.file is not None and self.segments[-1].bytes < self.segment_bytes:
            return self.segments[-1], self.file
        if self.file is not None:
            self.file.close()
        first = self.waiting[0][0]
        segment = Segment(self._path("%08d-%012d%s" % (self.boot, first, SUFFIX)), self.boot, first)
        self.file = self.medium.open(segment.path, "wb")
        self.segments.append(segment)
        self.folder_changed = True
        return segment, self.file

    def _abandon(self, segment: "Segment", file: "BinaryIO") -> None:
        """After a failed write or sync: what the file's end holds is unknown, so nothing more is written there."""
        self.file = None
        try:
            file.close()  # flushes once more, and fails once more on a full medium
        except OSError as error:
            self.tell("%s: closed after a failed write: %s" % (segment.path, error))
        if not segment.lasts:
            self.segments.remove(segment)

    def _sound(self, segment: "Segment") -> "list[Entry]":
        """The records of a segment that are still to be had."""
        numbers = [(one.boot, one.first) for one in self.segments]
        end = _end_of(numbers, numbers.index((segment.boot, segment.first)))
        return in_place(records_of(segment.path, segment.boot, [], self.medium), segment.first, end)

    def _remove(self, path: str) -> None:
        """Forget a file; one that stays is only delivered again by the next boot."""
        try:
            self.medium.remove(path)
        except OSError as error:
            self.tell("%s: cannot be removed: %s" % (path, error))

    def tell(self, text: str) -> None:
        """Put a text on the list of what is damaged, once."""
        if text not in self.dropped:
            self.dropped.append(text)

    def _path(self, name: str) -> str:
        return self.folder + "/" + name

    def _write(self, name: str, value: "dict[str, Any]") -> None:
        """Replace a small JSON file: all of it or nothing."""
        text = json.dumps(value)
        sealed = json.dumps({"crc": binascii.crc32(text.encode()) & 0xFFFFFFFF, "text": text})
        temporary = self._path(name + ".new")
        with self.medium.open(temporary, "wb") as file:
            file.write(sealed.encode())
            self.medium.make_durable(file)
        self.medium.rename(temporary, self._path(name))
        self.medium.make_folder_durable(self.folder)

    def _load(self, name: str) -> "Any":
        if name not in self.medium.listdir(self.folder):
            return None
        try:
            with self.medium.open(self._path(name), "rb") as file:
                sealed = json.loads(file.read().decode())
            text = sealed["text"]
            if binascii.crc32(text.encode()) & 0xFFFFFFFF == sealed["crc"]:
                return json.loads(text)
        except (ValueError, KeyError, TypeError, AttributeError, RuntimeError):  # it nests too deep; no text is sealed
            self.dropped.append("%s: unreadable" % name)
            return None
        self.dropped.append("%s: checksum does not match" % name)
        return None


def draw_first_boot(entropy: bytes) -> int:
    """A boot number to begin with, of 2^20 to 2^30, from 4 random bytes: the boots of a journal that was lost, a few
    thousand numbers in a row, are met again once in about 10^5 losses. Small enough for a board's plain integers."""
    return (1 << 20) + int.from_bytes(entropy[:4], "big") % ((1 << 30) - (1 << 20))


def _numbers_of(name: str) -> "list[tuple[int, int]]":
    """[(boot, first)] of a segment's file name, [] of any other. Boots have no fixed width: names do not sort."""
    parts = name[: -len(SUFFIX)].split("-")
    if not name.endswith(SUFFIX) or len(parts) != 2 or not all([part.isdigit() for part in parts]):
        return []
    return [(int(parts[0]), int(parts[1]))]


def _end_of(segments: "Any", place: int) -> int:
    """The number with which the next segment of the same boot begins, 0 for none. A segment is (boot, first, ...)."""
    after = segments[place + 1 : place + 2]
    return after[0][1] if after and after[0][0] == segments[place][0] else 0


def _not_above(values: "array[int]", limit: int) -> int:
    """How many of the rising values are at most the limit, by bisection."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        if values[middle] <= limit:
            low = middle + 1
        else:
            high = middle
    return low


def _make_folders(path: str, medium: "Any") -> None:
    """The folder and those above it; os.makedirs does not exist on MicroPython."""
    made = "/" if path.startswith("/") else ""
    for part in path.split("/"):
        if not part:
            continue
        made += part
        try:
            medium.mkdir(made)
        except OSError as error:
            if error.args[0] != 17:  # EEXIST
                raise
        made += "/"
