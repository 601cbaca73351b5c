"""The small shells: broker addresses, key files, the folder lock."""

import datetime
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from adatom.edge.dial import Dialer, TlsFiles
from adatom.edge.folder_lock import FolderLock
from adatom.edge.keys import LOOK_MS, KeyFile, broker_password, load_keys
from adatom.protocol.address import broker_address
from adatom.protocol.errors import InputError
from adatom.protocol.keyring import NEEDED, KeyRing


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mqtt://lab", ("lab", 1883)),
        ("mqtt://lab/", ("lab", 1883)),
        ("mqtt://10.0.0.5:1884", ("10.0.0.5", 1884)),
        ("mqtt://[::1]:1884", ("::1", 1884)),
        ("mqtt://[::1]", ("::1", 1883)),
    ],
)
def test_broker_addresses(url: str, address: tuple[str, int]) -> None:
    assert broker_address(url) == address


@pytest.mark.parametrize(
    "url", ["", "lab:1883", "http://lab", "mqtt://", "mqtt://lab:port", "mqtt://lab:0", "mqtt://a/b", "mqtt://u@lab"]
)
def test_what_is_no_broker_is_refused_with_its_text(url: str) -> None:
    with pytest.raises(InputError, match="mqtt://host"):
        broker_address(url)


def key_file(folder: Path, fields: object, mode: int = 0o600) -> Path:
    path = folder / "keys.json"
    path.write_text(fields if isinstance(fields, str) else json.dumps(fields))
    path.chmod(mode)
    return path


GOOD = dict.fromkeys(NEEDED, "ab" * 32)


def test_a_good_key_file_is_read(tmp_path: Path) -> None:
    ring = load_keys(str(key_file(tmp_path, GOOD)), "twin-1")
    assert ring.keys == dict.fromkeys(NEEDED, b"\xab" * 32)
    assert (ring.signs, ring.made_for) == (1, "")


@pytest.mark.parametrize(
    ("fields", "mode", "text"),
    [
        (GOOD, 0o644, "open to others: chmod 600"),
        ("{", 0o600, "no JSON"),
        ({"bench": "ab" * 32}, 0o600, "must hold the keys"),
        (GOOD | {"bench": "xyz"}, 0o600, "not hex"),
        (GOOD | {"bench": 7}, 0o600, "not hex"),
        (GOOD | {"bench": "abcd"}, 0o600, "fewer than 16"),
        (GOOD | {"bench": "ab" * 65}, 0o600, "at most 64 bytes"),
        (GOOD | {"cook": "ab" * 32}, 0o600, "key id 'cook'"),
        (GOOD | {"campaign.1": "ab" * 32}, 0o600, "key id 'campaign.1'"),
        (GOOD | {"operator": "ab" * 32}, 0o600, "key id 'operator'"),
        (GOOD | {"campaign-eve": "ab" * 32}, 0o600, "key id 'campaign-eve'"),
        (GOOD | {"signs": 2}, 0o600, "missing: bench.2, campaign.2, ingest.2"),
        (GOOD | {"signs": 0}, 0o600, "signs must be"),
        (GOOD | {"made_for": "twin-2"}, 0o600, "made for 'twin-2', not for bench 'twin-1'"),
        (GOOD | {"made_for": "*"}, 0o600, "adatom pki bench"),
        (GOOD | {"made_for": 5}, 0o600, "made_for"),
        ([], 0o600, "must be a JSON object"),
        ("[" * 60000, 0o600, "no JSON"),
        ("[" * 70000, 0o600, "more than 65536"),
    ],
)
def test_a_bad_key_file_is_refused_without_showing_a_key(tmp_path: Path, fields: object, mode: int, text: str) -> None:
    with pytest.raises(InputError, match=text) as caught:
        load_keys(str(key_file(tmp_path, fields, mode)), "twin-1")
    assert "abab" not in str(caught.value)


