"""The authority: what it makes verifies elsewhere, it never overwrites, and nothing secret is open or printed."""

import base64
import datetime
import json
import subprocess
from pathlib import Path

import pytest
from adatom.cloud.pki import cli
from adatom.cloud.pki.authority import Identity, identity_of, issue, load, new_authority
from adatom.cloud.pki.broker_cli import app as broker_app
from adatom.cloud.pki.folder import Authority, create, entries_of
from adatom.cloud.pki.rotation import fresh_ring, rotated, with_person
from adatom.edge.keys import load_keys
from adatom.protocol.errors import InputError
from cryptography.hazmat.primitives import serialization
from typer.testing import CliRunner

NOW = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
A = Identity("bench", "a")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    one = create(tmp_path / "pki", "test", ["broker.lab", "10.0.0.5", "::1"], NOW)
    one.admit(A, NOW)
    return one


def verified(authority: Authority, who: Identity, purpose: str, at: datetime.datetime = NOW) -> bool:
    """What OpenSSL says of a certificate, with the revocation list."""
    folder = authority.folder
    command = ["openssl", "verify", "-x509_strict", "-crl_check", "-CAfile", folder / "ca.pem", "-CRLfile",
               folder / "crl.pem", "-purpose", purpose, "-attime", str(int(at.timestamp())),
               authority.place(who) / "cert.pem"]  # fmt: skip
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_openssl_verifies_each_for_its_purpose_alone(authority: Authority) -> None:
    broker, cloud = Identity("broker", "main"), Identity("cloud", "main")
    found = [(verified(authority, who, "sslclient"), verified(authority, who, "sslserver"))
             for who in (broker, cloud, A)]  # fmt: skip
    assert found == [(False, True), (True, False), (True, False)]
    days = datetime.timedelta(days=1)
    assert [verified(authority, A, "sslclient", NOW + n * days) for n in (-1, 0, 396, 398)] == [
        False,
        True,
        True,
        False,
    ]
    authority.revoke([A], NOW)
    assert not verified(authority, A, "sslclient")
    assert verified(authority, cloud, "sslclient")


def test_the_broker_s_certificate_names_its_hosts(authority: Authority) -> None:
    path = authority.folder / "broker" / "cert.pem"
    shown = subprocess.run(
        ["openssl", "x509", "-in", path, "-noout", "-text"], capture_output=True, text=True, check=True
    )
    assert "DNS:broker.lab, IP Address:10.0.0.5, IP Address:0:0:0:0:0:0:0:1" in shown.stdout
    assert "CN = broker/main" in shown.stdout
    assert "P-256" in shown.stdout


def test_everything_is_for_its_owner_alone_and_that_is_checked(authority: Authority) -> None:
    paths = [authority.folder, *authority.folder.rglob("*")]
    assert {path.stat().st_mode & 0o777 for path in paths if path.is_dir()} == {0o700}
    secret = [path for path in paths if path.name in ("key.pem", "ca.key", "keys.json")]
    assert len(secret) == 7
    assert {path.stat().st_mode & 0o777 for path in secret} == {0o600}
    for name, mode in (("ca.key", 0o640), ("keys.json", 0o604), (".", 0o750)):
        path = authority.folder / name
        before = path.stat().st_mode & 0o777
        path.chmod(mode)
        with pytest.raises(InputError, match="open to others: chmod"):
            Authority(authority.folder)
        path.chmod(before)


def test_nothing_is_overwritten(authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="never overwritten"):
        create(authority.folder, "test", ["x"], NOW)
    before = (authority.place(A) / "cert.pem").read_bytes()
    with pytest.raises(InputError, match="exists: adatom pki renew bench/a"):
        authority.admit(A, NOW)
    assert (authority.place(A) / "cert.pem").read_bytes() == before
    with pytest.raises(InputError, match="--host"):
        create(tmp_path / "other", "test", ["no host"], NOW)
    assert not (tmp_path / "other").exists()


