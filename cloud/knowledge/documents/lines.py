"""Characters of a page to lines in reading order: baselines, raised and lowered characters, columns.

Raised characters become superscript signs (10⁻⁴), lowered ones stay as they are (Li7La3): both are told by size and
place, not by fonts, whose names say nothing.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from adatom.cloud.knowledge.documents.model import Box
from adatom.cloud.knowledge.documents.pdf import Char, Page

DESCENT = 0.2  # (K) of the size: how far a character's box reaches below its baseline
SAME_LINE = 0.25  # (K) of the size: baselines nearer than this are one
SMALLER = 0.86  # (K) raised and lowered characters are at most this share of the line's size
WORD_GAP = 0.17  # (K) of the size: a wider gap is a blank even where none is written
CELL_GAP = 1.25  # (K) of the size: a wider gap parts cells of a table; justified blanks reach about 0.9
GUTTER_PT = 9.0  # (K) the least gap between two columns of text
CROSSING_MAX = 0.5  # (K) of the rows: a gutter crossed by more is none
UP = dict(zip("0123456789+-−–=()nix,", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿⁱˣ˒", strict=True))


class Line(NamedTuple):
    """One line. `cells`: its parts between wide gaps, with where they begin and end."""

    text: str
    page: int
    box: Box
    size: float
    font: str
    cells: tuple[tuple[float, float, str], ...]
    column: int  # 0: over the whole width, 1: left, 2: right
    base: float  # the baseline


def page_lines(page: Page) -> list[Line]:
    """The lines of a page in reading order."""
    chars = [char for char in page.chars if char.text and char.size > 0.5]
    if not chars:
        return []
    gutter = find_gutter(chars, page)
    if gutter is None:
        return _lines(chars, page.number, 0)
    crossing = _crossing(chars, gutter)
    middle = sum(gutter) / 2.0
    full: list[Char] = []
    left: list[Char] = []
    right: list[Char] = []
    for char in chars:
        if any(top - 1.0 <= (char.top + char.bottom) / 2.0 <= bottom + 1.0 for top, bottom in crossing):
            full.append(char)
        else:
            (left if (char.x0 + char.x1) / 2.0 < middle else right).append(char)
    return _ordered(_lines(full, page.number, 0), _lines(left, page.number, 1) + _lines(right, page.number, 2))


def _ordered(full: Sequence[Line], columns: Sequence[Line]) -> list[Line]:
    """Between two lines over the whole width first the left column, then the right."""
    found: list[Line] = []
    waiting = list(columns)
    for line in [*full, None]:
        above = waiting if line is None else [one for one in waiting if one.box[1] < line.box[1]]
        found += sorted(above, key=lambda one: (one.column, one.box[1]))
        waiting = [one for one in waiting if one not in above] if above else waiting
        if line is not None:
            found.append(line)
    return found


def find_gutter(chars: Sequence[Char], page: Page) -> tuple[float, float] | None:
    """The empty strip between two columns of text, None where there is one column."""
    rows: dict[int, list[Char]] = {}
    for char in chars:
        if char.text.strip():
            rows.setdefault(int(char.bottom / 4.0), []).append(char)
    if len(rows) < 8:
        return None
    lowest, highest = int(0.35 * page.width), int(0.65 * page.width)
    crossed = [0] * (highest - lowest)
    for row in rows.values():
        for place in {x for char in row for x in range(int(char.x0), int(char.x1) + 1) if lowest <= x < highest}:
            crossed[place - lowest] += 1
    strip = _central(crossed, CROSSING_MAX * len(rows))
    if strip is None:
        return None
    gutter = (lowest + strip[0], lowest + strip[1])
    return gutter if _both_sides_full(list(rows.values()), gutter) else None


def _central(crossed: Sequence[int], most: float) -> tuple[int, int] | None:
    """Of the runs of places that the fewest rows cross (a few more than the least) the wide one next to the middle."""
    least = min(crossed)
    if least > most:
        return None
    runs, start = [], None
    for place, count in enumerate([*crossed, 10**9]):
        if count <= least + max(2.0, 0.06 * most):
            start = place if start is None else start
        elif start is not None:
            runs.append((start, place))
            start = None
    wide = [run for run in runs if run[1] - run[0] >= GUTTER_PT]
    return min(wide, key=lambda run: abs(run[0] + run[1] - len(crossed)), default=None)


def _both_sides_full(rows: Sequence[Sequence[Char]], gutter: tuple[float, float]) -> bool:
    """Whether text, not the cells of a table, stands at both sides: many long rows on each."""
    left = right = 0
    for row in rows:
        before = sum(char.x1 - char.x0 for char in row if char.x1 <= gutter[0] + 1)
        after = sum(char.x1 - char.x0 for char in row if char.x0 >= gutter[1] - 1)
        left += before > 0.5 * gutter[0] * 0.75
        right += after > 0.5 * gutter[0] * 0.75
    return left >= 4 and right >= 2


def _crossing(chars: Sequence[Char], gutter: tuple[float, float]) -> list[tuple[float, float]]:
    """(top, bottom) of what stands in the gutter: lines over the whole width."""
    return sorted({(char.top, char.bottom) for char in chars
                   if char.text.strip() and char.x1 > gutter[0] + 1 and char.x0 < gutter[1] - 1})  # fmt: skip


# --- one column -------------------------------------------------------------------------------------------------------


def _lines(chars: Sequence[Char], page: int, column: int) -> list[Line]:
    """Lines of characters that share no columns, from top to bottom."""
    rows = _rows(chars)
    rows.sort(key=lambda row: -_size(row))
    bodies: list[list[Char]] = []
    for row in rows:
        rest = row
        for body in bodies:
            if rest and _overlap(rest, body):
                taken = [run for run in _runs(rest) if _adjacent(run, body)]
                body.extend(char for run in taken for char in run)
                rest = [char for char in rest if not any(char in run for run in taken)]
        if rest:
            bodies.append(rest)
    made = [_line(sorted(body, key=lambda char: char.x0), page, column) for body in bodies]
    return sorted((line for line in made if line.text), key=lambda line: (line.box[1], line.box[0]))


def _rows(chars: Sequence[Char]) -> list[list[Char]]:
    """Characters of one size on one baseline."""
    rows: list[list[Char]] = []
    for char in sorted(chars, key=lambda char: (round(char.size, 1), _base(char))):
        last = rows[-1] if rows else None
        if (last and round(last[-1].size, 1) == round(char.size, 1)
                and _base(char) - _base(last[-1]) <= SAME_LINE * char.size):  # fmt: skip
            last.append(char)
        else:
            rows.append([char])
    return rows


def _runs(row: Sequence[Char]) -> list[list[Char]]:
    """Pieces of a row without a gap."""
    runs: list[list[Char]] = []
    for char in sorted(row, key=lambda char: char.x0):
        if runs and char.x0 - runs[-1][-1].x1 < 0.6 * char.size:
            runs[-1].append(char)
        else:
            runs.append([char])
    return runs


def _overlap(row: Sequence[Char], body: Sequence[Char]) -> bool:
    """Whether a row lies where raised, lowered or mixed characters of a line do."""
    size = _size(body)
    offset = _baseline(row) - _baseline(body)
    return -0.75 * size < offset < 0.6 * size and (_size(row) <= SMALLER * size or abs(offset) < SAME_LINE * size)


def _adjacent(run: Sequence[Char], body: Sequence[Char]) -> bool:
    """Whether a run touches characters of the line; on the same baseline it may stand apart."""
    size = _size(body)
    if abs(_base(run[0]) - _baseline(body)) < 0.12 * size:
        return any(-6 * size < run[0].x0 - char.x1 < 6 * size for char in body)
    return any(
        -0.6 * size < run[0].x0 - char.x1 < 0.6 * size or abs(char.x0 - run[-1].x1) < 0.4 * size for char in body
    )


def _line(chars: Sequence[Char], page: int, column: int) -> Line:
    size = _size(chars)
    base = _baseline(chars)
    cells: list[tuple[float, float, str]] = []
    text, start, last = "", 0.0, None
    for char in chars:
        if not char.text.strip():
            text += " " if text and not text.endswith(" ") else ""
            continue
        gap = 0.0 if last is None else char.x0 - last
        if text and gap > CELL_GAP * size:
            cells.append((start, last or 0.0, text.strip()))
            text = ""
        elif text and gap > WORD_GAP * size and not text.endswith(" "):
            text += " "
        start = start if text else char.x0
        text += _shown(char, size, base)
        last = char.x1
    if text.strip():
        cells.append((start, last or 0.0, text.strip()))
    fonts = Counter(char.font for char in chars if char.text.strip())
    return Line(" ".join(cell for _, _, cell in cells), page, box_of(chars), size,
                fonts.most_common(1)[0][0] if fonts else "", tuple(cells), column, base)  # fmt: skip


def _shown(char: Char, size: float, base: float) -> str:
    raised = char.size <= SMALLER * size and base - _base(char) > 0.15 * size
    return "".join(UP.get(sign, sign) for sign in char.text) if raised else char.text


def cell_text(chars: Iterable[Char], page: int) -> str:
    """The text of a table's cell, its lines joined."""
    return " ".join(line.text for line in _lines(list(chars), page, 0))


def box_of(chars: Iterable[Char]) -> Box:
    """The box around characters."""
    held = list(chars)
    return (min(c.x0 for c in held), min(c.top for c in held), max(c.x1 for c in held), max(c.bottom for c in held))


def _base(char: Char) -> float:
    return char.bottom - DESCENT * char.size


def _baseline(chars: Sequence[Char]) -> float:
    """The middle one of the baselines of characters of the line's own size; fonts reach below theirs differently."""
    size = _size(chars)
    bases = sorted(_base(char) for char in chars if abs(char.size - size) < 0.06)
    return bases[len(bases) // 2]


def _size(chars: Sequence[Char]) -> float:
    """The size of most of the characters that are not raised or lowered."""
    sizes = Counter(round(char.size, 1) for char in chars if char.text.strip()) or Counter(
        round(char.size, 1) for char in chars
    )
    most = max(sizes.values())
    return max(size for size, count in sizes.items() if count >= 0.34 * most)
