"""The table of constants: every row complete, every constant used, nothing defined twice."""

from pathlib import Path

import pytest
from adatom.sim.physics.constants import CONSTANTS, MARKS, NOMINAL, Constant

ROOM = Path(__file__).parents[3] / "sim"
BUILT_NAMES = ("interlayer_", "sigma_offset_")  # looked up by the material's or element's name


@pytest.mark.parametrize("row", CONSTANTS, ids=lambda row: row.name)
def test_every_row_is_complete(row: Constant) -> None:
    assert row.unit
    assert len(row.source) > 3
    assert row.mark in MARKS
    assert (row.spread > 0.0) == (row.spread_kind in ("log", "add"))
    assert row.value > 0.0 or row.spread_kind != "log"


def test_no_name_stands_twice() -> None:
    assert len(NOMINAL) == len(CONSTANTS)


def test_every_constant_is_used() -> None:
    files = [path for path in ROOM.rglob("*.py") if path.name != "constants.py"]
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    unused = [name for name in NOMINAL if f'"{name}"' not in code and not name.startswith(BUILT_NAMES)]
    assert unused == []
