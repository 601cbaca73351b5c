"""`adatom evaluate run`: a Python file in the sandbox. Wiring only."""

from pathlib import Path
from typing import Annotated

import typer

ALLOW = "Run without this layer if it is not to be had (namespaces, filter, unprivileged, watch); repeat for several."


def run(
    file: Annotated[Path, typer.Argument(help="A Python file; it is copied, as are the inputs.", metavar="FILE.py")],
    inputs: Annotated[list[Path] | None, typer.Option("--input", help="A file beside it; repeat for several.")] = None,
    seconds: Annotated[float, typer.Option(help="Wall time, and CPU time of all its processes.", min=0.1)] = 60.0,
    memory_mb: Annotated[int, typer.Option(help="Memory of all its processes together.", min=32)] = 1024,
    scratch_mb: Annotated[int, typer.Option(help="All that it writes.", min=1)] = 64,
    processes: Annotated[int, typer.Option(help="Processes and threads at a time.", min=1)] = 32,
    out: Annotated[Path | None, typer.Option(help="A new folder for the files that it wrote.")] = None,
    allow_weaker: Annotated[list[str] | None, typer.Option(help=ALLOW)] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run a Python file that nobody has read: no network, no files but its own, limits on all it uses.

    It sees this Python and its packages, read-only, and writes to a scratch folder. What it printed, wrote and used is
    told, with the limit that stopped it. The exit code is 0 if it ran to its end with 0.

    Examples:

    adatom evaluate run extracted.py

    adatom evaluate run fit.py --input spectrum.csv --seconds 10 --memory-mb 512 --out results --json
    """
    import json

    from rich.console import Console

    from .report import as_data, check_folder, show, write_files
    from .run import run_python
    from .values import Limits

    if out is not None:
        check_folder(out)
    limits = Limits(
        wall_s=seconds, cpu_s=seconds, memory_mb=memory_mb, scratch_mb=scratch_mb, processes=processes
    )  # fmt: skip
    with Console(stderr=True).status(f"running {file.name}"):
        result = run_python(file, inputs or [], limits, allow_weaker or [])
    if out is not None:
        write_files(out, result.files)
    if json_output:
        typer.echo(json.dumps(as_data(result)))
    else:
        show(Console(highlight=False), result)
    raise typer.Exit(0 if result.ok else 1)
