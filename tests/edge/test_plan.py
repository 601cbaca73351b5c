"""Recipe to steps, and the pulse plan's promises."""

import itertools

import hypothesis.strategies as st
import pytest
from adatom.edge.config import default_bench
from adatom.edge.plan import WEIGHT_SUM, Bursts, energy_target, film_bursts, interlayer_pulses, steps_of
from adatom.edge.states import STATES, TRANSITIONS
from adatom.protocol.targets import pulse_shares
from hypothesis import given

from .bench_run import load_demo_envelope
from .simple_plant import recipe

ENVELOPE = load_demo_envelope()
BENCH = default_bench("twin-1")


@st.composite
def weights(draw: st.DrawFn) -> list[int]:
    parts = draw(st.lists(st.integers(1, 1000), min_size=1, max_size=6))
    whole = [max(1, part * WEIGHT_SUM // sum(parts)) for part in parts]
    whole[whole.index(max(whole))] += WEIGHT_SUM - sum(whole)
    return whole


@given(weights(), st.integers(1, 400), st.integers(1, 12))
def test_every_target_stays_within_one_pulse_of_its_share(shares: list[int], pulses: int, cycle: int) -> None:
    bursts = Bursts(list(range(1, len(shares) + 1)), shares, pulses, cycle)
    fired = [0] * len(shares)
    while count := bursts.next():
        fired[bursts.slot - 1] += count
        assert all(
            abs(dealt - weight * bursts.planned / WEIGHT_SUM) < 1.0
            for dealt, weight in zip(bursts.given, shares, strict=True)
        )
    assert sum(fired) == pulses
    assert fired == bursts.given


@given(weights(), st.integers(1, 400))
def test_a_cycle_visits_each_target_once_there_and_back(shares: list[int], pulses: int) -> None:
    bursts = Bursts(list(range(1, len(shares) + 1)), shares, pulses)
    moves, before, place, way = 0, 0, 0, 1
    while bursts.next():
        moves += bursts.slot != before
        if (bursts.slot - place) * way < 0:
            way = -way
        before = place = bursts.slot
    cycles = -(-pulses // 6)
    assert moves <= 1 + cycles * (len(shares) - 1)


def test_the_film_gets_the_recipes_ratio() -> None:
    wanted = recipe()
    bursts = film_bursts(wanted, ENVELOPE, BENCH)
    while bursts.next():
        pass
    shares, mismatch = pulse_shares(wanted, ENVELOPE["targets"])
    assert mismatch < 0.01
    for (slot, share), target, fired in zip(shares, bursts.slots, bursts.given, strict=True):
        assert slot == target
        assert fired == pytest.approx(share * wanted.pulses, abs=1.01)


def test_the_energy_is_fluence_times_spot_over_transmission() -> None:
    assert energy_target(recipe(fluence_j_cm2=2.0), ENVELOPE) == 12500


PLAIN = ["pump_down", "heat", "deposit", "cool", "transfer"]
ANNEAL = ["pump_down", "heat", "anneal", "cool"]
END = ["transfer", "measure"]
PLANS = {
    "untreated": ({}, PLAIN + END),
    "annealed": ({"anneal_c": 450.0, "anneal_min": 60.0}, PLAIN + ANNEAL + END),
    "layered": (
        {"interlayer": "ZnO", "interlayer_nm": 10.0},
        [*PLAIN, "pump_down", "interlayer", *END],
    ),
    "both": (
        {"anneal_c": 450.0, "anneal_min": 60.0, "interlayer": "ZnO", "interlayer_nm": 10.0},
        [*PLAIN, *ANNEAL, "interlayer", "cool", *END],
    ),
    "an anneal at room temperature is none": ({"anneal_c": 20.0, "anneal_min": 60.0}, PLAIN + END),
    "a layer of no thickness is none": ({"interlayer": "ZnO", "interlayer_nm": 0.0}, PLAIN + END),
}


@pytest.mark.parametrize("name", PLANS)
def test_the_steps_of_a_recipe_and_the_table_agree(name: str) -> None:
    changes, states = PLANS[name]
    steps = steps_of(recipe(**changes), ENVELOPE, BENCH)
    assert [step.state for step in steps] == states
    assert all(step.state in STATES for step in steps)
    for before, after in itertools.pairwise(states):
        assert TRANSITIONS[before, "to_" + after] == after


def test_an_interlayer_has_the_pulses_of_its_thickness() -> None:
    assert interlayer_pulses(recipe(interlayer="ZnO", interlayer_nm=10.0), ENVELOPE) == 500


def test_a_metal_interlayer_grows_in_vacuum_and_an_oxide_in_oxygen() -> None:
    envelope = dict(ENVELOPE)
    gold = {"slot": 6, "material": "Au", "cations": {"Au": 1}, "units_e12_cm2": 80.0, "nm_per_pulse": 0.02}
    envelope["targets"] = [*ENVELOPE["targets"][:5], gold]
    step = next(
        s for s in steps_of(recipe(interlayer="Au", interlayer_nm=5.0), envelope, BENCH) if s.state == "interlayer"
    )
    assert step.gas_mpa == 0
    step = next(
        s for s in steps_of(recipe(interlayer="ZnO", interlayer_nm=5.0), ENVELOPE, BENCH) if s.state == "interlayer"
    )
    assert step.gas_mpa == 10000


def test_the_cooling_gas_keeps_clear_of_the_pressure_limit() -> None:
    envelope = {**ENVELOPE, "interlock": {**ENVELOPE["interlock"], "pressure_max_pa": 40}}
    step = next(s for s in steps_of(recipe(), envelope, BENCH) if s.state == "cool")
    assert step.gas_mpa == 30000
