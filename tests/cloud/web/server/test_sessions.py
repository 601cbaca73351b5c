"""Log-ins: they end when they should, and nobody's fills the memory."""

from adatom.cloud.web.server.sessions import IDLE_S, LONGEST_S, SESSIONS_MAX, Sessions


def test_a_log_in_ends_when_it_is_left_alone() -> None:
    sessions = Sessions()
    token, _ = sessions.begin("vera", 0.0)
    assert sessions.find(token, IDLE_S - 1) is not None  # which keeps it alive
    assert sessions.find(token, 2 * IDLE_S - 2) is not None
    assert sessions.find(token, 3 * IDLE_S) is None


def test_a_page_that_only_listens_keeps_nothing_alive() -> None:
    sessions = Sessions()
    token, _ = sessions.begin("vera", 0.0)
    assert sessions.find(token, IDLE_S - 1, touch=False) is not None
    assert sessions.find(token, IDLE_S) is None


def test_no_log_in_lasts_for_ever() -> None:
    sessions = Sessions()
    token, _ = sessions.begin("vera", 0.0)
    seen = [
        sessions.find(token, t) is not None for t in (k * IDLE_S / 2 for k in range(int(2 * LONGEST_S / IDLE_S) + 2))
    ]
    assert seen.index(False) == int(2 * LONGEST_S / IDLE_S)


def test_logging_out_and_being_logged_out() -> None:
    sessions = Sessions()
    first, _ = sessions.begin("vera", 0.0)
    second, _ = sessions.begin("vera", 0.0)
    other, _ = sessions.begin("otto", 0.0)
    sessions.end(first)
    assert [sessions.find(t, 1.0) is not None for t in (first, second, other)] == [False, True, True]
    sessions.end_all("vera")
    assert [sessions.find(t, 1.0) is not None for t in (second, other)] == [False, True]
    assert sessions.find("", 1.0) is None


def test_the_longest_unheard_make_room() -> None:
    sessions = Sessions()
    tokens = [sessions.begin("vera", float(number))[0] for number in range(SESSIONS_MAX + 3)]
    assert [sessions.find(token, SESSIONS_MAX) is not None for token in tokens[:5]] == [False] * 3 + [True] * 2