def test_an_earlier_certificate_is_good_until_its_end(authority: Authority, tmp_path: Path) -> None:
    old = tmp_path / "old.pem"
    old.write_bytes((authority.place(A) / "cert.pem").read_bytes())
    authority.renew(A, NOW + datetime.timedelta(days=300))
    assert old.read_bytes() != (authority.place(A) / "cert.pem").read_bytes()
    assert len([entry for entry in authority.entries if entry.who == "bench/a"]) == 2
    assert len({entry.serial for entry in authority.entries}) == 4
    authority.revoke([A], NOW)
    assert authority.active(NOW) == [Identity("broker", "main"), Identity("cloud", "main")]
    with pytest.raises(InputError, match="revoked"):
        authority.renew(A, NOW)


def test_a_bench_gets_keys_of_its_own_and_people_come_and_go(authority: Authority) -> None:
    authority.admit(Identity("bench", "b"), NOW)
    authority.admit(Identity("operator", "alice"), NOW)
    authority.admit(Identity("lead", "bob"), NOW)
    rings = {name: load_keys(str(authority.folder / f"bench-{name}" / "keys.json"), name) for name in "ab"}
    assert rings["a"].ids == ["bench", "campaign", "ingest", "lead-bob", "operator-alice"]
    assert not set(rings["a"].keys.values()) & set(rings["b"].keys.values())
    with pytest.raises(InputError, match="made for 'a', not for bench 'b'"):
        load_keys(str(authority.folder / "bench-a" / "keys.json"), "b")
    ring = authority.ring
    assert ring.sign("operator-alice", b"x", "a") == rings["a"].sign("operator-alice", b"x", "a")
    cloud = json.loads((authority.folder / "cloud" / "keys.json").read_text())
    assert sorted(cloud) == ["bench", "campaign", "ingest", "made_for", "signs"]
    alice = json.loads((authority.folder / "operator-alice" / "keys.json").read_text())
    assert sorted(alice) == ["made_for", "operator-alice", "signs"]
    authority.revoke([Identity("operator", "alice")], NOW)
    assert "operator-alice" not in load_keys(str(authority.folder / "bench-a" / "keys.json"), "a").ids
    assert "lead-bob" in load_keys(str(authority.folder / "bench-b" / "keys.json"), "b").ids


def test_keys_are_changed_in_order_and_in_all_files(authority: Authority) -> None:
    def ids() -> list[list[str]]:
        return [sorted(set(json.loads(path.read_text())) - {"made_for", "signs"})
                for path in sorted(authority.folder.glob("*/keys.json"))]  # fmt: skip

    first = ["bench", "campaign", "ingest"]
    second = [f"{role}.2" for role in first]
    assert ids() == [first, first]
    for step in ("use", "retire"):
        with pytest.raises(InputError, match="add the next one first"):
            authority.rotate(step)
    assert authority.rotate("add").signs == 1
    assert ids() == [sorted(first + second)] * 2
    with pytest.raises(InputError, match="a change is under way"):
        authority.rotate("add")
    with pytest.raises(InputError, match="--use the new ones first"):
        authority.rotate("retire")
    assert authority.rotate("use").signs == 2
    with pytest.raises(InputError, match="--retire removes the old ones"):
        authority.rotate("use")
    authority.rotate("retire")
    assert ids() == [second, second]


def test_a_person_who_comes_during_a_change_has_both_keys() -> None:
    ring = with_person(rotated(fresh_ring(), "add"), "operator", "eve")
    assert {"operator-eve", "operator-eve.2"} <= set(ring.ids)
    assert len(set(ring.keys.values())) == len(ring.keys)


@pytest.mark.parametrize("text", ["", "a", "bench", "bench/", "/a", "cook/a", "bench/A", "bench/a/b", "bench/+",
                                  "bench/#", "bench/a b", "bench/" + "a" * 33, "bench/é"])  # fmt: skip
