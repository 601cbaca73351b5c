"""What a target of the fuzzing is."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Target:
    """One decoder. `take` gets bytes and gives whether they were taken; `allowed` is all that it may raise."""

    name: str
    corpus: list[bytes]
    take: Callable[[bytes], bool]
    allowed: tuple[type[Exception], ...] = ()
    sealed: bool = False
    known: frozenset[bytes] = field(default_factory=frozenset)  # of a sealed one: the frames that are genuine
