"""Activation energies: exact points give them back, intervals hold, shared errors go where they belong."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from adatom.cloud.measure.cli import app
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.eis.arrhenius import BOLTZMANN_EV_K, ZERO_C_K, arrhenius
from adatom.cloud.measure.eis.fit import Problem, fit_circuit
from adatom.cloud.measure.eis.geometry import Geometry, Value
from adatom.cloud.measure.eis.physics_report import series_data, series_panels
from adatom.cloud.measure.eis.select import Candidate, Selection, select
from adatom.cloud.measure.eis.series import Point, Series, analyse_series
from adatom.cloud.measure.eis.table import Spectrum
from adatom.cloud.measure.eis.write import write_spectra
from adatom.protocol.errors import InputError
from typer.testing import CliRunner

from .pellet import AREA_CM2, FREQ_HZ, THICKNESS_CM, Pellet
from .spectra import arc
from .test_drift import THERE_AND_BACK, swept

EXAMPLES = Path(__file__).parents[4] / "cloud" / "measure" / "eis" / "examples" / "arrhenius"
PAGE = Path(__file__).parents[4] / "docs" / "how-to" / "measure.md"
FILES = sorted(str(path) for path in EXAMPLES.glob("pellet_*.csv"))
SIZES = ("--area-cm2", "0.785", "--thickness-cm", "0.12")
AT_C = np.array([0.0, 15.0, 30.0, 45.0, 60.0, 75.0])
NONE = np.zeros(AT_C.size)


def law(ea_ev: float, temperature_c: Floats = AT_C, with_t: bool = True) -> Floats:
    kelvin = temperature_c + ZERO_C_K
    found = 1e3 * np.exp(-ea_ev / BOLTZMANN_EV_K / kelvin)
    return np.asarray(found / kelvin if with_t else found)


@pytest.mark.parametrize("with_t", [True, False])
def test_exact_points_give_the_energy_back(with_t: bool) -> None:
    found = arrhenius(AT_C, law(0.37, with_t=with_t), NONE, with_t=with_t)
    assert found.ea_ev == pytest.approx(0.37, rel=1e-9)
    assert np.exp(found.log_a) == pytest.approx(1e3, rel=1e-6)
    assert np.exp(found.at(20.0)[0]) == pytest.approx(law(0.37, np.array([20.0]), with_t)[0], rel=1e-9)


def test_the_two_laws_differ_by_about_kt() -> None:
    other = arrhenius(AT_C, law(0.37), NONE, with_t=False)
    assert 0.37 - other.ea_ev == pytest.approx(BOLTZMANN_EV_K * (ZERO_C_K + AT_C.mean()), rel=0.02)


@pytest.mark.parametrize(("sd_log", "sd_c", "offset_c"), [(0.02, 0.0, 0.0), (0.003, 1.0, 0.0), (0.01, 0.5, 2.0)])
def test_intervals_hold(sd_log: float, sd_c: float, offset_c: float) -> None:
    rng, hits, pulls = np.random.default_rng(7), 0, []
    for _ in range(400):
        true_c = AT_C + sd_c * rng.standard_normal(AT_C.size) + offset_c * rng.standard_normal()
        s_cm = law(0.4, true_c) * np.exp(sd_log * rng.standard_normal(AT_C.size))
        found = arrhenius(AT_C, s_cm, NONE + sd_log, temperature_sd_c=sd_c, offset_sd_c=offset_c)
        hits += found.low < 0.4 < found.high
        pulls.append((found.ea_ev - 0.4) / found.ea_sd_ev)
    assert 0.93 <= hits / 400 <= 0.99  # wider than 95 % where few points scatter more than they should
    assert abs(np.mean(pulls)) < 0.15


def test_points_weigh_by_their_errors() -> None:
    s_cm, sd_log = law(0.4), NONE + 0.001
    s_cm[2], sd_log[2] = 3.0 * s_cm[2], 1.0
    assert arrhenius(AT_C, s_cm, sd_log).ea_ev == pytest.approx(0.4, abs=1e-4)


def test_area_and_thickness_touch_the_factor_alone() -> None:
    plain, shared = (arrhenius(AT_C, law(0.4), NONE + 0.01, shared_sd_log=sd) for sd in (0.0, 0.05))
    assert shared.ea_sd_ev == plain.ea_sd_ev
    assert shared.log_a_sd == pytest.approx(np.hypot(plain.log_a_sd, 0.05))
    assert shared.at(25.0)[1] == pytest.approx(np.hypot(plain.at(25.0)[1], 0.05))


def test_all_intervals_of_a_series_have_one_quantile() -> None:
    """Of four points that scatter: Student's with two degrees of freedom, 4.30 standard deviations, not 1.96."""
    at_c = AT_C[:4]
    scattered = law(0.4, at_c) * np.exp([0.05, -0.05, -0.05, 0.05])
    fit = arrhenius(at_c, scattered, NONE[:4] + 0.01)
    assert fit.quantile == pytest.approx(4.302653, rel=1e-5)
    assert fit.high - fit.ea_ev == pytest.approx(fit.quantile * fit.ea_sd_ev)
    series = Series("total", "S/cm", tuple(Point("", at, Value(s, "S/cm", 0.01)) for at, s in zip(at_c, scattered,
                    strict=True)), fit, ())  # fmt: skip
    room = series_data(series)["at_25_c"]
    low, high = room["interval_95"]
    assert np.log(high / low) == pytest.approx(2 * fit.quantile * fit.at(25.0)[1])
    measured, left_over = (panel.curves[0] for panel in series_panels(series))
    for curve in (measured, left_over):
        assert curve.bars is not None
        assert (curve.bars[0] < curve.y).all()
        assert (curve.y < curve.bars[1]).all()
    (band,) = series_panels(series)[0].bands
    _, sd = fit.log_conductivity(1000.0 / band.x)
    assert np.log(band.high / band.low) == pytest.approx(2 * fit.quantile * sd)


