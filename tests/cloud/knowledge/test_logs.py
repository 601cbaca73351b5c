"""The chamber log's parser: the real file, its oddities, and every kind of file that is none."""

import gzip
from pathlib import Path

import pytest
from adatom.cloud import knowledge
from adatom.cloud.knowledge.logs import UNITS, LogEvent, parse_dlog, parse_elog, read_log
from adatom.protocol.errors import InputError
from hypothesis import given
from hypothesis import strategies as st

EXAMPLE = Path(knowledge.__file__).parent / "examples" / "pld_log"
ROW = "1.0\t2.0\t3.0\t4.0\t5.0\t6.0\t7.0\t8.0"


def test_real_log_is_read_with_units_and_events() -> None:
    log = read_log(EXAMPLE)
    assert len(log) == 7626
    assert {len(values) for values in log.columns.values()} == {7626}
    assert set(log.columns) == set(UNITS)
    assert log.columns["time_s"][0] == pytest.approx(15.2)
    assert log.columns["vacuum_pa"][0] == pytest.approx(1.525e-3)  # 1.525e-5 mbar
    assert log.columns["pressure_pa"][-1] == pytest.approx(18410.0)
    assert log.events[0] == LogEvent(14.0, "Starting Evacuation Recipe")
    assert log.events[-1] == LogEvent(16161.0, "Shutting down system")
    assert len(log.events) == 26


def test_oddities_are_reported_not_repaired() -> None:
    quirks = read_log(EXAMPLE / "chamber.dlog.gz").quirks
    assert [quirk.split()[0] for quirk in quirks] == ["213", "2352", "8", "9"]
    assert "longest 23 s" in quirks[2]


def test_plain_file_without_events(tmp_path: Path) -> None:
    (tmp_path / "run.dlog").write_text(ROW + "\n\n" + ROW + "\t0\n")
    log = read_log(tmp_path / "run.dlog")
    assert len(log) == 2
    assert log.columns["pressure_pa"] == [300.0, 300.0]
    assert log.quirks[-1] == "no events: run.elog is missing or empty"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (ROW + "\t1", "ninth column"),
        (ROW + "\t0\t0", "10 columns"),
        (ROW.replace("\t8.0", ""), "7 columns"),
        (ROW.replace("6.0", "x"), "rate_hz = 'x': must be a number"),
        (ROW.replace("7.0", "nan"), "energy_mj = 'nan': must be a finite number"),
        (ROW.replace("1.0", "0.5"), "time goes back"),
        (ROW.replace("\t", " "), "1 columns"),
    ],
)
def test_bad_row_is_named_with_file_and_line(row: str, says: str) -> None:
    with pytest.raises(InputError, match=r"^run\.dlog:2: ") as caught:
        parse_dlog(ROW + "\n" + row, "run.dlog")
    assert says in caught.value.problem


@pytest.mark.parametrize("line", ["0:1\tx", "0:0:14 no tab", "a:0:0\tx", "0:61:0\tx", "0:0:-1\tx", "1:2:3:4\tx"])
def test_bad_event_is_named_with_file_and_line(line: str) -> None:
    with pytest.raises(InputError, match=r"^run\.elog:2: "):
        parse_elog("0:0:1\tfine\n" + line, "run.elog")


def test_event_without_text_is_kept() -> None:
    assert parse_elog("1:2:3\t", "run.elog") == [LogEvent(3723.0, "")]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.dlog", b"", "holds no rows"),
        ("cut.dlog.gz", gzip.compress((ROW + "\n").encode() * 500, mtime=0)[:40], "cannot be read as a log"),
        ("binary.dlog", b"\xff\xfe\x00", "cannot be read as a log"),
        ("fake.dlog.gz", b"\x1f\x8bnot gzip at all", "cannot be read as a log"),
    ],
)
def test_file_that_is_no_log(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=says):
        read_log(tmp_path / name)


def test_missing_file_and_ambiguous_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_log(tmp_path / "none.dlog")
    for name in ("a.dlog", "b.dlog.gz"):
        (tmp_path / name).write_text(ROW)
    with pytest.raises(InputError, match=r"holds 2 \.dlog"):
        read_log(tmp_path)


@given(st.text(max_size=200))
def test_any_text_gives_columns_or_an_input_error(text: str) -> None:
    try:
        columns, _ = parse_dlog(text, "any")
    except InputError:
        return
    assert len({len(values) for values in columns.values()}) == 1
