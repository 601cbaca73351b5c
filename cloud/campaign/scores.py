"""How a campaign's search uses the scores of candidates: [scores] of its file. Must not know of stores or brokers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from adatom.cloud.optimize.domain import Point
from adatom.cloud.optimize.question import CAMPAIGN, Options
from adatom.cloud.store.scoring import Scored
from adatom.protocol.errors import InputError

NAMES = ("v", "feasibility", "reproducibility")
KEYS = ("prior", "objective", "least", "learn")
TURN_EVERY = 10  # trials that ended, after which the weights take their steps where they learn

Judge = Callable[[list[tuple[str, Point]]], Sequence[Scored]]
Check = Callable[[Mapping[str, Any]], list[str]]


@dataclass(frozen=True)
class UseOfScores:
    """Scores whose product is a prior (fades as results come in) or an objective (stays), and the least of some.

    `learn`: the weights of V take bounded steps as outcomes come in.
    """

    prior: tuple[str, ...] = ("v",)
    objective: tuple[str, ...] = ()
    least: Mapping[str, float] = field(default_factory=dict)
    learn: bool = False

    @property
    def options(self) -> Options:
        """The optimizer's options: an objective does not fade."""
        return replace(CAMPAIGN, score_half=float("inf")) if self.objective else CAMPAIGN


def read_use(table: Mapping[str, Any]) -> UseOfScores:
    """[scores] of a campaign's file; InputError with the dotted key."""
    for key in table:
        if key not in KEYS:
            raise InputError(f"scores.{key}", f"unknown key; allowed are {', '.join(KEYS)}")
    prior, objective = (_names(key, table.get(key)) for key in ("prior", "objective"))
    if prior and objective:
        raise InputError("scores.objective", "a score is prior or objective; both steer the same order")
    default = () if objective else UseOfScores().prior
    learn = table.get("learn", False)
    if not isinstance(learn, bool):
        raise InputError("scores.learn", f"{learn!r}: must be true or false")
    return UseOfScores(default if prior is None else prior, objective or (), _least(table.get("least", {})), learn)


def score_of(scored: Scored, name: str) -> float:
    """V, or a score by its name."""
    return scored.value if name == "v" else scored.scores[name]


def scores_of(judge: Judge, use: UseOfScores) -> Callable[[Sequence[Point]], list[float]] | None:
    """What the optimizer is given; None where no score orders the candidates."""
    names = use.objective or use.prior
    if not names:
        return None

    def scores(points: Sequence[Point]) -> list[float]:
        return [_product(one, names) for one in judge([(str(i), point) for i, point in enumerate(points)])]

    return scores


def check_of(judge: Judge, use: UseOfScores, check: Check) -> Check:
    """The check with the least scores in it: what is below is refused like what the bench forbids."""
    if not use.least:
        return check

    def both(point: Mapping[str, Any]) -> list[str]:
        reasons = check(point)
        return reasons or [
            f"{name} {score_of(one, name):.2f} is below {least}"
            for one in judge([("0", dict(point))])
            for name, least in use.least.items()
            if score_of(one, name) < least
        ]

    return both


def _product(scored: Scored, names: Sequence[str]) -> float:
    product = 1.0
    for name in names:
        product *= score_of(scored, name)
    return product


def _names(key: str, value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(name in NAMES for name in value) or len(set(value)) < len(value):
        raise InputError(f"scores.{key}", f"{value!r}: must be a list of {', '.join(NAMES)}, each once at most")
    return tuple(value)


def _least(table: Any) -> dict[str, float]:
    if not isinstance(table, dict):
        raise InputError("scores.least", f"{table!r}: must be like {{feasibility = 0.3}}")
    for name, value in table.items():
        if name not in NAMES:
            raise InputError(f"scores.least.{name}", f"unknown score; allowed are {', '.join(NAMES)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value < 1.0:
            raise InputError(f"scores.least.{name}", f"{value!r}: must be in 0 to 1, and below 1")
    return {name: float(value) for name, value in table.items()}
