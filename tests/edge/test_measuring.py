"""The measuring of a sample: techniques one after the other, against the simulated potentiostat at byte level."""

from typing import Any

import numpy as np
import pytest
from adatom.cloud.measure.reduce import reduce
from adatom.edge.config import bench_from_dict
from adatom.edge.drivers.emstat import Emstat4, EmstatPico
from adatom.edge.measuring import AWAITED, DONE, FAILED, MEASURED, NOT_MEASURED, Measuring
from adatom.protocol.recipe import recipe_from_dict
from adatom.sim.instruments.emstat import Emstat
from adatom.sim.instruments.emstat4 import Emstat4 as Emstat4Twin
from adatom.sim.instruments.loopback import run_until
from adatom.sim.instruments.plant import Plant
from adatom.sim.physics.chain import make_sample, measure
from adatom.sim.physics.constants import NOMINAL
from adatom.sim.physics.held import HeldCell
from adatom.sim.physics.life import median_cycles
from numpy.typing import NDArray

from tests.protocol.examples import RECIPE
from tests.sim.physics.samples import CLEANED

CELL = {"area_cm2": 0.785, "symmetric": 1}
PROCESS: dict[str, float] = {"eis_low_hz": 100.0, "eis_points": 12, "cycling_half_s": 90.0, "cycling_cycles": 4}
SAMPLE = make_sample(CLEANED, NOMINAL)
Outcomes = list[tuple[str, Any, bytes]]


def impedance(freq_hz: NDArray[np.float64]) -> NDArray[np.complex128]:
    """40 ohm in series with 500 ohm parallel to 1 uF."""
    return np.asarray(40.0 + 500.0 / (1.0 + 2j * np.pi * freq_hz * 500.0 * 1e-6), dtype=np.complex128)


def process(**changes: float) -> Any:
    texts = dict.fromkeys(("envelope", "broker", "key_file", "journal_dir"), "x")
    return bench_from_dict({"bench": "twin-1", **texts, "process": {**PROCESS, **changes}}).process


def recipe(*techniques: str) -> Any:
    return recipe_from_dict({**RECIPE, "measurements": list(techniques)})


def held(seed: int = 1) -> HeldCell:
    return HeldCell(SAMPLE.cell, np.random.default_rng(seed), np.random.default_rng(seed), NOMINAL)


class Lab:
    """A potentiostat with its driver, and the measuring that uses it; the clock jumps."""

    def __init__(self, galvanostat: bool = True, cell: HeldCell | None = None, **changes: float) -> None:
        self.cell = cell or held()
        plant = Plant(cell=impedance, cell_dc=self.cell.voltage_v)
        self.driver: Any = Emstat4() if galvanostat else EmstatPico()
        self.twin: Any = Emstat4Twin(plant) if galvanostat else Emstat(plant)
        self.measuring = Measuring(process(**changes), self.driver, CELL, True)
        self.now = 0

    def carry_out(self, *techniques: str) -> Outcomes:
        """Every outcome until the measuring ends."""
        outcomes: Outcomes = []
        while not outcomes or outcomes[-1][0] not in (DONE, FAILED):
            outcomes += self.measuring.step(recipe(*techniques), self.now)
            self.now = run_until(self.driver, self.twin, self.now, self._due)
        return outcomes

    def _due(self) -> bool:
        return self.driver.done is not None or (self.driver.ready and not self.measuring.running)


def named(outcomes: Outcomes, technique: str) -> list[dict[str, Any]]:
    return [value for what, value, _ in outcomes if what == MEASURED and value["technique"] == technique]


def test_a_spectrum_is_taken_and_what_comes_from_elsewhere_is_told() -> None:
    lab = Lab(galvanostat=False)
    outcomes = lab.carry_out("thickness", "eis")
    assert [what for what, _, _ in outcomes] == [NOT_MEASURED, MEASURED, DONE]
    assert outcomes[0][1] == {"technique": "thickness", "why": "comes from another instrument"}
    measurement, raw = outcomes[1][1], outcomes[1][2]
    assert measurement["technique"] == "eis"
    assert len(measurement["columns"]["freq_hz"]) == 12
    assert measurement["meta"]["area_cm2"] == 0.785
    assert measurement["meta"]["simulated"] == 1
    assert measurement["meta"]["instrument"] == "espico1600"
    assert raw.startswith(b"e\nM000D\n")
    assert not lab.twin.cell_on


