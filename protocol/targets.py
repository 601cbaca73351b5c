"""Which pulses on which targets bring the recipe's cations and lithium.

The mounted targets span a cone of reachable compositions; a recipe outside it is refused before anything heats up.
Units: `units_e12_cm2` is formula units arriving at the substrate centre per pulse and cm2, in 1e12, at the bench's
reference conditions. Only ratios matter here.
"""

from .recipe import arriving_lithium_per_12_o

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .recipe import Recipe

    Target = dict[str, Any]  # slot, material, cations, units_e12_cm2, and nm_per_pulse for an interlayer

FRAMEWORK = ("La", "Zr", "Ta", "Nb")
FRAMEWORK_PLACES = 5.0
SWEEPS = 4000
MISMATCH_ALLOWED = 0.01  # of the largest wanted amount: below the 1-3 % that a target's own composition is known to


def wanted_atoms(recipe: "Recipe") -> "tuple[tuple[str, float], ...]":
    """(element, atoms per 12 O) wanted in the arriving flux, lithium last."""
    return tuple(recipe.cations) + (("Li", arriving_lithium_per_12_o(recipe)),)


def pulse_shares(recipe: "Recipe", targets: "list[Target]") -> "tuple[tuple[tuple[int, float], ...], float]":
    """(slot, share of the film's pulses) per target used, and the mismatch as a fraction of the largest amount.

    Non-negative least squares min |Y n - b| by cyclic coordinate descent: Y atoms per pulse of each target, b wanted
    atoms. The problem is convex, so the cyclic descent converges to the optimum (Luenberger & Ye, Linear and Nonlinear
    Programming, 8.9); with at most six columns it takes microseconds to milliseconds and no linear algebra library.
    """
    wanted: "dict[str, float]" = {element: amount for element, amount in wanted_atoms(recipe)}
    usable = [target for target in targets if _serves(target, wanted)]
    elements = sorted(wanted)
    columns = [[t["cations"].get(e, 0.0) * t["units_e12_cm2"] for e in elements] for t in usable]
    counts, residual = nonnegative_least_squares(columns, [wanted[e] for e in elements])
    total = sum(counts)
    largest = max([wanted[e] for e in elements])
    mismatch = max([abs(value) for value in residual]) / largest
    if total <= 0.0:
        return (), 1.0
    shares = [(t["slot"], n / total) for t, n in zip(usable, counts) if n > total * 1e-9]
    return tuple(shares), mismatch


def nonnegative_least_squares(columns: "list[list[float]]", wanted: "list[float]") -> "tuple[list[float], list[float]]":
    """(counts, residual): counts >= 0 minimising the 2-norm of sum(count * column) - wanted."""
    counts = [0.0] * len(columns)
    residual = [-value for value in wanted]
    norms = [sum([value * value for value in column]) for column in columns]
    for _ in range(SWEEPS):
        moved = 0.0
        for j, column in enumerate(columns):
            if norms[j] <= 0.0:
                continue
            gradient = sum([c * r for c, r in zip(column, residual)])
            new = max(0.0, counts[j] - gradient / norms[j])
            step = new - counts[j]
            if step:
                counts[j] = new
                residual = [r + step * c for r, c in zip(residual, column)]
                moved = max(moved, abs(step) * norms[j])
        if moved < 1e-13:
            break
    return counts, residual


def interlayer_target(recipe: "Recipe", targets: "list[Target]") -> "Target | None":
    """The target that brings the recipe's interlayer, or None when it is not mounted (or none is wanted)."""
    for target in targets:
        if target["material"] == recipe.interlayer and target.get("nm_per_pulse", 0.0) > 0.0:
            return target
    return None


def units_of_film(target: "Target") -> float:
    """Garnet formula units (12 O) in 1e12 per cm2 that a pulse is stated to bring: La, Zr, Ta, Nb fill five places.

    Lithium, aluminium and gallium share sites between them and make the film no thicker.
    """
    places = sum([target["cations"].get(element, 0.0) for element in FRAMEWORK])
    return float(places / FRAMEWORK_PLACES * target["units_e12_cm2"])


def _serves(target: "Target", wanted: "dict[str, float]") -> bool:
    """A target serves a film when it brings nothing that the film does not want."""
    for element in target["cations"]:
        if wanted.get(element, 0.0) <= 0.0:
            return False
    return True
