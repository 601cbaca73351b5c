"""Every text format: the right numbers, what varies between files of it, and what must be refused."""

import codecs

import numpy as np
import pytest
from adatom.cloud.measure.eis.files import known_formats, spectra_in_bytes
from adatom.cloud.measure.eis.table import Spectrum
from adatom.protocol.errors import InputError

from .made_files import (
    CHI,
    DFR,
    FREQ_HZ,
    GAMRY,
    GAMRY_DRIFT,
    I2B,
    IVIUM,
    MPT,
    MPT_LOOPS,
    MPT_THREE,
    NOVA,
    TEXTS,
    VERSASTUDIO,
    Z_OHM,
    ZPLOTW,
    palmsens,
)  # fmt: skip


def read(text: str, encoding: str = "utf-8") -> list[Spectrum]:
    return spectra_in_bytes(text.encode(encoding), "cell.dat")


def assert_is(spectrum: Spectrum, scale: float = 1.0) -> None:
    assert np.allclose(spectrum.freq_hz, FREQ_HZ, rtol=1e-8)
    assert np.allclose(spectrum.z_ohm, scale * Z_OHM, rtol=1e-8)


@pytest.mark.parametrize("name", TEXTS)
def test_right_numbers(name: str) -> None:
    kind, text = TEXTS[name]
    first = read(text)[0]
    assert first.meta["format"] == kind
    assert_is(first)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("change", ["crlf", "bom", "latin-1", "padding", "utf-16", "old mac"])
def test_what_software_does_to_files(name: str, change: str) -> None:
    text = TEXTS[name][1]
    data = text.encode("utf-8")
    if change == "crlf":
        data = text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
    elif change == "old mac":
        data = text.replace("\r\n", "\n").replace("\n", "\r").encode()
    elif change == "bom":
        data = codecs.BOM_UTF8 + data
    elif change == "latin-1":
        data = text.replace("Ω", "ohm").encode("latin-1")
    elif change == "padding":
        data = data + b"\x00" * 512
    elif change == "utf-16" and name != "ivium":  # IviumSoft writes Latin-1
        data = text.encode("utf-16-le")
    assert_is(spectra_in_bytes(data, "cell.dat")[0])


def names(text: str) -> list[str]:
    return [spectrum.name for spectrum in read(text)]


def test_several_spectra_have_a_name_each() -> None:
    assert names(MPT_LOOPS) == ["loop 1", "loop 2"]
    assert names(IVIUM) == ["first", "second"]
    assert names(palmsens()) == ["Impedance, CH 1: 6 freqs", "Impedance, CH 2: 6 freqs"]
    assert names(VERSASTUDIO) == ["segment 1", "segment 2"]
    assert names(CHI) == ["cell"]
    for text, scale in ((MPT_LOOPS, 2.0), (IVIUM, 2.0), (palmsens(), 2.0), (VERSASTUDIO, 3.0)):
        assert_is(read(text)[1], scale)


def test_other_electrodes_of_biologic_text_are_spectra_of_their_own() -> None:
    working, counter, both = spectra_in_bytes(MPT_THREE.encode(), "a.mpt")
    assert [one.name for one in (working, counter, both)] == [
        "a", "counter electrode", "working against counter electrode"]  # fmt: skip
    assert np.allclose(working.z_ohm, Z_OHM, rtol=1e-8)
    assert np.allclose(counter.z_ohm, 2.5 - 1j)
    assert np.allclose(both.z_ohm.real, np.abs(Z_OHM))  # in the columns of modulus and phase of the file before
    assert len(spectra_in_bytes(MPT.encode(), "a.mpt")) == 1  # without a reference they are 0


def test_gamry_decimal_comma_and_drift_correction() -> None:
    raw, corrected = read(GAMRY_DRIFT)
    assert raw.name == "Pellet 7"
    assert corrected.name == "Pellet 7, drift-corrected"
    assert raw.z_ohm[0].real > 70
    assert_is(corrected)


def test_gamry_several_tables_and_a_line_cut_off() -> None:
    second = GAMRY.partition("ZCURVE")[2]
    both = read(GAMRY + "ZCURVE1" + second)
    assert [one.name for one in both] == ["Pellet 7, sweep 1", "Pellet 7, sweep 2"]
    cut = read(GAMRY + "\t6\t2\t0.0")[0]
    assert cut.freq_hz.size == 6
    assert "cut off" in cut.notes[0]
    assert read(GAMRY + "EXPERIMENTABORTED\tTOGGLE\tT\tExperiment Aborted\n")[0].meta["aborted"] == "yes"


