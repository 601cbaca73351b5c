"""System calls that Python's library lacks, by ctypes. Numbers and constants: Linux's uapi headers, 6.1."""

import contextlib
import ctypes
import os
import platform

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 0x1, 0x2, 0x4, 0x8, 0x4000, 0x40000
MNT_DETACH = 2
OPEN_TREE_CLONE, AT_RECURSIVE, AT_EMPTY_PATH, AT_FDCWD = 1, 0x8000, 0x1000, -100
MOVE_MOUNT_F_EMPTY_PATH = 4
MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV, MOUNT_ATTR_NOEXEC = 1, 2, 4, 8
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_SECCOMP = 1, 4, 24, 22
PR_SET_SECUREBITS, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 28, 36, 38, 47
SECCOMP_MODE_FILTER, PR_CAP_AMBIENT_CLEAR_ALL = 2, 4
SECUREBITS_LOCKED = 0x2F  # no root by uid, none by setuid, no ambient raise; all locked
LAST_CAP = 63  # more than there are: the kernel refuses the rest
CAPABILITY_VERSION_3 = 0x20080522

# open_tree, move_mount, mount_setattr have the same numbers on every architecture; pivot_root and capset have not.
OPEN_TREE, MOVE_MOUNT, MOUNT_SETATTR = 428, 429, 442
NUMBERS = {"x86_64": {"pivot_root": 155, "capset": 126}, "aarch64": {"pivot_root": 41, "capset": 91}}

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class MountAttr(ctypes.Structure):
    _fields_ = (("set", ctypes.c_uint64), ("clear", ctypes.c_uint64), ("propagation", ctypes.c_uint64), ("fd", ctypes.c_uint64))  # noqa: E501  # fmt: skip


class FilterProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def machine() -> str:
    """Such as x86_64."""
    return platform.machine()


def _checked(value: int, what: str) -> int:
    if value < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return value


def _syscall(what: str, number: int, *arguments: object) -> int:
    return _checked(_libc.syscall(ctypes.c_long(number), *arguments), what)


def prctl(what: str, option: int, *arguments: int) -> None:
    """OSError if the kernel refuses."""
    padded = [ctypes.c_ulong(one) for one in (*arguments, 0, 0, 0, 0)[:4]]
    _checked(_libc.prctl(option, *padded), what)


def unshare(flags: int) -> None:
    """New namespaces for this process (its children, for CLONE_NEWPID)."""
    _checked(_libc.unshare(ctypes.c_int(flags)), "unshare")


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """mount(2)."""
    _checked(
        _libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode()),
        f"mount {kind} {target}",
    )


def detach(path: str) -> None:
    """Takes a mount out of the tree; it goes when nobody uses it."""
    _checked(_libc.umount2(path.encode(), MNT_DETACH), f"umount {path}")


def pivot_root(new: str, old: str) -> None:
    """The root of this mount namespace becomes `new`; the former is found at `old`."""
    _syscall("pivot_root", NUMBERS[machine()]["pivot_root"], new.encode(), old.encode())


def clone_tree(path: str) -> int:
    """A file descriptor of a detached copy of the mounts at a path, which can be attached elsewhere."""
    flags = OPEN_TREE_CLONE | AT_RECURSIVE | os.O_CLOEXEC
    return _syscall(f"open_tree {path}", OPEN_TREE, AT_FDCWD, path.encode(), ctypes.c_uint(flags))


def attach(tree: int, target: str) -> None:
    """Attaches what clone_tree gave."""
    flags = ctypes.c_uint(MOVE_MOUNT_F_EMPTY_PATH)
    _syscall(f"move_mount {target}", MOVE_MOUNT, tree, b"", AT_FDCWD, target.encode(), flags)


def harden(tree: int | str, attributes: int) -> None:
    """Sets attributes of mounts, such as read-only: of a detached tree with all below it, or of a path alone."""
    wanted = MountAttr(attributes, 0, 0, 0)
    where, path, flags = (AT_FDCWD, tree.encode(), 0) if isinstance(tree, str) else (tree, b"", AT_EMPTY_PATH | AT_RECURSIVE)  # noqa: E501  # fmt: skip
    size = ctypes.c_size_t(ctypes.sizeof(wanted))
    _syscall("mount_setattr", MOUNT_SETATTR, where, path, ctypes.c_uint(flags), ctypes.byref(wanted), size)


def drop_capabilities() -> None:
    """None left, none to be had again by exec."""
    prctl("ambient", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    for capability in range(LAST_CAP + 1):
        try:
            prctl("bounding set", PR_CAPBSET_DROP, capability)
        except OSError:  # beyond the last one that this kernel knows, or not ours to drop: capset below decides
            continue
    with contextlib.suppress(OSError):  # without CAP_SETPCAP there is nothing to lock
        prctl("securebits", PR_SET_SECUREBITS, SECUREBITS_LOCKED)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    _syscall("capset", NUMBERS[machine()]["capset"], header, (ctypes.c_uint32 * 6)())


def install_filter(program: bytes) -> None:
    """A seccomp filter for this process and all that it starts, for good."""
    held = FilterProgram(len(program) // 8, program)
    _checked(
        _libc.prctl(PR_SET_SECCOMP, ctypes.c_ulong(SECCOMP_MODE_FILTER), ctypes.byref(held), 0, 0), "seccomp filter"
    )
