"""Which folders of the host a program needs to run at all, and where programs are. They are seen read-only."""

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from adatom.protocol.errors import FailedError, InputError

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/etc/ld.so.cache", "/etc/alternatives")
PROGRAMS = "/usr/local/bin:/usr/bin:/bin"
# One thread each: a run's processes are counted, and results do not depend on how many cores there are.
ENVIRONMENT = {
    "HOME": "/scratch",
    "LANG": "C.UTF-8",
    "MPLBACKEND": "Agg",
    "MPLCONFIGDIR": "/tmp",  # noqa: S108
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "TMPDIR": "/tmp",  # noqa: S108
    "XDG_CACHE_HOME": "/tmp",  # noqa: S108
    "XDG_CONFIG_HOME": "/tmp",  # noqa: S108
}


class Runtime(NamedTuple):
    trees: list[str]  # folders and files that are mounted read-only where they are
    links: list[tuple[str, str]]  # symbolic links (path, target)
    masks: list[str]  # folders within them that are covered: this package's own


def runtime(extra: Iterable[str | Path] = ()) -> Runtime:
    """The system's libraries, this Python, its packages and `extra`. FailedError if that would show a home folder."""
    links = [(path, os.readlink(path)) for path in SYSTEM if os.path.islink(path)]
    wanted = [path for path in SYSTEM if os.path.exists(path) and not os.path.islink(path)]
    for path in (sys.prefix, sys.base_prefix, *map(str, extra)):
        wanted += [os.path.abspath(path), os.path.realpath(path)]
    trees = _outermost(wanted)
    home = os.path.realpath(Path.home())
    for path in trees:
        if home == path or home.startswith(path.rstrip("/") + "/"):
            raise FailedError(f"sandbox: {path} would have to be shown to the program, and it holds {home}")
    return Runtime(trees, links, [path for path in _own_folders() if _outermost([*trees, path]) == trees])


def _outermost(paths: list[str]) -> list[str]:
    """Without repetitions and without what lies in another one."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not any(path.startswith(one + "/") for one in kept):
            kept.append(path)
    return kept


def _own_folders() -> list[str]:
    """This package's rooms: a program has no business with them, nor with what they can reach."""
    room = Path(__file__).resolve().parents[2]  # cloud
    return [str(room.parent / name) for name in ("cloud", "edge", "protocol", "sim") if (room.parent / name).is_dir()]


def programs_path() -> str:
    """PATH inside: this Python's programs, then the system's."""
    return f"{sys.prefix}/bin:{PROGRAMS}"


def program(name: str) -> str:
    """Absolute path of a program of this Python or of the system. InputError for one that is not there."""
    found = shutil.which(name, path=programs_path())
    if found is None:
        raise InputError(name, "no such program beside this Python or in /usr; give a name such as python or lmp")
    return os.path.abspath(found)