def test_without_a_potentiostat_every_technique_is_told_and_the_run_goes_on() -> None:
    outcomes = Measuring(process(), None, CELL, False).step(recipe("eis", "witness"), 0)
    assert [(what, (value or {}).get("why")) for what, value, _ in outcomes] == [
        (NOT_MEASURED, "the bench has no potentiostat"),
        (NOT_MEASURED, "comes from another instrument"),
        (DONE, None),
    ]


def test_a_pico_holds_no_current_and_says_so() -> None:
    outcomes = Lab(galvanostat=False).carry_out("ccd", "eis", "cycling")
    assert [(what, (value or {}).get("technique")) for what, value, _ in outcomes] == [
        (NOT_MEASURED, "ccd"), (NOT_MEASURED, "cycling"), (MEASURED, "eis"), (DONE, None),
    ]  # fmt: skip
    assert "an EmStat4 does" in outcomes[0][1]["why"]


def test_an_error_of_the_instrument_is_recorded_and_ends_the_measuring() -> None:
    lab = Lab(galvanostat=False)
    lab.twin.potentiostat.plant.cell = lambda freq_hz: np.full(len(freq_hz), 0.01 + 0j)
    outcomes = lab.carry_out("eis")
    assert [what for what, _, _ in outcomes] == [MEASURED, FAILED]
    assert "0032" in outcomes[0][1]["meta"]["error"]
    assert outcomes[1][1].startswith("potentiostat: !0032")
    assert not lab.twin.cell_on


def test_files_are_waited_for_after_what_the_potentiostat_does() -> None:
    lab = Lab(galvanostat=False)
    lab.measuring.files = ("xps",)
    outcomes: Outcomes = []
    for _ in range(4):
        outcomes += lab.measuring.step(recipe("xps", "eis"), lab.now)
        lab.now = run_until(lab.driver, lab.twin, lab.now + 1000, lab._due)
    assert [what for what, _, _ in outcomes] == [AWAITED, MEASURED]
    assert outcomes[0][1] == {"technique": "xps"}
    assert lab.measuring.step(recipe("xps", "eis"), lab.now) == []
    assert lab.measuring.missing_files == ["xps"]
    lab.measuring.arrived("xps")
    assert lab.measuring.step(recipe("xps", "eis"), lab.now) == [(DONE, None, b"")]


def test_a_file_may_come_before_it_is_asked_for_but_not_for_the_next_sample() -> None:
    measuring = Measuring(process(), None, CELL, False, ("xps",))
    measuring.arrived("xps")
    assert measuring.step(recipe("xps"), 0)[-1][0] == DONE
    measuring.reset()
    assert [what for what, _, _ in measuring.step(recipe("xps"), 0)] == [AWAITED]


def test_without_a_folder_nobody_waits_for_files() -> None:
    outcomes = Measuring(process(), None, CELL, False).step(recipe("xps"), 0)
    assert [what for what, _, _ in outcomes] == [NOT_MEASURED, DONE]


def test_reset_begins_again_with_the_next_sample() -> None:
    lab = Lab(galvanostat=False)
    for _ in range(2):
        assert [what for what, _, _ in lab.carry_out("eis")] == [MEASURED, DONE]
        lab.measuring.reset()


