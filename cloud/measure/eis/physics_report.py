"""What is said of a cell's physics and of an Arrhenius series: data for --json, text for people, the picture."""

from typing import Any

import numpy as np
from adatom.cloud.measure.eis.arrhenius import ZERO_C_K
from adatom.cloud.measure.eis.electrolyte import ArcPhysics, Physics
from adatom.cloud.measure.eis.geometry import Geometry, Value
from adatom.cloud.measure.eis.intervals import Z_95
from adatom.cloud.measure.eis.panels import Band, Curve, Panel
from adatom.cloud.measure.eis.series import Series
from adatom.cloud.measure.eis.wording import interval_text, json_ends, show_notes
from adatom.cloud.web.theme import BLUE, VERMILLION
from rich.console import Console
from rich.table import Table

ROOM_C = 25.0
MOST_LOG = 200.0  # of a conductivity in S/cm: 1e87, or as little, is what no line may be drawn to
STEPS = 100


# --- one spectrum ---------------------------------------------------------------------------------------------------


def physics_data(found: Physics, geometry: Geometry) -> dict[str, Any]:
    """JSON-ready."""
    return {
        "area_cm2": [geometry.area_cm2, geometry.area_sd_cm2],
        "thickness_cm": None if geometry.thickness_cm is None else [geometry.thickness_cm, geometry.thickness_sd_cm],
        "conductivity_bulk": _value(found.bulk),
        "conductivity_total": _value(found.total),
        "arcs": [_arc(arc) for arc in found.arcs],
        "blocking_brug": _value(found.blocking),
        "notes": list(found.notes),
    }


def _arc(arc: ArcPhysics) -> dict[str, Any]:
    return {
        "names": arc.names,
        "role": arc.role,
        "r": _value(arc.r_ohm),
        "capacitance_hsu_mansfeld": _value(arc.hsu_mansfeld),
        "capacitance_brug": _value(arc.brug),
        "permittivity": _value(arc.permittivity),
    }


def _value(one: Value | None) -> dict[str, Any] | None:
    if one is None:
        return None
    sd_log = one.sd_log if np.isfinite(one.sd_log) else None
    return {"value": one.value, "unit": one.unit, "sd_log": sd_log, "interval_95": json_ends(*one.interval)}


def show_physics(console: Console, found: Physics) -> None:
    """Print what the circuit means."""
    if found.arcs:
        table = Table("arc", "is", "C (Brug), F/cm²", "C (Hsu-Mansfeld), F/cm²", "permittivity")
        for arc in found.arcs:
            cells = [_text(one) for one in (arc.brug, arc.hsu_mansfeld, arc.permittivity)]
            table.add_row(arc.names, arc.role, *cells)
        console.print(table)
    for name, one in (("bulk", found.bulk), ("total", found.total)):
        if one is not None:
            console.print(f"conductivity, {name}: [bold]{_text(one)} S/cm[/bold]", highlight=False)
    if found.blocking is not None:
        console.print(f"blocking electrode (Brug): {_text(found.blocking)} F/cm²", highlight=False)
    show_notes(console, found.notes, "  ")


def _text(one: Value | None) -> str:
    if one is None:
        return ""
    return f"{one.value:.3g} ({interval_text(*one.interval, digits=3)})"


# --- a series -------------------------------------------------------------------------------------------------------


def series_data(found: Series) -> dict[str, Any]:
    """JSON-ready."""
    fit = found.fit
    return {
        "of": found.of,
        "law": law(found),
        "activation_energy_ev": {"value": fit.ea_ev, "sd": fit.ea_sd_ev, "interval_95": [fit.low, fit.high]},
        "ln_a": {"value": fit.log_a, "sd": fit.log_a_sd},
        "scatter": fit.scatter,
        "p": fit.p,
        "at_25_c": _value(_at_room(found)),
        "points": [
            {
                "name": one.name,
                "temperature_c": one.temperature_c,
                "conductivity": _value(one.found),
                "reason": one.reason or None,
            }
            for one in found.points
        ],
        "notes": [*found.notes, *fit.notes],
    }


def law(found: Series) -> str:
    """What was fitted."""
    return "ln(σT) = ln A - Ea / kT" if found.fit.with_t else "ln σ = ln A - Ea / kT"


def show_series(console: Console, found: Series) -> None:
    """Print the findings."""
    table = Table("spectrum", "°C", f"{found.of}, {found.unit}")
    for one in found.points:
        table.add_row(one.name, f"{one.temperature_c:g}", _text(one.found) if one.found else f"left out: {one.reason}")
    console.print(table)
    fit = found.fit
    text = f"Ea = [bold]{fit.ea_ev:.4g} eV[/bold], 95 % {fit.low:.4g} to {fit.high:.4g}, from {law(found)}"
    console.print(f"{text}, {fit.points} points", highlight=False, soft_wrap=True)
    room = _at_room(found)
    if room is not None:
        console.print(f"at 25 °C: {_text(room)} {found.unit}", highlight=False)
    show_notes(console, (*found.notes, *fit.notes))


def _at_room(found: Series) -> Value | None:
    """The line at 25 °C, None where it runs beyond all conductivities."""
    log_value, sd_log = found.fit.at(ROOM_C)
    reach = found.fit.quantile * sd_log
    return Value(float(np.exp(log_value)), found.unit, sd_log, (reach, reach)) if abs(log_value) < MOST_LOG else None


def series_panels(found: Series) -> list[Panel]:
    """σT (or σ) against 1000 / T with the line and its 95 % band, and what is left over; bars are 95 % of points."""
    known = [(one.temperature_c + ZERO_C_K, one.found) for one in found.points if one.found is not None]
    kelvin = np.array([at for at, _ in known])
    with_t = found.fit.with_t
    y = np.array([value.value for _, value in known]) * (kelvin if with_t else 1.0)
    grid = np.linspace(kelvin.min(), kelvin.max(), STEPS)
    line, sd = found.fit.log_conductivity(grid)
    line = line + (np.log(grid) if with_t else 0.0)
    reach = found.fit.quantile * sd
    low, high = np.exp(line - reach), np.exp(line + reach)
    unit = found.unit.replace("S/", "K S/") if with_t else found.unit
    at, texts = 1000.0 / kelvin, tuple(one.name for one in found.points if one.found is not None)
    bars, off = Z_95 * found.fit.sds, 100.0 * found.fit.residuals
    measured = Curve(found.of, BLUE, at, y, ".", texts, (y * np.exp(-bars), y * np.exp(bars)))
    left_over = Curve(found.of, BLUE, at, off, ".", texts, (off - 100.0 * bars, off + 100.0 * bars))
    across = 1000.0 / grid
    return [
        Panel(
            f"Ea = {found.fit.ea_ev:.3g} eV ({found.fit.low:.3g} to {found.fit.high:.3g})",
            "1000 K / T",
            f"{'σT' if with_t else 'σ'} / ({unit})",
            (measured, Curve("fit", VERMILLION, across, np.exp(line))),
            (Band("95 %", VERMILLION, across, low, high),),
            log_y=True,
        ),
        Panel("left over", "1000 K / T", "ln(measured / fit), %", (left_over,)),
    ]
