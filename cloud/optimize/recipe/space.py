"""The search space: recipes <-> vectors in [0, 1]^d, samples of it, features for a surrogate.

Every vector that leaves `repair`, `random` or `sobol` is canonical (equal recipes have equal vectors) and feasible for
all the envelopes given. Must not know of objectives, surrogates or trials.
"""

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
from adatom.cloud.optimize.arrays import Array, Bools
from adatom.cloud.optimize.domain import Point
from adatom.cloud.optimize.recipe.anchor import inner_composition
from adatom.cloud.optimize.recipe.layout import Layout
from adatom.cloud.optimize.recipe.reach import Reach
from adatom.cloud.optimize.recipe.repair import MISS_ALLOWED, Repair
from adatom.cloud.optimize.recipe.spec import ATOM_STEP, Spec, read_spec
from adatom.protocol.envelope import check
from adatom.protocol.errors import InputError
from adatom.protocol.recipe import recipe_from_dict, recipe_to_dict
from scipy.stats import qmc

CompositionPrior = Callable[[list[dict[str, float]]], Sequence[float]]

PRIOR_DECADES = 3.0  # decades of conductivity that count as the width of the space
SCALE_SAMPLE = 64
OVERSAMPLING = 8  # points drawn for one kept, so that feasible ones can be taken as they are


