"""Problems over numbers and kinds: known functions plain, noisy, with failures, by the plate, with a shared factor."""

from collections.abc import Callable

import numpy as np

from ..problem import Goal, Problem
from ..space import Array, Choice, Number, Point, Space
from . import functions

CLIFF = 0.06  # how far a cliff lies from the optimum, in edges of the cube
PLATE = 4
DAY = 5
HARTMANN_BEST = np.array([0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573])
BRANIN_BEST = np.array([(np.pi + 5.0) / 15.0, 2.275 / 15.0])


def cube(size: int, shared: tuple[int, ...] = ()) -> Space:
    return Space(tuple(Number(f"x{i}", 0.0, 1.0, shared=i in shared) for i in range(size)))


def _vector(point: Point) -> Array:
    return np.array([float(point[f"x{i}"]) for i in range(len(point))])


def _of(function: Callable[[Array], float]) -> Callable[[Point], dict[str, float]]:
    return lambda point: {"y": function(_vector(point))}


def _cliff(best: Array, direction: Array, margin: float) -> Callable[[Point], str]:
    """Fails beyond a plane that passes the optimum at a distance."""
    normal = direction / np.linalg.norm(direction)
    return lambda point: "cracked" if (_vector(point) - best) @ normal > margin else ""


def _hole(best: Array, direction: Array, radius: float) -> Callable[[Point], str]:
    """Fails within a ball whose rim passes near the optimum."""
    centre = best + direction / np.linalg.norm(direction) * (radius + CLIFF)
    return lambda point: "no film" if float(np.linalg.norm(_vector(point) - centre)) < radius else ""


def _process(point: Point) -> dict[str, float]:
    """Resistance of a made-up deposition: window in temperature, optimum of pressure that depends on the gas."""
    gas = {"O2": (1.2, 0.0), "N2O": (0.9, 0.15), "Ar": (0.1, 0.9)}[str(point["gas"])]
    layer = {"none": 0.5, "LPO": 0.0, "Nb": 0.2, "C": 0.8}[str(point["interlayer"])]
    temperature = (float(point["temperature_c"]) - 640.0) / 90.0
    pressure = np.log10(float(point["pressure_pa"])) - gas[0]
    pulses = np.log10(float(point["pulses"]) / 6000.0)
    fluence = float(point["fluence_j_cm2"]) - 1.6 - 0.2 * temperature
    decades = temperature**2 / 2.0 + 0.7 * pressure**2 + 1.5 * pulses**2 + fluence**2 + gas[1] + layer
    return {"r_ohm_cm2": float(10.0 ** (0.4 + decades))}


PROCESS = Space(
    (
        Number("temperature_c", 400.0, 800.0, step=5.0),
        Number("pressure_pa", 0.1, 100.0, log=True),
        Number("fluence_j_cm2", 0.5, 3.0),
        Number("pulses", 1000, 20000, log=True, whole=True),
        Choice("gas", ("O2", "N2O", "Ar")),
        Choice("interlayer", ("none", "LPO", "Nb", "C")),
    )
)
PROCESS_LEAST = 0.4  # decades
R_LOG = (Goal("r_ohm_cm2", log=True),)


def _kinds(point: Point) -> dict[str, float]:
    """Branin's valley, moved and tilted by the kind of solvent; one of five is best."""
    kind = ("a", "b", "c", "d", "e").index(str(point["solvent"]))
    moved = np.array([float(point["x0"]), float(point["x1"])])
    moved = np.clip(moved + np.array([0.07 * kind - 0.14, 0.05 * (kind % 3)]), 0.0, 1.0)
    return {"y": functions.branin(moved) + (6.0, 0.0, 12.0, 3.0, 20.0)[kind]}


def _dtlz2(point: Point) -> dict[str, float]:
    return dict(zip(("f0", "f1", "f2"), functions.dtlz2(_vector(point)), strict=True))


BRANIN, HARTMANN = _of(functions.branin), _of(functions.hartmann6)
ACKLEY, LEVY = _of(functions.ackley), _of(functions.levy)
H_DOWN = np.array([1.0, -1.0, 1.0, 0.5, -1.0, 0.5])  # a third fails

PROBLEMS = (
    Problem("branin", "plain", cube(2), BRANIN, best=functions.BRANIN_LEAST),
    Problem("hartmann6", "plain", cube(6), HARTMANN, best=functions.HARTMANN6_LEAST),
    Problem("ackley5", "plain", cube(5), ACKLEY, best=0.0),
    Problem("levy4", "plain", cube(4), LEVY, best=0.0),
    Problem("branin_noisy", "noise", cube(2), BRANIN, noise=(10.0,), best=functions.BRANIN_LEAST),
    Problem("hartmann6_noisy", "noise", cube(6), HARTMANN, noise=(0.3,), best=functions.HARTMANN6_LEAST),
    Problem("ackley5_noisy", "noise", cube(5), ACKLEY, noise=(1.0,), best=0.0),
    Problem("process_noisy", "noise", PROCESS, _process, R_LOG, noise=(0.25,), best=PROCESS_LEAST),
    Problem(
        "branin_cliff",
        "failures",
        cube(2),
        BRANIN,
        noise=(2.0,),
        fails=_cliff(BRANIN_BEST, np.array([1.0, 0.0]), CLIFF),
        best=functions.BRANIN_LEAST,
    ),
    Problem(
        "hartmann6_cliff",
        "failures",
        cube(6),
        HARTMANN,
        noise=(0.1,),
        fails=_cliff(HARTMANN_BEST, H_DOWN, CLIFF),
        best=functions.HARTMANN6_LEAST,
    ),
    Problem(
        "levy4_hole",
        "failures",
        cube(4),
        LEVY,
        noise=(2.0,),
        fails=_hole(np.full(4, 0.55), np.full(4, -1.0), 0.6),
        best=0.0,
    ),
    Problem(
        "branin_plates",
        "sample noise",
        cube(2),
        BRANIN,
        noise=(3.0,),
        best=functions.BRANIN_LEAST,
        sample_noise=15.0,
        sample_size=PLATE,
        batch=PLATE,
    ),
    Problem(
        "hartmann6_plates",
        "sample noise",
        cube(6),
        HARTMANN,
        noise=(0.1,),
        best=functions.HARTMANN6_LEAST,
        sample_noise=0.4,
        sample_size=PLATE,
        batch=PLATE,
    ),
    Problem("levy4_days", "sample noise", cube(4), LEVY, noise=(2.0,), sample_noise=10.0, sample_size=DAY, best=0.0),
    Problem(
        "hartmann6_shared",
        "shared batch",
        cube(6, shared=(0,)),
        HARTMANN,
        noise=(0.05,),
        batch=4,
        best=functions.HARTMANN6_LEAST,
    ),
    Problem("process_mixed", "mixed", PROCESS, _process, R_LOG, noise=(0.05,), best=PROCESS_LEAST),
    Problem(
        "branin_kinds",
        "mixed",
        Space((Number("x0", 0.0, 1.0), Number("x1", 0.0, 1.0), Choice("solvent", ("a", "b", "c", "d", "e")))),
        _kinds,
        noise=(1.0,),
    ),
    Problem(
        "dtlz2",
        "three objectives",
        cube(5),
        _dtlz2,
        (Goal("f0"), Goal("f1"), Goal("f2")),
        noise=(0.0, 0.0, 0.0),
        corner=(1.1, 1.1, 1.1),
        best=1.1**3 - np.pi / 6.0,
    ),
)
