"""The table of faults, how they are injected, and that the world's own failures end a run."""

import pytest
from adatom.cloud.campaign.file import load_campaign
from adatom.cloud.campaign.runner import told_of_failure
from adatom.protocol import channels as ch
from adatom.protocol.errors import InputError
from adatom.protocol.recipe import Recipe, recipe_from_dict, replaced
from adatom.sim.bench import FAULT_OF, TwinBench
from adatom.sim.benchmark import CAMPAIGNS
from adatom.sim.benchmark import DEMO as DEMO_FOLDER
from adatom.sim.direct import REFERENCE_RECIPE
from adatom.sim.faults import BY_NAME, FAULTS, Injection, Injector
from adatom.sim.physics.failures import process_failure
from adatom.sim.world import World, generator

from .runs import ENVELOPE, run

RECIPE: Recipe = replaced(recipe_from_dict(REFERENCE_RECIPE), pulses=600)
DEMO = load_campaign(DEMO_FOLDER / CAMPAIGNS["standard"])
WORDS = {"off", "stuck", "garbage", "wrong", "slow", "delayed", "intermittent"}


def heating() -> list[int]:
    asked = {"heater_w": 10000, "contactor": 1, "valve_pct": 2000, "flow_sccm": 2000}
    return [asked.get(name, 0) for name, _ in ch.OUTPUTS]


def readings_with(*injections: Injection, ticks: int = 50) -> list[list[int | None]]:
    bench = TwinBench(ENVELOPE, World(1), "f/0001/1", injections)
    return [list(bench.step(heating(), 0.1)) for _ in range(ticks)]


def test_every_row_is_one_fault_in_one_place_with_a_known_word() -> None:
    assert len(BY_NAME) == len(FAULTS)
    for fault in FAULTS:
        places = [fault.channel >= 0, fault.output >= 0, fault.plant is not None]
        assert sum(places) == 1, fault.name
        assert (fault.change is None) == (fault.plant is not None or fault.drift != 0), fault.name
        assert fault.word in WORDS, fault.name
        assert fault.text, fault.name


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_fault_can_strike_a_bench_at_any_time(name: str) -> None:
    bench = TwinBench(ENVELOPE, World(1), "f/0001/1", [Injection(name, from_s=1.0)])
    for _ in range(30):
        bench.step(heating(), 0.1)
    assert bench._faults is not None
    assert bench._faults.active == [name]


def test_unknown_fault_is_refused() -> None:
    with pytest.raises(InputError, match="'gremlin' is not one of"):
        Injector([Injection("gremlin")])


def test_frozen_reading_stands_still_and_others_go_on() -> None:
    rows = readings_with(Injection("thermocouple_frozen", from_s=2.0))
    assert len({row[ch.HEATER_C] for row in rows[25:]}) == 1
    assert len({row[ch.HEATER_C] for row in rows[:19]}) > 1
    assert len({row[ch.GUARD_C] for row in rows[25:]}) > 1


def test_lost_reading_is_none_and_comes_back() -> None:
    rows = readings_with(Injection("gauge_lost", from_s=0.95, until_s=1.95))
    missing = [row[ch.PRESSURE_PA] is None for row in rows]
    assert missing.index(True) == 10
    assert sum(missing) == 10
    assert not missing[-1]


def test_actuator_faults_leave_the_agents_outputs_alone() -> None:
    bench = TwinBench(ENVELOPE, World(1), "f/0001/1", [Injection("relay_stuck")])
    outputs = heating()
    before = list(outputs)
    for _ in range(300):
        bench.step(outputs, 0.1)
    assert outputs == before
    assert bench.heater.element_w == pytest.approx(250.0, rel=0.01)


def test_plant_fault_changes_the_plant() -> None:
    healthy, leaking = (readings_with(*faults, ticks=1500) for faults in ((), (Injection("leak"),)))
    last = [rows[-1][ch.PRESSURE_PA] for rows in (healthy, leaking)]
    assert last[0] is not None
    assert last[1] is not None
    assert last[1] > 2 * last[0]


def test_same_seed_same_garbage() -> None:
    garbage = Injection("thermocouple_garbage")
    assert readings_with(garbage) == readings_with(garbage)


def key_with(reason: str, world: World) -> str:
    """A run key for which the world draws this failure."""
    for trial in range(2000):
        key = f"fail/{trial:04d}/1"
        if process_failure(generator(world.seed, key, "process"), world.values) == reason:
            return key
    raise AssertionError(f"no {reason} in 2000 runs")


@pytest.mark.parametrize("reason", sorted(FAULT_OF))
def test_failure_of_the_worlds_draw_is_found_by_the_agent(reason: str) -> None:
    world = World(1)
    ended = run(RECIPE, TwinBench(ENVELOPE, world, key_with(reason, world)))
    assert ended.outcome == "failed"
    assert told_of_failure(ended.reason, DEMO.mishaps) == {"mishap": ended.reason}
    assert told_of_failure(reason, DEMO.mishaps) == {"mishap": reason}


def test_healthy_run_has_no_injector() -> None:
    bench = TwinBench(ENVELOPE, World(1), "fail/0000/1")
    bench.load(RECIPE)
    assert bench._faults is None
