"""Claims that are right, and copies with one error planted. SIMULATED: drawn, printed with three or four digits."""

import random
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from adatom.cloud.evaluate.verify.claims import Claim
from adatom.cloud.evaluate.verify.formulas import BY_ELEMENT, ELEMENT, FORMULA, MANY, TABLE, Formula
from adatom.cloud.knowledge.formula import parse_formula

FORMULAS = ("Li7La3Zr2O12", "Li3PS4", "LiCoO2", "Li6PS5Cl", "Li1.3Al0.3Ti1.7P3O12", "LiFePO4", "Li2O")
# ranges of inputs in the table's units; those that are not here come from the name alone
RANGES: Mapping[str, tuple[float, float]] = {
    "bulk_modulus": (20, 200), "shear_modulus": (8, 70), "youngs_modulus": (20, 200), "poisson_ratio": (0.15, 0.35),
    "resistance": (20, 5000), "thickness": (0.02, 0.3), "area": (0.1, 2), "temperature": (280, 420),
    "to_temperature": (280, 420), "activation_energy": (0.2, 0.6), "conductivity": (1e-6, 1e-2),
    "diffusivity": (1e-10, 1e-7), "carrier_density": (1e21, 3e22), "a": (5, 15), "b": (5, 15), "c": (5, 15),
    "alpha": (80, 100), "beta": (80, 100), "gamma": (80, 100), "cell_volume": (800, 3000), "density": (1.5, 4.9),
    "theoretical_density": (5, 6), "total_energy": (-7.5, -5.5), "first_current": (8e-6, 2e-5),
    "last_current": (2e-6, 7e-6), "voltage": (0.008, 0.012), "first_resistance": (100, 300),
    "last_resistance": (300, 500), "current_density": (0.1, 3), "time": (0.5, 20), "areal_capacity": (0.5, 5),
    "discharge_capacity": (1, 4), "charge_capacity": (4, 4.5), "pulse_energy": (0.02, 0.2), "spot_area": (0.01, 0.06),
    "growth_per_pulse": (0.005, 0.1),
}  # fmt: skip
COUNTS = {"formula_units": (2, 8), "electrons": (2, 4), "pulses": (1000, 30000)}
# a unit of another kind, by the right one
FOREIGN = {"GPa": "g/cm3", "": "GPa", "S/cm": "S", "ohm cm2": "ohm", "eV": "V", "angstrom3": "nm2", "g/cm3": "g/mol",
           "%": "GPa", "g/mol": "g/cm3", "mA h/g": "mA h/cm2", "eV/atom": "eV/nm2", "mA h/cm2": "mA h", "µm": "µm2",
           "J/cm2": "J/cm", "nm": "nm3"}  # fmt: skip


def printed(value: float, digits: int) -> str:
    """As papers print: digits that count, no more."""
    return f"{value:#.{digits}g}".rstrip(".")


def _input(rng: random.Random, name: str, kind: Any, formula: str, digits: int) -> tuple[str, Any]:
    if kind == FORMULA:
        return formula, parse_formula(formula)
    if kind == ELEMENT:
        return "Li", "Li"
    if kind == (MANY, "K"):
        values = [298.0 + 15 * step for step in range(6)]
        return ", ".join(f"{one:.0f}" for one in values) + " K", values
    if kind == (MANY, "S/cm"):
        energy, prefactor = rng.uniform(0.2, 0.6), 10 ** rng.uniform(3, 6)
        texts = [printed(_arrhenius(prefactor, energy, 298.0 + 15 * step), digits) for step in range(6)]
        return ", ".join(texts) + " S/cm", [float(one) for one in texts]
    if isinstance(kind, tuple) and kind[0] == BY_ELEMENT:
        texts_by = {one: printed(rng.uniform(-6, -1), digits) for one in parse_formula(formula)}
        text = ", ".join(f"{one}={value}" for one, value in texts_by.items())
        return f"{text} eV", {one: float(value) for one, value in texts_by.items()}
    if name in COUNTS:
        count = rng.randint(*COUNTS[name])
        return str(count), float(count)
    scale = sum(parse_formula(formula).values()) if name == "total_energy" else 1.0
    text = printed(scale * rng.uniform(*RANGES[name]), digits)
    return f"{text} {kind}".strip(), float(text)


