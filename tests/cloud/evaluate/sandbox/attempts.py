"""Attempts to get out. This file is copied into the sandbox and run there; it knows nothing of this project.

Each function returns what it reached if it got out; an OSError means that it was stopped. `facts.json` tells where
things of the host are. Every attempt runs in a process of its own, so that a killed one is seen as its signal.
"""

import ctypes
import json
import mmap
import os
import resource
import signal
import socket
import struct
import sys

with open("facts.json") as given:
    FACTS = json.load(given)
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long
NUMBERS = FACTS["numbers"]  # system calls by name, for this machine


def call(name, *arguments):
    """A raw system call, past every wrapper of the C library."""
    value = LIBC.syscall(ctypes.c_long(NUMBERS[name]), *(ctypes.c_long(one) if isinstance(one, int) else one for one in arguments))  # noqa: E501  # fmt: skip
    if value < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return value


def reading(path):
    with open(path, "rb") as file:
        return f"read {file.read(40)!r}"


def writing(path):
    with open(path, "w") as file:
        file.write("escaped")
    return f"wrote {path}"


def sending(family, kind, address):
    with socket.socket(family, kind) as one:
        one.settimeout(1)
        one.connect(address)
        one.send(b"escaped")
    return f"sent to {address}"


def through_a_link():
    os.symlink(FACTS["outside"], "way_out")
    try:
        return writing("way_out")
    finally:
        os.unlink("way_out")


def hard_link(path):
    os.link(path, "hard")
    return f"linked {path}"


