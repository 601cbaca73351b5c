"""One deployment: build for a bench, send, check, and only then let the board start it by itself."""

import contextlib
import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adatom.edge.board.ports import uart_of
from adatom.edge.config import Bench, load_bench
from adatom.edge.envelope_note import note_path
from adatom.edge.instruments import DRIVERS, Instruments, make_drivers
from adatom.edge.keys import load_keys
from adatom.edge.wiring import envelope_of
from adatom.protocol import seal
from adatom.protocol.envelope import envelope_hash
from adatom.protocol.errors import FailedError, InputError

from . import build
from .board import LIBRARY, Board, write_rom

ROM_LIBRARY = "/rom"
MPY_VERSION = 0xFF  # of sys.implementation._mpy
MAIN = 'from adatom.edge.board.agent import main\n\nmain("/bench.json")\n'
SELFTEST = seal.to_hex(seal.hmac_sha256(b"adatom", b"selftest"))


def plan(bench: Path | None) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """({path: .mpy}, {path: file of the bench}): what a board gets; without a bench the core and every driver."""
    if bench is None:
        return build.compiled(build.AGENT, *build.driver_modules(list(DRIVERS))), {}
    if bench.suffix != ".json":
        raise InputError(str(bench), "a board reads bench files in JSON only (name.json)")
    value = load_bench(str(bench))
    _check(value)
    code = build.compiled(build.AGENT, *build.driver_modules([port.driver for port in value.ports.values()]))
    fields = json.loads(bench.read_text(encoding="utf-8"))
    files = {}
    for key in ("envelope", "key_file", "ca_file", "cert_file", "cert_key_file", "password_file", "plant_file"):
        if fields.get(key):
            files["/" + Path(fields[key]).name] = _read(bench.parent / fields[key])
            fields[key] = Path(fields[key]).name
    fields["journal_dir"] = Path(fields["journal_dir"]).name
    # who deploys an envelope agrees to it
    digest = envelope_hash(files["/" + fields["envelope"]].decode())
    files["/" + note_path(fields["journal_dir"])] = f"{digest}\n".encode()
    files["/bench.json"] = json.dumps(fields).encode()
    return code, files


def deploy(port: str, bench: Path | None, told: Callable[[str], None]) -> dict[str, Any]:
    """Do it; what was sent and what runs, JSON-ready."""
    code, files = plan(bench)
    with Board(port) as board:
        found = board.ask()
        _fits(port, found, code)
    image = _image(code)
    in_rom = len(image) <= found["rom"]
    folder = ROM_LIBRARY if in_rom else LIBRARY
    if in_rom:
        told(f"{len(image)} bytes into the ROM file system")
        with tempfile.TemporaryDirectory() as scratch:
            write_rom(port, image, Path(scratch))
    placed = {f"{folder}/{path}": data for path, data in code.items()}
    with Board(port) as board:
        sent = board.send(files if in_rom else placed | files, told)
        _same(port, board, placed | files)
        answer = board.check(build.AGENT, folder)
        if answer["seal"] != SELFTEST:
            raise FailedError(f"{port}: the selftest gives {answer['seal']}, not {SELFTEST}")
        if bench is not None:  # last: a board starts only what is known to be whole
            sent += board.send({"/main.py": MAIN.encode()}, told)
    return {
        "port": port,
        "board": found,
        "in_place": in_rom,
        "files": len(placed) + len(files),
        "sent": sent,
        "bytes": sum(map(len, code.values())),
        "heap_free": answer["free"],
        "starts_by_itself": bench is not None,
    }


def _check(bench: Bench) -> None:
    """Refuse here what the board would refuse at its start: envelope, keys, drivers, their options, loops, UARTs."""
    envelope, _ = envelope_of(bench)
    load_keys(bench.key_file, bench.bench)
    Instruments(make_drivers(bench.ports), envelope, bench.loops)
    for role, place in bench.ports.items():
        uart_of(place.port, f"ports.{role}.port")


def _fits(port: str, found: dict[str, Any], code: dict[str, bytes]) -> None:
    """Raise FailedError unless the board reads the compiled files' version."""
    ours, theirs = next(iter(code.values()))[1], found["mpy"] & MPY_VERSION
    if ours != theirs:
        version = ".".join(map(str, found["version"]))
        raise FailedError(f"{port}: MicroPython {version} reads .mpy version {theirs}, mpy-cross writes {ours}: "
                          "install the firmware and the mpy-cross of one release")  # fmt: skip


def _same(port: str, board: Board, wanted: dict[str, bytes]) -> None:
    import hashlib

    there = board.hashes(list(wanted))
    bad = [path for path, data in wanted.items() if there[path] != hashlib.sha256(data).hexdigest()]
    if bad:
        raise FailedError(f"{port}: {len(bad)} files differ on the board after copying, {bad[0]} among them")


def _image(code: dict[str, bytes]) -> bytes:
    from mpremote.romfs import make_romfs

    with tempfile.TemporaryDirectory() as folder:
        for path, data in code.items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        with contextlib.redirect_stdout(io.StringIO()):
            return bytes(make_romfs(folder, mpy_cross=False))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}") from error
