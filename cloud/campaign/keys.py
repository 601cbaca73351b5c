"""Which line of a TOML text a key stands on. The standard reader tells no lines, and a user wants one.

Only for messages: what the text means is tomllib's word. Must not know of campaigns.
"""

import re

Path = tuple[str | int, ...]

_KEY_PART = re.compile(r'\s*("(?:[^"\\]|\\.)*"|\'[^\']*\'|[A-Za-z0-9_-]+)\s*(\.|=|$|\])')
_TRIPLE = ('"""', "'''")


def key_lines(text: str) -> dict[Path, int]:
    """{path: line from 1} of every table header and key; inline tables and arrays count as their key's line.

    The n-th [[table]] has the path (..., "table", n), and (..., "table") stands for the first.
    """
    lines: dict[Path, int] = {}
    table: Path = ()
    counts: dict[Path, int] = {}
    state = _Scan()
    for number, line in enumerate(text.splitlines(), start=1):
        fresh = state.between_values
        stripped = line.strip()
        if fresh and stripped.startswith("["):
            table = _header(stripped, counts)
            for cut in range(1, len(table) + 1):
                lines.setdefault(table[:cut], number)
            state.depth = 0
            continue
        if fresh and stripped and not stripped.startswith("#"):
            path = table + _parts(stripped)
            for cut in range(len(table) + 1, len(path) + 1):
                lines.setdefault(path[:cut], number)
        state.read(line)
    return lines


def line_of(lines: dict[Path, int], where: str) -> int:
    """The line of a dotted key like space.sites[1].total, or of the nearest key around it; 1 when there is none."""
    path = _dotted(where)
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _dotted(where: str) -> Path:
    return tuple(int(part) if part.isdecimal() else part for part in re.findall(r"[^.\[\]]+", where))


def _header(line: str, counts: dict[Path, int]) -> Path:
    """The path of a [table] or [[table]] line; a table below an array of tables belongs to its last member."""
    double = line.startswith("[[")
    path: Path = ()
    names = _parts(line[2:] if double else line[1:])
    for place, name in enumerate(names):
        path += (name,)
        last = place == len(names) - 1
        if double and last:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path += (counts[path],)
    return path


def _parts(line: str) -> Path:
    """The dotted names at the start of a line, up to = or ]."""
    names: list[str | int] = []
    at = 0
    while match := _KEY_PART.match(line, at):
        names.append(match[1][1:-1] if match[1][0] in "\"'" else match[1])
        at = match.end()
        if match[2] != ".":
            break
    return tuple(names)


class _Scan:
    """Whether a line begins inside a value that spans lines: brackets and triple quotes open so far."""

    def __init__(self) -> None:
        self.depth = 0
        self.quote = ""

    @property
    def between_values(self) -> bool:
        return self.depth == 0 and not self.quote

    def read(self, line: str) -> None:
        """Count brackets outside strings and comments."""
        at = 0
        while at < len(line):
            if self.quote:
                at = self._skip_string(line, at)
                continue
            char = line[at]
            if char == "#":
                return
            if char in "\"'":
                self.quote = line[at : at + 3] if line[at : at + 3] in _TRIPLE else char
                at += len(self.quote)
                continue
            self.depth += (char in "[{") - (char in "]}")
            at += 1
        if len(self.quote) == 1:
            self.quote = ""  # a plain string ends with its line

    def _skip_string(self, line: str, at: int) -> int:
        if line[at] == "\\" and self.quote[0] == '"':
            return at + 2
        if line.startswith(self.quote, at):
            at += len(self.quote)
            self.quote = ""
            return at
        return at + 1
