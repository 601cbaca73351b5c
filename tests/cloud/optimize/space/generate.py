"""Random small spaces of every kind, each a pure function of its seed; other tests of the optimizer use them too."""

from typing import Any

import numpy as np
from adatom.cloud.optimize import Categorical, Composition, Constraint, Continuous, Integer, Linear, Space
from adatom.cloud.optimize.space.constraints import AnyConstraint
from adatom.cloud.optimize.space.layout import Mixture
from adatom.cloud.optimize.space.parameters import Parameter
from adatom.cloud.optimize.space.repair import Blend
from adatom.protocol.errors import InputError

Rng = np.random.Generator
OPTIONS: list[list[Any]] = [["O2", "Ar"], ["a", "b", "c"], [1, 2.5, 4, 8], [True, False], ["only"], [True, 1, "x"]]
ATTEMPTS = 50  # rules drawn at random may contradict each other: then the next ones of the same seed


def chance(rng: Rng, share: float) -> bool:
    return bool(rng.random() < share)


def random_space(seed: int) -> Space:
    """A space of one to four parameters and up to two constraints."""
    rng = np.random.default_rng(seed)
    for _ in range(ATTEMPTS):
        parameters = random_parameters(rng)
        try:
            return Space(parameters, random_constraints(rng, parameters))
        except InputError:
            continue
    raise AssertionError(f"no space of seed {seed} has a feasible point")


def random_parameters(rng: Rng) -> list[Parameter]:
    kinds = rng.choice(4, size=rng.integers(1, 5), p=[0.3, 0.2, 0.2, 0.3])
    makers = (_continuous, _integer, _categorical, _composition)
    return [makers[kind](rng, f"p{place}") for place, kind in enumerate(kinds)]


def _continuous(rng: Rng, name: str) -> Continuous:
    log = chance(rng, 0.3)
    size = 10.0 ** rng.integers(-8, 9)
    low = float(size * rng.uniform(0.1, 1.0)) if log else float(size * rng.uniform(-1.0, 1.0))
    high = low * 10.0 ** float(rng.uniform(0.0, 6.0)) if log else low + size * float(rng.uniform(0.0, 2.0))
    if chance(rng, 0.1):
        high = low
    step = (high - low) * float(rng.choice([0.01, 0.1, 0.3, 2.0])) or None
    return Continuous(name, low, high, step if chance(rng, 0.4) else None, log, chance(rng, 0.3))


def _integer(rng: Rng, name: str) -> Integer:
    log = chance(rng, 0.2)
    low = int(rng.integers(1 if log else -20, 20))
    return Integer(
        name, low, low + int(rng.choice([0, 1, 5, 100, 30000])), int(rng.choice([1, 1, 3])), log, chance(rng, 0.3)
    )


def _categorical(rng: Rng, name: str) -> Categorical:
    options = OPTIONS[rng.integers(len(OPTIONS))]
    described = None
    if chance(rng, 0.3) and 1 not in options:
        described = {option: [float(place), float(rng.normal())] for place, option in enumerate(options)}
    return Categorical(name, options, described, chance(rng, 0.3))


def _composition(rng: Rng, name: str) -> Composition:
    while True:
        try:
            composition = _any_composition(rng, name)
            if Blend(Mixture(composition, slice(0, len(composition.parts)))).possible:
                return composition
        except InputError:
            continue


def _any_composition(rng: Rng, name: str) -> Composition:
    count = int(rng.integers(1, 7))
    total = float(rng.choice([1.0, 1.0, 100.0, 12.0]))
    names = [f"{name}{letter}" for letter in "ABCDEF"[:count]]
    charges = {part: int(rng.integers(-3, 6)) for part in names} if count > 1 and chance(rng, 0.3) else None
    # a charge that some mixture has: rarely is a random one reached
    shares = rng.multinomial(20, np.full(count, 1.0 / count)) / 20.0
    charge_total = 0.0 if charges is None else total * float(shares @ np.array(list(charges.values())))
    return Composition(
        {part: _part_range(rng, total) for part in names},
        total,
        at_most=int(rng.integers(1, count + 1)) if chance(rng, 0.4) else None,
        least=total * float(rng.uniform(0.0, 0.2)) if chance(rng, 0.3) else 0.0,
        balance=str(rng.choice(names)) if chance(rng, 0.3) else None,
        charges=charges,
        charge_total=charge_total if chance(rng, 0.7) else 0.0,
        step=float(rng.choice([0.05, 0.1, 0.125, 0.25])) * total if chance(rng, 0.3) else None,
        descriptors={part: rng.normal(size=2).tolist() for part in names} if chance(rng, 0.3) else None,
        hard_to_change=chance(rng, 0.1),
    )


def _part_range(rng: Rng, total: float) -> tuple[float, float]:
    low = 0.0 if chance(rng, 0.7) else total * float(rng.uniform(0.0, 0.3))
    high = total if chance(rng, 0.5) else total * float(rng.uniform(0.1, 1.0))
    return (min(low, high), high) if chance(rng, 0.95) else (high, high)


def random_constraints(rng: Rng, parameters: list[Parameter]) -> list[AnyConstraint]:
    """Up to two linear rules and one function, each around a point of the space without them."""
    free = Space(parameters)
    (middle,) = free.points(free.random(1, rng))
    numeric = [name for name in free.layout.keys if name in free.names]
    constraints: list[AnyConstraint] = []
    for place in range(int(rng.choice([0, 0, 1, 2])) if numeric else 0):
        chosen = rng.choice(numeric, size=int(rng.integers(1, len(numeric) + 1)), replace=False)
        widths = {str(n): float(free.layout.widths[free.layout.column[str(n)]]) for n in chosen}
        factors = {name: float(rng.normal()) / width for name, width in widths.items()}
        value = sum(factor * float(middle[name]) for name, factor in factors.items())
        room = float(rng.choice([0.05, 0.3, 1.0]))
        low = value - room if chance(rng, 0.6) else None
        constraints.append(Linear(factors, low, value + room if low is None or chance(rng, 0.4) else None, f"l{place}"))
    if numeric and chance(rng, 0.2):
        constraints.append(_within(str(rng.choice(numeric)), free, middle, float(rng.choice([0.2, 0.6]))))
    return constraints


def _within(name: str, free: Space, middle: dict[str, Any], share: float) -> Constraint:
    width = float(free.layout.widths[free.layout.column[name]])
    return Constraint(lambda p: abs(p[name] - middle[name]) <= share * width or "too far from the middle", "near")
