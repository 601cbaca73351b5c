"""The checks that follow every load, in their order: limits, units, outliers, derived facts and what they inherit."""

from typing import NamedTuple

from adatom.cloud.knowledge.derive import derive_moduli
from adatom.cloud.store.store import Store

OUTLIER_Z = 8.0  # (K) robust standard deviations; real tails of the shipped tables reach some 6
OUTLIER_FACTS_MIN = 100  # below, quantiles of 1 % say nothing
UNIT_TOLERANCE = 0.02  # (K) two computed values of one material agree no better; chance agreement is rare


class Checked(NamedTuple):
    """What the checks found new."""

    derived: int
    impossible: int
    unit: int
    outlier: int
    inherited: int


def check_facts(store: Store) -> Checked:
    """Flag and derive. All or nothing; a second run finds nothing new."""
    with store.transaction():
        impossible = store.flag_impossible()
        unit = store.flag_units(UNIT_TOLERANCE)
        derived = derive_moduli(store)
        impossible += store.flag_impossible()
        outlier = store.flag_outliers(OUTLIER_Z, OUTLIER_FACTS_MIN)
        return Checked(derived, impossible, unit, outlier, store.flag_derived())
