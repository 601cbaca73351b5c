"""The Study of a table as people keep it: which columns are factors, which rows count, and what was left out, told.

Must not know of models.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from adatom.cloud.measure.influence.failures import failing_text
from adatom.cloud.measure.influence.study import Study, constant_sums, study_of
from adatom.cloud.optimize.table.columns import SIMULATED, Columns, read_columns
from adatom.cloud.optimize.table.grid import plain_text
from adatom.cloud.optimize.table.guess import DATE, MOST_OPTIONS, TOTALS
from adatom.cloud.optimize.table.reading import failure_of
from adatom.cloud.optimize.table.setup import FAILED, SAMPLE, SUFFIXES
from adatom.protocol.errors import InputError

SCALES = ("auto", "log", "linear")


@dataclass(frozen=True)
class Question:
    """What is asked of a table. No `factors`: all columns before the target's; no `mixture`: found by the sums."""

    target: str
    factors: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    mixture: tuple[str, ...] = ()
    scale: str = "auto"


def read_study(path: Path, question: Question) -> Study:
    """Raises InputError for columns that are not there, cells that are no numbers and what no model can be made of."""
    columns = read_columns(path)
    _check_names(columns, question)
    notes: list[str] = []
    factors = _factors(columns, question, notes)
    rows = _rows(columns, question.target, factors, notes)
    target, sds, counts = (
        [values[row] for row in rows] for values in _target_columns(columns, question.target, len(columns.rows))
    )
    log = _is_log(columns, question, [columns.rows[row] for row in rows], target, notes)
    kept = {name: [values[row] for row in rows] for name, values in factors.items()}
    mixtures = [question.mixture] if question.mixture else constant_sums(_numbers_only(kept), TOTALS)
    try:
        study = study_of(kept, question.target, target, sds, counts, log=log, mixtures=mixtures, notes=notes)  # type: ignore[arg-type]
    except InputError as error:
        raise InputError(f"{path}: {error.where}", error.problem) from None
    return replace(study, simulated=columns.simulated)


def _check_names(columns: Columns, question: Question) -> None:
    asked = (question.target, *question.factors, *question.without, *question.mixture)
    for name in asked:
        if name not in columns.texts:
            raise InputError(f"{columns.where}: {name}", f"is no column; there are: {', '.join(columns.texts)}")
    if question.target in (*question.factors, *question.mixture):
        raise InputError(question.target, "is the target: it cannot be a factor of itself")
    if question.scale not in SCALES:
        raise InputError("--scale", f"{question.scale!r}: must be one of {', '.join(SCALES)}")


# --- factors --------------------------------------------------------------------------------------------------------


def _factors(
    columns: Columns, question: Question, notes: list[str]
) -> dict[str, list[float | None] | list[str | None]]:
    """Values by factor, None where a cell is empty."""
    names = list(columns.texts)
    before = names[: names.index(question.target)]
    chosen = question.factors or tuple(name for name in before if not _special(name, before))
    found: dict[str, list[float | None] | list[str | None]] = {}
    for name in (name for name in chosen if name not in question.without):
        values, reason = _values(columns, name)
        if reason and question.factors:
            raise InputError(f"{columns.where}: {name}", f"{reason}: it cannot be a factor")
        if reason:
            notes.append(f"column {name} is not a factor: {reason}")
        else:
            found[name] = values
    if not found:
        raise InputError(
            columns.where, f"no factors before column {question.target}: name them, --factor COLUMN for each"
        )
    if not question.factors:
        after = [name for name in names[len(before) + 1 :] if not _special(name, names)]
        notes += [f"columns after {question.target} are not factors: {', '.join(after)}"] if after else []
    return found


def _special(name: str, names: Sequence[str]) -> bool:
    """Whether a column says something else than what was varied: failures, samples, deviations and counts."""
    return name in (FAILED, SAMPLE, SIMULATED) or any(
        name.endswith(end) and name[: -len(end)] in names for end in SUFFIXES
    )