def test_a_line_that_runs_beyond_all_numbers_has_no_value_at_25_c() -> None:
    at_c = np.array([3000.0, 3000.1, 3000.2])
    fit = arrhenius(at_c, np.array([1e-9, 1e-3, 1e3]), NONE[:3] + 0.01)
    points = tuple(Point("", at, Value(1e-3, "S/cm", 0.01)) for at in at_c)
    found = series_data(Series("total", "S/cm", points, fit, ()))
    assert found["at_25_c"] is None
    json.loads(json.dumps(found), parse_constant=pytest.fail)


def test_a_bend_is_noticed() -> None:
    bent = arrhenius(AT_C, law(0.4) + 30.0 * law(0.5) * (AT_C > 40), NONE + 0.01)
    assert any("one activation energy may not do" in note for note in bent.notes)
    assert bent.scatter > 1.0
    assert not arrhenius(AT_C, law(0.4), NONE + 0.01).notes


def test_what_cannot_be_fitted_is_refused() -> None:
    for at, s_cm, said in (
        (AT_C[:2], law(0.4)[:2], "2 different ones"),
        (NONE, law(0.4), "1 different ones"),
        (AT_C, -law(0.4), "values > 0"),
        (AT_C - 300.0, law(0.4), "above -273.15"),
        (AT_C * 1e300, law(0.4), r"7\.5e\+301 °C; at most 5000 K"),
        (AT_C[:4], law(0.4), "4 for 6"),
    ):
        with pytest.raises(InputError, match=said):
            arrhenius(at, s_cm, np.zeros(s_cm.size))


# --- series of spectra ----------------------------------------------------------------------------------------------


def pellets(*temperatures_c: float) -> list[tuple[str, Spectrum]]:
    made = Pellet(grains_ev=0.35)
    return [
        (f"{at:g} C", Spectrum(FREQ_HZ, made.spectrum(at, 0.003, 1), {}, (f"a note on {at:g}",)))
        for at in temperatures_c
    ]


def test_notes_on_single_spectra_are_kept_with_their_names() -> None:
    spectra = pellets(0.0, 20.0, 40.0)
    spiked = spectra[1][1].z_ohm.copy()
    spiked[30] *= 1.3
    spectra[1] = (spectra[1][0], replace(spectra[1][1], z_ohm=spiked))
    found = analyse_series(spectra, [0.0, 20.0, 40.0], Geometry(AREA_CM2, thickness_cm=THICKNESS_CM))
    assert "0 C: a note on 0" in found.notes
    assert f"20 C: left out as outliers: {FREQ_HZ[30]:.4g} Hz" in found.notes


def test_a_fit_that_did_not_converge_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """No spectrum that does so is known: the fit is made to say it."""

    def stopped(problem: Problem) -> Selection:
        chosen = select(problem)
        best = replace(chosen.best, converged=problem.z_ohm[0] != bad.z_ohm[0])
        return Selection(best, (Candidate(best, ""),))

    spectra = pellets(0.0, 20.0, 40.0, 60.0)
    bad = spectra[2][1]
    monkeypatch.setattr("adatom.cloud.measure.eis.series.select", stopped)
    found = analyse_series(spectra, [0.0, 20.0, 40.0, 60.0], Geometry(AREA_CM2, thickness_cm=THICKNESS_CM))
    assert [one.reason for one in found.points] == ["", "", "the fit did not converge", ""]
    assert found.fit.points == 3


