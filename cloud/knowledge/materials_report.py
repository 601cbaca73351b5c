"""What `adatom materials` asks and says: options to values, results to tables."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from adatom.cloud.knowledge.check import Checked
from adatom.cloud.knowledge.compositions import composition_of
from adatom.cloud.knowledge.data import shipped
from adatom.cloud.knowledge.formula import ELEMENTS
from adatom.cloud.knowledge.load import Loaded, Progress
from adatom.cloud.knowledge.mapping import Column, Mapping
from adatom.cloud.knowledge.normalise import TAIL, Scale, normalised_material, scales
from adatom.cloud.knowledge.properties import BY_NAME, property_named
from adatom.cloud.knowledge.shipped import SHIPPED
from adatom.cloud.knowledge.tolerant import read_written
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError
from rich.console import Console

MOST_FACTS, MOST_RECIPES, MOST_REFUSED = 200, 5, 5
SIDE = r"\s*(?:<=|<|≤)\s*"
NUMBER = r"[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?"
RANGE = re.compile(rf"(?:({NUMBER}){SIDE})?([A-Za-z_0-9 ]+?)(?:{SIDE}({NUMBER})|\s*(?:>=|>|≥)\s*({NUMBER}))?")


# --- what is asked -------------------------------------------------------------------------------------------------
def shipped_files() -> list[Path]:
    """The tables that come with adatom."""
    return [shipped(name) for name in SHIPPED]


def asked_mapping(
    files: Sequence[Path], formula: str, value: str, property_: str, unit: str, temperature: str, kelvin: bool,
    doi: str, source: str, method: str, licence: str,
) -> Mapping | None:  # fmt: skip
    """The mapping of a table with columns of its own, None where its format is to be told by the header."""
    if not files:
        raise InputError("files", "name a file, or --shipped")
    if not any((formula, value, property_)):
        return None
    if not (formula and value and property_):
        raise InputError("--formula, --value, --property", "are needed together")
    try:
        known, log10 = property_named(property_)
    except InputError:  # no property: a column that tells it
        column = Column(value)
        return Mapping(formula, (column,), property=property_, unit=unit, temperature=temperature, kelvin=kelvin,
                       dois=doi, source_name=source, method_name=method, licence=licence)  # fmt: skip
    named = f"log10_{known.name}" if log10 else known.name
    return Mapping(formula, (Column(value, named, unit or BY_NAME[known.name].unit),), temperature=temperature,
                   kelvin=kelvin, dois=doi, source_name=source, method_name=method, licence=licence)  # fmt: skip


def asked_ranges(
    texts: Sequence[str], minimum: float | None, maximum: float | None
) -> list[tuple[str, float | None, float | None]]:
    """(property, lowest, highest) of each text such as band_gap>4; --min and --max are of the first."""
    if not texts and (minimum is not None or maximum is not None):
        raise InputError("--min, --max", "need --property")
    ranges = []
    for text in texts:
        found = RANGE.fullmatch(text.strip())
        if not found:
            raise InputError("--property", f"{text!r}: NAME, NAME>1, NAME<2 or 1<NAME<2 is needed")
        below, name, upper, lower = found.groups()
        ends = (_number(below or lower), _number(upper))
        ranges.append((property_named(name, "--property")[0].name, *ends))
    if ranges:
        name, low, high = ranges[0]
        ranges[0] = (name, low if minimum is None else minimum, high if maximum is None else maximum)
    return ranges


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        raise InputError("--property", f"{text!r} is no number") from None


def checked_elements(names: Sequence[str]) -> list[str]:
    """The symbols; `Li,O` may stand together. InputError for one that is no element."""
    found = [part.strip() for name in names for part in name.split(",") if part.strip()]
    for name in found:
        if name not in ELEMENTS:
            raise InputError("--element", f"{name!r} is no element")
    return found


# --- what is said --------------------------------------------------------------------------------------------------
@contextmanager
def progress_bar(shown: bool) -> Iterator[Progress]:
    """A bar a file on a terminal, with rows and what is left of the time."""
    from rich import progress

    columns = (progress.TextColumn("{task.description}"), progress.BarColumn(),
               progress.TextColumn("{task.fields[rows]} rows"), progress.TimeRemainingColumn())  # fmt: skip
    with progress.Progress(*columns, console=Console(stderr=True), disable=not shown) as bar:
        tasks: dict[str, progress.TaskID] = {}

        def advance(file: str, fraction: float, rows: int) -> None:
            if file not in tasks:
                tasks[file] = bar.add_task(file, total=1.0, rows=0)
            bar.update(tasks[file], completed=fraction, rows=f"{rows:,}".replace(",", " "))

        yield advance


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)


class Table:
    """Columns wide enough for their cells, which are never cut: the first to the left, the others to the right."""

    def __init__(self, *names: str) -> None:
        self.rows = [names]

    def add_row(self, *cells: str) -> None:
        self.rows.append(cells)

    def __str__(self) -> str:
        widths = [max(map(len, column)) for column in zip(*self.rows, strict=True)]
        return "\n".join(
            "  ".join(cell.rjust(width) if place else cell.ljust(width)
                      for place, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip()
            for row in self.rows
        )  # fmt: skip


def _named(name: str) -> str:
    unit = BY_NAME[name].unit
    return name if unit == "1" else f"{name} / {unit}"


def show_loaded(loaded: Sequence[Loaded], checked: Checked) -> None:
    """What became of each file, and of the checks."""
    console = _console()
    table = Table("file", "rows", "new", "refused", "s", "")
    for one in loaded:
        table.add_row(Path(one.file).name, str(one.rows), str(one.facts), str(one.refused), f"{one.seconds:.1f}",
                      "known already" if one.known else "")  # fmt: skip
    console.print(str(table), markup=False)
    console.print(
        f"derived: {checked.derived}; newly flagged: {checked.impossible} impossible, {checked.unit} of suspect unit, "
        f"{checked.outlier} outliers"
    )
    if any(one.refused for one in loaded):
        console.print("note: why rows were refused: adatom materials status")


def status_data(store: Store) -> dict[str, Any]:
    """Everything of `status`, JSON-ready."""
    imports = [
        {**row, "refused_rows": store.refused_rows(row["import"])[:MOST_REFUSED]} for row in store.knowledge_imports()
    ]
    return {"imports": imports, **store.knowledge_summary()}


def show_status(found: dict[str, Any]) -> None:
    """Files, properties, flags."""
    console = _console()
    table = Table("file", "state", "rows", "new", "refused")
    for row in found["imports"]:
        table.add_row(
            _file_name(row["file"]), row["state"], *(str(row[name]) for name in ("rows_done", "facts", "refused"))
        )
    console.print(str(table), markup=False)
    for row in found["imports"]:
        for line, why in row["refused_rows"]:
            console.print(f"refused: {_file_name(row['file'])}:{line}: {why}", markup=False)
    console.print(f"{found['facts']} facts of {found['compositions']} compositions, {found['recipes']} recipes")
    table = Table("property / unit", "facts", "materials", "lowest", "median", "highest", "flagged")
    for row in found["properties"]:
        numbers = [f"{row[name]:.3g}" for name in ("lowest", "middle", "highest")]
        table.add_row(_named(row["property"]), str(row["facts"]), str(row["materials"]), *numbers, str(row["flagged"]))
    console.print(str(table), markup=False)
    console.print("flags: " + (", ".join(f"{count} {flag}" for flag, count in found["flags"].items()) or "none"))


def _file_name(file: str) -> str:
    """The last part of a path; a provider's address whole."""
    return file if "://" in file else Path(file).name


