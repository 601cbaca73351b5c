"""Pool problems: which of the published compositions, and of blends of them, conducts best. Emulated values."""

from collections.abc import Callable

from ..problem import Goal, Problem
from ..space import Mixture, Space
from . import emulators

DAY = 5
NOISE = 0.15  # decades, one sample's own
SOURCE = "OBELiX training split, doi:10.1039/D5DD00441A, CC BY 4.0; emulated"


def _pool(name: str, elements: tuple[str, ...], emulated: emulators.Emulated) -> Problem:
    bounds = tuple((e, 0.0, max(float(p[e]) for p in emulated.points)) for e in elements)
    values = {tuple(p.values()): float(v) for p, v in zip(emulated.points, emulated.log10_sigma, strict=True)}
    return Problem(
        name,
        "pool",
        Space((Mixture(bounds),)),
        lambda point: {"log10_sigma": values[tuple(point.values())]},
        (Goal("log10_sigma", "maximise"),),
        noise=(NOISE,),
        sample_noise=emulated.paper_sd,
        sample_size=DAY,
        pool=emulated.points,
        source=SOURCE,
    )


PROBLEMS: dict[str, Callable[[], Problem]] = {
    "pool_garnets": lambda: _pool("pool_garnets", emulators.GARNET, emulators.garnets()),
    "pool_conductors": lambda: _pool("pool_conductors", emulators.COMMON, emulators.mixed()),
}
