"""The network itself, as pgmpy's discrete Bayesian network, asked by exact variable elimination.

pgmpy is imported when a network is made: that takes three seconds (pandas, scikit-learn, statsmodels; no torch).
"""

import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from adatom.protocol.errors import FailedError
from numpy.typing import NDArray

from .structure import BY_NAME, NODES, OF_FORMULA, STATEMENTS
from .tables import Tables, shipped_tables

Array = NDArray[np.float64]

NEEDED = "the network needs pgmpy: pip install 'adatom[evaluate]'"


class Network:
    """Chances of a statement's states, given the states of others; what is not given is summed over."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._inference = _inference(tables)

    def chances(self, name: str, evidence: Mapping[str, int]) -> Array:
        """(states,) P(statement | evidence). The evidence holds all quantities of the formula."""
        found = self._inference.query([name], evidence=dict(evidence), show_progress=False)
        return np.asarray(found.values, dtype=np.float64)

    def alone(self, name: str, evidence: Mapping[str, int]) -> Array:
        """(states,) P(statement) had it been taken from any compound."""
        table = self.tables.alone[name]
        of = BY_NAME[name].parents if table.ndim > 1 else ()
        place: tuple[Any, ...] = (slice(None), *(evidence[parent] for parent in of))
        return np.asarray(table[place])


@cache
def shipped_network() -> Network:
    """The network with the tables that travel with adatom."""
    return Network(shipped_tables())


def _inference(tables: Tables) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # pgmpy's own, of its own modules
            from pgmpy.factors.discrete import TabularCPD
            from pgmpy.inference import VariableElimination
            from pgmpy.models import DiscreteBayesianNetwork
    except ImportError:
        raise FailedError(NEEDED) from None
    network: Any = DiscreteBayesianNetwork([(parent, node.name) for node in STATEMENTS for parent in node.parents])
    for node in OF_FORMULA:  # always given, so that their own chances play no part
        network.add_cpds(TabularCPD(node.name, node.size, np.full((node.size, 1), 1.0 / node.size)))
    sizes = {node.name: node.size for node in NODES}
    for node in STATEMENTS:
        table = tables.given[node.name].reshape(node.size, -1)
        of_parents = [sizes[parent] for parent in node.parents]
        network.add_cpds(TabularCPD(node.name, node.size, table, list(node.parents), of_parents))
    network.check_model()
    return VariableElimination(network)
