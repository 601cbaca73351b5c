"""Problems over mixtures: Scheffe polynomials, sparse blends, a mixture with one temperature a batch, a formulation."""

import numpy as np

from ..problem import Goal, Problem
from ..space import Array, Mixture, Number, Point, Space
from . import functions


def simplex(size: int, high: float = 1.0, at_most: int | None = None, least: float = 0.0) -> Mixture:
    return Mixture(tuple((f"p{i}", 0.0, high) for i in range(size)), at_most, least)


def _parts(point: Point) -> Array:
    return np.array([float(value) for name, value in point.items() if name.startswith("p")])


def _melt(point: Point) -> dict[str, float]:
    """A mixture whose best blend moves with the temperature it is fired at."""
    x, t = _parts(point), (float(point["temperature_c"]) - 600.0) / 200.0
    centre = np.array([0.35 + 0.2 * t, 0.30 - 0.1 * t, 0.20, 0.15 - 0.1 * t])
    return {"y": float(8.0 * ((x - centre) ** 2).sum() + 0.6 * (t - 0.3) ** 2 + 0.3 * np.sin(6.0 * x[0]))}


FORMULATION = Space((Mixture((("p0", 0.0, 1.0), ("p1", 0.0, 0.8), ("p2", 0.05, 0.6), ("p3", 0.0, 0.5))), Number(
    "temperature_c", 20.0, 120.0)))  # fmt: skip


def _formulation(point: Point) -> dict[str, float]:
    """Conductivity (mS/cm), viscosity (mPa s) and price of a solvent blend: salt carries, thickens and costs."""
    x, t = _parts(point), (float(point["temperature_c"]) - 20.0) / 100.0
    salt, thin = x[2], x[1]
    carried = 12.0 * salt * np.exp(-6.0 * (salt - 0.25) ** 2 + 0.8 * t) * (0.4 + thin) * np.exp(-3.0 * x[3] ** 2)
    viscosity = 10.0 ** (0.2 + 2.2 * salt - 0.6 * thin + 0.5 * x[3] - 0.4 * t)
    price = 1.0 * x[0] + 1.5 * thin + 6.0 * salt + 2.5 * x[3] + 0.8 * t
    return {"conductivity": float(carried), "viscosity": float(viscosity), "price": float(price)}


PROBLEMS = (
    Problem("blend3", "simplex", Space((simplex(3),)), lambda p: {"y": functions.scheffe(_parts(p), 3)}, noise=(0.02,)),
    Problem(
        "blend5_bounded",
        "simplex",
        Space((simplex(5, high=0.6),)),
        lambda p: {"y": functions.scheffe(_parts(p), 5)},
        noise=(0.02,),
    ),
    Problem(
        "blend6_of_3",
        "simplex",
        Space((simplex(6, at_most=3, least=0.05),)),
        lambda p: {"y": functions.sparse(_parts(p), 6, (1, 3, 4))},
        noise=(0.05,),
    ),
    Problem(
        "blend8_of_4",
        "simplex",
        Space((simplex(8, high=0.7, at_most=4, least=0.02),)),
        lambda p: {"y": functions.sparse(_parts(p), 8, (0, 2, 5, 6))},
        noise=(0.05,),
    ),
    Problem(
        "melt_shared",
        "shared batch",
        Space((simplex(4), Number("temperature_c", 400.0, 800.0, step=5.0, shared=True))),
        _melt,
        noise=(0.05,),
        batch=4,
    ),
    Problem(
        "formulation",
        "three objectives",
        FORMULATION,
        _formulation,
        (Goal("conductivity", "maximise"), Goal("viscosity", log=True), Goal("price")),
        noise=(0.05, 0.02, 0.02),
        corner=(0.0, 1.0, 4.5),
    ),
)
