"""Numbers and recipes as a person reads them: significant digits, units, 95 % intervals, formulae.

Plain values in, text out (not yet escaped for HTML). Must not know of stores, figures or pages.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adatom.protocol.recipe import CHOICES, NUMBERS, lithium_per_12_o

Z_95 = 1.96  # half a 95 % interval in standard deviations of a normal
LN10 = math.log(10.0)
MISSING = "–"
PLAIN_LOW, PLAIN_HIGH = 1e-3, 1e5  # numbers between them are written without a power of ten
OXYGEN = 12

SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
UNITS = {
    "ohm cm2": "Ω cm²", "Ω·cm²": "Ω cm²", "S/cm": "S/cm", "mA/cm2": "mA/cm²", "J/cm2": "J/cm²",
    "1": "", "fraction": "", "pulses": "",
}  # fmt: skip
LABELS = {
    "li_excess": "lithium excess", "interlayer_nm": "interlayer thickness", "fluence_j_cm2": "fluence",
    "rep_rate_hz": "repetition rate", "substrate_c": "substrate temperature", "o2_pa": "O₂ pressure",
    "distance_mm": "target distance", "pulses": "pulses", "anneal_c": "anneal temperature", "anneal_min": "anneal time",
    "air_exposure_min": "air exposure", "interlayer": "interlayer", "anneal_atmosphere": "anneal atmosphere",
}  # fmt: skip
FIELD_UNITS = {name: UNITS.get(unit, unit) for name, unit, _, _ in NUMBERS}
# In the order in which a sample is made
FIELD_ORDER = (
    "li_excess", "fluence_j_cm2", "rep_rate_hz", "pulses", "substrate_c", "o2_pa", "distance_mm", "air_exposure_min",
    "anneal_c", "anneal_min", "anneal_atmosphere", "interlayer", "interlayer_nm",
)  # fmt: skip
CATEGORIES = dict(CHOICES)


@dataclass(frozen=True)
class Estimate:
    """A measured number. `sd` is of the value, its ln or its log10 as `scale` says; None when it is not known."""

    value: float
    sd: float | None = None
    scale: str = "linear"
    unit: str = ""
    censored: bool = False  # the true value lies above
    simulated: bool = False

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval in the unit; None for a censored value or an unknown standard deviation."""
        if self.sd is None or self.censored:
            return None
        if self.scale == "linear":
            return self.value - Z_95 * self.sd, self.value + Z_95 * self.sd
        factor = math.exp(Z_95 * self.sd * (LN10 if self.scale == "log10" else 1.0))
        return self.value / factor, self.value * factor

    @property
    def sd_ln(self) -> float | None:
        """Standard deviation of the natural logarithm; for a linear one to first order. None when there is none."""
        if self.sd is None or self.value <= 0.0:
            return None
        return {"linear": self.sd / self.value, "ln": self.sd, "log10": self.sd * LN10}[self.scale]

    @property
    def text(self) -> str:
        """Like 5.24 (4.61 to 5.95), 0.931 ± 0.012 (both 95 %) or ≥ 50; without the unit."""
        if self.censored:
            return f"≥ {exact(self.value)}"
        interval = self.interval
        if interval is None:
            return f"{number(self.value)} (± not known)"
        if self.scale == "linear" and self.sd:
            half = Z_95 * self.sd
            places = max(0, 1 - math.floor(math.log10(half)))
            return f"{self.value:.{places}f} ± {half:.{places}f}"
        return f"{number(self.value)} ({number(interval[0])} to {number(interval[1])})"

    @property
    def with_unit(self) -> str:
        """The text with its unit behind the value."""
        return f"{self.text} {self.unit}".rstrip()


def estimate_of(row: Mapping[str, Any]) -> Estimate | None:
    """The Estimate of a quantity as the store gives it; None when there is no value."""
    if row["value"] is None:
        return None
    return Estimate(row["value"], row["sd"], row["scale"], UNITS.get(row["unit"], row["unit"]), row["censored"],
                    row["simulated"])  # fmt: skip


def ratio(above: Estimate, below: Estimate) -> Estimate:
    """above / below on the ln scale; the standard deviations are independent. Both values > 0."""
    spreads = (above.sd_ln, below.sd_ln)
    sd = None if None in spreads else math.hypot(*(s for s in spreads if s is not None))
    return Estimate(above.value / below.value, sd, "ln", simulated=above.simulated or below.simulated)


def geometric_mean(estimates: list[Estimate]) -> Estimate | None:
    """The estimate of replicates of one recipe, on the ln scale; None when there is none that is > 0."""
    positive = [e for e in estimates if e.value > 0.0 and not e.censored]
    if len(positive) < 2:
        return positive[0] if positive else None
    count = len(positive)
    spreads = [e.sd_ln for e in positive if e.sd_ln is not None]
    sd = math.hypot(*spreads) / count if len(spreads) == count else None
    value = math.exp(sum(math.log(e.value) for e in positive) / count)
    return Estimate(value, sd, "ln", positive[0].unit, simulated=any(e.simulated for e in positive))


def number(value: float, digits: int = 3) -> str:
    """The value with so many significant digits, with a power of ten when it is far from 1."""
    if not math.isfinite(value):
        return MISSING
    if value == 0.0:
        return "0"
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    power = int(exponent)
    if PLAIN_LOW <= abs(value) < PLAIN_HIGH:
        return f"{float(f'{mantissa}e{power}'):.{max(0, digits - 1 - power)}f}"
    return f"{mantissa} × 10{str(power).translate(SUPERSCRIPTS)}"


def exact(value: Any) -> str:
    """A set-point: four significant digits without trailing zeros, whole numbers from 1000 on."""
    if isinstance(value, str):
        return value.translate(SUBSCRIPTS) if value in CATEGORIES["interlayer"] else value
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def formula(recipe: Mapping[str, Any]) -> str:
    """The charge-neutral garnet that a recipe's cations belong to, lithium first: Li₆.₅La₃Zr₁.₅Ta₀.₅O₁₂."""
    cations = dict(recipe["cations"])
    parts = [("Li", lithium_per_12_o(list(cations.items()))), *sorted(cations.items(), key=lambda pair: -pair[1])]
    amounts = [(element, f"{amount:.3g}") for element, amount in (*parts, ("O", OXYGEN)) if amount > 0.0]
    return "".join(f"{element}{'' if text == '1' else text.translate(SUBSCRIPTS)}" for element, text in amounts)


def axis_label(name: str) -> str:
    """A recipe field with its unit: fluence / (J/cm²); cations stand as "La" and so on."""
    label, unit = LABELS.get(name, f"{name} per 12 O"), FIELD_UNITS.get(name, "")
    if not unit:
        return label
    return f"{label} / ({unit})" if "/" in unit else f"{label} / {unit}"


def flat_recipe(recipe: Mapping[str, Any]) -> dict[str, float | str]:
    """Field -> value in the order in which a sample is made, each cation a field of its own (atoms per 12 O)."""
    cations: dict[str, float | str] = {str(e): float(amount) for e, amount in sorted(dict(recipe["cations"]).items())}
    return cations | {name: recipe[name] for name in FIELD_ORDER}
