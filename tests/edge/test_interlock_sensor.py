"""What every watcher asks of a sensor, at its limits."""

from adatom.edge.interlock_sensor import FRESH, FROZEN, STALE, Jitter, Life


def test_a_reading_is_stale_after_its_time_and_frozen_after_its_own() -> None:
    life = Life(100, 2000, 2500)
    life.start(1000)
    assert [life.check(now, None) for now in (1000, 3000, 3001)] == [FRESH, FRESH, STALE]
    life.start(0)
    assert life.check(100, 7) == FRESH
    assert [life.check(now, 7) for now in (2600, 2601)] == [FRESH, FROZEN]
    assert life.check(2700, 8) == FRESH
    assert life.check(5201, 8) == FROZEN
    life.start(6000)
    assert life.check(6000, 8) == FRESH


def test_a_valid_reading_makes_younger_by_half_a_tick_more_than_one() -> None:
    life = Life(100, 200, 1 << 29)
    for now, value, state in [(100, None, FRESH), (200, None, FRESH), (300, None, STALE), (400, 1, FRESH),
                              (401, None, STALE), (500, 2, FRESH), (500, None, FRESH), (501, None, STALE)]:  # fmt: skip
        assert life.check(now, value) == state, now
    assert (life.seen, life.younger_ms) == (300, 150)
    for now in (600, 700, 800, 900, 1000):
        life.check(now, now)
    assert life.seen == 1000  # never in the future


def test_jitter_is_the_mean_bend_of_sixteen_readings() -> None:
    jitter = Jitter(10)
    seen = [jitter.check(5 * (tick % 2)) for tick in range(200)]  # bends of 10: never over the limit
    assert not any(seen)
    jitter.start()
    seen = [jitter.check(6 * (tick % 2)) for tick in range(200)]  # bends of 12
    assert (seen.index(True), jitter.sum) == (27, 192)
    assert jitter.check(None) is False
    jitter.start()
    assert (jitter.sum, jitter.old, jitter.older) == (0, None, None)
    assert not any(jitter.check(1000 * tick) for tick in range(100))  # a ramp
    assert jitter.sum == 0
    jitter.start()
    wild = [jitter.check(100000 if tick == 50 else 0) for tick in range(100)]  # one wild reading: three bends of 40
    assert not any(wild)
    assert [jitter.check(100000 * (tick % 2)) for tick in range(6)] == [False] * 5 + [True]
