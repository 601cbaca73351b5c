"""The figures as functions of plain values."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from adatom.cloud.store.store import Store
from adatom.cloud.web import plots, theme
from adatom.cloud.web.plots import Point
from adatom.cloud.web.spectra import nyquist_of
from adatom.cloud.web.values import Estimate

REFERENCE = Estimate(150.0, 0.05, "ln", "Ω cm²")
POINTS = [
    Point(1, REFERENCE, "reference"),
    Point(2, None, "pinhole <short>"),
    Point(3, Estimate(15.0, 0.1, "ln", "Ω cm²"), "bo"),
    Point(4, Estimate(1500.0, 0.1, "ln", "Ω cm²"), "bo"),
]


def trace(made: go.Figure, name: str) -> Any:
    return next(one for one in made.data if one.name == name)


def texts(made: go.Figure) -> list[str]:
    return [annotation.text for annotation in made.layout.annotations]


def test_the_best_so_far_only_falls() -> None:
    made = plots.progress(POINTS, reference=REFERENCE)
    best = trace(made, "best so far")
    assert list(best.x) == [1, 3, 4]
    assert list(best.y) == [150.0, 15.0, 15.0]
    assert made.layout.yaxis.type == "log"


def test_intervals_stand_around_their_values() -> None:
    measured = trace(plots.progress(POINTS), "measured, 95 %")
    low, high = REFERENCE.interval or (0.0, 0.0)
    assert measured.error_y.array[0] == high - 150.0
    assert measured.error_y.arrayminus[0] == 150.0 - low


def test_a_failed_trial_has_no_value_on_the_axis_and_its_reason_is_escaped() -> None:
    failed = trace(plots.progress(POINTS), "failed")
    assert failed.yaxis == "y2"
    assert list(failed.x) == [2]
    assert "pinhole &lt;short&gt;" in failed.text[0]


def test_other_strategies_and_the_incumbent_appear_when_known() -> None:
    curves: dict[str, dict[str, list[float]]] = {
        "sobol": {"trials": [1, 2], "best_ohm_cm2": [90.0, 40.0], "incumbent_ohm_cm2": [99.0, 50.0]}
    }
    made = plots.progress(POINTS, baselines=curves, incumbents=[(3, 15.0)], goal_ohm_cm2=15.0)
    assert list(trace(made, "Sobol: best").y) == [90.0, 40.0]
    assert trace(made, "Sobol: incumbent").visible == "legendonly"
    assert list(trace(made, "incumbent").y) == [15.0]
    assert "incumbent" not in [one.name for one in plots.progress(POINTS).data]


def test_a_figure_without_trials_is_drawn() -> None:
    assert plots.progress([]).layout.xaxis.title.text == "trial"


def test_what_is_simulated_says_so_in_its_title() -> None:
    for simulated in (False, True):
        made = plots.progress(POINTS, simulated=simulated)
        assert (theme.SIMULATED in made.layout.title.text) is simulated


def test_parallel_axes_are_logarithmic_only_where_values_span_decades() -> None:
    fields = {"wide / min": [0.1, 1.0, 10.0, 1000.0], "narrow / °C": [0.0, 50.0, 75.0, 100.0]}
    made = plots.parallel(POINTS, fields, best=3, reference=1)
    best = next(one for one in made.data if one.line.width == plots.BEST_WIDTH and one.x[0] is not None)
    assert list(best.x) == [0.0, 0.5, 0.75]
    assert {"0.1", "1000"} <= set(texts(made))


def test_parallel_lines_of_failed_trials_are_grey_and_the_best_lies_on_top() -> None:
    made = plots.parallel(POINTS, {"pulses": [1.0, 2.0, 3.0, 4.0]}, best=3, reference=1)
    lines = [one for one in made.data if one.mode == "lines+markers"]
    assert lines[0].line.color == plots.FAILED
    assert lines[0].line.dash == "dot"
    assert lines[-1].line.color == theme.shade(0.0)
    assert [one.name for one in made.data if one.name] == ["best", "reference", "failed"]


def test_choices_stand_in_the_protocols_order_and_are_escaped() -> None:
    made = plots.parallel(POINTS, {"interlayer": ["ZnO", "none", "Al2O3", "<b>"]})
    assert [text for text in texts(made) if text in ("none", "Al₂O₃", "ZnO", "&lt;b&gt;")] == [
        "none", "Al₂O₃", "ZnO", "&lt;b&gt;",
    ]  # fmt: skip


def test_a_nyquist_plot_has_one_scale_and_the_fit_of_the_stored_value(demo_store: Store) -> None:
    run_id = "demo-0002-r1-a1"
    spectrum = nyquist_of(demo_store.measurements(run_id, "eis")[0])
    assert spectrum is not None
    assert spectrum.r_interface is not None
    stored = demo_store.quantities(run_id)["r_interface_ohm_cm2"]
    assert (spectrum.r_interface.value, spectrum.r_interface.sd) == (stored["value"], stored["sd"])
    made = plots.nyquist(spectrum, "best <1>")
    assert (made.layout.yaxis.scaleanchor, made.layout.yaxis.scaleratio) == ("x", 1)
    assert "best &lt;1&gt;" in made.layout.title.text
    assert theme.SIMULATED in made.layout.title.text
    residuals = np.array(trace(made, "residual of Z′").y)
    assert 0.0 < np.abs(residuals).mean() < 2.0


def test_an_unusable_spectrum_is_drawn_without_a_fit() -> None:
    rng = np.random.default_rng(4)
    freq_hz = np.geomspace(1e5, 0.1, 50)
    z_ohm = 100.0 * (1.0 + rng.standard_normal(50) + 1j * rng.standard_normal(50))
    columns = {"freq_hz": freq_hz.tolist(), "z_re_ohm": z_ohm.real.tolist(), "z_im_ohm": z_ohm.imag.tolist()}
    spectrum = nyquist_of({"columns": columns, "meta": {"area_cm2": 0.785, "symmetric": 1}})
    assert spectrum is not None
    assert spectrum.why_not
    assert [one.name for one in plots.nyquist(spectrum, "").data] == ["measured"]


@pytest.mark.parametrize(
    ("change", "meta"),
    [({"status": [2]}, {"area_cm2": 0.785}), ({"z_im_ohm": []}, {"area_cm2": 0.785}), ({}, {})],
    ids=["bad by its status", "a short column", "no area"],
)
def test_what_is_no_spectrum_is_left_out(change: dict[str, Any], meta: dict[str, Any]) -> None:
    columns = {"freq_hz": [1e3], "z_re_ohm": [1.0], "z_im_ohm": [0.0], "status": [0]} | change
    assert nyquist_of({"columns": columns, "meta": meta}) is None
