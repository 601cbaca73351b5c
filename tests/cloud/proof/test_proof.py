"""A run's certificate: issued for a whole run only, and whatever is changed afterwards is found and named."""

import json
import shutil
from pathlib import Path

import pytest
from adatom.cloud.proof import file
from adatom.cloud.proof.certificate import CONTEXT, Signed
from adatom.cloud.proof.cli import line_of
from adatom.cloud.proof.issue import incomplete
from adatom.cloud.proof.signer import Signer, load_or_create_signer, private_of, public_keys, public_of
from adatom.cloud.proof.verify import verify_audit, verify_file, verify_run
from adatom.cloud.store.store import Store
from adatom.edge import command
from adatom.protocol.errors import InputError, ProtocolError
from adatom.protocol.seal import chain_link
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


@pytest.mark.parametrize("name", ["\ud800", "twin\x1b[2J"])
def test_a_name_that_cannot_be_shown_is_refused_behind_a_right_signature(lab: Lab, tmp_path: Path, name: str) -> None:
    fields = json.loads(json.loads(lab[2][0])["certificate"]) | {"bench": name, "key": lab[1].key}
    text = json.dumps(fields, separators=(",", ":"))
    signed = Signed(text, lab[1].private.sign(CONTEXT + text.encode()).hex(), lab[1].public_key.hex())
    path = tmp_path / "x.adatom"
    path.write_bytes(b"".join([*file.lines_of(signed, []), *lab[2][1:]]))
    assert "bench: " in str(verify_file(path).problem)


def test_a_kind_that_cannot_be_shown_is_refused(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "x.adatom"
    line = json.loads(lab[2][1]) | {"kind": "\ud800"}
    path.write_bytes(b"".join([lab[2][0], lab[2][1], json.dumps(line, separators=(",", ":")).encode() + b"\n"]))
    assert str(verify_file(path).problem) == "certificate: line 3: kind: is not allowed"


@pytest.mark.parametrize(
    "changed", [{"utc_s": 1e300}, {"utc_s": "now"}, {"bench": 5}, {"counter": None}, {"what": ["command"]}]
)
def test_an_audit_row_made_up_with_its_link_is_told_of(lab: Lab, tmp_path: Path, changed: dict[str, object]) -> None:
    path = Path(shutil.copy(lab[0], tmp_path / "x.duckdb"))
    with Store(path) as store:
        rows = store.audit_rows()
        entry = json.dumps(json.loads(rows[1].entry) | changed, separators=(",", ":"))
        store.rows("DELETE FROM audit WHERE n > 1")
        link = chain_link(rows[0].link, entry.encode())
        store.rows("INSERT INTO audit VALUES (?, ?, ?)", [2, entry, link])
        assert "audit row 2: altered" in str(verify_audit(store, {}).problem)
    assert command.run(["audit", "--db", str(path)]) == command.FAILED


def test_what_a_bench_calls_things_is_shown_whatever_it_is() -> None:
    fields = {
        "who": "",
        "bench": "a",
        "boot": 1,
        "seq": 2,
        "name": "\ud800\x07z",
        "counter": 0,
        "reasons": [],
        "envelope": "",
    }
    shown = line_of({"n": 1, "what": "refused", "utc_s": 0.0} | fields)
    assert shown == "1970-01-01 00:00:00  a  refused ??z"


def private_pem(kind: str) -> str:
    """The PEM of a private key of 32 bytes, of a kind whose number ends so."""
    return f"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2{kind}BCIEIAEB{'AQEB' * 10}\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize("kind", ["Vv", "Fw"])
def test_a_private_key_of_another_kind_is_refused(kind: str) -> None:
    assert private_of(private_pem("Vw"), "f").private_bytes_raw() == b"\x01" * 32
    with pytest.raises(InputError, match="key"):
        private_of(private_pem(kind), "f")


def test_a_public_key_of_no_known_kind_is_refused(lab: Lab) -> None:
    pem = lab[0].with_name("signing-key.pub").read_bytes()
    with pytest.raises(InputError, match="cannot be read"):
        public_of(pem.replace(b"MCowBQYDK2Vw", b"MCowBQYDK2Fw"), "f")


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
