"""VAMAS files against the standard's order of lines, against an independent reader, and against any bytes."""

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from adatom.protocol.errors import ProtocolError
from adatom.protocol.vamas import FORMAT, ITEM_COUNT, ITEMS, parse
from adatom.sim.physics.chain import make_sample
from adatom.sim.physics.constants import NOMINAL
from adatom.sim.physics.xps import xps_regions
from adatom.sim.xps_file import vamas_text
from hypothesis import given, settings
from hypothesis import strategies as st
from vamas import Vamas

from tests.sim.physics.samples import REFERENCE

# the lines of a block by the standard's item numbers, for a REGULAR spectrum in NORM mode
REGULAR: dict[int, list[str]] = {
    1: ["2025"], 2: ["11"], 3: ["25"], 4: ["13"], 5: ["5"], 6: ["59"], 7: ["1"], 8: ["1", "a comment"], 9: ["XPS"],
    11: [], 12: ["Al Ka"], 14: ["1486.6"], 15: ["150"], 16: ["1E+37", "1E+37"], 19: ["54.7"], 20: ["0"], 21: ["FAT"],
    22: ["20"], 23: [], 24: ["1"], 25: ["4.5"], 26: ["0"], 27: ["300", "700"], 28: ["0", "0"], 29: ["O"],
    30: ["1s", "-1"], 31: ["Kinetic Energy", "eV", "950", "0.5"], 32: ["1", "counts", "d"], 33: ["pulse counting"],
    34: ["0.2"], 35: ["4"], 36: ["0"], 38: ["0", "0"], 39: ["0"], 40: ["0"],
}  # fmt: skip
VALUES = ["3", "10", "30", "10", "20", "30"]  # count, minimum, maximum, ordinates


def block(
    items: dict[int, list[str]], values: list[str], name: str = "O 1s", left_out: set[int] | None = None
) -> list[str]:
    lines = [line for number, texts in sorted(items.items()) if number not in (left_out or ()) for line in texts]
    return [name, "sample 7", *lines, *values]


def head(*, mode: str = "NORM", scan: str = "REGULAR", middle: list[str] | None = None, blocks: int = 1) -> list[str]:
    """`middle`: from the number of experimental variables to the future upgrade entries."""
    regions = [str(blocks)] if mode in ("MAP", "MAPDP", "NORM", "SDP") else []
    places = ["1", "1", "1"] if mode in ("MAP", "MAPDP") else []
    names = ["here", "analyser", "me", "experiment"]
    return [FORMAT, *names, "1", "hello", mode, scan, *regions, *places, *(middle or ["0"] * 5), str(blocks)]


def text(*parts: list[str], end: str = "end of experiment") -> bytes:
    return "\r\n".join([line for part in parts for line in part] + [end, ""]).encode()


def test_there_are_forty_items() -> None:
    assert len(ITEMS) == ITEM_COUNT == 40


def test_a_regular_spectrum() -> None:
    header, (found,) = parse(text(head(), block(REGULAR, VALUES)))
    assert (header.institution, header.instrument, header.comment) == ("here", "analyser", "hello")
    assert (header.experiment_mode, header.scan_mode) == ("NORM", "REGULAR")
    assert (found.identifier, found.sample, found.line) == ("O 1s", "sample 7", 17)
    fields = found.fields
    assert (fields["species"], fields["transition"], fields["charge"]) == ("O", "1s", -1)
    assert (fields["source_energy"], fields["pass_energy"], fields["dwell"], fields["scans"]) == (1486.6, 20, 0.2, 4)
    assert (fields["abscissa"], fields["abscissa_start"], fields["abscissa_step"]) == ("Kinetic Energy", 950, 0.5)
    assert fields["source_width_x"] is None  # 1E+37: not known
    assert (fields["analysis_width_x"], fields["analysis_width_y"]) == (300, 700)
    assert found.columns == (("counts", "d", [10.0, 20.0, 30.0]),)


