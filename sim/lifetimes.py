"""Groups of the twin's cells cycled to their end, and the lives that they really have. For benchmarks and examples."""

import numpy as np
from adatom.cloud.measure.cycling.critical import Brackets
from adatom.cloud.measure.cycling.lifetimes import Lifetimes
from adatom.cloud.measure.cycling.shorts import critical_current
from adatom.cloud.measure.eis.arrays import Floats
from adatom.protocol.errors import InputError
from adatom.protocol.recipe import Recipe

from .direct import sample_of
from .physics.cell import Cell
from .physics.chain import CYCLING_MA_CM2
from .physics.life import critical_current_record, cycling_record, draw_critical_current, draw_cycles_to_short
from .shipped import demo_envelope
from .world import World

LONGEST_TEST = 1_000_000  # cycles: a century
MOST_CELLS = 10_000
TRACE_SHARES = (0.001, 0.25, 0.5, 0.75, 1.0)  # of a half cycle, where a trace has rows
TRACE_CLIMB = 0.1
ANNEALED = {"anneal_c": 450.0, "anneal_min": 60.0}  # the surface treatment that takes the carbonate off


def cells_of(recipe: Recipe, world: World, cells: int, key: str) -> list[Cell]:
    """Cells of a recipe, each of a run of its own."""
    envelope = demo_envelope()
    keys = [f"{key}/{number}/1" for number in range(1, cells + 1)]
    return [sample_of(recipe, envelope, world, world.variation(one)).cell for one in keys]


def cycled(name: str, recipe: Recipe, world: World, cells: int, max_cycles: int, key: str = "lives") -> Lifetimes:
    """The lifetimes of a group's cells as their records show them: whole cycles, censored at the end of the test.

    The same draws as `cycling_record` makes of the same generator, without its thousands of voltages.
    """
    if not 1 <= max_cycles <= LONGEST_TEST:
        raise InputError("--max-cycles", f"{max_cycles}; 1 to {LONGEST_TEST} is allowed")
    if not 1 <= cells <= MOST_CELLS:
        raise InputError("--cells", f"{cells}; 1 to {MOST_CELLS} is allowed")
    lives = np.array(
        [
            draw_cycles_to_short(cell, CYCLING_MA_CM2, world.rng(f"{key}-{name}/{n}/1", "cycling"), world.values)
            for n, cell in enumerate(cells_of(recipe, world, cells, f"{key}-{name}"), 1)
        ]
    )
    low = np.floor(lives) + 1.0  # the first cycle whose voltage is that of a short
    return Lifetimes(name, np.minimum(low, max_cycles), low <= max_cycles)


def true_lives(name: str, recipe: Recipe, world: World, cells: int) -> Floats:
    """The lives of so many other cells of the recipe, in cycles, as nobody can measure them."""
    made = cells_of(recipe, world, cells, f"truth-{name}")
    rng = world.rng(f"truth-{name}", "cycling")
    return np.array([draw_cycles_to_short(cell, CYCLING_MA_CM2, rng, world.values) for cell in made])


def ramped(name: str, recipe: Recipe, world: World, cells: int, key: str = "ramps") -> Brackets:
    """The critical currents of a group's cells as records of a growing current show them, by the analysis itself.

    A cell that reaches the voltage limit first was not shorted.
    """
    found = []
    for number, cell in enumerate(cells_of(recipe, world, cells, f"{key}-{name}"), 1):
        record = critical_current_record(cell, world.rng(f"{key}-{name}/{number}/1", "ccd"), world.values)
        current, voltage = (np.array(record.columns[column]) for column in ("current_ma_cm2", "voltage_mv"))
        found.append(critical_current(current, voltage / current))
    passed, shorted = ([one.low or 0.0 for one in found], [one.high or np.inf for one in found])
    return Brackets(name, np.array(passed), np.array(shorted))


def true_critical_currents(name: str, recipe: Recipe, world: World, cells: int) -> Floats:
    """The critical currents (mA/cm²) of so many other cells of the recipe, as nobody can measure them."""
    rng = world.rng(f"truth-{name}", "ccd")
    made = cells_of(recipe, world, cells, f"truth-{name}")
    return np.array([draw_critical_current(cell, rng, world.values) for cell in made])


def trace(cell: Cell, rng: np.random.Generator, world: World, max_cycles: int, half_s: float = 1800.0) -> str:
    """A galvanostatic record of a cell as a CSV file: a few rows a half cycle, marked simulated.

    The voltage climbs to its plateau as contact is lost, by TRACE_CLIMB of it (chosen, to look like cells do).
    """
    record = cycling_record(cell, rng, world.values, CYCLING_MA_CM2, max_cycles)
    lines = ["# simulated = 1", f"# area_cm2 = {cell.area_cm2:.6g}", "time_s,current_ma,voltage_mv,cycle"]
    current_ma = CYCLING_MA_CM2 * cell.area_cm2
    for cycle, plateau in zip(record.columns["cycle"], record.columns["voltage_mv"], strict=True):
        for half, sign in enumerate((1, -1)):
            begin_s = half_s * (2 * (cycle - 1) + half)
            for share in TRACE_SHARES:
                voltage = sign * plateau * (1.0 - TRACE_CLIMB * (1.0 - share))
                row = (f"{begin_s + share * half_s:.0f}", f"{sign * current_ma:.6g}", f"{voltage:.5g}", f"{cycle:.0f}")
                lines.append(",".join(row))
    return "\n".join(lines) + "\n"


def table(groups: list[Lifetimes]) -> str:
    """Lifetimes as the table that `adatom cycle compare` reads, marked simulated."""
    rows = [
        f"{group.name},{life:.0f},{int(failed)}"
        for group in groups
        for life, failed in zip(group.cycles, group.failed, strict=True)
    ]
    return "\n".join(["# simulated = 1", "group,cycles,failed", *rows]) + "\n"


def table_of_currents(groups: list[Brackets]) -> str:
    """Brackets of critical currents as the table that `adatom cycle ccd` reads, marked simulated."""
    rows = [
        f"{group.name},{passed:.5g},{f'{shorted:.5g}' if np.isfinite(shorted) else ''}"
        for group in groups
        for passed, shorted in zip(group.passed, group.shorted, strict=True)
    ]
    return "\n".join(["# simulated = 1", "group,passed_ma_cm2,shorted_ma_cm2", *rows]) + "\n"
