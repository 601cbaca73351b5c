"""The `adatom correlate` command. Wiring only: table, correlations, report."""

from pathlib import Path
from typing import Annotated

import typer


def correlate(
    table: Annotated[Path, typer.Argument(help="CSV, TSV or .xlsx, one row a sample, names in the first row.")],
    first: Annotated[list[str], typer.Option("--of", help="A column, such as an image statistic; may be repeated.")],
    second: Annotated[list[str], typer.Option("--with", help="A column, such as R_interface; may be repeated.")],
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Spearman's and Pearson's correlations between columns, with 95 % intervals and Holm's correction.

    Example: adatom correlate samples.csv --of sq_nm --of needles_per_mm2 --with r_interface_ohm_cm2
    """
    import json
    from dataclasses import asdict

    from adatom.cloud.measure.correlate.correlations import clear, correlations
    from adatom.cloud.measure.correlate.table import number_columns
    from adatom.cloud.optimize.table.columns import read_columns
    from adatom.cloud.web.theme import SIMULATED
    from rich.console import Console
    from rich.table import Table

    columns = read_columns(table)
    found = correlations(number_columns(columns, [*first, *second]), first, second)
    if json_output:
        rows = [{**asdict(pair), "clear": clear(pair), "simulated": columns.simulated} for pair in found]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    shown = Table(
        "columns",
        "n",
        "Spearman, 95 %",
        "Pearson, 95 %",
        "p, Holm",
        "",
        caption=f"p: Spearman's{f' · {SIMULATED}' if columns.simulated else ''}",
    )
    for pair in found:
        texts = [f"{one.value:+.2f} ({one.low:+.2f} to {one.high:+.2f})" for one in (pair.spearman, pair.pearson)]
        verdict = "clear" if clear(pair) else "may be chance"
        shown.add_row(f"{pair.first}\n{pair.second}", str(pair.samples), *texts, f"{pair.spearman.holm_p:.2g}", verdict)
    Console().print(shown)
