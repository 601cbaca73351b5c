from importlib.resources import files as package_files
from pathlib import Path

import numpy as np
import pytest
from adatom.cloud.measure.eis import files
from adatom.cloud.measure.eis.files import known_formats, read_spectra, read_spectrum
from adatom.protocol.errors import InputError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EXAMPLES = Path(str(package_files("adatom.cloud.measure.eis"))) / "examples"
# file: format, points, first frequency, first impedance as the file shows them
REAL = {
    "exampleData.csv": ("delimited text", 66, 3.1623e-3, 4.94998978e-2 - 2.04386985e-2j),
    "exampleDataGamry.DTA": ("Gamry DTA", 72, 200015.6, 825.8584 - 1367.239j),
    "exampleDataBioLogic.mpt": ("BioLogic EC-Lab text", 43, 1000.3201, 65.470886 - 0.38998979j),
    "exampleDataZPlot.z": ("ZPlot", 21, 3e5, 147.77 - 11.335j),
}


def write(folder: Path, text: str, name: str = "spectrum.txt", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("name", REAL)
def test_real_files_under_any_name(name: str, tmp_path: Path) -> None:
    renamed = tmp_path / "unknown"
    renamed.write_bytes((EXAMPLES / name).read_bytes())
    spectrum = read_spectrum(renamed)
    kind, points, freq_hz, z_ohm = REAL[name]
    assert spectrum.meta["format"] == kind
    assert spectrum.freq_hz.size == spectrum.z_ohm.size == points
    assert spectrum.freq_hz[0] == pytest.approx(freq_hz, rel=1e-4)
    assert spectrum.z_ohm[0] == pytest.approx(z_ohm, rel=1e-6)


def test_formats_are_found_in_their_folder() -> None:
    assert [module.NAME for module in known_formats()][-1] == "delimited text"
    assert {row[0] for row in REAL.values()} < {module.NAME for module in known_formats()}


TABLES = {
    "named": "freq_hz,z_re_ohm,z_im_ohm\n10,3,-1\n1,4,-2\n0.1,5,-1\n",
    "german": "Frequenz;Re;Im\n".replace("Frequenz", "Freq/Hz") + "10,0;3,0;-1,0\n1,0;4,0;-2,0\n0,1;5,0;-1,0\n",
    "minus": "Frequency (kHz)\tZ' (mOhm)\t-Z'' (mOhm)\n0.01\t3000\t1000\n0.001\t4000\t2000\n0.0001\t5000\t1000\n",
    "blanks": "# made by hand\n10  3  -1\n1   4  -2\n0.1 5  -1\n",
    "turned": "10 3 1\n1 4 2\n0.1 5 1\n",
    "reordered": "index,Im(Z)/Ohm,Re(Z)/Ohm,freq/Hz,Phase(Z)/deg\n1,-1,3,10,0\n2,-2,4,1,0\n3,-1,5,0.1,0\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_delimited_text(name: str, tmp_path: Path) -> None:
    spectrum = read_spectrum(write(tmp_path, TABLES[name]))
    assert np.allclose(spectrum.freq_hz, [10, 1, 0.1])
    assert np.allclose(spectrum.z_ohm, [3 - 1j, 4 - 2j, 5 - 1j])


def test_modulus_and_phase(tmp_path: Path) -> None:
    spectrum = read_spectrum(write(tmp_path, "f/Hz,|Z|/Ohm,Phase/deg\n10,2,-90\n1,3,0\n0.1,3,0\n"))
    assert np.allclose(spectrum.z_ohm, [-2j, 3, 3])


def test_sign_taken_as_minus_is_stated(tmp_path: Path) -> None:
    assert "taken as -Im" in read_spectrum(write(tmp_path, TABLES["turned"])).notes[0]


def test_utf16_with_mark(tmp_path: Path) -> None:
    assert read_spectrum(write(tmp_path, TABLES["named"], encoding="utf-16")).freq_hz.size == 3


def test_rows_at_zero_frequency_are_left_out_and_stated(tmp_path: Path) -> None:
    spectrum = read_spectrum(write(tmp_path, TABLES["named"] + "0,9,0\n"))
    assert spectrum.freq_hz.size == 3
    assert "1 rows" in spectrum.notes[0]


def test_gamry_with_decimal_comma_and_abort(tmp_path: Path) -> None:
    head = "EXPLAIN\nTAG\tEISPOT\nZCURVE\tTABLE\n\tPt\tTime\tFreq\tZreal\tZimag\n\t#\ts\tHz\tohm\tohm\n"
    rows = "\t0\t1\t10,0\t3,0\t-1,0\n\t1\t2\t1,0\t4,0\t-2,0\nEXPERIMENTABORTED\tTOGGLE\tT\tExperiment Aborted\n"
    spectrum = read_spectrum(write(tmp_path, head + rows))
    assert np.allclose(spectrum.z_ohm, [3 - 1j, 4 - 2j])


def test_zplot_with_the_older_head(tmp_path: Path) -> None:
    head = '"ZPlotW Data File: Version 3.2c"\n"  Freq(Hz)  Ampl  Bias  Time(Sec)  Z\'(a)  Z\'\'(b)  GD  Err  Range"\n'
    rows = "1.0E+01, 1.0E-02, 0.0, 2.5, 3.0, -1.0, 0.0, 0, 5\n1.0E+00, 1.0E-02, 0.0, 3.2, 4.0, -2.0, 0.0, 0, 5\n"
    assert np.allclose(read_spectrum(write(tmp_path, head + rows)).z_ohm, [3 - 1j, 4 - 2j])


def test_several_sweeps_in_a_biologic_file(tmp_path: Path) -> None:
    head = "EC-Lab ASCII FILE\nNb header lines : 3\nfreq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\tcycle number\t\n"
    path = write(tmp_path, head + "10\t3\t1\t1\n1\t4\t2\t1\n10\t5\t1\t2\n1\t6\t2\t2\n")
    assert [list(s.z_ohm.real) for s in read_spectra(path)] == [[3, 4], [5, 6]]
    assert "sweep 2 of 2" in read_spectrum(path, sweep=2).notes[0]
    with pytest.raises(InputError, match="sweep 3; the file holds 2"):
        read_spectrum(path, sweep=3)


def test_biologic_without_frequency_is_refused(tmp_path: Path) -> None:
    text = (EXAMPLES / "exampleDataBioLogic.mpt").read_text(encoding="latin-1").replace("freq/Hz\t", "")
    with pytest.raises(InputError, match="no frequency column"):
        read_spectrum(write(tmp_path, text))


BAD = {
    "Zre,Zim\n1,-1\n2,-2\n": "no frequency column",
    "freq,Zre\n1,1\n2,2\n": "no impedance among",
    "1 2\n3 4\n5 6\n": "2 columns without names",
    "1 2 -3\n5 6 -3\n1 8 -3\n9 1 -2\n2 2 -2\n": "no frequency column",
    "freq,re,im\n10,3,-1\n1,x,-2\n": "line 3: column 're' is 'x'",
    "freq,re,im\n10,3,-1\n-1,3,-2\n": "line 3: frequency -1 Hz",
    "freq,re,im\n10,3,-1\n1,nan,-2\n": "line 3: column 're' is 'nan'",
    "Dear colleague,\nplease find attached\nnothing at all\n": "no table of numbers",
    "": "empty",
    "EXPLAIN\nOCVCURVE\tTABLE\t2\n": "without the table ZCURVE",
    "EC-Lab ASCII FILE\nNb header lines : 99\n": "`Nb header lines` is 99",
    "ZPLOT2 ASCII\nnothing\n": "neither a line `End Comments`",
    "PNG\x00\x01\x02\x03": "binary",
}


@pytest.mark.parametrize("text", BAD)
def test_what_cannot_be_read_says_where_and_why(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_spectrum(write(tmp_path, text))
    assert BAD[text] in str(caught.value)
    assert "spectrum.txt" in str(caught.value)


def test_missing_file_folder_and_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_spectrum(tmp_path / "none.csv")
    with pytest.raises(InputError, match="not a file"):
        read_spectrum(tmp_path)
    monkeypatch.setattr(files, "MAX_BYTES", 5)
    with pytest.raises(InputError, match="at most 5 are read"):
        read_spectrum(write(tmp_path, TABLES["named"]))


HEADS = ("", "EXPLAIN\n\tTABLE", "EC-Lab ASCII FILE\nNb header lines : 3\n", "ZPLOT\nEnd Comments\n")
ALPHABET = "0123456789.,;eE-+\t \nfrqezimHO|/'()"
TAILS = st.one_of(st.binary(max_size=200), st.text(alphabet=ALPHABET, max_size=200).map(str.encode))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(head=st.sampled_from(HEADS), tail=TAILS)
def test_any_bytes_give_a_spectrum_or_an_input_error(head: str, tail: bytes, tmp_path: Path) -> None:
    path = tmp_path / "any"
    path.write_bytes(head.encode() + tail)
    try:
        spectrum = read_spectrum(path)
    except InputError:
        return
    assert spectrum.freq_hz.size == spectrum.z_ohm.size > 0
    assert (spectrum.freq_hz > 0).all()
