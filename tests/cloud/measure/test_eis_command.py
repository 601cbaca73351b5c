import json
import re
from pathlib import Path

import numpy as np
import pytest
from adatom.cloud.measure.cli import app
from adatom.cloud.measure.eis.arrays import Complexes, Floats
from adatom.cloud.measure.eis.files import read_spectra
from adatom.cloud.measure.eis.write import write_spectra
from adatom.protocol.errors import InputError
from typer.testing import CliRunner

from .eis.made_files import MPT_LOOPS
from .eis.spectra import FREQ_HZ, arc, make_cell
from .eis.test_drift import THERE_AND_BACK, swept
from .eis.test_files import EXAMPLES

GAMRY = str(EXAMPLES / "exampleDataGamry.DTA")
BIOLOGIC, CSV = str(EXAMPLES / "exampleDataBioLogic.mpt"), str(EXAMPLES / "exampleData.csv")


def run(*arguments: str, command: str = "fit") -> str:
    result = CliRunner().invoke(app, [command, *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_tables_for_people() -> None:
    output = run(GAMRY)
    assert "p(R1,CPE1)-p(R2,CPE2)" in output
    assert "standard error" in output
    assert "chosen" in output
    assert "R_interface needs the geometry" in output


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("exampleData*")), ids=lambda path: path.name)
def test_json_for_machines(path: Path) -> None:
    data = json.loads(run(str(path), "--json"))
    assert data["converged"]
    assert data["interface"] is None
    assert all(p["value"] > 0 for p in data["parameters"])
    assert any(row["circuit"] == data["circuit"] for row in data["tried"])


def test_intervals_and_sums_are_stated(tmp_path: Path) -> None:
    data = json.loads(run(GAMRY, "--json"))
    for parameter in data["parameters"]:
        low, high = parameter["interval_95"]
        assert low < parameter["value"] < high, parameter["name"]
    w = 2 * np.pi * np.logspace(5, 0, 51)
    z = 20 + arc(w, 100.0, 1e-6, 0.9) + arc(w, 150.0, 1.2e-6, 0.8)
    noise = 1 + 0.003 * np.random.default_rng(4).standard_normal((2, w.size))
    rows = np.column_stack([w / (2 * np.pi), z.real * noise[0], z.imag * noise[1]])
    path = tmp_path / "near.csv"
    np.savetxt(path, rows, delimiter=",", header="freq (Hz),Zre (ohm),Zim (ohm)", comments="")
    (total,) = json.loads(run(str(path), "--circuit", "R0-p(R1,CPE1)-p(R2,CPE2)", "--json"))["totals"]
    assert total["names"] == ["R1", "R2"]
    assert total["interval_95"][0] < 250 < total["interval_95"][1]
    assert "R1 + R2 = " in run(str(path), "--circuit", "R0-p(R1,CPE1)-p(R2,CPE2)")


def test_the_kramers_kronig_verdict_is_stated() -> None:
    found = json.loads(run(GAMRY, "--json"))["kramers_kronig"]
    assert (found["verdict"], found["kind"]) == ("invalid", "drift")
    assert found["size"] > 10 * found["size_standard_error"] > 0
    assert "Kramers-Kronig: invalid, most like a drift through the sweep" in run(GAMRY)


def test_geometry_gives_the_interface_resistance() -> None:
    data = json.loads(run(BIOLOGIC, "--json", "--area-cm2", "2", "--single"))
    found = data["interface"]
    low, high = found["interval_95"]
    assert low < found["r_interface_ohm_cm2"] < high


def test_a_circuit_of_ones_own() -> None:
    data = json.loads(run(GAMRY, "--json", "--circuit", "R0-p(R1,C1)-p(R2,CPE2)"))
    assert [p["name"] for p in data["parameters"]] == ["R0", "R1", "C1", "R2", "CPE2.Q", "CPE2.n"]


