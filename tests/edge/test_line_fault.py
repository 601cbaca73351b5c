"""The filter of a faulty line: what passes, what is late, what repeats."""

import pytest
from adatom.edge.fault_table import INSTRUMENTS, KINDS, UNSUPPORTED, meaning, role_of, table
from adatom.edge.instruments import DRIVERS, driver_class
from adatom.edge.line_fault import KINDS as LINE_KINDS
from adatom.edge.line_fault import LineFault
from adatom.protocol.errors import InputError

REPLY = b"+012.34 +056.78\r"


def replies(fault: LineFault, count: int) -> list[bytes]:
    """What comes of `count` different replies to one question, with what was held back in between."""
    heard = []
    for turn in range(count):
        now = 1000 * turn
        assert fault.to_instrument(b"A\r\n", now) in (b"A\r\n", b"")
        heard.append(fault.from_instrument(b"%04d" % turn + REPLY, now + 20))
    return heard


def test_off_is_silence_both_ways() -> None:
    fault = LineFault("off", 1)
    assert fault.to_instrument(b"A\r\n", 0) == b""
    assert fault.from_instrument(REPLY, 10) == b""


def test_stuck_repeats_the_first_reply_to_each_question() -> None:
    fault = LineFault("stuck", 1)
    assert set(replies(fault, 5)) == {b"0000" + REPLY}
    assert fault.to_instrument(b"B\r\n", 9000) == b"B\r\n"
    assert fault.from_instrument(b"new", 9010) == b"new"  # never asked before


def test_stuck_keeps_apart_what_one_enquiry_asks_for() -> None:
    fault = LineFault("stuck", 1)
    for name, answer in ((b"PRX\r", b"1.0"), (b"UNI\r", b"0"), (b"PRX\r", b"2.0"), (b"UNI\r", b"1")):
        fault.to_instrument(name, 0)
        fault.from_instrument(b"\x06", 10)
        fault.to_instrument(b"\x05", 20)
        heard = fault.from_instrument(answer, 30)
        assert heard == {b"PRX\r": b"1.0", b"UNI\r": b"0"}[name]


def test_a_stuck_line_forgets_its_oldest_question() -> None:
    fault = LineFault("stuck", 1)
    for number in range(100):
        fault.to_instrument(b"S%d\r" % number, 100 * number)
        fault.from_instrument(REPLY, 100 * number + 50)
    assert len(fault.replies) == len(fault.asked) == 64


def test_garbage_keeps_the_length_and_sometimes_the_shape() -> None:
    heard = replies(LineFault("garbage", 3), 40)
    assert all(len(reply) == len(REPLY) + 4 for reply in heard)
    shaped = [reply for reply in heard if reply[-1:] == b"\r" and reply[4:5] == b"+"]
    assert 5 < len(shaped) < 35
    assert len(set(heard)) == 40


def test_slow_bytes_leave_one_by_one() -> None:
    fault = LineFault("slow", 1, baud=16000)  # 10 ms a byte
    assert fault.to_instrument(b"abc", 0) == b""
    assert [fault.tick(now)[0] for now in (9, 10, 19, 20, 35)] == [b"", b"a", b"", b"b", b"c"]
    assert fault.from_instrument(b"xy", 40) == b""
    assert fault.due_ms() == 50
    assert fault.tick(60) == (b"", b"xy")


def test_delayed_replies_come_in_order_after_one_to_three_seconds() -> None:
    fault = LineFault("delayed", 5)
    for number in range(20):
        assert fault.from_instrument(b"%02d" % number, 0) == b""
    assert fault.tick(999)[1] == b""
    assert fault.tick(3000)[1] == b"".join(b"%02d" % number for number in range(20))


def test_intermittent_loses_about_half() -> None:
    lost = replies(LineFault("intermittent", 2), 200).count(b"")
    assert 70 < lost < 130


def test_partial_frames_are_beginnings() -> None:
    for turn, reply in enumerate(replies(LineFault("partial_frame", 2), 50)):
        whole = b"%04d" % turn + REPLY
        assert len(reply) < len(whole)
        assert whole.startswith(reply)


def test_an_instrument_that_never_answers_loses_orders() -> None:
    fault = LineFault("intermittent", 2, answers=False)
    passed = [fault.to_instrument(b"g\n", 1000 * turn) for turn in range(100)]
    assert 30 < passed.count(b"") < 70
    assert fault.from_instrument(b"noise", 0) == b""
    late = LineFault("delayed", 2, answers=False)
    assert late.to_instrument(b"g\n", 0) == b""
    assert late.tick(3000) == (b"g\n", b"")


@pytest.mark.parametrize("kind", LINE_KINDS)
def test_the_same_seed_gives_the_same_line(kind: str) -> None:
    assert replies(LineFault(kind, 9), 30) == replies(LineFault(kind, 9), 30)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="wrong_unit"):
        LineFault("wrong_unit", 1)


def test_every_driver_has_a_row_and_every_pair_a_meaning() -> None:
    assert {name for name, _ in INSTRUMENTS} == set(DRIVERS)
    assert all(role == driver_class(name).ROLE for name, role in INSTRUMENTS)
    rows = table()
    assert len(rows) == len(INSTRUMENTS) * len(KINDS)
    assert all(row["text"] and row["where"] in ("line", "board", "twin", UNSUPPORTED) for row in rows)


def test_names_of_pairs_are_checked() -> None:
    with pytest.raises(InputError, match="INSTRUMENT"):
        meaning("toaster", "off")
    with pytest.raises(InputError, match="KIND"):
        meaning("alicat", "sad")
    kinds = {"mfc": "alicat", "heater": "eurotherm"}
    assert role_of("alicat", kinds) == role_of("mfc", kinds) == "mfc"
    with pytest.raises(InputError, match="one of this bench's"):
        role_of("mks937b", kinds)
