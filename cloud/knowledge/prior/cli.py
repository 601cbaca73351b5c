"""`adatom materials predict`. Wiring only: formulas, priors, report."""

from typing import Annotated

import typer


def predict(
    formulas: Annotated[list[str], typer.Argument(help="Formulas, such as Li6.4La3Zr1.4Ta0.6O12.")],
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """First guesses by composition alone: reaction energy with lithium, shear modulus and its ratio to lithium's.

    Gaussian processes on the shipped data, with 90 % intervals; seconds. What the data hold is printed beside. For a
    reaction energy `adatom materials interface` is surer by far where the data hold the phases around a material.

    Example: adatom materials predict Li6.4La3Zr1.4Ta0.6O12 Li3YBr6
    """
    import json

    from adatom.cloud.knowledge.formula import parse_formula
    from adatom.cloud.knowledge.mechanics import CAUTION
    from adatom.cloud.knowledge.prior.report import predictions, show
    from rich.console import Console

    compositions = [parse_formula(formula) for formula in formulas]
    with Console(stderr=True).status("reading the data"):
        found = predictions(formulas, compositions)
    if json_output:
        typer.echo(json.dumps([one._asdict() for one in found], ensure_ascii=False, allow_nan=False))
        return
    console = Console()
    show(console, found)
    console.print(CAUTION, highlight=False, soft_wrap=True)
