"""What `adatom cycle` says, as plain data for --json and as tables for people."""

from typing import Any

import numpy as np
from adatom.cloud.measure.cycling.analyse import Analysis
from adatom.cloud.measure.cycling.compare import Comparison
from adatom.cloud.measure.cycling.lifetimes import Lifetimes, Survival
from adatom.cloud.measure.cycling.weibull import Estimate, Weibull
from adatom.cloud.web.theme import SIMULATED
from rich.console import Console
from rich.table import Table

SHOWN_CYCLES = 12  # rows of the table; --json has all


def cell_data(file: str, found: Analysis) -> dict[str, Any]:
    """Everything that the command found of one cell, JSON-ready; currents in A, charges in Ah, resistances in ohm."""
    return {
        "file": file,
        "simulated": found.simulated,
        "rows": found.record.time_s.size,
        "half_cycles": len(found.halves),
        "symmetric": found.symmetric,
        "area_cm2": found.record.area_cm2,
        "life": {"cycles": found.life.cycles, "failed": found.life.failed, "why": found.life.why},
        "short": None if found.short is None else _short(found),
        "critical_current_a": None if found.critical is None else [found.critical.low, found.critical.high],
        "coulombic_efficiency": estimate_data(found.efficiency),
        "fade_per_cycle": estimate_data(found.fade_per_cycle),
        "cycles": [vars(cycle) for cycle in found.cycles],
        "notes": list(found.notes),
    }


def _short(found: Analysis) -> dict[str, Any]:
    short = found.short
    assert short is not None
    return {
        "cycle": found.cycles[short.row].number,
        "kind": short.kind,
        "share_left": short.left,
        "healed": short.healed,
    }


def estimate_data(one: Estimate | None) -> dict[str, float | None] | None:
    """An estimate as value, low and high; null where the data set none."""
    if one is None:
        return None
    return {"value": _finite(one.value), "low": _finite(one.low), "high": _finite(one.high)}