def test_cycling_gives_a_trace_a_cycle_and_a_summary_that_the_cloud_reduces() -> None:
    lab = Lab()
    outcomes = lab.carry_out("cycling")
    assert [value["technique"] for _, value, _ in outcomes[:-1]] == ["ocp", *["chronopotentiometry"] * 4, "cycling"]
    trace, raw = outcomes[1][1], outcomes[1][2]
    time_s, current_a = np.array(trace["columns"]["time_s"]), np.array(trace["columns"]["current_a"])
    assert (np.diff(time_s) > 0).all()
    assert time_s[-1] == pytest.approx(180.0)
    assert current_a[time_s <= 90.0] == pytest.approx(78.5e-6, rel=1e-3)
    assert current_a[time_s > 90.0] == pytest.approx(-78.5e-6, rel=1e-3)
    assert raw.count(b"M000A") == 4  # 90 s are two scripts: none may hold a current for longer than 60 s
    assert trace["meta"] | {"of": "cycling", "cycle": 1, "simulated": 1} == trace["meta"]
    (summary,) = named(outcomes, "cycling")
    expected = measure(SAMPLE, "cycling", np.random.default_rng(1), NOMINAL)[0]["columns"]["voltage_mv"][:4]
    assert summary["columns"]["cycle"] == [1, 2, 3, 4]
    assert summary["columns"]["voltage_mv"] == pytest.approx(expected, rel=0.02)
    assert summary["meta"]["ended"] == "survived"
    (quantity,) = reduce(summary)
    assert (quantity.name, quantity.value, quantity.quality) == ("cycles_to_failure", 4.0, "censored")
    assert [reduce(value) for _, value, _ in outcomes[:-2]] == [[]] * 5
    assert not lab.twin.cell_on


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_ramp_finds_the_critical_current_of_the_cell(seed: int) -> None:
    lab = Lab(cell=held(seed))
    outcomes = lab.carry_out("ccd")
    (summary,) = named(outcomes, "ccd")
    assert summary["meta"]["ended"] == "short"
    (quantity,) = reduce(summary)
    assert quantity.value is not None
    assert quantity.value <= lab.cell.critical_ma_cm2 < 1.15 * 1.001 * quantity.value
    expected = measure(SAMPLE, "ccd", np.random.default_rng(seed), NOMINAL)[0]
    assert quantity.value == pytest.approx(reduce(expected)[0].value)


def test_a_short_shows_as_the_drop_and_ends_the_cycling() -> None:
    lab = Lab(cycling_cycles=8)
    lab.cell.wear = 2.5 * cycle_share(lab.cell)
    outcomes = lab.carry_out("cycling", "ccd")
    (summary,) = named(outcomes, "cycling")
    assert summary["meta"]["ended"] == "short"
    assert summary["columns"]["cycle"] == [1, 2, 3, 4]  # the short is in the third, the fourth makes sure
    assert reduce(summary)[0].value == 3.0
    assert outcomes[-2][:2] == (NOT_MEASURED, {"technique": "ccd", "why": "the cell is shorted"})


def cycle_share(cell: HeldCell) -> float:
    """The share of its median life that a cycle at 0.1 mA/cm2 takes."""
    return 1.0 / median_cycles(cell.median_ccd_ma_cm2, 0.1, cell.k)


def test_polarisation_at_the_limit_ends_the_test_within_the_script() -> None:
    lab = Lab(limit_mv=10.0, cycling_ma_cm2=1.0)
    lab.cell.critical_ma_cm2 = 9.0
    outcomes = lab.carry_out("cycling")
    (summary,) = named(outcomes, "cycling")
    assert summary["meta"]["ended"] == "voltage_limit"
    assert summary["columns"]["cycle"] == [1]
    assert summary["columns"]["voltage_mv"][0] > 10.0
    (trace,) = named(outcomes, "chronopotentiometry")
    assert len(trace["columns"]["time_s"]) == 1  # the script ended itself at its first point
    assert outcomes[-1][0] == DONE
    assert not lab.twin.cell_on


def test_open_leads_reach_the_limit_at_once() -> None:
    lab = Lab()
    lab.twin.potentiostat.plant.cell_dc = None
    outcomes = lab.carry_out("ccd")
    assert named(outcomes, "ccd")[0]["meta"]["ended"] == "voltage_limit"
    assert not lab.twin.cell_on


def test_an_error_in_the_middle_of_a_test_keeps_what_was_measured() -> None:
    lab = Lab()
    outcomes = lab.measuring.step(recipe("cycling"), 0)
    while len(outcomes) < 3:
        lab.now = run_until(lab.driver, lab.twin, lab.now, lab._due)
        outcomes += lab.measuring.step(recipe("cycling"), lab.now)
    lab.twin.potentiostat.fail_with = 0x0032
    outcomes += lab.carry_out("cycling")
    assert outcomes[-1][0] == FAILED
    assert "0032" in outcomes[-1][1]
    assert named(outcomes, "cycling") == []
    assert len(named(outcomes, "chronopotentiometry")) >= 2
    assert not lab.twin.cell_on
