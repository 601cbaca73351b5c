"""A run's certificate: issued for a whole run only, and whatever is changed afterwards is found and named."""

import json
import shutil
from pathlib import Path

import pytest
from adatom.cloud.proof import file
from adatom.cloud.proof.issue import incomplete
from adatom.cloud.proof.signer import Signer, load_or_create_signer, public_keys
from adatom.cloud.proof.verify import verify_audit, verify_file, verify_run
from adatom.cloud.store.store import Store
from adatom.edge import command
from adatom.protocol.errors import InputError, ProtocolError
from hypothesis import given
from hypothesis import strategies as st

from .laboratory import (
    AUDIT_MUTATIONS,
    FILE_MUTATIONS,
    RUN,
    chain,
    file_lines,
    laboratory,
    undetected_chains,
    undetected_files,
)

Lab = tuple[Path, Signer, list[bytes]]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    database, signer = laboratory(tmp_path_factory.mktemp("laboratory"))
    return database, signer, file_lines(database)


def test_a_whole_run_is_certified_and_verifies_from_file_and_database(lab: Lab, tmp_path: Path) -> None:
    database, signer, lines = lab
    path = tmp_path / "run.adatom"
    path.write_bytes(b"".join(lines))
    with Store(database, read_only=True) as store:
        found = [verify_file(path, [signer.public_key]), verify_run(store, RUN, [signer.public_key])]
        assert verify_audit(store, dict([store.audit_head()])).problem is None
    for verdict in found:
        assert verdict.problem is None
        assert verdict.certificate is not None
        assert verdict.certificate.records == len(lines) - 1
        assert verdict.certificate.simulated


def test_every_kind_of_mutation_is_detected(lab: Lab, tmp_path: Path) -> None:
    _, signer, lines = lab
    done, passed = undetected_files(lines, signer.public_key, tmp_path / "x.adatom", range(20 * len(FILE_MUTATIONS)))
    assert passed == []
    assert done > 15 * len(FILE_MUTATIONS)
    done, passed = undetected_chains(20, range(20 * len(AUDIT_MUTATIONS)))
    assert passed == []
    assert done > 15 * len(AUDIT_MUTATIONS)


def test_the_first_record_that_is_missing_or_altered_is_named(lab: Lab, tmp_path: Path) -> None:
    _, _, lines = lab
    path = tmp_path / "run.adatom"
    for at in range(1, len(lines)):
        gone = json.loads(lines[at])
        path.write_bytes(b"".join(lines[:at] + lines[at + 1 :]))
        problem = verify_file(path).problem
        assert problem is not None
        assert (problem.boot, problem.seq) == (gone["boot"], gone["first"])


def test_a_run_with_a_gap_gets_no_certificate(tmp_path: Path) -> None:
    database, _ = laboratory(tmp_path, cut=lambda number: number == 6)
    with Store(database) as store:
        assert store.certificates() == []
        assert "result is missing" in incomplete(store, RUN)  # nothing after a gap is taken


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("DELETE FROM record WHERE first = 3", "record 3: is missing"),
        ("UPDATE record SET body = replace(body::VARCHAR, 'step', 'stop')::BLOB WHERE kind = 'event'", "altered"),
    ],
)
def test_a_record_changed_in_the_database_is_found(lab: Lab, tmp_path: Path, sql: str, expected: str) -> None:
    path = Path(shutil.copy(lab[0], tmp_path / "x.duckdb"))
    with Store(path) as store:
        store.rows(sql)
        assert expected in str(verify_run(store, RUN).problem)
        assert incomplete(store, RUN)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM audit WHERE n = 2",
        "DELETE FROM audit WHERE n > 2",  # a certificate quotes a longer chain
        "UPDATE audit SET entry = replace(entry, 'campaign', 'lead-bob') WHERE n = 2",
        "UPDATE command SET name = 'stop'",
        "DELETE FROM command",
        "DELETE FROM certificate",
        "DELETE FROM audit",
    ],
)
def test_an_audit_changed_in_the_database_is_found(lab: Lab, tmp_path: Path, sql: str) -> None:
    path = Path(shutil.copy(lab[0], tmp_path / "x.duckdb"))
    with Store(path) as store:
        store.rows(sql)
        assert verify_audit(store, {}).problem is not None


