"""Standard normal numbers without end, drawn in blocks: one by one each would cost a microsecond.

A class and no generator, because a bench must be copyable in the middle of a run.
"""

from typing import Generic, TypeVar

import numpy as np

Row = TypeVar("Row", float, list[float])


class Draws(Generic[Row]):
    """`next` gives a number, or a row of numbers when the block has two dimensions."""

    __slots__ = ("_at", "_block", "_rng", "_rows")

    def __init__(self, rng: np.random.Generator, *block: int) -> None:
        self._rng = rng
        self._block = block
        self._rows: list[Row] = []
        self._at = 0

    def __iter__(self) -> "Draws[Row]":
        return self

    def __next__(self) -> Row:
        if self._at == len(self._rows):
            self._rows = self._rng.standard_normal(self._block).tolist()
            self._at = 0
        row = self._rows[self._at]
        self._at += 1
        return row
