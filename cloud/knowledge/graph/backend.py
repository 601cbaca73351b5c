"""The one interface to graph databases: run(cypher, parameters) -> rows, with limits. And where a graph is kept."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from adatom.cloud.knowledge.graph.reading import check_reading
from adatom.protocol.errors import InputError

SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
SECONDS, ROWS = 30.0, 1000  # (K) what a person waits for and reads


class Limits(NamedTuple):
    """Of one statement."""

    seconds: float = SECONDS
    rows: int = ROWS


class Rows(NamedTuple):
    """What a statement gave; `more`: there were more rows than the limit. Nodes and edges are dicts of their fields."""

    columns: list[str]
    rows: list[list[Any]]
    more: bool


class Graph(Protocol):
    """A graph database that is open."""

    def run(self, cypher: str, parameters: Mapping[str, Any] | None = None) -> Rows:
        """The rows. InputError: the statement is wrong or not allowed; FailedError: too slow, connection lost."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


def remote(where: str) -> bool:
    """Whether a place is the address of a server."""
    return "://" in where


def open_graph(where: str, *, write: bool = False, limits: Limits = Limits()) -> Graph:  # noqa: B008 - a tuple
    """A graph by its file, or by neo4j://host:port. Only `write` allows statements that are not plain reading."""
    if not remote(where):
        from adatom.cloud.knowledge.graph.ladybug import Ladybug

        return Ladybug(Path(where), write, limits)
    from adatom.cloud.knowledge.graph.bolt import Bolt

    address = urlsplit(where)
    if address.username is not None or address.password is not None:
        raise InputError("--graph", "holds a user or password: give them by ADATOM_NEO4J_USER and _PASSWORD(_FILE)")
    if address.scheme not in SCHEMES:
        raise InputError("--graph", f"{address.scheme}://: must be a file, or one of {', '.join(SCHEMES)}://")
    user, password = os.environ.get("ADATOM_NEO4J_USER", "neo4j"), _password()
    return Bolt(where, user, password, os.environ.get("ADATOM_NEO4J_DATABASE"), write, limits)


def allowed(cypher: str, write: bool) -> None:
    """Raises InputError for a statement that may not run."""
    if not write:
        check_reading(cypher)


def _password() -> str:
    file = os.environ.get("ADATOM_NEO4J_PASSWORD_FILE")
    if file is None:
        return os.environ.get("ADATOM_NEO4J_PASSWORD", "")
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("ADATOM_NEO4J_PASSWORD_FILE", f"cannot be read: {type(error).__name__}") from error
