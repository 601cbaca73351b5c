"""What `adatom eis drt` says, as plain data for --json and as text and tables for people."""

from dataclasses import asdict
from typing import Any

import numpy as np
from adatom.cloud.measure.eis.drt import Drt
from adatom.cloud.measure.eis.drt_peaks import Interval, Peak, elastance, interval
from adatom.cloud.measure.eis.fit import Problem
from adatom.cloud.measure.eis.table import Spectrum
from adatom.cloud.measure.eis.wording import show_head, show_notes, show_outliers
from rich.console import Console
from rich.table import Table

MISFIT = 3.0  # residuals over the noise: no positive distribution describes the spectrum


def as_data(file: str, spectrum: Spectrum, problem: Problem, found: Drt, peaks: list[Peak]) -> dict[str, Any]:
    """Everything that the command found, JSON-ready. Intervals are value, low and high at 95 %."""
    low, high = found.band_ohm
    return {
        "file": file,
        "format": spectrum.meta.get("format", ""),
        "points": int(spectrum.freq_hz.size),
        "frequency_hz": [float(spectrum.freq_hz.min()), float(spectrum.freq_hz.max())],
        "outliers_hz": [float(f) for f in spectrum.freq_hz[problem.outliers]],
        "r_series_ohm": asdict(interval(found.r_series_ohm)),
        "r_polarisation_ohm": asdict(interval(found.r_polarisation_ohm)),
        "inductance_h": asdict(interval(found.inductance_h)),
        "elastance_per_f": asdict(elastance(found)),
        "lambda": found.lambda_,
        "noise": found.noise,
        "peaks": [asdict(peak) for peak in peaks],
        "tau_s": found.tau_s.tolist(),
        "gamma_ohm": found.mean_ohm.tolist(),
        "gamma_low_ohm": low.tolist(),
        "gamma_high_ohm": high.tolist(),
        "within_frequencies": found.window.tolist(),
        "notes": [*spectrum.notes, *_notes(problem, found, peaks)],
    }


def _notes(problem: Problem, found: Drt, peaks: list[Peak]) -> list[str]:
    notes = []
    if found.noise > MISFIT * problem.noise:
        ratio = found.noise / problem.noise
        notes.append(f"residuals are {ratio:.0f} times the noise: no positive distribution describes this spectrum")
    if found.lossy:
        notes.append("the inductance has losses, as of leads: inductances beside resistances were added")
    if not all(peak.complete for peak in peaks):
        notes.append("a peak marked 'cut off' goes on beyond the frequencies: its R and τ are of the part that is seen")
    if not peaks:
        notes.append("no peak is seen for certain")
    return notes


def show(console: Console, data: dict[str, Any]) -> None:
    """Print the findings for a person."""
    show_head(console, data)
    console.print(_table(data["peaks"]))
    for name, key in (("series R", "r_series_ohm"), ("polarisation R", "r_polarisation_ohm")):
        console.print(f"{name} {_text(Interval(**data[key]), 'Ω')}", highlight=False)
    console.print(_inductance(Interval(**data["inductance_h"])), highlight=False)
    console.print(_capacitance(Interval(**data["elastance_per_f"])), highlight=False)
    quality = f"noise {100 * data['noise']:.2f} % of |Z| a point, λ {data['lambda']:.3g} from the marginal likelihood"
    console.print(quality, highlight=False)
    show_outliers(console, data["outliers_hz"])
    show_notes(console, data["notes"])


def _table(peaks: list[dict[str, Any]]) -> Table:
    table = Table("peak", "τ", "R", "C", "")
    for number, peak in enumerate(peaks, 1):
        cells = (_text(Interval(**peak[key]), unit) for key, unit in (("tau_s", "s"), ("r_ohm", "Ω"), ("c_f", "F")))
        table.add_row(str(number), *cells, "" if peak["complete"] else "cut off")
    return table


def _text(found: Interval, unit: str) -> str:
    factor, prefix = _prefix(found.value)
    value, low, high = (f"{x / factor:.3g}" for x in (found.value, found.low, found.high))
    return f"{value} ({low} to {high}) {prefix}{unit}"


def with_prefix(value: float, unit: str) -> str:
    """Three digits with an SI prefix: 3.89 kΩ."""
    factor, prefix = _prefix(value)
    return f"{value / factor:.3g} {prefix}{unit}"


def _prefix(value: float) -> tuple[float, str]:
    power = int(np.clip(np.floor(np.log10(abs(value)) / 3), -5, 3)) if value else 0
    return 1000.0**power, "fpnµm kMG"[power + 5].strip()


def _inductance(found: Interval) -> str:
    return (
        f"inductance {_text(found, 'H')}"
        if found.low > 0
        else f"no inductance seen (none above {with_prefix(found.high, 'H')})"
    )


def _capacitance(elastance: Interval) -> str:
    """The series capacitance, from draws of its inverse."""
    if elastance.low > 0:
        capacitance = Interval(1 / elastance.value, 1 / elastance.high, 1 / elastance.low)
        return f"blocking capacitance {_text(capacitance, 'F')}"
    return "no blocking capacitance seen" + (
        f" (none below {with_prefix(1 / elastance.high, 'F')})" if elastance.high > 0 else ""
    )
