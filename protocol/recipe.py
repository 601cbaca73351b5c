"""The recipe: what a bench is to do for one sample.

It states the cations and the lithium of the **arriving pulses**, never of the film: what the film loses is for the
optimizer to learn. One table holds every field with its unit and the range that makes physical sense; the bench's
envelope narrows it.
"""

from collections import namedtuple

from .errors import ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

    Cations = tuple[tuple[str, float], ...] | list[tuple[str, float]] | list[list[Any]]

# (name, unit, lowest, highest): hard limits of sense
NUMBERS = (
    ("li_excess", "fraction", 0.0, 2.0),  # lithium beyond charge neutrality in the arriving flux
    ("interlayer_nm", "nm", 0.0, 100.0),
    ("fluence_j_cm2", "J/cm2", 0.1, 10.0),  # on the target
    ("rep_rate_hz", "Hz", 0.5, 50.0),
    ("substrate_c", "°C", 20.0, 1000.0),
    ("o2_pa", "Pa", 0.0, 150.0),
    ("distance_mm", "mm", 20.0, 150.0),
    ("pulses", "pulses", 1, 200000),  # of all targets of the film together, interlayer not counted
    ("anneal_c", "°C", 20.0, 1000.0),  # surface anneal, after the air exposure
    ("anneal_min", "min", 0.0, 600.0),  # 0 = no anneal
    ("air_exposure_min", "min", 0.0, 10000.0),
)
CHOICES = (
    ("interlayer", ("none", "Al2O3", "ZnO", "Ge", "Si", "Au")),
    ("anneal_atmosphere", ("vacuum", "o2", "li")),
)
MEASUREMENTS = ("eis", "witness", "ccd", "cycling", "thickness", "xps")
FIELDS = ("cations",) + tuple([row[0] for row in NUMBERS]) + tuple([row[0] for row in CHOICES]) + ("measurements",)
MAX_CATIONS = 8

# Oxidation states in an oxide garnet; 12 oxygen carry 24 negative charges
VALENCE = {"Li": 1, "La": 3, "Zr": 4, "Al": 3, "Ga": 3, "Ta": 5, "Nb": 5}
NEGATIVE_CHARGE = 24.0

# `cations`: tuple of (element, atoms per 12 oxygen), lithium left out: it follows from charge neutrality
if TYPE_CHECKING:

    class Recipe(NamedTuple):
        cations: tuple[tuple[str, float], ...]
        li_excess: float
        interlayer_nm: float
        fluence_j_cm2: float
        rep_rate_hz: float
        substrate_c: float
        o2_pa: float
        distance_mm: float
        pulses: int
        anneal_c: float
        anneal_min: float
        air_exposure_min: float
        interlayer: str
        anneal_atmosphere: str
        measurements: tuple[str, ...]

else:
    Recipe = namedtuple("Recipe", FIELDS)


def lithium_per_12_o(cations: "Cations") -> float:
    """Lithium atoms per 12 O that make the cations charge neutral: 24 - sum(valence * amount)."""
    return NEGATIVE_CHARGE - sum([VALENCE[element] * amount for element, amount in cations])


def arriving_lithium_per_12_o(recipe: "Recipe") -> float:
    """Lithium atoms per 12 O in the arriving flux: the neutral amount times (1 + excess)."""
    return lithium_per_12_o(recipe.cations) * (1.0 + recipe.li_excess)


def recipe_problems(fields: "dict[str, Any]") -> "list[str]":
    """Every reason why a dict is no recipe, as a list of texts that name field, value and what is allowed."""
    problems = ["%s: unknown field" % name for name in sorted(fields) if name not in FIELDS]
    problems += ["%s: missing" % name for name in FIELDS if name not in fields]
    if problems:
        return problems
    for name, unit, low, high in NUMBERS:
        value = fields[name]
        if not _is_number(value) or not low <= value <= high:
            problems.append("%s = %r: must be a number in %s to %s %s" % (name, value, low, high, unit))
    if not isinstance(fields["pulses"], int):
        problems.append("pulses = %r: must be a whole number" % (fields["pulses"],))
    for name, allowed in CHOICES:
        if fields[name] not in allowed:
            problems.append("%s = %r: must be one of %s" % (name, fields[name], ", ".join(allowed)))
    return problems + _cation_problems(fields["cations"]) + _measurement_problems(fields["measurements"])


def recipe_from_dict(fields: "Any") -> "Recipe":
    """A Recipe of a dict as it comes from JSON or TOML. Raises ProtocolError with every problem found."""
    if not isinstance(fields, dict):
        raise ProtocolError("a recipe is an object, not %r" % type(fields))
    problems = recipe_problems(fields)
    if problems:
        raise ProtocolError("; ".join(problems))
    values = []
    for name in FIELDS:
        value: "Any" = fields[name]
        if name == "cations":
            pairs = value.items() if isinstance(value, dict) else value
            value = tuple(sorted([(element, float(amount)) for element, amount in pairs]))
        elif name == "measurements":
            value = tuple(value)
        elif name == "pulses" or isinstance(value, str):
            pass
        else:
            value = float(value)
        values.append(value)
    return Recipe(*values)


def recipe_to_dict(recipe: "Recipe") -> "dict[str, Any]":
    """The dict that `recipe_from_dict` reads, JSON-ready: cations as sorted [element, amount] pairs."""
    fields: "dict[str, Any]" = {name: getattr(recipe, name) for name in FIELDS}
    fields["cations"] = [[element, amount] for element, amount in recipe.cations]
    fields["measurements"] = list(recipe.measurements)
    return fields


def replaced(recipe: "Recipe", **changes: "Any") -> "Recipe":
    """The recipe with some fields changed (MicroPython's namedtuple has no _replace)."""
    return Recipe(*[changes.get(name, value) for name, value in zip(FIELDS, recipe)])


def _is_number(value: "Any") -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value


def _cation_problems(cations: "Any") -> "list[str]":
    if isinstance(cations, dict):
        pairs = list(cations.items())
    elif isinstance(cations, (list, tuple)):
        pairs = list(cations)
    else:
        return ["cations: must be an object {element: atoms per 12 O}"]
    if not 1 <= len(pairs) <= MAX_CATIONS:
        return ["cations: must name 1 to %d elements" % MAX_CATIONS]
    problems = []
    seen = []
    for pair in pairs:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2 or not isinstance(pair[0], str):
            return ["cations: must be pairs of element and atoms per 12 O, not %r" % (pair,)]
        element, amount = pair
        if element not in VALENCE or element == "Li":
            allowed = ", ".join(sorted([name for name in VALENCE if name != "Li"]))
            problems.append("cations: %s is not one of %s" % (element, allowed))
        elif element in seen:
            problems.append("cations: %s stands twice" % element)
        elif not _is_number(amount) or not 0.0 <= amount <= 12.0:
            problems.append("cations.%s = %r: must be a number in 0 to 12 atoms per 12 O" % (element, amount))
        seen.append(element)
    if not problems and lithium_per_12_o(pairs) <= 0:
        problems.append("cations: their charge leaves no lithium per 12 O")
    return problems


def _measurement_problems(names: "Any") -> "list[str]":
    if not isinstance(names, (list, tuple)):
        return ["measurements: must be a list"]
    allowed = ", ".join(MEASUREMENTS)
    return ["measurements: %r is not one of %s" % (name, allowed) for name in names if name not in MEASUREMENTS]
