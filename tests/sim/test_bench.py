"""The lock-step twin: what it obeys, what it shows, what it knows, and that it agrees with the direct chain."""

import math

import pytest
from adatom.protocol import channels as ch
from adatom.protocol.errors import FailedError, InputError
from adatom.protocol.recipe import Recipe, recipe_from_dict, replaced
from adatom.sim.bench import TwinBench
from adatom.sim.direct import REFERENCE_RECIPE, estimated_conditions, run_direct, truth
from adatom.sim.world import World

from .runs import ENVELOPE, run

REFERENCE: Recipe = recipe_from_dict(REFERENCE_RECIPE)
SHORT: Recipe = replaced(REFERENCE, pulses=1200)
TREATED: Recipe = replaced(
    REFERENCE, pulses=1200, anneal_c=420.0, anneal_min=30.0, interlayer="Al2O3", interlayer_nm=6.0
)
MEASURED = (ch.HEATER_C, ch.GUARD_C, ch.PRESSURE_PA, ch.VACUUM_LGPA, ch.FLOW_SCCM, ch.ENERGY_MJ, ch.PULSES,
            ch.WATER_LPM, ch.DOOR, ch.REFLECTANCE)  # fmt: skip


def twin(key: str = "t/0001/1", seed: int = 3) -> TwinBench:
    bench = TwinBench(ENVELOPE, World(seed), key)
    bench.load(REFERENCE)
    return bench


def shooting(**changes: int) -> list[int]:
    """Outputs that ask for 10 pulses at 10 Hz on target 1, with changes by the names of protocol.channels."""
    asked = {"energy_mj": 12500, "burst_pulses": 10, "burst_id": 1, "rate_mhz": 10000, "slot": 1, "beam": 1,
             "gate": 1, "shutter": 1, **changes}  # fmt: skip
    return [asked.get(name, 0) for name, _ in ch.OUTPUTS]


def ticks(bench: TwinBench, outputs: list[int], count: int) -> None:
    for _ in range(count):
        bench.step(outputs, 0.1)


def arrived(bench: TwinBench) -> TwinBench:
    """The bench with target 1 in the beam."""
    ticks(bench, shooting(burst_pulses=0, burst_id=0), 10)
    return bench


def test_only_measured_columns_are_filled_and_the_list_is_one_for_ever() -> None:
    bench = twin()
    first = bench.readings
    assert bench.step([0] * ch.OUT_COUNT, 0.1) is first
    assert [index for index in range(ch.COUNT) if first[index] is not None] == sorted(MEASURED)
    assert first[ch.HEATER_C] == pytest.approx(2500, abs=50)
    assert first[ch.VACUUM_LGPA] == pytest.approx(5000, abs=50)  # vented


def test_same_key_same_readings_other_key_others() -> None:
    def record(key: str) -> list[list[int | None]]:
        bench = twin(key)
        return [list(bench.step(shooting(), 0.1)) for _ in range(100)]

    assert record("t/0001/1") == record("t/0001/1")
    assert record("t/0001/1") != record("t/0001/2")


def test_a_burst_is_fired_once_at_its_rate() -> None:
    bench = arrived(twin())
    ticks(bench, shooting(), 5)
    assert bench.pulses == 5
    ticks(bench, shooting(), 50)
    assert bench.pulses == 10
    ticks(bench, shooting(burst_id=2, burst_pulses=3, rate_mhz=20000), 2)
    assert bench.pulses == 13
    assert bench.history.film_pulses == {1: 13}


def test_a_closed_gate_ends_the_burst() -> None:
    bench = arrived(twin())
    ticks(bench, shooting(), 4)
    ticks(bench, shooting(gate=0), 10)
    ticks(bench, shooting(), 10)
    assert bench.pulses == 4


def test_a_burst_asked_for_behind_a_closed_gate_is_lost() -> None:
    bench = arrived(twin())
    ticks(bench, shooting(gate=0), 1)
    ticks(bench, shooting(), 20)
    assert bench.pulses == 0


def test_blocked_beam_shows_at_the_meter_not_in_the_count() -> None:
    bench = arrived(twin())
    ticks(bench, shooting(beam=0), 20)
    assert bench.pulses == 10
    assert bench.readings[ch.ENERGY_MJ] == 0
    assert bench.history.pulses == 0


def test_shutter_and_moving_carousel_keep_material_off_the_substrate() -> None:
    bench = arrived(twin())
    ticks(bench, shooting(shutter=0), 20)
    assert bench.pulses == 10
    ticks(bench, shooting(burst_id=2, slot=2), 20)
    assert bench.pulses == 20
    assert bench.history.film_pulses == {2: 5}  # 0.45 s under way


def test_power_needs_the_contactor() -> None:
    bench = twin()
    outputs = [0] * ch.OUT_COUNT
    outputs[ch.OUT_HEATER_W] = 20000
    ticks(bench, outputs, 100)
    assert bench.heater.block_k == pytest.approx(298.15, abs=0.1)
    outputs[ch.OUT_CONTACTOR] = 1
    ticks(bench, outputs, 100)
    assert bench.heater.block_k > 310.0


