"""Ask / tell: what a campaign relies on."""

import json
import math
from typing import Any

import numpy as np
import pytest
from adatom.cloud.campaign.quantities import read_objective
from adatom.cloud.optimize.objective import Objective
from adatom.cloud.optimize.optimizer import Optimizer
from adatom.cloud.optimize.question import CAMPAIGN
from adatom.cloud.optimize.strategies import STRATEGIES
from adatom.protocol.envelope import check
from adatom.protocol.errors import FailedError, InputError
from adatom.protocol.recipe import recipe_from_dict
from threadpoolctl import threadpool_limits

from .spaces import ENVELOPE, FULL, REFERENCE, SMALL, space_of

FULL_SPACE, SMALL_SPACE = space_of(FULL), space_of(SMALL)
RESISTANCE = read_objective("o", {"name": "r_interface_ohm_cm2"})
UNIFORMITY = Objective("uniformity", "maximise", weight=2.0)


def allowed(recipe: dict[str, Any]) -> list[str]:
    return list(check(recipe_from_dict(recipe), ENVELOPE))


def resistance(recipe: dict[str, Any]) -> float:
    """Decades around a best point at 580 °C, excess 0.5, 10 Pa, with a cliff above 650 °C."""
    decades = ((recipe["substrate_c"] - 580) / 40) ** 2 + ((recipe["li_excess"] - 0.5) / 0.25) ** 2
    decades += math.log10(recipe["o2_pa"] / 10) ** 2
    return float(10 ** min(4.0, 0.3 + 0.5 * decades + 3.0 * (recipe["substrate_c"] > 650)))


def told(value: float) -> tuple[float, float]:
    """A value that is known to 5 %."""
    return value, 0.05 * value


def carried_on(optimizer: Optimizer, trials: int) -> list[dict[str, Any]]:
    """Recipes of some trials; each hot one fails."""
    asked = []
    for _ in range(trials):
        [recipe] = optimizer.ask(1)
        asked.append(recipe)
        hot = recipe["substrate_c"] > 690
        optimizer.tell([recipe], [{"failed": "delamination"} if hot else {RESISTANCE.name: told(resistance(recipe))}])
    return asked


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_everything_asked_is_allowed_new_and_begins_with_the_reference(strategy: str) -> None:
    optimizer = Optimizer(
        FULL_SPACE, [RESISTANCE], seed=5, check=allowed, strategy=strategy, reference=REFERENCE, budget=10
    )
    asked = carried_on(optimizer, 10)
    assert asked[0] == REFERENCE
    assert all(allowed(recipe) == [] for recipe in asked)
    assert len({FULL_SPACE.key(recipe) for recipe in asked}) == len(asked)
    assert optimizer.pending == []


def test_bo_beats_sobol_on_a_small_space() -> None:
    best = {}
    for strategy in ("bo", "sobol"):
        optimizer = Optimizer(SMALL_SPACE, [RESISTANCE], seed=2, strategy=strategy, budget=25)
        best[strategy] = min(resistance(recipe) for recipe in carried_on(optimizer, 25))
    assert best["bo"] < 2.4  # the floor is 2
    assert best["bo"] < best["sobol"]


@pytest.mark.parametrize("killed_after", [1, 4, 13])
def test_resume_is_bit_identical(killed_after: int) -> None:
    unbroken = Optimizer(FULL_SPACE, [RESISTANCE], seed=7, check=allowed, reference=REFERENCE, budget=14)
    first = carried_on(unbroken, killed_after)
    state = json.loads(json.dumps(unbroken.state()))
    resumed = Optimizer.from_state(state, FULL_SPACE, [RESISTANCE], check=allowed)
    assert carried_on(resumed, 2) == carried_on(unbroken, 2)
    assert resumed.state() == unbroken.state()
    assert len(resumed.told) == len(first) + 2


def test_resume_with_open_recipes_is_bit_identical() -> None:
    unbroken = Optimizer(FULL_SPACE, [RESISTANCE], seed=7, budget=14)
    carried_on(unbroken, 8)
    waiting = unbroken.ask(2)
    resumed = Optimizer.from_state(json.loads(json.dumps(unbroken.state())), FULL_SPACE, [RESISTANCE])
    assert resumed.pending == waiting
    assert resumed.ask(2) == unbroken.ask(2)


