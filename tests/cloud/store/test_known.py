"""Materials and logs: in once, out as they came."""

import numpy as np
from adatom.cloud.store.known import Material
from adatom.cloud.store.store import Store

from tests.cloud.store.samples import NOW

LITHIA = Material("test", "1", "Li2O", {"Li": 2 / 3, "O": 1 / 3}, 1e-9, True, 25.0, "oxides", "Fm-3m", "10.1/1", "CC0")
CHLORIDE = Material("test", "2", "LiCl", {"Cl": 0.5, "Li": 0.5}, 1e-8, False, 25.0, "", "", "", "CC0")
COLUMNS = {"time_s": [0.0, 2.0, 2.0], "heater_c": [25.0, 26.5, 27.0], "pressure_pa": [10.0, float("nan"), 11.0]}
UNITS = {"time_s": "s", "heater_c": "°C", "pressure_pa": "Pa"}
EVENTS = [(1.0, "Heater on"), (2.0, "Ölpumpe")]


def test_materials_come_back_as_they_went_in(store: Store) -> None:
    assert store.put_materials([CHLORIDE, LITHIA]) == 2
    assert store.materials() == [LITHIA, CHLORIDE]
    assert store.put_materials([]) == 0


def test_a_material_is_there_once_and_a_later_table_replaces_it(store: Store) -> None:
    store.put_materials([LITHIA])
    corrected = LITHIA._replace(fractions={"Na": 1.0}, conductivity_s_cm=2e-9)
    assert store.put_materials([corrected, CHLORIDE]) == 1
    assert store.materials() == [corrected, CHLORIDE]
    assert store.rows("SELECT element FROM material_element WHERE source_id = '1'") == [("Na",)]


def test_a_log_comes_in_once_with_its_order_units_and_events(store: Store) -> None:
    log_id, new = store.put_log("chamber.dlog", COLUMNS, UNITS, EVENTS, ["odd"], NOW)
    assert new
    assert store.put_log("copy.dlog", COLUMNS, UNITS, EVENTS, [], NOW) == (log_id, False)
    found = store.log_columns(log_id)
    assert list(found) == list(COLUMNS)
    for name, values in COLUMNS.items():
        np.testing.assert_array_equal(found[name], values)
    assert store.log_events(log_id) == EVENTS
    assert store.logs() == [{"sha256": log_id, "source": "chamber.dlog", "imported_utc_s": NOW, "rows": 3}]
    assert store.rows("SELECT unit FROM log_channel ORDER BY channel") == [("°C",), ("Pa",)]


def test_another_log_is_another_one(store: Store) -> None:
    first, _ = store.put_log("a", COLUMNS, UNITS, EVENTS, [], NOW)
    second, new = store.put_log("a", COLUMNS, UNITS, [], [], NOW)
    assert new
    assert second != first
    assert store.log_events(second) == []
    assert store.log_columns("none") == {}
