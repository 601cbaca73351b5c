"""What a campaign's database says that it learnt from, against the records that are there."""

import shutil
from pathlib import Path

import pytest
from adatom.cloud.store.store import Store
from adatom.sim.soak.checker import TRAINED, check
from adatom.sim.soak.lab import learnt_entries, record_entries

from tests.cloud.proof.laboratory import BENCH, RUN, laboratory


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with one whole run, of which a campaign has learnt."""
    database, _ = laboratory(tmp_path_factory.mktemp("laboratory"))
    with Store(database) as store:
        store.start_run(RUN, "demo", 1, 1, BENCH, 1.7e9)
        store.end_run(RUN, "complete", "", 1.7e9 + 60)
    return database


def found(database: Path, *sql: str) -> list[str]:
    """What the checker says of a database after some statements."""
    with Store(database) as store:
        for one in sql:
            store.rows(one)
        return [one.text for one in check(record_entries(store) + learnt_entries(store), [TRAINED])]


def test_a_whole_run_may_be_learnt_from(whole: Path) -> None:
    assert found(whole) == []


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("DELETE FROM record WHERE first = 3", "trained on without 3 to 7 of boot"),
        ("DELETE FROM record", "trained on without 2 to"),
        ("UPDATE result SET outcome = 'failed'", "trained on as complete, and ended failed"),
        ("UPDATE result SET outcome = 'aborted'", "trained on as complete, and ended aborted"),
        ("UPDATE run SET outcome = 'failed'; UPDATE result SET outcome = 'aborted'", "as failed, and ended aborted"),
        ("DELETE FROM result", "trained on as complete, and ended not at all"),
    ],
)
def test_what_may_not_be_learnt_from_is_found(whole: Path, tmp_path: Path, sql: str, expected: str) -> None:
    texts = found(Path(shutil.copy(whole, tmp_path / "x.duckdb")), *sql.split(";"))
    assert any(expected in text for text in texts), texts


@pytest.mark.parametrize("outcome", ["aborted", "NULL"])
def test_what_teaches_nothing_needs_no_records(whole: Path, tmp_path: Path, outcome: str) -> None:
    copy = Path(shutil.copy(whole, tmp_path / "x.duckdb"))
    told = outcome if outcome == "NULL" else f"'{outcome}'"
    assert found(copy, f"UPDATE run SET outcome = {told}", "DELETE FROM record") == []


def test_a_film_without_a_resistance_is_told_as_a_failure(whole: Path, tmp_path: Path) -> None:
    assert found(Path(shutil.copy(whole, tmp_path / "x.duckdb")), "UPDATE run SET outcome = 'failed'") == []
