"""The file: what is opened, what is refused, what survives."""

import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pytest
from adatom.cloud.store import migrate
from adatom.cloud.store.store import Store
from adatom.protocol.channels import NAMES
from adatom.protocol.errors import InputError

from tests.cloud.store.samples import BENCH, NOW, telemetry


def test_what_was_committed_is_there_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    with Store(path) as store:
        store.ingest([telemetry(1, 5)], NOW)
    with Store(path) as store:
        assert store.point_count() == 5


def test_read_only_reads_and_does_not_write(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    with Store(path) as store:
        store.ingest([telemetry(1, 5)], NOW)
    with Store(path, read_only=True) as store:
        assert store.point_count() == 5
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            store.ingest([telemetry(6, 1)], NOW)


def test_read_only_refuses_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such database"):
        Store(tmp_path / "a.duckdb", read_only=True)


@pytest.mark.parametrize("text", ["", "time,value\n1,2\n" * 1000])
def test_another_kind_of_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.duckdb"
    path.write_text(text)
    with pytest.raises(InputError, match="cannot be opened as a database"):
        Store(path)
    assert path.read_text() == text


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be opened"):
        Store(tmp_path / "nowhere" / "a.duckdb")


def test_somebody_elses_duckdb_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE wine (year INTEGER)")
    with pytest.raises(InputError, match="not one of adatom"):
        Store(path)
    with duckdb.connect(str(path)) as connection:
        assert connection.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("wine",)]


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    with Store(path) as store:
        store.rows("INSERT INTO schema_migration (version, name) VALUES (99, 'later')")
    with pytest.raises(InputError, match="schema 99 is newer"):
        Store(path)


def test_a_file_in_use_by_another_process_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    attempt = f"""
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError
try:
    Store({str(path)!r})
except InputError as error:
    print(error)
"""
    with Store(path):
        said = subprocess.run([sys.executable, "-c", attempt], capture_output=True, text=True, check=True).stdout
    assert str(path) in said
    assert "in use by another process" in said


def test_an_older_file_is_copied_then_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.duckdb"
    all_of_them = migrate.migrations()
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "migrations", lambda: all_of_them[:1])
        with Store(path) as store:  # as its own adatom filled it: without the columns of later ones
            store.insert("point", {"bench": ["twin-1"] * 5, "boot": [1] * 5, "seq": range(1, 6), "t_ms": range(5)})
        content = path.read_bytes()
    with pytest.raises(InputError, match="older"):
        Store(path, read_only=True)
    with Store(path) as store:
        assert store.point_count() == 5
        assert store.rows("SELECT version FROM schema_migration ORDER BY 1") == [(m.version,) for m in all_of_them]
    assert (tmp_path / "a.duckdb.schema-1.backup").read_bytes() == content


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.duckdb"
    Store(path).close()
    broken = tmp_path / "0099_broken.sql"
    broken.write_text("CREATE TABLE half (a INTEGER); SELECT no_such_column;")
    known = migrate.migrations()
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "migrations", lambda: (*known, migrate.Migration(len(known) + 1, "broken", broken)))
        with pytest.raises(duckdb.Error):
            Store(path)
    with Store(path) as store:
        assert store.rows("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'half'") == [(0,)]


def test_a_backup_never_overwrites_another(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    path.write_bytes(b"first")
    migrate.back_up(path, 1)
    path.write_bytes(b"second")
    copy = migrate.back_up(path, 1)
    assert copy.read_bytes() == b"second"
    assert (tmp_path / "a.duckdb.schema-1.backup").read_bytes() == b"first"
    assert not list(tmp_path.glob("*.partial"))


def test_migrations_are_numbered_without_a_gap(tmp_path: Path) -> None:
    (tmp_path / "0002_b.sql").touch()
    with pytest.raises(ValueError, match="without a gap"):
        migrate.migrations(tmp_path)


def test_every_channel_has_its_column(store: Store) -> None:
    columns = [row[0] for row in store.rows("SELECT column_name FROM duckdb_columns() WHERE table_name = 'point'")]
    assert columns[-len(NAMES) :] == list(NAMES)


def test_a_transaction_is_all_or_nothing_and_joins_an_outer_one(store: Store) -> None:
    def fail_after_two() -> None:
        with store.transaction():
            store.ingest([telemetry(1, 5)], NOW)
            with store.transaction():
                store.add_campaign("c", "", 1, NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_two()
    assert store.point_count() == 0
    assert store.campaigns() == []
    store.ingest([telemetry(1, 5)], NOW)
    assert store.committed_upto(BENCH, 1) == 5


def test_columns_go_in_and_come_out_with_what_is_missing(store: Store) -> None:
    store.rows("CREATE TABLE t (a DOUBLE, b VARCHAR, c INTEGER, d DOUBLE[], e BLOB)")
    store.insert("t", {"a": np.array([1.0, np.nan]), "b": ["x", None], "c": [None, 7],
                       "d": [[1.0, 2.0], [3.0, 4.0]], "e": [b"\x00\xff", None]})  # fmt: skip
    assert store.rows("SELECT * FROM t") == [
        (1.0, "x", None, [1.0, 2.0], b"\x00\xff"),
        (None, None, 7, [3.0, 4.0], None),
    ]
    found = store.columns("SELECT a, b, c FROM t")
    assert np.isnan(found["a"][1])
    assert list(found["b"]) == ["x", None]
    assert np.isnan(found["c"][0])
    assert store.insert("t", {"a": []}) == 0


KILLED = """
import sys
from adatom.cloud.store.store import Store
from tests.cloud.store.samples import telemetry
with Store(sys.argv[1]) as store:
    for n in range(10000):
        store.ingest([telemetry(1 + 20 * n, 20)], 0.0)
        print(20 * (n + 1), flush=True)
"""


def test_a_killed_process_has_kept_what_it_said_was_committed(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    root = str(Path(__file__).parents[3])
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True, cwd=root
    ) as writer:
        assert writer.stdout
        said = [int(writer.stdout.readline()) for _ in range(5)]
        writer.kill()
        said += [int(line) for line in writer.stdout if line.endswith("\n")]
    with Store(path) as store:
        upto = store.committed_upto(BENCH, 1)
        assert upto >= said[-1]
        assert store.point_count() == upto
        assert store.gaps(BENCH, 1) == []
