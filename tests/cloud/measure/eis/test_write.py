"""Spectra written and read back: the same numbers, names and notes."""

import io
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from adatom.cloud.measure.eis.files import read_spectra, spectra_in_bytes
from adatom.cloud.measure.eis.table import Spectrum
from adatom.cloud.measure.eis.write import json_bytes, nexus_bytes, write_spectra
from adatom.protocol.errors import FailedError, InputError

from .made_files import FREQ_HZ, TEXTS, Z_OHM

NAMES = ('at "25 °C", dry', "#2; after\na week")
ONE = Spectrum(FREQ_HZ, Z_OHM, {"format": "by hand", "date": "2026-01-02"}, ("a note",), NAMES[0])
TWO = [ONE, Spectrum(FREQ_HZ * np.pi, Z_OHM / 3, {}, (), NAMES[1])]


@pytest.mark.parametrize("ending", [".csv", ".json", ".nxs", ".h5"])
@pytest.mark.parametrize("count", [1, 2])
def test_read_back_as_written(ending: str, count: int, tmp_path: Path) -> None:
    path = tmp_path / f"out{ending}"
    write_spectra(path, TWO[:count])
    back = read_spectra(path)
    assert len(back) == count
    for found, given in zip(back, TWO, strict=False):
        assert np.array_equal(found.freq_hz, given.freq_hz)
        assert np.array_equal(found.z_ohm, given.z_ohm)
    if count == 2:
        assert [" ".join(one.name.split()) for one in back] == ['at "25 °C", dry', "#2; after a week"]


@pytest.mark.parametrize("written", [json_bytes, nexus_bytes])
def test_meta_and_notes_are_kept(written: Callable[[list[Spectrum]], bytes]) -> None:
    timed = replace(ONE, time_s=np.arange(FREQ_HZ.size) * 2.5)
    (back,) = spectra_in_bytes(written([timed]), "a file")
    assert back.time_s is not None
    assert timed.time_s is not None
    assert np.array_equal(back.time_s, timed.time_s)
    assert (back.meta, back.notes, back.name) == (ONE.meta, ONE.notes, ONE.name)


def test_csv_says_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write_spectra(path, TWO)
    text = path.read_text(encoding="utf-8")
    assert "# note: a note\n" in text
    assert "# spectrum: #2; after a week\n" in text
    assert "\nspectrum,freq_hz,z_re_ohm,z_im_ohm\n" in text


def test_nexus_leads_to_its_default_plot() -> None:
    import h5py

    with h5py.File(io.BytesIO(nexus_bytes(TWO)), "r") as file:
        entry = file[file.attrs["default"].decode()]
        data = entry[entry.attrs["default"].decode()]
        assert entry.attrs["NX_class"] == b"NXentry"
        assert entry["title"][()].decode() == NAMES[0]
        assert np.array_equal(data[data.attrs["axes"].decode()], FREQ_HZ)
        assert np.array_equal(data[data.attrs["signal"].decode()], Z_OHM.real)
        assert np.array_equal(data[data.attrs["auxiliary_signals"][0].decode()], Z_OHM.imag)
        assert data["z_imaginary"].attrs["units"] == b"ohm"
        assert entry["file"].attrs["date"] == b"2026-01-02"
        assert list(file) == ["entry_1", "entry_2"]


@pytest.mark.parametrize("name", TEXTS)
def test_what_any_file_holds_can_be_written_everywhere(name: str, tmp_path: Path) -> None:
    spectra = spectra_in_bytes(TEXTS[name][1].encode(), "a file")
    for ending in (".csv", ".json", ".nxs"):
        path = tmp_path / f"out{ending}"
        write_spectra(path, spectra)
        assert [one.freq_hz.size for one in read_spectra(path)] == [one.freq_hz.size for one in spectra]


def test_without_h5py_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(FailedError, match=r"pip install 'adatom\[nexus\]'"):
        nexus_bytes([ONE])
    with pytest.raises(FailedError, match=r"reading .* pip install 'adatom\[nexus\]'"):
        spectra_in_bytes(b"\x89HDF\r\n\x1a\n and more", "a.nxs")


def hdf5(change: Callable[[Any], None]) -> bytes:
    """The NeXus file of a spectrum after a change."""
    import h5py

    buffer = io.BytesIO(nexus_bytes([ONE]))
    with h5py.File(buffer, "r+") as file:
        change(file)
    return buffer.getvalue()


def replaced(name: str, **how: Any) -> Callable[[Any], None]:
    def change(file: Any) -> None:
        del file["entry_1/impedance"][name]
        file["entry_1/impedance"].create_dataset(name, **how)

    return change


def led_away(file: Any) -> None:
    import h5py

    del file["entry_1"]
    file["entry_1"] = h5py.ExternalLink("/etc/hostname", "/")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (led_away, "'entry_1' is a link to somewhere else"),
        (replaced("z_real", shape=(6,), dtype="f8", external=[("/etc/passwd", 0, 48)]), "kept in another file"),
        (replaced("z_real", data=[1.0, 2.0]), "columns of 6, 2, 6 numbers"),
        (replaced("z_real", data=[[1.0] * 6]), "z_real must be a list of numbers"),
        (replaced("z_real", data=["a"] * 6), "z_real must be a list of numbers"),
        (replaced("frequency", shape=(10**9,), dtype="f8", chunks=(1000,)), "1000000000 numbers; at most"),
        (lambda file: file["entry_1"].move("impedance", "absent"), "no entry with frequency, z_real"),
    ],
)
def test_a_nexus_file_that_is_another_or_harmful_is_refused(change: Callable[[Any], None], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        spectra_in_bytes(hdf5(change), "a.nxs")


def test_other_endings_and_places_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'\.txt'; allowed: \.csv"):
        write_spectra(tmp_path / "a.txt", [ONE])
    with pytest.raises(FailedError, match="cannot be written"):
        write_spectra(tmp_path / "no folder" / "a.csv", [ONE])


def damaged(**changed: object) -> bytes:
    whole = json.loads(json_bytes([ONE]))
    whole["spectra"][0] |= changed
    return json.dumps(whole).encode()


DAMAGED = {
    "cut": (json_bytes([ONE])[:-9], "not whole"),
    "no list": (b'{"schema": "adatom spectra 1", "spectra": {}}', "no list of spectra"),
    "no object": (b'{"schema": "adatom spectra 1", "spectra": [1]}', "an object with columns"),
    "text": (damaged(freq_hz=["1"] * 6), "freq_hz must be a list of numbers"),
    "length": (damaged(z_re_ohm=[1.0]), "of one length"),
    "no frequency": (damaged(freq_hz=None), "freq_hz must be"),
    "negative": (damaged(freq_hz=[-1] * 6), "must not be negative"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_json_is_refused(name: str) -> None:
    data, reason = DAMAGED[name]
    with pytest.raises(InputError) as caught:
        spectra_in_bytes(data, "a.json")
    assert reason in str(caught.value)
