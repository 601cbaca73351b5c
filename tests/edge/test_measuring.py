"""The measuring of a sample: techniques one after the other, against the simulated potentiostat at byte level."""

from typing import Any

import numpy as np
from adatom.edge.config import bench_from_dict
from adatom.edge.drivers.emstat import EmstatPico
from adatom.edge.measuring import DONE, FAILED, MEASURED, NOT_MEASURED, Measuring
from adatom.protocol.recipe import recipe_from_dict
from adatom.sim.instruments.emstat import Emstat
from adatom.sim.instruments.plant import Plant
from numpy.typing import NDArray

from tests.edge.drivers.wire import Wire
from tests.protocol.examples import RECIPE

CELL = {"area_cm2": 0.785, "symmetric": 1}
PROCESS: dict[str, float] = {"eis_low_hz": 100.0, "eis_points": 12}
TICK_MS = 100


def impedance(freq_hz: NDArray[np.float64]) -> NDArray[np.complex128]:
    """40 ohm in series with 500 ohm parallel to 1 uF."""
    return np.asarray(40.0 + 500.0 / (1.0 + 2j * np.pi * freq_hz * 500.0 * 1e-6), dtype=np.complex128)


def process(**changes: float) -> Any:
    texts = dict.fromkeys(("envelope", "broker", "key_file", "journal_dir"), "x")
    return bench_from_dict({"bench": "twin-1", **texts, "process": {**PROCESS, **changes}}).process


def recipe(*techniques: str) -> Any:
    return recipe_from_dict({**RECIPE, "measurements": list(techniques)})


def connected(plant: Plant | None = None) -> Wire:
    wire = Wire(EmstatPico(), Emstat(plant or Plant(cell=impedance)))
    wire.run(1000)
    return wire


def carry_out(measuring: Measuring, asked: Any, wire: Wire | None, limit_s: int = 600) -> list[tuple[str, Any, bytes]]:
    """Every outcome until the measuring ends."""
    outcomes: list[tuple[str, Any, bytes]] = []
    for _ in range(limit_s * 1000 // TICK_MS):
        if wire is not None:
            wire.run(TICK_MS)
        outcomes += measuring.step(asked, wire.now if wire is not None else 0)
        if outcomes and outcomes[-1][0] in (DONE, FAILED):
            return outcomes
    raise AssertionError(f"no end in {limit_s} s: {outcomes}")


def test_a_spectrum_is_taken_and_what_comes_from_elsewhere_is_told() -> None:
    wire = connected()
    outcomes = carry_out(Measuring(process(), wire.driver, CELL, True), recipe("thickness", "eis"), wire)
    assert [what for what, _, _ in outcomes] == [NOT_MEASURED, MEASURED, DONE]
    assert outcomes[0][1] == {"technique": "thickness", "why": "comes from another instrument"}
    measurement, raw = outcomes[1][1], outcomes[1][2]
    assert measurement["technique"] == "eis"
    assert len(measurement["columns"]["freq_hz"]) == 12
    assert measurement["meta"]["area_cm2"] == 0.785
    assert measurement["meta"]["simulated"] == 1
    assert raw.startswith(b"e\nM000D\n")
    assert not wire.twin.cell_on


def test_without_a_potentiostat_every_technique_is_told_and_the_run_goes_on() -> None:
    outcomes = carry_out(Measuring(process(), None, CELL, False), recipe("eis", "witness"), None)
    assert [(what, (value or {}).get("why")) for what, value, _ in outcomes] == [
        (NOT_MEASURED, "the bench has no potentiostat"),
        (NOT_MEASURED, "comes from another instrument"),
        (DONE, None),
    ]


def test_an_error_of_the_instrument_is_recorded_and_ends_the_measuring() -> None:
    wire = connected(Plant(cell=lambda freq_hz: np.full(len(freq_hz), 0.01 + 0j)))
    outcomes = carry_out(Measuring(process(), wire.driver, CELL, False), recipe("eis"), wire)
    assert [what for what, _, _ in outcomes] == [MEASURED, FAILED]
    assert "0032" in outcomes[0][1]["meta"]["error"]
    assert outcomes[1][1].startswith("potentiostat: !0032")
    wire.run(1000)
    assert not wire.twin.cell_on


def test_reset_begins_again_with_the_next_sample() -> None:
    wire = connected()
    measuring = Measuring(process(), wire.driver, CELL, True)
    for _ in range(2):
        assert [what for what, _, _ in carry_out(measuring, recipe("eis"), wire)] == [MEASURED, DONE]
        measuring.reset()
