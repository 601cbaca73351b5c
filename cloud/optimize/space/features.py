"""What a surrogate sees of a vector, about [0, 1] each, and which inputs share a length scale.

- A number: its column. A composition: its parts as shares of their ranges, without the balance, which the others tell
  (of two parts the second); without a balance all parts stay, since dropping one would make distances depend on which.
- A choice of two: one column. Of more: one column an option, over sqrt 2, so that any two options are 1 apart as well;
  or the descriptors instead. One choice has one length scale: its columns mean nothing alone.
- Descriptors of parts: weighted mean and spread of each, with length scales of their own.
- Parts of a composition share a length scale when there are more than SHARE_ABOVE: with a few dozen experiments that
  many relevances cannot be told, and the fit would call parts irrelevant that were merely not varied.
What the space fixes is left out.
"""

from collections.abc import Callable

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.space.layout import Choice, Layout, Mixture

SHARE_ABOVE = 6  # parts

Block = Callable[[Array, Array], Array]  # (vectors, values) -> (n, columns)


class Features:
    """The inputs of one Layout."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.groups: tuple[int, ...] = ()
        self._blocks: list[Block] = []
        for column, _ in layout.numbers:
            if not layout.fixed[column]:
                self._add_columns([column], together=True)
        for choice in layout.choices:
            self._add_choice(choice)
        for mixture in layout.mixtures:
            self._add_mixture(mixture)

    def __call__(self, vectors: Array) -> Array:
        """(n, f) of (n, d) vectors."""
        values = self.layout.decode(vectors)
        blocks = [block(vectors, values) for block in self._blocks]
        return np.column_stack(blocks) if blocks else np.zeros((len(vectors), 0))

    def _add(self, block: Block, columns: int, together: bool) -> None:
        first = max(self.groups, default=-1) + 1
        self.groups += tuple(first if together else first + place for place in range(columns))
        self._blocks.append(block)

    def _add_columns(self, columns: list[int], together: bool) -> None:
        self._add(lambda vectors, values: vectors[:, columns], len(columns), together)

    def _add_choice(self, choice: Choice) -> None:
        options, columns = choice.columns.stop - choice.columns.start, choice.columns
        described = choice.parameter.described()
        if options == 1:
            return
        if described is not None:
            table = _scaled(np.array(described))
        elif options == 2:
            table = np.array([[0.0], [1.0]])
        else:
            table = np.eye(options) / np.sqrt(2.0)
        self._add(lambda vectors, values: vectors[:, columns] @ table, table.shape[1], together=True)

    def _add_mixture(self, mixture: Mixture) -> None:
        layout, composition = self.layout, mixture.parameter
        columns = [c for c in range(mixture.columns.start, mixture.columns.stop) if not layout.fixed[c]]
        if composition.balance is not None and layout.column[composition.balance] in columns:
            columns.remove(layout.column[composition.balance])
        elif len(columns) == 2:
            columns.pop()
        if columns:
            self._add_columns(columns, together=len(columns) > SHARE_ABOVE)
        if composition.descriptors is not None:
            table = _scaled(np.array([list(composition.descriptors[p]) for p in composition.parts], dtype=float))
            if table.shape[1]:
                block = mixture.columns
                self._add(lambda vectors, values: _weighted(values[:, block], table), 2 * table.shape[1], False)


def _scaled(table: Array) -> Array:
    """(k, m) descriptors over their ranges, constant ones left out."""
    low, high = table.min(axis=0), table.max(axis=0)
    varied = high > low
    return np.asarray((table - low)[:, varied] / (high - low)[varied])


def _weighted(amounts: Array, table: Array) -> Array:
    """(n, 2 m) mean and spread of (k, m) descriptors, weighted by (n, k) amounts.

    The spread is twice the standard deviation: descriptors within [0, 1] have at most 1/2.
    """
    weights = amounts / np.maximum(amounts.sum(axis=1, keepdims=True), 1e-300)
    mean = weights @ table
    variance = weights @ table**2 - mean**2
    return np.column_stack([mean, 2.0 * np.sqrt(np.maximum(variance, 0.0))])