def test_corresponding_variables_take_turns() -> None:
    items = REGULAR | {32: ["2", "counts", "d", "Transmission", "d"]}
    values = ["4", "10", "20", "0.1", "0.2", "10", "0.1", "20", "0.2"]
    assert parse(text(head(), block(items, values)))[1][0].columns == (
        ("counts", "d", [10.0, 20.0]),
        ("Transmission", "d", [0.1, 0.2]),
    )


def test_an_irregular_map_with_everything_that_may_be_there() -> None:
    middle = ["2", "etch time", "s", "bias", "V", "0", "1", "22", "2", "1", "first future", "second future"]
    items = {key: value for key, value in REGULAR.items() if key != 31}
    items |= {10: ["3", "4"], 11: ["60", "-1.5"], 17: ["500", "500"], 40: ["1", "charge shift", "eV", "0.3"]}
    items |= {13: ["18", "1", "1"], 37: ["2000", "100", "50", "50", "45", "0", "continuous"]}
    items |= {32: ["2", "Binding Energy", "eV", "counts", "d"]}
    values = ["future of the block", "4", "529", "530", "7", "9", "529", "7", "530.1", "9"]
    data = text(head(mode="MAPDP", scan="IRREGULAR", middle=middle), block(items, values))
    header, (found,) = parse(data)
    assert header.variables == (("etch time", "s"), ("bias", "V"))
    assert header.manual == (22,)
    assert header.future == ("first future", "second future")
    assert found.fields["experiment_values"] == [60.0, -1.5]
    assert (found.fields["x"], found.fields["y"], found.fields["field_of_view_x"]) == (3.0, 4.0, 500.0)
    assert (found.fields["sputter_atomic_number"], found.fields["sputter_mode"]) == (18.0, "continuous")
    assert found.fields["parameters"] == [("charge shift", "eV", 0.3)]
    assert "abscissa" not in found.fields
    assert [column[2] for column in found.columns] == [[529.0, 530.1], [7.0, 9.0]]


LATER = REGULAR | {22: ["50"], 29: ["C"], 31: ["Kinetic Energy", "eV", "1196", "0.1"]}


@pytest.mark.parametrize(
    ("listed", "left_out"),
    [
        (["3", "22", "29", "31"], set(range(1, 41)) - {22, 29, 31}),  # inclusion
        (["-37", *map(str, sorted(set(range(1, 41)) - {22, 29, 31}))], set(range(1, 41)) - {22, 29, 31}),  # exclusion
        (["-3", "1", "8", "40"], {1, 8, 40}),
        (["0"], set()),
    ],
)
def test_later_blocks_leave_out_what_the_list_says(listed: list[str], left_out: set[int]) -> None:
    middle = ["0", *listed, "0", "0", "0"]
    data = text(head(middle=middle, blocks=2), block(REGULAR, VALUES), block(LATER, VALUES, "C 1s", left_out))
    first, second = parse(data)[1]
    assert second.fields["species"] == "C"
    assert second.fields["pass_energy"] == 50.0
    assert second.fields["abscissa_start"] == 1196.0
    for name in ("year", "comment", "technique", "scans", "parameters"):
        assert second.fields[name] == first.fields[name]


@pytest.mark.parametrize(
    ("line", "put", "problem"),
    [
        (1, "VAMAS 1988", "line 1: the format identifier is 'VAMAS 1988'"),
        (6, "x", "line 6: the number of comment lines is 'x': must be a whole number in 0 to 1000"),
        (8, "NORMAL", "line 8: the experiment mode is 'NORMAL': must be one of MAP"),
        (9, "regular?", "line 9: the scan mode"),
        (12, "41", "line 12: the number of entries in the inclusion or exclusion list is '41'"),
        (16, "0", "line 16: the number of blocks is '0': must be a whole number in 1 to 4096"),
        (28, "NMR", "line 28: the technique is 'NMR'"),
        (30, "nan", "line 30: the source energy is 'nan': must be a number"),
        (31, "1_0", "line 31: the source strength"),
        (31, "١", "line 31: the source strength"),
        (50, "inf", "line 50: the abscissa start is 'inf'"),
        (50, "1E+37", "line 50: the abscissa start is 'not known': must be known"),
        (52, "0", "line 52: the number of corresponding variables is '0'"),
        (57, "1.5", "line 57: the scans is '1.5'"),
        (63, "999999999", "line 63: the number of ordinate values"),
        (67, "1E+37", "line 67: an ordinate value is 'not known'"),
        (69, "rubbish", "line 69: after the last block is 'rubbish': must be 'end of experiment'"),
    ],
)
def test_a_mistake_is_refused_with_its_line(line: int, put: str, problem: str) -> None:
    lines = text(head(), block(REGULAR, VALUES)).decode().split("\r\n")
    lines[line - 1] = put
    with pytest.raises(ProtocolError) as caught:
        parse("\r\n".join(lines).encode())
    assert problem in str(caught.value)


