"""Instrument x fault: no blank cell, the judgement of a scenario and the truth behind it, output and exit code."""

import json
from typing import Any

import pytest
from adatom.edge.fault_table import INSTRUMENTS, KINDS, UNSUPPORTED, meaning
from adatom.protocol.errors import FailedError, InputError
from adatom.protocol.recipe import recipe_from_dict
from adatom.sim import matrix_cli
from adatom.sim.direct import REFERENCE_RECIPE
from adatom.sim.matrix import (
    BLIND,
    FAILED,
    HOT_MOMENTS,
    MOMENTS_OF,
    NOT_SAFE,
    TOLERATED,
    TRIPPED,
    UNSEEN,
    Cell,
    Ending,
    cell_of,
    matrix,
    not_safe,
    scenario,
)
from adatom.sim.moments import MOMENTS, ONE_TARGET
from adatom.sim.snapshot import Snapshot
from adatom.sim.truth import TOLERANCES, Truth
from adatom.sim.virtual import VirtualRig

from tests.sim.test_virtual import QUICK, cold_envelope

PAIRS = [(name, role, kind) for name, role in INSTRUMENTS for kind in KINDS]


@pytest.fixture(scope="module")
def firing() -> Snapshot:
    """A cold bench in a train of pulses, cheap to get to; what it lacks is heat."""
    rig = VirtualRig(bench={"process": QUICK}, envelope=cold_envelope())
    rig.run(5000)
    assert rig.start(recipe_from_dict(REFERENCE_RECIPE | ONE_TARGET | {"substrate_c": 40.0})) == []
    assert rig.until(lambda r: r.twin.pulses >= 30, 600), rig.agent.state
    return Snapshot(rig)


