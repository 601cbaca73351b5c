"""The root that the program sees: the runtime read-only, copies of the inputs, one small scratch, its own /proc.

Runs inside, in a process that has its own user and mount namespaces. Nothing of the host is left when `build` returns.
"""

import os
import stat

from . import kernel

READ_ONLY = kernel.MOUNT_ATTR_RDONLY | kernel.MOUNT_ATTR_NOSUID | kernel.MOUNT_ATTR_NODEV
DEVICES = ("null", "zero", "full", "random", "urandom")
SCRATCH, INPUTS = "/scratch", "/inputs"
USERS = "user:x:1000:1000::/scratch:/bin/false\n"
ON_SCRATCH = ("/tmp/", "/dev/shm/")  # noqa: S108 - places inside
OVERHEAD_INODES = 8  # folders of our own on the scratch
CHUNK = 1 << 20


def clone_trees(paths: list[str]) -> dict[str, int]:
    """Path -> detached, read-only copy of what is mounted there; devices stay devices. OSError if not permitted."""
    trees = {path: kernel.clone_tree(path) for path in paths}
    for tree in trees.values():
        kernel.harden(tree, READ_ONLY)
    devices = {f"/dev/{name}": kernel.clone_tree(f"/dev/{name}") for name in DEVICES}
    return trees | devices


def build(spec: dict, trees: dict[str, int]) -> None:  # type: ignore[type-arg]
    """Makes the root and moves into it, working folder SCRATCH. `trees` is empty if this process may clone them."""
    kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
    trees = trees or clone_trees(spec["trees"])
    kernel.mount("tmpfs", "/tmp", "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "size=1m,mode=755")  # noqa: S108
    os.chdir("/tmp")  # noqa: S108
    os.mkdir("old")
    kernel.pivot_root(".", "old")
    os.chdir("/")
    # a Python that lies in /tmp has its place on the scratch, which would cover it otherwise
    late = {path: tree for path, tree in trees.items() if path.startswith(ON_SCRATCH)}
    for path in trees.keys() - late.keys():
        _place(path, trees[path])
    for path, target in spec["links"]:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(target, path)
    _passwd()
    _inputs(spec)
    _scratch(spec, sum(path.count("/") for path in late))
    for path, tree in late.items():
        _place(path, tree)
    for path in spec["masks"]:
        kernel.mount("tmpfs", path, "tmpfs", kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV, "size=4k")
    _proc()
    kernel.detach("/old")
    os.rmdir("/old")
    kernel.harden("/", READ_ONLY)
    os.chdir(SCRATCH)


def _place(path: str, tree: int) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if stat.S_ISDIR(os.stat(tree).st_mode):
        os.makedirs(path, exist_ok=True)
    else:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o444))
    kernel.attach(tree, path)
    os.close(tree)


def _passwd() -> None:
    os.makedirs("/etc", exist_ok=True)
    with open("/etc/passwd", "w") as file:
        file.write(USERS)


def _inputs(spec: dict) -> None:  # type: ignore[type-arg]
    """Copies, so that nothing done to them reaches the caller's files, and a change of those does not reach the run."""
    os.mkdir(INPUTS)
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    kernel.mount("tmpfs", INPUTS, "tmpfs", flags, f"size={spec['inputs_mb']}m,mode=755")
    copy_inputs(spec["inputs"], INPUTS)
    kernel.harden(INPUTS, READ_ONLY | kernel.MOUNT_ATTR_NOEXEC)


def copy_inputs(inputs: list[list], folder: str) -> None:  # type: ignore[type-arg]
    """Pairs of name and open file descriptor into a folder."""
    for name, descriptor in inputs:
        with open(f"{folder}/{name}", "wb") as target:
            while chunk := os.read(descriptor, CHUNK):
                target.write(chunk)
        os.chmod(f"{folder}/{name}", 0o444)
        os.close(descriptor)


def link_inputs(inputs: list[list], scratch: str, folder: str) -> None:  # type: ignore[type-arg]
    """The inputs by their bare names in the working folder, as a script expects them."""
    for name, _ in inputs:
        os.symlink(f"{folder}/{name}", f"{scratch}/{name}")


def _scratch(spec: dict, folders: int) -> None:  # type: ignore[type-arg]
    """SCRATCH, /tmp and /dev/shm are one file system, so that one size limits all. `folders`: of ours, beyond these."""
    os.mkdir("/space")
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    inodes = spec["scratch_files"] + OVERHEAD_INODES + folders + len(spec["inputs"])
    kernel.mount("tmpfs", "/space", "tmpfs", flags, f"size={spec['scratch_mb']}m,nr_inodes={inodes},mode=700")
    for at, target in (("scratch", SCRATCH), ("tmp", "/tmp"), ("shm", "/dev/shm")):  # noqa: S108
        os.mkdir(f"/space/{at}")
        os.makedirs(target, exist_ok=True)
        tree = kernel.clone_tree(f"/space/{at}")
        kernel.attach(tree, target)
        os.close(tree)
    kernel.detach("/space")
    os.rmdir("/space")
    link_inputs(spec["inputs"], SCRATCH, INPUTS)


def _proc() -> None:
    """Processes only (Linux 5.8); none where a container hides parts of its own /proc, for then the kernel refuses."""
    os.mkdir("/proc")
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    try:
        kernel.mount("proc", "/proc", "proc", flags, "subset=pid")
    except OSError:
        return
    kernel.harden("/proc", READ_ONLY | kernel.MOUNT_ATTR_NOEXEC)
