"""`adatom evaluate`: what a candidate is worth, and whether what is said of it can be. Each part brings its command."""

import typer

from .atoms.cli import md
from .atoms.dft_cli import dft
from .fuse.cli import ahp, score
from .impact.cli import impact
from .logic.cli import doubts
from .logic.network.cli import logic
from .meta.cli import meta
from .sandbox.cli import run
from .verify.cli import check

app = typer.Typer(help="Scores of candidates, and checks of what is said of materials.", no_args_is_help=True)
app.command()(impact)
app.command()(run)
app.command()(doubts)
app.command()(logic)
app.command()(check)
app.command()(ahp)
app.command()(score)
app.command()(meta)
app.command()(md)
app.command()(dft)


@app.callback()
def group() -> None:
    """Scores of candidates, and checks of what is said of materials."""