def material_data(store: Store, formula: str) -> dict[str, Any]:
    """What is known of the composition that a formula means. InputError when nothing is."""
    written = read_written(formula)
    composition = composition_of(written.atoms)
    facts, recipes = store.facts_of(composition.key), store.syntheses_of(composition.key)
    origins = store.fact_origins(composition.key)
    if not facts and not recipes:
        raise InputError("formula", f"{formula!r} ({composition.formula}): nothing is known of it in {store.path}")
    found = {
        "formula": formula, "composition": composition.key, "reduced": composition.formula,
        "notes": list(written.notes), "fractions": composition.fractions,
        "consensus": store.consensus_of(composition.key), "consistency": store.consistency_of(composition.key),
        "facts": [_shown(fact | {"origin": origins.get(fact["fact"])}) for fact in facts],
        "recipes": [_shown(recipe) for recipe in recipes],
    }  # fmt: skip
    return found | {"normalised": normalised_material(found, scales(store))}


def _shown(fact: dict[str, Any]) -> dict[str, Any]:
    """Without what only the database needs; ids as texts, for JSON's numbers end at 53 bits."""
    kept = {name: value for name, value in fact.items() if name != "import"}
    for name in ("fact", "synthesis"):
        if name in kept:
            kept[name] = f"{kept[name]:016x}"
    if "derived_from" in kept:
        kept["derived_from"] = [f"{one:016x}" for one in kept["derived_from"]]
    return kept


