"""Which two candidates an expert should compare next: the answer that is expected to tell most.

Worth of a question = information on the weights (the mutual information of answer and weights, BALD: Houlsby et al.
2011, arXiv 1112.5745: uncertain and influential at once) + a share for pairs that experts disagree about. Must not know
of stores.
"""

from collections.abc import Collection, Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np
from adatom.cloud.evaluate.fuse.posterior import Posterior, weights_of
from numpy.typing import NDArray

Array = NDArray[np.float64]

DRAWS = 256  # of the weights
MOST_CANDIDATES = 60  # the latest: pairs grow with their square
DISAGREED = 0.05  # nats for a pair whose answers are split in halves (K): as much as a fair question tells


class Question(NamedTuple):
    """Two candidates, the chance that `left` is held to be worth more, and what the answer is worth in nats."""

    left: str
    right: str
    chance: float
    worth: float
    why: str


def questions(
    ids: tuple[str, ...],
    terms: Array,
    belief: Posterior,
    sharpness: float,
    answered: Collection[tuple[str, str]],
    split: Mapping[tuple[str, str], float],
    count: int = 1,
    seed: int = 0,
) -> list[Question]:
    """The `count` best, best first, for an expert who tells differences in V with `sharpness`.

    `terms` (m, 5) of the ids; `answered`: pairs (sorted) that this expert has answered; `split`: pair -> share of the
    other experts' answers that are in the minority, 0 to 0.5.
    """
    pairs = [(i, j) for i, j in combinations(range(len(ids)), 2) if _pair(ids[i], ids[j]) not in answered]
    if not pairs:
        return []
    places = np.array(pairs)
    chances = _chances(terms[places[:, 0]] - terms[places[:, 1]], belief, sharpness, seed)  # (p, draws)
    told = _entropy(chances.mean(axis=1)) - _entropy(chances).mean(axis=1)
    apart = np.array([2.0 * split.get(_pair(ids[i], ids[j]), 0.0) for i, j in pairs])
    worth = told + DISAGREED * apart
    best = np.argsort(-worth, kind="stable")[:count]
    return [
        Question(ids[pairs[k][0]], ids[pairs[k][1]], float(chances[k].mean()), float(worth[k]),
                 f"tells {told[k]:.3f} nats on the weights" + ("; experts disagree" if apart[k] > 0.0 else ""))
        for k in best
    ]  # fmt: skip


def _chances(differences: Array, belief: Posterior, sharpness: float, seed: int) -> Array:
    """(p, draws) chances that the first of each pair is preferred, for draws of the weights."""
    rng = np.random.default_rng(seed)
    roots, axes = np.linalg.eigh(belief.covariance)
    noise = rng.standard_normal((DRAWS, len(roots))) * np.sqrt(np.maximum(roots, 0.0))
    weights = np.array([weights_of(belief.ratios + axes @ one) for one in noise])
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * sharpness * differences @ weights.T)))


def _entropy(chances: Array) -> Array:
    inside = np.clip(chances, 1e-12, 1.0 - 1e-12)
    return np.asarray(-inside * np.log(inside) - (1.0 - inside) * np.log1p(-inside))


def _pair(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)
