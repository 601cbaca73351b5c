"""Which column of a vector means what, and the way from [0, 1] to units and back.

Columns: free cations (atoms per 12 O), free numbers, one per interlayer, one per anneal atmosphere; what has only one
possible value has no column. Must not know of feasibility.
"""

import math

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.recipe.spec import Number, Spec
from adatom.protocol.recipe import NEGATIVE_CHARGE, VALENCE


class Layout:
    """Columns and units of one Spec. A value."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.elements = tuple(spec.cations)
        self.lows = np.array([low for low, _ in spec.cations.values()])
        self.highs = np.array([high for _, high in spec.cations.values()])
        self.valence = np.array([float(VALENCE[e]) for e in self.elements])
        self.free = np.flatnonzero(self.highs > self.lows)
        self.numbers = tuple(number for number in spec.numbers if number.free)
        self.by_name = {number.name: number for number in spec.numbers}
        names = [self.elements[i] for i in self.free] + [number.name for number in self.numbers]
        interlayers = [f"interlayer={v}" for v in spec.interlayers if len(spec.interlayers) > 1]
        atmospheres = [f"anneal_atmosphere={v}" for v in spec.atmospheres if len(spec.atmospheres) > 1]
        self.boxes = len(names)
        self.interlayers = slice(self.boxes, self.boxes + len(interlayers))
        self.atmospheres = slice(self.interlayers.stop, self.interlayers.stop + len(atmospheres))
        self.names = (*names, *interlayers, *atmospheres)
        self.dimension = len(self.names)
        self.column = {name: index for index, name in enumerate(self.names)}
        self.sites = tuple(self._site_columns())

    def _site_columns(self) -> list[tuple[list[int], float]]:
        """Per site with a choice: the columns of its free cations and what their amounts add up to."""
        result = []
        for site in self.spec.sites:
            members = [self.elements.index(e) for e in site.elements]
            columns = [int(c) for c in np.flatnonzero(np.isin(self.free, members))]
            fixed = sum(float(self.lows[m]) for m in members if m not in self.free)
            if columns:
                result.append((columns, site.total - fixed))
        return result

    def site_bounds(self, columns: list[int]) -> tuple[Array, Array]:
        """(lows, highs) of the cations in some columns, atoms per 12 O."""
        return self.lows[self.free[columns]], self.highs[self.free[columns]]

    def decode(self, vectors: Array) -> Array:
        """(n, d) values in their units; choices stay as they are."""
        values = np.array(vectors, dtype=float)
        cations = len(self.free)
        values[:, :cations] = self.lows[self.free] + values[:, :cations] * (self.highs - self.lows)[self.free]
        for number in self.numbers:
            column = self.column[number.name]
            values[:, column] = np.clip(_from_unit(values[:, column], number), number.low, number.high)
        return values

    def encode(self, values: Array) -> Array:
        """(n, d) vectors of values in their units; outside [0, 1] where a value is outside its range."""
        vectors = np.array(values, dtype=float)
        cations = len(self.free)
        vectors[:, :cations] = (values[:, :cations] - self.lows[self.free]) / (self.highs - self.lows)[self.free]
        for number in self.numbers:
            column = self.column[number.name]
            vectors[:, column] = _to_unit(values[:, column], number)
        return vectors

    def of(self, values: Array, name: str) -> Array:
        """(n,) one number of all rows, the constant where it is fixed."""
        if name in self.column:
            return values[:, self.column[name]]
        return np.full(len(values), self.by_name[name].low)

    def amounts(self, values: Array) -> Array:
        """(n, elements) atoms per 12 O, fixed cations included."""
        amounts = np.tile(self.lows, (len(values), 1))
        amounts[:, self.free] = values[:, : len(self.free)]
        return amounts

    def neutral_lithium(self, amounts: Array) -> Array:
        """(n,) lithium atoms per 12 O that make the cations charge neutral."""
        return np.asarray(NEGATIVE_CHARGE - amounts @ self.valence)

    def lithium(self, values: Array) -> Array:
        """(n,) arriving lithium atoms per 12 O."""
        return self.neutral_lithium(self.amounts(values)) * (1.0 + self.of(values, "li_excess"))

    def quiet(self, values: Array) -> Array:
        """Inactive variables at their one canonical value: thickness of no interlayer, how of no anneal."""
        values = values.copy()
        none = self.column.get("interlayer=none")
        if none is not None and "interlayer_nm" in self.column:
            thickness = self.column["interlayer_nm"]
            bare = (values[:, thickness] <= 0.0) | (values[:, none] == 1.0)
            values[bare, self.interlayers] = np.arange(self.interlayers.start, self.interlayers.stop) == none
            values[bare, thickness] = self.by_name["interlayer_nm"].low
        idle = self.of(values, "anneal_min") <= 0.0
        if "anneal_c" in self.column:
            values[idle, self.column["anneal_c"]] = self.by_name["anneal_c"].low
        if self.atmospheres.stop > self.atmospheres.start:
            values[idle, self.atmospheres] = 0.0
            values[idle, self.atmospheres.start] = 1.0
        return values


def _to_unit(values: Array, number: Number) -> Array:
    if math.isinf(number.knee):
        return (values - number.low) / (number.high - number.low)
    span = math.log((number.high + number.knee) / (number.low + number.knee))
    return np.asarray(np.log((values + number.knee) / (number.low + number.knee)) / span)


def _from_unit(units: Array, number: Number) -> Array:
    if math.isinf(number.knee):
        return number.low + units * (number.high - number.low)
    span = math.log((number.high + number.knee) / (number.low + number.knee))
    return np.asarray((number.low + number.knee) * np.exp(units * span) - number.knee)
