"""The filter of system calls as a BPF program: pure. Table: syscalls.csv (numbers of Linux 6.1's headers).

`allowed` runs. `refused` gives EPERM: a program can live with that. `forbidden` kills: no calculation makes such a
call, so it was an attempt. `limited` (clone, ioctl) depends on its arguments. `messages` (sockets, shared segments) is
refused but for programs that talk MPI to themselves, in a network of their own that leads nowhere. What is not in the
table gives ENOSYS, as on an older kernel: the C library then falls back (clone3 to clone, whose flags can be seen).
"""

import csv
import errno
import struct
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).with_name("syscalls.csv")
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # linux/audit.h
X32_BIT = 0x40000000  # asm/unistd.h: the x32 calls of x86_64, a second door to the same room
KILL, ALLOW, ERRNO = 0x80000000, 0x7FFF0000, 0x00050000  # linux/seccomp.h: SECCOMP_RET_KILL_PROCESS, ...
LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_BITS, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # linux/bpf_common.h
NUMBER_AT, ARCH_AT, ARGUMENTS_AT = 0, 4, 16  # struct seccomp_data
NEW_NAMESPACES = 0x7E020080  # every CLONE_NEW* of linux/sched.h, CLONE_NEWTIME among them
TERMINAL_IOCTLS = (0x5412, 0x541C, 0x5423)  # TIOCSTI, TIOCLINUX, TIOCSETD: they put words into a terminal's mouth


class Call(NamedTuple):
    name: str
    number: int
    group: str


def calls(machine: str) -> list[Call]:
    """The table for an architecture. KeyError for one that it has not."""
    AUDIT_ARCH[machine]
    with TABLE.open(newline="") as file:
        return [Call(row["name"], int(row[machine]), row["group"]) for row in csv.DictReader(file) if row[machine]]


def _op(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)


def _verdict(name: str, group: str, messages: bool) -> bytes:
    """What follows once the number matched: one or more instructions that end in a return."""
    refuse = _op(RETURN, ERRNO | errno.EPERM)
    if name == "clone":
        return _op(LOAD, ARGUMENTS_AT) + _op(JUMP_BITS, NEW_NAMESPACES, 0, 1) + refuse + _op(RETURN, ALLOW)
    if name == "ioctl":  # its second argument; the kernel looks at the low 32 bits only, and so do we
        tests = b"".join(_op(JUMP_EQUAL, one, len(TERMINAL_IOCTLS) - at) for at, one in enumerate(TERMINAL_IOCTLS))
        return _op(LOAD, ARGUMENTS_AT + 8) + tests + _op(RETURN, ALLOW) + refuse
    no = ERRNO | errno.EPERM
    returned = {"allowed": ALLOW, "messages": ALLOW if messages else no, "refused": no, "forbidden": KILL}
    return _op(RETURN, returned[group])


def program(machine: str, messages: bool = False) -> bytes:
    """The filter, 8 bytes an instruction. KeyError for an architecture without a table."""
    code = _op(LOAD, ARCH_AT) + _op(JUMP_EQUAL, AUDIT_ARCH[machine], 1, 0) + _op(RETURN, KILL) + _op(LOAD, NUMBER_AT)
    if machine == "x86_64":
        code += _op(JUMP_AT_LEAST, X32_BIT, 0, 1) + _op(RETURN, KILL)
    for call in calls(machine):
        verdict = _verdict(call.name, call.group, messages)
        code += _op(JUMP_EQUAL, call.number, 0, len(verdict) // 8) + verdict
    return code + _op(RETURN, ERRNO | errno.ENOSYS)
