"""Analysers' files as records: regions of VAMAS files, tables of CSV files, and nothing else."""

from contextlib import suppress

import numpy as np
import pytest
from adatom.cloud.measure.reduce import reduce_run
from adatom.protocol.errors import ProtocolError
from adatom.protocol.xps_files import MAX_COLUMNS, read_file
from adatom.sim.physics.chain import make_sample
from adatom.sim.physics.constants import NOMINAL
from adatom.sim.physics.xps import PHOTON_EV, xps_regions
from adatom.sim.xps_file import vamas_text
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.protocol.test_vamas import REGULAR, VALUES, block, head, text
from tests.sim.physics.samples import REFERENCE


def test_every_region_of_the_twin_s_file_is_a_record() -> None:
    sample = make_sample(REFERENCE, NOMINAL)
    regions = xps_regions(sample.film, sample.surface, np.random.default_rng(4), NOMINAL)
    records = read_file("run-1.vms", vamas_text(regions, "run-1").encode())
    assert [r["meta"]["region"] for r in records] == ["Survey", "Li 1s", "C 1s", "O 1s", "La 3d", "Zr 3d"]
    for record, region in zip(records, regions, strict=True):
        columns, meta = record["columns"], record["meta"]
        assert record["technique"] == "xps"
        assert columns["counts"] == region.counts.tolist()
        assert columns["kinetic_energy_ev"] == pytest.approx(region.kinetic_ev, abs=1e-6)
        assert columns["binding_energy_ev"] == pytest.approx(PHOTON_EV - region.kinetic_ev, abs=1e-6)
        assert (meta["hv_ev"], meta["pass_energy_ev"], meta["dwell_s"], meta["scans"], meta["sample"]) == (
            PHOTON_EV, region.pass_ev, region.dwell_s, region.scans, "run-1",
        )  # fmt: skip
        assert meta["simulated"] == 1
    assert {"overlayer_nm", "surface_fraction_li"} <= {quantity.name for quantity in reduce_run(records)}


def test_only_xps_blocks_count_and_kinetic_energies_stay_without_a_photon_energy() -> None:
    ups = REGULAR | {9: ["UPS"]}
    dark = REGULAR | {14: ["1E+37"], 31: ["kinetic energy", "EV", "950", "0.5"]}
    (record,) = read_file("a.VMS", text(head(blocks=2), block(ups, VALUES), block(dark, VALUES)))
    assert record["columns"] == {"kinetic_energy_ev": [950.0, 950.5, 951.0], "counts": [10.0, 20.0, 30.0]}
    with pytest.raises(ProtocolError, match="no block of technique XPS"):
        read_file("a.vms", text(head(), block(ups, VALUES)))


def test_binding_energies_and_rates_are_taken_as_they_are() -> None:
    items = REGULAR | {31: ["Binding Energy", "eV", "540", "-0.1"], 32: ["1", "intensity", "c/s"]}
    (record,) = read_file("a.vms", text(head(), block(items, VALUES)))
    assert record["columns"]["binding_energy_ev"] == pytest.approx([540.0, 539.9, 539.8])
    assert record["columns"]["counts_per_s"] == [10.0, 20.0, 30.0]


def test_an_irregular_scan_has_its_energies_in_the_first_variable() -> None:
    items = {key: value for key, value in REGULAR.items() if key != 31}
    items |= {32: ["2", "Binding Energy", "eV", "counts", "d"]}
    data = text(head(scan="IRREGULAR"), block(items, ["4", "529", "531", "7", "9", "529", "7", "531", "9"]))
    assert read_file("a.vms", data)[0]["columns"] == {"binding_energy_ev": [529.0, 531.0], "counts": [7.0, 9.0]}


