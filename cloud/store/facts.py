"""What is published of materials: facts in long form, recipes of synthesis, and how far each file has been read."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .database import Database, Values
from .jsontext import clean

REFUSED_KEPT = 200  # rows of an import that are kept with the reason; knowledge_import.refused counts all
JOINER = "|"  # of lists on their way in: the database guesses the type of a column of lists, and guesses wrong
TEXTS = f"CASE WHEN {{0}} = '' THEN [] ELSE string_split({{0}}, '{JOINER}') END"
LISTS = {name: TEXTS.format(name) for name in ("dois", "targets", "precursors", "operations")} | {
    "derived_from": f"({TEXTS.format('derived_from')})::BIGINT[]",
}


class Facts(Database):
    """The knowledge side of the store."""

    # --- imports -------------------------------------------------------------------------------------------------
    def begin_import(self, import_id: str, file: str, sha256: str, reading: str, utc_s: float) -> dict[str, Any]:
        """The row of an import, made when it is new: a load goes on after its rows_done, unless state is complete."""
        self.rows(
            "INSERT OR IGNORE INTO knowledge_import VALUES (?, ?, ?, ?, 0, 0, 0, 'running', ?, NULL)",
            [import_id, clean(file), sha256, clean(reading), utc_s],
        )
        return self.dicts("SELECT * FROM knowledge_import WHERE import = ?", [import_id])[0]

    def advance_import(self, import_id: str, rows_done: int, facts: int, refused: Sequence[tuple[int, str]]) -> None:
        """So many rows are in, with so many more new facts; `refused` are (line, why) of rows not understood.

        Call it in the transaction that puts the facts.
        """
        row = self.row("SELECT refused FROM knowledge_import WHERE import = ?", [import_id])
        kept = refused[: max(0, REFUSED_KEPT - (int(row[0]) if row else 0))]
        self.insert(
            "refused_row",
            {"import": [import_id] * len(kept), "line": [line for line, _ in kept],
             "why": [clean(why) for _, why in kept]},
            "OR IGNORE",
        )  # fmt: skip
        self.rows(
            "UPDATE knowledge_import SET rows_done = ?, facts = facts + ?, refused = refused + ? WHERE import = ?",
            [rows_done, facts, len(refused), import_id],
        )

    def end_import(self, import_id: str, utc_s: float) -> None:
        """All of a file is in."""
        self.rows(
            "UPDATE knowledge_import SET state = 'complete', ended_utc_s = ? WHERE import = ?", [utc_s, import_id]
        )

    def knowledge_imports(self) -> list[dict[str, Any]]:
        """Every import in the order in which they began."""
        return self.dicts("SELECT * FROM knowledge_import ORDER BY started_utc_s, file")

    def refused_rows(self, import_id: str) -> list[tuple[int, str]]:
        """(line, why) of the first rows of an import that were not understood."""
        found = self.rows("SELECT line, why FROM refused_row WHERE import = ? ORDER BY line", [import_id])
        return [(int(line), why) for line, why in found]

    # --- facts ---------------------------------------------------------------------------------------------------
    def put_facts(self, columns: Mapping[str, Values]) -> int:
        """How many of the facts were new. Columns are those of table fact, of one length; one known stays as it is.

        `dois` and `derived_from` are texts, their parts joined by `|`. Texts are never None.
        """
        return self.insert("fact", columns, "OR IGNORE", _lists(columns))

    def put_compositions(
        self, keys: Sequence[str], formulas: Sequence[str], fractions: Sequence[Mapping[str, float]]
    ) -> int:
        """How many of the compositions were new. `fractions` are of all atoms, elements in alphabetical order."""
        return self.insert(
            "composition",
            {"composition": list(keys), "formula": list(formulas),
             "chemical_system": ["-".join(one) for one in fractions],
             "elements": [JOINER.join(one) for one in fractions],
             "fractions": [JOINER.join(map(repr, one.values())) for one in fractions]},
            "OR IGNORE",
            {name: f"({TEXTS.format(name)}){kind}" for name, kind in (("elements", ""), ("fractions", "::DOUBLE[]"))},
        )  # fmt: skip

    def put_flags(self, facts: Values, flags: Values, why: Values) -> int:
        """How many of the flags are new; each (fact, flag) stands once, with the first reason."""
        return self.insert("fact_flag", {"fact": facts, "flag": flags, "why": why}, "OR IGNORE")

    def put_properties(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace the table of properties: property, unit, scale, lowest, highest, meaning."""
        names = ("property", "unit", "scale", "lowest", "highest", "meaning")
        with self.transaction():
            self.rows("DELETE FROM property")
            self.insert("property", {name: [row[name] for row in rows] for name in names})

    def put_syntheses(self, columns: Mapping[str, Values], made: Sequence[tuple[int, str]]) -> int:
        """How many of the recipes were new; columns as of put_facts. `made`: (synthesis, composition) of targets."""
        with self.transaction():
            new = self.insert("synthesis", columns, "OR IGNORE", _lists(columns))
            ids, compositions = [one for one, _ in made], [composition for _, composition in made]
            self.insert("synthesis_target", {"synthesis": ids, "composition": compositions}, "OR IGNORE")
        return new

    def put_consistency(self, columns: Mapping[str, Values]) -> None:
        """Keep probabilities of consistency, columns of the table of that name; a later one replaces the earlier."""
        self.insert("consistency", columns, "OR REPLACE")

    # --- scales ---------------------------------------------------------------------------------------------------
    def put_normalisation(self, rows: Sequence[Mapping[str, Any]], utc_s: float) -> int:
        """The number of a new version of all scales: property, scale, low, high, n."""
        with self.transaction():
            version = int(self.rows("SELECT coalesce(max(version), 0) + 1 FROM normalisation")[0][0])
            names = ("property", "scale", "low", "high", "n")
            columns: dict[str, Any] = {name: [row[name] for row in rows] for name in names}
            same = {"version": [version] * len(rows), "made_utc_s": [utc_s] * len(rows)}
            self.insert("normalisation", columns | same)
        return version

    def normalisation(self, version: int | None = None) -> list[dict[str, Any]]:
        """The scales of a version, of the newest by default."""
        return self.dicts(
            """SELECT * FROM normalisation
            WHERE version = coalesce(?, (SELECT max(version) FROM normalisation)) ORDER BY property""",
            [version],
        )

    def compositions(self, elements: Sequence[str] = ()) -> list[tuple[str, str, dict[str, float]]]:
        """(composition, formula, shares of all atoms) of every composition that holds all the elements."""
        found = self.rows(
            """SELECT composition, formula, elements, fractions FROM composition
            WHERE list_has_all(elements, ?::VARCHAR[]) ORDER BY composition""",
            [list(elements)],
        )
        return [(key, formula, dict(zip(names, shares, strict=True))) for key, formula, names, shares in found]

    # --- reads ---------------------------------------------------------------------------------------------------
    def fact_count(self) -> int:
        """How many facts are known."""
        return int(self.rows("SELECT count(*) FROM fact")[0][0])

    def facts_of(self, composition: str) -> list[dict[str, Any]]:
        """Every fact of a composition with its flags, by property and value."""
        return self.dicts(
            "SELECT * FROM flagged_fact WHERE composition = ? ORDER BY property, temperature_c, value, fact",
            [composition],
        )

    def consensus_of(self, composition: str) -> list[dict[str, Any]]:
        """The consensus rows of a composition, by property and temperature."""
        return self.dicts("SELECT * FROM consensus WHERE composition = ? ORDER BY property, near_c", [composition])

    def consistency_of(self, composition: str) -> dict[str, Any] | None:
        """The kept probability that what is told of a composition belongs together, with its reason; None: not kept."""
        found = self.dicts("SELECT * FROM consistency WHERE composition = ?", [composition])
        return found[0] if found else None

    def all_consensus(self) -> dict[str, NDArray[Any]]:
        """Columns of every consensus; near_c is NaN where no temperature is told."""
        return self.columns("SELECT composition, property, near_c, value, lowest, highest FROM consensus ORDER BY ALL")

    def syntheses_of(self, composition: str) -> list[dict[str, Any]]:
        """Recipes that make a composition."""
        return self.dicts(
            """SELECT * FROM synthesis WHERE composition = ?1 OR synthesis IN
            (SELECT synthesis FROM synthesis_target WHERE composition = ?1) ORDER BY source, line""",
            [composition],
        )

    def search_facts(
        self,
        elements: Sequence[str] = (),
        without: Sequence[str] = (),
        ranges: Sequence[tuple[str, float | None, float | None]] = (),
        limit: int = 20,
    ) -> list[dict[str, Any]]:
        """Compositions with all the elements and none of `without`, by the consensus of properties within ranges.

        One row a composition: composition, formula, and the value of each property of `ranges` (name, lowest, highest;
        None: open), at room temperature where one is told. Sorted by the first property, else by name.
        """
        names = [name for name, _, _ in ranges]
        joins = " ".join(f"JOIN said s{place} ON s{place}.composition = c.composition AND s{place}.property = ?"
                         for place in range(len(ranges)))  # fmt: skip
        picked = "".join(f", s{place}.value AS value{place}" for place in range(len(ranges)))
        within = " ".join(f"AND s{place}.value BETWEEN coalesce(?, '-inf'::DOUBLE) AND coalesce(?, 'inf'::DOUBLE)"
                          for place in range(len(ranges)))  # fmt: skip
        found = self.rows(
            f"""WITH said AS (SELECT composition, property, value FROM consensus
                WHERE list_contains(?, property) AND coalesce(near_c, 25) = 25)
            SELECT c.composition, c.formula{picked} FROM composition c {joins}
            WHERE list_has_all(c.elements, ?::VARCHAR[]) AND NOT list_has_any(c.elements, ?::VARCHAR[]) {within}
            ORDER BY {"value0, " if ranges else ""}c.composition LIMIT ?""",  # noqa: S608 - places are numbers
            [names, *names, list(elements), list(without), *(end for _, *ends in ranges for end in ends), limit],
        )
        return [{"composition": row[0], "formula": row[1], **dict(zip(names, row[2:], strict=True))} for row in found]

    def knowledge_summary(self) -> dict[str, Any]:
        """What is known in all: facts, compositions, recipes, flags, and facts by property and by source."""
        one = "SELECT (SELECT count(*) FROM fact), (SELECT count(*) FROM composition), (SELECT count(*) FROM synthesis)"
        facts, compositions, recipes = self.rows(one)[0]
        return {
            "facts": facts,
            "compositions": compositions,
            "recipes": recipes,
            "flags": dict(self.rows("SELECT flag, count(*) FROM fact_flag GROUP BY flag ORDER BY flag")),
            "properties": self.dicts(
                """SELECT property, any_value(unit) AS unit, count(*) AS facts,
                    count(DISTINCT composition) AS materials, min(value) AS lowest, median(value) AS middle,
                    max(value) AS highest, count(doubted.fact) AS flagged
                FROM fact JOIN property USING (property) LEFT JOIN (SELECT DISTINCT fact FROM fact_flag
                    WHERE flag IN ('impossible', 'unit', 'outlier')) doubted USING (fact)
                GROUP BY property ORDER BY property"""
            ),
            "sources": dict(self.rows("SELECT source, count(*) FROM fact GROUP BY source ORDER BY source")),
        }

    def property_values(self, name: str) -> NDArray[np.float64]:
        """(n,) every value of a property in its unit that no flag calls impossible or of a suspect unit."""
        found = self.columns(
            """SELECT value FROM fact WHERE property = ? AND fact NOT IN
            (SELECT fact FROM fact_flag WHERE flag IN ('impossible', 'unit')) ORDER BY value""",
            [name],
        )
        values: NDArray[np.float64] = found["value"].astype(float)
        return values


def _lists(columns: Mapping[str, Values]) -> dict[str, str]:
    """The expressions that split the columns which are lists."""
    return {name: expression for name, expression in LISTS.items() if name in columns}