class OneBench:
    """The same bench whatever is asked for."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def at(self, moment: str, instrument: str, role: str) -> Snapshot:
        return self.snapshot


@pytest.mark.parametrize(("instrument", "role", "kind"), PAIRS)
def test_no_cell_is_blank(instrument: str, role: str, kind: str) -> None:
    where, text = meaning(instrument, kind)
    assert text
    moments = MOMENTS_OF.get(role, HOT_MOMENTS)
    assert moments
    assert set(moments) <= set(MOMENTS)
    nothing: Any = None
    if where == UNSUPPORTED:
        row = cell_of(instrument, role, kind, range(1), nothing).row()
        assert (row["outcome"], row["n"], row["does"]) == (UNSUPPORTED, 0, text)


@pytest.mark.parametrize(
    ("role", "kind", "outcome", "names"),
    [
        ("heater", "off", TRIPPED, ("heater_stale", "not seen to be safe: heater")),
        ("heater", "wrong_unit", TRIPPED, ("heater_rate", "thermocouples_disagree", "heater_stuck_on")),
        ("io", "off", TRIPPED, None),
        ("laser", "wrong", TRIPPED, ("energy_low",)),
        ("gauge", "stuck", TRIPPED, ("pressure_frozen",)),
        ("gauge", "wrong", TRIPPED, ("gauges_disagree", "pressure_off_plan")),
        ("attenuator", "wrong", TRIPPED, None),
        ("carousel", "slow", TOLERATED, None),
    ],
)
def test_a_broken_instrument_ends_as_it_must(
    firing: Snapshot, role: str, kind: str, outcome: str, names: tuple[str, ...] | None
) -> None:
    ending = scenario(firing, "depositing", role, kind, 1)
    assert ending.outcome == outcome, ending
    if outcome == TRIPPED:
        assert ending.found_ms is not None
        assert ending.safe_ms is not None
        assert 0 <= ending.safe_ms - ending.found_ms <= 1000
    if names:
        assert ending.name in names


def test_a_scenario_is_a_pure_function_of_its_seed(firing: Snapshot) -> None:
    assert scenario(firing, "depositing", "heater", "garbage", 3) == scenario(
        firing, "depositing", "heater", "garbage", 3
    )


def test_a_bench_that_does_not_watch_is_not_safe(firing: Snapshot) -> None:
    """The judgement itself: with the interlock and the failures of firing out of order, a wrong laser goes on."""
    rig = firing.rig()
    rig.agent.interlock.check = lambda *_: False
    blind = Snapshot.__new__(Snapshot)
    blind.rig = lambda: rig  # type: ignore[method-assign]
    ending = scenario(blind, "depositing", "gauge", "wrong", 1)
    assert ending.outcome == NOT_SAFE
    assert "film_pressure_pct" in ending.off


def test_what_no_sensor_shows_is_called_so(firing: Snapshot) -> None:
    ending = scenario(firing, "depositing", "carousel", "wrong", 1)
    assert ending.outcome == UNSEEN
    assert ("carousel", "wrong") in BLIND


def test_the_truth_needs_more_than_a_moment(firing: Snapshot) -> None:
    rig = firing.rig()
    truth = Truth(rig)
    rig.twin.vacuum.pressure_pa *= 2.0
    rig.run(300, truth.step)
    assert truth.worst["film_pressure_pct"] > TOLERANCES["film_pressure_pct"][0]
    assert truth.off == ""  # a pulse or two
    assert truth.found_ms is None


def test_a_cell_counts_and_shows_its_worst() -> None:
    cell = Cell("alicat", "mfc", "off", "silence")
    cell.endings = [
        Ending(0, "heating", TRIPPED, "flow_stale", 2100, 2200),
        Ending(1, "soaking", FAILED, "flow_not_obeyed", 20100, 20200),
        Ending(2, "cooling", TOLERATED, worst={"film_k": 1.5}),
    ]
    row = cell.row()
    assert row["counts"] == {"tripped": 1, "failed run": 1, "tolerated": 1}
    assert row["detection_s"] == {"n": 2, "median": 11.1, "worst": 20.1}
    assert row["worst_deviation"] == {"film_k": 1.5}
    assert not_safe([cell]) == []
    cell.endings.append(Ending(3, "heating", NOT_SAFE, off="film_k 90 K"))
    assert not_safe([cell]) == [cell]
    assert cell.row()["not_within"] == ["seed 3, heating: film_k 90 K"]
    cell.endings[-1] = Ending(3, "heating", UNSEEN, off="wrong_target")
    assert cell.outcome == UNSEEN


def test_unknown_names_are_refused() -> None:
    with pytest.raises(InputError, match="toaster"):
        matrix(1, ["toaster"])
    with pytest.raises(InputError, match="sad"):
        matrix(1, [], ["sad"])


def rows(outcome: str) -> list[dict[str, Any]]:
    cell = Cell("alicat", "mfc", "off", "silence")
    cell.endings = [Ending(0, "heating", outcome, "flow_stale", 2100, 2200, off="film_k 90 K")]
    return [cell.row(), Cell("alicat", "mfc", "wrong_unit", "one unit", unsupported=True).row()]


def test_the_command_prints_and_fails_when_a_cell_is_not_safe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    monkeypatch.setattr(matrix_cli, "_cells", lambda *_: rows(TRIPPED))
    page = tmp_path / "matrix.html"
    matrix_cli.matrix(1, figures=False, thermal=False, page=page, as_json=True)
    report = json.loads(capsys.readouterr().out)
    assert report["simulated"] is True
    assert [row["outcome"] for row in report["instruments"]] == [TRIPPED, UNSUPPORTED]
    assert "SIMULATED" in page.read_text()
    assert "flow_stale" in page.read_text()
    matrix_cli.matrix(1, figures=False, thermal=False)
    shown = capsys.readouterr().out
    assert "T1 2.1" in shown
    monkeypatch.setattr(matrix_cli, "_cells", lambda *_: rows(NOT_SAFE))
    with pytest.raises(FailedError, match="not safe: alicat off"):
        matrix_cli.matrix(1, figures=False, thermal=False)
    assert "NOT SAFE" in capsys.readouterr().out
