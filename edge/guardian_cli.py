"""`adatom edge guardian`: the process that holds the leases of a rig without the bench I/O board."""

import signal
from pathlib import Path
from typing import Annotated

import typer

KEY_BYTES_MIN = 16


def guardian(
    port: Annotated[
        Path, typer.Option(help="Line to the agent: an existing serial device, or a path for a pseudo-terminal's link.")
    ],
    pins: Annotated[
        str,
        typer.Option(
            help="rig:DIR of `adatom sim rig --guardian external`, or gpio:CHIP:gate=LINE,contactor=LINE,shutter=LINE,"
            "heartbeat=LINE,trigger=LINE,door=LINE[,button=LINE][,guard=/FILE][,water=/FILE]."
        ),
    ],
    key_file: Annotated[
        Path | None,
        typer.Option(help="File (mode 600) with the board's key in hex; without it only the button re-arms."),
    ] = None,
) -> None:
    """Keep the leases of trigger gate, contactor and shutter, apart from the agent; silence opens everything.

    The pins must be wired through a dead-man relay on the heartbeat pin: see docs/how-to/run-a-bench.md.

    Example: adatom edge guardian --port bench/rig/io --pins rig:bench/rig
    """
    from .guardian_pins import open_pins
    from .guardian_process import claim, start
    from .realtime import try_realtime

    stopped: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.append(1))
    key = _key(key_file) if key_file is not None else b""
    right = claim(str(port))  # first: connecting to a rig's pins takes them from the guardian that has them
    try:
        process = start(str(port), open_pins(pins), key)
        note = try_realtime()
        if note:
            print(f"note: {note}", flush=True)
        print(f"guardian: {port}", flush=True)
        process.run(lambda: bool(stopped))
    finally:
        right.close()


def _key(path: Path) -> bytes:
    from adatom.protocol.errors import InputError

    from .keys import refuse_open_to_others

    refuse_open_to_others(str(path))
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError as error:
        raise InputError(str(path), "must hold the board's key in hex") from error
    if len(key) < KEY_BYTES_MIN:
        raise InputError(str(path), f"a key of {len(key)} bytes: at least {KEY_BYTES_MIN} are needed")
    return key
