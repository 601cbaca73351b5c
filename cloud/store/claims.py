"""Every fact as columns of codes, as the search for contradictions reads them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .database import Database

CLAIMS = """
SELECT fact, composition, formula, property, value, comparison, temperature_c, method, phase, source, dataset, line,
    array_to_string(dois, '|') AS dois
FROM fact WHERE method <> 'derived' ORDER BY fact
"""
COMPOSITIONS = """
SELECT composition, element, fraction FROM composition_element WHERE composition IN (SELECT composition FROM fact)
ORDER BY composition, element
"""


class ClaimsRead(Database):
    """The reading that checks of facts against each other need."""

    def claims(self) -> dict[str, NDArray[Any]]:
        """Column -> (n,) of every fact that somebody said (derived ones repeat others); temperature NaN if none."""
        found = self.columns(CLAIMS)
        found["temperature_c"] = found["temperature_c"].astype(np.float64)
        return found

    def composition_fractions(self) -> dict[str, NDArray[Any]]:
        """Columns composition, element, fraction of every composition that a fact is of."""
        return self.columns(COMPOSITIONS)
