"""The files that a program left, read without trusting it: regular files with one name, below one folder, bounded."""

import os
import stat
from collections.abc import Iterator
from typing import NamedTuple

CHUNK = 1 << 20


class Found(NamedTuple):
    """A file (content) or what was left out (reason)."""

    name: str
    content: bytes
    reason: str


class Bounds(NamedTuple):
    files: int
    total_bytes: int
    depth: int
    entries: int  # looked at, before we stop


def collect(folder: int, bounds: Bounds, ignored: frozenset[str] = frozenset()) -> Iterator[Found]:
    """Files below an open folder by relative path, in order of names. Never follows a link; never blocks on a pipe."""
    left = {"files": bounds.files, "bytes": bounds.total_bytes, "entries": bounds.entries}
    yield from _walk(folder, "", bounds.depth, left, ignored)


def _walk(folder: int, below: str, depth: int, left: dict[str, int], ignored: frozenset[str]) -> Iterator[Found]:
    for entry in sorted(os.listdir(folder)):
        name = below + entry
        if name in ignored:
            continue
        left["entries"] -= 1
        if left["entries"] < 0:
            yield Found("", b"", "more entries than are looked at")
            return
        if not name.isprintable():  # control characters, and bytes that are not UTF-8
            yield Found(repr(name), b"", "name not printable")
            continue
        status = os.stat(entry, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            yield from _below(folder, entry, name, depth, left, ignored)
        else:
            yield _file(folder, entry, name, status, left)


def _below(folder: int, entry: str, name: str, depth: int, left: dict[str, int], ignored: frozenset[str]) -> Iterator[Found]:  # noqa: E501  # fmt: skip
    if depth <= 1:
        yield Found(name, b"", "too deep")
        return
    try:
        inner = os.open(entry, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        yield Found(name, b"", f"not readable: {error.strerror}")
        return
    try:
        yield from _walk(inner, name + "/", depth - 1, left, ignored)
    finally:
        os.close(inner)


def _file(folder: int, entry: str, name: str, status: os.stat_result, left: dict[str, int]) -> Found:
    reason = _objection(status, left)
    if reason:
        return Found(name, b"", reason)
    try:
        descriptor = os.open(entry, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        return Found(name, b"", f"not readable: {error.strerror}")
    try:
        with open(descriptor, "rb") as file:
            content = file.read(status.st_size)
    except OSError as error:
        return Found(name, b"", f"not readable: {error.strerror}")
    left["files"] -= 1
    left["bytes"] -= len(content)
    return Found(name, content, "")


def _objection(status: os.stat_result, left: dict[str, int]) -> str:
    if stat.S_ISLNK(status.st_mode):
        return "a symbolic link"
    if not stat.S_ISREG(status.st_mode):
        return "no regular file"
    if status.st_nlink != 1:
        return "a hard link"
    if left["files"] <= 0:
        return "more files than are collected"
    if status.st_size > left["bytes"]:
        return f"too large ({status.st_size} bytes)"
    return ""
