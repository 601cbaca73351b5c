"""Search space, surrogate, acquisition and genetic search behind ask / tell. Knows no store, no broker, no twin."""

from adatom.cloud.optimize.objective import Objective
from adatom.cloud.optimize.optimizer import Optimizer
from adatom.cloud.optimize.space.constraints import Constraint, Linear
from adatom.cloud.optimize.space.parameters import Categorical, Composition, Continuous, Integer
from adatom.cloud.optimize.space.space import Space

__all__ = [
    "Categorical",
    "Composition",
    "Constraint",
    "Continuous",
    "Integer",
    "Linear",
    "Objective",
    "Optimizer",
    "Space",
]
