"""Equivalent circuits: the grammar of impedance.py's users, compiled once to a vectorised evaluator with Jacobian.

`L0-R0-p(R1,CPE1)-W1`: `-` is in series, `p(a,b)` is in parallel, an element is a kind with a label. All parameters are
logarithms inside. `p(R,CPE)` is evaluated as one arc (R, τ, n), which fits better than (R, Q, n), and reported as
R, Q, n.
"""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Floats, Indices
from adatom.cloud.measure.eis.elements import KINDS, Kind, Parameter
from adatom.protocol.errors import InputError

MAX_CHARACTERS = 400  # far beyond what a spectrum of some hundred points determines
MAX_DEPTH = 12
OUT_OF_SIGHT = ("G", "Gs", "TLMQ")  # kinds with a resistance that is no arc's
SHORT_OHM = 1e-150  # for none at all: its square and its inverse are still numbers
_ELEMENT = re.compile(r"([A-Z][A-Za-z]*)([0-9]+|_[A-Za-z0-9_]+)?")


@dataclass(frozen=True)
class Leaf:
    """One element; its parameters are columns start..stop. `labels` are the names it is reported under."""

    kind: Kind
    labels: tuple[str, ...]
    index: int
    start: int
    stop: int


@dataclass(frozen=True)
class Branch:
    """Nodes in series or in parallel; their parameters are columns start..stop."""

    parallel: bool
    children: "tuple[Node, ...]"
    start: int
    stop: int


Node = Leaf | Branch
Places = slice | Indices


@dataclass(frozen=True)
class Report:
    """Reported parameters: names, units, logarithms, and d(reported log)/d(log_p) of shape (reported, P)."""

    names: tuple[str, ...]
    units: tuple[str, ...]
    log_values: Floats
    transform: Floats


