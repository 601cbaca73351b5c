"""A medium under a journal that forgets what was not made durable, with the names and modes of edge.medium.

Bytes are lost or torn off behind the last sync of their file; names behind the last sync of their folder, from some
moment on: what a POSIX file system may do, and no more.
"""

import random
from typing import Any

ENOENT, EIO, EEXIST, ENOSPC = 2, 5, 17, 28
GARBAGE_SHARE = 0.3  # of torn tails end in bytes that nobody wrote


class Inode:
    """The contents of a file, whatever its names."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.durable = 0  # bytes that survive a power cut


class File:
    """An open file. What was written and not flushed is the process's, and dies with it."""

    def __init__(self, disk: "Disk", inode: Inode) -> None:
        self.disk = disk
        self.inode = inode
        self.buffer = b""

    def __enter__(self) -> "File":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self) -> bytes:
        return bytes(self.inode.data)

    def write(self, data: bytes) -> int:
        self.buffer += data
        return len(data)

    def flush(self) -> None:
        data, self.buffer = self.buffer, b""
        if self.disk.full and data:
            self.inode.data += data[: self.disk.chance.randrange(len(data))]
            raise OSError(ENOSPC, "no space left on the simulated medium")
        self.inode.data += data

    def close(self) -> None:
        self.flush()


class Disk:
    """`full`: nothing more can be written. `bad`: no sync succeeds. `cut`: the power goes."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.full = self.bad = False
        self._names: dict[str, Inode] = {}
        self._durable: dict[str, Inode] = {}
        self._changes: list[tuple[str, Inode | None]] = []  # of names since the folder's last sync

    # --- as edge.medium -------------------------------------------------------------------------------------------
    def mkdir(self, path: str) -> None:
        raise OSError(EEXIST, path)  # folders are all there

    def listdir(self, path: str) -> list[str]:
        return sorted(name[len(path) + 1 :] for name in self._names if name.startswith(path + "/"))

    def open(self, path: str, mode: str) -> Any:
        if mode == "wb":
            self._name(path, Inode())
        elif path not in self._names:
            raise OSError(ENOENT, path)
        return File(self, self._names[path])

    def remove(self, path: str) -> None:
        if path not in self._names:
            raise OSError(ENOENT, path)
        self._name(path, None)

    def rename(self, old: str, new: str) -> None:
        inode = self._names[old]
        self._name(new, inode)  # one step: no power cut sees neither name
        self._name(old, None)

    def make_durable(self, file: File) -> None:
        file.flush()
        if self.bad:
            raise OSError(EIO, "simulated: no sync succeeds")
        file.inode.durable = len(file.inode.data)

    def make_folder_durable(self, path: str) -> None:
        if self.bad:
            raise OSError(EIO, "simulated: no sync succeeds")
        self._durable, self._changes = dict(self._names), []

    # --- what befalls it ------------------------------------------------------------------------------------------
    def cut(self) -> None:
        """The power goes: names and bytes fall back to something between what is durable and what was written."""
        for path, inode in self._changes[: self.chance.randint(0, len(self._changes))]:
            _set(self._durable, path, inode)
        self._names, self._changes = dict(self._durable), []
        for inode in self._names.values():
            kept = self.chance.randint(inode.durable, len(inode.data))
            torn = len(inode.data) - kept
            del inode.data[kept:]
            if torn and self.chance.random() < GARBAGE_SHARE:
                inode.data += self.chance.randbytes(self.chance.randint(1, torn))
            inode.durable = len(inode.data)

    # --- inner ---------------------------------------------------------------------------------------------------
    def _name(self, path: str, inode: Inode | None) -> None:
        _set(self._names, path, inode)
        self._changes.append((path, inode))


def _set(names: dict[str, Inode], path: str, inode: Inode | None) -> None:
    if inode is None:
        names.pop(path, None)
    else:
        names[path] = inode