def test_a_conductivity_at_the_limit_of_its_resistance_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    w = 2 * np.pi * FREQ_HZ
    z = arc(w, 300.0, 2e-6, 0.9) * (1 + 1e-3 * (np.random.default_rng(2).standard_normal((2, w.size)).T @ [1.0, 1j]))
    limited = fit_circuit(FREQ_HZ, z, "R0-p(R1,CPE1)")
    spectra = [*pellets(0.0, 20.0, 40.0), ("60 C", Spectrum(FREQ_HZ, z, {}))]

    def chosen(problem: Problem) -> Selection:
        return Selection(limited, ()) if problem.z_ohm is z else select(problem)

    monkeypatch.setattr("adatom.cloud.measure.eis.series.select", chosen)
    found = analyse_series(spectra, [0.0, 20.0, 40.0, 60.0], Geometry(AREA_CM2, thickness_cm=THICKNESS_CM))
    assert found.points[3].found is None
    assert found.points[3].reason.startswith("R0 at the limit")


# --- the command ----------------------------------------------------------------------------------------------------


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["arrhenius", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_example_gives_its_energies_back(tmp_path: Path) -> None:
    """The files were made with 0.35 eV in the bulk, temperatures off by 0.5 K each."""
    table = str(EXAMPLES / "series.csv")
    found = json.loads(run(table, *SIZES, "--of", "bulk", "--json"))
    low, high = found["activation_energy_ev"]["interval_95"]
    assert low < 0.35 < high
    assert high - low < 0.02
    assert found["law"].startswith("ln(σT)")
    shown = run(*FILES, "--temperatures", "0,15,30,45,60,75", *SIZES, "--plot", str(tmp_path / "a.svg"))
    line = next(one for one in shown.splitlines() if one.startswith("Ea = "))
    assert line in PAGE.read_text(encoding="utf-8")
    assert "<svg" in (tmp_path / "a.svg").read_text()


def test_the_drift_within_sweeps_may_be_left_in(tmp_path: Path) -> None:
    files = []
    for number in range(3):
        raw, _ = swept(THERE_AND_BACK, 0.1, number)
        files.append(tmp_path / f"{number}.csv")
        write_spectra(files[-1], [raw])
    arguments = (*map(str, files), "--temperatures", "0,20,40", *SIZES, "--of", "bulk", "--json")
    steady, left_in = json.loads(run(*arguments)), json.loads(run(*arguments, "--raw"))
    assert sum("drift during" in note for note in steady["notes"]) == 3
    assert not any("drift during" in note for note in left_in["notes"])


def test_mistakes_are_said(tmp_path: Path) -> None:
    table = tmp_path / "series.csv"
    table.write_text("file,temp\na.csv,3\nb.csv,4\n")
    binary = tmp_path / "cell.mpr"
    binary.write_bytes(b"BIO-LOGIC MODULAR FILE\x1a" + bytes(200))
    for arguments, said in (
        (FILES, "--area-cm2: missing"),
        ((*FILES, "--thickness-cm", "0.1"), "--area-cm2: missing"),
        ((*FILES, *SIZES), "--temperatures: missing"),
        ((FILES[0], *SIZES), "--temperatures: missing: one for each spectrum of .*pellet_00c.csv, or a table"),
        ((str(binary), *SIZES), "--temperatures: missing: one for each spectrum of .*cell.mpr, or a table"),
        ((str(tmp_path / "none.csv"), *SIZES), "no such file"),
        ((*FILES, *SIZES[:2], "--temperatures", "0,15,30,45,60,75"), "--thickness-cm: missing"),
        ((*FILES, *SIZES, "--temperatures", "0,15"), "2 for 6 spectra"),
        ((*FILES, *SIZES, "--temperatures", "0,x"), "numbers in °C"),
        ((*FILES, *SIZES, "--temperatures", "0,15,30,45,60,75", "--of", "grain"), "must be one of"),
        ((str(table), *SIZES), "no column temperature_c"),
        (
            (*FILES[:3], *SIZES, "--temperatures", "0,15,30", "--of", "interface"),
            "0 of 3 give a value.*pellet_00c.csv: ",
        ),
        ((*FILES[:2], *SIZES, "--temperatures", "0,15"), "2 of 2 give a value, 3 are needed"),
    ):
        with pytest.raises(InputError, match=said):
            run(*arguments)
