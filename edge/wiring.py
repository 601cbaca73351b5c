"""From a bench file to a loop and its link: everything is checked here, before anything is energised."""

import secrets
import shutil
from pathlib import Path
from typing import Any

from adatom.protocol.envelope import envelope_hash, load_envelope
from adatom.protocol.errors import InputError
from adatom.protocol.recipe import Recipe

from .agent import Agent
from .clock import now_ms
from .config import Bench
from .dial import Dialer, TlsFiles
from .envelope_note import check_note, write_note
from .instruments import make_drivers
from .journal import Journal, draw_first_boot
from .keys import broker_password, load_keys
from .link import Link
from .loop import Loop
from .operator_steps import RigOperator
from .recorder import Recorder
from .station import Station
from .turn import SomebodyElse

QUOTA_BYTES = 500_000_000
SEGMENT_BYTES = 1_000_000
BATCH_MS = 2000


def wire(bench: Bench, rig: Path | None, cell: dict[str, float]) -> tuple[Loop, Link]:
    """(loop, link) of a bench."""
    envelope, digest = envelope_of(bench)
    noted = check_note(bench.journal_dir, digest, bench.envelope)
    agent = Agent(bench, envelope, digest)
    journal = Journal(bench.journal_dir, QUOTA_BYTES, SEGMENT_BYTES, draw_first_boot(secrets.token_bytes(4)))
    if not noted:
        write_note(bench.journal_dir, digest)
    # no more than the disk has: the ladder of recorder.py begins before it is full
    journal.quota_bytes = min(QUOTA_BYTES, journal.backlog[1] + shutil.disk_usage(bench.journal_dir).free)
    operator = RigOperator(str(rig)) if rig is not None else SomebodyElse()
    recorder = Recorder(bench.bench, journal, batch_ms=BATCH_MS, thin=bench.thin)
    station = Station(
        bench.bench, agent, recorder, load_keys(bench.key_file, bench.bench),
        secrets.token_hex(8), digest, simulated=operator.simulated, telemetry_ms=1000 // bench.telemetry_hz,
    )  # fmt: skip
    station.recover(0)
    loop = Loop(bench, station, make_drivers(bench.ports), bench.ports, operator, cell)
    dialer = Dialer(bench.broker, TlsFiles(bench.ca_file, bench.cert_file, bench.cert_key_file))
    link = Link(dialer, bench.bench)
    link.client.user, link.client.password = bench.user, broker_password(bench.password_file)
    return loop, link


def envelope_of(bench: Bench) -> tuple[dict[str, Any], str]:
    """The checked envelope of a bench, and its hash."""
    text = _text(bench.envelope)
    envelope = load_envelope(text, bench.envelope)
    if envelope["bench"] != bench.bench:
        raise InputError(bench.envelope, f"is the envelope of bench {envelope['bench']!r}, not of {bench.bench!r}")
    return envelope, envelope_hash(text)


def start_recipe(loop: Loop, recipe: Recipe, path: Path) -> None:
    """Start the recipe of a file as the cloud would; InputError with every reason against it."""
    reasons = loop.station.start_local(recipe, path.stem[:40], now_ms())
    if reasons:
        raise InputError(str(path), "; ".join(reasons))


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(path, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(path, "is not UTF-8 text") from error
