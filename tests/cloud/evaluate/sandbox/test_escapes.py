"""Each attempt to get out is stopped, and the host has noticed nothing of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from adatom.cloud.evaluate.sandbox.values import FILTER, LAYERS, NAMESPACES, UNPRIVILEGED, Result

from . import attempts_list
from .host import Host, a_host, attempt

# What a host without namespaces, filter and another user lets through: these attempts are real ones.
REAL = {
    "read a secret file",
    "read the repository",
    "import the project",
    "write a file outside",
    "write through a symbolic link",
    "TCP to the host",
    "UDP to the host",
    "a unix socket of the host",
    "an abstract socket of the host",
    "kill a process of the host",
    "memory in a nameless file",
    "a user namespace by unshare",
    "socket by an i386 call",
}
# What the filter alone stops; each reaches nothing of the host, as it is inside namespaces of its own.
ONLY_BY_THE_FILTER = {
    "a netlink socket",
    "a raw call of socket",
    "socket by an i386 call",
    "keys of the kernel",
    "userfaultfd",
    "memory in a nameless file",
    "a shared segment",
    "an address space of old",
    "io_uring",
}
# What the filter answers by killing.
KILLED = {"ptrace", "chroot", "mount a tmpfs", "pivot the root", "set the clock", "load a BPF program", "io_uring"}


class Tried(NamedTuple):
    host: Host
    result: Result
    said: dict[str, str]


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    with a_host(tmp_path_factory.mktemp("host")) as host:
        yield Tried(host, *attempt(host))


@pytest.mark.parametrize("name", attempts_list.NAMES)
def test_stopped(tried: Tried, name: str) -> None:
    assert tried.said[name].startswith(("stopped: ", "killed: SIGSYS")), tried.said[name]


def test_host_noticed_nothing(tried: Tried) -> None:
    assert tried.host.heard() == []
    assert tried.host.victim.poll() is None
    assert not tried.host.outside.exists()
    assert not any(Path(folder, "escaped").exists() for folder in ("/", "/etc", "/usr", Path.home()))
    assert not any(Path(tried.host.facts()["packages"]).glob("escaped*"))
    assert tried.result.files == ()
    assert tried.result.layers == LAYERS
    assert tried.result.missing == ()


def test_forbidden_calls_kill(tried: Tried) -> None:
    assert {name for name in KILLED if tried.said[name] == "killed: SIGSYS"} == KILLED


def test_without_the_layers_the_same_attempts_succeed(tmp_path: Path) -> None:
    with a_host(tmp_path) as host:
        result, said = attempt(host, sorted(REAL), without=(NAMESPACES, FILTER, UNPRIVILEGED))
        assert {name for name in REAL if said[name].startswith("escaped: ")} == REAL, said
        assert host.heard() == ["tcp", "udp", "unix", "abstract"]
        assert host.victim.wait(5) == -9
        assert host.outside.read_text() == "escaped"
        assert result.missing == (NAMESPACES, FILTER, UNPRIVILEGED)


def test_namespaces_alone_hold_the_host_apart(tmp_path: Path) -> None:
    with a_host(tmp_path) as host:
        _, said = attempt(host, without=(FILTER,))
        assert {name for name, text in said.items() if not text.startswith("stopped: ")} <= ONLY_BY_THE_FILTER, said
        assert host.heard() == []
        assert host.victim.poll() is None
        assert not host.outside.exists()


def test_the_filter_alone_stops_sockets_and_namespaces(tmp_path: Path) -> None:
    chosen = sorted(ONLY_BY_THE_FILTER | {"TCP to the host", "UDP to the host", "a user namespace by unshare"})
    with a_host(tmp_path) as host:
        _, said = attempt(host, chosen, without=(NAMESPACES, UNPRIVILEGED))
        assert all(text.startswith(("stopped: ", "killed: SIGSYS")) for text in said.values()), said
        assert host.heard() == []


def test_kill_all(tmp_path: Path) -> None:
    """kill(-1) reaches everything inside, and nothing else; process 1 lives to tell."""
    from .host import script

    with a_host(tmp_path) as host:
        result = script("import os\nif os.fork() == 0:\n os.kill(-1, 9)\nos.wait()\nprint('alive')")
        assert result.signal == "SIGKILL"
        assert host.victim.poll() is None
