"""The `adatom xps` command. Wiring only: files, analysis, report."""

from pathlib import Path
from typing import Annotated

import typer
from adatom.protocol.output_path import output_file


def xps(
    files: Annotated[list[Path], typer.Argument(help="VAMAS (ISO 14976) or text of energies and counts, by content.")],
    sample: Annotated[str, typer.Option(help="Which sample of files that hold several.")] = "",
    c1s_ev: Annotated[float, typer.Option(help="Where C 1s of adventitious carbon is put, eV.")] = 284.8,
    shift_ev: Annotated[float | None, typer.Option(help="Charging to take off, eV, instead of a reference.")] = None,
    background: Annotated[str, typer.Option(help="shirley, shirley-iterated or linear.")] = "shirley",
    shape: Annotated[str, typer.Option(help="sum or product of Gaussian and Lorentzian, or voigt.")] = "sum",
    attenuation: Annotated[str, typer.Option(help="power (0.0117 E^0.75 nm) or tpp2m.")] = "power",
    hv_ev: Annotated[float | None, typer.Option(help="Photon energy where a file does not say it.")] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Write the fits to this .png, .svg or .html file.", callback=output_file)
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Fit photoelectron spectra; print atomic fractions and the overlayer's thickness with 95 % intervals.

    Example: adatom xps surface.vms --plot surface.png
    """
    import json

    from adatom.cloud.measure.picture import check_plot
    from adatom.cloud.measure.xps.analyse import Choices, analyse
    from adatom.cloud.measure.xps.files import read_records
    from adatom.cloud.measure.xps.intensity import options_of
    from adatom.cloud.measure.xps.plot import ENDINGS, write_plot
    from adatom.cloud.measure.xps.report import as_data, show
    from adatom.cloud.measure.xps.spectra import of_sample, spectra_of
    from rich.console import Console

    if plot is not None:
        check_plot(plot, ENDINGS)
    choices = Choices(c1s_ev, shift_ev, shape, background, options_of(attenuation))
    choices.check()
    records = [record for file in files for record in read_records(file)]
    found = analyse(of_sample(spectra_of(records, hv_ev), sample), choices)
    if plot is not None:
        write_plot(plot, found)
    data = as_data([str(file) for file in files], found)
    if json_output:
        typer.echo(json.dumps(data, ensure_ascii=False))
    else:
        show(Console(), data)