def test_energy_reading_follows_the_set_point_within_the_laser_offset() -> None:
    bench = arrived(twin())
    ticks(bench, shooting(burst_pulses=200), 200)
    assert bench.readings[ch.ENERGY_MJ] == pytest.approx(12500, rel=0.08)


def test_exposure_vents_cools_and_takes_its_minutes() -> None:
    bench = twin()
    ticks(bench, shooting(valve_pct=10000, heater_w=20000, contactor=1, gate=0), 1000)
    minutes = bench.confirm("expose")
    assert minutes == pytest.approx(20.0, rel=0.5)
    assert bench.vacuum.pressure_pa == 101325.0
    assert bench.heater.block_k == 298.15
    assert bench.confirm("assemble") > 0.0


def test_misuse_is_refused_with_the_reason() -> None:
    bench = TwinBench(ENVELOPE, World(1), "t/0001/1")
    with pytest.raises(InputError, match=r"load\(recipe\)"):
        bench.confirm("expose")
    bench.load(REFERENCE)
    with pytest.raises(InputError, match="not an operator's step"):
        bench.confirm("dance")
    with pytest.raises(InputError, match="not assembled"):
        bench.measure("eis")
    with pytest.raises(FailedError, match="no film"):
        bench.conditions()
    with pytest.raises(InputError, match="no physics for Fe"):
        bench.load(replaced(REFERENCE, cations=(("Fe", 0.2), ("La", 3.0), ("Zr", 2.0))))


def test_run_agrees_with_the_direct_chain() -> None:
    # re-assembled cells repeat to a log sd of 0.2: the two chains must agree within that
    for recipe in (REFERENCE, TREATED):
        world = World(5)
        ended = run(recipe, TwinBench(ENVELOPE, world, "agree/0002/1"))
        direct = run_direct(recipe, ENVELOPE, world, "agree/0002/1")
        estimated = estimated_conditions(recipe, ENVELOPE, world, world.variation("agree/0002/1"))
        seen = ended.twin.conditions()
        assert ended.outcome == "complete"
        assert seen.pulses == estimated.pulses
        assert seen.substrate_c == pytest.approx(estimated.substrate_c, abs=1.0)
        assert seen.fluence_j_cm2 == pytest.approx(estimated.fluence_j_cm2, rel=0.01)
        assert seen.o2_pa == pytest.approx(estimated.o2_pa, rel=0.02)
        assert seen.deposition_s == pytest.approx(estimated.deposition_s, rel=0.02)
        assert seen.interlayer_nm == pytest.approx(estimated.interlayer_nm, rel=0.02)
        for element, atoms in estimated.atoms_arriving.items():
            assert seen.atoms_arriving[element] == pytest.approx(atoms, rel=0.01)
        ratio = ended.twin.truth()["r_interface_ohm_cm2"] / direct.truth["r_interface_ohm_cm2"]
        assert abs(math.log(ratio)) < world.values["assembly_sd"]


def test_plateau_of_the_anneal_is_found_again() -> None:
    ended = run(TREATED, TwinBench(ENVELOPE, World(5), "agree/0002/1"))
    seen = ended.twin.conditions()
    world = World(5)
    estimated = estimated_conditions(TREATED, ENVELOPE, world, world.variation("agree/0002/1"))
    assert seen.anneal_c == pytest.approx(estimated.anneal_c, abs=1.0)
    assert seen.anneal_s == pytest.approx(estimated.anneal_s, rel=0.02)
    assert 1900.0 < seen.anneal_s < 2400.0  # ramps and soak add their share to the half hour asked for


def test_measurements_are_those_of_the_direct_chain_and_say_simulated() -> None:
    world = World(5)
    ended = run(SHORT, TwinBench(ENVELOPE, world, "agree/0002/1"))
    direct = run_direct(SHORT, ENVELOPE, world, "agree/0002/1")
    assert ended.twin.failure == direct.reason == ""
    (record,) = ended.twin.measure("eis")
    assert record.pop("duration_s") > 0.0
    assert set(record) == set(direct.measurements[0])
    assert record["meta"]["simulated"] == 1
    assert record["columns"]["z_re_ohm"] == pytest.approx(direct.measurements[0]["columns"]["z_re_ohm"], rel=0.05)
    assert {spectrum["technique"] for spectrum in ended.twin.measure("xps")} == {"xps"}
    with pytest.raises(InputError, match="cannot measure"):
        ended.twin.measure("raman")


def test_a_run_is_a_pure_function_of_recipe_world_and_key() -> None:
    first, second = (run(SHORT, TwinBench(ENVELOPE, World(2), "p/0003/1")) for _ in range(2))
    assert first.heater_cc == second.heater_cc
    assert first.twin.conditions() == second.twin.conditions()
    assert first.twin.truth() == second.twin.truth()


def test_hidden_biases_reach_the_film() -> None:
    worlds = [World(seed) for seed in (11, 12)]
    truths = [run(SHORT, TwinBench(ENVELOPE, world, "h/0000/1")).twin.conditions() for world in worlds]
    assert abs(truths[0].substrate_c - truths[1].substrate_c) > 1.0
    assert truths[0].fluence_j_cm2 != pytest.approx(truths[1].fluence_j_cm2, rel=0.005)
    assert truth(SHORT, ENVELOPE, worlds[0]) != truth(SHORT, ENVELOPE, worlds[1])
