"""`adatom soak`: the wire under every fault, with real processes, as a table."""

import contextlib
import json
import logging
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

COLUMNS = 150
FIRST_SEED = 1


def soak(
    seeds: Annotated[int, typer.Option(help="Trials a row, each with its own seed.", min=1, max=1000)] = 1,
    minutes: Annotated[float, typer.Option(help="Length of a trial.", min=0.1, max=1440)] = 1.0,
    row: Annotated[list[str] | None, typer.Option(help="Only rows that begin so; may be repeated.")] = None,
    first_seed: Annotated[
        int, typer.Option("--first-seed", "--seed", help="The first seed: a failed one again.", min=0)
    ] = FIRST_SEED,
    keep: Annotated[Path | None, typer.Option(help="Keep logs, journals and databases in this folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all rows and trials as JSON.")] = False,
) -> None:
    """Break the wire in every way under real processes with synthetic readings; show what was lost, doubled, late.

    A point is one reading of all channels. The broker is mosquitto, which must be installed; bench, cloud and database
    are the product's own; only the chamber behind the bench is SIMULATED. Exit code 1 when a row is not met.

    The row "simulated laboratory" puts broker, network and disk under a virtual clock too and needs no mosquitto: one
    seed is one history, bit for bit.

    Example: adatom soak --seeds 3 --minutes 2 --row "broker killed"
    """
    from adatom.protocol.errors import FailedError

    from .lab import mosquitto
    from .row import attempt, chosen, summary

    wanted = chosen(row or [])
    if any(one.broker for one in wanted):
        mosquitto()
    found: list[dict[str, Any]] = []
    try:
        with tempfile.TemporaryDirectory(prefix="adatom-soak-") as temporary, _hushed(), _Progress() as progress:
            folder = keep or Path(temporary)
            for one in wanted:
                trials = []
                for seed in range(first_seed, first_seed + seeds):
                    place = _free(folder / f"{one.name.replace(' ', '-').replace(',', '').replace(':', '')}-{seed}")
                    say = progress.saying(f"{one.name}, seed {seed}")
                    trials.append(attempt(one, seed, 60.0 * minutes, place, say))
                found.append(summary(one, trials))
                progress.done(found[-1], len(found), len(wanted))
    finally:  # Ctrl-C too: hours of rows are not thrown away
        if as_json:
            print(json.dumps({"simulated": True, "minutes": minutes, "rows": found}, indent=1))
        elif found:
            _print(found)
    failed = [f"{one['row']} (seeds {', '.join(map(str, one['failed_seeds'])) or 'none'})" for one in found
              if not one["met"]]  # fmt: skip
    if failed:
        raise FailedError(f"not met: {'; '.join(failed)}; again: adatom soak --row ROW --first-seed SEED")


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    """No warnings of this process: what benches have to say of their faults is in the history."""
    log = logging.getLogger("adatom")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


class _Progress:
    """Standard error: a line that says what goes on, where somebody looks, and one for each row that is done."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(stderr=True)
        self._status = self._console.status("")

    def __enter__(self) -> "_Progress":
        self._status.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._status.stop()

    def saying(self, what: str) -> Any:
        """A function that shows a text behind what is going on."""
        return lambda text: self._status.update(f"{what}: {text[:100]}")

    def done(self, row: dict[str, Any], number: int, rows: int) -> None:
        """Tell how a row ended."""
        figures = f"{row['n']} faults, {row['points']} points, lost {row['lost']}, doubled {row['duplicates']}"
        ended = "met" if row["met"] else "NOT met"
        self._console.print(
            f"{number} of {rows}  {row['row']}: {ended}; {figures}", markup=False, highlight=False, soft_wrap=True
        )


def _free(folder: Path) -> Path:
    """The folder; InputError when it holds an earlier soak."""
    from adatom.protocol.errors import InputError

    if folder.exists():
        raise InputError("--keep", f"{folder} exists already: give another folder")
    return folder


def _print(rows: Sequence[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    columns = ("row", "faults", "seeds", "points", "lost", "double", "order", "what is measured")
    figures = ("n", "median", "worst", "limit", "met")
    table = Table(*columns, *figures, title="The wire: real processes, SIMULATED readings")
    for row in rows:
        times = [_number(row[name]) for name in ("median", "worst", "limit")]
        table.add_row(row["row"], str(row["n"]), str(len(row["seeds"])), str(row["points"]), str(row["lost"]),
                      str(row["duplicates"]), str(row["order_breaks"]), row["worst_of"], str(row["measured"]), *times,
                      "yes" if row["met"] else "NO")  # fmt: skip
    console = Console(width=max(Console().width, COLUMNS))
    console.print(table)
    for row in rows:
        for trial in row["trials"]:
            for problem in trial["problems"]:
                console.print(f"{row['row']}, seed {trial['seed']}: {problem}", markup=False, soft_wrap=True)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"
