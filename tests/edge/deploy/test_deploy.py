"""Onto a board and running there: the real mpremote against a real MicroPython behind a pseudo-terminal."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from adatom.edge.cli import app
from adatom.edge.deploy.board import Board
from adatom.edge.deploy.build import AGENT, GUARDIAN, board_path, driver_modules, with_imports
from adatom.edge.deploy.deploy import deploy, plan
from adatom.edge.instruments import DRIVERS
from adatom.protocol.errors import FailedError, InputError
from adatom.protocol.keyring import NEEDED
from typer.testing import CliRunner

from tests.edge.deploy.serial_board import serial_board
from tests.micropython import ROOT, needs_micropython

PORTS = {"heater": "eurotherm", "gauge": "tpg36x", "mfc": "alicat", "io": "bench_io"}


def bench_file(folder: Path) -> Path:
    """A furnace's bench file with its envelope and keys beside it."""
    folder.mkdir()
    fields: dict[str, Any] = {"bench": "twin-1", "envelope": "envelope.json", "broker": "mqtt://10.0.0.5",
                              "key_file": "secret/keys.json", "journal_dir": "journal"}  # fmt: skip
    fields["ports"] = {role: {"driver": driver, "port": f"uart:{i % 2}:tx=4,rx=5"}
                       for i, (role, driver) in enumerate(PORTS.items())}  # fmt: skip
    (folder / "bench.json").write_text(json.dumps(fields))
    (folder / "envelope.json").write_text((ROOT / "sim" / "demo" / "envelope.json").read_text())
    (folder / "secret").mkdir()
    (folder / "secret" / "keys.json").write_text(json.dumps(dict.fromkeys(NEEDED, "ab" * 32)))
    (folder / "secret" / "keys.json").chmod(0o600)
    return folder / "bench.json"


@needs_micropython
def test_it_is_copied_checked_and_started_by_the_board(tmp_path: Path) -> None:
    (tmp_path / "flash").mkdir()
    bench = bench_file(tmp_path / "pc")
    told: list[str] = []
    with serial_board(tmp_path / "flash") as board:
        done = deploy(board.path, bench, told.append)
        assert done["in_place"] is False
        assert done["heap_free"] > 100000
        assert len(done["sent"]) == done["files"] + 1
        assert "/main.py" in done["sent"]
        assert told[0].startswith("1 of ")
        again = deploy(board.path, bench, told.append)  # nothing differs: nothing is sent
        assert again["sent"] == []
        (tmp_path / "flash" / "lib/adatom/edge/station.mpy").write_bytes(b"M\x06\x00\x1f")
        assert deploy(board.path, bench, told.append)["sent"] == ["/lib/adatom/edge/station.mpy"]
    there = {path.name for path in (tmp_path / "flash").iterdir()}
    assert there == {"lib", "main.py", "bench.json", "envelope.json", "keys.json", "journal"}
    assert json.loads((tmp_path / "flash" / "bench.json").read_text())["key_file"] == "keys.json"
    assert not (tmp_path / "flash/lib/adatom/edge/drivers/compexpro.mpy").exists()


@needs_micropython
def test_a_board_of_another_release_is_told_and_left_alone(tmp_path: Path) -> None:
    with serial_board(tmp_path, wrong=b"2821") as board, pytest.raises(FailedError, match=r"reads \.mpy version 5"):
        deploy(board.path, None, print)
    assert list(tmp_path.iterdir()) == []


@needs_micropython
def test_what_the_board_says_is_told(tmp_path: Path) -> None:
    with (
        serial_board(tmp_path) as line,
        Board(line.path) as board,
        pytest.raises(FailedError, match="ImportError: no module named 'adatom"),
    ):
        board.check("adatom.edge.board.agent", "/lib")


def test_no_board_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such port"):
        Board(str(tmp_path / "ttyACM0"))
    master, slave = os.openpty()
    with pytest.raises(FailedError, match="nothing there answers as MicroPython"):
        Board(os.ttyname(slave))
    os.close(master)
    os.close(slave)