@dataclass(frozen=True)
class Circuit:
    """A compiled circuit. `evaluate` works on a batch of parameter sets."""

    text: str
    root: Node
    leaves: tuple[Leaf, ...]

    @property
    def size(self) -> int:
        """The number of parameters."""
        return self.root.stop

    def evaluate(self, log_p: Floats, log_w: Floats) -> tuple[Complexes, Complexes]:
        """Z (B, N) and dZ/dlog_p (B, P, N) in ohm at log_p (B, P) and log angular frequency (N,) or (B, 1, N)."""
        batch, points = log_p.shape[0], log_w.shape[-1]
        z = np.empty((batch, len(self.leaves), points), dtype=np.complex128)
        jacobian = np.empty((batch, self.size, points), dtype=np.complex128)
        for kind, rows, columns, places in self._groups:
            z_kind, d_kind = kind.evaluate(log_p[:, columns], log_w)
            z[:, rows] = z_kind
            jacobian[:, places] = d_kind.reshape(batch, columns.size, points)
        return _combine(self.root, z, jacobian), jacobian

    def impedance(self, log_p: Floats, freq_hz: Floats) -> Complexes:
        """Z (N,) in ohm of one parameter set (P,)."""
        z: Complexes = self.evaluate(log_p[None], np.log(2 * np.pi * freq_hz))[0][0]
        return z

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters that log_p (P,) holds; an arc has τ where `report` has Q."""
        return tuple(p for leaf in self.leaves for p in leaf.kind.parameters)

    def bounds(self) -> tuple[Floats, Floats]:
        """The lower and upper bound of every log-parameter."""
        low, high = np.log([(p.lower, p.upper) for p in self.parameters]).T
        return low, high

    def report(self, log_p: Floats) -> Report:
        """The parameters as people write them, with the matrix that carries a covariance over."""
        values = log_p.copy()
        transform = np.eye(self.size)
        for leaf in self.leaves:
            if _is_pair(leaf):  # log Q = n log τ - log R
                n, log_tau = np.exp(log_p[leaf.stop - 1]), log_p[leaf.start + 1]
                values[leaf.start + 1] = n * log_tau - log_p[leaf.start]
                transform[leaf.start + 1, leaf.start : leaf.stop] = (-1.0, n, n * log_tau)
        return Report(self.names, self.units, values, transform)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters as people write them, `CPE1.n`."""
        return tuple(name for leaf in self.leaves for name in _names(leaf))

    @cached_property
    def units(self) -> tuple[str, ...]:
        """The units of the parameters as people write them."""
        return tuple(unit for leaf in self.leaves for unit in _units(leaf))

    @cached_property
    def resistances(self) -> tuple[int, ...]:
        """The columns of the resistances in series: resistors, then arcs in the order they are written."""
        resistors = [leaf.start for leaf in self.series() if leaf.kind.name == "R"]
        return (*resistors, *(leaf.start for leaf in self.arcs()))

    def arcs(self) -> tuple[Leaf, ...]:
        """The arcs in series with everything else, in the order they are written."""
        return tuple(leaf for leaf in self.series() if leaf.kind.name == "Zarc")

    def series(self) -> tuple[Leaf, ...]:
        """The elements in series with everything else."""
        return tuple(node for node in self._nodes if isinstance(node, Leaf))

    @property
    def is_plain(self) -> bool:
        """Whether all its resistances are those of series and arcs: nothing else in parallel, such as p(R,C)."""
        series = self.series()
        return len(series) == len(self._nodes) and not any(leaf.kind.name in OUT_OF_SIGHT for leaf in series)

    @property
    def _nodes(self) -> "tuple[Node, ...]":
        return (self.root,) if isinstance(self.root, Leaf) or self.root.parallel else self.root.children

    @cached_property
    def amplitude(self) -> Indices:
        """The column (P,) of the parameter in series that each one's part of Z is proportional to; -1 for none."""
        columns = np.full(self.size, -1, dtype=np.intp)
        for leaf in self.series():
            if leaf.kind.scales:
                columns[leaf.start : leaf.stop] = leaf.start
        return columns

    @cached_property
    def _groups(self) -> tuple[tuple[Kind, Places, Indices, Places], ...]:
        """The leaves of each kind: where they stand (K), their columns (K, p), and all columns, for one call a kind."""
        groups = []
        for kind in dict.fromkeys(leaf.kind for leaf in self.leaves):
            same = [leaf for leaf in self.leaves if leaf.kind is kind]
            columns = np.array([range(leaf.start, leaf.stop) for leaf in same], dtype=np.intp)
            groups.append((kind, _places([leaf.index for leaf in same]), columns, _places(list(columns.ravel()))))
        return tuple(groups)


def _places(numbers: list[int]) -> Places:
    """The numbers as an index: a slice where they follow each other, which numpy writes to several times as fast."""
    follow = numbers == list(range(numbers[0], numbers[-1] + 1))
    return slice(numbers[0], numbers[-1] + 1) if follow else np.array(numbers, dtype=np.intp)


def _combine(node: Node, leaf_z: Complexes, jacobian: Complexes) -> Complexes:
    """Z (B, N) of a node; the columns of the Jacobian below it become derivatives of that Z."""
    z: Complexes
    if isinstance(node, Leaf):
        z = leaf_z[:, node.index]
        return z
    parts = [_combine(child, leaf_z, jacobian) for child in node.children]
    if not node.parallel:
        return sum(parts[1:], start=parts[0])
    if not all(part.all() for part in parts):  # a coil and a capacitor in series at their resonance
        parts = [np.where(part == 0.0, SHORT_OHM, part) for part in parts]
    z = 1.0 / np.stack([1.0 / part for part in parts]).sum(axis=0)
    for child, part in zip(node.children, parts, strict=True):
        jacobian[:, child.start : child.stop] *= ((z / part) ** 2)[:, None]
    return z


def _names(leaf: Leaf) -> list[str]:
    if _is_pair(leaf):
        return [leaf.labels[0], leaf.labels[1] + ".Q", leaf.labels[1] + ".n"]
    return [f"{leaf.labels[0]}.{p.suffix}" if p.suffix else leaf.labels[0] for p in leaf.kind.parameters]


