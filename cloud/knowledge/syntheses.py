"""Tables of recipes of solid-state synthesis, text-mined: lists in cells are joined by `;`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from adatom.cloud.knowledge.said import Reader
from adatom.cloud.knowledge.tables import Rows
from adatom.cloud.store.facts import JOINER
from adatom.cloud.store.store import Store

READING = "synthesis recipes"
COLUMNS = ("doi", "target_formula", "targets", "precursors", "reaction", "mp_id", "max_heating_C", "max_heating_h",
           "atmosphere", "operations")  # fmt: skip
SOURCE, DATASET, LICENCE = "Kononova et al. 2019", "text-mined solid-state synthesis", "CC BY 4.0"
TEXT_MINED = 0.5  # (K) chance that a row says what its paper says; wrong rows are to be expected


def is_recipes(header: Sequence[str]) -> bool:
    """Whether a table is one of recipes."""
    return set(COLUMNS) <= set(header)


def identities(reader: Reader, rows: Rows) -> Any:
    """(n,) the recipes' ids."""
    return reader.identify(zip(*(rows.columns[name] for name in COLUMNS), strict=True))


def put_recipes(store: Store, reader: Reader, rows: Rows, import_id: str, done: int) -> int:
    """How many of the recipes were new; `done` rows of the file are in with them."""
    ids = identities(reader, rows)
    cells = rows.columns
    targets = [_parts(cell) for cell in cells["targets"]]
    new_compositions = reader.read_formulas([*cells["target_formula"], *(one for parts in targets for one in parts)])
    keys = [[key for one in parts if (key := _key(reader, one))] for parts in targets]
    columns = {
        "synthesis": ids,
        "composition": [_key(reader, one) for one in cells["target_formula"]],
        "target": cells["target_formula"],
        "targets": [JOINER.join(parts) for parts in targets],
        **{name: [JOINER.join(_parts(cell)) for cell in cells[name]] for name in ("precursors", "operations")},
        **{name: cells[name] for name in ("reaction", "atmosphere")},
        "highest_c": _numbers(cells["max_heating_C"]),
        "highest_h": _numbers(cells["max_heating_h"]),
        "source_id": cells["mp_id"],
        "line": np.array(rows.lines),
        "dois": cells["doi"],
        "confidence": np.full(len(ids), TEXT_MINED),
        **{name: [text] * len(ids) for name, text in (("method", "text-mined"), ("source", SOURCE),
           ("dataset", DATASET), ("licence", LICENCE), ("import", import_id))},
    }  # fmt: skip
    distinct = {one.key: one for one in new_compositions}.values()
    with store.transaction():
        store.put_compositions(
            [c.key for c in distinct], [c.formula for c in distinct], [c.fractions for c in distinct]
        )
        made = [(int(one), key) for one, found in zip(ids, keys, strict=True) for key in dict.fromkeys(found)]
        new = store.put_syntheses(columns, made)
        store.advance_import(import_id, done, new, [])
    return new


def _parts(cell: str) -> list[str]:
    return [part for part in cell.replace(JOINER, "/").split(";") if part]


def _key(reader: Reader, formula: str) -> str:
    found = reader.known.get(formula, "")
    return "" if isinstance(found, str) else found.key


def _numbers(cells: list[str]) -> Any:
    return np.array([float(cell) if cell.replace(".", "", 1).isdecimal() else np.nan for cell in cells])
