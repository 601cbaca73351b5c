"""The filter as a program, by an interpreter of its own: what each call gets, on both architectures."""

import errno
import struct

import pytest
from adatom.cloud.evaluate.sandbox import bpf

REFUSE, UNKNOWN = bpf.ERRNO | errno.EPERM, bpf.ERRNO | errno.ENOSYS
VERDICTS = {"allowed": bpf.ALLOW, "refused": REFUSE, "messages": REFUSE, "forbidden": bpf.KILL}


def interpret(program: bytes, number: int, arch: int, arguments: tuple[int, ...] = (0,) * 6) -> int:
    """What the kernel would return; the six instructions that we use (linux/bpf_common.h)."""
    data = struct.pack("=IIQ6Q", number, arch, 0, *arguments)
    at = accumulator = 0
    while True:
        code, yes, no, value = struct.unpack_from("=HBBI", program, at * 8)
        at += 1
        if code == 0x06:
            return int(value)
        if code == 0x20:
            accumulator = struct.unpack_from("=I", data, value)[0]
        else:
            met = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[code]
            at += yes if met else no


@pytest.mark.parametrize("machine", bpf.AUDIT_ARCH)
@pytest.mark.parametrize("messages", [False, True])
def test_every_call(machine: str, messages: bool) -> None:
    program, arch = bpf.program(machine, messages), bpf.AUDIT_ARCH[machine]
    table = {call.number: call for call in bpf.calls(machine)}
    for number in range(600):
        got = interpret(program, number, arch)
        if number not in table:
            assert got == UNKNOWN
        elif table[number].group == "limited":
            assert got == bpf.ALLOW
        else:
            group = "allowed" if messages and table[number].group == "messages" else table[number].group
            assert got == VERDICTS[group], table[number]
    assert len(program) // 8 < 4096  # BPF_MAXINSNS


@pytest.mark.parametrize("machine", bpf.AUDIT_ARCH)
def test_numbers_are_unique(machine: str) -> None:
    calls = bpf.calls(machine)
    assert len({call.number for call in calls}) == len({call.name for call in calls}) == len(calls)
    assert {call.group for call in calls} == {*VERDICTS, "limited"}


@pytest.mark.parametrize("machine", bpf.AUDIT_ARCH)
def test_another_architecture_is_killed(machine: str) -> None:
    others = [0x40000003, *(arch for name, arch in bpf.AUDIT_ARCH.items() if name != machine)]  # 0x40000003: i386
    program = bpf.program(machine)
    for arch in others:
        assert {interpret(program, number, arch) for number in range(460)} == {bpf.KILL}


def test_x32_is_killed() -> None:
    program = bpf.program("x86_64", messages=True)
    assert {interpret(program, 0x40000000 | n, bpf.AUDIT_ARCH["x86_64"]) for n in range(600)} == {bpf.KILL}
    assert interpret(program, 0xFFFFFFFF, bpf.AUDIT_ARCH["x86_64"]) == bpf.KILL


@pytest.mark.parametrize("machine", bpf.AUDIT_ARCH)
def test_arguments(machine: str) -> None:
    program, arch = bpf.program(machine), bpf.AUDIT_ARCH[machine]
    numbers = {call.name: call.number for call in bpf.calls(machine)}
    for flag in (0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):  # CLONE_NEW*
        assert interpret(program, numbers["clone"], arch, (flag | 17, 0, 0, 0, 0, 0)) == REFUSE
    threads = 0x3D0F00  # what glibc's pthread_create asks for
    assert interpret(program, numbers["clone"], arch, (threads, 0, 0, 0, 0, 0)) == bpf.ALLOW
    for command, expected in ((0x5412, REFUSE), (0x541C, REFUSE), (0x5423, REFUSE), (0x5401, bpf.ALLOW)):
        assert interpret(program, numbers["ioctl"], arch, (0, command, 0, 0, 0, 0)) == expected
        assert interpret(program, numbers["ioctl"], arch, (0, command | 1 << 40, 0, 0, 0, 0)) == expected