def _values(columns: Columns, name: str) -> tuple[list[float | None] | list[str | None], str]:
    """(values, "") or ([], why they make no factor)."""
    numbers = columns.numbers(name)
    if numbers is not None:
        return (numbers, "") if any(value is not None for value in numbers) else ([], "it is empty")
    slip = columns.slip(name)
    if slip is not None:  # left out as a column of texts, its factor would be missed in silence
        raise InputError(
            f"{columns.where}: row {slip[0]}, {name}",
            f"{slip[1][:40]!r}: must be a number as in most rows, or leave the column out: --without {name}",
        )
    texts = [plain_text(cell) or None for cell in columns.texts[name]]
    different = {text for text in texts if text is not None}
    if all(DATE.fullmatch(text) for text in different):
        return [], "dates"
    if len(different) == sum(text is not None for text in texts):
        return [], "another text in every row"
    if len(different) > MOST_OPTIONS:
        return [], f"{len(different)} different texts"
    return texts, ""


def _numbers_only(kept: dict[str, list[float | None]] | dict[str, list[float | str | None]]) -> dict[str, list[float]]:
    return {
        name: [float(v) for v in values if v is not None]
        for name, values in kept.items()
        if not any(isinstance(value, str) for value in values)
    }


# --- rows and target ------------------------------------------------------------------------------------------------


def _rows(
    columns: Columns, target: str, factors: dict[str, list[float | None] | list[str | None]], notes: list[str]
) -> list[int]:
    """Places of the rows that count; those that do not are told."""
    measured = _needed_numbers(columns, target)
    reasons = columns.texts.get(FAILED, [""] * len(measured))
    failed = [row for row, cell in enumerate(reasons) if failure_of(plain_text(cell)) is not None]
    waiting = [row for row, value in enumerate(measured) if value is None and row not in failed]
    gaps = [
        row for row in range(len(measured))
        if row not in failed and row not in waiting and any(values[row] is None for values in factors.values())
    ]  # fmt: skip
    for left, why in (
        (failed, "failed: they have no value and teach nothing of it"),
        (waiting, f"have no {target}"),
        (gaps, "have a factor without a value"),
    ):
        if left:
            notes.append(f"{len(left)} row{'s' if len(left) > 1 else ''} left out that {why}")
    kept = [row for row in range(len(measured)) if row not in {*failed, *waiting, *gaps}]
    whole = [row for row in (*failed, *kept) if all(values[row] is not None for values in factors.values())]
    made = {name: [values[row] for row in whole] for name, values in factors.items()}
    said = failing_text(made, [row in failed for row in whole])  # type: ignore[arg-type]
    notes += [said] if said else []
    return kept


def _needed_numbers(columns: Columns, name: str) -> list[float | None]:
    values = columns.numbers(name)
    if values is None:
        slip = columns.slip(name)
        where = f"{columns.where}: {name}" if slip is None else f"{columns.where}: row {slip[0]}, {name}"
        said = "has cells that are no numbers" if slip is None else f"{slip[1][:40]!r} is no number"
        raise InputError(where, f"{said}: empty ones are left out, others not")
    return values


def _target_columns(columns: Columns, target: str, count: int) -> tuple[list[float], list[float], list[float]]:
    """(values, standard deviations, counts) of all rows; where there is none: 0, 0 and 1."""
    found = [
        [default if value is None else value for value in _needed_numbers(columns, name)]
        if name in columns.texts
        else [default] * count
        for name, default in ((target, 0.0), (target + SUFFIXES[0], 0.0), (target + SUFFIXES[1], 1.0))
    ]
    for name, values, least in ((target + SUFFIXES[0], found[1], 0.0), (target + SUFFIXES[1], found[2], 1.0)):
        for row, value in zip(columns.rows, values, strict=True):
            if value < least:
                raise InputError(f"{columns.where}: row {row}, {name}", f"{value:g}: must be {least:g} or more")
    return found[0], found[1], found[2]


def _is_log(columns: Columns, question: Question, rows: list[int], target: list[float], notes: list[str]) -> bool:
    """Whether log10 of the target is modelled: by default where all values are above 0."""
    low = [(row, value) for row, value in zip(rows, target, strict=True) if value <= 0.0]
    if question.scale == "log" and low:
        row, value = low[0]
        raise InputError(
            f"{columns.where}: row {row}, {question.target}", f"{value:g}: a log scale needs values above 0"
        )
    if question.scale == "auto" and low:
        notes.append(f"{len(low)} values of {question.target} are not above 0: it is modelled as it is, not its log10")
    return question.scale == "log" or (question.scale == "auto" and not low)