def test_a_file_that_is_cut_off_says_what_was_to_come() -> None:
    lines = text(head(), block(REGULAR, VALUES)).decode().split("\r\n")
    for count in range(len(lines) - 2):
        with pytest.raises(ProtocolError, match=f"line {count + 1}: the file ends where|: must be"):
            parse("\r\n".join([*lines[:count], ""]).encode())


def test_the_terminator_may_be_missing_and_old_files_are_latin_1() -> None:
    data = text(head(), block(REGULAR, VALUES), end="").replace(b"hello", b"Universit\xe4t")
    assert parse(data)[0].comment == "Universität"


def simulated() -> bytes:
    sample = make_sample(REFERENCE, NOMINAL)
    regions = xps_regions(sample.film, sample.surface, np.random.default_rng(4), NOMINAL)
    return vamas_text(regions, "run-1").encode()


@pytest.mark.parametrize("make", [simulated, lambda: text(head(), block(REGULAR, VALUES))], ids=["twin", "by hand"])
def test_an_independent_reader_finds_the_same(make: Any) -> None:
    """The PyPI package `vamas`. It does not know lists of left out items, manual items and irregular scans."""
    data = make()
    theirs = Vamas(data)
    header, ours = parse(data)
    assert (header.experiment, header.instrument) == (
        theirs.header.experiment_identifier,
        theirs.header.instrument_model_identifier,
    )
    assert len(ours) == len(theirs.blocks) == header.blocks
    for mine, other in zip(ours, theirs.blocks, strict=True):
        fields = mine.fields
        assert (mine.identifier, mine.sample) == (other.block_identifier, other.sample_identifier)
        assert (fields["species"], fields["transition"]) == (
            other.species_label,
            other.transition_or_charge_state_label,
        )
        assert (fields["abscissa"], fields["abscissa_start"], fields["abscissa_step"]) == (
            other.x_label,
            other.x_start,
            other.x_step,
        )
        assert (fields["source_energy"], fields["dwell"], fields["scans"]) == (
            other.analysis_source_characteristic_energy,
            other.signal_collection_time,
            other.num_scans_to_compile_block,
        )
        assert fields["pass_energy"] == other.analyzer_pass_energy_or_retard_ratio_or_mass_res
        assert [(label, values) for label, _, values in mine.columns] == [
            (variable.label, variable.y_values) for variable in other.corresponding_variables
        ]


WHOLE = text(head(), block(REGULAR, VALUES))


@given(
    st.binary(max_size=300) | st.builds(lambda a, b: WHOLE[:a] + WHOLE[b:], st.integers(0, 700), st.integers(0, 700))
)
@settings(deadline=None, max_examples=200)
def test_any_bytes_are_blocks_or_a_protocol_error(data: bytes) -> None:
    with suppress(ProtocolError):
        parse(data)


@given(st.integers(0, WHOLE.count(b"\n") - 1), st.binary(max_size=12))
@settings(deadline=None, max_examples=200)
def test_any_line_may_be_anything(number: int, put: bytes) -> None:
    lines = WHOLE.split(b"\r\n")
    lines[number] = put
    with suppress(ProtocolError):
        parse(b"\r\n".join(lines))
