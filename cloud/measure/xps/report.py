"""What `adatom xps` says about a surface, as plain data for --json and as tables for people."""

from typing import Any

from adatom.cloud.measure.xps.analyse import Analysis
from adatom.cloud.measure.xps.fit import LevelFit
from adatom.cloud.measure.xps.intensity import Fraction
from adatom.cloud.measure.xps.layers import Layers
from rich.console import Console
from rich.table import Table

SDS_95 = 1.96
MISFIT = 3.0  # reduced chi2 above which the states of the table do not describe a level


def as_data(files: list[str], found: Analysis) -> dict[str, Any]:
    """Everything that the command found, JSON-ready."""
    return {
        "files": files,
        "sample": found.sample,
        "simulated": found.simulated,
        "charging_ev": found.shift_ev,
        "charging_sd_ev": found.shift_sd_ev,
        "reference": found.reference,
        "levels": [_level(fit, found) for fit in found.fits],
        "surface_fractions": [_fraction(fraction) for fraction in found.fractions],
        "not_detected": [element for element, _ in found.intensities.undetected],
        "layers": None if found.layers is None else _layers(found.layers),
        "notes": [*found.notes, *_notes(found)],
    }


def _level(fit: LevelFit, found: Analysis) -> dict[str, Any]:
    return {
        "level": fit.level.name,
        "detected": fit.level.name in found.intensities.levels,
        "spectrum": fit.spectrum.name,
        "chi2": fit.chi2,
        "components": [
            {
                "state": c.state.name,
                "binding_ev": c.binding_ev - found.shift_ev,
                "fwhm_ev": c.fwhm_ev,
                "area_counts_ev": c.area,
                "area_sd_counts_ev": c.area_sd,
            }
            for c in fit.components
        ],
    }


def _fraction(fraction: Fraction) -> dict[str, Any]:
    return {
        "element": fraction.element,
        "value": fraction.value,
        "sd": fraction.sd,
        "sd_counting": fraction.sd_counting,
        "interval_95": [
            max(fraction.value - SDS_95 * fraction.sd, 0.0),
            min(fraction.value + SDS_95 * fraction.sd, 1.0),
        ],
    }


def _layers(layers: Layers) -> dict[str, Any]:
    return {
        "overlayer_nm": layers.overlayer_nm,
        "overlayer_sd_nm": layers.overlayer_sd_nm,
        "at_least": layers.at_least,
        "carbonate_share": layers.carbonate_share,
        "carbonate_share_sd": layers.carbonate_share_sd,
        "adventitious_carbon_nm": layers.carbon_nm,
        "adventitious_carbon_sd_nm": layers.carbon_sd_nm,
        "film_fractions": [_fraction(fraction) for fraction in layers.film],
        "per_12_oxygen": {name: {"value": value, "sd": sd} for name, (value, sd) in layers.per_formula.items()},
    }


def _notes(found: Analysis) -> list[str]:
    notes = [
        f"{fit.level.name}: residuals are {fit.chi2**0.5:.1f} times the noise, the lines of the table do not describe "
        "it; its uncertainty is widened by that"
        for fit in found.fits
        if fit.chi2 is not None and fit.chi2 > MISFIT
    ]
    if found.reference.startswith("none"):
        notes.append("energies are not referenced: give --shift-ev or a C 1s spectrum")
    if found.layers is not None and found.layers.doubt:
        notes.append(found.layers.doubt)
    if found.layers is not None and not found.layers.film:
        hidden = "lithium" if found.layers.per_formula else "composition"
        notes.append(f"the overlayer hides the film's {hidden}: it is not told")
    return notes


def show(console: Console, data: dict[str, Any]) -> None:
    """Print the findings for a person."""
    kind = " (simulated)" if data["simulated"] else ""
    console.print(f"sample {data['sample'] or 'without a name'}{kind}", highlight=False, markup=False)
    charging = f"charging {data['charging_ev']:+.2f} ± {data['charging_sd_ev']:.2f} eV"
    console.print(f"{charging}, reference {data['reference']}", highlight=False)
    console.print(_lines([level for level in data["levels"] if level["detected"]]))
    layers = data["layers"]
    console.print(_compositions(data["surface_fractions"], layers))
    if data["not_detected"]:
        console.print("not detected: " + ", ".join(data["not_detected"]), highlight=False)
    if layers is not None:
        _show_layers(console, layers)
    for note in data["notes"]:
        console.print(f"note: {note}", highlight=False, markup=False, soft_wrap=True)


def _lines(levels: list[dict[str, Any]]) -> Table:
    table = Table("level", "state", "binding / eV", "width / eV", "area / counts eV", "chi2")
    for level in levels:
        for k, c in enumerate(level["components"]):
            first = (level["level"], "" if level["chi2"] is None else f"{level['chi2']:.2f}") if k == 0 else ("", "")
            area = f"{c['area_counts_ev']:.0f} ± {c['area_sd_counts_ev']:.0f}"
            table.add_row(first[0], c["state"], f"{c['binding_ev']:.2f}", f"{c['fwhm_ev']:.2f}", area, first[1])
    return table


def _compositions(surface: list[dict[str, Any]], layers: dict[str, Any] | None) -> Table:
    """Atomic percent of the surface and of the film, with half widths of the 95 % intervals."""
    film = {row["element"]: row for row in layers["film_fractions"]} if layers else {}
    atoms = layers["per_12_oxygen"] if layers else {}
    table = Table("element", "surface, at.%", "of it counting", "film, at.%", "film, for 12 O", caption="± 95 %")
    for row in surface:
        below, of = film.get(row["element"]), atoms.get(row["element"])
        table.add_row(
            row["element"], _percent(row, "sd"), f"± {100 * SDS_95 * row['sd_counting']:.2f}",
            _percent(below, "sd") if below else "", f"{of['value']:.2f} ± {SDS_95 * of['sd']:.2f}" if of else "",
        )  # fmt: skip
    return table


def _percent(row: dict[str, Any], sd: str) -> str:
    return f"{100 * row['value']:.2f} ± {100 * SDS_95 * row[sd]:.2f}"


def _show_layers(console: Console, layers: dict[str, Any]) -> None:
    if layers["at_least"]:
        text = f"overlayer at least [bold]{layers['overlayer_nm']:.1f} nm[/bold]: the film's oxygen is not seen"
        console.print(text, highlight=False)
        return
    value, sd = layers["overlayer_nm"], layers["overlayer_sd_nm"]
    text = (
        f"overlayer [bold]{value:.2f} nm[/bold], 95 % {max(value - SDS_95 * sd, 0.0):.2f} to {value + SDS_95 * sd:.2f}"
    )
    share = f"{100 * min(layers['carbonate_share'], 1.0):.0f} ± {100 * SDS_95 * layers['carbonate_share_sd']:.0f} %"
    console.print(f"{text}; carbonate {share} of it, the rest hydroxide", highlight=False)
    if layers["adventitious_carbon_nm"] is not None:
        carbon, spread = layers["adventitious_carbon_nm"], SDS_95 * layers["adventitious_carbon_sd_nm"]
        console.print(f"adventitious carbon {carbon:.2f} ± {spread:.2f} nm", highlight=False)