def test_a_missing_key_file_says_where_it_comes_from(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="first start"):
        load_keys(str(tmp_path / "keys.json"), "twin-1")


def test_one_agent_a_folder(tmp_path: Path) -> None:
    first = FolderLock(str(tmp_path))
    with pytest.raises(InputError, match="in use by another agent"):
        FolderLock(str(tmp_path), wait_ms=0)
    first.close()
    FolderLock(str(tmp_path), wait_ms=0).close()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_was_left_by_a_killed_process_is_nobodys(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    one = FolderLock(str(tmp_path), wait_ms=0)
    with pytest.raises(InputError, match="in use"):
        FolderLock(str(tmp_path), wait_ms=0)
    one.close()


class Listening:
    """What a key file tells a station."""

    def __init__(self) -> None:
        self.said: list[Any] = []

    def rekey(self, run_ms: int, keys: KeyRing) -> None:
        self.said.append(keys.ids)

    def tell(self, run_ms: int, name: str, data: dict[str, Any]) -> None:
        self.said.append((name, data["why"]))


def test_a_key_file_is_followed_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    station: Any = Listening()
    watched = KeyFile(str(key_file(tmp_path, GOOD)), "twin-1")
    watched.follow(station, 0, 0)
    key_file(tmp_path, GOOD | {"campaign.2": "cd" * 32})
    watched.follow(station, 0, LOOK_MS - 1)
    assert station.said == []
    watched.follow(station, 0, LOOK_MS)
    assert station.said.pop() == ["bench", "campaign", "campaign.2", "ingest"]
    for text, mode in (("{", 0o600), (json.dumps(GOOD), 0o640)):
        key_file(tmp_path, text, mode)
        watched.follow(station, 0, 10 * LOOK_MS)
        watched.follow(station, 0, 20 * LOOK_MS)  # told once
        ((name, why),) = station.said
        station.said.clear()
        assert name == "keys_refused"
        assert "abab" not in why
        watched.next_ms = None
    (tmp_path / "keys.json").unlink()
    watched.follow(station, 0, 30 * LOOK_MS)
    assert "cannot be read" in station.said[0][1]


def test_a_password_comes_from_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("swordfish\n")
    path.chmod(0o600)
    assert broker_password(str(path)) == "swordfish"
    assert broker_password("") == ""
    path.chmod(0o644)
    with pytest.raises(InputError, match="open to others") as caught:
        broker_password(str(path))
    assert "swordfish" not in str(caught.value)


def test_certificates_that_cannot_be_used_are_told_at_start(tmp_path: Path) -> None:
    from adatom.cloud.pki.authority import Identity
    from adatom.cloud.pki.folder import create

    now = datetime.datetime.now(datetime.UTC)
    mine = create(tmp_path / "pki", "t", ["x"], now).admit(Identity("bench", "a"), now)
    ca, cert, key = (str(mine / name) for name in ("ca.pem", "cert.pem", "key.pem"))
    Dialer("mqtts://x", TlsFiles(ca, cert, key))
    Dialer("mqtt://x", TlsFiles("nothing", "is", "read"))
    other = create(tmp_path / "other", "t", ["x"], now).folder / "cloud" / "key.pem"
    encrypted = tmp_path / "encrypted.pem"
    encrypted.touch(0o600)
    subprocess.run(["openssl", "ec", "-in", key, "-aes128", "-passout", "pass:x", "-out", encrypted], check=True,
                   capture_output=True)  # fmt: skip
    for files, text in (((ca, cert, str(other)), "mismatch"), ((ca, ca, key), "mismatch"),
                        ((ca, cert, str(encrypted)), "encrypted"), ((key, "", ""), "ca_file")):  # fmt: skip
        with pytest.raises(InputError, match=text):
            Dialer("mqtts://x", TlsFiles(*files))
    Path(key).chmod(0o640)
    with pytest.raises(InputError, match="open to others"):
        Dialer("mqtts://x", TlsFiles(ca, cert, key))