def _units(leaf: Leaf) -> list[str]:
    units = [p.unit for p in leaf.kind.parameters]
    return [units[0], "S·s^n", units[2]] if _is_pair(leaf) else units


def _is_pair(leaf: Leaf) -> bool:
    """Whether the arc was written p(R,CPE)."""
    return len(leaf.labels) == 2


def parse_circuit(text: str) -> Circuit:
    """The compiled circuit of a text such as `L0-R0-p(R1,CPE1)-W1`.

    Raises InputError naming the position, what stands there and what is allowed.
    """
    return _Parser(text).parse()


class _Parser:
    """Recursive descent over series := node ("-" node)*, node := "p(" series ("," series)+ ")" | element."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.leaves: list[Leaf] = []
        self.columns = 0
        self.labels: set[str] = set()

    def parse(self) -> Circuit:
        if len(self.text) > MAX_CHARACTERS:
            raise InputError("circuit", f"{len(self.text)} characters; at most {MAX_CHARACTERS} are allowed")
        root = self._series(0)
        if self._peek():
            raise self._error("`-`, `,` inside p(), or the end")
        return Circuit(self.text.replace(" ", ""), root, tuple(self.leaves))

    def _series(self, depth: int) -> Node:
        start = self.columns
        children = [self._node(depth)]
        while self._take("-"):
            children.append(self._node(depth))
        return children[0] if len(children) == 1 else Branch(False, tuple(children), start, self.columns)

    def _node(self, depth: int) -> Node:
        if not self.text[self.at :].lstrip().startswith("p"):
            return self._element()
        if depth >= MAX_DEPTH:
            raise self._error(f"at most {MAX_DEPTH} levels of p()")
        self._take("p")
        if not self._take("("):
            raise self._error("`(` after p")
        start, first_leaf = self.columns, len(self.leaves)
        children = [self._series(depth + 1)]
        while self._take(","):
            children.append(self._series(depth + 1))
        if not self._take(")"):
            raise self._error("`,` or `)`")
        if len(children) < 2:
            raise self._error("at least two parts inside p()")
        return self._arc(children, first_leaf) or Branch(True, tuple(children), start, self.columns)

    def _arc(self, children: list[Node], first_leaf: int) -> Leaf | None:
        """One arc instead of p(R,CPE), or None for anything else."""
        by_kind = {child.kind.name: child for child in children if isinstance(child, Leaf)}
        if len(children) != 2 or set(by_kind) != {"R", "CPE"}:
            return None
        labels = by_kind["R"].labels + by_kind["CPE"].labels
        start = children[0].start
        arc = Leaf(KINDS["Zarc"], labels, first_leaf, start, start + 3)
        self.leaves[first_leaf:] = [arc]
        return arc

    def _element(self) -> Leaf:
        self._skip()
        match = _ELEMENT.match(self.text, self.at)
        if match is None or match[1] not in KINDS:
            raise self._error(f"an element ({', '.join(KINDS)}, with a label as in R1) or p(")
        label = match[0]
        if label in self.labels:
            raise self._error(f"another label, {label} stands for another element")
        self.labels.add(label)
        self.at = match.end()
        kind = KINDS[match[1]]
        leaf = Leaf(kind, (label,), len(self.leaves), self.columns, self.columns + len(kind.parameters))
        self.leaves.append(leaf)
        self.columns = leaf.stop
        return leaf

    def _peek(self) -> str:
        self._skip()
        return self.text[self.at : self.at + 1]

    def _take(self, character: str) -> bool:
        found = self._peek() == character
        self.at += found
        return found

    def _skip(self) -> None:
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1

    def _error(self, allowed: str) -> InputError:
        found = repr(self.text[self.at : self.at + 8]) if self._peek() else "the end"
        return InputError(f"circuit {self.text!r}", f"character {self.at + 1}: {found}; allowed here: {allowed}")
