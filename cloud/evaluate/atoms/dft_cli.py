"""`adatom evaluate dft`. Wiring only: crystals, energies, report."""

from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from adatom.protocol.errors import FailedError, InputError
from adatom.protocol.output_path import output_file

if TYPE_CHECKING:
    from .crystal import Crystal
    from .first_principles import Curve, Question, Told

PLOT = typer.Option(help="Write a picture of energy over volume, .png or .svg.", callback=output_file)
POINTS = typer.Option("--points", help="Where energies are kept; what is there is not worked out again.")


def dft(
    formulas: Annotated[list[str] | None, typer.Argument(help="Li2O, LiF or LiCl.", metavar="[FORMULA]...")] = None,
    cif: Annotated[Path | None, typer.Option(help="Also the crystal of a CIF file; positions are held.")] = None,
    quick: Annotated[bool, typer.Option(help="Rough: 8 k points, a coarser grid, 5 volumes.")] = False,
    k_points: Annotated[int, typer.Option(help="Along each axis; 0: 3, or 2 with --quick.", min=0, max=6)] = 0,
    points: Annotated[Path, POINTS] = Path("dft-points.jsonl"),
    plot: Annotated[Path | None, PLOT] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Lattice constant and bulk modulus from first principles: PBE energies over volume and an equation of state.

    Works out the electrons at seven volumes (some minutes of processor time each), fits Birch and Murnaghan's curve,
    and sets the result beside the shipped databases, by how much those differ, and beside measurements. Every energy
    is kept: a run that was killed goes on. For insulators of few atoms; needs the extra dft (pyscf).

    Examples:

    adatom evaluate dft LiF --quick

    adatom evaluate dft Li2O LiF LiCl --plot curves.png --json
    """
    import json

    from adatom.cloud.measure.picture import check_plot
    from rich.console import Console

    from .dft_report import curve_data, show_curve
    from .plot import write_curves

    if plot is not None:
        check_plot(plot)
    if find_spec("pyscf") is None:
        raise FailedError("pyscf is not installed here: pip install 'adatom[dft]'")
    crystals = _crystals(formulas or [], cif)
    told = partial(Console(stderr=True, highlight=False).print, soft_wrap=True)
    curves = [_curve(one, _question(quick, k_points), points, told) for one in crystals]
    if plot is not None:
        write_curves(plot, curves)
    if json_output:
        typer.echo(json.dumps([curve_data(one) for one in curves], ensure_ascii=False, allow_nan=False))
        return
    for one in curves:
        show_curve(Console(highlight=False), one)


def _crystals(formulas: list[str], cif: Path | None) -> "list[Crystal]":
    from .prototypes import prototype
    from .structure import primitive, read_file

    if not formulas and cif is None:
        raise InputError("FORMULA", "name at least one formula, or a file by --cif")
    found = [prototype(one).crystal() for one in formulas]
    return found if cif is None else [*found, primitive(read_file(cif).crystal)]


def _question(quick: bool, k_points: int) -> "Question":
    from dataclasses import replace

    from .first_principles import QUICK, Question

    asked = QUICK if quick else Question()
    return replace(asked, k_points=k_points) if k_points else asked


def _curve(crystal: "Crystal", question: "Question", points: Path, told: "Told") -> "Curve":
    from .electrons import size_of, solved
    from .first_principles import check_size, examine, expected_cpu_s, settings_of
    from .points_file import keeping

    size = size_of(crystal, question.basis, crystal.formula)
    settings = settings_of(crystal, size, question)
    check_size(crystal, size, settings, crystal.formula)
    minutes = expected_cpu_s(crystal, size, settings) * len(question.scales) / 60.0
    told(
        f"{crystal.formula}: {len(question.scales)} volumes, {settings.k_points}³ k points, a grid of "
        f"{' × '.join(map(str, settings.mesh))}; about {minutes:.0f} min of processor time, less what {points} has"
    )
    return examine(crystal, question, settings, keeping(solved, points), told)