def test_plot_is_one_page(tmp_path: Path) -> None:
    page = tmp_path / "fit.html"
    run(GAMRY, "--plot", str(page))
    text = page.read_text(encoding="utf-8")
    assert all(title in text for title in ("Nyquist", "modulus", "phase", "fit - measured"))
    assert "<script src=" not in text


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["no-such-file"], "cannot be read"),
        ([GAMRY, "--circuit", "R0-"], "character 4"),
        ([GAMRY, "--weighting", "none"], "allowed: modulus"),
        ([GAMRY, "--area-cm2", "0"], "--area-cm2: 0; a value > 0"),
        ([GAMRY, "--area-cm2", "1e300"], "--area-cm2: 1e+300; a value > 0 is needed, from 1e-11 to 1e+06"),
        ([GAMRY, "--area-cm2", "1", "--thickness-cm", "1e9"], "--thickness-cm: 1e+09"),
        ([GAMRY, "--thickness-cm", "0.1"], "without the area"),
        ([GAMRY, "--area-cm2", "1", "--area-sd-cm2", "-1"], "--area-cm2: its standard deviation"),
        ([GAMRY, "--sweep", "2"], "the file holds 1"),
        ([GAMRY, "--plot", "fit.pdf"], "ending in .png, .svg, .html"),
    ],
)
def test_wrong_use_is_an_input_error(arguments: list[str], problem: str) -> None:
    with pytest.raises(InputError) as caught:
        run(*arguments)
    assert problem in str(caught.value)


def test_the_areas_uncertainty_is_in_what_is_per_area() -> None:
    zplot = str(EXAMPLES / "exampleDataZPlot.z")
    sizes = ("--area-cm2", "2", "--single", "--thickness-cm", "0.1")
    exact, rough = (json.loads(run(zplot, "--json", *sizes, *more)) for more in ((), ("--area-sd-cm2", "0.2")))
    assert rough["interface"]["sd_log"] == pytest.approx(np.hypot(exact["interface"]["sd_log"], 0.1))
    pairs = zip(exact["physics"]["arcs"], rough["physics"]["arcs"], strict=True)
    for one, other in pairs:
        plain, wide = (arc_["capacitance_hsu_mansfeld"] for arc_ in (one, other))
        assert wide["sd_log"] == pytest.approx(np.hypot(plain["sd_log"], 0.1))
        assert wide["value"] == plain["value"]
    assert rough["physics"]["conductivity_total"]["unit"] == "S/cm"
    assert "conductivity, total" in run(zplot, *sizes)


@pytest.mark.parametrize("command", ["fit", "check", "drt", "arrhenius"])
def test_help_has_an_example(command: str) -> None:
    shown = run("--help", command=command)
    assert "Example" in shown
    assert f"adatom eis {command} " in shown


def test_pictures_of_each_kind(tmp_path: Path) -> None:
    png, svg = tmp_path / "fit.png", tmp_path / "drt.svg"
    run(BIOLOGIC, "--plot", str(png))
    run(BIOLOGIC, "--plot", str(svg), command="drt")
    assert png.read_bytes().startswith(b"\x89PNG")
    assert "<svg" in svg.read_text(encoding="utf-8")


def test_drt_of_a_cell_for_people() -> None:
    output = run(CSV, command="drt")
    assert "cut off" in output
    assert "polarisation R" in output
    assert "mΩ" in output
    assert "blocking capacitance 4" in output
    assert "the inductance has losses" in output


def test_drt_for_machines() -> None:
    data = json.loads(run(BIOLOGIC, "--json", command="drt"))
    peak = data["peaks"][0]
    assert peak["r_ohm"]["low"] < peak["r_ohm"]["value"] < peak["r_ohm"]["high"]
    assert data["r_polarisation_ohm"]["value"] == pytest.approx(47.0, abs=2.0)
    columns = [data[key] for key in ("tau_s", "gamma_ohm", "gamma_low_ohm", "gamma_high_ohm", "within_frequencies")]
    assert len({len(column) for column in columns}) == 1
    assert all(low <= high for low, high in zip(columns[2], columns[3], strict=True))


