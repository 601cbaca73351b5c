"""The `adatom eis` commands. Wiring only: files, fit, report."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from adatom.protocol.errors import InputError
from adatom.protocol.output_path import output_file

if TYPE_CHECKING:
    from adatom.cloud.measure.eis.geometry import Geometry

Raw = Annotated[bool, typer.Option("--raw", help="Leave in a drift that repeated frequencies show.")]

app = typer.Typer(help="Impedance spectra: read any instrument's file and fit it.", no_args_is_help=True)


@app.callback()
def eis() -> None:
    """Impedance spectra: read any instrument's file and fit it."""


@app.command()
def fit(
    file: Annotated[Path, typer.Argument(help="A file of a potentiostat or any table, by content.")],
    circuit: Annotated[str, typer.Option(help="Such as L0-R0-p(R1,CPE1)-W1; by default the best of a list.")] = "",
    area_cm2: Annotated[float | None, typer.Option(help="Electrode area: turns on R_interface in ohm cm2.")] = None,
    area_sd_cm2: Annotated[float, typer.Option(help="Standard deviation of the area.")] = 0.0,
    thickness_cm: Annotated[float | None, typer.Option(help="Between the electrodes: turns on conductivities.")] = None,
    thickness_sd_cm: Annotated[float, typer.Option(help="Standard deviation of the thickness.")] = 0.0,
    symmetric: Annotated[bool, typer.Option("--symmetric/--single", help="Two equal interfaces, or one.")] = True,
    film_nm: Annotated[float | None, typer.Option(help="Film thickness, roughly, if the cell has a film.")] = None,
    weighting: Annotated[str, typer.Option(help="modulus, unit or proportional.")] = "modulus",
    sweep: Annotated[int, typer.Option(help="Which sweep of a file that holds several.")] = 1,
    raw: Raw = False,
    plot: Annotated[
        Path | None, typer.Option(help="Nyquist, Bode, residuals to this .png, .svg or .html.", callback=output_file)
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Fit a spectrum without start values; print parameters with standard errors.

    With the area: R_interface and capacitances (Brug, Hsu and Mansfeld); with the thickness as well: conductivities.

    Examples:

    adatom eis fit cell.DTA --area-cm2 0.785 --symmetric

    adatom eis fit pellet.mpr --area-cm2 0.785 --area-sd-cm2 0.01 --thickness-cm 0.12 --thickness-sd-cm 0.002
    """
    import json

    from adatom.cloud.measure.eis.cell import fit_cell
    from adatom.cloud.measure.eis.circuit import parse_circuit
    from adatom.cloud.measure.eis.drift import steady
    from adatom.cloud.measure.eis.electrolyte import physics_of
    from adatom.cloud.measure.eis.files import read_spectrum
    from adatom.cloud.measure.eis.fit import Problem, fit_problem
    from adatom.cloud.measure.eis.geometry import FILM_NM, check_size
    from adatom.cloud.measure.eis.panels import ENDINGS, write_panels
    from adatom.cloud.measure.eis.physics_report import physics_data, show_physics
    from adatom.cloud.measure.eis.plot import fit_panels
    from adatom.cloud.measure.eis.report import as_data, show
    from adatom.cloud.measure.eis.select import Candidate, Selection, select
    from adatom.cloud.measure.picture import check_plot
    from rich.console import Console

    if plot is not None:
        check_plot(plot, ENDINGS)
    geometry = _geometry(area_cm2, area_sd_cm2, thickness_cm, thickness_sd_cm, symmetric)
    if film_nm is not None:
        if geometry is None:
            raise InputError("--area-cm2", "missing: the thickness of a film says nothing without the area")
        check_size("--film-nm", film_nm, FILM_NM)
    compiled = parse_circuit(circuit) if circuit else None
    spectrum = read_spectrum(file, sweep) if raw else steady(read_spectrum(file, sweep))
    freq_hz, z_ohm = spectrum.freq_hz, spectrum.z_ohm
    problem = Problem(freq_hz, z_ohm, weighting=weighting, where=str(file))
    if compiled is not None:
        best = fit_problem(problem, compiled)
        selection = Selection(best, (Candidate(best, ""),))
    else:
        selection = select(problem)
        best = selection.best
    cell = physics = None
    if geometry is not None:
        area, area_sd_log = geometry.area_cm2, geometry.area_sd_log
        cell = fit_cell(
            freq_hz, z_ohm, area_cm2=area, symmetric=symmetric, film_nm=film_nm, area_sd_log=area_sd_log,
            fitted=(problem, selection),
        )  # fmt: skip
        physics = physics_of(best, geometry)
    if plot is not None:
        write_panels(plot, f"{file.name}: {best.circuit.text}", fit_panels(freq_hz, z_ohm, best))
    data = as_data(str(file), spectrum, problem, best, selection.candidates, cell, 2 if symmetric else 1)
    if json_output:
        data["physics"] = physics_data(physics, geometry) if physics and geometry else None
        typer.echo(json.dumps(data, ensure_ascii=False))
        return
    show(Console(), data)
    if physics is not None:
        show_physics(Console(), physics)


def _geometry(
    area_cm2: float | None, area_sd_cm2: float, thickness_cm: float | None, thickness_sd_cm: float, symmetric: bool
) -> "Geometry | None":
    """What is known of the cell; None without an area. Raises InputError for a thickness or deviation alone."""
    from adatom.cloud.measure.eis.geometry import Geometry

    if area_cm2 is None:
        if thickness_cm is not None or area_sd_cm2 or thickness_sd_cm:
            raise InputError("--area-cm2", "missing: thickness and deviations say nothing without the area")
        return None
    if thickness_sd_cm and thickness_cm is None:
        raise InputError("--thickness-cm", "missing: its deviation says nothing without it")
    return Geometry(area_cm2, area_sd_cm2, thickness_cm, thickness_sd_cm, symmetric)


@app.command("arrhenius")
def arrhenius_command(
    files: Annotated[list[Path], typer.Argument(help="A file a temperature, or one file with a sweep a temperature.")],
    temperatures: Annotated[str, typer.Option(help="In °C, in the order of the spectra: 25,40,60.")] = "",
    area_cm2: Annotated[float | None, typer.Option(help="Electrode area.")] = None,
    area_sd_cm2: Annotated[float, typer.Option(help="Standard deviation of the area.")] = 0.0,
    thickness_cm: Annotated[float | None, typer.Option(help="Between the electrodes.")] = None,
    thickness_sd_cm: Annotated[float, typer.Option(help="Standard deviation of the thickness.")] = 0.0,
    symmetric: Annotated[bool, typer.Option("--symmetric/--single", help="Two equal interfaces, or one.")] = True,
    of: Annotated[str, typer.Option(help="total or bulk conductivity, or interface: 1 / R_interface.")] = "total",
    temperature_sd_c: Annotated[float, typer.Option(help="Standard deviation of each temperature.")] = 0.5,
    offset_sd_c: Annotated[float, typer.Option(help="Of all temperatures together: calibration.")] = 0.0,
    plain: Annotated[bool, typer.Option("--plain", help="Fit ln σ instead of ln(σT).")] = False,
    raw: Raw = False,
    plot: Annotated[
        Path | None, typer.Option(help="Write the Arrhenius plot to .png, .svg or .html.", callback=output_file)
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The activation energy of a series of spectra at temperatures, from ln(σT) against 1/T, with its 95 % interval.

    A single .csv file with the columns file and temperature_c names the spectra instead.

    Examples:

    adatom eis arrhenius t25.mpr t40.mpr t60.mpr --temperatures 25,40,60 --area-cm2 0.785 --thickness-cm 0.12

    adatom eis arrhenius series.csv --area-cm2 0.785 --thickness-cm 0.12 --of bulk --plot arrhenius.png
    """
    import json

    from adatom.cloud.measure.eis.panels import ENDINGS, write_panels
    from adatom.cloud.measure.eis.physics_report import series_data, series_panels, show_series
    from adatom.cloud.measure.eis.series import analyse_series, numbers_of, spectra_of, table_of
    from adatom.cloud.measure.picture import check_plot
    from rich.console import Console

    if plot is not None:
        check_plot(plot, ENDINGS)
    geometry = _geometry(area_cm2, area_sd_cm2, thickness_cm, thickness_sd_cm, symmetric)
    if geometry is None:
        raise InputError("--area-cm2", "missing: a conductivity needs area and distance of the electrodes")
    if temperatures:
        at = numbers_of(temperatures)
    elif len(files) == 1:
        files, at = table_of(files[0])
    else:
        raise InputError("--temperatures", "missing: one for each spectrum, or a table with file and temperature_c")
    spread = {"temperature_sd_c": temperature_sd_c, "offset_sd_c": offset_sd_c}
    found = analyse_series(spectra_of(files, raw), at, geometry, of=of, with_t=not plain, **spread)
    if plot is not None:
        write_panels(plot, "Arrhenius", series_panels(found))
    if json_output:
        typer.echo(json.dumps(series_data(found), ensure_ascii=False))
        return
    show_series(Console(), found)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A file of a potentiostat or any table, by content.")],
    sweep: Annotated[int, typer.Option(help="Which sweep of a file that holds several.")] = 1,
    part: Annotated[str, typer.Option(help="What lin-KK is fitted to: complex, real or imag.")] = "complex",
    capacitance: Annotated[
        bool, typer.Option("--capacitance", help="Lin-KK with C in series, for blocked cells.")
    ] = False,
    cutoff: Annotated[float, typer.Option(help="Lin-KK takes terms until its μ falls to this.")] = 0.85,
    max_terms: Annotated[int, typer.Option(help="Lin-KK takes no more terms than this.")] = 50,
    raw: Raw = False,
    plot: Annotated[
        Path | None, typer.Option(help="Residuals of both to this .png, .svg or .html.", callback=output_file)
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Whether a spectrum obeys the Kramers-Kronig relations, what breaks them and where; lin-KK beside it.

    Example: adatom eis check cell.DTA --plot check.png
    """
    import json

    from adatom.cloud.measure.eis.check_report import as_data, show
    from adatom.cloud.measure.eis.drift import steady
    from adatom.cloud.measure.eis.files import read_spectrum
    from adatom.cloud.measure.eis.fit import check_spectrum
    from adatom.cloud.measure.eis.kramers_kronig import judge
    from adatom.cloud.measure.eis.lin_kk import lin_kk
    from adatom.cloud.measure.eis.panels import ENDINGS, write_panels
    from adatom.cloud.measure.eis.plot import check_panels
    from adatom.cloud.measure.eis.smooth import find_outliers
    from adatom.cloud.measure.picture import check_plot
    from rich.console import Console

    if plot is not None:
        check_plot(plot, ENDINGS)
    spectrum = read_spectrum(file, sweep) if raw else steady(read_spectrum(file, sweep))
    freq_hz, z_ohm = spectrum.freq_hz, spectrum.z_ohm
    check_spectrum(freq_hz, z_ohm, str(file))
    found = judge(freq_hz, z_ohm, ~find_outliers(freq_hz, z_ohm), spectrum.time_s)
    other = lin_kk(freq_hz, z_ohm, part=part, capacitance=capacitance, cutoff=cutoff, max_terms=max_terms)
    if plot is not None:
        write_panels(plot, f"{file.name}: {found.verdict}", check_panels(freq_hz, found, other))
    data = as_data(str(file), spectrum, found, other)
    if json_output:
        typer.echo(json.dumps(data, ensure_ascii=False))
    else:
        show(Console(), data)


@app.command()
def drt(
    file: Annotated[Path, typer.Argument(help="A file of a potentiostat or any table, by content.")],
    sweep: Annotated[int, typer.Option(help="Which sweep of a file that holds several.")] = 1,
    raw: Raw = False,
    plot: Annotated[
        Path | None,
        typer.Option(help="Distribution, Nyquist, residuals to this .png, .svg or .html.", callback=output_file),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The distribution of relaxation times of a spectrum, with its 95 % band and peaks.

    Example: adatom eis drt cell.DTA --plot drt.png
    """
    import json

    from adatom.cloud.measure.eis.drift import steady
    from adatom.cloud.measure.eis.drt import solve_drt
    from adatom.cloud.measure.eis.drt_peaks import find_peaks
    from adatom.cloud.measure.eis.drt_report import as_data, show
    from adatom.cloud.measure.eis.files import read_spectrum
    from adatom.cloud.measure.eis.fit import Problem
    from adatom.cloud.measure.eis.panels import ENDINGS, write_panels
    from adatom.cloud.measure.eis.plot import drt_panels
    from adatom.cloud.measure.picture import check_plot
    from rich.console import Console

    if plot is not None:
        check_plot(plot, ENDINGS)
    spectrum = read_spectrum(file, sweep) if raw else steady(read_spectrum(file, sweep))
    problem = Problem(spectrum.freq_hz, spectrum.z_ohm, where=str(file))
    found = solve_drt(spectrum.freq_hz, spectrum.z_ohm, problem.keep)
    peaks = find_peaks(found)
    if plot is not None:
        panels = drt_panels(spectrum.freq_hz, spectrum.z_ohm, problem.outliers, found, peaks)
        write_panels(plot, file.name, panels)
    data = as_data(str(file), spectrum, problem, found, peaks)
    if json_output:
        typer.echo(json.dumps(data, ensure_ascii=False))
    else:
        show(Console(), data)


@app.command()
def convert(
    file: Annotated[Path, typer.Argument(help="A file of a potentiostat or any table, by content.")],
    out: Annotated[Path, typer.Argument(help="Ending in .csv, .json, .nxs, .h5 or .hdf5.", callback=output_file)],
    sweep: Annotated[int | None, typer.Option(help="Only this sweep; else all.")] = None,
    with_steady: Annotated[
        bool, typer.Option("--steady", help="Also, behind its raw one, each whose drift repeated frequencies show.")
    ] = False,
) -> None:
    """Write the spectra of any file as CSV, JSON or NeXus/HDF5, and say what was inferred and left out.

    Example: adatom eis convert cell.mpr cell.csv
    """
    from adatom.cloud.measure.eis.drift import both
    from adatom.cloud.measure.eis.files import read_spectra, read_spectrum
    from adatom.cloud.measure.eis.write import check_ending, write_spectra

    check_ending(out)
    if out.exists() and out.samefile(file):
        raise InputError(str(out), "is the file that is read: another name is needed")
    spectra = read_spectra(file) if sweep is None else [read_spectrum(file, sweep)]
    if with_steady:
        spectra = [one for raw in spectra for one in both(raw)]
    write_spectra(out, spectra)
    for spectrum in spectra:
        typer.echo(f"{spectrum.name}: {spectrum.freq_hz.size} points, {spectrum.meta.get('format', '')}")
        for note in spectrum.notes:
            typer.echo(f"  {note}")
