"""Lines of pages to a document tree: title, sections, paragraphs, captions, tables, formulas, references."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from adatom.cloud.knowledge.documents.lines import Line, cell_text, page_lines
from adatom.cloud.knowledge.documents.model import Box, Node
from adatom.cloud.knowledge.documents.pdf import Page, Ruled

EDGE = 0.09  # (K) share of the page's height in which headers and footers stand
WRAPPED = 1.4  # (K) of the size: baselines of one wrapped cell are nearer than this
HEADING_SIZE = 1.12  # (K) of the text's size
CAPTION = re.compile(
    r"(?:(Fig(?:ure|\.)?|Table|Scheme)\s*(S?[0-9]{1,3}|[IVX]{1,5}))\s*[.:|–—-]?\s+(?=\S)", re.IGNORECASE
)
NUMBERED = re.compile(r"((?:[0-9]{1,2}\.){1,3}[0-9]{0,2}|[0-9]{1,2}|[IVX]{1,4}\.)\s+([A-Z][^.;=]{2,80})$")
NAMED = re.compile(
    r"(abstract|introduction|experimental(?: section| details| methods)?|methods?|materials and methods|results"
    r"(?: and discussion)?|discussion|conclusions?|summary|acknowledge?ments?|references|bibliography|"
    r"supporting information|computational (?:details|methods))\.?$", re.IGNORECASE,
)  # fmt: skip
REFERENCES = re.compile(r"(?:[0-9.]+\s+)?(references|bibliography|literature cited)\.?$", re.IGNORECASE)
REFERENCE = re.compile(r"(?:\[([0-9]{1,3})\]|\(([0-9]{1,3})\)|([0-9]{1,3})\.)\s*(?=\S)")
DOI = re.compile(r"\b10\.[0-9]{4,9}/[-._;()/:A-Za-z0-9]+")
EQUATION = re.compile(r"\(([0-9]{1,3}[a-z]?)\)$")
MATH_FONT = re.compile(r"CMMI|CMSY|CMEX|Math|Symbol|MSAM|MSBM", re.IGNORECASE)
MATH_SIGNS = re.compile(r"[=∑∫∂∇√±≈≤≥∝∞∏→]|\bexp\b|\bln\b|\blog\b")
WRAPPED_PT = 120.0  # (K) a table may begin with a wrapped cell that is narrower than this
PAGE_NUMBER = re.compile(r"(?:page\s*)?[0-9ivx]{1,4}(?:\s*(?:/|of)\s*[0-9]{1,4})?$", re.IGNORECASE)


class Layout(NamedTuple):
    """The tree, and what the first page says of the document."""

    nodes: tuple[Node, ...]
    title: str
    authors: str
    doi: str


class _Piece(NamedTuple):
    """A node without children, with the depth of a section: 0 for what is none."""

    node: Node
    depth: int = 0


def layout(pages: Sequence[Page], metadata: dict[str, str]) -> Layout:
    """The tree of a document."""
    by_page = _without_edges([(page, page_lines(page)) for page in pages])
    size = _text_size([line for _, lines in by_page for line in lines])
    pieces: list[_Piece] = []
    in_references = False
    for page, lines in by_page:
        found, in_references = _pieces(page, lines, size, in_references)
        pieces += found
    first = by_page[0][1] if by_page else []
    title, authors = _front(first, size, metadata)
    pieces = _joined([piece for piece in pieces if not _of_front(piece.node, title, authors)])
    said = " ".join(line.text for line in first)
    doi = DOI.search(metadata.get("doi", "") + " " + said)
    return Layout(_nested(pieces, title), title, authors, doi[0].rstrip(".);") if doi else "")


def _text_size(lines: Sequence[Line]) -> float:
    """The size of most of the text."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


# --- headers and footers ----------------------------------------------------------------------------------------------


def _without_edges(pages: Sequence[tuple[Page, list[Line]]]) -> list[tuple[Page, list[Line]]]:
    """Without what stands at the edge of several pages, digits aside, and without bare page numbers there."""
    seen: Counter[str] = Counter()
    for page, lines in pages:
        seen.update({_shape(line) for line in lines if _at_edge(line, page)})
    return [
        (page, [line for line in lines if not (_at_edge(line, page) and (
            seen[_shape(line)] > max(1, 0.3 * len(pages)) or PAGE_NUMBER.match(line.text)))])
        for page, lines in pages
    ]  # fmt: skip


def _at_edge(line: Line, page: Page) -> bool:
    return line.box[3] < EDGE * page.height or line.box[1] > (1.0 - EDGE) * page.height


def _shape(line: Line) -> str:
    return re.sub(r"[0-9]+", "0", line.text)