@pytest.mark.parametrize(
    ("items", "problem"),
    [
        ({31: ["mass", "eV", "1", "1"]}, "line 17: the energies are 'mass'"),
        ({31: ["Kinetic Energy", "m", "1", "1"]}, "line 17: the unit of 'Kinetic Energy' is 'm': must be eV"),
    ],
)
def test_a_spectrum_without_energies_is_refused(items: dict[int, list[str]], problem: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        read_file("a.vms", text(head(), block(REGULAR | items, VALUES)))
    assert problem in str(caught.value)


def test_more_columns_than_a_message_takes_are_left_to_the_raw_file() -> None:
    labels = [word for k in range(6) for word in (f"channel {k}", "d")]
    values = ["6", *["0"] * 12, *["1"] * 6]
    (record,) = read_file("a.vms", text(head(), block(REGULAR | {32: ["6", *labels]}, values)))
    assert len(record["columns"]) == MAX_COLUMNS
    assert record["meta"]["columns_left_out"] == "channel_2, channel_3, channel_4, channel_5"


@pytest.mark.parametrize(
    "data",
    [
        b"binding_energy_ev,counts\n530.0,10\n529.9,20\n",
        b"\xef\xbb\xbfBinding Energy (eV);Counts\r\n530,0;10\r\n529,9;20\r\n",
        b"# region = O 1s\nBE\tIntensity\n530.0\t10\n529.9\t20",
        b"\nbinding_energy counts\n530.0   1.0e1\n529.9 +20\n",
        b'# anything else\n"binding_energy_ev" , "counts"\n 530 , 10 \n 529.9 , 20 \n\n',
    ],
)
def test_csv_in_the_ways_of_the_world(data: bytes) -> None:
    (record,) = read_file("o1s.csv", data)
    assert record["columns"] == {"binding_energy_ev": [530.0, 529.9], "counts": [10.0, 20.0]}
    assert record["meta"]["file"] == "o1s.csv"


def test_facts_stand_in_comment_lines_and_kinetic_energies_are_converted() -> None:
    data = (b"# hv_ev = 1486,6\n# Region: O 1s\n# pass_energy_ev=20\n# dwell_s = 0.2\n# scans = 4\n# sample = run-1\n"
            b"kinetic_energy_ev;counts_per_s;counts;Transmission\n957;1;2;0,9\n")  # fmt: skip
    (record,) = read_file("a.csv", data)
    assert record["columns"]["binding_energy_ev"] == pytest.approx([529.6])
    assert list(record["columns"]) == ["binding_energy_ev", "kinetic_energy_ev", "counts_per_s", "counts"]
    expected = {"region": "O 1s", "hv_ev": 1486.6, "pass_energy_ev": 20.0, "dwell_s": 0.2, "scans": 4.0}
    assert record["meta"] | expected | {"sample": "run-1"} == record["meta"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "no rows of numbers"),
        (b"binding_energy_ev,counts\n", "no rows of numbers"),
        (b"1,2\n", "line 1: the column names are '1,2'"),
        (b"binding_energy_ev,yield\n1,2\n", "must have binding_energy_ev or kinetic_energy_ev, and counts"),
        (b"be,be,counts\n1,2,3\n", "each once"),
        (b"\nbe,counts\n1,2\n1,2,3\n", "line 4: '1,2,3': must be 2 numbers"),
        (b"be,counts\n1,nan\n", "line 2: '1,nan': must be 2 numbers"),
        (b"be,counts\n1,1e999\n", "line 2"),
        (b"be;counts\n1;2,3,4\n", "line 2"),
        (b"# hv_ev = soft\nbe,counts\n1,2\n", "line 1: hv_ev is 'soft': must be a number"),
    ],
)
def test_a_table_that_is_no_spectrum_is_refused_with_its_line(data: bytes, problem: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        read_file("a.csv", data)
    assert problem in str(caught.value)


@given(st.binary(max_size=200) | st.text("be,counts;123.#=\n\t -", max_size=80).map(str.encode))
@settings(deadline=None)
def test_any_bytes_are_records_or_a_protocol_error(data: bytes) -> None:
    for name in ("a.csv", "a.vms"):
        with suppress(ProtocolError):
            for record in read_file(name, data):
                assert len({len(column) for column in record["columns"].values()}) == 1
