"""What a Linux process can do against late ticks; each gives "" or, for the person at the bench, why it was refused."""

import ctypes
import gc
import os

REALTIME_PRIORITY = 20
MLOCK_CURRENT, MLOCK_FUTURE = 1, 2  # MCL_CURRENT | MCL_FUTURE of <sys/mman.h>


def try_realtime() -> str:
    """Ask for real-time priority."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(REALTIME_PRIORITY))
    except (OSError, AttributeError) as error:
        return "no real-time priority (%s): ticks may be late under load" % error
    return ""


def try_lock_memory() -> str:
    """Keep every page in memory: a page fault that goes to the disk is a late tick."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(MLOCK_CURRENT | MLOCK_FUTURE):
        return "memory is not locked (%s): swapping may make ticks late" % os.strerror(ctypes.get_errno())
    return ""


def tame_collector() -> None:
    """Take what exists out of the garbage collector's sight, and let it run only when `collect` is called."""
    gc.collect()
    gc.freeze()
    gc.disable()