def test_check_tells_verdict_kind_and_lin_kk(tmp_path: Path) -> None:
    output = run(CSV, "--capacitance", "--plot", str(tmp_path / "check.svg"), command="check")
    assert "suspect, most like points that are off together, 0.49 ± 0.05 %, 1.259 to 10 Hz" in output
    assert "lin-KK: M 22, μ 0.847, χ² 0.000218" in output
    assert "<svg" in (tmp_path / "check.svg").read_text(encoding="utf-8")
    assert "Kramers-Kronig: valid" in run(BIOLOGIC, command="check")


def test_check_says_what_noise_hides(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    rows = [f"{f},{rng.standard_normal()},{rng.standard_normal()}" for f in FREQ_HZ]
    (tmp_path / "noise.csv").write_text("\n".join(["freq_hz,re_ohm,im_ohm", *rows]), encoding="utf-8")
    assert "of |Z|, would hide a drift of a tenth" in run(str(tmp_path / "noise.csv"), command="check")
    assert "hide" not in run(BIOLOGIC, command="check")


def test_check_for_machines() -> None:
    data = json.loads(run(GAMRY, "--json", "--max-terms", "5", command="check"))
    assert (data["verdict"], data["kind"]) == ("invalid", "drift")
    assert data["lin_kk"]["terms"] == 5
    assert not data["lin_kk"]["mu_reached_cutoff"]
    assert len(data["residuals"]["real"]) == len(data["lin_kk"]["residuals"]["imaginary"]) == data["points"]


def test_a_drift_that_repeated_frequencies_show_is_taken_out_and_said(tmp_path: Path) -> None:
    raw, _ = swept(THERE_AND_BACK, 0.1, 7)
    path, out = tmp_path / "cell.csv", tmp_path / "out.csv"
    write_spectra(path, [raw])
    steady = json.loads(run(str(path), "--json", command="check"))
    assert steady["verdict"] == "valid"
    assert "|Z| +10" in steady["notes"][-1]
    assert json.loads(run(str(path), "--json", "--raw", command="check"))["verdict"] == "invalid"
    for command in ("fit", "drt"):
        assert any("drift during" in note for note in json.loads(run(str(path), "--json", command=command))["notes"])
    run(str(path), str(out), "--steady", command="convert")
    assert [one.name for one in read_spectra(out)] == ["cell", "cell, without drift"]


def test_a_spectrum_that_no_distribution_describes_is_said_to_be_one() -> None:
    assert any("no positive distribution" in note for note in json.loads(run(GAMRY, "--json", command="drt"))["notes"])


def test_convert_writes_all_or_one_and_says_what_was_left_out(tmp_path: Path) -> None:
    source, out = tmp_path / "loops.dat", tmp_path / "new folder" / "out.csv"
    source.write_text(MPT_LOOPS, encoding="utf-8")
    result = CliRunner().invoke(app, ["convert", str(source), str(out)], catch_exceptions=False)
    assert result.exit_code == 0
    assert "loop 1: 6 points, BioLogic EC-Lab text\n  1 rows with frequency or impedance 0 left out" in result.output
    assert len(read_spectra(out)) == 2
    CliRunner().invoke(app, ["convert", str(source), str(out), "--sweep", "2"], catch_exceptions=False)
    assert len(read_spectra(out)) == 1
    assert json.loads(run(str(out), "--json"))["converged"]


def test_an_ending_that_cannot_be_written_is_said_before_the_file_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ending '\.pdf'; allowed"):
        CliRunner().invoke(app, ["convert", "no-such-file", str(tmp_path / "x.pdf")], catch_exceptions=False)


@pytest.mark.parametrize("command", ["fit", "check", "drt"])
def test_too_few_points_are_said_with_the_file(command: str, tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_text("freq_hz,re_ohm,im_ohm\n10,5,-1\n1,6,-1\n", encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(f"{path}: 2 points; at least 6")):
        CliRunner().invoke(app, [command, str(path)], catch_exceptions=False)


@pytest.mark.parametrize("gap", ["nan", "N/A"])
def test_a_first_row_with_gaps_is_not_taken_for_names(gap: str, tmp_path: Path) -> None:
    path = tmp_path / "gaps.csv"
    rows = [
        f"{f},{z.real},{z.imag}" for f, z in zip(FREQ_HZ, 20 + arc(2 * np.pi * FREQ_HZ, 9.0, 1e-3, 0.9), strict=True)
    ]
    path.write_text("\n".join([f"300000,{gap},{gap}", *rows]), encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(f"line 1: {gap!r} among the data; a number is needed")):
        run(str(path))


def test_convert_does_not_write_over_what_it_reads(tmp_path: Path) -> None:
    path = tmp_path / "loops.csv"
    path.write_text(MPT_LOOPS, encoding="utf-8")
    with pytest.raises(InputError, match="another name is needed"):
        CliRunner().invoke(app, ["convert", str(path), str(path)], catch_exceptions=False)
    assert path.read_text(encoding="utf-8") == MPT_LOOPS


def test_the_page_on_impedance_shows_what_the_commands_print(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "impedance.md").read_text(encoding="utf-8")
    lines = [" ".join(line.split()) for line in page.splitlines() if line.startswith("    ")]
    shown = run(CSV, "--capacitance", command="check") + run(CSV, command="drt")
    printed = [" ".join(line.split()) for line in shown.splitlines()]
    examples = [line for line in lines if not line.startswith("adatom ")]
    assert len(examples) > 10
    assert [line for line in examples if line not in printed and line.replace("│", "┃") not in printed] == []


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("{0},1e200,-1e200", "line 2: impedance 1.41421e+200 ohm; it must be 1e-12 to 1e+18 ohm"),
        ("{0},1e-200,-1e-200", "line 2: impedance 1.41421e-200 ohm; it must be 1e-12 to 1e+18 ohm"),
        ("{0}e30,10,-1", "line 2: frequency 1e+31 Hz; it must be 1e-09 to 1e+15 Hz"),
    ],
)
@pytest.mark.parametrize("command", ["fit", "check", "drt"])
def test_numbers_that_no_instrument_measures_are_refused(command: str, row: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "far.csv"
    lines = ["freq/Hz,Re(Z)/Ohm,Im(Z)/Ohm", *(row.format(10 - k) for k in range(9))]
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(problem)):
        CliRunner().invoke(app, [command, str(path)], catch_exceptions=False)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--film-nm", "300"], "--area-cm2: missing: the thickness of a film"),
        (["--area-cm2", "1", "--film-nm", "-5"], "--film-nm: -5; a value > 0"),
        (["--area-cm2", "1", "--thickness-sd-cm", "0.1"], "--thickness-cm: missing: its deviation"),
    ],
)
def test_sizes_that_say_nothing_are_refused(arguments: list[str], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        CliRunner().invoke(app, ["fit", BIOLOGIC, *arguments], catch_exceptions=False)


@pytest.mark.parametrize("circuit", [[], ["--circuit", "L0-R0-p(R1,CPE1)-p(R2,CPE2)-CPE3"]])
def test_the_interface_is_of_the_circuit_that_is_printed(circuit: list[str]) -> None:
    data = json.loads(run(CSV, "--area-cm2", "1", "--json", *circuit))
    found = {parameter["name"]: parameter["value"] for parameter in data["parameters"]}
    assert data["interface"]["circuit"] == data["circuit"]
    assert data["interface"]["r_interface_ohm_cm2"] == pytest.approx((found["R1"] + found["R2"]) / 2, rel=1e-6)
    assert not any("R_interface is of" in note for note in data["notes"])


@pytest.fixture
def two_arcs(tmp_path: Path) -> str:
    """20 ohm, then arcs of 100 and 300 ohm, 0.3 % noise."""
    w = 2 * np.pi * np.geomspace(1e6, 0.1, 71)
    noise = 1 + 0.003 * (np.random.default_rng(1).standard_normal((2, w.size)).T @ [1.0, 1j])
    return written(tmp_path / "arcs.csv", w, (20 + arc(w, 100.0, 1e-6, 1.0) + arc(w, 300.0, 1e-5, 0.85)) * noise)


def written(path: Path, w: Floats, z_ohm: Complexes) -> str:
    rows = [f"{f},{z.real},{z.imag}" for f, z in zip(w / (2 * np.pi), z_ohm, strict=True)]
    path.write_text("\n".join(["freq_hz,re_ohm,im_ohm", *rows]), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    "circuit",
    ["R0-p(R1,C1)-p(R2,CPE2)", "R0-p(R1,C1)-p(R2,C2)", "R0-p(R1-p(R2,CPE2),C1)", "R0-p(C1,R1-W1)", "R0-W1", "R0-G1"],
)
def test_a_circuit_that_does_not_tell_the_interface_is_not_asked_for_it(circuit: str, two_arcs: str) -> None:
    """It gave the second arc alone, or the noise of a point, for the 400 ohm of both."""
    data = json.loads(run(two_arcs, "--area-cm2", "1", "--single", "--circuit", circuit, "--json"))
    low, high = data["interface"]["interval_95"]
    assert low < 400.0 < high
    assert data["circuit"] == circuit
    assert any(f"R_interface is of {data['interface']['circuit']}," in note for note in data["notes"])


def test_what_a_spectrum_does_not_determine_is_valid_json(tmp_path: Path) -> None:
    """Intervals of arcs that are not there overflowed, and `Infinity` is no JSON."""
    w = 2 * np.pi * np.geomspace(1e6, 0.1, 40)
    noise = 1 + 0.003 * (np.random.default_rng(1).standard_normal((2, w.size)).T @ [1.0, 1j])
    path = written(tmp_path / "flat.csv", w, 50.0 * noise)
    circuit = ("--circuit", "R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)-p(R4,CPE4)-Wo1")
    sizes = ("--area-cm2", "1", "--single", "--thickness-cm", "0.1")
    data = json.loads(run(path, *sizes, *circuit, "--json"), parse_constant=pytest.fail)
    assert data["interface"]["interval_95"] == [0.0, None]
    shown = run(path, *sizes, *circuit)
    assert "95 % not determined" in shown
    assert "a side" not in shown  # there is one interface
    assert "a side" in run(path, "--area-cm2", "1", *circuit)


def test_the_interface_of_a_film_does_not_hang_on_the_weights(tmp_path: Path) -> None:
    z_ohm = make_cell(np.random.default_rng(3), 20.0, 10.0).z_ohm
    path = written(tmp_path / "cell.csv", 2 * np.pi * FREQ_HZ, z_ohm)
    by_modulus, by_unit = (
        json.loads(run(path, "--area-cm2", "0.785", "--film-nm", "400", "--weighting", weighting, "--json"))
        for weighting in ("modulus", "unit")
    )
    first, second = (found["interface"]["r_interface_ohm_cm2"] for found in (by_modulus, by_unit))
    assert second == pytest.approx(first, rel=1e-6)
    assert by_unit["noise"] == pytest.approx(by_modulus["noise"], rel=0.5)  # of |Z|, whatever the weights


def test_it_is_said_when_the_interface_is_of_the_film_model(tmp_path: Path) -> None:
    z_ohm = make_cell(np.random.default_rng(3), 20.0, 10.0).z_ohm
    rows = [f"{f},{z.real},{z.imag}" for f, z in zip(FREQ_HZ, z_ohm, strict=True)]
    (tmp_path / "cell.csv").write_text("\n".join(["freq_hz,re_ohm,im_ohm", *rows]), encoding="utf-8")
    circuit = ["--circuit", "L0-R0-p(R1,CPE1)-CPE2"]
    data = json.loads(run(str(tmp_path / "cell.csv"), "--area-cm2", "0.785", "--film-nm", "400", "--json", *circuit))
    assert data["interface"]["circuit"] != data["circuit"]
    assert any(f"R_interface is of {data['interface']['circuit']}," in note for note in data["notes"])
