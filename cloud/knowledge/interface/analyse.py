"""One material from its formula to all that is said of it: reaction, window, spread, what is published, notes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from adatom.cloud.knowledge.formula import parse_formula
from adatom.cloud.knowledge.interface.energies import Phases
from adatom.cloud.knowledge.interface.literature import Published, published
from adatom.cloud.knowledge.interface.reaction import Reaction, Subject, Window, reaction, subject, window
from adatom.cloud.knowledge.interface.uncertainty import ANIONS, CORRECTED, DRAWS, Spread, spread
from adatom.cloud.optimize.table.columns import Columns, read_columns
from adatom.cloud.optimize.table.grid import plain_text
from adatom.cloud.optimize.table.numbers import NumberError, is_nothing, number
from adatom.protocol.errors import InputError

FORMULA, FORMATION, ABOVE = "formula", "formation_ev_atom", "above_hull_ev_atom"  # columns of a table
HIGHEST_EV_ATOM = 10.0  # beyond any compound's: a unit was mistaken
METASTABLE_EV_ATOM = 0.001  # less above the hull is not worth a note
FEW = 5  # competing compounds of three elements or more
NARROW_V = 0.001  # a window narrower than this is none


class Asked(NamedTuple):
    """A formula, and what the user knows of its energy (eV/atom)."""

    formula: str
    formation_ev_atom: float | None = None
    above_hull_ev_atom: float = 0.0


class Interface(NamedTuple):
    """All that is said of one material against one metal. `spread` is None where no draws were asked for."""

    asked: str
    against: str
    material: Subject
    reaction: Reaction
    window: Window
    spread: Spread | None
    published: Published | None
    notes: tuple[str, ...]


def analyse(
    phases: Phases,
    questions: Sequence[Asked],
    against: str = "Li",
    *,
    draws: int = DRAWS,
    tick: Callable[[], object] = lambda: None,
) -> list[Interface]:
    """Every formula in its order; `tick` is called after each. All are read before the first is computed."""
    parsed = [(asked, parse_formula(asked.formula)) for asked in questions]
    found = []
    for asked, atoms in parsed:
        material = subject(phases, atoms, against, formation_ev_atom=asked.formation_ev_atom,
                           above_hull_ev_atom=asked.above_hull_ev_atom)  # fmt: skip
        limits = window(material)
        found.append(
            Interface(
                asked.formula,
                against,
                material,
                reaction(material),
                limits,
                spread(material, draws=draws) if draws else None,
                published(atoms, against),
                tuple(_notes(material, limits, asked)),
            )
        )
        tick()
    return found


def read_questions(path: Path) -> list[Asked]:
    """The formulas of a table with a column `formula` and, where known, `formation_ev_atom` or `above_hull_ev_atom`."""
    columns = read_columns(path)
    if FORMULA not in columns.texts:
        raise InputError(str(path), f"no column {FORMULA}; there are {', '.join(columns.texts)}")
    formulas = columns.texts[FORMULA]
    formations, aboves = (columns.texts.get(name) or [""] * len(formulas) for name in (FORMATION, ABOVE))
    asked = [
        Asked(
            plain_text(formula),
            _number(columns, row, FORMATION, formation),
            _number(columns, row, ABOVE, above) or 0.0,
        )
        for row, formula, formation, above in zip(columns.rows, formulas, formations, aboves, strict=True)
        if plain_text(formula)
    ]
    if not asked:
        raise InputError(str(path), "no row has a formula")
    return asked


def checked_energy(where: str, value: float, *, least: float) -> float:
    """The energy (eV/atom). InputError for what no compound has."""
    if not least <= value <= HIGHEST_EV_ATOM:
        raise InputError(where, f"{value:g} eV/atom: must be {least:g} to {HIGHEST_EV_ATOM:g}")
    return value


def _number(columns: Columns, row: int, name: str, cell: str) -> float | None:
    if is_nothing(cell):
        return None
    where = f"{columns.where}, row {row}, column {name}"
    try:
        value = number(cell, columns.decimal)
    except NumberError:
        raise InputError(where, f"{plain_text(cell)!r}: must be a number of eV/atom") from None
    return checked_energy(where, value, least=0.0 if name == ABOVE else -HIGHEST_EV_ATOM)


def _notes(material: Subject, limits: Window, asked: Asked) -> list[str]:
    """What a reader has to know before using the figures."""
    notes = []
    if material.source == "hull":
        above = f", {1000 * asked.above_hull_ev_atom:.0f} meV/atom above it" if asked.above_hull_ev_atom else ""
        notes.append(f"not in the data: taken to lie on the hull of the phases that are{above}; it may be less stable")
    elif material.above_hull_ev_atom > METASTABLE_EV_ATOM:
        notes.append(
            f"{1000 * material.above_hull_ev_atom:.0f} meV/atom above the hull (metastable at 0 K): counted in the "
            "reaction energy; the window counts it as on the hull"
        )
    compounds = sum(len(phase.atoms) > 1 for phase in material.rivals.phases)
    if compounds < FEW and len(material.atoms) > 2:
        notes.append(f"{compounds} other compounds of these elements are in the data: competing phases may be missing")
    if limits.oxidation_v is not None and limits.oxidation_v - limits.reduction_v < NARROW_V:
        notes.append("no window: no phases of exactly this lithium content; do the charges balance?")
    uncorrected = [element for element in material.atoms if element in ANIONS and element not in CORRECTED]
    if uncorrected:
        notes.append(
            f"{', '.join(uncorrected)}: the data's energies are uncorrected here, some 0.2 to 0.3 eV/atom high"
        )
    return notes
