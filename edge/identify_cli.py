"""`adatom edge identify`, as typed."""

from pathlib import Path
from typing import Annotated

import typer
from adatom.protocol.output_path import output_file


def identify(
    file: Annotated[Path, typer.Argument(help="Bench file (TOML).", metavar="BENCH.toml")],
    rig: Annotated[Path | None, typer.Option(help="Folder of a simulated rig: the result is marked simulated.")] = None,
    power_w: Annotated[float | None, typer.Option(help="Full power of the test; unset: what the limits allow.")] = None,
    max_c: Annotated[float | None, typer.Option(help="Power goes off at this temperature.")] = None,
    gas_pa: Annotated[float, typer.Option(help="Pressure of the process gas during the test; 0: vacuum.")] = 0.0,
    minutes: Annotated[float, typer.Option(help="Length of the test, without pumping.")] = 15.0,
    operating_c: Annotated[
        float | None, typer.Option(help="Where gain and time constant are stated; unset: amid the envelope's range.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="The plant file; unset: plant.json beside the bench file.", callback=output_file),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print progress and the result as JSON lines.")] = False,
) -> None:
    """Find the heater's heat capacity, losses and dead time by a safe step test, and keep them beside the bench file.

    Two powers up, then off; the interlock watches, Ctrl-C makes everything safe. The bench must be idle, cold and shut.

    Example: adatom edge identify bench.toml --power-w 60 --max-c 500
    """
    from .identify_shell import Asked, identify_bench

    identify_bench(Asked(file, rig, power_w, max_c, gas_pa, minutes, operating_c, output, as_json))
