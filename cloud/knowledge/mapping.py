"""What the columns of a table mean: from rows of texts to facts as their source says them.

A table is long (a column names the property of each row) or wide (a column a property). Nothing is understood here yet.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from adatom.cloud.knowledge.properties import BY_NAME
from adatom.cloud.knowledge.said import Said
from adatom.cloud.knowledge.tables import Rows
from adatom.protocol.errors import InputError

CURATED, COLLECTED = 0.99, 0.95  # (K) chance that a row says what its source says: a database, a table made by hand


@dataclass(frozen=True)
class Column:
    """A column of values; an empty property: the table's property column tells it, an empty unit likewise."""

    name: str
    property: str = ""
    unit: str = ""
    temperature_c: float | None = None  # at which the values hold, where no column tells


@dataclass(frozen=True)
class Mapping:
    """Names of columns ("" for none), and what holds for all rows."""

    formula: str
    values: tuple[Column, ...]
    shown: str = ""  # the formula as people write it, where `formula` is for machines
    property: str = ""
    unit: str = ""
    temperature: str = ""
    kelvin: bool = False  # of the temperature column
    dois: str = ""
    source_id: str = ""
    phase: tuple[str, ...] = ()
    source: str = ""  # column; or else source_name
    dataset: str = ""
    method: str = ""
    source_name: str = ""
    dataset_name: str = ""
    method_name: str = "measured"
    licence: str = "as of the source"
    licences: tuple[tuple[str, str], ...] = ()  # (source, licence) where a table has several sources
    confidence: float = COLLECTED

    def as_text(self) -> str:
        """The mapping as JSON: part of an import's identity."""
        return json.dumps({name: value for name, value in asdict(self).items() if value}, sort_keys=True)

    def named(self, file: str) -> "Mapping":
        """With the file's name where no source is told."""
        return replace(self, source_name=self.source_name or file, dataset_name=self.dataset_name or file)

    def check(self, header: Sequence[str], where: str) -> None:
        """InputError for a column that the table has not."""
        wanted = [self.formula, self.shown, self.property, self.unit, self.temperature, self.dois, self.source_id,
                  *self.phase, self.source, self.dataset, self.method, *(one.name for one in self.values)]  # fmt: skip
        if self.property and self.property not in header:
            known = ", ".join(BY_NAME)
            raise InputError(where, f"{self.property!r} is neither one of its columns nor a property: {known}")
        missing = [name for name in wanted if name and name not in header]
        if missing:
            raise InputError(where, f"has no column {', '.join(missing)}; its columns are {', '.join(header)[:500]}")

    def said(self, rows: Rows) -> Said:
        """The facts that rows say, column after column of values."""
        parts = [self._column(rows, column) for column in self.values]
        return parts[0] if len(parts) == 1 else Said.joined(parts)

    def _column(self, rows: Rows, column: Column) -> Said:
        size = len(rows.lines)

        def cells(name: str, constant: str = "") -> list[str]:
            return rows.columns[name] if name else [constant] * size

        sources, licences = cells(self.source, self.source_name), dict(self.licences)
        phases = [[cell.strip() for cell in cells(name)] for name in self.phase]
        return Said(
            formula=cells(self.formula),
            shown=cells(self.shown or self.formula),
            property=[column.property] * size if column.property else cells(self.property),
            value=cells(column.name),
            unit=cells(self.unit) if self.unit and not column.unit else [column.unit] * size,
            temperature=cells(self.temperature, "" if column.temperature_c is None else repr(column.temperature_c)),
            kelvin=self.kelvin,
            dois=cells(self.dois),
            source_id=cells(self.source_id),
            phase=phases[0] if len(phases) == 1 else [", ".join(filter(None, one)) for one in zip(*phases, strict=True)]
            if phases else [""] * size,
            source=sources,
            dataset=cells(self.dataset, self.dataset_name),
            method=cells(self.method, self.method_name),
            licence=[licences.get(name, self.licence) for name in sources],
            confidence=self.confidence,
            line=rows.lines,
        )  # fmt: skip
