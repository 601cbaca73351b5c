"""The `adatom image` command. Wiring only: files, analysis, report."""

from pathlib import Path
from typing import Annotated

import typer
from adatom.protocol.output_path import output_file


def image(
    files: Annotated[list[Path], typer.Argument(help="TIFF or PNG, by content: micrographs or height maps.")],
    nm_per_pixel: Annotated[float | None, typer.Option(help="Scale, where the file does not say it.")] = None,
    nm_per_level: Annotated[float | None, typer.Option(help="The values are heights: nm for each step of one.")] = None,
    objects: Annotated[str, typer.Option(help="What to count is bright (or high) or dark.")] = "bright",
    plot: Annotated[
        Path | None, typer.Option(help="Write image, values and sizes to this .png or .svg file.", callback=output_file)
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON, a list with one entry a file.")] = False,
) -> None:
    """Uniformity, roughness, correlation length, needles and islands of images, with 95 % intervals.

    Example: adatom image film.png lithium.tif --plot images.png
    """
    import json

    from adatom.cloud.measure.image.analyse import analyse
    from adatom.cloud.measure.image.files import read_image
    from adatom.cloud.measure.image.plot import picture
    from adatom.cloud.measure.image.report import as_data, show
    from adatom.cloud.measure.picture import check_plot, save
    from rich.console import Console

    if plot is not None:
        check_plot(plot)
    found = [analyse(read_image(file, nm_per_pixel, nm_per_level), objects) for file in files]
    if plot is not None:
        save(plot, picture(found))
    data = [as_data(one) for one in found]
    if json_output:
        typer.echo(json.dumps(data, ensure_ascii=False))
        return
    for one in data:
        show(Console(), one)
