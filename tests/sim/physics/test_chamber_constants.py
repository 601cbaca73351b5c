"""The chamber's table: marked, sourced, without doubles, and without rows that nothing reads."""

from pathlib import Path

from adatom import sim
from adatom.sim.physics.chamber_constants import CHAMBER_CONSTANTS
from adatom.sim.physics.constants import CONSTANTS, MARKS

SOURCES = "\n".join(
    path.read_text() for path in (Path(next(iter(sim.__path__)))).rglob("*.py") if path.name != "chamber_constants.py"
)


def test_every_row_has_a_known_mark_and_a_source() -> None:
    assert {row.mark for row in CHAMBER_CONSTANTS} <= set(MARKS)
    assert all(row.source for row in CHAMBER_CONSTANTS)


def test_no_name_stands_twice_or_in_both_tables() -> None:
    names = [row.name for row in (*CHAMBER_CONSTANTS, *CONSTANTS)]
    assert len(names) == len(set(names))


def test_every_row_is_read_somewhere() -> None:
    assert [row.name for row in CHAMBER_CONSTANTS if f'"{row.name}"' not in SOURCES] == []
