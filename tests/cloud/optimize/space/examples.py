"""Spaces as labs have them."""

from adatom.cloud.optimize import Categorical, Composition, Continuous, Integer, Linear, Space

METALS = ("Al", "Co", "Cr", "Cu", "Fe", "Mn", "Ni", "Ti")


def garnet() -> Space:
    """Li(7-x) La3 Zr(2-y) Ta(y) O12: neutral, vacancies on the lithium site take what is left of 24 atoms and more."""
    charges = {"Li": 1, "La": 3, "Zr": 4, "Ta": 5, "O": -2, "vacancy": 0}
    parts = {"Li": (5.0, 7.0), "La": (3.0, 3.0), "Zr": (0.0, 2.0), "Ta": (0.0, 2.0), "O": (12.0, 12.0)}
    return Space(
        [
            Composition(
                {**parts, "vacancy": (0.0, 2.0)}, total=24.0, balance="vacancy", charges=charges, name="garnet"
            ),
            Continuous("sinter_c", 900, 1250, step=10, hard_to_change=True, unit="C"),
            Continuous("sinter_h", 0.5, 36, log=True, unit="h"),
        ],
        # both on one site
        [Linear({"Zr": 1, "Ta": 1}, low=2.0, high=2.0, name="the 16a site")],
    )


def alloy(step: float | None = None) -> Space:
    """At most four of eight metals, each at least 5 %."""
    radius_pm = dict(zip(METALS, ([143], [125], [128], [128], [126], [127], [124], [147]), strict=True))
    return Space(
        [
            Composition(dict.fromkeys(METALS, (0.0, 0.6)), at_most=4, least=0.05, step=step, descriptors=radius_pm),
            Continuous("anneal_c", 400, 1200, step=25, hard_to_change=True),
            Categorical("gas", ["Ar", "H2", "vacuum"]),
        ]
    )


def formulation() -> Space:
    """A slurry with limits across its parts and its mixing."""
    parts = {"binder": (0.02, 0.2), "solvent": (0.3, 0.9), "salt": (0.0, 0.4), "filler": (0.0, 0.3)}
    return Space(
        [
            Composition(parts, balance="solvent", name="slurry"),
            Continuous("temperature_c", 20, 90),
            Integer("speed_rpm", 100, 2000, step=50),
            Categorical("dried", [True, False]),
        ],
        [
            Linear({"binder": 1, "filler": -0.5}, low=0.0, name="binder holds filler"),
            Linear({"salt": 1, "filler": 1}, low=0.2, high=0.35, name="solids"),
            Linear({"temperature_c": 1, "speed_rpm": 0.02}, high=100, name="heat"),
        ],
    )


EXAMPLES = {
    "garnet": garnet(),
    "alloy": alloy(),
    "alloy on a grid": alloy(0.01),
    "formulation": formulation(),
}
