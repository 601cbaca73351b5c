"""Deadline statistics: what counts as late, percentiles at the bucket's end, windows."""

import pytest
from adatom.edge.tick_stats import BUCKET_US, BUCKETS, LATE_US, TickStats


def test_nothing_noted_is_nothing_late() -> None:
    assert TickStats().figures() == {"ticks": 0, "late": 0, "missed": 0, "p50_ms": 0.0, "p99_ms": 0.0, "max_ms": 0.0}


def test_percentiles_are_upper_ends_of_buckets_and_never_above_the_worst() -> None:
    stats = TickStats()
    for _ in range(98):
        stats.note(120, 0)
    stats.note(2000, 0)
    stats.note(LATE_US + 1, 3)
    figures = stats.figures()
    assert (figures["p50_ms"], figures["p99_ms"], figures["max_ms"]) == (0.15, 2.05, 10.001)
    assert (figures["ticks"], figures["late"], figures["missed"]) == (100, 1, 3)


@pytest.mark.parametrize("late_us", [-5, 0, BUCKET_US - 1, BUCKET_US * BUCKETS, 10**9])
def test_any_lateness_has_a_bucket(late_us: int) -> None:
    stats = TickStats()
    stats.note(late_us, 0)
    assert stats.figures()["p99_ms"] == min(max(late_us, 0), BUCKET_US * BUCKETS) / 1000 or late_us < BUCKET_US


def test_a_window_ends_and_the_totals_go_on() -> None:
    stats = TickStats()
    stats.note(LATE_US + 1, 1)
    assert stats.take()["late"] == 1
    assert stats.figures()["ticks"] == 0
    stats.note(0, 0)
    assert (stats.ticks, stats.late, stats.missed) == (2, 1, 1)
