"""The backend for servers that speak Bolt: Neo4j by its official driver."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from adatom.cloud.knowledge.graph.backend import Limits, Rows, allowed
from adatom.cloud.knowledge.graph.schema import NODES
from adatom.protocol.errors import FailedError, InputError

CONNECT_S = 5.0  # a server on the same network answers in milliseconds
# Neo4j's wording; where a server does not know it (FalkorDB), the plain index that Neo4j knew before
CONSTRAINT = "CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{label}) REQUIRE n.key IS UNIQUE"
INDEX = "CREATE INDEX FOR (n:{label}) ON (n.key)"


class Bolt:
    """One server. `password` goes to the driver alone and is in no message."""

    def __init__(self, uri: str, user: str, password: str, database: str | None, write: bool, limits: Limits) -> None:
        import neo4j

        self._write, self._limits, self._database, self._uri = write, limits, database, uri
        with self._blamed():
            self._driver = neo4j.GraphDatabase.driver(
                uri, auth=(user, password), connection_timeout=CONNECT_S, connection_acquisition_timeout=CONNECT_S,
                max_transaction_retry_time=0.0,
            )  # fmt: skip

    def run(self, cypher: str, parameters: Mapping[str, Any] | None = None) -> Rows:
        """The rows; see backend.Graph. The server keeps the limit of time."""
        import neo4j

        allowed(cypher, self._write)
        mode = neo4j.WRITE_ACCESS if self._write else neo4j.READ_ACCESS
        with self._blamed(), self._driver.session(database=self._database, default_access_mode=mode) as session:
            # the statement is the user's own and values are parameters: the driver's type wants a literal
            query = neo4j.Query(cypher, timeout=self._limits.seconds)
            found = session.run(query, dict(parameters or {}))
            rows = [[_plain(cell) for cell in record.values()] for record in found.fetch(self._limits.rows + 1)]
            columns = list(found.keys())
            found.consume()
        return Rows(columns, rows[: self._limits.rows], len(rows) > self._limits.rows)

    def create(self) -> None:
        """Make sure that keys are unique, or at least quick to find."""
        for label in NODES:
            try:
                self.run(CONSTRAINT.format(name=f"{label.lower()}_key", label=label))
            except InputError:
                with contextlib.suppress(InputError):  # it is there already
                    self.run(INDEX.format(label=label))

    def close(self) -> None:
        """Close the connections."""
        self._driver.close()

    @contextlib.contextmanager
    def _blamed(self) -> Iterator[None]:
        """The driver's exceptions in words."""
        import neo4j.exceptions as of

        try:
            yield
        except of.AuthError as error:
            raise InputError(self._uri, "user or password is wrong (ADATOM_NEO4J_USER, _PASSWORD(_FILE))") from error
        except (of.ServiceUnavailable, of.SessionExpired) as error:
            raise FailedError(f"{self._uri}: {error}; does a server listen there? (bolt:// asks no routing)") from error
        except (of.ConfigurationError, ValueError, OSError) as error:
            raise InputError(self._uri, str(error)) from error
        except of.Neo4jError as error:
            raise InputError("query", error.message or "refused by the server without a reason") from error
        except of.DriverError as error:
            raise FailedError(f"{self._uri}: {error}") from error


def _plain(cell: Any) -> Any:
    """Nodes and edges by their own fields, with `label`; paths as their nodes and edges."""
    from neo4j.graph import Node, Path, Relationship

    if isinstance(cell, Node):
        return {"label": next(iter(cell.labels), ""), **dict(cell)}
    if isinstance(cell, Relationship):
        return {"label": cell.type, **dict(cell)}
    if isinstance(cell, Path):
        return [_plain(part) for part in (*cell.nodes, *cell.relationships)]
    if isinstance(cell, list):
        return [_plain(one) for one in cell]
    return {name: _plain(one) for name, one in cell.items()} if isinstance(cell, dict) else cell
