"""Checks of what callers of the optimizer give, beside those of spaces, points and results.

Each raises InputError in words. Must not know of searches.
"""

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

from adatom.cloud.optimize.domain import Domain
from adatom.cloud.optimize.objective import Objective
from adatom.protocol.errors import InputError


def check_whole(where: str, value: Any, least: int) -> int:
    """The whole number, as Python's own. Raises InputError for any other and for one below `least`."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise InputError(where, f"{value!r}: must be a whole number, {least} or more")
    return int(value)


def check_name(where: str, value: Any) -> str:
    """The text. Raises InputError for what is none or is empty."""
    if not isinstance(value, str) or not value.strip():
        raise InputError(where, f"{value!r}: must be a text, such as 'bench-2'")
    return str(value)


def check_difference(where: str, value: Any) -> float:
    """The number. Raises InputError for what is no finite number or is below 0."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0.0 <= float(value) < math.inf:
        raise InputError(where, f"{value!r}: must be a finite number, 0 or more")
    return float(value)


def check_space(space: Any) -> Domain:
    """The space. Raises InputError for parameters that are in no Space."""
    if not hasattr(space, "feature_groups"):
        raise InputError("space", f"{type(space).__name__}: must be a Space, such as Space([Continuous('x', 0, 1)])")
    checked: Domain = space
    return checked


def check_objectives(objectives: Any) -> tuple[Objective, ...]:
    """The objectives. Raises InputError for what is no list of them, a name that stands twice, and if none steers."""
    if isinstance(objectives, (str, Objective)) or not isinstance(objectives, Sequence):
        raise InputError("objectives", f"{objectives!r}: must be a list, such as [Objective('y', 'maximise')]")
    for objective in objectives:
        if not isinstance(objective, Objective):
            raise InputError("objectives", f"{objective!r}: must be an Objective, such as Objective('y', 'maximise')")
    names = [objective.name for objective in objectives]
    if len(set(names)) != len(names):
        raise InputError("objectives", f"{', '.join(names)}: a name stands twice")
    if not any(objective.weight > 0 for objective in objectives):
        raise InputError("objectives", "at least one needs a weight above 0")
    return tuple(objectives)
