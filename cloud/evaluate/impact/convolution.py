"""Simplified graph convolution: features smoothed over a citation graph, then a linear model on them.

Wu, Souza, Zhang, Fifty, Yu, Weinberger, "Simplifying Graph Convolutional Networks", ICML 2019: a graph convolutional
network without the nonlinearities between its layers is S^K X with S = D^-1/2 (A + 1) D^-1/2 and a logistic regression.
It needs no torch and reaches the network's accuracy on the usual splits.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from .graph import Ints, Topics

Array = NDArray[np.float64]

HOPS = 2  # the paper's K
STRENGTHS = (1.0, 10.0, 100.0, 1000.0)  # inverse regularisation, chosen on the nodes that choose
# Published accuracies on the same splits: Wu et al. 2019 table 2 (SGC), Kipf & Welling, ICLR 2017 table 2 (GCN)
PUBLISHED = {"cora": {"SGC": 0.810, "GCN": 0.815}, "citeseer": {"SGC": 0.719, "GCN": 0.703}}


class Accuracy(NamedTuple):
    """The share of test nodes whose topic was found, with its 95 % interval (Wilson), and what was chosen."""

    share: float
    low: float
    high: float
    n: int
    strength: float


def smoothing(edges: Ints, n: int) -> sparse.csr_matrix:
    """S = D^-1/2 (A + 1) D^-1/2 of an undirected graph of n nodes and edges (m, 2), each node its own neighbour."""
    ends = np.concatenate([edges, edges[:, ::-1]]) if len(edges) else np.zeros((0, 2), dtype=np.int64)
    adjacent = sparse.csr_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n, n))
    adjacent.data[:] = 1.0  # two citations between the same pair are one edge
    joined = adjacent + sparse.identity(n, format="csr")
    scale = sparse.diags(1.0 / np.sqrt(np.asarray(joined.sum(axis=1)).ravel()))
    return sparse.csr_matrix(scale @ joined @ scale)


def smoothed(features: Array, edges: Ints, hops: int = HOPS) -> Array:
    """S^hops X for features (n, k)."""
    step = smoothing(edges, len(features))
    for _ in range(hops):
        features = np.asarray(step @ features)
    return features


def accuracy(topics: Topics, hops: int = HOPS) -> Accuracy:
    """How often the topics of the test nodes are found when the first nodes teach."""
    step, features = smoothing(topics.edges, len(topics.label)), topics.words
    for _ in range(hops):
        features = sparse.csr_matrix(step @ features)
    best = max(STRENGTHS, key=lambda strength: _found(features, topics, topics.choose, strength))
    share = _found(features, topics, topics.test, best)
    low, high = wilson(share, len(topics.test))
    return Accuracy(share, low, high, len(topics.test), best)


def wilson(share: float, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's interval of a share of n (Wilson, J. Am. Stat. Assoc. 22, 209 (1927))."""
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    return middle - half, middle + half


def _found(features: sparse.csr_matrix, topics: Topics, nodes: Ints, strength: float) -> float:
    model = LogisticRegression(C=strength, max_iter=1000)
    model.fit(features[topics.teach], topics.label[topics.teach])
    return float(np.mean(model.predict(features[nodes]) == topics.label[nodes]))
