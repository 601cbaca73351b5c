"""Runs a script with modules executed in place, as a board runs them from flash: IMAGE SCRIPT [ARGUMENTS].

The image of a ROM file system has to lie outside the heap that is measured. The unix port has no flash, but memory of
its own for the stack of each thread: the lower part of one that only waits is never touched (docs/decisions/0020).
"""

import _thread
import gc
import os
import sys

import uctypes
import vfs

STACK_BYTES = 65536  # for the waiting thread itself, at the upper end


def regions(size):
    """(low, high) of the writable mappings of at least a size."""
    found = []
    with open("/proc/self/maps") as file:
        for line in file:
            span, rights = line.split()[:2]
            low, high = [int(word, 16) for word in span.split("-")]
            if rights == "rw-p" and high - low >= size:
                found.append((low, high))
    return found


def outside(size, lock):
    """A bytearray of a size outside the heap; it lasts as long as the lock is held."""
    before = regions(size)
    lock.acquire()
    _thread.stack_size(size + STACK_BYTES)
    _thread.start_new_thread(lock.acquire, ())
    new = [region for region in regions(size) if region not in before]
    if len(new) != 1:
        raise OSError(f"the stack of the thread is not to be found: {new}")
    return uctypes.bytearray_at(new[0][0], size)


def mount(path, lock):
    """Mount an image at /rom, first on the path."""
    area = outside(os.stat(path)[6], lock)
    with open(path, "rb") as file:
        file.readinto(area)
    vfs.mount(vfs.VfsRom(area), "/rom")
    sys.path.insert(0, "/rom")


lock = _thread.allocate_lock()
mount(sys.argv[1], lock)
script = sys.argv[2]
with open(script) as file:
    code = compile(file.read(), script, "exec")
gc.collect()
exec(code, {"__name__": "__main__", "ARGUMENTS": sys.argv[3:]})
