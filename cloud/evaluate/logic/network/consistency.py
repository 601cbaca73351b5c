"""P(consistent): whether what is said of one compound belongs together, and which statement does not.

Belonging together: everything follows the network. Wrong, in two ways of equal share: one statement, any of them, is
of another compound; or all are. What is of another compound follows that quantity's own distribution. With
c_i = ln P(statement i | the others) - ln P(statement i alone), all by exact inference,

    P(wrong) / P(consistent) = w / (1 - w) [ mean_i exp(-c_i) / 2 + prod_i P(i alone) / P(all) / 2 ].

Pure but for the network it is given.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from .model import Array, Network
from .structure import BY_NAME, STATEMENTS

WRONG_SHARE = 0.01  # of records, before anything is known (K); `adatom evaluate doubts` finds 0.35 % of facts in doubt
ONE_SHARE = 0.5  # of the wrong records: those in which one statement is wrong, not all (K)
USUAL = 0.8  # the chance that the usual range holds


class Judged(NamedTuple):
    """One statement beside all the others.

    `nats` is c_i: below 0 it speaks against belonging together. `tail`: the chance of a state at least so far out on
    the side where it lies (of named states, of this one). `usual`: states that hold 80 %: the middle ones, of named
    states the likeliest. `blame`: the chance that this statement alone is of another compound.
    """

    name: str
    value: float | str
    nats: float
    tail: float
    side: str  # low, high, or "" of named states
    usual: tuple[int, ...]
    blame: float


class Consistency(NamedTuple):
    """`nats`: the weight of the evidence for belonging together. `judged`: the most surprising statement first."""

    probability: float
    wrong_share: float
    nats: float
    judged: tuple[Judged, ...]


def consistency(
    network: Network,
    formula: Mapping[str, float | str],
    statements: Mapping[str, float | str],
    wrong_share: float = WRONG_SHARE,
) -> Consistency:
    """Of values of OF_FORMULA's quantities, and of at least one statement."""
    given = {name: BY_NAME[name].state(value) for name, value in formula.items()}
    said = {node.name: node.state(statements[node.name]) for node in STATEMENTS if node.name in statements}
    chances = {name: network.chances(name, given | _without(said, name)) for name in said}
    own = {name: math.log(network.alone(name, given)[state]) for name, state in said.items()}
    nats = {name: math.log(chances[name][state]) - own[name] for name, state in said.items()}
    together = _log_joint(network, given, said)
    one = float(np.logaddexp.reduce([-c for c in nats.values()])) - math.log(len(said))
    wrong = np.logaddexp(math.log(ONE_SHARE) + one, math.log(1.0 - ONE_SHARE) + sum(own.values()) - together)
    odds = math.log(wrong_share / (1.0 - wrong_share)) + float(wrong)
    one_wrong = wrong_share / (1.0 - wrong_share) * ONE_SHARE / len(said) / (1.0 + math.exp(odds))
    judged = [
        Judged(name, statements[name], nats[name], *_tail(name, chances[name], state), _usual(name, chances[name]),
               one_wrong * math.exp(-nats[name]))
        for name, state in said.items()
    ]  # fmt: skip
    return Consistency(1.0 / (1.0 + math.exp(odds)), wrong_share, -float(wrong),
                       tuple(sorted(judged, key=lambda one: one.nats)))  # fmt: skip


def _log_joint(network: Network, given: Mapping[str, int], said: Mapping[str, int]) -> float:
    """ln P(all that is said | formula), one statement after the other."""
    known, total = dict(given), 0.0
    for name, state in said.items():
        total += math.log(network.chances(name, known)[state])
        known[name] = state
    return total


def _without(said: Mapping[str, int], name: str) -> dict[str, int]:
    return {other: state for other, state in said.items() if other != name}


def _tail(name: str, chances: Array, state: int) -> tuple[float, str]:
    if BY_NAME[name].named:
        return float(chances[state]), ""
    low, high = float(chances[: state + 1].sum()), float(chances[state:].sum())
    return (low, "low") if low < high else (high, "high")


def _usual(name: str, chances: Array) -> tuple[int, ...]:
    if BY_NAME[name].named:
        order = np.argsort(-chances, kind="stable")
        return tuple(order[: int(np.searchsorted(np.cumsum(chances[order]), USUAL)) + 1].tolist())
    total, beyond = np.cumsum(chances), (1.0 - USUAL) / 2.0
    return tuple(range(int(np.searchsorted(total, beyond, "right")), int(np.searchsorted(total, 1.0 - beyond)) + 1))
