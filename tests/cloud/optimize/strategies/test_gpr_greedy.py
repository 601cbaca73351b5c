"""The greedy mode: the least mean, and every fifth point the least known place."""

from dataclasses import replace

import numpy as np
from adatom.cloud.optimize.strategies import STRATEGIES
from adatom.cloud.optimize.strategies.gpr_greedy import EXPLORE_EVERY

from ..trays import Tray, question

SPACE = Tray(1)
TESTED = SPACE.repair(np.linspace(0.0, 0.6, 13)[:, None])


def test_it_takes_the_least_mean_and_explores_in_turn() -> None:
    asked = question(SPACE, TESTED, (TESTED - 0.31) ** 2)
    turns = [STRATEGIES["gpr-greedy"](replace(asked, drawn=drawn))[0, 0] for drawn in range(8, 8 + EXPLORE_EVERY)]
    assert abs(turns[0] - 0.31) > 0.2 or turns.count(max(turns)) == 1
    near = [abs(turn - 0.31) < 0.05 for turn in turns]
    assert sum(near) == EXPLORE_EVERY - 1
    assert max(turns) > 0.9