class RecipeSpace:
    """The search space of a campaign. A value: nothing in it changes after construction."""

    def __init__(
        self,
        spec: Spec,
        envelopes: Sequence[Mapping[str, Any]],
        measurements: Sequence[str],
        prior: CompositionPrior | None = None,
    ) -> None:
        """`prior`: an input of the surrogate, the expected log10 of a composition's conductivity in S/cm.

        Raises InputError (where = dotted key) when no recipe of the space is feasible for every envelope.
        """
        self.spec = spec
        self.measurements = tuple(measurements)
        self.layout = Layout(spec)
        reaches = [Reach((*self.layout.elements, "Li"), envelope["targets"]) for envelope in envelopes]
        excess = self.layout.by_name["li_excess"]
        anchor = inner_composition(spec, (excess.low, excess.high), reaches, MISS_ALLOWED)
        self.repair = Repair(self.layout, reaches, anchor)
        self.dimension = self.layout.dimension
        self.names = self.layout.names
        self.shared: Bools = np.zeros(self.dimension, dtype=bool)  # a bench makes one sample at a time
        self._prior = prior
        self._constants = {number.name: number.low for number in spec.numbers if not number.free}
        self._check_middle(envelopes)

    @classmethod
    def from_campaign(cls, fields: Mapping[str, Any], envelopes: Sequence[Mapping[str, Any]]) -> Self:
        """The RecipeSpace of a campaign's dict (keys space, constraints, reference) and its benches' envelopes."""
        reference = recipe_to_dict(recipe_from_dict(dict(fields["reference"])))
        spec = read_spec(
            {key: fields.get(key, {}) for key in ("space", "constraints")},
            {**reference, "cations": dict(reference["cations"])},
            envelopes,
        )
        return cls(spec, envelopes, reference["measurements"])

    def with_prior(self, prior: CompositionPrior) -> Self:
        """The same space whose surrogates also see what is expected of a composition."""
        space = copy.copy(self)
        space._prior = prior
        return space

    def to_dict(self) -> dict[str, Any]:
        """Ranges, choices and constraints, JSON-ready."""
        spec = self.spec
        return {
            "cations": {element: list(pair) for element, pair in spec.cations.items()},
            "sites": [{"elements": list(site.elements), "total": site.total} for site in spec.sites],
            "numbers": {number.name: [number.low, number.high] for number in spec.numbers},
            "interlayers": list(spec.interlayers),
            "atmospheres": list(spec.atmospheres),
            "arriving_lithium": list(spec.arriving_lithium),
            "deposition_max_min": spec.deposition_max_min,
            "prior": self._prior is not None,
        }

    def _check_middle(self, envelopes: Sequence[Mapping[str, Any]]) -> None:
        """The envelopes' own word on the middle of the space: a rule that this package does not know shows here."""
        middle = self.repair(self.from_uniform(np.full((1, self.uniform_dimension), 0.5)))
        for envelope in envelopes:
            reasons = check(recipe_from_dict(self.points(middle)[0]), dict(envelope))
            if reasons:
                raise InputError("space", "; ".join(reasons))

    # --- recipes <-> vectors -----------------------------------------------------------------------------------

    def plain(self, point: Mapping[str, Any]) -> Point:
        """The recipe as protocol.recipe writes it; raises ProtocolError for what is none."""
        return recipe_to_dict(recipe_from_dict(dict(point)))

    def vector(self, recipe: Point) -> Array:
        """(d,) canonical vector of a recipe that `covers` accepts; outside [0, 1] where the recipe is out of range."""
        layout, amounts = self.layout, dict(recipe["cations"])
        values = np.zeros((1, self.dimension))
        for column, index in enumerate(layout.free):
            values[0, column] = amounts.get(layout.elements[index], 0.0)
        for number in layout.numbers:
            values[0, layout.column[number.name]] = recipe[number.name]
        for name in ("interlayer", "anneal_atmosphere"):
            choice = layout.column.get(f"{name}={recipe[name]}")
            if choice is not None:
                values[0, choice] = 1.0
        return np.asarray(layout.encode(layout.quiet(values))[0])

    def vectors(self, recipes: Sequence[Point]) -> Array:
        """(n, d) of `vector`."""
        return np.array([self.vector(recipe) for recipe in recipes]).reshape(len(recipes), self.dimension)

    def covers(self, recipe: Point) -> bool:
        """Whether a vector tells all of this recipe: what the space fixes is the same in it."""
        layout, amounts = self.layout, dict(recipe["cations"])
        fixed = {e: low for e, (low, high) in self.spec.cations.items() if low == high}
        strange = {e: 0.0 for e in amounts if e not in layout.elements}
        if any(abs(amounts.get(e, 0.0) - wanted) > ATOM_STEP for e, wanted in {**fixed, **strange}.items()):
            return False
        annealed, coated = recipe["anneal_min"] > 0, recipe["interlayer_nm"] > 0 and recipe["interlayer"] != "none"
        if (recipe["interlayer"] if coated else "none") not in self.spec.interlayers:
            return False
        if annealed and recipe["anneal_atmosphere"] not in self.spec.atmospheres:
            return False
        idle = {"anneal_c": not annealed, "interlayer_nm": not coated}
        return all(
            idle.get(name, False) or abs(recipe[name] - value) <= 0.5 * layout.by_name[name].step
            for name, value in self._constants.items()
        )

    def points(self, vectors: Array) -> list[Point]:
        """JSON-ready recipe dicts of (n, d) canonical vectors, numbers at their steps."""
        values = self.layout.decode(vectors)
        amounts = np.round(self.layout.amounts(values), 9)
        return [self._recipe(row, part) for row, part in zip(values, amounts, strict=True)]

    def _recipe(self, values: Array, amounts: Array) -> Point:
        layout, recipe = self.layout, dict[str, Any]()
        pairs = sorted(zip(layout.elements, amounts, strict=True))
        recipe["cations"] = [[element, float(amount)] for element, amount in pairs if amount > 0]
        for number in self.spec.numbers:
            value = number.low
            if number.free:
                # the way through [0, 1] costs digits: 9 decimals bring the step back
                value = round(float(values[layout.column[number.name]]), 9)
            recipe[number.name] = round(value) if number.name == "pulses" else value
        recipe["interlayer"] = _chosen(values[layout.interlayers], self.spec.interlayers)
        recipe["anneal_atmosphere"] = _chosen(values[layout.atmospheres], self.spec.atmospheres)
        if recipe["interlayer"] == "none":
            recipe["interlayer_nm"] = 0.0
        recipe["measurements"] = list(self.measurements)
        return recipe

    def key(self, recipe: Point) -> str:
        """A text that is equal for recipes that make the same sample; which measurements follow does not count."""
        fields = {name: value for name, value in recipe.items() if name != "measurements"}
        fields["cations"] = sorted([e, round(float(a), 6)] for e, a in dict(recipe["cations"]).items() if a > 0)
        if recipe["interlayer"] == "none" or recipe["interlayer_nm"] <= 0:
            fields.update(interlayer="none", interlayer_nm=0.0)
        if recipe["anneal_min"] <= 0:
            fields.update(anneal_c=0.0, anneal_atmosphere="")
        for number in self.spec.numbers:
            fields[number.name] = round(float(fields[number.name]), 6)
        return json.dumps(fields, sort_keys=True)

    def features(self, vectors: Array) -> Array:
        """(n, f) inputs of a surrogate: the vector without its redundant columns, arriving lithium for the excess.

        The film's phase follows the lithium that arrives, not the excess over a neutral amount that itself depends on
        the cations; of a site or choice with two members one column says all.
        """
        layout = self.layout
        inputs = np.array(vectors, dtype=float)
        if "li_excess" in layout.column:
            low, high = self._lithium_range
            inputs[:, layout.column["li_excess"]] = (layout.lithium(layout.decode(vectors)) - low) / (high - low)
        pairs = [site for site, _ in layout.sites if len(site) == 2]
        pairs += [list(range(s.start, s.stop)) for s in (layout.interlayers, layout.atmospheres)]
        redundant = [pair[1] for pair in pairs if len(pair) == 2]
        inputs = np.delete(inputs, redundant, axis=1)
        if self._prior is None:
            return inputs
        expected = np.asarray(self._prior(self.compositions(vectors)), dtype=float)
        return np.column_stack([inputs, expected / PRIOR_DECADES])

    @property
    def feature_groups(self) -> tuple[int, ...]:
        """(f,) every input has a length scale of its own."""
        return tuple(range(self.features(self.sobol(1, 0)).shape[1]))

    def compositions(self, vectors: Array) -> list[dict[str, float]]:
        """Per vector its cations {element: atoms per 12 O}, lithium left out: who knows what of it stays."""
        amounts = self.layout.amounts(self.layout.decode(vectors))
        return [dict(zip(self.layout.elements, row, strict=True)) for row in amounts.tolist()]

    @cached_property
    def _lithium_range(self) -> tuple[float, float]:
        """Arriving lithium, atoms per 12 O, that the space really spans (a scale: a sample of it will do)."""
        lithium = self.layout.lithium(self.layout.decode(self.sobol(SCALE_SAMPLE, 0)))
        return float(lithium.min()), float(lithium.max())

    def with_shared(self, vectors: Array, fixed: Array) -> Array:
        """The vectors: no factor of a recipe is shared."""
        return vectors

    # --- sampling ----------------------------------------------------------------------------------------------

    @property
    def uniform_dimension(self) -> int:
        """Coordinates of the unit cube that `from_uniform` reads: one per cation, number and real choice."""
        return self.layout.boxes + (len(self.spec.interlayers) > 1) + (len(self.spec.atmospheres) > 1)

    def from_uniform(self, uniform: Array) -> Array:
        """(n, d) vectors, not repaired, of (n, uniform_dimension) points of the unit cube."""
        layout = self.layout
        vectors = np.zeros((len(uniform), self.dimension))
        vectors[:, : layout.boxes] = uniform[:, : layout.boxes]
        at = layout.boxes
        for columns in (layout.interlayers, layout.atmospheres):
            count = columns.stop - columns.start
            if count:
                picks = np.minimum((uniform[:, at] * count).astype(int), count - 1)
                vectors[np.arange(len(uniform)), columns.start + picks] = 1.0
                at += 1
        for site, total in layout.sites:
            lows, highs = layout.site_bounds(site)
            # exponential spacings are uniform on the simplex (Devroye 1986, XI.4)
            spacing = -np.log(np.clip(uniform[:, site], 1e-12, 1.0 - 1e-12))
            shares = spacing / spacing.sum(axis=1, keepdims=True)
            vectors[:, site] = shares * (total - lows.sum()) / (highs - lows)
        return vectors

    def random(self, count: int, rng: np.random.Generator) -> Array:
        """(count, d) feasible canonical vectors."""
        return self._kept(self.from_uniform(rng.random((OVERSAMPLING * count, self.uniform_dimension))), count)

    def sobol(self, count: int, seed: int) -> Array:
        """(count, d) feasible canonical vectors of a scrambled Sobol sequence; more of it begins with the same ones."""
        engine = qmc.Sobol(self.uniform_dimension, scramble=True, rng=np.random.default_rng(seed))
        power = int(np.ceil(np.log2(max(2, OVERSAMPLING * count))))
        return self._kept(self.from_uniform(engine.random_base2(power)), count)

    def _kept(self, vectors: Array, count: int) -> Array:
        """The first `count` whose composition is feasible as it is; when too few are, also repaired ones."""
        values = self.repair.projected(self.layout.decode(np.clip(vectors, 0.0, 1.0)))
        order = np.argsort(~self.repair.reachable(values), kind="stable")
        return self.repair(vectors[order[:count]])


def _chosen(column_values: Array, options: Sequence[str]) -> str:
    return options[int(column_values.argmax())] if len(column_values) else options[0]
