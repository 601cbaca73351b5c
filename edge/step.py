"""A step of a run, as the plan makes it and the chamber takes it; and what kind of bench takes it."""

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from .config import Bench

# state: of states.STATES; set-points scaled, 0 = heater off, vacuum; hold_s: anneal time or exposure; below_cc: cool
# until; ask: what a person is asked for; estimate_s: about how long
if TYPE_CHECKING:

    class Step(NamedTuple):
        state: str
        target_cc: int
        gas_mpa: int
        hold_s: int
        below_cc: int
        ask: str
        estimate_s: int

else:
    Step = namedtuple("Step", ("state", "target_cc", "gas_mpa", "hold_s", "below_cc", "ask", "estimate_s"))
NO_STEP = Step("idle", 0, 0, 0, 0, "", 0)


def is_furnace(bench: "Bench") -> bool:
    """Whether a bench has instruments but no laser: all that it does for a recipe is the anneal."""
    return len(bench.ports) > 0 and "laser" not in bench.ports
