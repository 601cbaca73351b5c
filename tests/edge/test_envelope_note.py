"""The hash of the envelope agreed to: another one is refused until a person accepts it."""

import json
import shutil
from pathlib import Path

import pytest
from adatom.cloud.ingest.keys import load_or_create_keys
from adatom.edge import command
from adatom.edge.config import load_bench
from adatom.edge.envelope_note import check_note, write_note
from adatom.edge.wiring import wire
from adatom.protocol.errors import InputError
from adatom.sim.shipped import ENVELOPE


def test_the_first_start_notes_the_hash_and_a_changed_file_is_refused_until_accepted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("bench.toml", "envelope.json"):
        shutil.copy(ENVELOPE.parent / name, tmp_path / name)
    load_or_create_keys(tmp_path / "keys.json")

    def start() -> None:
        wire(load_bench(str(tmp_path / "bench.toml")), None, {})[0].station.close(0)

    start()
    start()
    envelope = json.loads((tmp_path / "envelope.json").read_text())
    envelope["interlock"]["heater_max_c"] = 900  # a sound file that allows more
    (tmp_path / "envelope.json").write_text(json.dumps(envelope))
    with pytest.raises(InputError, match="is not the envelope that this bench was started with"):
        start()
    assert command.run(["edge", "accept", str(tmp_path / "bench.toml")]) == command.OK
    assert "accepted" in capsys.readouterr().out
    start()


@pytest.mark.parametrize("note", [b"", b"a" * 63, b"a" * 64, b"a" * 65 + b"\n", b"\xff"])
def test_a_damaged_note_agrees_to_nothing(tmp_path: Path, note: bytes) -> None:
    assert not check_note(str(tmp_path), "a" * 64, "envelope.json")
    write_note(str(tmp_path), "a" * 64)
    assert check_note(str(tmp_path), "a" * 64, "envelope.json")
    (tmp_path / "envelope.sha256").write_bytes(note)
    with pytest.raises(InputError, match="the note is damaged"):
        check_note(str(tmp_path), "a" * 64, "envelope.json")
