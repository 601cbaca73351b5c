"""What a step test found, kept beside the bench file: plant.json with its conditions, the course as CSV, a picture.

`config` reads the values; here they are written, and said to people.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .config import PLANT, PLANT_VERSION
from .plant_fit import Course, Fit
from .step_picture import picture

UNITS = {row[0]: row[1] for row in PLANT} | {"gain_k_w": "K/W", "time_constant_s": "s"}
CLOSED = 3.0  # closed-loop time constant and dead time together, in dead times: as control.HeaterLoop
DIGITS = 6


@dataclass(frozen=True)
class Circumstances:
    """When, where and how a course was measured."""

    date: str
    bench: str
    envelope: str
    simulated: bool
    power_w: tuple[float, float]
    pressure_pa: float
    wall_c: float


def document(fit: Fit, course: Course, when: Circumstances) -> dict[str, Any]:
    """The content of plant.json."""
    return {
        "version": PLANT_VERSION,
        "bench": when.bench,
        "date": when.date,
        "envelope": when.envelope,
        "simulated": when.simulated,
        "conditions": {
            "power_w": list(when.power_w),
            "pressure_pa": _short(when.pressure_pa),
            "wall_c": when.wall_c,
            "lowest_c": min(course.heater_c),
            "highest_c": max(course.heater_c),
            "duration_s": len(course.heater_c),
        },
        "plant": {name: _entry(name, estimate.value, estimate.sd) for name, estimate in fit.plant.items()},
        "at": {"operating_c": fit.operating_c} | {n: _entry(n, e.value, e.sd) for n, e in fit.at.items()},
        "controller": tuning(fit),
        "fit": {
            "good": fit.good,
            "says": list(fit.says),
            "rms_k": _short(fit.rms_k),
            "split": fit.split,
            "correlation": _short(fit.correlation),
        },
    }


def tuning(fit: Fit) -> dict[str, float]:
    """SIMC PI settings at the operating temperature, for a controller that closes its own loop (W/K, s)."""
    closed_s = CLOSED * fit.at["dead_time_s"].value
    return {
        "gain_w_k": _short(fit.plant["heat_capacity_j_k"].value / closed_s),
        "integral_s": _short(min(fit.at["time_constant_s"].value, 4.0 * closed_s)),
    }


def save(path: Path, fit: Fit, course: Course, when: Circumstances) -> dict[str, Any]:
    """Write PATH, and beside it the course (.csv) and the picture (.svg); the document. Whole files or none."""
    found = document(fit, course, when)
    title = f"{'simulated ' if when.simulated else ''}step test of {when.bench}, {when.date}"
    rows = zip(course.power_w, course.heater_c, fit.model_c, strict=True)
    table = "t_s,power_w,heater_c,model_c\n" + "".join(
        f"{second},{power:g},{heater:.2f},{model:.3f}\n" for second, (power, heater, model) in enumerate(rows)
    )
    _replace(path.with_suffix(".csv"), table)
    _replace(path.with_suffix(".svg"), picture(course, fit.model_c, title))
    _replace(path, json.dumps(found, indent=2) + "\n")
    return found


def sentences(found: dict[str, Any]) -> list[str]:
    """The document in words, one line each."""
    lines = [
        f"{name:<20} {entry['value']:.4g} ± {entry['sd']:.2g} {entry['unit']}" for name, entry in found["plant"].items()
    ]
    at = found["at"]
    lines.append(f"at {at['operating_c']:.0f} °C:")
    lines += [f"{name:<20} {at[name]['value']:.4g} ± {at[name]['sd']:.2g} {at[name]['unit']}"
              for name in ("gain_k_w", "time_constant_s", "dead_time_s")]  # fmt: skip
    settings = found["controller"]
    lines.append(f"for a controller's own PI: gain {settings['gain_w_k']:.3g} W/K (P band = full power / gain), "
                 f"integral {settings['integral_s']:.0f} s")  # fmt: skip
    fit = found["fit"]
    lines.append(f"fit: rms {fit['rms_k']:.2f} K; ± is one standard error")
    if not fit["split"]:
        lines.append("radiation and conduction: their sum is determined, the split is not "
                     f"(correlation {fit['correlation']:.2f}; more power tells them apart)")  # fmt: skip
    verdict = "good enough to control by" if fit["good"] else "NOT good enough: " + "; ".join(fit["says"])
    return [*lines, f"the fit is {verdict}"]


def _entry(name: str, value: float, sd: float) -> dict[str, Any]:
    return {"value": _short(value), "sd": _short(sd), "unit": UNITS[name]}


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
