"""Is a crystal mechanically stable, and how stiff is it: relaxation, elastic constants, Born's test, a hot run."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from adatom.cloud.evaluate.atoms import potentials
from adatom.cloud.evaluate.atoms.crystal import Crystal, distances, shortest_distance_a, strain_between
from adatom.cloud.evaluate.atoms.displacement import Diffusion, diffusion
from adatom.cloud.evaluate.atoms.elastic import Moduli, Stiffness, moduli, stiffness, strained
from adatom.cloud.evaluate.atoms.lammps import Settled, settle, trajectory
from adatom.cloud.measure.eis.arrays import Floats
from adatom.protocol.errors import InputError

SHAKE_A = 0.03  # (K) random shift of each coordinate: positions on a symmetric saddle leave it
MOST_STRAIN = 0.03  # of the given cell against the relaxed one: a phase that exists is within 1 to 2 % in this set
MOST_SHIFT_A = 0.7  # root mean square of the framework's ions while relaxing
MOST_STRESS_GPA = 0.1  # that may be left, a thousandth of the moduli
LINDEMANN = 0.15  # of the framework's thermal motion by its shortest distance: solids melt near 0.1 to 0.15


@dataclass(frozen=True)
class Hot:
    """What the framework did at a temperature. `lindemann`: root mean square shift over its shortest distance."""

    temperature_k: float
    length_ps: float
    lindemann: float
    drift: float  # the ratio in the last third over that in the first
    lithium: Diffusion


@dataclass(frozen=True)
class Mechanics:
    """`stable` when no reason against it was found; `reasons` name each in words."""

    given: Crystal
    relaxed: Settled
    clamped: bool
    strain: Floats  # (3,) principal, from the given to the relaxed cell
    shift_a: float  # root mean square of the framework
    stiffness: Stiffness
    moduli: Moduli | None  # None where the crystal is not Born stable
    hot: Hot | None
    stable: bool
    reasons: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """`clamped`: the cell is held as it is (a film on its substrate). `temperature_k` 0: no hot run."""

    clamped: bool = False
    temperature_k: float = 0.0
    length_ps: float = 2.0
    seed: int = 1


def examine(
    given: Crystal, question: Question, where: str, told: Callable[[str], None] = lambda what: None
) -> Mechanics:
    """All of it. InputError for elements or charges that the potential does not cover, or atoms inside each other."""
    potentials.check_cover(given.symbols, where)
    nearest = shortest_distance_a(given)
    if nearest < potentials.GUARD_A:
        raise InputError(
            where, f"two atoms are {nearest:.2f} Å apart: below {potentials.GUARD_A:g} Å the potential means nothing"
        )
    told("relaxing")
    relaxed = settle([_shaken(given, question.seed)], relax_cell=not question.clamped)[0]
    told("24 strains")
    found = stiffness([one.stress_gpa for one in settle(strained(relaxed.crystal), relax_cell=False)])
    hot = None
    if question.temperature_k > 0.0:
        told(f"{question.length_ps:g} ps at {question.temperature_k:g} K")
        hot = _hot(relaxed.crystal, question)
    strain = np.sort(strain_between(given, relaxed.crystal))
    shift = _shift_a(given, relaxed.crystal)
    reasons = _reasons(relaxed, question.clamped, strain, shift, found, hot)
    notes = (f"the potential is {potentials.STATEMENT}", potentials.NO_DIFFUSION)
    return Mechanics(
        given, relaxed, question.clamped, strain, shift, found, moduli(found) if found.born_stable else None, hot,
        not reasons, tuple(reasons), notes,
    )  # fmt: skip


def _shaken(crystal: Crystal, seed: int) -> Crystal:
    noise = np.random.default_rng(seed).normal(0.0, SHAKE_A, (len(crystal), 3))
    return replace(crystal, fractional=crystal.fractional + noise @ np.linalg.inv(crystal.cell))


def framework(crystal: Crystal) -> list[int]:
    """Places of the ions that are to stay."""
    return [place for place, symbol in enumerate(crystal.symbols) if symbol not in potentials.MOBILE]


def _shift_a(before: Crystal, after: Crystal) -> float:
    """Root mean square shift of the framework, in the relaxed cell, the shift of the whole taken out."""
    apart = (after.fractional - before.fractional)[framework(before)]
    apart -= np.round(apart)
    moved = (apart - apart.mean(axis=0)) @ after.cell
    return float(np.sqrt((moved**2).sum(axis=1).mean()))


def _hot(crystal: Crystal, question: Question) -> Hot:
    run = trajectory(crystal, question.temperature_k, question.length_ps, question.seed)
    stay = framework(crystal)
    positions = run.positions - run.positions[:, stay].mean(axis=1, keepdims=True)
    ratio, drift = lindemann(positions[:, stay], float(distances(crystal)[np.ix_(stay, stay)].min()))
    moving = [place for place in range(len(crystal)) if place not in set(stay)]
    lithium = diffusion(positions[:, moving], run.every_ps)
    return Hot(question.temperature_k, question.length_ps, ratio, drift, _without_value(lithium))


def lindemann(positions: Floats, nearest_a: float) -> tuple[float, float]:
    """(rms shift from the mean place over the shortest distance, the last third's over the first's)."""
    thirds = np.array_split(positions, 3)
    shifts = [float(np.sqrt(((part - positions.mean(axis=0)) ** 2).sum(axis=2).mean())) for part in thirds]
    whole = float(np.sqrt(((positions - positions.mean(axis=0)) ** 2).sum(axis=2).mean()))
    return whole / nearest_a, shifts[2] / max(shifts[0], 1e-9)


def _without_value(found: Diffusion) -> Diffusion:
    """No diffusivity by this potential, however straight the line: physics, not statistics, refuses it."""
    return replace(found, cm2_s=None, reason=found.reason or potentials.NO_DIFFUSION)


def _reasons(
    relaxed: Settled, clamped: bool, strain: Floats, shift: float, found: Stiffness, hot: Hot | None
) -> list[str]:
    """Each thing that speaks against a stable crystal, in words; none: stable."""
    reasons = []
    if shortest_distance_a(relaxed.crystal) < potentials.GUARD_A * 1.13:
        reasons.append("ions fell into each other, where only the guard of the potential holds them")
    worst = float(strain[np.abs(strain).argmax()])
    if not clamped and abs(worst) > MOST_STRAIN:
        reasons.append(
            f"the given cell is no minimum: relaxing strains it by {100 * worst:+.1f} %, "
            f"{100 * MOST_STRAIN:g} % is allowed"
        )
    residual = float(np.abs(relaxed.stress_gpa).max())
    if residual > MOST_STRESS_GPA:
        reasons.append(f"{'the clamped cell' if clamped else 'the relaxed cell'} is under {residual:.1f} GPa of stress")
    if shift > MOST_SHIFT_A:
        reasons.append(
            f"the framework gives way: its ions move by {shift:.2f} Å while relaxing, {MOST_SHIFT_A:g} Å are allowed"
        )
    if not found.born_stable:
        reasons.append(
            f"not Born stable: a strain has the stiffness {found.eigenvalues_gpa[0]:.0f} GPa, all must be above 0"
        )
    if hot is not None and hot.lindemann > LINDEMANN:
        reasons.append(
            f"the framework does not hold at {hot.temperature_k:g} K: Lindemann's ratio {hot.lindemann:.2f}, "
            f"{LINDEMANN:g} is allowed"
        )
    return reasons
