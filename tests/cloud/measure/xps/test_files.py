"""Files as analysers and people write them: VAMAS in both scales, text with and without a head, and what is none."""

import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from adatom.cloud.measure.xps.analyse import analyse
from adatom.cloud.measure.xps.files import read_records
from adatom.cloud.measure.xps.spectra import of_sample, spectra_of
from adatom.protocol.errors import InputError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.protocol.test_vamas import REGULAR, block, head, text
from tests.sim.physics.samples import CLEANED

from .twin import vamas_of

ROWS = [(528.0 + 0.1 * k, 100 + k) for k in range(40)]
MADE = ("Binding Energy (eV)\tCounts\n" + "\n".join(f"{energy:.1f}\t{count}" for energy, count in ROWS)).encode()


def written(folder: Path, data: str | bytes, name: str = "O 1s.txt") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_a_twin_s_file_is_a_record_a_region(tmp_path: Path) -> None:
    records = read_records(written(tmp_path, vamas_of(CLEANED, 1), "no ending"))
    assert [record["meta"]["region"] for record in records] == ["Survey", "Li 1s", "C 1s", "O 1s", "La 3d", "Zr 3d"]
    first = spectra_of(records)[1]
    assert (np.diff(first.binding_ev) > 0).all()
    assert first.transmission is not None
    assert (first.simulated, first.poisson, first.per_count, first.element) == (True, True, 0.25, "Li")


def test_vamas_in_binding_energies_with_decimal_commas(tmp_path: Path) -> None:
    items = REGULAR | {31: ["Binding Energy", "eV", "538,0", "-0,1"]}
    values = [str(len(ROWS)), "0", "200", *[f"{count},0" for _, count in ROWS]]
    (spectrum,) = spectra_of(read_records(written(tmp_path, text(head(), block(items, values)))))
    assert spectrum.binding_ev[-1] == pytest.approx(538.0)
    assert spectrum.counts[-1] == 100.0


def test_an_irregular_block_of_rates_with_what_the_program_did_not_know(tmp_path: Path) -> None:
    """As CasaXPS writes what came from an analyser's own format: energies, "Intensity", transmission, 1e+037."""
    items = {key: value for key, value in REGULAR.items() if key != 31}
    items |= {1: ["0"], 8: ["1", "Casa Info Follows"], 22: ["1e+037"], 28: ["1e+037", "1e+037"], 30: ["", "-1"]}
    items |= {34: ["1"], 35: ["1e+037"], 32: ["3", "Binding Energy", "eV", "Intensity", "d", "transmission", "d"]}
    rows = [text for energy, count in ROWS for text in (f"{energy:.2f}", f"{count + 0.5}", "0.7")]
    data = text(head(scan="IRREGULAR"), block(items, [str(len(rows)), *["0", "1"] * 3, *rows]))
    (spectrum,) = spectra_of(read_records(written(tmp_path, data)))
    assert spectrum.counts[0] == 100.5
    assert not spectrum.poisson
    assert spectrum.transmission is not None
    assert (spectrum.take_off_deg, spectrum.per_count) == (0.0, 1.0)


@given(
    st.binary(max_size=200)
    | st.builds(lambda a, b: MADE[:a] + b + MADE[a:], st.integers(0, 400), st.binary(max_size=8))
)
@settings(deadline=None, max_examples=60)
def test_any_bytes_are_records_or_an_input_error(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder, suppress(InputError):
        assert read_records(written(Path(folder), data))


@pytest.mark.parametrize(
    ("top", "delimiter", "comma"),
    [
        ("# hv_ev = 1486.6\nbinding_energy_ev;counts", ";", True),
        ("", "\t", False),
        ("", "  ", False),
        ("Region O 1s, taken by hand\nBinding Energy (eV)\tCounts", "\t", False),
        ("Some instrument\n\nB.E. / eV, intensity", ",", False),
    ],
)
def test_text(tmp_path: Path, top: str, delimiter: str, comma: bool) -> None:
    rows = "\n".join(f"{energy:.1f}{delimiter}{count}" for energy, count in ROWS)
    data = f"{top}\n" + (rows.replace(".", ",") if comma else rows)
    (record,) = read_records(written(tmp_path, data))
    assert record["columns"]["binding_energy_ev"] == pytest.approx([energy for energy, _ in ROWS])
    assert record["columns"]["counts"] == [count for _, count in ROWS]
    assert record["meta"]["region"] == "O 1s"


def test_kinetic_energies_and_rates_are_known_by_the_head(tmp_path: Path) -> None:
    rows = "\n".join(f"{1486.6 - energy:.1f} {count}" for energy, count in ROWS)
    path = written(tmp_path, "Kinetic Energy  CPS\n" + rows)
    with pytest.raises(InputError, match="state it with --hv-ev"):
        spectra_of(read_records(path))
    (spectrum,) = spectra_of(read_records(path), 1486.6)
    assert spectrum.binding_ev[0] == pytest.approx(528.0)
    assert not spectrum.poisson


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("", "the file is empty"),
        (b"\0\1\2\3" * 10, "binary, it begins with"),
        ("hello\nworld\n", "neither VAMAS nor at least 5 rows"),
        ("1 2\n3 4\n5 6\n7 8\nx y\n9 10\n", "line 5: 'x y': must be numbers as above it"),
        (text(head())[:200], "the file ends where"),
    ],
)
def test_what_is_no_spectrum_says_why(tmp_path: Path, data: str | bytes, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        read_records(written(tmp_path, data))
    assert problem in str(caught.value)
    assert "O 1s.txt" in str(caught.value)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_records(tmp_path / "no-such.vms")
    with pytest.raises(InputError, match="not a file"):
        read_records(tmp_path)


def record(**changes: object) -> dict[str, object]:
    columns = {"binding_energy_ev": [energy for energy, _ in ROWS], "counts": [count for _, count in ROWS]}
    return {"columns": columns | changes, "meta": {"region": "O 1s", "hv_ev": 1486.6}}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"counts": [-1.0] * 40}, "must not be below 0"),
        ({"counts": ["a"] * 40}, "must hold numbers only"),
        ({"counts": [float("nan")] * 40}, "finite"),
        ({"counts": [1.0] * 39}, "must be equal"),
        ({"binding_energy_ev": [1.0] * 40}, "an energy comes twice"),
        ({"binding_energy_ev": [1.0], "counts": [1.0]}, "20 to 20000"),
    ],
)
def test_columns_that_are_no_spectrum(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        spectra_of([record(**changes)])


def test_samples_are_told_apart(tmp_path: Path) -> None:
    spectra = spectra_of(
        [
            record
            for seed in (1, 2)
            for record in read_records(written(tmp_path, vamas_of(CLEANED, seed), f"{seed}.vms"))
        ]
    )
    with pytest.raises(InputError, match="2 samples, name one of them: run-1, run-2"):
        of_sample(spectra, "")
    with pytest.raises(InputError, match="'run-3': the files hold run-1, run-2"):
        of_sample(spectra, "run-3")
    assert analyse(of_sample(spectra, "run-2")).sample == "run-2"
