"""Rules over several columns: linear ones, which are met exactly, and any function, which is met by search.

Must not know of vectors.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from adatom.cloud.optimize.space.parameters import check_number
from adatom.protocol.errors import InputError

Rule = Callable[[dict[str, Any]], bool | str]


@dataclass(frozen=True)
class Linear:
    """low <= sum(coefficient * column) <= high, over numbers and parts of compositions."""

    coefficients: Mapping[str, float]
    low: float | None = None
    high: float | None = None
    name: str = field(default="")

    def __post_init__(self) -> None:
        prefix = f"{self.name}." if self.name else ""
        if not isinstance(self.coefficients, Mapping) or not self.coefficients:
            problem = f"{self.coefficients!r}: must give a factor for at least one column"
            raise InputError(f"{prefix}coefficients", problem)
        object.__setattr__(self, "coefficients", dict(self.coefficients))
        for column, factor in self.coefficients.items():
            check_number(f"{prefix}coefficients.{column}", factor)
        for key in ("low", "high"):
            if getattr(self, key) is not None:
                check_number(f"{prefix}{key}", getattr(self, key))
        if self.low is None and self.high is None:
            raise InputError(f"{prefix}low", "missing, and high too: one or both are needed")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise InputError(f"{prefix}low", f"{self.low!r} is above high {self.high!r}")
        if not self.name:
            object.__setattr__(self, "name", self.text())

    def text(self) -> str:
        """The rule as one reads it, like 1 a + 0.01 b <= 900."""
        terms = " + ".join(f"{factor} {column}" for column, factor in self.coefficients.items())
        low = "" if self.low is None else f"{self.low:g} <= "
        high = "" if self.high is None else f" <= {self.high:g}"
        return f"{low}{terms}{high}"


@dataclass(frozen=True)
class Constraint:
    """A function of a point that gives True where it is allowed, False or a reason where not. It must be pure."""

    allows: Rule
    name: str

    def __post_init__(self) -> None:
        if not callable(self.allows):
            raise InputError(str(self.name), f"{self.allows!r}: must be a function of a point")
        if not isinstance(self.name, str) or not self.name:
            raise InputError("constraint", f"{self.name!r}: needs a name")

    def refusal(self, point: dict[str, Any]) -> str | None:
        """Why the point is not allowed, or None."""
        try:
            answer = self.allows(dict(point))
        except Exception as error:  # whatever a user's function may raise, the user shall read which one it was
            raise InputError(self.name, f"raises {type(error).__name__}: {error} for {point}") from error
        if isinstance(answer, str):
            return f"{self.name}: {answer}"
        return None if answer else f"{self.name}: not allowed"


AnyConstraint = Linear | Constraint
