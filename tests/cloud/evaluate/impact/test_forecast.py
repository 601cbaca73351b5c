"""Forecasts on generated graphs: intervals that hold what came, nothing of the future used, errors in words."""

import numpy as np
import pytest
from adatom.cloud.evaluate.impact.forecast import forecast, paces
from adatom.protocol.errors import InputError

from tests.cloud.evaluate.impact.generated import generated

YEARS = (2014, 2017, 2020)


def test_intervals_hold_and_the_plain_guess_is_beaten() -> None:
    held, missed, plain = [], [], []
    for seed in range(4):
        graph = generated(seed)
        for year in YEARS:
            came = graph.member.T @ graph.received(year + 1, year + 3)
            for one, truth in zip(forecast(graph, year).families, came, strict=True):
                held.append(one.low <= truth <= one.high)
                missed.append(abs(np.log1p(truth) - np.log1p(one.expected)))
                plain.append(abs(np.log1p(truth) - np.log1p(one.recent)))
    assert 0.8 <= np.mean(held) <= 0.97  # 96 families and years; 0.9 is meant
    assert np.mean(missed) < np.mean(plain)


def test_nothing_later_than_the_year_is_used() -> None:
    graph = generated(2)
    assert forecast(graph, 2016) == forecast(graph.until(2016), 2016)


def test_a_family_that_warms_up_is_seen_in_its_pace() -> None:
    graph = generated(2)
    own = paces(graph.until(2016), 2016, 3)[:, 0]
    last = graph.member.T @ graph.received(2016, 2016)
    mean = graph.member.T @ graph.received(2014, 2016) / 3
    assert (np.sign(own) == np.sign(last - mean)).all()


def test_a_family_without_citations_has_a_forecast() -> None:
    graph = generated(2)
    member = np.column_stack([graph.member, np.zeros(len(graph.year))])
    found = forecast(graph._replace(member=member, families=(*graph.families, "none")), 2020).families[-1]
    assert (found.works, found.recent, found.low) == (0, 0.0, 0.0)
    assert 0.0 <= found.expected < 2.0


@pytest.mark.parametrize("year", [1990, 2000, 2004])
def test_too_short_a_past_is_refused(year: int) -> None:
    with pytest.raises(InputError, match="too few"):
        forecast(generated(2, families=2), year)