def test_what_is_no_identity(text: str) -> None:
    with pytest.raises(InputError, match="name"):
        identity_of(text)


@pytest.mark.parametrize("host", ["", "a b", "http://x", "a..b", "-" * 64, "a_b", "exämple", "*", "*.lab", "x" * 300])
def test_what_is_no_host(host: str) -> None:
    with pytest.raises(InputError, match="--host"):
        issue(new_authority("t", NOW), Identity("broker", "main"), NOW, hosts=[host])


def test_lifetimes_are_bounded() -> None:
    for days in (0, -1, 826, 10**9):
        with pytest.raises(InputError, match="must be 1 to 825"):
            issue(new_authority("t", NOW), A, NOW, days)


def run(*words: str) -> tuple[int, str]:
    app = broker_app if words[0] == "broker" else cli.app
    result = CliRunner().invoke(app, list(words[1:]))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        assert isinstance(result.exception, InputError), result.exception
        return 2, str(result.exception)
    return result.exit_code, result.output


STEPS = [
    line.split()
    for line in (
        "init --host broker.lab", "bench a", "observer scada --bench a", "operator alice", "operator bob --lead",
        "renew a", "renew all", "revoke alice", "rotate-keys", "rotate-keys --use", "rotate-keys --retire",
    )
]  # fmt: skip


def test_the_commands_from_nothing_to_a_broker(tmp_path: Path) -> None:
    folder, output = str(tmp_path / "pki"), str(tmp_path / "broker")
    said = ""
    for words in STEPS:
        code, text = run("pki", *words, "--dir", folder, "--json")
        assert code == 0, text
        assert json.loads(text)
        said += text + run("pki", "show", "--dir", folder)[1]
    code, text = run("pki", "show", "--dir", folder, "--json")
    shown = json.loads(text)
    assert [row["state"] for row in shown["certificates"] if row["who"] == "operator/alice"] == ["revoked"] * 2
    assert shown["keys"] == ["bench.2", "campaign.2", "ingest.2", "lead-bob.2"]
    for _ in range(2):  # again after every change
        code, text = run("broker", "config", "--pki", folder, "--output", output, "--json")
        assert code == 0, text
        assert "mosquitto -c" in json.loads(text)["start"]
    acl = (tmp_path / "broker" / "acl").read_text()
    assert "user bench/a" in acl
    assert "user observer/scada\ntopic read adatom/1/a/up/+\n" in acl
    assert "alice" not in acl
    keys = [key for path in (tmp_path / "pki").rglob("keys.json") for key in json.loads(path.read_text()).values()]
    assert not any(str(key) in said + text for key in keys if len(str(key)) > 30)
    assert "PRIVATE" not in said + text


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["pki", "bench", "a"], "is no authority: adatom pki init makes one"),
        (["pki", "show"], "is no authority"),
        (["pki", "init", "--host", "broker.lab", "--days", "9999"], "--days: 9999: must be 1 to 825"),
        (["pki", "init", "--host", "b", "--laboratory", "My Lab"], "1 to 32 of a-z"),
        (["pki", "rotate-keys", "--use", "--retire"], "two steps"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, words: list[str], text: str) -> None:
    code, said = run(*words, "--dir", str(tmp_path / "pki"))
    assert code == 2
    assert text in said


def test_the_configuration_takes_no_folder_of_somebody_else_and_no_strange_address(authority: Authority) -> None:
    output = authority.folder.parent / "mine"
    output.mkdir()
    (output / "thesis.txt").write_text("x")
    words = ["broker", "config", "--pki", str(authority.folder)]
    assert "holds other files" in run(*words, "--output", str(output))[1]
    assert "must be an IP address" in run(*words, "--output", str(output), "--bind", "lab\nallow_anonymous true")[1]
    assert [path.name for path in output.iterdir()] == ["thesis.txt"]