def test_the_machine_s_threads_do_not_matter() -> None:
    asked = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            optimizer = Optimizer(FULL_SPACE, [RESISTANCE], seed=3, budget=10)
            asked.append(carried_on(optimizer, 6))
    assert asked[0] == asked[1]


def test_the_best_recipe_is_repeated_and_a_lucky_one_loses_its_place() -> None:
    optimizer = Optimizer(SMALL_SPACE, [RESISTANCE], seed=4, budget=40, options=CAMPAIGN)
    carried_on(optimizer, 14)
    lucky = {**REFERENCE, "substrate_c": 520.0, "li_excess": 0.2}
    optimizer.tell([lucky], [{RESISTANCE.name: (1.0, 0.05)}])
    [new, again] = [optimizer.ask(1)[0] for _ in range(2)]
    assert SMALL_SPACE.key(new) != SMALL_SPACE.key(again) == SMALL_SPACE.key(lucky)
    optimizer.tell([new, again], [{RESISTANCE.name: told(resistance(recipe))} for recipe in (new, again)])
    index = optimizer.incumbent()
    assert index is not None
    assert SMALL_SPACE.key(optimizer.told[index][0]) != SMALL_SPACE.key(lucky)


def test_looking_changes_nothing() -> None:
    quiet, watched = (Optimizer(FULL_SPACE, [RESISTANCE], seed=3, budget=10) for _ in range(2))
    for optimizer in (quiet, watched):
        carried_on(optimizer, 6)
    watched.predict([REFERENCE])
    watched.incumbent()
    assert quiet.ask(1) == watched.ask(1)


def test_a_batch_is_spread_out() -> None:
    optimizer = Optimizer(FULL_SPACE, [RESISTANCE], seed=1, budget=10)
    carried_on(optimizer, 6)
    vectors = FULL_SPACE.vectors(optimizer.ask(3))
    gaps = [np.linalg.norm(vectors[i] - vectors[j]) for i in range(3) for j in range(i)]
    assert min(gaps) > 0.05


def test_tells_come_in_part_in_any_order_and_uninvited() -> None:
    optimizer = Optimizer(FULL_SPACE, [RESISTANCE, UNIFORMITY], seed=1, budget=12)
    first, second, third = optimizer.ask(3)
    optimizer.tell([third], [{"uniformity": (0.9, 0.01)}])
    optimizer.tell([first, REFERENCE], [{RESISTANCE.name: (50.0, 0.1 * 50.0)}, {RESISTANCE.name: (150.0, 0.1 * 150.0)}])
    optimizer.tell([third], [{RESISTANCE.name: (20.0, 0.1 * 20.0)}])
    assert optimizer.pending == [second]
    optimizer.forget([second])
    assert optimizer.pending == []
    assert len(carried_on(optimizer, 3)) == 3
    assert [sorted(row) for row in optimizer.predict([first, third])] == [["r_interface_ohm_cm2"]] * 2


LIFE = Objective("cycles", "maximise", weight=1.0, log=True)


def told_in_part(later: bool) -> Optimizer:
    """Twelve resistances, with the lives of every second sample told at once or later."""
    optimizer = Optimizer(SMALL_SPACE, (RESISTANCE, LIFE), seed=4, check=allowed, options=CAMPAIGN)
    late = {}
    for number in range(12):
        [recipe] = optimizer.ask(1)
        life = {LIFE.name: (1e4 / resistance(recipe), 0.5)} if number % 2 else {}
        optimizer.tell([recipe], [{RESISTANCE.name: told(resistance(recipe))} | ({} if later else life)])
        late[number] = life
        if later and number == 5:
            assert optimizer.predict([recipe])  # its hyper-parameters were searched for without any life
    for number, life in late.items():
        if later and life:
            optimizer.amend(number, life)
    return optimizer


