"""The formulas by which claims are recomputed: a table. To add one is to add a row; a walking test tries each.

A function takes its inputs by name, in the units that the row says, and returns the quantity in the row's unit.
Constants: CODATA 2018, exact where the SI fixes them. Atomic masses: pymatgen's table (IUPAC).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from adatom.protocol.errors import InputError

BOLTZMANN_EV_PER_K = 8.617333262e-5
FARADAY_C_PER_MOL = 96485.33212
ELEMENTARY_C = 1.602176634e-19
BOLTZMANN_J_PER_K = 1.380649e-23
AVOGADRO_PER_MOL = 6.02214076e23
LITHIUM_G_PER_MOL, LITHIUM_G_PER_CM3 = 6.94, 0.534  # IUPAC; CRC Handbook, 20 °C
FORMULA, ELEMENT, MANY, BY_ELEMENT = "formula", "element", "many", "by element"


class Formula(NamedTuple):
    """One way to a quantity. `inputs`: name -> unit, FORMULA, ELEMENT, or (MANY or BY_ELEMENT, unit)."""

    quantity: str
    unit: str
    inputs: Mapping[str, str | tuple[str, str]]
    function: Callable[..., float]
    source: str
    mistakes: Mapping[str, Callable[..., float]] = {}  # what people do instead, by its words
    conventions: Mapping[str, Callable[..., float]] = {}  # other ways that are as right


def atomic_mass(symbol: str) -> float:
    """In g/mol. KeyError is not raised: parse_formula admits elements only."""
    from pymatgen.core.periodic_table import Element

    return float(Element(symbol).atomic_mass)


def molar_mass(formula: Mapping[str, float]) -> float:
    """Sum of amounts times atomic masses, g/mol."""
    return sum(amount * atomic_mass(symbol) for symbol, amount in formula.items())


def _youngs(bulk_modulus: float, shear_modulus: float) -> float:
    return 9 * bulk_modulus * shear_modulus / (3 * bulk_modulus + shear_modulus)


def _poisson(bulk_modulus: float, shear_modulus: float) -> float:
    return (3 * bulk_modulus - 2 * shear_modulus) / (2 * (3 * bulk_modulus + shear_modulus))


def _slope(temperatures: Sequence[float], logs: Sequence[float]) -> float:
    """Least-squares slope of logs by 1/T, as an energy in eV."""
    if len(temperatures) != len(logs) or len(set(temperatures)) < 2:
        raise InputError("inputs", "as many conductivities as temperatures, and two different ones, are needed")
    inverse = [1 / one for one in temperatures]
    x, y = sum(inverse) / len(inverse), sum(logs) / len(logs)
    top = sum((a - x) * (b - y) for a, b in zip(inverse, logs, strict=True))
    return -BOLTZMANN_EV_PER_K * top / sum((a - x) ** 2 for a in inverse)


def _activation(conductivities: Sequence[float], temperatures: Sequence[float]) -> float:
    return _slope(temperatures, [math.log(s * t) for s, t in zip(conductivities, temperatures, strict=True)])


def _activation_plain(conductivities: Sequence[float], temperatures: Sequence[float]) -> float:
    return _slope(temperatures, [math.log(one) for one in conductivities])


def _activation_decadic(conductivities: Sequence[float], temperatures: Sequence[float]) -> float:
    return _activation(conductivities, temperatures) / math.log(10)


def _at_temperature(conductivity: float, temperature: float, activation_energy: float, to_temperature: float) -> float:
    exponent = activation_energy / BOLTZMANN_EV_PER_K * (1 / temperature - 1 / to_temperature)
    return conductivity * temperature / to_temperature * math.exp(exponent)


def _at_temperature_plain(conductivity: float, temperature: float, activation_energy: float, to_temperature: float) -> float:  # noqa: E501  # fmt: skip
    return _at_temperature(conductivity, temperature, activation_energy, to_temperature) * to_temperature / temperature


def _volume(a: float, b: float, c: float, alpha: float, beta: float, gamma: float) -> float:
    ca, cb, cg = (math.cos(math.radians(one)) for one in (alpha, beta, gamma))
    return a * b * c * math.sqrt(1 - ca**2 - cb**2 - cg**2 + 2 * ca * cb * cg)


def _density(formula: Mapping[str, float], formula_units: float, cell_volume: float) -> float:
    return formula_units * molar_mass(formula) / (AVOGADRO_PER_MOL * cell_volume * 1e-24)


def _formation(total_energy: float, formula: Mapping[str, float], element_energies: Mapping[str, float]) -> float:
    return _formation_of_all(total_energy, formula, element_energies) / sum(formula.values())


def _formation_of_all(total_energy: float, formula: Mapping[str, float], element_energies: Mapping[str, float]) -> float:  # noqa: E501  # fmt: skip
    missing = sorted(set(formula) - set(element_energies))
    if missing:
        raise InputError("element_energies", f"none for {', '.join(missing)}")
    return total_energy - sum(amount * element_energies[symbol] for symbol, amount in formula.items())


def _mass_percent(formula: Mapping[str, float], element: str) -> float:
    return 100 * formula.get(element, 0.0) * atomic_mass(element) / molar_mass(formula)


def _atom_percent(formula: Mapping[str, float], element: str) -> float:
    return 100 * formula.get(element, 0.0) / sum(formula.values())


def _transference(first_current: float, last_current: float, voltage: float, first_resistance: float, last_resistance: float) -> float:  # noqa: E501  # fmt: skip
    top = last_current * (voltage - first_current * first_resistance)
    return top / (first_current * (voltage - last_current * last_resistance))


TABLE = (
    Formula("youngs_modulus", "GPa", {"bulk_modulus": "GPa", "shear_modulus": "GPa"}, _youngs,
            "isotropic elasticity, E = 9KG/(3K+G); Landau & Lifshitz VII §5"),
    Formula("poisson_ratio", "", {"bulk_modulus": "GPa", "shear_modulus": "GPa"}, _poisson,
            "isotropic elasticity, (3K-2G)/(2(3K+G)); Landau & Lifshitz VII §5"),
    Formula("shear_modulus", "GPa", {"youngs_modulus": "GPa", "poisson_ratio": ""},
            lambda youngs_modulus, poisson_ratio: youngs_modulus / (2 * (1 + poisson_ratio)), "G = E/2(1+ν)"),
    Formula("bulk_modulus", "GPa", {"youngs_modulus": "GPa", "poisson_ratio": ""},
            lambda youngs_modulus, poisson_ratio: youngs_modulus / (3 * (1 - 2 * poisson_ratio)), "K = E/3(1-2ν)"),
    Formula("pugh_ratio", "", {"bulk_modulus": "GPa", "shear_modulus": "GPa"},
            lambda bulk_modulus, shear_modulus: bulk_modulus / shear_modulus, "K/G; Pugh, Phil. Mag. 45 (1954) 823",
            conventions={"G/K": lambda bulk_modulus, shear_modulus: shear_modulus / bulk_modulus}),
    Formula("conductivity", "S/cm", {"resistance": "ohm", "thickness": "cm", "area": "cm2"},
            lambda resistance, thickness, area: thickness / (resistance * area), "σ = d/(R A)",
            {"thickness and area exchanged": lambda resistance, thickness, area: area / (resistance * thickness)}),
    Formula("area_specific_resistance", "ohm cm2", {"resistance": "ohm", "area": "cm2"},
            lambda resistance, area: resistance * area, "R A",
            {"R / A": lambda resistance, area: resistance / area},
            {"half of it, for one of two interfaces": lambda resistance, area: resistance * area / 2}),
    Formula("activation_energy", "eV", {"conductivities": (MANY, "S/cm"), "temperatures": (MANY, "K")}, _activation,
            "slope of ln(σT) by 1/T",
            {"slope of log10(σT), without ln 10": _activation_decadic},
            {"slope of ln σ, without T": _activation_plain}),
    Formula("conductivity", "S/cm", {"conductivity": "S/cm", "temperature": "K", "activation_energy": "eV",
            "to_temperature": "K"}, _at_temperature, "Arrhenius' law for σT",
            conventions={"Arrhenius' law for σ, without T": _at_temperature_plain}),
    Formula("conductivity", "S/cm", {"diffusivity": "cm2/s", "carrier_density": "1/cm3", "temperature": "K"},
            lambda diffusivity, carrier_density, temperature:
            carrier_density * ELEMENTARY_C**2 * diffusivity / (BOLTZMANN_J_PER_K * temperature),
            "Nernst-Einstein with a Haven ratio of 1"),
    Formula("cell_volume", "angstrom3", {"a": "angstrom", "b": "angstrom", "c": "angstrom", "alpha": "degree",
            "beta": "degree", "gamma": "degree"}, _volume, "triple product; International Tables C 1.1"),
    Formula("density", "g/cm3", {"formula": FORMULA, "formula_units": "", "cell_volume": "angstrom3"}, _density,
            "Z M / (N_A V)", {"one formula unit a cell": lambda formula, formula_units, cell_volume:
                              _density(formula, 1.0, cell_volume)}),
    Formula("relative_density", "%", {"density": "g/cm3", "theoretical_density": "g/cm3"},
            lambda density, theoretical_density: 100 * density / theoretical_density, "ρ/ρ_theoretical",
            {"porosity": lambda density, theoretical_density: 100 * (1 - density / theoretical_density)}),
    Formula("molar_mass", "g/mol", {"formula": FORMULA}, molar_mass, "sum of atomic masses"),
    Formula("theoretical_capacity", "mA h/g", {"formula": FORMULA, "electrons": ""},
            lambda formula, electrons: electrons * FARADAY_C_PER_MOL / (3.6 * molar_mass(formula)), "n F / M",
            {"one electron": lambda formula, electrons: FARADAY_C_PER_MOL / (3.6 * molar_mass(formula))}),
    Formula("formation_energy", "eV/atom", {"total_energy": "eV", "formula": FORMULA,
            "element_energies": (BY_ELEMENT, "eV")}, _formation, "(E - Σ n μ) / atoms",
            {"a formula unit instead of an atom": _formation_of_all}),
    Formula("mass_fraction", "%", {"formula": FORMULA, "element": ELEMENT}, _mass_percent, "n M_i / M",
            {"of atoms instead of mass": _atom_percent}),
    Formula("transference_number", "", {"first_current": "A", "last_current": "A", "voltage": "V",
            "first_resistance": "ohm", "last_resistance": "ohm"}, _transference,
            "Evans, Vincent & Bruce, Polymer 28 (1987) 2324",
            {"ratio of the currents alone": lambda first_current, last_current, **rest: last_current / first_current}),
    Formula("areal_capacity", "mA h/cm2", {"current_density": "mA/cm2", "time": "hour"},
            lambda current_density, time: current_density * time, "j t"),
    Formula("lithium_thickness", "µm", {"areal_capacity": "mA h/cm2"},
            lambda areal_capacity: areal_capacity * 3.6 * LITHIUM_G_PER_MOL
            / (FARADAY_C_PER_MOL * LITHIUM_G_PER_CM3) * 1e4, "Q M / (F ρ)"),
    Formula("coulombic_efficiency", "%", {"discharge_capacity": "mA h", "charge_capacity": "mA h"},
            lambda discharge_capacity, charge_capacity: 100 * discharge_capacity / charge_capacity, "Q_out/Q_in",
            {"the other way round": lambda discharge_capacity, charge_capacity:
             100 * charge_capacity / discharge_capacity}),
    Formula("fluence", "J/cm2", {"pulse_energy": "J", "spot_area": "cm2"},
            lambda pulse_energy, spot_area: pulse_energy / spot_area, "energy of a pulse by the area of its spot"),
    Formula("film_thickness", "nm", {"growth_per_pulse": "nm", "pulses": ""},
            lambda growth_per_pulse, pulses: growth_per_pulse * pulses, "growth a pulse times pulses"),
)  # fmt: skip

# What no material has: quantity -> low, high in the table's unit, and why.
POSSIBLE: Mapping[str, tuple[float, float, str]] = {
    "youngs_modulus": (0.0, 1500.0, "diamond has about 1100 GPa"),
    "shear_modulus": (0.0, 600.0, "diamond has about 535 GPa"),
    "bulk_modulus": (0.0, 500.0, "diamond has about 443 GPa"),
    "poisson_ratio": (-1.0, 0.5, "isotropic bodies are stable between -1 and 0.5"),
    "conductivity": (0.0, 7e5, "silver has 6.3e5 S/cm"),
    "activation_energy": (0.0, 10.0, "bonds are weaker"),
    "density": (0.0, 23.0, "osmium has 22.6 g/cm3"),
    "relative_density": (0.0, 102.0, "above 100 % by more than an error"),
    "theoretical_capacity": (0.0, 3862.0, "lithium has 3861 mAh/g"),
    "mass_fraction": (0.0, 100.0, "a share"),
    "formation_energy": (-10.0, 10.0, "bonds are weaker"),
    "transference_number": (0.0, 1.0, "a share"),
}


def by_quantity(quantity: str) -> list[Formula]:
    """All ways to a quantity."""
    return [one for one in TABLE if one.quantity == quantity]


def describe(formula: Formula) -> dict[str, Any]:
    """For `--formulas`."""
    inputs = {name: kind if isinstance(kind, str) else " ".join(kind) for name, kind in formula.inputs.items()}
    return {"quantity": formula.quantity, "unit": formula.unit, "inputs": inputs, "source": formula.source}
