"""The knowledge as nodes and edges: one SELECT each, read as columns, in batches, or written as Parquet.

`graph_choose` comes first: it makes the temporary tables of the chosen part that every SELECT reads. Keys of nodes are
texts; an edge's columns begin with `from` and `to`.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from .facts import Facts

BATCH_ROWS = 10_000
NODES = {
    "Material": "SELECT composition AS key, formula, chemical_system, len(elements) AS elements FROM graph_material",
    "Element": "SELECT DISTINCT unnest(elements) AS key FROM graph_material",
    "Property": "SELECT property AS key, unit, scale, meaning FROM property",
    "Family": """SELECT DISTINCT family AS key, 'structure' AS kind FROM graph_family
        UNION ALL SELECT DISTINCT chemical_system, 'chemical system' FROM graph_material""",
    "Process": """SELECT format('{:016x}', synthesis) AS key, target, method, highest_c, highest_h, atmosphere,
        reaction, source, dataset, line, confidence FROM graph_process""",
    "Operation": "SELECT DISTINCT unnest(operations) AS key FROM graph_process",
    "Document": """SELECT DISTINCT doi AS key FROM (
        SELECT unnest(dois) AS doi FROM fact JOIN graph_material USING (composition)
        UNION ALL SELECT unnest(dois) FROM graph_process)""",
}
EDGES = {
    "HAS": """SELECT f.composition AS "from", f.property AS "to", format('{:016x}', f.fact) AS fact, f.value, p.unit,
        f.low, f.high, f.comparison, f.temperature_c, f.method, f.phase, f.source, f.dataset, f.source_id, f.line,
        f.page, array_to_string(f.dois, ' ') AS doi, f.confidence, array_to_string(f.flags, ' ') AS flags, f.licence
        FROM flagged_fact f JOIN graph_material USING (composition) JOIN property p USING (property)""",
    "CONTAINS": """SELECT composition AS "from", unnest(elements) AS "to", unnest(fractions) AS fraction
        FROM graph_material""",
    "MEMBER_OF": """SELECT composition AS "from", chemical_system AS "to" FROM graph_material
        UNION ALL SELECT composition, family FROM graph_family""",
    "MAKES": """SELECT DISTINCT format('{:016x}', synthesis) AS "from", composition AS "to" FROM (
        SELECT synthesis, composition FROM graph_process
        UNION ALL SELECT t.synthesis, t.composition FROM synthesis_target t JOIN graph_process USING (synthesis))
        JOIN graph_material USING (composition)""",
    "USES": """SELECT DISTINCT format('{:016x}', synthesis) AS "from", graph_precursor.composition AS "to"
        FROM (SELECT synthesis, unnest(precursors) AS said FROM graph_process) JOIN graph_precursor USING (said)
        JOIN graph_material ON graph_material.composition = graph_precursor.composition""",
    "STEP": """SELECT format('{:016x}', synthesis) AS "from", operation AS "to", count(*) AS times
        FROM (SELECT synthesis, unnest(operations) AS operation FROM graph_process) GROUP BY ALL""",
    "TELLS": """SELECT DISTINCT unnest(dois) AS "from", format('{:016x}', synthesis) AS "to" FROM graph_process""",
    "REPORTS": """SELECT doi AS "from", composition AS "to", count(*) AS facts FROM (
        SELECT unnest(dois) AS doi, composition FROM fact JOIN graph_material USING (composition)) GROUP BY ALL""",
}
CHOSEN = (
    """CREATE OR REPLACE TEMP TABLE graph_material AS SELECT * FROM composition
    WHERE list_has_all(elements, $1::VARCHAR[])""",
    """CREATE OR REPLACE TEMP TABLE graph_process AS SELECT * FROM synthesis WHERE synthesis IN (
        SELECT synthesis FROM synthesis JOIN graph_material USING (composition)
        UNION ALL SELECT synthesis FROM synthesis_target JOIN graph_material USING (composition))""",
    # a phase is "space group, family", or one of them: a family has a word of four small letters, a space group not
    """CREATE OR REPLACE TEMP TABLE graph_family AS SELECT DISTINCT composition, lower(trim(part)) AS family FROM (
        SELECT composition, unnest(string_split(phase, ', ')) AS part FROM fact JOIN graph_material USING (composition)
        WHERE phase <> '' AND method <> 'structure')
    WHERE regexp_matches(part, '[a-z]{4}')""",
)
LINKS = " UNION ALL ".join(
    f"SELECT a.id AS a, b.id AS b, '{kind}' AS kind FROM (SELECT DISTINCT \"from\", \"to\" FROM ({EDGES[kind]})) e "  # noqa: S608
    f"JOIN graph_node a ON a.label = '{start}' AND a.key = e.\"from\" "
    f"JOIN graph_node b ON b.label = '{end}' AND b.key = e.\"to\""
    for kind, (start, end) in {
        "HAS": ("Material", "Property"), "CONTAINS": ("Material", "Element"), "MEMBER_OF": ("Material", "Family"),
        "MAKES": ("Process", "Material"), "USES": ("Process", "Material"), "STEP": ("Process", "Operation"),
        "TELLS": ("Document", "Process"), "REPORTS": ("Document", "Material"),
    }.items()
)  # fmt: skip
NUMBERED = " UNION ALL ".join(
    f"SELECT '{label}' AS label, key, {'formula' if label == 'Material' else 'key'} AS name FROM ({sql})"  # noqa: S608
    for label, sql in NODES.items()
)
NUMBERED = f"""CREATE OR REPLACE TEMP TABLE graph_node AS
    SELECT row_number() OVER () - 1 AS id, label, key, name FROM ({NUMBERED})"""  # noqa: S608


class GraphReads(Facts):
    """What a graph is made of."""

    def graph_precursors(self) -> list[str]:
        """Every precursor as recipes write it."""
        found = self.rows("SELECT DISTINCT unnest(precursors) AS said FROM synthesis ORDER BY said")
        return [said for (said,) in found]

    def graph_choose(self, precursors: Mapping[str, str], elements: Sequence[str] = ()) -> None:
        """Choose the materials that hold all elements, and what belongs to them. precursors: as written -> composition.

        Works in a read-only database too: the tables are temporary.
        """
        self.rows("SET enable_progress_bar = false")  # DuckDB's own would stand among the JSON
        self.rows("CREATE OR REPLACE TEMP TABLE graph_precursor (said VARCHAR, composition VARCHAR)")
        self.insert("graph_precursor", {"said": list(precursors), "composition": list(precursors.values())})
        self.rows(CHOSEN[0], [list(elements)])
        for statement in CHOSEN[1:]:
            self.rows(statement)

    def graph_count(self, table: str) -> int:
        """How many rows a label of nodes or a kind of edges has."""
        return int(self.rows(f"SELECT count(*) FROM ({_sql(table)})")[0][0])  # noqa: S608 - a constant of this file

    def graph_batches(self, table: str, rows: int = BATCH_ROWS) -> Iterator[list[dict[str, Any]]]:
        """The rows of a label or kind, so many at a time. No other statement may run before the last batch."""
        with self._blamed():
            found = self._connection.execute(_sql(table))
            names = [column[0] for column in found.description or ()]
            while batch := found.fetchmany(rows):
                yield [dict(zip(names, row, strict=True)) for row in batch]

    def graph_parquet(self, table: str, path: Path) -> None:
        """Write a label or kind as a Parquet file."""
        quoted = str(path).replace("'", "''")
        self.rows(f"COPY ({_sql(table)}) TO '{quoted}' (FORMAT parquet)")

    def graph_arrays(self) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
        """(nodes: label, key, name in the order of their numbers; links: a, b, kind, a pair once a kind)."""
        self.rows(NUMBERED)
        return self.columns("SELECT label, key, name FROM graph_node ORDER BY id"), self.columns(LINKS)


def _sql(table: str) -> str:
    return NODES[table] if table in NODES else EDGES[table]