def test_rows_after_the_last_certificate_are_missed_only_by_a_head_that_was_noted(lab: Lab, tmp_path: Path) -> None:
    path = Path(shutil.copy(lab[0], tmp_path / "x.duckdb"))
    with Store(path) as store:
        noted = dict([store.audit_head()])
        store.rows("DELETE FROM audit WHERE n = (SELECT max(n) FROM audit)")
        store.rows("DELETE FROM command WHERE name = 'abort'")
        assert verify_audit(store, {}).problem is None  # said so in docs/explanation/proof.md
        assert "is missing" in str(verify_audit(store, noted).problem)


def test_the_chain_says_who_asked_for_what_and_what_became_of_it(lab: Lab) -> None:
    with Store(lab[0], read_only=True) as store:
        entries = [json.loads(row.entry) for row in store.audit_rows()]
    assert [entry["what"] for entry in entries] == ["begin", "command", "obeyed", "refused", "certificate", "command"]
    assert (entries[1]["who"], entries[1]["run"], entries[5]["who"]) == ("campaign", RUN, "operator-alice")
    assert entries[3]["reasons"] == ["busy with another run"]
    assert len(entries[5]["envelope"]) == 64


@given(st.binary(max_size=300), st.integers(0, 20))
def test_no_bytes_crash_the_reader_of_files(lab: Lab, data: bytes, at: int) -> None:
    import io

    stream = io.BytesIO(b"".join([*lab[2][: at + 1], data, b"\n"]))
    try:
        file.read_head(stream)
        list(file.read_records(stream))
    except ProtocolError:
        return
    assert data == b"" or at > len(lab[2]) - 1 or not data.strip() or data + b"\n" in lab[2]


def test_deep_and_long_lines_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.adatom"
    for line in (b"[" * 100_000, b'{"certificate":' * 90_000, b"9" * 10**6, b"\xff\x00", b""):
        path.write_bytes(line)
        assert "line 1" in str(verify_file(path).problem)


def test_the_signing_key_is_its_owners_alone_and_can_be_changed(tmp_path: Path) -> None:
    path = tmp_path / "signing-key.pem"
    first = load_or_create_signer(path)
    assert path.stat().st_mode & 0o077 == 0
    assert load_or_create_signer(path).key == first.key
    assert public_keys(path.with_suffix(".pub")) == [first.public_key]
    path.rename(tmp_path / "old.pem")
    second = load_or_create_signer(path)
    assert second.key != first.key
    assert public_keys(path.with_suffix(".pub")) == [first.public_key, second.public_key]
    path.chmod(0o644)
    with pytest.raises(InputError, match="open to others"):
        load_or_create_signer(path)


def test_the_commands_from_certificate_to_verdict(lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database, _, lines = lab
    path, key = tmp_path / "run.adatom", database.with_name("signing-key.pub")
    assert command.run(["certificate", RUN, "--db", str(database), "--output", str(path)]) == command.OK
    assert path.read_bytes() == b"".join(lines)
    assert command.run(["verify", str(path), "--public-key", str(key)]) == command.OK
    assert "whole and unaltered" in capsys.readouterr().out
    assert command.run(["verify", RUN, "--db", str(database), "--json"]) == command.OK
    assert [json.loads(line)["sound"] for line in capsys.readouterr().out.splitlines()] == [True, True]
    path.write_bytes(b"".join(lines[:5] + lines[6:]))
    assert command.run(["verify", str(path)]) == command.FAILED
    assert "is missing" in capsys.readouterr().out
    assert command.run(["verify", str(tmp_path / "none.adatom")]) == command.WRONG_USE
    assert command.run(["audit", "--db", str(database)]) == command.OK
    assert "operator-alice" in capsys.readouterr().out


def test_a_chain_without_heads_is_checked_from_its_beginning() -> None:
    from adatom.cloud.proof.audit import chain_problem

    rows = chain(5)
    assert chain_problem(rows, {}) == ""
    assert chain_problem(rows[1:], {}) == "audit row 1: is missing"
