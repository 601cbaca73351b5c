"""What `adatom eis check` says, as plain data for --json and as text for people."""

from typing import Any

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes
from adatom.cloud.measure.eis.kramers_kronig import Verdict
from adatom.cloud.measure.eis.lin_kk import LinKK
from adatom.cloud.measure.eis.smooth import robust_sd
from adatom.cloud.measure.eis.table import Spectrum
from adatom.cloud.measure.eis.wording import show_head, show_notes, show_outliers
from rich.console import Console

HIDES = 0.015  # noise of |Z|: at 1 % a fifth of slow drifts of 10 % are missed, at 3 % most (the page on impedance)
KINDS = {
    "drift": "a drift through the sweep",
    "step": "a step of the modulus",
    "phase": "a step of the phase (in % of a rad)",
    "bump": "points that are off together",
}


def as_data(file: str, spectrum: Spectrum, found: Verdict, other: LinKK) -> dict[str, Any]:
    """Everything that the command found, JSON-ready. Residuals are shares of |Z|, measured - model; null: left out."""
    return {
        "file": file,
        "format": spectrum.meta.get("format", ""),
        "points": int(spectrum.freq_hz.size),
        "outliers_hz": spectrum.freq_hz[np.isnan(found.residuals)].tolist(),
        **verdict_data(found),
        "frequency_hz": spectrum.freq_hz.tolist(),
        "residuals": _columns(found.residuals),
        "lin_kk": {
            "terms": other.terms,
            "mu": other.mu,
            "mu_reached_cutoff": other.over_fitted,
            "chi2": other.chi2,
            "residuals": _columns(other.residuals),
        },
        "notes": list(spectrum.notes),
    }


def verdict_data(found: Verdict) -> dict[str, Any]:
    """The verdict, JSON-ready; sizes are shares of |Z| (of a phase: rad)."""
    seen = np.abs(found.residuals[~np.isnan(found.residuals)])
    return {
        "verdict": found.verdict,
        "noise": robust_sd(seen),
        "kind": found.kind,
        "size": found.size,
        "size_standard_error": found.size_sd,
        "score": found.score,
        "band_hz": list(found.band_hz) if found.band_hz else None,
    }


def _columns(residuals: Complexes) -> dict[str, list[float | None]]:
    return {
        name: [None if np.isnan(value) else float(value) for value in part]
        for name, part in (("real", residuals.real), ("imaginary", residuals.imag))
    }


def show(console: Console, data: dict[str, Any]) -> None:
    """Print the findings for a person."""
    show_head(console, data)
    show_verdict(console, data)
    show_outliers(console, data["outliers_hz"])
    other = data["lin_kk"]
    end = "" if other["mu_reached_cutoff"] else " (the most that were allowed; μ did not fall to its cutoff)"
    console.print(f"lin-KK: M {other['terms']}{end}, μ {other['mu']:.3f}, χ² {other['chi2']:.3g}", highlight=False)
    largest = {name: max(abs(v) for v in part if v is not None) for name, part in other["residuals"].items()}
    text = ", ".join(f"{name} {value:.2%}" for name, value in largest.items())
    console.print(f"lin-KK residuals, largest: {text} of |Z|", highlight=False)
    show_notes(console, data["notes"])


def show_verdict(console: Console, data: dict[str, Any]) -> None:
    """The line of a verdict's data."""
    console.print(f"Kramers-Kronig: [bold]{data['verdict']}[/bold]{_why(data)}", highlight=False, soft_wrap=True)


def _why(data: dict[str, Any]) -> str:
    if not data["band_hz"]:
        hides = data["noise"] > HIDES
        return f", but its noise, {data['noise']:.2g} of |Z|, would hide a drift of a tenth" if hides else ""
    low, high = data["band_hz"]
    size = f"{100 * data['size']:.2g} ± {100 * data['size_standard_error']:.1g} %"
    return f", most like {KINDS[data['kind']]}, {size}, {low:.4g} to {high:.4g} Hz"