def test_biologic_decimal_comma_and_cycles() -> None:
    head, table = MPT[: MPT.index("freq/Hz")], MPT[MPT.index("freq/Hz") :]
    assert_is(read(head + table.replace(".", ","))[0])
    cycles = MPT + table[table.index("\n") + 1 :].replace("\t0\n", "\t1.000000000000000E+000\n")
    assert names(cycles) == ["cycle 0", "cycle 1"]


def test_zplot_says_which_points_are_missing() -> None:
    assert "8 points are stated, 6 are there" in read(ZPLOTW)[0].notes


def test_sweeps_behind_each_other_are_told_apart() -> None:
    body = CHI[CHI.index("Phase/deg") + 9 :]
    several = read(CHI + body.strip() + body)
    assert [one.freq_hz.size for one in several] == [6, 6, 6]
    assert [one.name for one in several] == ["cell, sweep 1", "cell, sweep 2", "cell, sweep 3"]


def test_points_repeated_at_the_end_are_no_sweep() -> None:
    again = CHI.rstrip("\n").splitlines()[-5]
    assert len(read(CHI + again + "\n" + again + "\n")) == 1


def test_up_and_down_is_one_sweep() -> None:
    lines = CHI.rstrip("\n").splitlines()
    assert len(read("\n".join([*lines, *lines[-2:-7:-1]]))) == 1


def test_ivium_leaves_out_other_techniques_and_says_so() -> None:
    assert "1 measurements that are no impedance left out" in read(IVIUM)[0].notes


@pytest.mark.parametrize("small", [False, True])
def test_palmsens_keys_in_either_case(small: bool) -> None:
    text = palmsens()
    for key in ("Measurements", "DataSet", "Values", "DataValues", "Unit", "Title") if small else ():
        text = text.replace(f'"{key}"', f'"{key[0].lower()}{key[1:]}"')
    assert_is(spectra_in_bytes(codecs.BOM_UTF16_LE + text.encode("utf-16-le"), "a.pssession")[0])


def test_nova_is_known_without_its_ohm_sign() -> None:
    assert_is(read(NOVA.replace("Ω", "?"), "latin-1")[0])


BAD = {
    "gamry without frequency": (GAMRY.replace("\tFreq\t", "\tF!\t"), "no frequency column"),
    "gamry number": (GAMRY.replace("1.000000000e+02", "fault"), "line 11: column 'Freq (Hz)' is 'fault'"),
    "biologic without impedance": (MPT.replace("Re(Z)/Ohm\t", "Re(Y)/Ohm-1\t").replace("|Z|", "|Y|"), "no impedance"),
    "chi without frequency": (CHI.replace("Freq/Hz, ", "E/V, "), "no frequency column"),
    "nova per area": (NOVA.replace("(Ω)", "(Ω.cm²)"), "per area"),
    "dfr count": (DFR.replace("\n6\n", "\nsix\n"), "line 2: 'six'"),
    "dfr shifted": (DFR.replace("\n6\n0\n", "\n6\n"), "6 points are stated, 5 are whole"),
    "dfr other layout": (DFR.replace("6\n0\n", "5\n0\n1\n2\n"), "should be a frequency"),
    "ivium cut": (IVIUM[: IVIUM.index("1.000000000e+02")].replace("\n6", "\n9"), "9 rows are stated"),
    "ivium other": (IVIUM.replace("Impedance", "Chronoamperometry"), "none with a frequency"),
    "palmsens cut": (palmsens()[:-40] + "}", "not whole JSON"),
    "palmsens other": (palmsens().replace("DataSetEIS", "DataSetCommon"), "without any measurement of impedance"),
    "palmsens column": (palmsens().replace("PalmSens.Units.Hertz", "PalmSens.Units.Volt"), "measurement 2: columns"),
    "versastudio direct": (VERSASTUDIO.replace("Frequency(Hz)", "F"), "none with a frequency"),
    "i2b": (I2B.replace("1.000000000e+02", "fault"), "'fault'"),
}


@pytest.mark.parametrize("name", BAD)
def test_refused_with_place_and_reason(name: str) -> None:
    text, reason = BAD[name]
    with pytest.raises(InputError) as caught:
        read(text)
    assert reason in str(caught.value)
    assert str(caught.value).startswith("cell.dat")


def test_every_format_has_a_file() -> None:
    read_by = {kind for kind, _ in TEXTS.values()} | {"PARSTAT or PowerSuite text"}
    elsewhere = {
        "delimited text",
        "BioLogic mpr",
        "spreadsheet (.xlsx, .ods)",
        "adatom JSON",
        "NeXus/HDF5 (.nxs)",
    }  # test_tables and so on
    assert {module.NAME for module in known_formats()} - elsewhere <= read_by
