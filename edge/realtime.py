"""What a Linux process can do against late ticks; each gives "" or, for the person at the bench, why it was refused."""

import ctypes
import gc
import os
import resource
import sys

REALTIME_PRIORITY = 20
SWITCH_S = 0.0005  # CPython's 5 ms would be half a period of a 100 Hz loop
MLOCK_ALL = 1 | 2 | 4  # MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT of <sys/mman.h>


def try_realtime() -> str:
    """Ask for real-time priority."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(REALTIME_PRIORITY))
    except (OSError, AttributeError) as error:
        return "no real-time priority (%s): ticks may be late under load" % error
    return ""


def try_lock_memory() -> str:
    """Keep every page in memory: a page fault that goes to the disk is a late tick."""
    if os.geteuid() and resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] != resource.RLIM_INFINITY:
        # with a limit, what is asked for later would be refused instead of merely not locked
        return "memory is not locked (RLIMIT_MEMLOCK): swapping may make ticks late"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(MLOCK_ALL):
        return "memory is not locked (%s): swapping may make ticks late" % os.strerror(ctypes.get_errno())
    return ""


def tame_interpreter() -> None:
    """Threads hand over within a millisecond; the garbage collector runs only when the loop calls it."""
    sys.setswitchinterval(SWITCH_S)
    gc.collect()
    gc.freeze()
    gc.disable()
