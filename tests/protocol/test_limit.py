"""The token bucket."""

from adatom.protocol.limit import Limit


def test_a_burst_then_one_each_interval_and_the_rest_is_counted() -> None:
    limit = Limit(3, 100)
    assert [limit.allow(1000) for _ in range(5)] == [True, True, True, False, False]
    assert limit.dropped == 2
    assert [limit.allow(1099), limit.allow(1100), limit.allow(1101), limit.allow(1250)] == [False, True, False, True]
    assert limit.dropped == 4


def test_a_long_rest_saves_up_no_more_than_a_burst() -> None:
    limit = Limit(3, 100)
    assert [limit.allow(0) for _ in range(3)] == [True] * 3
    assert [limit.allow(10**9) for _ in range(4)] == [True] * 3 + [False]
    assert not limit.ready(10**9 + 99)
    assert limit.ready(10**9 + 100)


def test_any_flood_is_bounded_by_burst_and_time() -> None:
    limit = Limit(20, 30000)
    said = sum(limit.allow(now_ms) for now_ms in range(0, 3600000, 10))
    assert said == 20 + 3600000 // 30000 - 1
    assert said + limit.dropped == 360000