# --- pieces of a page -------------------------------------------------------------------------------------------------


def _pieces(page: Page, lines: Sequence[Line], size: float, in_references: bool) -> tuple[list[_Piece], bool]:
    """(nodes of a page in reading order, whether its end is among the references)."""
    tables = [_ruled(page, table) for table in page.tables]
    tables = [table for table in tables if len(table.rows) > 1 and max(map(len, table.rows)) > 1]
    boxes = [table.box for table in tables if table.box]
    pieces: list[_Piece] = []
    waiting = list(tables)
    block: list[Line] = []

    def close() -> None:
        if block:
            pieces.append(_Piece(_block(block, size)))
            block.clear()

    at = 0
    while at < len(lines):
        line = lines[at]
        if any(_inside(line.box, box) for box in boxes):
            close()
            for table in [one for one in waiting if one.box and _inside(line.box, one.box)]:
                pieces.append(_Piece(table))
                waiting.remove(table)
            at += 1
            continue
        grid = _grid(lines, at) if not in_references else 0
        if grid:
            close()
            pieces.append(_Piece(_gapped(lines[at : at + grid], page.number)))
            at += grid
            continue
        depth = _heading(line, size)
        if depth:
            close()
            in_references = bool(REFERENCES.match(line.text))
            pieces.append(_Piece(_node("section", line.text, [line], _section_number(line)), depth))
        else:
            if block and _breaks(block[-1], line, block, in_references):
                close()
            block.append(line)
        at += 1
    close()
    pieces += [_Piece(table) for table in waiting]
    if in_references:
        pieces = _as_references(pieces)
    return pieces, in_references


def _node(kind: str, text: str, lines: Sequence[Line], number: str = "") -> Node:
    boxes = [line.box for line in lines]
    box = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
    return Node(kind, text, lines[0].page, None, box, number=number)


def _block(lines: Sequence[Line], size: float) -> Node:
    """A paragraph, caption or formula."""
    text = joined_text([line.text for line in lines])
    caption = CAPTION.match(text)
    if caption:
        return _node("caption", text, lines, f"{caption[1].rstrip('.').capitalize()} {caption[2]}")
    equation = EQUATION.search(text)
    math = bool(MATH_SIGNS.search(text)) and len(re.findall(r"[a-z]{4,}", text.replace("exp", ""))) <= 2
    if len(lines) <= 3 and math and (equation or any(MATH_FONT.search(line.font) for line in lines)
                                     or (len(text) < 60 and not text.endswith("."))):  # fmt: skip
        return _node("formula", text, lines, equation[1] if equation else "")
    return _node("paragraph", text, lines)


def joined_text(lines: Sequence[str]) -> str:
    """Lines joined; a hyphen at an end goes where a small letter follows one: `conduc-` `tivity`, but `Li-` `ion`."""
    text = ""
    for line in lines:
        if re.search(r"[a-z]{2}[-\u00ad‐]$", text) and re.match(r"[a-z]{2}", line):
            text = text[:-1] + line
        else:
            text = f"{text} {line}" if text and not re.search(r"[–—/]$", text) else text + line
    return text


def _breaks(last: Line, line: Line, block: Sequence[Line], in_references: bool) -> bool:
    """Whether a line begins a new block."""
    if CAPTION.match(line.text) or (in_references and REFERENCE.match(line.text)):
        return True
    if last.column != line.column and CAPTION.match(block[0].text):
        return True
    if last.column != line.column or last.page != line.page:
        return abs(last.size - line.size) > 0.6 or (bool(re.search(r"[.:?!]$", last.text)) and _indented(line, block))
    gap = line.box[1] - last.box[1]
    if gap > 1.75 * max(last.size, line.size) or abs(last.size - line.size) > 0.6:
        return True
    ended = last.box[2] < max(one.box[2] for one in block) - 3.0 * last.size and re.search(r"[.:?!\])⁰-⁹]$", last.text)
    return (
        _indented(line, block)
        or (len(block) > 1 and bool(ended))
        or bool(EQUATION.search(last.text) and len(last.cells) > 1)
    )


def _indented(line: Line, block: Sequence[Line]) -> bool:
    lefts = sorted(one.box[0] for one in block[1:] if one.column == line.column)
    return bool(lefts) and line.box[0] > lefts[0] + 0.7 * line.size


