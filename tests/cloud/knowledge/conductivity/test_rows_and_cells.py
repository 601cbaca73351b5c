"""Tables in, crystal systems of space groups, and what the amounts of a composition are taken for."""

from contextlib import suppress
from pathlib import Path

import pytest
from adatom.cloud.knowledge.conductivity.cells import BY_NEIGHBOURS, BY_VOLUME, BY_Z, GIVEN, cell_of, known_cells
from adatom.cloud.knowledge.conductivity.features import BLOCKS, BY_CELL, anions_of, blocks_of
from adatom.cloud.knowledge.conductivity.model import training_rows
from adatom.cloud.knowledge.conductivity.rows import paper_numbers, read_rows, row_of
from adatom.cloud.knowledge.conductivity.space_groups import system_of
from adatom.protocol.errors import InputError
from hypothesis import given, settings
from hypothesis import strategies as st

HEADER = "ID,True Composition,Z,a,b,c,alpha,beta,gamma,Space group,Ionic conductivity (S cm-1),DOI"


def table(folder: Path, *lines: str) -> Path:
    path = folder / "t.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_row_brings_what_it_tells(tmp_path: Path) -> None:
    path = table(tmp_path, HEADER, "x1,Li56La24Zr16O96,8,13,13,13,90,90,90,Ia-3d ,<1E-10,10.1/A|10.1/b")
    (row,) = read_rows(path)
    assert (row.formula_units, row.volume_a3, row.system) == (8.0, pytest.approx(2197.0), "cubic")
    assert (row.log10_sigma, row.below, row.papers) == (pytest.approx(-10.0), True, {"10.1/a", "10.1/b"})


def test_cells_that_say_nothing_are_missing(tmp_path: Path) -> None:
    (row,) = read_rows(table(tmp_path, HEADER, "x1,Li3N,-,,nan,n/a,,,,,,"))
    assert (row.formula_units, row.volume_a3, row.system, row.log10_sigma) == (None, None, None, None)
    assert not row.papers


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("x1,Qq7,,,,,,,,,,", "t.csv:2 True Composition"),
        ("x1,Li3N,-1,,,,,,,,,", "t.csv:2 Z"),
        ("x1,Li3N,,5,5,5,90,90,500,,,", "t.csv:2"),
        ("x1,Li3N,,5,5,5,30,30,150,,,", "t.csv:2"),
        ("x1,Li3N,,,,,,,,,80,", "t.csv:2 Ionic conductivity"),
        ("x1,Li3N", "t.csv:2"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, line: str, where: str) -> None:
    with pytest.raises(InputError) as caught:
        read_rows(table(tmp_path, HEADER, line))
    assert where in caught.value.where


@given(content=st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_rows_or_an_input_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "t.csv"
    path.write_bytes(b"formula,Z,DOI\n" + content)
    with suppress(InputError):
        assert read_rows(path)


def test_crystal_systems_by_symbol_are_those_by_number() -> None:
    from pymatgen.symmetry.groups import sg_symbol_from_int_number

    wrong = [
        number
        for number in range(1, 231)
        if system_of("", sg_symbol_from_int_number(number)) != system_of(str(number), "")
    ]
    assert not wrong
    assert [system_of("", text) for text in ("R -3 c H", "P42/nmc ", "P 1 21/c 1", "", "?", "Q4")] == [
        "trigonal", "tetragonal", "monoclinic", None, None, None,
    ]  # fmt: skip


def test_papers_that_one_row_names_together_are_one() -> None:
    rows = [row_of("Li3N")._replace(papers=frozenset(one)) for one in (["a"], ["b"], ["a", "b"], [], [], ["c"])]
    assert paper_numbers(rows) == [0, 0, 0, 1, 2, 3]


def test_only_the_cells_blocks_change_with_the_formula_unit() -> None:
    cell, formula = blocks_of([row_of("Li56La24Zr16O96").atoms]), blocks_of([row_of("Li7La3Zr2O12").atoms])
    changed = {name for name, left, right in zip(BLOCKS, cell, formula, strict=True) if abs(left - right).max() > 1e-12}
    assert changed == BY_CELL - {"disorder"}  # both are whole
    assert cell[BLOCKS.index("framework_charge")][0, 0] == pytest.approx((3 * 3 + 2 * 4) / 12)


def test_the_negative_charge_is_on_the_usual_anions_else_on_the_likeliest() -> None:
    assert anions_of(row_of("Li2OHCl").atoms) == {"O", "Cl"}
    assert anions_of(row_of("LiAlH4").atoms) == {"H"}
    assert anions_of(row_of("Li8SiP4").atoms) == {"P"}


def test_amounts_become_a_cells() -> None:
    known = known_cells(training_rows())
    garnet = row_of("Li7La3Zr2O12")
    cubic_a3 = 12.97**3
    for row, factor, how in (
        (garnet, 8.0, BY_NEIGHBOURS),
        (garnet._replace(convention="cell"), 1.0, GIVEN),
        (garnet._replace(convention="formula", formula_units=8.0), 8.0, BY_Z),
        (garnet._replace(volume_a3=cubic_a3), 8.0, BY_VOLUME),
        (row_of("Li56La24Zr16O96"), 1.0, GIVEN),
        (row_of("Li56La24Zr16O96")._replace(volume_a3=cubic_a3), 1.0, GIVEN),
    ):
        cell = cell_of(row, known)
        assert (max(cell.ways)[1], cell.how) == (factor, how)
        assert sum(share for share, _ in cell.ways) == pytest.approx(1.0)


def test_an_unknown_convention_is_refused() -> None:
    with pytest.raises(InputError, match="auto, cell, formula"):
        row_of("Li3N", "primitive")
