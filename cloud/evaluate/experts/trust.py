"""How far an expert is right: answers and overrules beside what was measured later. Must not know of stores."""

import math
from collections.abc import Sequence
from typing import NamedTuple

PRIOR = (6.0, 2.0)  # right and wrong answers before any is checked (K): an expert is right three times in four
SHARPNESS = 20.0  # log odds a unit of V of an expert who is right as often as the prior says (K): 0.05 of V are 3 : 1


class Trust(NamedTuple):
    """Of answers that could be checked: how many were right; the chance that the next one is."""

    right: float
    checked: int

    @property
    def chance(self) -> float:
        """Posterior mean of a Beta."""
        return (PRIOR[0] + self.right) / (sum(PRIOR) + self.checked)

    @property
    def sd(self) -> float:
        """Standard deviation of that chance."""
        return math.sqrt(self.chance * (1.0 - self.chance) / (sum(PRIOR) + self.checked + 1.0))

    @property
    def sharpness(self) -> float:
        """Log odds a unit of V in Bradley and Terry's model: 0 for an expert who is right half of the time."""
        usual = math.log(PRIOR[0] / PRIOR[1])
        return SHARPNESS * max(0.0, math.log(self.chance / (1.0 - self.chance))) / usual


def trust_of(right: Sequence[float]) -> Trust:
    """Of checked answers: 1.0 right, 0.0 wrong, 0.5 where the measurement does not tell."""
    return Trust(float(sum(right)), len(right))