def _heading(line: Line, size: float) -> int:
    """The depth of a heading, 0 for what is none: by number and name, or by a larger font."""
    text = line.text.strip()
    if len(text) > 120 or len(text) < 3 or len(line.cells) > 2 or CAPTION.match(text):
        return 0
    numbered = NUMBERED.match(text)
    bold = bool(re.search(r"bold|black|heavy|CMBX", line.font, re.IGNORECASE))
    large = line.size > HEADING_SIZE * size
    if numbered and (bold or large or NAMED.match(numbered[2])):
        return max(1, len(re.findall(r"[0-9]+|[IVX]+", numbered[1])))
    if NAMED.match(text) and (bold or large or text[0].isupper()):
        return 1
    letters = sum(sign.isalpha() for sign in text)
    if (large or bold) and letters > 0.6 * len(text) and not text.endswith((",", ";", ".")):
        return 1 if large else 2
    return 0


def _section_number(line: Line) -> str:
    found = NUMBERED.match(line.text)
    return found[1].rstrip(".") if found else ""


def _as_references(pieces: list[_Piece]) -> list[_Piece]:
    """Numbered paragraphs after the heading of the references."""
    start = max((place for place, piece in enumerate(pieces) if REFERENCES.match(piece.node.text)), default=-1)
    made = []
    for place, piece in enumerate(pieces):
        found = REFERENCE.match(piece.node.text)
        if place > start and piece.node.kind == "paragraph" and found:
            number = found[1] or found[2] or found[3]
            made.append(_Piece(piece.node._replace(kind="reference", number=number)))
        else:
            made.append(piece)
    return made


# --- tables -----------------------------------------------------------------------------------------------------------


def _ruled(page: Page, table: Ruled) -> Node:
    """A table with lines, its cells' texts by our own lines (superscripts)."""
    inside = [char for char in page.chars if _centred(char, table.box)]
    rows = []
    for row in table.rows:
        cells = [cell_text([c for c in inside if _centred(c, box)], page.number) if box else "" for box in row]
        if any(cells):
            rows.append(tuple(cells))
    return Node("table", f"{len(rows)} rows", page.number, None, table.box, rows=tuple(rows), number="ruled")


def _centred(char: object, box: Box) -> bool:
    x = (char.x0 + char.x1) / 2.0  # type: ignore[attr-defined]
    y = (char.top + char.bottom) / 2.0  # type: ignore[attr-defined]
    return bool(box[0] <= x <= box[2] and box[1] <= y <= box[3])


