"""`adatom sim lifetimes`. Wiring only."""

from pathlib import Path
from typing import Annotated

import typer
from adatom.protocol.output_path import output_file


def lifetimes(
    recipe: Annotated[Path | None, typer.Option(help="The recipe beside the reference; else that, annealed.")] = None,
    cells: Annotated[int, typer.Option(help="Cells of each group.")] = 12,
    max_cycles: Annotated[int, typer.Option(help="Cycles after which a test ends.")] = 5000,
    seed: Annotated[int, typer.Option(help="Which of the twin's worlds.")] = 0,
    ramps: Annotated[bool, typer.Option(help="Critical currents instead, as `adatom cycle ccd` reads them.")] = False,
    out: Annotated[
        Path, typer.Option(help="The table that `adatom cycle compare` reads.", callback=output_file)
    ] = Path("lifetimes.csv"),
) -> None:
    """Cycle simulated cells of the reference recipe and of a better one to their end; write their lifetimes.

    Example: adatom sim lifetimes --cells 12 && adatom cycle compare lifetimes.csv
    """
    from adatom.edge.recipe_file import load_recipe
    from adatom.protocol.recipe import recipe_from_dict

    from .direct import REFERENCE_RECIPE
    from .lifetimes import ANNEALED, cycled, ramped, table, table_of_currents
    from .world import World

    better = recipe_from_dict({**REFERENCE_RECIPE, **ANNEALED}) if recipe is None else load_recipe(recipe)
    world, both = World(seed), {"baseline": recipe_from_dict(REFERENCE_RECIPE), "optimised": better}
    if ramps:
        brackets = [ramped(name, one, world, cells) for name, one in both.items()]
        out.write_text(table_of_currents(brackets), encoding="utf-8")
        counts = [(one.name, one.failures, one.passed.size) for one in brackets]
    else:
        groups = [cycled(name, one, world, cells, max_cycles) for name, one in both.items()]
        out.write_text(table(groups), encoding="utf-8")
        counts = [(one.name, one.failures, one.cycles.size) for one in groups]
    for name, failed, of in counts:
        typer.echo(f"SIMULATED {name}: {failed} of {of} cells failed")
    typer.echo(f"adatom cycle {'ccd' if ramps else 'compare'} {out}")
