"""Published conductivities: reading the table, and what it says about a garnet that nobody has made yet.

The table is OBELiX (examples/conductivity/ATTRIBUTION.md). Where data enter, each row is checked once; a row that
cannot be understood is refused with its line.
"""

import csv
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from adatom.cloud.knowledge.formula import fractions, parse_formula
from adatom.cloud.store.known import Material
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError

SOURCE = "OBELiX"
LICENCE = "CC BY 4.0"
ROOM_TEMPERATURE_C = 25.0  # "room temperature" in the source
COMPOSITION, CONDUCTIVITY = "True Composition", "Ionic conductivity (S cm-1)"
COLUMNS = ("ID", "Reduced Composition", COMPOSITION, CONDUCTIVITY, "Space group", "Family", "DOI")
HIGHEST_S_CM = 10.0  # more than any ionic conductor has: a unit was mistaken
EXAMPLE = Path(__file__).parent / "examples" / "conductivity" / "obelix_train.csv"


SHIPPED_TABLE = Path(__file__).parent / "examples" / "conductivity" / "obelix_train.csv"


def load_table(path: Path, store: Store) -> tuple[int, int]:
    """(rows read, materials that were new in the store). All or nothing; loading it again changes nothing."""
    materials = read_table(path)
    return len(materials), store.put_materials(materials)


def read_table(path: Path) -> list[Material]:
    """The materials of a CSV file with OBELiX's columns. Raises InputError with file and line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            found = list(_rows(csv.DictReader(stream, strict=True), str(path)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(str(path), f"cannot be read as a CSV table: {error}") from error
    if not found:
        raise InputError(str(path), "holds no rows")
    return found


def _rows(reader: "csv.DictReader[str]", where: str) -> Iterator[Material]:
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise InputError(where, f"columns missing: {', '.join(missing)}; OBELiX's are expected")
    seen: set[str] = set()
    for row in reader:
        place = f"{where}:{reader.line_num}"
        if any(row[name] is None for name in COLUMNS):
            raise InputError(place, "has fewer cells than the header")
        material = _material(row, place)
        if not material.source_id or material.source_id in seen:
            raise InputError(place, f"ID {material.source_id!r}: must be there once")
        seen.add(material.source_id)
        yield material


def _material(row: Mapping[str, str], where: str) -> Material:
    value, below = conductivity(row[CONDUCTIVITY], f"{where} {CONDUCTIVITY}")
    return Material(
        source=SOURCE,
        source_id=row["ID"].strip(),
        formula=row["Reduced Composition"].strip(),
        fractions=fractions(parse_formula(row[COMPOSITION], f"{where} {COMPOSITION}")),
        conductivity_s_cm=value,
        below_detection=below,
        temperature_c=ROOM_TEMPERATURE_C,
        family=row["Family"].strip(),
        space_group=row["Space group"].strip(),
        doi=row["DOI"].strip(),
        licence=LICENCE,
    )


def conductivity(text: str, where: str) -> tuple[float, bool]:
    """(S/cm, whether it is an upper limit) of a number or `<number`."""
    number = text.strip()
    below = number.startswith("<")
    try:
        value = float(number.removeprefix("<"))
    except ValueError:
        value = math.nan
    if not 0.0 < value <= HIGHEST_S_CM:
        raise InputError(where, f"{text!r}: must be a number in 0 to {HIGHEST_S_CM:g} S/cm, or < and a number")
    return value, below
