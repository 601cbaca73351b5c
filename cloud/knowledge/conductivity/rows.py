"""Compositions with what is known of them, and the CSV table that they come in (OBELiX's columns, or fewer)."""

import csv
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from adatom.cloud.knowledge.conductivity.space_groups import system_of
from adatom.cloud.knowledge.formula import Atoms, parse_formula
from adatom.cloud.knowledge.materials import conductivity
from adatom.cloud.knowledge.tolerant import read_written
from adatom.protocol.errors import InputError

CELL, FORMULA, AUTO = "cell", "formula", "auto"  # what the amounts of a composition are: a unit cell's, a formula's
CONVENTIONS = (AUTO, CELL, FORMULA)
# Columns that hold a composition, first found first, and what their amounts are unless told otherwise
COMPOSITIONS = {"True Composition": AUTO, "Reduced Composition": FORMULA, "composition": AUTO, "formula": AUTO}
VALUES = ("Ionic conductivity (S cm-1)", "sigma_S_cm")  # S/cm; the second has limits without the sign <
BELOW = "below_detection"
LATTICE = ("a", "b", "c", "alpha", "beta", "gamma")  # angstrom, degrees
NOTHING = frozenset(("", "-", "--", "?", "n/a", "na", "nan", "none", "null"))  # what cells say that say nothing
PAPERS = re.compile(r"[|;,\s]+")
CELL_ANGLES = (10.0, 170.0)  # degrees; less or more is no cell


class Row(NamedTuple):
    """A composition in atoms, per unit cell or formula unit, and what else is known; None where it is not."""

    formula: str
    atoms: Atoms
    convention: str = AUTO
    formula_units: float | None = None  # Z, of a unit cell
    volume_a3: float | None = None  # of a unit cell
    system: str | None = None  # crystal system
    log10_sigma: float | None = None  # of S/cm at room temperature; the limit itself where it is below detection
    below: bool = False
    papers: frozenset[str] = frozenset()
    family: str = ""
    source_id: str = ""


def row_of(formula: str, convention: str = AUTO, where: str = "formula") -> Row:
    """A composition of which only the formula is known. InputError for what is no formula or no convention."""
    if convention not in CONVENTIONS:
        raise InputError("convention", f"{convention!r}: must be one of {', '.join(CONVENTIONS)}")
    return Row(formula.strip(), atoms_of(formula, where), convention)


def atoms_of(text: str, where: str) -> Atoms:
    """Atoms of a formula; of a solid solution such as (Mg,Fe)2SiO4, equal shares. InputError for what is no formula."""
    try:
        return parse_formula(text, where)
    except InputError:
        return read_written(text, where).atoms


def read_rows(path: Path, convention: str = "") -> list[Row]:
    """The rows of a CSV table; `convention` overrules what the column's name says. InputError with file and line."""
    if convention and convention not in CONVENTIONS:
        raise InputError("convention", f"{convention!r}: must be one of {', '.join(CONVENTIONS)}")
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            found = list(_rows(csv.DictReader(stream, strict=True), str(path), convention))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(str(path), f"cannot be read as a CSV table: {error}") from error
    if not found:
        raise InputError(str(path), "holds no rows")
    return found


def _rows(reader: "csv.DictReader[str]", where: str, convention: str) -> Iterator[Row]:
    names = reader.fieldnames or ()
    column = next((name for name in COMPOSITIONS if name in names), None)
    if column is None:
        raise InputError(where, f"no column of compositions: one of {', '.join(COMPOSITIONS)} is needed")
    for cells in reader:
        place = f"{where}:{reader.line_num}"
        if any(cell is None for cell in cells.values()):
            raise InputError(place, "has fewer cells than the header")
        yield _row(cells, column, convention or COMPOSITIONS[column], place)


def _row(cells: Mapping[str, str], column: str, convention: str, where: str) -> Row:
    value, below = _value(cells, where)
    return Row(
        formula=cells.get("Reduced Composition", "").strip() or cells[column].strip(),
        atoms=atoms_of(cells[column], f"{where} {column}"),
        convention=convention,
        formula_units=_positive(cells.get("Z", ""), f"{where} Z"),
        volume_a3=_volume_a3(cells, where),
        system=system_of(cells.get("Space group #", ""), cells.get("Space group", "")),
        log10_sigma=value,
        below=below,
        papers=frozenset(PAPERS.split((cells.get("DOI") or cells.get("doi") or "").strip().lower())) - {""},
        family=cells.get("Family", cells.get("family", "")).strip(),
        source_id=cells.get("ID", "").strip(),
    )


def _value(cells: Mapping[str, str], where: str) -> tuple[float | None, bool]:
    """(log10 of S/cm or None, whether it is an upper limit), of the first of VALUES that is filled."""
    for name in VALUES:
        if told(cells.get(name, "")):
            sigma, below = conductivity(cells[name], f"{where} {name}")
            return math.log10(sigma), below or cells.get(BELOW, "").strip().lower() in ("true", "1", "yes")
    return None, False


def told(cell: str) -> bool:
    """Whether a cell of a table says something."""
    return cell.strip().lower() not in NOTHING


def _positive(text: str, where: str) -> float | None:
    """A number above 0, None where the cell says nothing."""
    if not told(text):
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 < value < math.inf:
        raise InputError(where, f"{text!r}: must be a number above 0")
    return value


def _volume_a3(cells: Mapping[str, str], where: str) -> float | None:
    """Volume of the cell of six lattice parameters; None where one is missing. InputError for what spans no cell."""
    numbers = [_positive(cells.get(name) or "", f"{where} {name}") for name in LATTICE]
    known = [number for number in numbers if number is not None]
    if len(known) < len(LATTICE):
        return None
    if any(not CELL_ANGLES[0] <= angle <= CELL_ANGLES[1] for angle in known[3:]):
        raise InputError(where, f"angles of a cell: must be {CELL_ANGLES[0]:g} to {CELL_ANGLES[1]:g} degrees")
    cosines = [math.cos(math.radians(angle)) for angle in known[3:]]
    square = 1.0 - sum(cosine**2 for cosine in cosines) + 2.0 * math.prod(cosines)
    if square <= 0.0:
        raise InputError(where, f"angles {known[3:]}: no cell has them")
    return math.prod(known[:3]) * math.sqrt(square)


def paper_numbers(rows: Sequence[Row]) -> list[int]:
    """The number of each row's paper. Papers that one row names together are one; a row without any is its own."""
    joined: dict[str, str] = {}

    def root(name: str) -> str:
        while joined.setdefault(name, name) != name:
            name = joined[name]
        return name

    names = [sorted(row.papers) or [f"row {place}"] for place, row in enumerate(rows)]
    for several in names:
        for other in several[1:]:
            joined[root(other)] = root(several[0])
    numbers: dict[str, int] = {}
    return [numbers.setdefault(root(several[0]), len(numbers)) for several in names]
