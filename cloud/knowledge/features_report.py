"""What `adatom materials features` asks and says."""

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adatom.cloud.knowledge.compositions import composition_of
from adatom.cloud.knowledge.features import element_table, feature_names, features
from adatom.cloud.knowledge.materials_report import checked_elements
from adatom.cloud.knowledge.neutrality import balances
from adatom.cloud.knowledge.tolerant import read_written
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError

TABLES = ("magpie", "oliynyk", "mat2vec")
SHOWN = ("elements", "mean Number", "mean Electronegativity", "avg_dev Electronegativity", "mean CovalentRadius")
MOST_SHOWN = 20

Named = tuple[str, dict[str, float]]


def asked_compositions(formulas: Sequence[str], db: Path | None, elements: Sequence[str]) -> list[Named]:
    """(formula, shares) of the formulas, or of every composition in a database that holds all the elements."""
    if bool(formulas) == (db is not None):
        raise InputError("formulas", "name formulas, or --db")
    if db is None:
        return [(formula, composition_of(read_written(formula).atoms).fractions) for formula in formulas]
    with_all = checked_elements(elements)
    with Store(db, read_only=True) as store:
        return [(formula, shares) for _, formula, shares in store.compositions(with_all)]


def features_data(named: Sequence[Named], table: str, charges: bool) -> dict[str, Any]:
    """formulas, names and rows of features (null: the table says nothing), and charges where asked."""
    if table not in TABLES:
        raise InputError("--table", f"{table!r}: must be of {', '.join(TABLES)}")
    chosen = element_table(table)
    shares = [one for _, one in named]
    rows = [[None if math.isnan(value) else value for value in row] for row in features(shares, chosen).tolist()]
    found = {"formulas": [formula for formula, _ in named], "names": feature_names(chosen), "rows": rows}
    return found | ({"charges": balances(shares)} if charges else {})


def write_features(path: Path, found: dict[str, Any]) -> None:
    """A row a formula; what is not known is blank."""
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            extra = ["charges"] if "charges" in found else []
            writer.writerow(["formula", *extra, *found["names"]])
            for place, (formula, row) in enumerate(zip(found["formulas"], found["rows"], strict=True)):
                writer.writerow([formula, *([found["charges"][place]] if extra else []), *row])
    except OSError as error:
        raise InputError("--output", f"{path}: cannot be written: {error.strerror}") from error


def show_features(found: dict[str, Any], output: Path | None) -> None:
    """How many there are, and some of the first."""
    where = f", in {output}" if output else ""
    print(f"{len(found['names'])} features of {len(found['formulas'])} compositions{where}")
    places = [found["names"].index(name) for name in SHOWN if name in found["names"]]
    for place, formula in enumerate(found["formulas"][:MOST_SHOWN]):
        row = found["rows"][place]
        said = [f"{found['names'][one]} {row[one]:.4g}" for one in places if row[one] is not None]
        charges = [f"charges: {found['charges'][place]}"] if "charges" in found else []
        print(f"{formula}: " + ", ".join(charges + said))
