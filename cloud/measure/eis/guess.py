"""Start values of any circuit, as log-parameters: from the dictionary where all parts are in series, else at random."""

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.eis.circuit import Circuit, Leaf
from adatom.cloud.measure.eis.starts import Arc, StartFinder

TAILS = ("CPE", "C", "W", "Wo", "Ws", "G", "Gs", "TLMQ")  # a series element that takes the slowest arc as its start
NEARLY_IDEAL = 0.95  # exponent that an inductance with losses starts with
RANDOM_STARTS = 64  # for circuits with nested parts; the batch costs about as much as three single fits
SEED = 2


def find_starts(finder: StartFinder, circuit: Circuit, lower: Floats, upper: Floats) -> list[Floats]:
    """Starts (each (P,)) for the circuit, a few from the dictionary or many at random within the bounds."""
    leaves = circuit.series()
    if len(leaves) < len(circuit.leaves):
        return random_starts(finder, circuit, lower, upper)
    relaxing = [leaf for leaf in leaves if leaf.kind.name == "Zarc" or leaf.kind.name in TAILS]
    sets = find_arcs(finder, len(relaxing))
    if not sets:  # no arc lowers the residuals: the circuit asks for more than the spectrum has
        return random_starts(finder, circuit, lower, upper)
    return [series_start(finder, circuit, arcs) for arcs in sets]


def find_arcs(finder: StartFinder, count: int) -> list[list[Arc]]:
    """Up to six sets of `count` arcs."""
    if count == 0:
        return [[]]
    if count == 1:
        return finder.singles([], 3)
    sets = finder.pairs(4)
    for _ in range(count - 2):
        sets = [more for known in sets[:3] for more in finder.singles(known, 2)]
    return sets


def series_start(finder: StartFinder, circuit: Circuit, arcs: list[Arc]) -> Floats:
    """Log-parameters (P,) of an all-series circuit from its arcs (fastest first); the tails get the slowest of them."""
    r0, inductance = finder.series(arcs)
    leaves = circuit.series()
    series_r = [leaf for leaf in leaves if leaf.kind.name == "R"]
    inductors = [leaf for leaf in leaves if leaf.kind.name in ("L", "La")]
    zarcs = [leaf for leaf in leaves if leaf.kind.name == "Zarc"]
    tails = [leaf for leaf in leaves if leaf.kind.name in TAILS]
    values = np.ones(circuit.size)
    for same, total in ((series_r, r0), (inductors, inductance)):
        for leaf in same:
            values[leaf.start] = max(total, 0.0) / len(same)
            values[leaf.start + 1 : leaf.stop] = NEARLY_IDEAL
    for leaf, arc in zip(zarcs + tails, arcs, strict=True):
        values[leaf.start : leaf.stop] = _from_arc(leaf, arc)
    return np.log(np.maximum(values, 1e-30))


def _from_arc(leaf: Leaf, arc: Arc) -> tuple[float, ...]:
    """Parameters of an element that follows R (jωτ)^-n, the high-frequency side of the arc."""
    by_kind: dict[str, tuple[float, ...]] = {
        "Zarc": (arc.r_ohm, arc.tau_s, arc.n),
        "CPE": (arc.tau_s**arc.n / arc.r_ohm, arc.n),
        "C": (arc.tau_s / arc.r_ohm,),
        "W": (arc.r_ohm / np.sqrt(2 * arc.tau_s),),
        "Wo": (arc.r_ohm, arc.tau_s),
        "Ws": (arc.r_ohm, arc.tau_s),
        "G": (arc.r_ohm, arc.tau_s),
        "Gs": (arc.r_ohm, arc.tau_s, 1.0),
        "TLMQ": (arc.r_ohm, arc.tau_s ** min(2.0 * arc.n, 1.0) / arc.r_ohm, min(2.0 * arc.n, 1.0)),
    }
    return by_kind[leaf.kind.name]


def random_starts(finder: StartFinder, circuit: Circuit, lower: Floats, upper: Floats) -> list[Floats]:
    """RANDOM_STARTS log-uniform starts; resistances around |Z|, times inside the measured range."""
    rng = np.random.default_rng(SEED)
    columns = []
    for leaf in circuit.leaves:
        columns += [finder.typical(parameter.unit) for parameter in leaf.kind.parameters]
    low, high = np.log(np.array(columns)).T
    draws = low + (high - low) * rng.random((RANDOM_STARTS, circuit.size))
    return list(np.clip(draws, lower, upper))