def _arrhenius(prefactor: float, energy_ev: float, temperature_k: float) -> float:
    from math import exp

    return prefactor / temperature_k * exp(-energy_ev / (8.617333262e-5 * temperature_k))


def right(rng: random.Random, way: Formula) -> tuple[Claim, dict[str, Any]]:
    """A claim that its inputs bear out, and the inputs as values."""
    digits, formula = rng.choice((3, 4)), rng.choice(FORMULAS)
    drawn = {name: _input(rng, name, kind, formula, digits) for name, kind in way.inputs.items()}
    values = {name: value for name, (_, value) in drawn.items()}
    text = printed(way.function(**values), digits)
    texts = {name: one for name, (one, _) in drawn.items()}
    return Claim("drawn", "", way.quantity, text, way.unit, texts), values


def _factor(rng: random.Random, claim: Claim, way: Formula, values: dict[str, Any]) -> Claim:
    return claim._replace(value=f"{float(claim.value) * rng.choice((1e-3, 1e-2, 0.1, 10, 100, 1e3)):.6g}")


def _foreign(rng: random.Random, claim: Claim, way: Formula, values: dict[str, Any]) -> Claim:
    return claim._replace(unit=FOREIGN[way.unit])


def _transposed(rng: random.Random, claim: Claim, way: Formula, values: dict[str, Any]) -> Claim:
    """Two different neighbours among the printed digits change places; the last ones may hide in the rounding."""
    text = list(claim.value.partition("e")[0])
    spots = [at for at, one in enumerate(text) if one.isdigit()]
    pairs = [pair for pair in pairwise(spots) if text[pair[0]] != text[pair[1]]]
    if not pairs:
        return _factor(rng, claim, way, values)
    left, other = rng.choice(pairs)
    text[left], text[other] = text[other], text[left]
    return claim._replace(value="".join(text) + claim.value[len(text) :])


def _sign(rng: random.Random, claim: Claim, way: Formula, values: dict[str, Any]) -> Claim:
    return claim._replace(value=claim.value[1:] if claim.value.startswith("-") else "-" + claim.value)


def _mistake(rng: random.Random, claim: Claim, way: Formula, values: dict[str, Any]) -> Claim:
    if not way.mistakes:
        return _factor(rng, claim, way, values)
    words = rng.choice(sorted(way.mistakes))
    return claim._replace(value=printed(way.mistakes[words](**values), 4))


def _stale(rng: random.Random, claim: Claim, way: Formula, values: dict[str, Any]) -> Claim:
    """The value of a sample that was 5 to 50 % another."""
    factor = 1 + rng.choice((-1, 1)) * rng.uniform(0.05, 0.5)
    return claim._replace(value=printed(float(claim.value) * factor, 4))


KINDS: Mapping[str, Callable[[random.Random, Claim, Formula, dict[str, Any]], Claim]] = {
    "power of ten": _factor,
    "unit of another kind": _foreign,
    "digits transposed": _transposed,
    "sign": _sign,
    "known mistake": _mistake,
    "of another sample": _stale,
}


def claims(count: int, seed: int) -> list[tuple[str, Claim]]:
    """`count` right claims ("right") and as many planted ones (their kind), over all formulas in turn."""
    rng = random.Random(seed)
    made = []
    for at in range(count):
        claim, values = right(rng, TABLE[at % len(TABLE)])
        kind = list(KINDS)[(at // len(TABLE) + at) % len(KINDS)]
        made += [("right", claim), (kind, KINDS[kind](rng, claim, TABLE[at % len(TABLE)], values))]
    return [(kind, claim) for kind, claim in made]