def _inside(inner: Box, outer: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2.0, (inner[1] + inner[3]) / 2.0
    return outer[0] - 2 <= x <= outer[2] + 2 and outer[1] - 2 <= y <= outer[3] + 2


def _grid(lines: Sequence[Line], at: int) -> int:
    """How many lines from here on are rows of a table without ruled lines: several, with cells under each other.

    A short line between such lines is a wrapped cell.
    """
    first = lines[at]
    count = last = several = 0
    left, right = first.box[0], first.box[2]
    while at + count < len(lines):
        line = lines[at + count]
        if line.column != first.column or abs(line.size - first.size) > 0.35 or CAPTION.match(line.text):
            break
        if EQUATION.search(line.text) and len(line.cells) == 2:
            break
        if count and line.box[1] - lines[at + count - 1].box[3] > 1.6 * line.size:
            break
        wide = line.box[2] - line.box[0] > (0.4 * (right - left) if several else WRAPPED_PT)
        if len(line.cells) < 2 and (wide or last < count - 2):
            break
        count += 1
        if len(line.cells) >= 2:
            last, several = count, several + 1
            left, right = min(left, line.box[0]), max(right, line.box[2])
    return _whole(lines, at, last, right, left) if several >= 3 or (several == 2 and len(first.cells) >= 3) else 0


def _whole(lines: Sequence[Line], at: int, count: int, right: float, left: float) -> int:
    """With the wrapped last lines of the last row."""
    while at + count < len(lines):
        line, before = lines[at + count], lines[at + count - 1]
        near = line.box[1] - before.box[3] < 0.45 * line.size and line.column == before.column
        if not near or abs(line.size - before.size) > 0.35 or line.box[2] - line.box[0] > 0.4 * (right - left):
            return count
        count += 1
    return count


def _gapped(lines: Sequence[Line], page: int) -> Node:
    """A table by its gaps: columns are where cells lie, rows are parted by the wider of the gaps between lines."""
    spans = _columns(lines)
    rows = []
    for group in _row_groups(lines, len(spans)):
        row = [""] * len(spans)
        for x0, x1, text in [cell for line in group for cell in line.cells]:
            place = max(range(len(spans)), key=lambda k: min(x1, spans[k][1]) - max(x0, spans[k][0]))
            row[place] = f"{row[place]} {text}".strip()
        rows.append(tuple(row))
    return _node("table", f"{len(rows)} rows", lines)._replace(page=page, rows=tuple(rows))


def _row_groups(lines: Sequence[Line], columns: int) -> list[list[Line]]:
    """Lines of one row each: near ones, of which at most one is whole. Where all gaps are alike every line is a row."""
    ordered = sorted(lines, key=lambda line: line.base)
    gaps = [after.base - before.base for before, after in pairwise(ordered)]
    size = ordered[0].size
    wide, narrow = max(gaps, default=0.0), min(gaps, default=0.0)
    limit = min((wide + narrow) / 2.0, WRAPPED * size) if wide - narrow > 0.25 * size else 0.0
    groups = [[ordered[0]]]
    for line, gap in zip(ordered[1:], gaps, strict=True):
        whole = len(line.cells) == columns and any(len(one.cells) == columns for one in groups[-1])
        if gap > limit or whole:
            groups.append([line])
        else:
            groups[-1].append(line)
    return groups


def _columns(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """(from, to) of each column: what cells cover; where a wide cell joins two columns, those of the fullest lines."""
    spans = _covered([cell for line in lines for cell in line.cells])
    most = max(len(line.cells) for line in lines)
    if len(spans) >= most:
        return spans
    return _covered([cell for line in lines if len(line.cells) == most for cell in line.cells])


def _covered(cells: Sequence[tuple[float, float, str]]) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for x0, x1, _ in sorted(cells):
        if found and x0 <= found[-1][1] + 1.0:
            found[-1] = (found[-1][0], max(found[-1][1], x1))
        else:
            found.append((x0, x1))
    return found


# --- the whole --------------------------------------------------------------------------------------------------------


def _front(lines: Sequence[Line], size: float, metadata: dict[str, str]) -> tuple[str, str]:
    """(title, authors) of the first page: the largest letters, and what follows them; else what the file says."""
    head = [line for line in lines[:40] if len(line.text) > 3]
    largest = max((line.size for line in head), default=0.0)
    if largest <= HEADING_SIZE * size:
        return _own(metadata.get("Title", "")), _own(metadata.get("Author", ""))
    places = [place for place, line in enumerate(head) if line.size > largest - 0.3][:4]
    title = joined_text([head[place].text for place in places])
    after = head[places[-1] + 1].text if places[-1] + 1 < len(head) else ""
    person = r"[A-Z][\w.'’-]*(?:\s+[A-Z][\w.'’-]*)+[⁰-⁹¹²³*,†\s]*"
    authors = after if re.fullmatch(rf"{person}(?:(?:,|\band\b|;|&)\s*{person})*", after) else ""
    return title, re.sub(r"[⁰-⁹¹²³*†]", "", authors) or _own(metadata.get("Author", ""))


def _of_front(node: Node, title: str, authors: str) -> bool:
    """Whether a node is a line of the title, or the authors."""
    return (
        node.page == 1
        and node.kind in ("section", "paragraph")
        and bool(title)
        and (node.text in title or (bool(authors) and re.sub(r"[⁰-⁹¹²³*†]", "", node.text) == authors))
    )


def _own(text: str) -> str:
    """What a file says of itself, unless a program wrote it."""
    return "" if text.lower() in ("untitled", "(anonymous)", "anonymous", "unknown", "none") else text


def _joined(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Paragraphs that go on in the next column or on the next page are one, captions and tables between them aside."""
    found: list[_Piece] = []
    for piece in pieces:
        before = next(
            (k for k in range(len(found) - 1, -1, -1) if found[k].node.kind not in ("caption", "table")), None
        )
        if (
            before is not None
            and piece.node.kind == "paragraph"
            and found[before].node.kind in ("paragraph", "reference")
        ):
            last = found[before].node
            moved = last.page != piece.node.page or (last.box and piece.node.box and piece.node.box[0] > last.box[2])
            if moved and not re.search(r"[.:?!]$", last.text) and re.match(r"[a-z0-9(±×]", piece.node.text):
                found[before] = _Piece(last._replace(text=joined_text([last.text, piece.node.text])))
                continue
        found.append(piece)
    return found


def _nested(pieces: Sequence[_Piece], title: str) -> tuple[Node, ...]:
    """Pieces under their sections."""
    stack: list[tuple[int, Node, list[Node]]] = [(0, Node("document", ""), [])]

    def close(depth: int) -> None:
        while len(stack) > 1 and stack[-1][0] >= depth:
            _, node, children = stack.pop()
            stack[-1][2].append(node._replace(children=tuple(children)))

    if title:
        stack[0][2].append(Node("title", title, 1))
    for piece in pieces:
        if piece.depth:
            if piece.node.text and title and piece.node.text in title and piece.node.page == 1:
                continue
            close(piece.depth)
            stack.append((piece.depth, piece.node, []))
        else:
            stack[-1][2].append(piece.node)
    close(1)
    return tuple(stack[0][2])
