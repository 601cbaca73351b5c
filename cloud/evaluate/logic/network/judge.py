"""One formula judged by the shipped network: from what is written and what a database holds, to an answer."""

import time
from collections.abc import Sequence

from adatom.cloud.knowledge.compositions import composition_of
from adatom.cloud.knowledge.tolerant import read_written
from adatom.cloud.store.store import Store

from .consistency import WRONG_SHARE, consistency
from .formula import charge_balances, values_of
from .model import shipped_network
from .report import Answer, because
from .told import merged, row_of, told, written


def judge(
    formula: str, facts: Sequence[str] = (), store: Store | None = None, wrong_share: float = WRONG_SHARE
) -> Answer:
    """The answer for a formula; facts such as band_gap=5.3eV take the place of stored ones. InputError for nonsense."""
    said = read_written(formula)
    by_hand = written(facts)
    shares = composition_of(said.atoms).fractions
    rows = [] if store is None else store.consensus_of(composition_of(said.atoms).key)
    stored, not_judged = told(map(row_of, rows))
    notes = list(said.notes)
    if store is not None and not rows:
        notes.append(f"nothing is known of it in {store.path}")
    of_formula = values_of([shares])[0]
    statements = {"charge_balance": charge_balances([shares])[0]} | merged(stored, by_hand)
    found = consistency(shipped_network(), of_formula, statements, wrong_share)
    return Answer(composition_of(said.atoms).formula, of_formula, found, not_judged, notes)


def keep_answers(store: Store, answers: Sequence[Answer]) -> None:
    """Keep probabilities beside the facts; a later one of a composition replaces it."""
    keys = [composition_of(read_written(one.formula).atoms).key for one in answers]
    store.put_consistency(
        {"composition": keys, "probability": [one.found.probability for one in answers],
         "wrong_share": [one.found.wrong_share for one in answers], "nats": [one.found.nats for one in answers],
         "statements": [len(one.found.judged) for one in answers], "because": [because(one) for one in answers],
         "utc_s": [time.time()] * len(answers)}
    )  # fmt: skip
