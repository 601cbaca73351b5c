"""A step test as a picture: thermocouple and fitted curve over time, the power below, the residual between. SVG."""

from collections.abc import Sequence

from .plant_fit import Course

WIDTH, LEFT, RIGHT = 720, 60, 20
PANELS = (("°C", 40, 240), ("measured - model, K", 270, 330), ("W", 360, 430))  # label, top, bottom
HEIGHT = 470
MEASURED, MODEL, POWER = "#888888", "#c0392b", "#2c6fbb"
POINTS = 600  # a curve needs no more to look smooth
TICKS = 4


def picture(course: Course, model_c: Sequence[float], title: str) -> str:
    """The text of an SVG file."""
    off = [m - c for m, c in zip(course.heater_c, model_c, strict=True)]
    panels = (
        ((course.heater_c, MEASURED, 3.0), (model_c, MODEL, 1.2)),
        ((off, MEASURED, 1.0),),
        ((course.power_w, POWER, 1.5),),
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20" font-size="13">{_escaped(title)}</text>',
        f'<text x="{WIDTH - RIGHT}" y="20" text-anchor="end"><tspan fill="{MEASURED}">measured</tspan> '
        f'<tspan fill="{MODEL}">fitted</tspan></text>',
    ]
    for (label, top, bottom), curves in zip(PANELS, panels, strict=True):
        parts += _panel(label, top, bottom, curves)
    for second in _times(len(off)):
        place = f'x="{_x(second, len(off)):.1f}" y="{HEIGHT - 20}"'
        parts.append(f'<text {place} text-anchor="middle">{second / 60:.0f} min</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(label: str, top: int, bottom: int, curves: Sequence[tuple[Sequence[float], str, float]]) -> list[str]:
    """One frame with its scale and curves."""
    low = min(min(values) for values, _, _ in curves)
    high = max(max(values) for values, _, _ in curves)
    span = (high - low) or 1.0
    low, high = low - 0.05 * span, high + 0.05 * span

    def y(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - top)

    parts = [
        f'<rect x="{LEFT}" y="{top}" width="{WIDTH - LEFT - RIGHT}" height="{bottom - top}" '
        'fill="none" stroke="#cccccc"/>',
        f'<text x="{LEFT + 6}" y="{top + 14}">{_escaped(label)}</text>',
    ]
    for step in range(TICKS + 1):
        value = low + (high - low) * step / TICKS
        parts.append(f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.4g}</text>')
    for values, colour, stroke in curves:
        every = max(1, len(values) // POINTS)
        points = " ".join(f"{_x(i, len(values)):.1f},{y(values[i]):.1f}" for i in range(0, len(values), every))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{stroke}"/>')
    return parts


def _x(second: int, count: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * second / max(1, count - 1)


def _times(count: int) -> range:
    """Whole minutes, at most about eight of them."""
    return range(0, count, 60 * max(1, round(count / 480)))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
