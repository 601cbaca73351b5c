"""Pictures of one cell and of groups' survival, .png and .svg by matplotlib."""

from typing import TYPE_CHECKING

import numpy as np
from adatom.cloud.measure.cycling.analyse import Analysis, unit_current
from adatom.cloud.measure.cycling.lifetimes import Lifetimes, Survival
from adatom.cloud.measure.cycling.weibull import Weibull
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.web.theme import BLUE, GREEN, GREY, ORANGE, PINK, SIMULATED, SKY, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = (BLUE, VERMILLION, GREEN, PINK, ORANGE, SKY)
MANY_HALVES = 60  # whose traces merge unless drawn thin
SHOWN_HALVES = 8  # profiles drawn, spread over the life
FAR_APART = 8.0  # longest over shortest life from which on the axis is logarithmic


# --- one cell -------------------------------------------------------------------------------------------------------
def cell_figure(found: Analysis) -> "Figure":
    """Voltage in time, profiles of some half cycles, and what a cycle gives: resistance, or capacity and efficiency."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    figure = Figure(figsize=(10.5, 3.4), layout=ConstrainedLayoutEngine(w_pad=0.12))
    titled(figure, found.record.name, found.simulated)
    time, profiles, life = figure.subplots(1, 3)
    scale, unit = (1000.0, "mV") if float(np.abs(found.record.voltage_v).max()) < 1.0 else (1.0, "V")
    time.plot(found.record.time_s / 3600.0, found.record.voltage_v * scale, color=BLUE,
              lw=0.7 if len(found.halves) < MANY_HALVES else 0.4)  # fmt: skip
    dress(time, "time / h", f"voltage / {unit}")
    _draw_profiles(profiles, found, scale)
    dress(profiles, "charge / " + _charge_unit(found), f"voltage / {unit}")
    if found.symmetric:
        _draw_resistance(life, found)
    else:
        _draw_capacity(life, found)
    return figure


def _charge_unit(found: Analysis) -> str:
    return "mAh" if found.record.area_cm2 is None else "mAh/cm²"


def _draw_profiles(axes: "Axes", found: Analysis, scale: float) -> None:
    from matplotlib import colormaps

    halves = found.halves
    rows = np.unique(np.linspace(0, len(halves) - 1, min(SHOWN_HALVES, len(halves))).round().astype(int))
    factor = 1000.0 / (found.record.area_cm2 or 1.0)
    for place, row in enumerate(rows):
        half = halves[row]
        part = slice(half.start, half.stop)
        colour = colormaps["viridis"](0.9 * place / max(1, len(rows) - 1))
        axes.plot(found.record.capacity_ah[part] * factor, found.record.voltage_v[part] * scale, color=colour, lw=1.2,
                  label=f"cycle {half.cycle}" if place in (0, len(rows) - 1) else None)  # fmt: skip
    axes.legend(fontsize=7, frameon=False, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))


def _draw_resistance(axes: "Axes", found: Analysis) -> None:
    """|V|/I by cycle, or by current where that grows, with the short."""
    area = found.record.area_cm2
    factor, current_unit = unit_current(found)
    ramp = found.critical is not None
    x = [factor * one.current_a if ramp else one.number for one in found.cycles]
    y = [one.resistance_ohm * (area or 1.0) for one in found.cycles]
    axes.plot(x, y, "o-" if len(x) < 60 else "-", ms=3, color=BLUE, lw=1.2)
    if found.short is not None:
        at, colour = x[found.short.row], VERMILLION if found.short.kind == "hard" else ORANGE
        axes.axvline(at, color=colour, lw=1.2, ls="--", label=f"{found.short.kind} short")
        axes.legend(fontsize=7, frameon=False, loc="best")
    axes.set_ylim(bottom=0.0)
    dress(axes, f"current / {current_unit}" if ramp else "cycle", "|V|/I / " + ("Ω" if area is None else "Ω·cm²"))


def _draw_capacity(axes: "Axes", found: Analysis) -> None:
    known = [one for one in found.cycles if one.discharge_ah]
    factor = 1000.0 / (found.record.area_cm2 or 1.0)
    axes.plot(
        [one.number for one in known], [(one.discharge_ah or 0.0) * factor for one in known], "o", ms=3, color=BLUE
    )
    axes.set_ylim(bottom=0.0)
    dress(axes, "cycle", "discharge capacity / " + _charge_unit(found))
    right = axes.twinx()
    sure = [one for one in known if one.efficiency is not None]
    right.plot([one.number for one in sure], [100.0 * (one.efficiency or 0.0) for one in sure], ".", ms=3, color=ORANGE)
    right.set_ylabel("coulombic efficiency / %", fontsize=8, color=ORANGE)
    right.tick_params(labelsize=7)


# --- groups ---------------------------------------------------------------------------------------------------------
def survival_figure(
    groups: list[Lifetimes], curves: list[Survival], laws: list[Weibull | None], lines: list[str], simulated: bool
) -> "Figure":
    """Survival curves with their bands, ticks where cells live on, and Weibull laws (dashed); `lines` stand above."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.6, 4.2), layout="constrained")
    titled(figure, "\n".join(lines), simulated)
    axes = figure.subplots()
    lives = np.concatenate([group.cycles for group in groups])
    far = float(lives.max()) > FAR_APART * float(lives.min())
    start = 0.5 * float(lives.min()) if far else 0.0
    end = float(lives.max()) * (1.3 if far else 1.04)
    for place, parts in enumerate(zip(groups, curves, laws, strict=True)):
        _draw_group(axes, *parts, COLOURS[place % len(COLOURS)], start, end)
    if far:
        axes.set_xscale("log")
    axes.set_xlim(start, end)
    axes.set_ylim(-0.02, 1.02)
    axes.legend(fontsize=8, frameon=False, loc="best")
    dress(axes, "cycles", "share of cells that live")
    return figure


