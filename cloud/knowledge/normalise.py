"""Every property to 0..1 and back: robust, monotonic, without an end at which values pile up.

y is the value, or its log10 where the property's scale is log. The 1 % and 99 % quantiles of y become 0.01 and 0.99,
what lies between them is linear, what lies beyond approaches 0 and 1 without reaching them (the slope has no step). A
zero on a log scale is 0. What is missing stays missing.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from adatom.cloud.knowledge.properties import BY_NAME
from adatom.cloud.store.store import Store
from numpy.typing import NDArray

TAIL = 0.01  # of the facts, and of 0..1, at each end
FACTS_MIN = 20  # fewer have no quantiles
Array = NDArray[np.float64]


class Scale(NamedTuple):
    """How one property is normalised: `low` and `high` are quantiles of y."""

    property: str
    scale: str  # log or linear
    low: float
    high: float
    n: int  # facts it was made of
    version: int

    def normalised(self, values: Array) -> Array:
        """(n,) 0..1 of values in the property's unit. NaN for NaN, and for what is negative on a log scale."""
        values = np.asarray(values, dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            y = np.log10(values) if self.scale == "log" else values
            t = self._slope() * (y - self.low)  # 0 and 1 - 2 TAIL at the quantiles
            u = TAIL + t
            u = np.where(t < 0.0, TAIL / (1.0 - t / TAIL), u)
            over = t - (1.0 - 2.0 * TAIL)
            found: Array = np.where(over > 0.0, 1.0 - TAIL / (1.0 + over / TAIL), u)
        return found

    def restored(self, normalised: Array) -> Array:
        """(n,) values of 0..1. NaN outside; the ends are infinite (0 at the lower end of a log scale)."""
        u = np.asarray(normalised, dtype=float)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            t = u - TAIL
            t = np.where(u < TAIL, TAIL * (1.0 - TAIL / u), t)
            t = np.where(u > 1.0 - TAIL, 1.0 - 2.0 * TAIL + TAIL * (TAIL / (1.0 - u) - 1.0), t)
            y = self.low + t / self._slope()
            y = np.where((u >= 0.0) & (u <= 1.0), y, np.nan)
            found: Array = 10.0**y if self.scale == "log" else y
        return found

    def _slope(self) -> float:
        return (1.0 - 2.0 * TAIL) / (self.high - self.low)


def make_scales(store: Store, now_utc_s: float) -> tuple[int, dict[str, Scale]]:
    """(version, scales by property) of what is known now; a new version only where a number differs from the last."""
    made = {name: scale for name in BY_NAME if (scale := _scale(store, name))}
    before = scales(store)
    if made and {name: one._replace(version=0) for name, one in before.items()} != made:
        store.put_normalisation([one._asdict() for one in made.values()], now_utc_s)
        before = scales(store)
    return max((one.version for one in before.values()), default=0), before


def scales(store: Store, version: int | None = None) -> dict[str, Scale]:
    """The scales of a version, of the newest by default; empty where none was made."""
    return {
        row["property"]: Scale(**{name: row[name] for name in Scale._fields}) for row in store.normalisation(version)
    }


def normalised_material(found: Mapping[str, Any], by_property: Mapping[str, Scale]) -> dict[str, float]:
    """Property -> 0..1 of the consensus of a material (materials_report.material_data), at the first temperature."""
    shown: dict[str, float] = {}
    for row in found["consensus"]:
        scale = by_property.get(row["property"])
        if scale and row["property"] not in shown:
            u = float(scale.normalised(np.array([row["value"]]))[0])
            if np.isfinite(u):
                shown[row["property"]] = u
    return shown


def _scale(store: Store, name: str) -> Scale | None:
    values = store.property_values(name)
    scale = BY_NAME[name].scale
    y = np.log10(values[values > 0.0]) if scale == "log" else values
    if len(y) < FACTS_MIN:
        return None
    low, high = (float(end) for end in np.quantile(y, [TAIL, 1.0 - TAIL]))
    if not high > low:  # all the same: in the middle
        low, high = low - 0.5, high + 0.5
    return Scale(name, scale, low, high, len(y), 0)
