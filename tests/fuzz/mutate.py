"""Frames from a corpus and a seed: what a broken line, an old version or an attacker would send."""

import random
from collections.abc import Callable, Sequence

FRAME_MAX = 70000  # bytes: a little more than any message may have
# what parsers trip over: ends of ranges, things that are nearly numbers, JSON that is none, half of a character
TOKENS = [
    b"0", b"-1", b"1e999", b"-0.0", b"NaN", b"Infinity", b"null", b"true", b"[]", b"{}", b'""', b"9007199254740993",
    b"4294967296", b"-2147483649", b"1.5", b'"\\ud800"', b"\x00", b"\xff\xfe", b"\xc3", b"\n", b"\r\n", b",", b":",
    b"[[[[[[[[", b'{"a":{"a":{"a":', b'"v":2', b'"kind":"command"', b"*", b"..", b"+", b"#", b"/", b"%s", b"0x1F",
    b"1_000", b"1" * 400, b"\x80\x80\x80\x80\x80", b"\x7f\xff\xff\xff",
]  # fmt: skip


def mutated(rng: random.Random, corpus: Sequence[bytes]) -> bytes:
    """A frame of the corpus with one to four changes; now and then nothing but noise."""
    if rng.random() < 0.02:
        return rng.randbytes(rng.choice((0, 1, 2, 5, 40, 300)))
    data = bytearray(rng.choice(corpus))
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        rng.choice(CHANGES)(rng, data, corpus)
    return bytes(data[:FRAME_MAX])


def _flip(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _set(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        data[rng.randrange(len(data))] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))


def _cut(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    start = rng.randrange(len(data) + 1)
    del data[start : start + rng.choice((1, 1, 2, 8, 1000))]


def _repeat(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    start = rng.randrange(len(data) + 1)
    piece = bytes(data[start : start + rng.choice((1, 4, 30))])
    data[start:start] = piece * rng.choice((1, 1, 2, 50))


def _end(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    del data[rng.randrange(len(data) + 1) :]


def _token(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    start = rng.randrange(len(data) + 1)
    data[start : start + rng.choice((0, 0, 1, 3))] = rng.choice(TOKENS)


def _number(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    """Put something else where a number stands, so that the frame stays whole around it."""
    start = rng.randrange(len(data) + 1)
    while start < len(data) and data[start] not in b"0123456789":
        start += 1
    stop = start
    while stop < len(data) and data[stop] in b"0123456789.-+eE":
        stop += 1
    data[start:stop] = rng.choice(TOKENS)


def _splice(rng: random.Random, data: bytearray, corpus: Sequence[bytes]) -> None:
    other = rng.choice(corpus)
    at = rng.randrange(len(data) + 1)
    data[at:] = other[rng.randrange(len(other) + 1) :]


def _swap(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    if len(data) > 8:
        a, b, size = rng.randrange(len(data)), rng.randrange(len(data)), rng.choice((1, 2, 8))
        first, second = bytes(data[a : a + size]), bytes(data[b : b + size])
        if len(first) == len(second):
            data[a : a + size], data[b : b + size] = second, first


CHANGES: tuple[Callable[[random.Random, bytearray, Sequence[bytes]], None], ...] = (
    _flip, _flip, _set, _cut, _repeat, _end, _token, _number, _number, _splice, _swap,
)  # fmt: skip
