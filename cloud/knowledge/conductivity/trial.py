"""A trial of the model: which rows were asked, what each method said of them, and what stands against it."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from adatom.cloud.knowledge.conductivity.check import (
    Answers,
    answers_of,
    composition_only,
    crossed,
    forest_learner,
    process_learner,
)
from adatom.cloud.knowledge.conductivity.folds import PROTOCOLS, folds_of
from adatom.cloud.knowledge.conductivity.model import shipped_model, training_rows
from adatom.cloud.knowledge.conductivity.rows import Row, read_rows
from adatom.cloud.knowledge.conductivity.scores import Guesses
from adatom.protocol.errors import InputError

MODEL, WITH_SYSTEM, FOREST = "model, composition only", "model, with crystal system", "random forest on counts"
LEAST_ROWS = 3  # with a known value; fewer have no rank correlation to speak of

Done = Callable[[float], None]


class Trial(NamedTuple):
    """Rows with known values (n), guesses by method, how they were left out, and what a reader should know."""

    rows: list[Row]
    guesses: dict[str, Guesses]
    how: str
    notes: list[str]


def crossed_trial(protocol: str, repeats: int, forest: bool, done: Done = lambda share: None) -> Trial:
    """Cross-validation on the training rows. InputError for a protocol that is none of PROTOCOLS."""
    rows = training_rows()
    folds = folds_of(rows, protocol, repeats)
    total, made = len(folds) * (2 if forest else 1), [0]

    def step() -> None:
        made[0] += 1
        done(made[0] / total)

    asked = {MODEL: composition_only(rows), WITH_SYSTEM: rows}
    guesses = crossed(rows, folds, process_learner(), asked, step)
    if forest:
        guesses |= crossed(rows, folds, forest_learner(), {FOREST: rows}, step)
    return Trial(rows, guesses, f"{len(folds)} folds {PROTOCOLS[protocol]}", [])


def table_trial(path: Path, convention: str = "", forest: bool = True, done: Done = lambda share: None) -> Trial:
    """Learnt from all training rows, asked for a table's. InputError where hardly a row has a known value."""
    given = read_rows(path, convention)
    rows = [row for row in given if row.log10_sigma is not None]
    if len(rows) < LEAST_ROWS:
        raise InputError(str(path), f"{len(rows)} rows with a conductivity, at least {LEAST_ROWS} are needed")
    known = training_rows()
    asked = {MODEL: composition_only(rows)} | ({WITH_SYSTEM: rows} if any(row.system for row in rows) else {})
    answer = answers_of(shipped_model())
    guesses = {name: _once(answer(those)) for name, those in asked.items()}
    done(0.6)
    if forest:
        guesses[FOREST] = _once(forest_learner()(known)(rows))
    done(1.0)
    return Trial(rows, guesses, f"learnt from {len(known)} OBELiX training rows", _notes(given, rows, known))


def _once(answers: Answers) -> Guesses:
    """The guesses of a single repeat."""
    mean, low, high = answers
    return Guesses(mean[None, :], low[None, :], high[None, :])


def _notes(given: list[Row], rows: list[Row], known: list[Row]) -> list[str]:
    notes = []
    if len(given) > len(rows):
        notes.append(f"{len(given) - len(rows)} rows without a conductivity left out")
    if below := sum(row.below for row in rows):
        notes.append(f"{below} rows below detection: only in the scores of all rows, their limit taken for a value")
    papers = {paper for row in known for paper in row.papers}
    if shared := sum(bool(row.papers & papers) for row in rows):
        notes.append(f"{shared} rows are of papers that the model has learnt from: they flatter")
    if nameless := sum(not row.papers for row in rows):
        notes.append(f"{nameless} rows without a DOI: each counts as a paper of its own, the bands may be too narrow")
    return notes