def test_what_is_told_later_of_a_sample_counts_as_if_told_at_once() -> None:
    optimizer = told_in_part(later=True)
    assert len(optimizer.told) == 12
    assert sum(LIFE.name in result for _, result in optimizer.told) == 6
    assert_resumed_alike(optimizer)
    best = optimizer.told[1][0]
    assert set(optimizer.predict([best])[0]) == {RESISTANCE.name, LIFE.name}
    optimizer.amend(1, {LIFE.name: 3.0})  # a later analysis
    assert optimizer.told[1][1][LIFE.name] == [3.0, 0.0, 1.0]
    assert optimizer.told[1][1][RESISTANCE.name][0] == resistance(best)
    assert_resumed_alike(optimizer)


def assert_resumed_alike(optimizer: Optimizer) -> None:
    """A resumed process searched for no hyper-parameters before the amendment, and yet believes the same."""
    state = json.loads(json.dumps(optimizer.state()))
    resumed = Optimizer.from_state(state, SMALL_SPACE, (RESISTANCE, LIFE), check=allowed, options=CAMPAIGN)
    points = resumed.ask(2)
    assert optimizer.ask(2) == points
    assert resumed.predict(points) == optimizer.predict(points)


def test_a_bad_amendment_changes_nothing() -> None:
    optimizer = told_in_part(later=False)
    optimizer.tell([optimizer.ask(1)[0]], [{"mishap": "laser stopped"}])
    before = json.dumps(optimizer.state())
    for index, values in ((13, {LIFE.name: 1.0}), (12, {LIFE.name: 1.0}), (0, {"colour": 1.0}), (0, {LIFE.name: -1})):
        with pytest.raises(InputError):
            optimizer.amend(index, values)
    assert json.dumps(optimizer.state()) == before


def test_a_bad_tell_takes_nothing() -> None:
    optimizer = Optimizer(SMALL_SPACE, [RESISTANCE], seed=1)
    points = optimizer.ask(2)
    with pytest.raises(InputError, match=r"results\[1\]"):
        optimizer.tell(points, [{RESISTANCE.name: (5.0, 0.1 * 5.0)}, {RESISTANCE.name: (-5.0, 0.1)}])
    assert optimizer.told == []
    assert optimizer.pending == points


def test_the_incumbent_is_a_success_and_believes_no_single_lucky_value() -> None:
    optimizer = Optimizer(SMALL_SPACE, [RESISTANCE], seed=1)
    assert optimizer.incumbent() is None
    [point] = optimizer.ask(1)
    optimizer.tell([point], [{"failed": "laser_fault"}])
    assert optimizer.incumbent() is None
    here, there = {**REFERENCE, "substrate_c": 560.0}, {**REFERENCE, "substrate_c": 640.0}
    optimizer.tell([here] * 5, [{RESISTANCE.name: told(value)} for value in (18.0, 22.0, 20.0, 19.0, 21.0)])
    # the same recipe five times around 60, and once by luck or mistake at 19
    optimizer.tell([there] * 6, [{RESISTANCE.name: told(value)} for value in (60.0, 66.0, 58.0, 19.5, 62.0, 57.0)])
    index = optimizer.incumbent()
    assert index is not None
    assert optimizer.told[index][0]["substrate_c"] == 560.0


def test_a_mishap_teaches_nothing_and_its_point_may_be_asked_again() -> None:
    one, other = (Optimizer(SMALL_SPACE, [RESISTANCE], seed=3) for _ in range(2))
    for optimizer in (one, other):
        carried_on(optimizer, 12)
    [point] = one.ask(1)
    one.tell([point], [{"mishap": "laser_fault"}])
    assert one.pending == []
    assert one.left_out == [12]
    assert one.predict([REFERENCE]) == other.predict([REFERENCE])
    assert one.explain(point) == other.explain(point)
    assert one.ask(1, among=[point]) == [point]


