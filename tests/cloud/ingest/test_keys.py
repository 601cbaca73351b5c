"""The cloud's key file: made once, followed while it is used, and what a bench gets of it."""

import asyncio
import json
import logging
from pathlib import Path

import pytest
from adatom.cloud.ingest import keys
from adatom.protocol.errors import InputError
from adatom.protocol.keyring import EVERY_BENCH, KeyRing, ring_from_json


def test_a_missing_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "keys.json"
    first = keys.load_or_create_keys(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert keys.load_or_create_keys(path).keys == first.keys
    assert len(set(first.keys.values())) == 3
    path.chmod(0o660)
    with pytest.raises(InputError, match="open to others: chmod 600"):
        keys.load_or_create_keys(path)


def test_a_bench_s_file_is_not_the_cloud_s(tmp_path: Path) -> None:
    cloud = KeyRing({role: role.encode() * 8 for role in ("bench", "campaign", "ingest")}, 1, EVERY_BENCH)
    text = keys.keys_of_bench(cloud, "twin-1")
    keys.write_secret(tmp_path / "keys.json", text)
    with pytest.raises(InputError, match="key file of bench twin-1"):
        keys.load_keys(tmp_path / "keys.json")
    ring = ring_from_json(text, "keys.json")
    for role in cloud.keys:
        assert ring.sign(role, b"body", "twin-1") == cloud.sign(role, b"body", "twin-1")
        assert cloud.keys[role].hex() not in text


def test_the_file_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(keys, "LOOK_S", 0.001)
    path = tmp_path / "keys.json"
    ring = keys.load_or_create_keys(path)
    before = dict(ring.keys)

    def put(text: str) -> None:
        keys.write_secret(tmp_path / "new", text)
        (tmp_path / "new").rename(path)

    async def replaced() -> None:
        following = asyncio.create_task(keys.follow(path, ring))
        await asyncio.sleep(0.01)
        put("{")
        while "keys stay as they were" not in caplog.text:
            await asyncio.sleep(0.001)
        assert ring.keys == before
        put(
            json.dumps({f"{used}{end}": key.hex() for used, key in before.items() for end in ("", ".2")} | {"signs": 2})
        )
        while ring.signs != 2:
            await asyncio.sleep(0.001)
        following.cancel()

    with caplog.at_level(logging.WARNING):
        asyncio.run(asyncio.wait_for(replaced(), 30))
    assert ring.signing_id("campaign") == "campaign.2"
    assert not any(key.hex() in caplog.text for key in before.values())
