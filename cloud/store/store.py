"""The store: one DuckDB file with everything that was measured, decided and known.

The only package that imports duckdb. Plain and synchronous; it belongs to one thread (thread.py).
"""

from types import TracebackType

from .attachments import Attachments
from .claims import ClaimsRead
from .commands import Commands
from .fact_checks import FactChecks
from .fetches import Fetches
from .graph_reads import GraphReads
from .judgement import Judgement
from .known import Known
from .reads import Reads
from .scoring import Scoring
from .trials import Trials


class Store(
    Attachments, Reads, Trials, Commands, Known, FactChecks, ClaimsRead, Fetches, GraphReads, Scoring, Judgement
):
    """One database file. Use it as a context manager, or close it."""

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