def show_material(found: dict[str, Any], every_fact: bool) -> None:
    """Consensus, facts where asked, recipes."""
    console = _console()
    notes = f" ({', '.join(found['notes'])})" if found["notes"] else ""
    console.print(f"{found['reduced']}{notes}: {len(found['facts'])} facts; recipes: {len(found['recipes'])}")
    told = dict(found["normalised"])
    last = ["0..1"] if told else []
    table = Table("property / unit", "at", "consensus", "spread", "range", "facts, sources", *last)
    for row in found["consensus"]:
        spread = "" if row["spread"] is None else f"{row['spread']:.2g}"
        if spread and BY_NAME[row["property"]].scale == "log":
            spread += " decades"
        many = f"{row['lowest']:.3g} to {row['highest']:.3g}" if row["n"] > 1 else ""
        count = f"{row['n']}, {row['sources']}" + (f", {row['censored']} censored" if row["censored"] else "")
        cells = [_named(row["property"]), _at(row["near_c"]), f"{row['value']:.4g}", spread, many, count]
        u = told.pop(row["property"], None)
        table.add_row(*cells, *["" if u is None else f"{u:.2f}"] * len(last))
    console.print(str(table), markup=False)
    if found["consistency"]:
        console.print("consistent with probability {probability:.4f}: {because}".format(**found["consistency"]))
    flagged = [fact for fact in found["facts"] if fact["flags"]]
    for fact in flagged[:MOST_FACTS]:
        console.print(f"flagged {', '.join(fact['flags'])}: {_line(fact)}")
    if every_fact:
        for fact in found["facts"][:MOST_FACTS]:
            console.print(_line(fact))
    for recipe in found["recipes"][:MOST_RECIPES]:
        console.print(_recipe(recipe))
    if len(found["recipes"]) > MOST_RECIPES:
        console.print(f"note: {len(found['recipes']) - MOST_RECIPES} more recipes (--json has all)")


def _at(celsius: float | None) -> str:
    return "" if celsius is None else f"{celsius:.0f} °C"


def _line(fact: dict[str, Any]) -> str:
    where = f"{fact['source']}, {_place(fact)}"
    sign = "" if fact["comparison"] == "=" else f"{fact['comparison']} "
    unit = BY_NAME[fact["property"]].unit
    extra = [part for part in (fact["phase"], fact["method"], ", ".join(fact["dois"])) if part]
    at = f" at {fact['temperature_c']:g} °C" if fact["temperature_c"] is not None else ""
    return (
        f"{fact['property']} {sign}{fact['value']:.4g} {unit}{at}; {'; '.join(extra)}; {where} (said: {fact['said']})"
    )


def _place(fact: dict[str, Any]) -> str:
    """Where in its source a fact stands: the address and date of a fetched entry, or data set and line."""
    if fact["origin"]:
        changed = fact["origin"]["last_modified"][:10]
        return f"{fact['origin']['url']}" + (f" of {changed}" if changed else "")
    return f"{fact['dataset']}" + (f", line {fact['line']}" if fact["line"] else "")


def _recipe(recipe: dict[str, Any]) -> str:
    heat = "" if recipe["highest_c"] is None else f", {recipe['highest_c']:g} °C"
    hours = "" if recipe["highest_h"] is None else f" for {recipe['highest_h']:g} h"
    air = f" in {recipe['atmosphere']}" if recipe["atmosphere"] else ""
    return (
        f"recipe: {' + '.join(recipe['precursors'])}{heat}{hours}{air}; {recipe['method']}, {', '.join(recipe['dois'])}"
    )


def show_scales(version: int, made: dict[str, Scale]) -> None:
    """The ends of every scale, in the property's unit."""
    console = _console()
    table = Table("property / unit", "scale", "0.01 is", "0.99 is", "facts")
    for name, one in made.items():
        low, high = one.restored(np.array([TAIL, 1.0 - TAIL]))
        table.add_row(_named(name), one.scale, f"{low:.3g}", f"{high:.3g}", str(one.n))
    console.print(str(table), markup=False)
    console.print(f"version {version}")


def show_found(found: Sequence[dict[str, Any]], names: Sequence[str], limit: int) -> None:
    """Materials that a search found."""
    console = _console()
    table = Table("formula", *(f"{name} / {BY_NAME[name].unit}" for name in names))
    for row in found:
        table.add_row(row["formula"], *(f"{row[name]:.4g}" for name in names))
    console.print(str(table), markup=False)
    console.print(f"{len(found)} materials" + ("; there may be more (--limit)" if len(found) == limit else ""))
