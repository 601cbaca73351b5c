"""MethodSCRIPT's bytes: packages, literals, error lines."""

from contextlib import suppress

import pytest
from adatom.edge.drivers.methodscript import decode_package, error_code, literal, log_spaced
from adatom.protocol.errors import ProtocolError
from adatom.sim.instruments.methodscript import encode_value, parse_literal
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        (b"Pdc8030D40 ", [("dc", 200000.0, 0, None)]),
        (b"Pcc80F4240m", [("cc", 1000.0, 0, None)]),
        (b"Pcc80F4240m,10,289", [("cc", 1000.0, 0, 0x89)]),
        (b"Pcd7F0BDC0m,12,20B;da     nan", [("cd", -1000.0, 2, 11), ("da", None, 0, None)]),
        (b"Pja8000010i", [("ja", 16.0, 0, None)]),
        (b"Pba8000001a,14,200,40", [("ba", 1e-18, 4, 0)]),
    ],
)
def test_packages(package: bytes, expected: list[tuple[str, float | None, int, int | None]]) -> None:
    assert decode_package(package) == expected


@pytest.mark.parametrize(
    "package",
    [b"", b"P", b"Pdc8030D4 ", b"Pdc8030D400 ", b"PDC8030D40 ", b"Pdc8030G40 ", b"Pdc8030D40?", b"Pdc8030D40 ;",
     b"Pdc8030D40 ,1", b"Pdc8030D40 ,1x", b"Mdc8030D40 ", b"Pdc+030D40 ", b"P\xff\xff8030D40 ",
     b"Pdc8030D40 ,75", b"Pdc8030D40 ,28", b"Pdc8030D40 ,100", b"Pdc8030D40 ,50"],
)  # fmt: skip
def test_what_is_no_package(package: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_package(package)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_package_or_a_protocol_error(data: bytes) -> None:
    with suppress(ProtocolError):
        decode_package(b"P" + data)


@given(st.floats(-1e20, 1e20, allow_subnormal=False))
def test_decode_reads_what_the_instrument_encodes(value: float) -> None:
    text = encode_value(value)
    assert len(text) == 8
    ((kind, number, _, _),) = decode_package(b"Pda" + text.encode())
    assert kind == "da"
    if abs(value) < (1 << 27) * 1e-18:
        assert number == pytest.approx(value, abs=0.51e-18)
    else:
        assert number == pytest.approx(value, rel=0.6 / (1 << 27) * 1000)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.01, "10m"), (200000, "200k"), (0.1, "100m"), (-0.5, "-500m"), (1e-7, "100n"), (1500, "1500"),
     (123456.789, "123456789m"), (2, "2")],
)  # fmt: skip
def test_literals(value: float, text: str) -> None:
    assert literal(value) == text


@given(st.floats(1e-9, 1e8) | st.floats(-1e8, -1e-9))
def test_the_instrument_reads_the_literal_that_was_meant(value: float) -> None:
    text = literal(value)
    assert "." not in text
    assert parse_literal(text) == pytest.approx(value, rel=4e-6, abs=1e-12)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"e!4001: Line 1, Col 4", 0x4001),
        (b"!0032: Line 7", 0x32),
        (b"Z!0006", 6),
        (b"Pdc8030D40 ", None),
        (b"!", None),
    ],
)
def test_error_lines(line: bytes, code: int | None) -> None:
    assert error_code(line) == code


def test_log_spacing() -> None:
    assert log_spaced(1000.0, 1.0, 4) == pytest.approx([1000.0, 100.0, 10.0, 1.0])
    assert log_spaced(5.0, 1.0, 1) == [5.0]
