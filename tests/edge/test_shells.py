"""The small shells: broker addresses, key files, the folder lock."""

import json
from pathlib import Path

import pytest
from adatom.edge.folder_lock import FolderLock
from adatom.edge.keys import load_keys
from adatom.protocol.address import broker_address
from adatom.protocol.errors import InputError
from adatom.protocol.seal import KEY_IDS


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


GOOD = dict.fromkeys(KEY_IDS, "ab" * 32)


def test_a_good_key_file_is_read(tmp_path: Path) -> None:
    assert load_keys(str(key_file(tmp_path, GOOD))) == dict.fromkeys(KEY_IDS, b"\xab" * 32)


@pytest.mark.parametrize(
    ("fields", "mode", "text"),
    [
        (GOOD, 0o644, "readable by others"),
        ("{", 0o600, "no JSON"),
        ({"bench": "ab" * 32}, 0o600, "must hold the keys"),
        (GOOD | {"bench": "xyz"}, 0o600, "not hex"),
        (GOOD | {"bench": 7}, 0o600, "not hex"),
        (GOOD | {"bench": "abcd"}, 0o600, "fewer than 16"),
    ],
)
def test_a_bad_key_file_is_refused_without_showing_a_key(tmp_path: Path, fields: object, mode: int, text: str) -> None:
    with pytest.raises(InputError, match=text) as caught:
        load_keys(str(key_file(tmp_path, fields, mode)))
    assert "abab" not in str(caught.value)


def test_a_missing_key_file_says_where_it_comes_from(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="first start"):
        load_keys(str(tmp_path / "keys.json"))


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
