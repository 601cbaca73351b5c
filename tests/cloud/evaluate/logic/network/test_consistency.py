"""The network's inference beside sums over all states, the two hypotheses, and what they make of planted errors."""

import math
from itertools import product

import numpy as np
import pytest
from adatom.cloud.evaluate.logic.network.consistency import ONE_SHARE, consistency
from adatom.cloud.evaluate.logic.network.formula import values_of
from adatom.cloud.evaluate.logic.network.model import Network, shipped_network
from adatom.cloud.evaluate.logic.network.structure import BY_NAME, OF_FORMULA, STATEMENTS
from adatom.cloud.evaluate.logic.network.tables import shapes, tables_of

MGO = values_of([{"Mg": 0.5, "O": 0.5}])[0]
GIVEN = {name: BY_NAME[name].state(value) for name, value in MGO.items()}
SOUND = {"charge_balance": "usual charges", "bulk_modulus": 152.0, "shear_modulus": 120.0, "debye_temperature": 750.0,
         "band_gap": 4.5, "formation_energy": -2.9, "energy_above_hull": 0.0}  # fmt: skip


def by_sums(said):
    """ln P(said | formula), the sum over every state of all that is not said; shipped tables."""
    tables = shipped_network().tables.given
    asked = [node for node in STATEMENTS if node.name in said or any(node.name in ancestors(name) for name in said)]
    free = [node for node in asked if node.name not in said]
    total = 0.0
    for states in product(*(range(node.size) for node in free)):
        all_states = GIVEN | said | dict(zip((node.name for node in free), states, strict=True))
        total += math.prod(tables[node.name][tuple(all_states[n] for n in (node.name, *node.parents))]
                           for node in asked)  # fmt: skip
    return math.log(total)


def ancestors(name):
    parents = [parent for parent in BY_NAME[name].parents if BY_NAME[parent] not in OF_FORMULA]
    return set(parents).union(*(ancestors(parent) for parent in parents))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("thermal_conductivity", {"bulk_modulus": 7}),  # two in between are summed over
        ("bulk_modulus", {"thermal_conductivity": 1, "thermal_expansion": 6}),  # from below, on two branches
        ("formation_energy", {"energy_above_hull": 6, "interfacial_reaction_energy": 2}),
        ("ionic_conductivity", {"crystal_system": 0}),
        ("charge_balance", {"band_gap": 0}),
    ],
)
def test_inference_is_exact(asked, said):
    node = BY_NAME[asked]
    brute = np.exp([by_sums(said | {asked: state}) - by_sums(said) for state in range(node.size)])
    np.testing.assert_allclose(shipped_network().chances(asked, GIVEN | said), brute, rtol=1e-9)


def test_the_probability_is_that_of_the_two_hypotheses():
    network, values = (
        shipped_network(),
        {"charge_balance": "usual charges", "bulk_modulus": 20.0, "shear_modulus": 120.0},
    )
    said = {name: BY_NAME[name].state(value) for name, value in values.items()}
    alone = {name: math.log(network.alone(name, GIVEN)[state]) for name, state in said.items()}
    together = by_sums(said)
    one = [by_sums({o: s for o, s in said.items() if o != name}) + alone[name] for name in said]
    wrong = ONE_SHARE * np.mean(np.exp(one)) + (1 - ONE_SHARE) * math.exp(sum(alone.values()))
    good = 0.9 * math.exp(together)
    found = consistency(network, MGO, values, wrong_share=0.1)
    assert found.probability == pytest.approx(good / (good + 0.1 * wrong), rel=1e-9)
    blame = {j.name: j.blame for j in found.judged}
    everything = good + 0.1 * wrong
    for name, log in zip(said, one, strict=True):
        assert blame[name] == pytest.approx(0.1 * ONE_SHARE * math.exp(log) / len(said) / everything, rel=1e-9)


def test_a_sound_compound_gains_and_a_planted_error_is_named_first():
    network = shipped_network()
    sound = consistency(network, MGO, SOUND)
    assert sound.nats > 1.0
    assert sound.probability > 1.0 - sound.wrong_share
    for name, value in (("bulk_modulus", 12.0), ("debye_temperature", 120.0), ("formation_energy", 0.9)):
        spoiled = consistency(network, MGO, SOUND | {name: value})
        assert spoiled.nats < sound.nats - 1.0
        assert spoiled.judged[0].name == name
        assert spoiled.judged[0].blame == max(one.blame for one in spoiled.judged)
        assert spoiled.judged[0].tail < 0.02


def test_where_nothing_is_learnt_nothing_is_said():
    """Every table is the quantity's own distribution then: the probability stays where it was beforehand."""
    empty = Network(tables_of({name: np.zeros(size, dtype=np.int64) for name, size in shapes().items()}))
    found = consistency(empty, MGO, SOUND, wrong_share=0.07)
    assert found.probability == pytest.approx(0.93)
    assert [one.nats for one in found.judged] == pytest.approx([0.0] * len(SOUND))


def test_usual_states_hold_four_fifths():
    for one in consistency(shipped_network(), MGO, SOUND).judged:
        others = {name: BY_NAME[name].state(value) for name, value in SOUND.items() if name != one.name}
        chances = shipped_network().chances(one.name, GIVEN | others)
        assert chances[list(one.usual)].sum() >= 0.8
