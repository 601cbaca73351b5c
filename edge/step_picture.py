"""A step test as a picture: thermocouple and fitted curve over time, the power below, the residual between. SVG."""

import math
from collections.abc import Sequence

from .plant_fit import Course

WIDTH, HEIGHT, LEFT, RIGHT = 720, 500, 60, 20
PANELS = (  # label, top, bottom
    ("heater / °C", 60, 260),
    ("measured − fitted / K", 290, 350),
    ("power / W", 380, 440),
)
MEASURED, MODEL, POWER, GRID = "#888888", "#c0392b", "#2c6fbb", "#e4e4e4"
POINTS = 600  # a curve needs no more to look smooth
TICK_PX, TIME_PX = 20, 70  # between two numbers of a scale, at least
MARGIN = 0.05  # of a scale, above and below its curves

Curve = tuple[Sequence[float], str, float]  # values a second, colour, width of the line


def picture(course: Course, model_c: Sequence[float], title: str) -> str:
    """The text of an SVG file."""
    off = [m - c for m, c in zip(course.heater_c, model_c, strict=True)]
    panels: tuple[tuple[Curve, ...], ...] = (
        ((course.heater_c, MEASURED, 3.0), (model_c, MODEL, 1.2)),
        ((off, MEASURED, 1.0),),
        ((course.power_w, POWER, 1.5),),
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="24" font-size="13">{_escaped(title)}</text>',
        f'<text x="{WIDTH - RIGHT}" y="{PANELS[0][1] - 8}" text-anchor="end"><tspan fill="{MEASURED}">measured</tspan> '
        f'<tspan fill="{MODEL}">fitted</tspan></text>',
    ]
    for (label, top, bottom), curves in zip(PANELS, panels, strict=True):
        parts += _times(len(off), top, bottom) + _panel(label, top, bottom, curves)
    below = PANELS[-1][2]
    for minute in _minutes(len(off)):
        parts.append(_text(_x(60 * minute, len(off)), below + 16, f"{minute:g}", "middle"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, below + 36, "time / min", "middle"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def round_steps(low: float, high: float, most: int) -> list[float]:
    """The multiples of 1, 2 or 5 times a power of ten within low and high: at most `most` of them, or a single one."""
    span = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(factor * power for factor in (1, 2, 5, 10, 20) if span / (factor * power) < most)
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _panel(label: str, top: int, bottom: int, curves: Sequence[Curve]) -> list[str]:
    """One frame with its scale and curves."""
    low = min(min(values) for values, _, _ in curves)
    high = max(max(values) for values, _, _ in curves)
    margin = MARGIN * ((high - low) or 1.0)
    low, high = low - margin, high + margin

    def y(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - top)

    parts = []
    for value in round_steps(low, high, (bottom - top) // TICK_PX):
        parts.append(_line(LEFT, y(value), WIDTH - RIGHT, y(value)))
        parts.append(_text(LEFT - 6, y(value) + 4, f"{value:.6g}".replace("-", "−"), "end"))
    parts.append(
        f'<rect x="{LEFT}" y="{top}" width="{WIDTH - LEFT - RIGHT}" height="{bottom - top}" '
        'fill="none" stroke="#999999"/>'
    )
    parts.append(_text(LEFT, top - 8, label, "start"))
    for values, colour, stroke in curves:
        every = max(1, len(values) // POINTS)
        points = " ".join(f"{_x(i, len(values)):.1f},{y(values[i]):.1f}" for i in range(0, len(values), every))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{stroke}"/>')
    return parts


def _times(count: int, top: int, bottom: int) -> list[str]:
    """The upright lines of a frame."""
    places = [_x(60 * minute, count) for minute in _minutes(count)]
    return [_line(x, top, x, bottom) for x in places]


def _minutes(count: int) -> list[float]:
    return round_steps(0, (count - 1) / 60, (WIDTH - LEFT - RIGHT) // TIME_PX)


def _x(second: float, count: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * second / max(1, count - 1)


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{GRID}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{_escaped(text)}</text>'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
