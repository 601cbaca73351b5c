"""Centrality and neighbourhood of what is known, on arrays of the store, by rustworkx. Must not know any database file.

Links have no direction here, and two nodes have at most one link of a kind.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from adatom.protocol.errors import InputError
from numpy.typing import NDArray

if TYPE_CHECKING:
    import rustworkx

HUB = 3000  # (K) links from which a node ties too many materials to say that they belong together: oxygen, a property
PIVOTS = 64  # (K) sampled starts of shortest paths
BLOCK = 8  # starts at a time: bounds the memory to n x 8 numbers, a few times
HOPS_MOST = 6


class Network(NamedTuple):
    """Nodes by their number: label, key, name (n,); links (m, 2)."""

    label: NDArray[Any]
    key: NDArray[Any]
    name: NDArray[Any]
    links: NDArray[np.int64]
    graph: "rustworkx.PyGraph[None, None]"


class Near(NamedTuple):
    """A node that is near: `through` are the names of what ties it, the rarest first."""

    node: int
    hops: int
    score: float
    through: list[str]


def network(nodes: dict[str, NDArray[Any]], links: dict[str, NDArray[Any]]) -> Network:
    """The network of Store.graph_arrays. Links of two kinds between two nodes become one."""
    import rustworkx

    pairs = np.stack([links["a"], links["b"]], axis=1).astype(np.int64)
    pairs = np.unique(np.sort(pairs, axis=1), axis=0) if len(pairs) else pairs
    graph: rustworkx.PyGraph[None, None] = rustworkx.PyGraph(multigraph=False)
    graph.add_nodes_from([None] * len(nodes["label"]))
    graph.extend_from_edge_list(list(map(tuple, pairs.tolist())))
    return Network(nodes["label"], nodes["key"], nodes["name"], pairs, graph)


def find(net: Network, label: str, key: str) -> int:
    """The number of a node. InputError when there is none."""
    found = np.flatnonzero((net.key == key) & (net.label == label))
    if not len(found):
        raise InputError(label, f"{key!r} is not in the graph")
    return int(found[0])


def degrees(net: Network) -> NDArray[np.int64]:
    """(n,) links of each node."""
    return np.bincount(net.links.ravel(), minlength=len(net.label))


def pagerank(net: Network, damping: float = 0.85) -> NDArray[np.float64]:
    """(n,) share of a random walk's time, which goes on along a link with probability `damping`; sum 1."""
    import rustworkx

    ranks = rustworkx.pagerank(net.graph.to_directed(), alpha=damping)
    return np.array([ranks[node] for node in range(len(net.label))])


def betweenness(net: Network, pivots: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """((n,), (n,)) share of pairs' shortest paths that lead through each node, and its standard error.

    Brandes' sums over the shortest paths from `pivots` nodes drawn without replacement, as products of matrices.
    Source: Brandes 2001, doi 10.1080/0022250X.2001.9990249; sampling: Brandes and Pich 2007,
    doi 10.1142/S0218127407018403.
    """
    n = len(net.label)
    starts = np.random.default_rng(seed).choice(n, size=min(pivots, n), replace=False)
    matrix = _adjacency(net)
    sums, squares = np.zeros(n), np.zeros(n)
    for place in range(0, len(starts), BLOCK):
        shares = _dependencies(matrix, starts[place : place + BLOCK]) / max(1, n - 2)
        sums += shares.sum(axis=1)
        squares += (shares**2).sum(axis=1)
    count = len(starts)
    mean = sums / count
    spread = np.sqrt(np.maximum(0.0, squares / count - mean**2) * count / max(1, count - 1))
    return mean, spread / math.sqrt(count) * math.sqrt(max(0.0, 1.0 - count / n))


def _adjacency(net: Network) -> Any:
    from scipy.sparse import csr_array

    a, b = np.concatenate([net.links, net.links[:, ::-1]]).T
    return csr_array((np.ones(len(a)), (a, b)), shape=(len(net.label),) * 2)


def _dependencies(matrix: Any, starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n, starts) sum over targets of the share of shortest paths from each start through each node."""
    shape = (matrix.shape[0], len(starts))
    paths, depth, front = np.zeros(shape), np.full(shape, -1), np.zeros(shape)
    columns = np.arange(len(starts))
    paths[starts, columns], depth[starts, columns], front[starts, columns] = 1.0, 0, 1.0
    level = 0
    while front.any():
        level += 1
        front = np.where(depth < 0, matrix @ front, 0.0)
        depth[front > 0.0] = level
        paths += front
    share = np.zeros(shape)
    for below in range(level - 1, 0, -1):
        weight = np.where(depth == below, (1.0 + share) / np.where(paths > 0.0, paths, 1.0), 0.0)
        share += np.where(depth == below - 1, paths * (matrix @ weight), 0.0)
    share[starts, columns] = 0.0
    return share


def neighbourhood(net: Network, start: int, hops: int, most: int, hub: int = HUB) -> dict[int, int]:
    """Node -> hops from the start, at most `most` of them, nearest first. Hubs are reached, never gone through."""
    if not 1 <= hops <= HOPS_MOST:
        raise InputError("--hops", f"{hops}: must be 1 to {HOPS_MOST}")
    seen, front = {start: 0}, [start]
    for hop in range(1, hops + 1):
        reached: dict[int, int] = {}
        for node in front:
            if node != start and net.graph.degree(node) > hub:
                continue
            reached.update((other, hop) for other in net.graph.neighbors(node) if other not in seen)
            if len(seen) + len(reached) > most:
                break
        taken = sorted(reached)[: max(0, most + 1 - len(seen))]
        seen.update((node, hop) for node in taken)
        front = taken
    del seen[start]
    return seen


def related(net: Network, start: int, most: int, labels: Sequence[str], hub: int = HUB) -> list[Near]:
    """Nodes of the start's own label that share the most, and the rarest, of its neighbours with it.

    The score is the sum over shared neighbours of 1 / ln(1 + links) (Adamic and Adar 2003,
    doi 10.1016/S0378-8733(03)00009-1). Neighbours count when their label is in `labels` and they are no hubs.
    """
    scores: Counter[int] = Counter()
    through: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for tie in net.graph.neighbors(start):
        links = net.graph.degree(tie)
        if net.label[tie] not in labels or links > hub:
            continue
        for other in net.graph.neighbors(tie):
            if other != start and net.label[other] == net.label[start]:
                scores[other] += 1.0 / math.log(1.0 + links)  # type: ignore[assignment]
                through[other].append((links, tie))
    best = sorted(scores, key=lambda node: (-scores[node], str(net.key[node])))[:most]
    return [Near(one, 2, scores[one], [str(net.name[tie]) for _, tie in sorted(through[one])]) for one in best]
