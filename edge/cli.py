"""`adatom edge`: drive a bench."""

import json
import logging
import secrets
import signal
import time
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(help="The agent beside the chamber.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The agent beside the chamber."""


@app.command()
def run(
    file: Annotated[Path, typer.Argument(help="Bench file (TOML).", metavar="BENCH.toml")],
    rig: Annotated[
        Path | None,
        typer.Option(help="Folder of a simulated rig: its person loads, exposes, assembles; all is marked simulated."),
    ] = None,
    recipe: Annotated[
        Path | None, typer.Option(help="Run this recipe (JSON) once and end, without waiting for the cloud.")
    ] = None,
    area_cm2: Annotated[float, typer.Option(help="Electrode area of the cells that are measured.")] = 0.785,
    as_json: Annotated[bool, typer.Option("--json", help="Print states and the result as JSON lines.")] = False,
) -> None:
    """Drive a bench in real time over its serial lines, and obey the cloud.

    Example: adatom edge run bench.toml
    """
    from .config import load_bench
    from .folder_lock import FolderLock

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    stopped: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.append(1))
    bench = load_bench(str(file))
    lock = FolderLock(bench.journal_dir)
    loop, link = _wire(bench, rig, {"area_cm2": area_cm2, "symmetric": 1})
    show = _Show(as_json)
    show.start(loop)
    try:
        if recipe is not None:
            _start_recipe(loop, recipe)
        loop.run(link, lambda: bool(stopped) or show.ended(loop, once=recipe is not None))
    finally:
        link.close()
        lock.close()
    show.result(loop, asked=recipe is not None)


def _wire(bench: Any, rig: Path | None, cell: dict[str, float]) -> tuple[Any, Any]:
    """(loop, link) of a bench file."""
    from adatom.protocol.envelope import envelope_hash, load_envelope
    from adatom.protocol.errors import InputError

    from .agent import Agent
    from .instruments import make_drivers
    from .journal import Journal
    from .keys import load_keys
    from .link import Link
    from .loop import Loop
    from .operator_steps import RigOperator, SomebodyElse
    from .recorder import Recorder
    from .station import Station

    try:
        text = Path(bench.envelope).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(bench.envelope, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(bench.envelope, "is not UTF-8 text") from error
    digest = envelope_hash(text)
    envelope = load_envelope(text, bench.envelope)
    if envelope["bench"] != bench.bench:
        raise InputError(bench.envelope, f"is the envelope of bench {envelope['bench']!r}, not of {bench.bench!r}")
    agent = Agent(bench, envelope, digest)
    journal = Journal(bench.journal_dir, QUOTA_BYTES, SEGMENT_BYTES)
    operator = RigOperator(str(rig)) if rig is not None else SomebodyElse()
    station = Station(
        bench.bench, agent, Recorder(bench.bench, journal, batch_ms=BATCH_MS), load_keys(bench.key_file),
        secrets.token_hex(8), digest, simulated=operator.simulated, telemetry_ms=1000 // bench.telemetry_hz,
    )  # fmt: skip
    station.recover(0)
    loop = Loop(bench, station, make_drivers(bench.ports), bench.ports, operator, cell)
    return loop, Link(bench.broker, bench.bench)


def _start_recipe(loop: Any, path: Path) -> None:
    """Start a recipe from a file as the cloud would; InputError with every reason against it."""
    from adatom.protocol.errors import InputError
    from adatom.protocol.recipe import recipe_from_dict

    from .clock import now_ms

    try:
        recipe = recipe_from_dict(json.loads(path.read_text()))
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(str(path), str(error)) from error
    reasons = loop.station.start_local(recipe, path.stem[:40], now_ms())
    if reasons:
        raise InputError(str(path), "; ".join(reasons))


class _Show:
    """What the person at the bench sees: a line for each change of state, and the result."""

    def __init__(self, as_json: bool) -> None:
        from .local_input import LocalInput

        self.as_json = as_json
        self.state = ""
        self.seen_busy = False
        self.started_s = time.monotonic()
        self.missing: list[str] = []
        self.asked = ""
        self.local = LocalInput()

    def start(self, loop: Any) -> None:
        from .clock import watchdog
        from .loop import try_realtime

        notes = [try_realtime()]
        if not watchdog(8000).present:
            notes.append("no hardware watchdog: the leases of the bench I/O board stop a frozen agent")
        for note in notes:
            if note:
                self._say({"note": note})

    def ended(self, loop: Any, once: bool) -> bool:
        """Whether the loop may end; says each new state on the way."""
        self._missing(loop)
        self._local(loop)
        if loop.agent.state != self.state:
            self.state = loop.agent.state
            self._say({"state": self.state, "run": loop.station.recorder.run})
        self.seen_busy = self.seen_busy or loop.agent.busy
        return once and self.seen_busy and not loop.agent.busy

    def _local(self, loop: Any) -> None:
        """Obey the person at the bench, and tell them when they are waited for."""
        from .clock import now_ms

        answer = self.local.obey(loop.agent, now_ms())
        if answer:
            self._say({"answer": answer})
        if loop.agent.waiting_for != self.asked:
            self.asked = loop.agent.waiting_for
            if self.asked and self.asked != "measure" and not loop.operator.simulated:
                self._say({"please": self.asked, "then": "type confirm, or fail WHY"})

    def _missing(self, loop: Any) -> None:
        """Say what instruments do not tell, once they had time to, and again when it changes."""
        if time.monotonic() - self.started_s < FIRST_LOOK_S or loop.ticks % LOOK_TICKS:
            return
        from .clock import now_ms

        waits = loop.instruments.missing(now_ms()) if loop.agent.state not in QUIET_STATES else []
        waits = [text for text in waits if not text.startswith(ONLY_WHILE_FIRING)]
        names = [text.split(":")[0] for text in waits]
        if names != self.missing:
            self.missing = names
            self._say({"missing": waits} if waits else {"note": "all readings are there"})

    def result(self, loop: Any, asked: bool) -> None:
        from adatom.protocol.errors import FailedError

        outcome, reason = loop.agent.chamber.ended
        if outcome:
            self._say({"outcome": outcome, "reason": reason, "late_ticks": loop.station.late_ticks,
                       "ticks": loop.ticks, "simulated": loop.station.simulated})  # fmt: skip
        if asked and outcome != "complete":
            raise FailedError(f"the run ended {outcome or 'before its time'}: {reason or 'stopped'}")

    def _say(self, fields: dict[str, Any]) -> None:
        elapsed_s = round(time.monotonic() - self.started_s, 1)
        if self.as_json:
            print(json.dumps({"t_s": elapsed_s} | fields), flush=True)
        else:
            shown = "  ".join(f"{name}: {value}" for name, value in fields.items() if value != "")
            print(f"{elapsed_s:8.1f} s  {shown}", flush=True)


FIRST_LOOK_S = 5.0  # the instruments have been asked several times by then
LOOK_TICKS = 20
ONLY_WHILE_FIRING = ("energy_mj", "slot")  # None between pulses, and while the carousel turns
QUIET_STATES = ("safe", "fault")
QUOTA_BYTES = 500_000_000
SEGMENT_BYTES = 1_000_000
BATCH_MS = 2000
