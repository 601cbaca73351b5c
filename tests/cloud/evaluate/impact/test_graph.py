"""Graphs by year, and the shipped graphs: topics found as well as was published for the same splits."""

import numpy as np
import pytest
from adatom.cloud.evaluate.impact.convolution import PUBLISHED, accuracy, smoothed, smoothing, wilson
from adatom.cloud.evaluate.impact.graph import Citations, read_topics

from tests.cloud.evaluate.impact.generated import generated


def small() -> Citations:
    """Three works: b cites a, c cites a and b."""
    member = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    return Citations(("a", "b", "c"), np.array([2000, 2001, 2003]), ("x", "y"), member,
                     np.array([1, 2, 2]), np.array([0, 0, 1]))  # fmt: skip


def test_citations_count_in_the_year_of_the_citing_work() -> None:
    graph = small()
    assert graph.received(2001, 2001).tolist() == [1, 0, 0]
    assert graph.received(2001, 2003).tolist() == [2, 1, 0]


def test_what_is_known_at_a_year_has_no_later_work_and_no_citation_by_one() -> None:
    known = small().until(2002)
    assert known.ids == ("a", "b")
    assert (known.citing.tolist(), known.cited.tolist()) == ([1], [0])
    graph = generated(1, families=3, years=10)
    known = graph.until(2006)
    assert known.year.max() == 2006
    assert (known.year[known.citing] >= known.year[known.cited]).all()
    assert known.received(0, 2006).sum() == (graph.year[graph.citing] <= 2006).sum()


def test_smoothing_by_hand() -> None:
    # two joined nodes: D = 2, S = [[1/2, 1/2], [1/2, 1/2]]; a third alone keeps itself
    step = smoothing(np.array([[0, 1], [1, 0]]), 3).toarray()
    np.testing.assert_allclose(step, [[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    np.testing.assert_allclose(smoothed(np.eye(3), np.array([[0, 1]]), 0), np.eye(3))


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_topics_are_found_as_well_as_published(name: str) -> None:
    found = accuracy(read_topics(name))
    assert found.low <= PUBLISHED[name]["SGC"] <= found.high
    assert accuracy(read_topics(name), hops=0).share < found.share - 0.08  # the graph is what does it


def test_wilson_by_the_published_example() -> None:
    # Newcombe, Stat. Med. 17, 857 (1998), table I: 81 of 263 gives 0.2553 to 0.3662
    low, high = wilson(81 / 263, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