def _finite(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def show_cell(console: Console, data: dict[str, Any]) -> None:
    """Print what one cell's record says."""
    kind = "symmetric cell" if data["symmetric"] else "full cell"
    mark = f" ({SIMULATED})" if data["simulated"] else ""
    console.print(
        f"[bold]{data['file']}[/bold]{mark}: {kind}, {data['half_cycles']} half cycles", highlight=False, soft_wrap=True
    )
    console.print(_cycles_table(data))
    for line in cell_lines(data):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def cell_lines(data: dict[str, Any]) -> list[str]:
    """The verdicts, a line each."""
    life, short = data["life"], data["short"]
    lines = [
        f"life {life['cycles']} cycles, {life['why']}" if life["failed"] else f"lives on at cycle {life['cycles']}"
    ]
    if short:
        healed = ", healed later" if short["healed"] else ""
        lines.append(
            f"{short['kind']} short at cycle {short['cycle']}: {short['share_left']:.0%} of the resistance left{healed}"
        )
    if data["critical_current_a"]:
        lines.append(f"critical current {_bracket(data)}")
    if data["coulombic_efficiency"]:
        lines.append(f"coulombic efficiency {_with_interval(data['coulombic_efficiency'], 100, '{:.2f}')} %")
    if data["fade_per_cycle"]:
        lines.append(f"fade {_with_interval(data['fade_per_cycle'], 100, '{:.3f}')} % of the first capacity a cycle")
    return lines + [f"note: {note}" for note in data["notes"]]


def _bracket(data: dict[str, Any]) -> str:
    low, high = data["critical_current_a"]
    area = data["area_cm2"]
    factor, unit = (1000.0, "mA") if area is None else (1000.0 / area, "mA/cm²")
    if low is None:
        return f"below {high * factor:.3g} {unit}, the first current"
    if high is None:
        return f"above {low * factor:.3g} {unit}, the last current"
    return f"between {low * factor:.3g} and {high * factor:.3g} {unit}"


def _with_interval(one: dict[str, float | None], factor: float, form: str) -> str:
    value, low, high = (form.format(factor * part) if part is not None else "∞" for part in one.values())
    return f"{value} (95 % {low} to {high})"


def _cycles_table(data: dict[str, Any]) -> Table:
    cycles, area = data["cycles"], data["area_cm2"]
    table = Table("cycle", "current / " + ("mA" if area is None else "mA/cm²"), "plateau / mV",
                  "|V|/I / " + ("Ω" if area is None else "Ω·cm²"), "charge / mAh", "efficiency / %")  # fmt: skip
    for place in shown_rows(len(cycles), data["short"] and _row(cycles, data["short"]["cycle"])):
        if place is None:
            table.add_row("…")
            continue
        one = cycles[place]
        known = (1000 / (area or 1) * one["current_a"], 1000 * one["plateau_v"], (area or 1) * one["resistance_ohm"])
        charge, efficiency = _number(one["charge_ah"], 1000, 4), _number(one["efficiency"], 100, 5)
        table.add_row(str(one["number"]), *(f"{value:.4g}" for value in known), charge, efficiency)
    return table


def _row(cycles: list[dict[str, Any]], number: int) -> int:
    return next(i for i, cycle in enumerate(cycles) if cycle["number"] == number)


def _number(value: float | None, factor: float, digits: int) -> str:
    return "" if value is None else f"{factor * value:.{digits}g}"


def shown_rows(count: int, short: int | None) -> list[int | None]:
    """Rows that a table shows: first and last ones and those around the short; None where some are left out."""
    if count <= SHOWN_CYCLES:
        return list(range(count))
    around = range(max(0, (short or 0) - 2), min(count, (short or 0) + 2)) if short is not None else range(0)
    wanted = sorted({*range(4), *around, *range(count - 3, count)})
    rows: list[int | None] = []
    for before, row in zip([-1, *wanted], wanted, strict=False):
        rows += [None, row] if row != before + 1 else [row]
    return rows


# --- groups ---------------------------------------------------------------------------------------------------------
def groups_data(
    groups: list[Lifetimes],
    curves: list[Survival],
    laws: list[Weibull | None],
    compared: list[Comparison],
    notes: tuple[str, ...],
    simulated: bool,
) -> dict[str, Any]:
    """Everything that a comparison found, JSON-ready; null where the data set no bound."""
    return {
        "simulated": simulated,
        "groups": [_group(*one) for one in zip(groups, curves, laws, strict=True)],
        "comparisons": [{**vars(one), "ratio": estimate_data(one.ratio), "notes": list(one.notes)} for one in compared],
        "notes": list(notes),
    }


def _group(lives: Lifetimes, curve: Survival, law: Weibull | None) -> dict[str, Any]:
    columns = {name: getattr(curve, name).tolist() for name in ("cycles", "share", "low", "high")}
    return {
        "name": lives.name,
        "cells": lives.cycles.size,
        "failed": lives.failures,
        "cycles": lives.cycles.tolist(),
        "failed_each": lives.failed.tolist(),
        "kaplan_meier": columns | {"median": curve.median, "median_interval": [curve.median_low, curve.median_high]},
        "weibull": None if law is None else {name: estimate_data(one) for name, one in vars(law).items()},
    }


def show_groups(console: Console, data: dict[str, Any]) -> None:
    """Print groups and comparisons."""
    if data["simulated"]:
        console.print(f"[bold]{SIMULATED}[/bold]", highlight=False, soft_wrap=True)
    table = Table("group", "cells", "failed", "median life, Kaplan-Meier", "Weibull median", "scale", "shape")
    for one in data["groups"]:
        table.add_row(*(str(one[name]) for name in ("name", "cells", "failed")), _median(one["kaplan_meier"]),
                      *_law(one["weibull"]))  # fmt: skip
    console.print(table)
    for one in data["comparisons"]:
        for line in comparison_lines(one):
            console.print(line, highlight=False, markup=False, soft_wrap=True)
    for note in data["notes"]:
        console.print(f"note: {note}", highlight=False, markup=False, soft_wrap=True)


def _median(curve: dict[str, Any]) -> str:
    median, (low, high) = curve["median"], curve["median_interval"]
    if median is None:
        return "more than half live" if low is None else f"above {low:.4g}"
    return f"{median:.4g} ({_or(low, '0')} to {_or(high, '∞')})"


def _or(value: float | None, other: str) -> str:
    return other if value is None else f"{value:.4g}"


def _law(law: dict[str, Any] | None) -> tuple[str, str, str]:
    if law is None:
        return ("too few failed", "", "")
    median, scale, shape = (_span(law[name]) for name in ("median", "scale", "shape"))
    return (median, scale, shape)


def _span(one: dict[str, float | None]) -> str:
    value, low, high = (_or(None if part is None else float(f"{part:.3g}"), "∞") for part in one.values())
    return f"{value} ({low} to {high})"


def comparison_lines(one: dict[str, Any]) -> list[str]:
    """A comparison in words."""
    head = f"{one['name']} against {one['baseline']}: "
    if one["ratio"] is None:
        return [head + "no cell failed, nothing to compare"]
    p = "log-rank p: none, no failure has cells of both groups to choose from"
    if one["log_rank_p"] is not None:
        p = f"log-rank p = {one['log_rank_p']:.2g} (Holm {one['holm_p']:.2g})"
    size = f"outlives in {one['outlives']:.0%} of pairs"
    if one["effect_d"] is not None:
        size += f", d = {one['effect_d']:.2f}"
    return [head + _ratio(one["ratio"]), f"  {p}; {size}", *(f"  note: {note}" for note in one["notes"])]


def _ratio(ratio: dict[str, float | None]) -> str:
    if ratio["value"] is None:
        return f"lives at least {_or_short(ratio['low'])} times as long (95 %, from one side)"
    if not ratio["value"]:
        return f"lives at most {ratio['high']:.3g} times as long (95 %, from one side)"
    return f"lives {ratio['value']:.3g} times as long, 95 % {ratio['low']:.3g} to {_or_short(ratio['high'])}"


def _or_short(value: float | None) -> str:
    return "∞" if value is None else f"{value:.3g}"
