"""The vectorised reach is protocol.targets' own answer."""

from typing import Any

import numpy as np
import pytest
from adatom.cloud.optimize.recipe.reach import Reach
from adatom.protocol.recipe import arriving_lithium_per_12_o, recipe_from_dict
from adatom.protocol.targets import pulse_shares
from hypothesis import given, settings
from hypothesis import strategies as st

from ..spaces import ENVELOPE, REFERENCE

ELEMENTS = ("Al", "Ga", "La", "Ta", "Zr")
AMOUNT = st.one_of(st.just(0.0), st.floats(0.01, 0.6))


def mismatch(cations: dict[str, float], li_excess: float, targets: list[dict[str, Any]]) -> tuple[float, float]:
    """(vectorised, protocol's) mismatch of one recipe."""
    recipe = recipe_from_dict({**REFERENCE, "cations": cations, "li_excess": li_excess})
    wanted = [cations.get(e, 0.0) for e in ELEMENTS] + [arriving_lithium_per_12_o(recipe)]
    ours = Reach((*ELEMENTS, "Li"), targets).mismatch(np.array([wanted]))[0]
    return float(ours), float(pulse_shares(recipe, targets)[1])


@settings(max_examples=60, deadline=None)
@given(al=AMOUNT, ga=AMOUNT, la=st.floats(1.5, 3.5), ta=AMOUNT, zr=st.floats(0.5, 2.0), excess=st.floats(0.0, 2.0))
def test_reach_is_what_the_edge_says(al: float, ga: float, la: float, ta: float, zr: float, excess: float) -> None:
    cations = {"Al": al, "Ga": ga, "La": la, "Ta": ta, "Zr": zr}
    ours, theirs = mismatch(cations, excess, ENVELOPE["targets"])
    # the edge's coordinate descent stops a little before the optimum
    assert ours == pytest.approx(theirs, abs=2e-4)


def test_no_serving_target_is_a_total_miss() -> None:
    targets = [{"slot": 1, "material": "ZnO", "cations": {"Zn": 1}, "units_e12_cm2": 80.0}]
    assert mismatch({"La": 3.0, "Zr": 2.0}, 0.0, targets) == (1.0, 1.0)


def test_two_equal_targets_are_as_good_as_one() -> None:
    llzo = {"slot": 1, "material": "a", "cations": {"Li": 7, "La": 3, "Zr": 2}, "units_e12_cm2": 15.0}
    ours, _ = mismatch({"La": 3.0, "Zr": 2.0}, 0.0, [llzo, {**llzo, "slot": 2}])
    assert ours == pytest.approx(0.0, abs=1e-12)
