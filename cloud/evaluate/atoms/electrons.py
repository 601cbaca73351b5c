"""The energy of a crystal by pyscf (Apache-2.0): PBE, GTH pseudopotentials, Gaussian orbitals, k points.

The one module that imports pyscf. It knows of one volume; curves are made in first_principles.py.
"""

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from adatom.cloud.evaluate.atoms.crystal import Crystal
from adatom.cloud.evaluate.atoms.first_principles import Point, Settings, Size
from adatom.protocol.errors import FailedError, InputError
from pyscf.lib.exceptions import BasisNotFoundError
from pyscf.pbc import dft, gto

EV_PER_HARTREE = 27.211386245981  # CODATA 2022
FUNCTIONAL = "pbe"
PSEUDO = "gth-pbe"
IMAGES = (
    1e-6  # pyscf's `precision`, which images of an orbital count; with 1e-8 LiF's energy is the same to 1e-8 hartree
)
CONVERGED_HARTREE = 1e-8
MOST_CYCLES = 50  # 6 to 8 are usual
LEAST_GAP_EV = 0.3  # below it whole electrons in bands mean nothing, and a few k points even less


def size_of(crystal: Crystal, basis: str, where: str) -> Size:
    """InputError names elements for which the basis or the pseudopotentials have nothing."""
    cell = _cell(crystal, Settings(1, (1, 1, 1), basis), where)
    exponents = [float(np.max(cell.bas_exp(shell))) for shell in range(cell.nbas)]
    return Size(int(cell.nao), int(cell.nelectron), max(exponents))


def solved(crystal: Crystal, settings: Settings) -> Point:
    """The self-consistent energy. FailedError where it does not converge, or the crystal is no insulator."""
    begun = time.process_time()
    cell = _cell(crystal, settings, crystal.formula)
    field = _field(cell, settings.k_points)
    energy = float(field.kernel())
    field._chkfile.close()  # pyscf's scratch file, left to the collector otherwise
    where = f"{crystal.formula} at {crystal.volume_a3:.2f} Å³"
    if not field.converged or not np.isfinite(energy):
        raise FailedError(f"{where}: the electrons found no self-consistent state in {MOST_CYCLES} cycles")
    if (gap := _gap_ev(field)) < LEAST_GAP_EV:
        raise FailedError(
            f"{where}: a gap of {gap:.2f} eV; this is for insulators, {LEAST_GAP_EV:g} eV or more are needed"
        )
    return Point(crystal.volume_a3, energy * EV_PER_HARTREE, time.process_time() - begun)


def _cell(crystal: Crystal, settings: Settings, where: str) -> Any:
    cell = gto.Cell(
        a=crystal.cell, atom=list(zip(crystal.symbols, crystal.positions, strict=True)), unit="A",
        basis=settings.basis, pseudo=PSEUDO, mesh=list(settings.mesh), precision=IMAGES, verbose=0,
    )  # fmt: skip
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # advice to install another package
            return cell.build(dump_input=False, parse_arg=False)
    except (BasisNotFoundError, KeyError) as error:
        raise InputError(where, f"pyscf has no {settings.basis} basis or {PSEUDO} core for it: {error}") from error


def _field(cell: Any, k_points: int) -> Any:
    """All k points: symmetry saves no time once orbitals are kept, and the grid's wave vectors do not have it."""
    field = dft.KRKS(cell, cell.make_kpts([k_points] * 3), xc=FUNCTIONAL)
    field.conv_tol, field.max_cycle = CONVERGED_HARTREE, MOST_CYCLES
    evaluate = _once(field._numint.eval_ao)
    field._numint.eval_ao = field.with_df._numint.eval_ao = evaluate
    return field


def _once(plain: Callable[..., Any]) -> Callable[..., Any]:
    """pyscf's values of orbitals on the grid, worked out once: it does so twice a cycle, 95 % of its time."""
    kept: dict[tuple[bytes, bytes], Any] = {}

    def evaluate(cell: Any, coordinates: Any, k_points: Any = None, deriv: int = 0, **rest: Any) -> Any:
        key = (np.asarray(coordinates[[0, -1]]).tobytes(), np.asarray(k_points).tobytes())
        if key not in kept:
            kept[key] = plain(cell, coordinates, k_points, deriv=1, **rest)
        return [values[0] for values in kept[key]] if deriv == 0 else kept[key]

    return evaluate


def _gap_ev(field: Any) -> float:
    energies, filled = np.concatenate(field.mo_energy), np.concatenate(field.mo_occ) > 0.0
    return float(energies[~filled].min() - energies[filled].max()) * EV_PER_HARTREE
