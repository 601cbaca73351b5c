"""What `adatom eis fit` says about one spectrum, as plain data for --json and as text and tables for people."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from adatom.cloud.measure.eis.cell import CellFit
from adatom.cloud.measure.eis.check_report import show_verdict, verdict_data
from adatom.cloud.measure.eis.fit import Problem
from adatom.cloud.measure.eis.intervals import Z_95, ends
from adatom.cloud.measure.eis.kramers_kronig import judge
from adatom.cloud.measure.eis.result import CircuitFit
from adatom.cloud.measure.eis.select import Candidate
from adatom.cloud.measure.eis.table import Spectrum
from adatom.cloud.measure.eis.wording import interval_text, json_ends, show_head, show_notes, show_outliers
from rich.console import Console
from rich.table import Table

GEOMETRY_NOTE = "R_interface needs the geometry: give --area-cm2 (and --single for one interface)"


def as_data(
    file: str,
    spectrum: Spectrum,
    problem: Problem,
    best: CircuitFit,
    tried: Sequence[Candidate],
    cell: CellFit | None,
    sides: int = 2,
) -> dict[str, Any]:
    """Everything that the command found, JSON-ready; the cell has as many interfaces as `sides`."""
    return {
        "file": file,
        "format": spectrum.meta.get("format", ""),
        "points": int(spectrum.freq_hz.size),
        "frequency_hz": [float(spectrum.freq_hz.min()), float(spectrum.freq_hz.max())],
        "circuit": best.circuit.text,
        "parameters": [
            {
                "name": p.name,
                "unit": p.unit,
                "value": p.value,
                "standard_error": None if p.held else p.sd,
                "interval_95": None if p.held else json_ends(p.low, p.high),
            }
            for p in best.parameters
        ],
        "totals": [{"names": t.names, "value": t.value, "interval_95": json_ends(t.low, t.high)} for t in best.totals],
        "chi2": best.chi2,
        "noise": best.noise,
        "bic": best.bic,
        "aic": best.aic,
        "converged": best.converged,
        "outliers_hz": [float(f) for f in spectrum.freq_hz[best.outliers]],
        "kramers_kronig": verdict_data(judge(problem.freq_hz, problem.z_ohm, problem.keep, spectrum.time_s)),
        "tried": [{"circuit": c.fit.circuit.text, "bic": c.fit.bic, "refused": c.refused} for c in tried],
        "interface": _cell_data(cell, sides) if cell else None,
        "notes": [
            *spectrum.notes,
            *best.remarks(problem.noise),
            *(_of_another(best, cell) if cell else [GEOMETRY_NOTE]),
        ],
    }


def _of_another(best: CircuitFit, cell: CellFit) -> list[str]:
    """That R_interface comes of another circuit than the one printed, so that its arcs do not add up to it."""
    if cell.model is None or cell.model.circuit.text == best.circuit.text:
        return []
    return [f"R_interface is of {cell.model.circuit.text}, fitted for the interface, not of the circuit above"]


def _cell_data(cell: CellFit, sides: int) -> dict[str, Any]:
    return {
        "r_interface_ohm_cm2": cell.r_interface_ohm_cm2,
        "sd_log": cell.sd_log,
        "interval_95": interval(cell),
        "interfaces": sides,
        "quality": cell.quality,
        "reason": cell.reason,
        "arcs": [asdict(arc) for arc in cell.arcs],
        "circuit": cell.model.circuit.text if cell.model else None,
        "notes": list(cell.notes),
    }


def interval(cell: CellFit) -> list[float | None] | None:
    """The 95 % interval of R_interface in ohm cm2."""
    if cell.r_interface_ohm_cm2 is None or cell.sd_log is None:
        return None
    reach = Z_95 * cell.sd_log
    return json_ends(*ends(cell.r_interface_ohm_cm2, reach, reach))


def show(console: Console, data: dict[str, Any]) -> None:
    """Print the findings for a person."""
    show_head(console, data)
    console.print(f"circuit [bold]{data['circuit']}[/bold]", highlight=False)
    console.print(_parameters(data["parameters"]))
    quality = f"chi2 {data['chi2']:.4g}, noise {100 * data['noise']:.2f} % of |Z| a point, BIC {data['bic']:.1f}"
    console.print(quality, highlight=False)
    show_outliers(console, data["outliers_hz"])
    show_verdict(console, data["kramers_kronig"])
    if len(data["tried"]) > 1:
        console.print(_tried(data["tried"], data["circuit"]))
    if data["interface"]:
        _show_interface(console, data["interface"])
    show_notes(console, data["notes"])


def _parameters(parameters: list[dict[str, Any]]) -> Table:
    table = Table("parameter", "value", "standard error", "95 %", "unit")
    for row in parameters:
        error = row["standard_error"]
        shown = "at its limit" if error is None else f"{error:.2g} ({100 * error / row['value']:.2g} %)"
        known = interval_text(*row["interval_95"]) if row["interval_95"] else ""
        table.add_row(row["name"], f"{row['value']:.5g}", shown, known, row["unit"])
    return table


def _tried(tried: list[dict[str, Any]], chosen: str) -> Table:
    table = Table("circuit tried", "BIC", "")
    for row in tried:
        table.add_row(row["circuit"], f"{row['bic']:.1f}", "chosen" if row["circuit"] == chosen else row["refused"])
    return table


def _show_interface(console: Console, found: dict[str, Any]) -> None:
    if found["r_interface_ohm_cm2"] is None:
        console.print(f"R_interface: none, the spectrum is unusable ({found['reason']})")
        return
    each = " a side" if found["interfaces"] > 1 else ""
    known = interval_text(*found["interval_95"])
    text = f"R_interface [bold]{found['r_interface_ohm_cm2']:.4g} Ω·cm²[/bold]{each}, 95 % {known}"
    console.print(text + (" (below detection)" if found["quality"] == "below_detection" else ""), highlight=False)
    show_notes(console, found["notes"], "  ")