def test_the_second_mishap_of_a_point_is_its_failure() -> None:
    optimizer = Optimizer(SMALL_SPACE, [RESISTANCE], seed=3)
    carried_on(optimizer, 8)
    point = {**REFERENCE, "substrate_c": 531.0}
    optimizer.tell([point], [{"mishap": "laser_fault"}])
    optimizer.tell([{**REFERENCE, "substrate_c": 600.0}], [{"mishap": "laser_fault"}])
    assert [result for _, result in optimizer.told[8:]] == [{"mishap": "laser_fault"}] * 2
    optimizer.tell([point], [{"mishap": "laser_fault"}])
    assert optimizer.told[-1][1] == {"failed": "2 mishaps, the last: laser_fault"}
    with pytest.raises(FailedError, match="no candidate is left"):
        optimizer.ask(1, among=[point])


def test_mishaps_survive_a_resume() -> None:
    optimizer = Optimizer(SMALL_SPACE, [RESISTANCE], seed=3)
    carried_on(optimizer, 6)
    points = optimizer.ask(1)
    optimizer.tell(points, [{"mishap": "dropped"}])
    resumed = Optimizer.from_state(json.loads(json.dumps(optimizer.state())), SMALL_SPACE, [RESISTANCE])
    assert resumed.told == optimizer.told
    assert resumed.ask(1) == optimizer.ask(1)


def test_prediction_needs_two_values() -> None:
    optimizer = Optimizer(SMALL_SPACE, [RESISTANCE], seed=1)
    with pytest.raises(FailedError, match="2 values"):
        optimizer.predict([REFERENCE])
    carried_on(optimizer, 9)
    [row] = optimizer.predict([{**REFERENCE, "substrate_c": 580.0, "li_excess": 0.5}])
    found = row[RESISTANCE.name]
    assert 0.0 < found.low < found.value < found.high
    assert 0.3 < found.value < 60.0


def test_a_recipe_outside_what_the_space_fixes_does_not_mislead() -> None:
    plain, told_more = (Optimizer(SMALL_SPACE, [RESISTANCE], seed=1, budget=10) for _ in range(2))
    for optimizer in (plain, told_more):
        carried_on(optimizer, 6)
    before = told_more.predict([REFERENCE])
    told_more.tell([{**REFERENCE, "distance_mm": 70.0}], [{RESISTANCE.name: (1e4, 1e3)}])
    assert told_more.predict([REFERENCE]) == before


def test_scores_steer_mildly_and_only_the_shortlist_is_scored() -> None:
    seen: list[int] = []

    def scores(recipes: list[dict[str, Any]]) -> list[float]:
        seen.append(len(recipes))
        return [1.0 if recipe["substrate_c"] > 500 else 0.05 for recipe in recipes]

    optimizer = Optimizer(SMALL_SPACE, [RESISTANCE], seed=1, budget=10, scores=scores)
    carried_on(optimizer, 8)
    assert seen
    assert max(seen) <= 24


def test_a_composition_prior_is_one_more_input() -> None:
    asked_for: list[dict[str, float]] = []

    def prior(compositions: list[dict[str, float]]) -> list[float]:
        asked_for.extend(compositions)
        return [-4.0 - c["Al"] for c in compositions]

    optimizer = Optimizer(FULL_SPACE.with_prior(prior), [RESISTANCE], seed=1, budget=10)
    carried_on(optimizer, 6)
    assert set(asked_for[0]) == {"Al", "Ga", "La", "Ta", "Zr"}


def test_a_check_that_refuses_all_is_an_error_and_not_a_hang() -> None:
    optimizer = Optimizer(SMALL_SPACE, [RESISTANCE], seed=1, check=lambda recipe: ["no"])
    with pytest.raises(FailedError, match="refused"):
        optimizer.ask(1)


def test_wrong_use_is_refused() -> None:
    with pytest.raises(InputError, match="strategy"):
        Optimizer(SMALL_SPACE, [RESISTANCE], seed=1, strategy="magic")
    with pytest.raises(InputError, match="weight"):
        Optimizer(SMALL_SPACE, [Objective("uniformity", "maximise", weight=0.0)], seed=1)
    state = Optimizer(SMALL_SPACE, [RESISTANCE], seed=1).state()
    with pytest.raises(InputError, match="columns"):
        Optimizer.from_state(state, FULL_SPACE, [RESISTANCE])
    with pytest.raises(InputError, match="version"):
        Optimizer.from_state({**state, "version": 99}, SMALL_SPACE, [RESISTANCE])