def _draw_group(
    axes: "Axes", lives: Lifetimes, curve: Survival, law: Weibull | None, colour: str, start: float, end: float
) -> None:
    last = float(lives.cycles.max())
    at = np.concatenate([[start], curve.cycles, [last]])
    share, low, high = (
        _held(part, start_value) for part, start_value in ((curve.share, 1.0), (curve.low, 1.0), (curve.high, 1.0))
    )
    label = f"{lives.name}: {lives.failures} of {lives.cycles.size} failed"
    axes.step(at, share, where="post", color=colour, lw=1.8, label=label)
    axes.fill_between(at, low, high, step="post", color=colour, alpha=0.15, lw=0)
    living = lives.cycles[~lives.failed]
    if living.size:
        level = share[np.searchsorted(at, living, side="right") - 1]
        axes.plot(living, level, "|", ms=9, mew=1.4, color=colour)
    if law is not None:
        t = np.geomspace(max(start, end * 1e-4), end, 300)
        axes.plot(t, np.exp(-((t / law.scale.value) ** law.shape.value)), color=colour, lw=1.0, ls="--")


def _held(steps: Floats, first: float) -> Floats:
    """Values of steps with the one before the first and the last held to the end."""
    values = np.concatenate([[first], steps])
    return np.concatenate([values, values[-1:]])


def titled(figure: "Figure", text: str, simulated: bool) -> None:
    """Put a text above a figure, marked where it shows what is simulated."""
    figure.suptitle((f"{SIMULATED} · " if simulated else "") + text, x=0.01, ha="left", fontsize=9, color=GREY)


def dress(axes: "Axes", x: str, y: str) -> None:
    """Give axes their labels and the looks of all of them."""
    axes.set_xlabel(x, fontsize=8)
    axes.set_ylabel(y, fontsize=8)
    axes.tick_params(labelsize=7)
    axes.grid(color=GREY, alpha=0.2, lw=0.6)
    axes.spines[["top", "right"]].set_visible(False)
