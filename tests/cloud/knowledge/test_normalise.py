"""0..1 and back: monotonic, invertible, versioned; missing stays missing."""

import numpy as np
import pytest
from adatom.cloud.knowledge.normalise import Scale, make_scales, scales
from adatom.cloud.knowledge.properties import as_rows
from adatom.cloud.store.store import Store
from hypothesis import given
from hypothesis import strategies as st

from tests.cloud.store.samples import NOW
from tests.cloud.store.test_facts import columns

LOG = Scale("ionic_conductivity", "log", -10.0, -3.0, 100, 1)
LINEAR = Scale("formation_energy", "linear", -3.5, 0.5, 100, 1)


def test_quantiles_are_where_they_are_said_to_be_and_between_is_linear() -> None:
    np.testing.assert_allclose(LINEAR.normalised(np.array([-3.5, -1.5, 0.5])), [0.01, 0.5, 0.99])
    np.testing.assert_allclose(LOG.normalised(np.array([1e-10, 10**-6.5, 1e-3])), [0.01, 0.5, 0.99])


def test_missing_stays_missing_and_zero_is_the_lower_end_of_a_log_scale() -> None:
    np.testing.assert_array_equal(LOG.normalised(np.array([np.nan, -1.0, 0.0])), [np.nan, np.nan, 0.0])
    np.testing.assert_array_equal(LOG.restored(np.array([np.nan, -0.1, 1.1, 0.0])), [np.nan, np.nan, np.nan, 0.0])


@pytest.mark.parametrize("scale", [LOG, LINEAR])
@given(st.floats(-60.0, 60.0))
def test_what_is_normalised_comes_back(scale: Scale, y: float) -> None:
    value = 10.0**y if scale.scale == "log" else y
    u = scale.normalised(np.array([value]))
    assert 0.0 < u[0] < 1.0
    np.testing.assert_allclose(scale.restored(u), [value], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("scale", [LOG, LINEAR])
def test_it_only_grows_and_has_no_step(scale: Scale) -> None:
    y = np.linspace(-30.0, 30.0, 60_001)
    u = scale.normalised(10.0**y if scale.scale == "log" else y)
    steps = np.diff(u)
    assert (steps > 0.0).all()
    assert steps.max() < 1.001 * 0.98 * 0.001 / (scale.high - scale.low)


def test_a_version_is_kept_and_a_new_one_is_made_only_when_facts_changed() -> None:
    with Store(":memory:") as store:
        store.put_properties(as_rows())
        values = np.geomspace(1e-9, 1e-3, 101).tolist()
        store.put_facts(columns(list(range(101)), values, property="ionic_conductivity"))
        store.put_facts(columns(list(range(200, 230)), [3.0] * 30, property="band_gap"))
        store.put_facts(columns([300], [3.0], property="density"))
        version, made = make_scales(store, NOW)
        assert version == 1
        assert set(made) == {"ionic_conductivity", "band_gap"}  # of one density there are no quantiles
        assert (made["ionic_conductivity"].low, made["ionic_conductivity"].high) == pytest.approx((-8.94, -3.06))
        assert made["band_gap"].normalised(np.array([3.0])) == pytest.approx(0.5)
        assert make_scales(store, NOW + 1)[0] == 1
        store.put_facts(columns([400], [10.0], property="ionic_conductivity"))
        assert make_scales(store, NOW + 2)[0] == 2
        assert scales(store, 1) == made
        assert scales(store)["ionic_conductivity"].n == 102
        assert scales(store, 3) == {}
