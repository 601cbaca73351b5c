"""EC-Lab's binary files in all their versions, with ids that are not known, and damaged."""

import numpy as np
import pytest
from adatom.cloud.measure.eis.files import spectra_in_bytes
from adatom.cloud.measure.eis.table import Spectrum
from adatom.protocol.errors import InputError

from .made_binaries import FIRST, IDS, make_mpr
from .made_files import FREQ_HZ, Z_OHM


def assert_is(spectrum: Spectrum) -> None:
    assert spectrum.meta["format"] == "BioLogic mpr"
    assert np.allclose(spectrum.freq_hz, FREQ_HZ, rtol=1e-6)
    assert np.allclose(spectrum.z_ohm, Z_OHM, rtol=1e-6)


@pytest.mark.parametrize("key", FIRST, ids=str)
def test_every_version(key: tuple[int, bool]) -> None:
    (found,) = spectra_in_bytes(make_mpr(*key), "cell.mpr")
    assert_is(found)
    assert found.time_s is not None
    assert found.time_s.tolist() == [5.0] * FREQ_HZ.size
    assert found.meta["date"] == "08/10/21"
    assert "1 rows with frequency" in found.notes[0]


def test_loops_and_cycles_have_names() -> None:
    cycles = spectra_in_bytes(make_mpr(sweeps=(0, 1)), "a.mpr")
    assert [one.name for one in cycles] == ["cycle 1", "cycle 2"]
    loops = spectra_in_bytes(make_mpr(sweeps=(0, 0), loops=(0, 7)), "a.mpr")
    assert [one.name for one in loops] == ["loop 1", "loop 2"]
    for one in (*cycles, *loops):
        assert_is(one)


def test_sweeps_without_loop_and_cycle() -> None:
    ids = [key for key in IDS if key != 24]
    assert len(spectra_in_bytes(make_mpr(ids=ids, sweeps=(0, 0)), "a.mpr")) == 2


@pytest.mark.parametrize("width", [1, 2, 4, 8])
def test_one_unknown_id_anywhere(width: int) -> None:
    for place in (0, 4, len(IDS)):
        ids = [*IDS[:place], 352, *IDS[place:]]
        assert_is(spectra_in_bytes(make_mpr(ids=ids, widths={352: width}), "a.mpr")[0])


def test_unknown_ids_behind_what_is_needed() -> None:
    ids = [*IDS, 352, 353]
    (found,) = spectra_in_bytes(make_mpr(ids=ids, widths={352: 8, 353: 4}), "a.mpr")
    assert_is(found)


def test_modulus_and_phase_alone() -> None:
    assert_is(spectra_in_bytes(make_mpr(ids=[1, 32, 36, 35]), "a.mpr")[0])


@pytest.mark.parametrize("key", [(0, True), (2, False), (3, True)], ids=str)
def test_other_electrodes_are_spectra_of_their_own(key: tuple[int, bool]) -> None:
    """Ids above 255 stand between others, as EC-Lab 11.50 orders them."""
    ids = [1, 32, 37, 38, 36, 35, 4, 96, 98, 99, 100, 101, 430, 431, 432, 433, 70, 469, 24, 39]
    found = spectra_in_bytes(make_mpr(*key, ids=ids, sweeps=(0, 1)), "a.mpr")
    electrodes = ("", ", counter electrode", ", working against counter electrode")
    assert [one.name for one in found] == [f"cycle {n}{electrode}" for electrode in electrodes for n in (1, 2)]
    for one, factor in zip(found, (1, 1, 2, 2, 3, 3), strict=True):
        assert np.allclose(one.z_ohm, factor * Z_OHM, rtol=1e-6)


REFUSED = {
    "no frequency": (make_mpr(ids=[key for key in IDS if key != 32]), "no frequency column"),
    "no impedance": (make_mpr(ids=[1, 32, 4, 36]), "no impedance among the ids"),
    "unknown ids before": (make_mpr(ids=[352, 353, *IDS], widths={352: 4, 353: 4}), "stand before the impedance"),
    "other width": (make_mpr(ids=IDS, widths={39: 4}), "bytes a point"),
    "columns out of place": (make_mpr(ids=[353, 32, 37, 38, 354, 36], widths={353: 4, 354: 0}), "export as text"),
    "|Z| contradicts": (make_mpr(ids=[37, 32, 38, 36]).replace(bytes([37, 0, 32, 0]), bytes([32, 0, 37, 0])), "|Z|"),
    "cut off": (make_mpr()[:900], "the file ends after"),
    "cut off in a head": (make_mpr()[:80], "inside the head"),
    "version": (make_mpr().replace(b"VMP data  VMP data", b"VMP DATA  VMP data"), "no module `VMP data`"),
    "rubbish between": (make_mpr() + b"rubbish", "`MODULE` is needed"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_reason(name: str) -> None:
    data, reason = REFUSED[name]
    with pytest.raises(InputError, match=r"cell\.mpr") as caught:
        spectra_in_bytes(data, "cell.mpr")
    assert reason in str(caught.value)