def test_which_one_is_meant(authority: Authority) -> None:
    authority.admit(Identity("operator", "a"), NOW)
    assert authority.known("bench/a") == A
    for name, text in (("a", "could be bench/a or operator/a"), ("z", "has no certificate here")):
        with pytest.raises(InputError, match=text):
            authority.known(name)


def test_a_folder_that_was_moved_away_is_not_forgotten(authority: Authority, tmp_path: Path) -> None:
    authority.place(A).rename(tmp_path / "on-the-bench")
    with pytest.raises(InputError, match="exists: adatom pki renew bench/a"):
        authority.admit(A, NOW)
    authority.rotate("add")
    assert [path.name for path in authority.place(A).iterdir()] == ["keys.json"]
    assert authority.place(A).stat().st_mode & 0o777 == 0o700


def test_an_observer_has_no_sealing_keys_and_its_benches_have_names(authority: Authority) -> None:
    authority.admit(Identity("observer", "scada"), NOW, benches=("a",))
    assert sorted(path.name for path in (authority.folder / "observer-scada").iterdir()) == [
        "ca.pem", "cert.pem", "key.pem",
    ]  # fmt: skip
    assert "days)  hears a\n" in run("pki", "show", "--dir", str(authority.folder))[1]
    code, said = run("pki", "observer", "x", "--bench", "a/#", "--dir", str(authority.folder))
    assert (code, "1 to 32 of a-z" in said) == (2, True)


ROW = {"serial": "1f", "who": "bench/a", "since": "2026-01-01T00:00:00+00:00", "until": "2027-01-01T00:00:00+00:00"}


@pytest.mark.parametrize(
    "rows",
    [5, [5], {"a": 1}, [ROW | {"until": "soon"}], [ROW | {"until": "2027-01-01T00:00:00"}], [ROW | {"serial": "-1"}],
     [ROW | {"serial": "x"}], [ROW | {"who": "a"}], [ROW | {"hosts": [1]}], [ROW | {"hosts": 1}], [ROW | {"more": ""}],
     [ROW | {"revoked": 1}]],
)  # fmt: skip
def test_a_ledger_that_is_none_is_refused(rows: object) -> None:
    with pytest.raises(InputError, match="the list of all certificates"):
        entries_of(json.dumps(rows), "f")


@pytest.mark.parametrize("text", ["", "[" * 100_000, "9" * 5000])
def test_a_ledger_that_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="the list of all certificates"):
        entries_of(text, "f")


VERSION_AT, SERIAL_AT = 12, 15  # in the bytes of such a certificate, behind a0 03 02 01 and behind 02 14


@pytest.mark.parametrize(("at", "value"), [(VERSION_AT, 66), (SERIAL_AT, 0xFF)])
def test_a_certificate_that_openssl_half_reads_is_refused(at: int, value: int) -> None:
    made = new_authority("lab", NOW)
    der = bytearray(made.certificate.public_bytes(serialization.Encoding.DER))
    assert der[VERSION_AT - 1] == 1
    assert bytes(der[VERSION_AT:SERIAL_AT]) == b"\x02\x02\x14"
    der[at] = value
    pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"
    with pytest.raises(InputError, match="cannot be read"):
        load(pem, made.key_pem, "f")


def test_a_ledger_from_before_there_were_observers_is_read(authority: Authority) -> None:
    path = authority.folder / "ledger.json"
    rows = json.loads(path.read_text())
    path.write_text(json.dumps([{name: value for name, value in row.items() if name != "benches"} for row in rows]))
    assert A in authority.active(NOW)


def test_a_person_who_cannot_be_admitted_leaves_nothing(authority: Authority) -> None:
    with pytest.raises(InputError, match="--days"):
        authority.admit(Identity("operator", "alice"), NOW, 10000)
    assert "operator-alice" not in authority.ring.ids
    assert not authority.place(Identity("operator", "alice")).exists()
    assert len(authority.entries) == 3
