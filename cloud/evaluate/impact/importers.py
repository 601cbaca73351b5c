"""Dated citation graphs of others: works as OpenAlex gives them, patents as PATSTAT's tables have them.

OpenAlex: JSON lines, or the API's page {"results": [...]}; read are `id`, `publication_year`, `referenced_works`,
`title` or `display_name`, `abstract_inverted_index`, `topics`, `keywords` and `concepts` (docs.openalex.org, the Work
object). PATSTAT: a folder with tls201_appln, tls202_appln_title, tls211_pat_publn and tls212_citation as .csv or
.csv.gz (EPO, PATSTAT Global data catalogue). Only citations between works of the file count: a work outside has no
year. Text in, arrays out; whatever is no such file is an InputError with its line.
"""

import csv
import gzip
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from adatom.protocol.errors import InputError

from .families import members
from .graph import Citations

MAX_WORKS = 2_000_000
MAX_LINE = 5_000_000  # characters; a work with ten thousand references has some 400 000
MAX_TEXT = 20_000  # characters of a work that are looked at
YEARS = (1500, 2200)
UNKNOWN_YEAR = "9999"  # PATSTAT's word for it
COLUMNS = {
    "tls201_appln": ("appln_id", "appln_filing_year"),
    "tls202_appln_title": ("appln_id", "appln_title"),
    "tls211_pat_publn": ("pat_publn_id", "appln_id"),
    "tls212_citation": ("pat_publn_id", "cited_pat_publn_id"),
}
PATSTAT = tuple(COLUMNS)


def read_openalex(path: Path, families: Mapping[str, Sequence[str]]) -> Citations:
    """The works of an OpenAlex file (.json, .jsonl, .gz of them). A work named twice counts once, the later one."""
    year: dict[str, int] = {}
    text: dict[str, str] = {}
    refers: dict[str, list[str]] = {}
    for where, record in _records(path):
        key = _text(record, "id", where)
        year[key] = _year(record.get("publication_year"), where)
        refers[key] = [ref for ref in record.get("referenced_works") or [] if isinstance(ref, str)]
        text[key] = _words_of(record)
        if len(year) > MAX_WORKS:
            raise InputError(str(path), f"more than {MAX_WORKS} works")
    pairs = [(key, other) for key, others in refers.items() for other in dict.fromkeys(others)]
    return _graph(str(path), year, text, pairs, families)


def read_patstat(folder: Path, families: Mapping[str, Sequence[str]]) -> Citations:
    """The applications of a folder of PATSTAT's tables, by year of filing; citations between their publications."""
    applied, titled, published, cites = (_table(folder, name) for name in PATSTAT)
    dated = [(where, row) for where, row in applied if row["appln_filing_year"] != UNKNOWN_YEAR]
    year = {row["appln_id"]: _year(row["appln_filing_year"], where) for where, row in dated}
    title = {row["appln_id"]: row["appln_title"][:MAX_TEXT] for _, row in titled}
    of = {row["pat_publn_id"]: row["appln_id"] for _, row in published}
    pairs = {(of.get(row["pat_publn_id"], ""), of.get(row["cited_pat_publn_id"], "")): None for _, row in cites}
    return _graph(str(folder), year, title, list(pairs), families)


def _graph(
    where: str,
    year: Mapping[str, int],
    text: Mapping[str, str],
    pairs: Sequence[tuple[str, str]],
    families: Mapping[str, Sequence[str]],
) -> Citations:
    ids = tuple(year)
    if not ids:
        raise InputError(where, "has no works")
    place = {key: k for k, key in enumerate(ids)}
    inside = [(place[a], place[b]) for a, b in pairs if a in place and b in place and a != b]
    ends = np.array(inside, dtype=np.int64).reshape(-1, 2)
    member = members([text.get(key, "") for key in ids], families)
    return Citations(ids, np.array([year[key] for key in ids]), tuple(families), member, ends[:, 0], ends[:, 1])


def _records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(where, record) of each work: one a line, or the list under "results" of one JSON value."""
    try:
        with _open(path) as stream:
            for number, line in enumerate(_lines(stream, path), 1):
                where = f"{path}, line {number}"
                value = _json(line, where)
                listed = value.get("results") if isinstance(value, dict) else value
                for record in listed if isinstance(listed, list) else [value]:
                    if not isinstance(record, dict):
                        raise InputError(where, "is no work: an object with id and publication_year is needed")
                    yield where, record
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError(str(path), f"cannot be read: {error}") from error


def _lines(stream: TextIO, path: Path) -> Iterator[str]:
    """Lines that hold JSON; a file that is one indented value comes as one."""
    first = stream.readline(MAX_LINE)
    if first.strip() in ("{", "["):
        whole = first + stream.read(100 * MAX_LINE)
        yield whole
        return
    for line in (first, *iter(lambda: stream.readline(MAX_LINE), "")):
        if len(line) >= MAX_LINE:
            raise InputError(str(path), f"a line is longer than {MAX_LINE} characters")
        if line.strip():
            yield line


def _json(line: str, where: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(where, f"is no JSON: {error}") from error


def _table(folder: Path, name: str) -> list[tuple[str, dict[str, str]]]:
    """(where, row) of one of PATSTAT's tables. InputError where it is missing or lacks a column."""
    found = [path for ending in (".csv", ".csv.gz") if (path := folder / (name + ending)).is_file()]
    if not found:
        raise InputError(str(folder), f"{name}.csv is missing; needed are {', '.join(PATSTAT)}")
    try:
        with _open(found[0]) as stream:
            reader = csv.DictReader(stream, strict=True)
            lacking = [column for column in COLUMNS[name] if column not in (reader.fieldnames or ())]
            if lacking:
                raise InputError(str(found[0]), f"has no column {', '.join(lacking)}")
            return [(f"{found[0]}, line {reader.line_num}", {c: row[c] or "" for c in COLUMNS[name]}) for row in reader]
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise InputError(str(found[0]), f"cannot be read: {error}") from error


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _text(record: Mapping[str, Any], key: str, where: str) -> str:
    value = record.get(key)
    if not isinstance(value, str) or not value:
        raise InputError(where, f"{key}: {value!r:.60} is no text")
    return value


def _year(value: Any, where: str) -> int:
    try:
        year = int(value)
    except (TypeError, ValueError):
        year = -1
    if not YEARS[0] <= year <= YEARS[1]:
        raise InputError(where, f"year {value!r:.40}: must be {YEARS[0]} to {YEARS[1]}")
    return year


def _words_of(record: Mapping[str, Any]) -> str:
    """Title, words of the abstract and names of topics, as one text."""
    abstract = record.get("abstract_inverted_index")
    parts = [str(record.get("title") or record.get("display_name") or "")]
    parts.append(_abstract(abstract) if isinstance(abstract, dict) else "")
    for key in ("topics", "keywords", "concepts"):
        listed = record.get(key)
        parts += [str(item.get("display_name") or "") for item in (listed if isinstance(listed, list) else ())
                  if isinstance(item, dict)]  # fmt: skip
    return " ".join(parts)[:MAX_TEXT]


def _abstract(index: Mapping[Any, Any]) -> str:
    """The abstract in its order, from OpenAlex's word -> places."""
    places = [(place, str(word)) for word, listed in index.items() if isinstance(listed, list) for place in listed
              if isinstance(place, int)]  # fmt: skip
    return " ".join(word for _, word in sorted(places)[:MAX_TEXT])