def test_a_dry_run_lists_what_would_be_sent(tmp_path: Path) -> None:
    bench = bench_file(tmp_path / "pc")
    result = CliRunner().invoke(app, ["deploy", "/dev/none", "--bench", str(bench), "--dry-run", "--json"])
    assert result.exit_code == 0, result.output
    done = json.loads(result.output)
    assert {"adatom/edge/drivers/eurotherm.mpy", "/bench.json", "/envelope.json", "/keys.json"} <= set(done["files"])
    assert "adatom/edge/drivers/compexpro.mpy" not in done["files"]
    with pytest.raises(InputError, match="JSON only"):
        CliRunner().invoke(app, ["deploy", "x", "--bench", "b.toml", "--dry-run"], catch_exceptions=False)


@pytest.mark.parametrize(
    ("file", "key", "value", "text"),
    [
        ("envelope.json", "bench", "other", "is the envelope of bench 'other', not of 'twin-1'"),
        ("bench.json", "loops", {"pressure": "supervised"}, "this bench has no valve controller"),
        ("bench.json", "ports", {"heater": {"driver": "eurotherm", "port": "uart:0:tx=4,rx=5"}}, "gauge is missing"),
    ],
)
def test_what_the_board_would_refuse_is_refused_here(
    file: str, key: str, value: Any, text: str, tmp_path: Path
) -> None:
    bench = bench_file(tmp_path / "pc")
    fields = json.loads((bench.parent / file).read_text())
    (bench.parent / file).write_text(json.dumps(fields | {key: value}))
    with pytest.raises(InputError, match=text):
        plan(bench)


def test_a_port_that_a_board_does_not_have_is_named(tmp_path: Path) -> None:
    bench = bench_file(tmp_path / "pc")
    fields = json.loads(bench.read_text())
    fields["ports"]["mfc"]["port"] = "/dev/ttyUSB0"
    bench.write_text(json.dumps(fields))
    with pytest.raises(InputError, match=r"ports\.mfc\.port: '/dev/ttyUSB0': must be uart:NUMBER"):
        plan(bench)


def test_the_identified_plant_goes_with_the_bench_file(tmp_path: Path) -> None:
    bench = bench_file(tmp_path / "pc")
    (tmp_path / "plant-7.json").write_text(
        json.dumps({"version": 1, "bench": "twin-1", "fit": {"good": True}, "plant": {"dead_time_s": {"value": 7.0}}})
    )
    bench.write_text(json.dumps(json.loads(bench.read_text()) | {"plant_file": "../plant-7.json"}))
    files = plan(bench)[1]
    assert json.loads(files["/bench.json"])["plant_file"] == "plant-7.json"
    assert files["/plant-7.json"] == (tmp_path / "plant-7.json").read_bytes()


def test_the_package_for_mip_lists_what_a_board_may_import() -> None:
    listed = [tuple(pair) for pair in json.loads((ROOT / "package.json").read_text())["urls"]]
    wanted = with_imports([AGENT, GUARDIAN, *driver_modules(list(DRIVERS))])
    places = [board_path(module).replace(".mpy", ".py") for module in wanted]
    assert sorted(listed) == sorted((place, place.removeprefix("adatom/")) for place in places)
    assert all((ROOT / source).exists() for _, source in listed)


def test_certificates_and_passwords_go_along_and_lie_beside_the_bench_file(tmp_path: Path) -> None:
    bench = bench_file(tmp_path / "pc")
    folder = bench.parent / "bench-twin-1"
    folder.mkdir()
    files = {"ca_file": "ca.pem", "cert_file": "cert.pem", "cert_key_file": "key.pem", "password_file": "password"}
    for name in files.values():
        (folder / name).write_text(name)
        (folder / name).chmod(0o600)
    fields = json.loads(bench.read_text())
    bench.write_text(json.dumps(fields | {key: f"bench-twin-1/{name}" for key, name in files.items()} | {"user": "u"}))
    _, sent = plan(bench)
    assert {sent[f"/{name}"] for name in files.values()} == {name.encode() for name in files.values()}
    there = json.loads(sent["/bench.json"])
    assert {key: there[key] for key in files} == files
    assert there["user"] == "u"