def own_namespace_by_clone():
    pid = call("clone", 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return "a user namespace"


def ptrace():
    call("ptrace", 16, FACTS["victim"], 0, 0)  # PTRACE_ATTACH
    return "attached"


def read_memory_of(pid):
    buffer = ctypes.create_string_buffer(8)
    local = struct.pack("PN", ctypes.addressof(buffer), 8)
    call("process_vm_readv", pid, local, 1, struct.pack("PN", 0x400000, 8), 1, 0)
    return "read"


def terminal(command):
    import fcntl

    reached = []
    for descriptor in (0, 1, 2):
        try:
            fcntl.ioctl(descriptor, command, b"x")
            reached.append(descriptor)
        except OSError:
            continue
    if not reached:
        raise PermissionError("no descriptor")
    return f"typed into {reached}"


def open_terminal():
    return f"opened {os.open('/dev/tty', os.O_RDWR)}"


def inherited():
    """Descriptors besides ours: the pipe of this attempt is named in the facts of the runner."""
    found = []
    for descriptor in range(3, 4096):
        try:
            os.fstat(descriptor)
        except OSError:
            continue
        if descriptor != RESULT:
            found.append(descriptor)
    if not found:
        raise FileNotFoundError("none")
    return f"descriptors {found}"


def set_clock():
    call("clock_settime", 0, struct.pack("qq", 1, 0))
    return "clock set"


def raise_limits():
    raised = []
    for name in ("RLIMIT_NPROC", "RLIMIT_DATA", "RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NOFILE"):
        which = getattr(resource, name)
        try:
            resource.setrlimit(which, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            raised.append(name)
        except (OSError, ValueError):
            continue
    if not raised:
        raise PermissionError("none")
    return f"raised {raised}"


def machine_code(code):
    """Runs bytes as a function."""
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    return ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()


def call_of_i386():
    """socket by int 0x80: numbers of another architecture, past a filter that looks at the number alone."""
    # mov eax, 359; mov ebx, 1; mov ecx, 1; xor edx, edx; int 0x80; ret (rbx kept)
    value = machine_code(bytes.fromhex("53b867010000bb01000000b90100000031d2cd805bc3"))
    if value & 0x80000000 or value < 0:
        raise PermissionError(str(value))
    return f"a socket {value}"


def call_of_x32():
    """socket by its x32 number."""
    value = LIBC.syscall(ctypes.c_long(0x40000000 | NUMBERS["socket"]), 1, 1, 0)
    if value < 0:
        raise OSError(ctypes.get_errno(), "")
    return "a socket"


def signal_to(pid):
    os.kill(pid, signal.SIGKILL)
    if pid == 1:  # it may be sent; what counts is that it does nothing
        os.kill(1, 0)
        raise PermissionError("process 1 is still there")
    return f"killed {pid}"


def import_project(path):
    sys.path.insert(0, path)
    import adatom.protocol.errors

    return adatom.protocol.errors.__file__


def break_chroot():
    os.mkdir("jail")
    os.chroot("jail")
    for _ in range(20):
        os.chdir("..")
    os.chroot(".")
    return f"{os.listdir('/')}"


def mount(kind):
    if LIBC.mount(b"none", b"/scratch", kind, 0, b"") < 0:
        raise OSError(ctypes.get_errno(), "")
    return "mounted"


def remount():
    if LIBC.mount(b"none", b"/usr", None, 0x20 | 0x1000, b"") < 0:  # MS_REMOUNT | MS_BIND: writable again
        raise OSError(ctypes.get_errno(), "")
    return "remounted"


def raw(name, *arguments):
    return lambda: f"{name} gave {call(name, *arguments)}"


def descriptors_of(pid):
    return f"{os.listdir(f'/proc/{pid}/fd')}"


INET, UNIX = socket.AF_INET, socket.AF_UNIX
STREAM, DATAGRAM = socket.SOCK_STREAM, socket.SOCK_DGRAM
ATTEMPTS = {
    "read a secret file": lambda: reading(FACTS["secret"]),
    "read a secret by ..": lambda: reading("../../../../../../../.." + FACTS["secret"]),
    "read /etc/shadow": lambda: reading("/etc/shadow"),
    "list ssh keys": lambda: f"{os.listdir(FACTS['home'] + '/.ssh')}",
    "list the home folder's files": lambda: reading(FACTS["home"] + "/.bashrc"),
    "read the repository": lambda: reading(FACTS["repository"] + "/pyproject.toml"),
    "import the project": lambda: import_project(FACTS["import_path"]),
    "read the parent's environment": lambda: reading(f"/proc/{FACTS['parent']}/environ"),
    "read process 1's environment": lambda: reading("/proc/1/environ"),
    "read process 1's memory": lambda: reading("/proc/1/mem"),
    "read process 1's descriptors": lambda: descriptors_of(1),
    "walk process 1's root": lambda: f"{os.listdir('/proc/1/root')}",
    "walk process 1's folder": lambda: f"{os.listdir('/proc/1/cwd/..')}",
    "write a file outside": lambda: writing(FACTS["outside"]),
    "write a file outside by ..": lambda: writing("../../../../../../../.." + FACTS["outside"]),
    "write through a symbolic link": through_a_link,
    "write /": lambda: writing("/escaped"),
    "write /etc": lambda: writing("/etc/escaped"),
    "write /usr": lambda: writing("/usr/escaped"),
    "write the home folder": lambda: writing(FACTS["home"] + "/escaped"),
    "write this Python's packages": lambda: writing(FACTS["packages"] + "/escaped.py"),
    "write an input": lambda: writing("facts.json"),
    "write beside the inputs": lambda: writing("/inputs/escaped"),
    "make an input writable": lambda: os.chmod("/inputs/facts.json", 0o777) or "changed",
    "remove an input": lambda: os.unlink("/inputs/facts.json") or "removed",
    "hard link of a system file": lambda: hard_link("/etc/passwd"),
    "hard link of an input": lambda: hard_link("/inputs/facts.json"),
    "a device node": lambda: os.mknod("disk", 0o60600, os.makedev(8, 0)) or "made",
    "TCP to the host": lambda: sending(INET, STREAM, ("127.0.0.1", FACTS["tcp"])),
    "UDP to the host": lambda: sending(INET, DATAGRAM, ("127.0.0.1", FACTS["udp"])),
    "a unix socket of the host": lambda: sending(UNIX, STREAM, FACTS["unix"]),
    "an abstract socket of the host": lambda: sending(UNIX, STREAM, "\0" + FACTS["abstract"]),
    "a netlink socket": lambda: f"{socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)}",
    "a packet socket": lambda: f"{socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3)}",
    "a raw call of socket": raw("socket", 1, 1, 0),
    "socket by an i386 call": call_of_i386,
    "socket by an x32 call": call_of_x32,
    "kill a process of the host": lambda: signal_to(FACTS["victim"]),
    "kill the parent": lambda: signal_to(FACTS["parent"]),
    "kill process 1": lambda: signal_to(1),
    "a descriptor of a host's process": lambda: f"{os.pidfd_open(FACTS['victim'])}",
    "a descriptor out of process 1": lambda: f"{call('pidfd_getfd', os.pidfd_open(1), 0, 0)}",
    "ptrace": ptrace,
    "read memory of process 1": lambda: read_memory_of(1),
    "become root": lambda: os.setuid(0) or f"uid {os.getuid()}",
    "become somebody else": raw("setresuid", 0, 0, 0),
    "take capabilities": raw("capset", struct.pack("Ii", 0x20080522, 0), b"\xff" * 24),
    "chroot": break_chroot,
    "mount a tmpfs": lambda: mount(b"tmpfs"),
    "mount a proc": lambda: mount(b"proc"),
    "make the runtime writable": remount,
    "unmount the scratch": raw("umount2", b"/scratch", 2),
    "a new mount tree": raw("open_tree", -100, b"/", 1),
    "pivot the root": raw("pivot_root", b".", b"."),
    "a user namespace by unshare": raw("unshare", 0x10000000),
    "a user namespace by clone": own_namespace_by_clone,
    "a user namespace by clone3": raw("clone3", 0, 0),
    "join process 1's namespaces": raw("setns", 0, 0),
    "write /proc/sys": lambda: writing("/proc/sys/kernel/core_pattern"),
    "write sysrq": lambda: writing("/proc/sysrq-trigger"),
    "more namespaces by /proc/sys": lambda: writing("/proc/sys/user/max_user_namespaces"),
    "change how it is killed first": lambda: writing("/proc/1/oom_score_adj"),
    "read kernel memory": lambda: reading("/proc/kcore"),
    "read the kernel's log": raw("syslog", 3, b" " * 64, 64),
    "type into the terminal (TIOCSTI)": lambda: terminal(0x5412),
    "paste into the terminal (TIOCLINUX)": lambda: terminal(0x541C),
    "open the terminal": open_terminal,
    "inherited descriptors": inherited,
    "set the clock": set_clock,
    "set the host's name": raw("sethostname", b"escaped", 7),
    "reboot": raw("reboot", 0, 0, 0, 0),  # wrong magic numbers: harmless where it is allowed
    "load a BPF program": raw("bpf", 0, 0, 0),
    "keys of the kernel": raw("keyctl", 0, -3, 1),
    "performance counters": raw("perf_event_open", 0, 0, -1, -1, 0),
    "io_uring": raw("io_uring_setup", 1, b"\0" * 120),
    "userfaultfd": raw("userfaultfd", 1),
    "a file by its handle": raw("open_by_handle_at", -100, b"\0" * 16, 0),
    "memory in a nameless file": raw("memfd_create", b"x", 0),
    "a shared segment": raw("shmget", 0, 4096, 0o1600),
    "a message queue": raw("mq_open", b"x", 0o102, 0o600, 0),
    "raise the limits": raise_limits,
    "an address space of old": raw("personality", 0x0400000),
}  # fmt: skip


def outcome(name):
    """How an attempt in a process of its own ended."""
    global RESULT
    reader, RESULT = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        try:
            text = f"escaped: {ATTEMPTS[name]()}"
        except (OSError, ImportError) as error:
            text = f"stopped: {error}"
        except BaseException as error:
            text = f"broken: {error!r}"
        os.write(RESULT, text.encode())
        os._exit(0)
    os.close(RESULT)
    with open(reader, "rb") as file:
        text = file.read().decode()
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        return f"killed: {signal.Signals(os.WTERMSIG(status)).name}"
    return text


if __name__ == "__main__":
    chosen = FACTS.get("only") or list(ATTEMPTS)
    print(json.dumps({name: outcome(name) for name in chosen}))
