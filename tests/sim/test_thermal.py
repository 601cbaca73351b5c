"""The thermal matrix in short: promised faults are found in time, sound benches are left alone (long: tests/soak)."""

import pytest
from adatom.sim import thermal
from adatom.sim.thermal_bench import FAULTS, PLANTS, HeatedBench
from adatom.sim.thermal_soak import soak


@pytest.fixture(scope="module")
def matrix() -> list[dict[str, object]]:
    return thermal.rows(1, ("-20 %", "+20 %"))


def test_every_cell_is_there_and_says_what_came_of_it(matrix: list[dict[str, object]]) -> None:
    assert len(matrix) == len(FAULTS) * len(thermal.PHASES) * 2
    for row in matrix:
        assert row["runs"] == 1
        assert row["n"] == row["found"] + row["missed"]  # type: ignore[operator]


@pytest.mark.parametrize("fault", thermal.PROMISED_S)
def test_a_promised_fault_is_found_in_time(matrix: list[dict[str, object]], fault: str) -> None:
    cells = [row for row in matrix if row["fault"] == fault]
    assert sum(int(str(row["n"])) for row in cells) >= 6  # three phases at least, in both plants
    assert [row for row in cells if row["missed"] or row["late"]] == []


def test_what_does_not_show_is_not_counted(matrix: list[dict[str, object]]) -> None:
    for row in matrix:
        if row["fault"] == "contactor welded" or (row["fault"] == "element open" and row["phase"] == "cool"):
            assert row["n"] == 0


def test_hours_of_ramps_and_soaks_with_noise_pass_without_a_trip() -> None:
    told = soak(1.5, seed=7)
    assert told.hours >= 1.5
    assert told.false_trips == []
    assert told.missed == []
    assert told.injected > 0


def test_the_same_seed_gives_the_same_moments() -> None:
    once, again = ([(phase, bench.readings[:2], bench.now_ms) for phase, bench in
                    thermal.moments(3, PLANTS["nominal"])] for _ in range(2))  # fmt: skip
    assert once == again
    assert [phase for phase, *_ in once] == list(thermal.PHASES)


def test_a_first_reading_three_sigma_off_does_not_trip() -> None:
    """Programme of soak(100.0, 17) that tripped after 3.2 s with `heater_no_heat`: the filter began 0.65 K too high."""
    bench = HeatedBench(1631154663, (1.0580407174585562, 0.8813917761348499, 1.0232045300565251), 3.0)
    bench.heat_to(301.1704640874836, 6.531262025199459)
    for _ in range(600):
        bench.step()
        assert bench.tripped == ()
    assert bench.heater.thermocouple_k > 273.15 + 26.0  # it heats
