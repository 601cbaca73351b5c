from pathlib import Path

import pytest
from adatom.cloud.measure.cycling.analyse import Analysis, analyse, with_area
from adatom.cloud.measure.cycling.files import read_record
from adatom.protocol.errors import InputError

from tests.cloud.measure.cycling import made


def analysed(folder: Path, rows: list[made.Row], area_cm2: float | None = None) -> Analysis:
    path = folder / "cell.csv"
    path.write_text(made.plain(rows), encoding="utf-8")
    return analyse(with_area(read_record(path), area_cm2))


def test_a_symmetric_cell_that_lives(tmp_path: Path) -> None:
    found = analysed(tmp_path, made.symmetric(5), 0.5)
    assert found.symmetric
    assert (found.life.cycles, found.life.failed, found.short, found.critical) == (5, False, None, None)
    assert [cycle.resistance_ohm for cycle in found.cycles] == pytest.approx([300.0] * 5)
    assert found.efficiency is not None
    assert found.efficiency.value == pytest.approx(1)
    assert any("held equal charges" in note for note in found.notes)


@pytest.mark.parametrize(("left", "kind"), [(0.1, "hard"), (0.4, "soft")])
def test_shorts(tmp_path: Path, left: float, kind: str) -> None:
    found = analysed(tmp_path, made.symmetric(9, lambda cycle: 0.03 * (left if cycle >= 7 else 1.0)))
    assert found.short is not None
    assert (found.short.kind, found.life.cycles, found.life.failed, found.life.why) == (kind, 7, True, f"{kind} short")


def test_a_short_that_heals_within_a_half_cycle_is_told(tmp_path: Path) -> None:
    rows = made.symmetric(1)
    begin = rows[-1][0]
    rows += [(begin + 60 + t, 0.1, 0.005 if 900 < t < 1200 else 0.03, 2) for t in range(0, 3600, 60)]
    found = analysed(tmp_path, rows)
    assert found.short is None
    assert any("healed within their half cycle: cycle 2" in note for note in found.notes)


def test_nucleation_at_the_start_is_no_short(tmp_path: Path) -> None:
    rows = made.symmetric(1)
    begin = rows[-1][0]
    rows += [(begin + 60 + t, 0.1, 0.03 + 0.2 * (t < 180), 2) for t in range(0, 3600, 60)]
    assert not any("healed" in note for note in analysed(tmp_path, rows).notes)


def test_polarisation_ends_a_life(tmp_path: Path) -> None:
    found = analysed(tmp_path, made.symmetric(5, lambda cycle: 1.2 if cycle == 4 else 0.5))
    assert (found.life.cycles, found.life.why) == (4, "polarisation above 1 V")


def test_a_ramp_brackets_the_critical_current(tmp_path: Path) -> None:
    found = analysed(tmp_path, made.symmetric(8, lambda c: 300 * 1e-4 * c * (0.1 if c >= 6 else 1), lambda c: 1e-4 * c))
    assert found.critical is not None
    assert found.critical.low == pytest.approx(5e-4)
    assert found.critical.high == pytest.approx(6e-4)


def test_a_full_cell_fades(tmp_path: Path) -> None:
    found = analysed(tmp_path, made.full(30, 0.01, 0.99))
    assert not found.symmetric
    assert found.efficiency is not None
    assert found.efficiency.low <= 0.99 + 1e-6
    assert found.efficiency.value == pytest.approx(0.99, abs=1e-4)
    assert found.fade_per_cycle is not None
    assert 0.008 < found.fade_per_cycle.low <= found.fade_per_cycle.value <= found.fade_per_cycle.high < 0.011
    # 0.99^n below 0.8 of the median of 0.99^1..3: n - 2 > 22.2
    assert (found.life.cycles, found.life.failed) == (25, True)


def test_what_says_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no half cycle"):
        analysed(tmp_path, [(t, 0.0, 3.0, 1) for t in range(9)])
    with pytest.raises(InputError, match="--area-cm2"):
        analysed(tmp_path, made.symmetric(2), 0.0)
