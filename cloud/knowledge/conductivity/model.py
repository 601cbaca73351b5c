"""The composition model of room-temperature ionic conductivity: learnt from published rows, asked for compositions.

Targets are -log(-log10 sigma): good conductors differ by tenths of a decade, bad ones by whole decades. Of rows that
tell their space group a second process with the crystal system among its blocks is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from adatom.cloud.knowledge.conductivity.cells import Cell, Known, cell_of, known_cells
from adatom.cloud.knowledge.conductivity.features import BLOCKS, SYSTEM, blocks_of
from adatom.cloud.knowledge.conductivity.process import Z90, Fitted, Rows, fit
from adatom.cloud.knowledge.conductivity.rows import AUTO, CELL, Row, paper_numbers, read_rows, row_of
from adatom.cloud.knowledge.data import shipped
from adatom.cloud.optimize.arrays import Array
from adatom.protocol.errors import InputError

LEAST_ROWS = 20  # with a value; fewer fix no weight of a block
BEST = -0.05  # log10 S/cm: what the transform can say; liquids reach 0
NEAREST = 3  # compositions named as the reason of an answer
FAR_SHARE = 0.02  # an answer that leans less on the known than this share of published rows on other papers is far


@dataclass(frozen=True)
class Because:
    """A known composition that an answer leans on; likeness 1 is the same, 0 has nothing in common."""

    formula: str
    log10_sigma: float
    below: bool
    papers: tuple[str, ...]
    likeness: float


@dataclass(frozen=True)
class Prediction:
    """log10 of the conductivity in S/cm at room temperature that a new paper would report, and where it comes from.

    `mean` is the median (best in mean absolute error); `low` and `high` hold 90 %; `sd` is their width / 3.29.
    """

    formula: str
    mean: float
    sd: float
    low: float
    high: float
    convention: str
    used: tuple[str, ...]
    because: tuple[Because, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Model:
    """Two processes of the same rows, without and with crystal systems (None where no row tells it)."""

    rows: tuple[Row, ...]
    known: Known
    plain: Fitted
    with_system: Fitted | None
    structured: tuple[int, ...]  # rows of the second process
    blocks: tuple[str, ...]
    far: float

    def predict(self, compositions: Sequence[str | Row], convention: str = AUTO) -> list[Prediction]:
        """A prediction for each formula or row. `convention`: of formulas: auto, cell or formula (per formula unit)."""
        asked = [one if isinstance(one, Row) else row_of(one, convention) for one in compositions]
        cells = [cell_of(row, self.known) for row in asked]
        return [self._one(row, cell) for row, cell in zip(asked, cells, strict=True)]

    def _one(self, row: Row, cell: Cell) -> Prediction:
        process, numbers, system = self._process_for(row)
        blocks = blocks_of(
            [{element: amount * factor for element, amount in row.atoms.items()} for _, factor in cell.ways],
            None if system is None else [system] * len(cell.ways),
            self.blocks,
        )
        means, sds = process.predict(blocks)
        mean, sd = _mixed(np.array([share for share, _ in cell.ways]), means, sds)
        low, middle, high = (float(log10_of(mean + step * Z90 * sd)) for step in (-1.0, 0.0, 1.0))
        likeness = process.likeness(blocks).max(axis=0)
        return Prediction(
            formula=row.formula,
            mean=middle,
            sd=(high - low) / (2.0 * Z90),
            low=low,
            high=high,
            convention=cell.how,
            used=self.blocks if system is None else (*self.blocks, SYSTEM),
            because=self._because(likeness, numbers),
            warnings=self._warnings(row, float(likeness.max())),
        )

    def _process_for(self, row: Row) -> tuple[Fitted, Sequence[int], str | None]:
        if row.system is None or self.with_system is None:
            return self.plain, range(len(self.rows)), None
        return self.with_system, self.structured, row.system

    def _because(self, likeness: Array, numbers: Sequence[int]) -> tuple[Because, ...]:
        nearest = np.argsort(-likeness, kind="stable")[:NEAREST].tolist()
        found = [(self.rows[numbers[place]], float(likeness[place])) for place in nearest]
        return tuple(
            Because(row.formula, _value_of(row), row.below, tuple(sorted(row.papers)), alike) for row, alike in found
        )

    def _warnings(self, row: Row, likeness: float) -> tuple[str, ...]:
        known = {element for other in self.rows for element in other.atoms}
        strange = sorted(set(row.atoms) - known)
        said = []
        if "Li" not in row.atoms:
            said.append("holds no lithium: the model knows lithium conductors only")
        if strange:
            said.append(f"no known conductor holds {', '.join(strange)}")
        if likeness < self.far:
            said.append("outside what is known: nearly all published rows have nearer ones")
        return tuple(said)


def fit_model(rows: Sequence[Row], *, systems: bool = True, blocks: Sequence[str] = BLOCKS) -> Model:
    """The model of rows with values, in about 4 s for 500. `systems`: also learn what a crystal system adds.

    Rows without a value teach nothing. Raises InputError for too few with one.
    """
    told = [row for row in rows if row.log10_sigma is not None]
    if len(told) < LEAST_ROWS:
        raise InputError("rows", f"{len(told)} with a conductivity, at least {LEAST_ROWS} are needed")
    known = known_cells([row for row in told if row.convention == CELL] or told)
    papers = paper_numbers(told)
    plain = _process(told, papers, known, blocks, systems=False)
    structured = [place for place, row in enumerate(told) if row.system is not None] if systems else []
    second = None
    if len(structured) >= LEAST_ROWS:
        those = [told[place] for place in structured]
        second = _process(those, [papers[place] for place in structured], known, blocks, systems=True)
    return Model(tuple(told), known, plain, second, tuple(structured), tuple(blocks), _far(plain))


@cache
def shipped_model() -> Model:
    """The model of the shipped OBELiX training rows: learnt anew by each process, so that no file can go stale."""
    return fit_model(training_rows())


def training_rows() -> list[Row]:
    """The official OBELiX training rows; their `True Composition` counts the atoms of the unit cell."""
    return read_rows(shipped("obelix"), CELL)


def target_of(log10_sigma: Array) -> Array:
    """-log(-log10 sigma) of log10 S/cm, (n,)."""
    return np.asarray(-np.log(-np.minimum(log10_sigma, BEST)))


def log10_of(target: Array | float) -> Array:
    """Its inverse."""
    return np.asarray(-np.exp(-np.asarray(target)))


def _process(
    rows: Sequence[Row], papers: Sequence[int], known: Known, names: Sequence[str], *, systems: bool
) -> Fitted:
    cells = []
    for row in rows:
        factor = max(cell_of(row, known).ways)[1]  # the likeliest way
        cells.append({element: amount * factor for element, amount in row.atoms.items()})
    blocks = blocks_of(cells, [row.system for row in rows] if systems else None, names)
    targets = target_of(np.array([_value_of(row) for row in rows]))
    return fit(Rows(blocks, targets, np.array([row.below for row in rows]), np.array(papers)))


def _mixed(shares: Array, means: Array, sds: Array) -> tuple[float, float]:
    """(mean, sd) of a mixture of normal distributions."""
    mean = float(shares @ means)
    return mean, float(np.sqrt(shares @ (sds**2 + (means - mean) ** 2)))


def _far(process: Fitted) -> float:
    """The likeness to other papers' nearest row that only FAR_SHARE of the known rows fall below."""
    alike = process.likeness(process.rows.blocks) * (1.0 - process.rows.same_paper())
    return float(np.quantile(alike.max(axis=1), FAR_SHARE))


def _value_of(row: Row) -> float:
    if row.log10_sigma is None:
        raise InputError("row", f"{row.formula}: has no conductivity")
    return row.log10_sigma
