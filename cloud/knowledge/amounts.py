"""Amounts in formulas: numbers, fractions and sums with variables, such as 7-x, 1/3, (1-x)/2, 2-3x/2.

Its own small reader of arithmetic, from left to right: nothing is evaluated as code.
"""

import math
import re
from collections.abc import Callable, Mapping

from adatom.protocol.errors import InputError

VARIABLES = "xyzuvwnmδ"
ROUNDED = 1e-9  # atoms; 1 - 0.9 - 0.1 is not quite 0
NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+")
SUM_IN_BRACKETS = re.compile(rf"\(\s*[0-9.{VARIABLES}+\-/ ]+\)")
SPLIT_NUMBER = re.compile(r"[0-9.]\s+[0-9.]")
MAX_AMOUNT_DIGITS = 12  # more digits than any amount has


class Amounts:
    """Reads the amounts of one formula with the values of its variables."""

    def __init__(
        self,
        text: str,
        values: Mapping[str, float],
        refused: Callable[[str], InputError],
        note: Callable[[str], None],
    ) -> None:
        self.text = text
        self.values = values
        self.refused = refused
        self.note = note
        self.at = 0
        split = SPLIT_NUMBER.search(text)
        if split:
            raise refused("a blank stands inside a number")

    def read(self, at: int, *, before: bool) -> tuple[float, int]:
        """(amount, where it ends); 1 where none stands at `at`. `before`: of a formula, no bare sum."""
        self.at = at
        if not self._starts():
            return 1.0, at
        amount = self._product() if before else self._sum()
        if not math.isfinite(amount) or amount < -ROUNDED:
            raise self.refused(f"the amount {self.text[at : self.at].strip()} is {amount:g}; it cannot be below 0")
        return max(amount, 0.0), self.at

    def _sum(self) -> float:
        total = self._product()
        while True:
            before = self.at
            self._blank()
            sign = self._sign()
            if sign not in ("+", "-"):
                self.at = before
                return total
            self.at += 1
            self._blank()
            if not self._starts():
                raise self.refused(f"after {sign!r} a number or a variable is needed")
            total += self._product() if sign == "+" else -self._product()

    def _product(self) -> float:
        """Factors side by side (`3x`, `0.5(1-x)`) and divided: `2x/3`, `x/2`."""
        product = self._factor()
        while True:
            if self._sign() == "/":
                self.at += 1
                if not self._starts():
                    raise self.refused("after '/' a number is needed")
                divisor = self._factor()
                if divisor == 0.0:
                    raise self.refused("an amount is divided by 0")
                product /= divisor
            elif self._sign() and not self._sign().isdigit() and self._sign() != "." and self._starts():
                product *= self._factor()
            else:
                return product

    def _factor(self) -> float:
        number = NUMBER.match(self.text, self.at)
        if number:
            if len(number[0]) > MAX_AMOUNT_DIGITS:
                raise self.refused(f"the amount {number[0][:20]} has more digits than an amount has")
            self.at = number.end()
            return float(number[0])
        if self._sign() == "(":
            end = self.text.index(")", self.at)
            self.at += 1
            self._blank()
            inner = self._sum() if self._starts() else math.nan
            self._blank()
            if self.at != end:
                raise self.refused(f"{self.text[self.at : end]!r} is no amount")
            self.at = end + 1
            return inner
        name = self._sign()
        self.at += 1
        if name not in self.values:
            raise self.refused(f"holds the variable {name} without a value; append its value: {', ' + name} = 0.5")
        self.note("variable")
        return self.values[name]

    def _starts(self) -> bool:
        """Whether an amount stands here: a number, a variable, or a bracket of nothing else."""
        sign = self._sign()
        return bool(
            NUMBER.match(self.text, self.at)
            or (sign and sign in VARIABLES)
            or (sign == "(" and SUM_IN_BRACKETS.match(self.text, self.at))
        )

    def _sign(self) -> str:
        return self.text[self.at : self.at + 1]

    def _blank(self) -> None:
        while self._sign() == " ":
            self.at += 1
