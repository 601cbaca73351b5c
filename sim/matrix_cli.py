"""`adatom edge matrix`: what a bench does when an instrument breaks, measured on the twin."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from adatom.protocol.output_path import output_file

SHORT = {"tripped": "T", "failed run": "F", "tolerated": "t", "unseen": "u", "NOT SAFE": "NOT SAFE", "unsupported": "–"}
LEGEND = (
    "T tripped · F run failed, bench safe · t tolerated · u no sensor of such a bench shows it · – not possible; "
    "the number is the worst time from fault to safe in s"
)
COLUMNS = 132


def matrix(
    seeds: Annotated[int, typer.Option(help="Scenarios a cell.", min=1, max=1000)] = 10,
    instrument: Annotated[list[str] | None, typer.Option(help="Only this instrument; may be repeated.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only this fault; may be repeated.")] = None,
    figures: Annotated[bool, typer.Option(help="The figures of pulses, gas, heat and aborts as well.")] = True,
    thermal: Annotated[bool, typer.Option(help="The thermal faults as well, over plants 20 % off.")] = True,
    page: Annotated[
        Path | None, typer.Option("--html", help="Write a coloured table to this file.", callback=output_file)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all cells as JSON.")] = False,
) -> None:
    """Break every instrument in every way, in the middle of simulated runs, and show what becomes of the bench.

    Virtual time: 10 scenarios a cell take about ten minutes of one processor. Exit code 1 when a cell is NOT SAFE.

    Example: adatom edge matrix --seeds 3 --instrument eurotherm --no-thermal
    """
    from adatom.protocol.errors import FailedError

    report: dict[str, Any] = {"simulated": True, "seeds": seeds}
    report["instruments"] = _cells(seeds, instrument or [], kind or [])
    if figures:
        report["figures"] = _figures(seeds)
    if thermal:
        report["thermal"] = _thermal(seeds)
    if page is not None:
        from .matrix_page import page as html

        page.write_text(html(report), encoding="utf-8")
    if as_json:
        print(json.dumps(report, indent=1))
    else:
        _print(report)
    wrong = [f"{row['instrument']} {row['kind']}" for row in report["instruments"] if row["outcome"] == "NOT SAFE"]
    if wrong:
        raise FailedError(f"not safe: {', '.join(wrong)}")


class _Progress:
    """A bar on standard error."""

    def __init__(self, text: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        self.text = text
        self.bar = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
                            console=console, disable=not console.is_terminal)  # fmt: skip
        self.task = self.bar.add_task(text, total=None)

    def __enter__(self) -> "_Progress":
        self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    def show(self, done: int, total: int, text: str = "") -> None:
        """How far it is."""
        self.bar.update(self.task, completed=done, total=total, description=text or self.text)


def _cells(seeds: int, instruments: Sequence[str], kinds: Sequence[str]) -> list[dict[str, Any]]:
    from .matrix import matrix as cells

    with _Progress("instruments") as progress:
        return [cell.row() for cell in cells(seeds, instruments, kinds, progress.show)]


def _figures(seeds: int) -> list[dict[str, Any]]:
    from .drills import figures

    with _Progress("figures") as progress:
        return figures(seeds, progress.show)


def _thermal(seeds: int) -> list[dict[str, Any]]:
    from .thermal import rows

    with _Progress("thermal") as progress:
        return rows(seeds, progress=progress.show)


def _print(report: dict[str, Any]) -> None:
    from rich.console import Console

    console = Console(width=max(Console().width, COLUMNS))
    console.print(_matrix_table(report["instruments"]))
    console.print(LEGEND)
    if report.get("figures"):
        console.print(_figures_table(report["figures"]))
    if report.get("thermal"):
        console.print(_thermal_table(report["thermal"]))


def _matrix_table(rows: Sequence[dict[str, Any]]) -> Any:
    from rich.table import Table

    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    table = Table("instrument", *kinds, title="Instrument × fault, SIMULATED")
    for name in dict.fromkeys(row["instrument"] for row in rows):
        table.add_row(name, *[_short(row) for row in rows if row["instrument"] == name])
    return table


def _short(row: dict[str, Any]) -> str:
    """Counts of outcomes and the worst detection time: "T8 t2 3.1"."""
    if row["outcome"] == "unsupported":
        return SHORT["unsupported"]
    counts = " ".join(f"{SHORT[name]}{count}" for name, count in row["counts"].items())
    text = counts + (f" {row['detection_s']['worst']:.1f}" if row["detection_s"] else "")
    return f"[bold red]{text}[/]" if row["outcome"] == "NOT SAFE" else text


def _figures_table(rows: Sequence[dict[str, Any]]) -> Any:
    from rich.table import Table

    table = Table("figure", "must", "n", "median", "worst", "met", title="Safety figures, SIMULATED")
    for row in rows:
        table.add_row(
            row["figure"], row["must"], str(row["n"]), row["median"], row["worst"], "yes" if row["met"] else "NO"
        )
    return table


def _thermal_table(rows: Sequence[dict[str, Any]]) -> Any:
    """Fault and phase; the worst plant of each."""
    from rich.table import Table

    phases = list(dict.fromkeys(row["phase"] for row in rows))
    table = Table("thermal fault", *phases, "promise", title="Thermal faults over plants ±20 %, SIMULATED: n, worst s")
    for fault in dict.fromkeys(row["fault"] for row in rows):
        of = [row for row in rows if row["fault"] == fault]
        table.add_row(fault, *[_thermal_short([row for row in of if row["phase"] == phase]) for phase in phases],
                      "" if of[0]["promised_s"] is None else f"{of[0]['promised_s']:g} s")  # fmt: skip
    return table


def _thermal_short(rows: Sequence[dict[str, Any]]) -> str:
    shown, missed = sum(row["n"] for row in rows), sum(row["missed"] for row in rows)
    worst = [row["worst_s"] for row in rows if row["worst_s"] is not None]
    text = f"n {shown}" + (f", {max(worst):.1f}" if worst else "")
    return text + (f", [bold red]{missed} missed[/]" if missed else "") if shown else "not observable"
