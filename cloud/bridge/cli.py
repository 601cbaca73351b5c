"""`adatom bridge`: what benches say, told to other systems over MQTT."""

import asyncio
import contextlib
import json
import logging
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from .benches import Benches
    from .far import Far

app = typer.Typer(help="Benches in other systems: Sparkplug B, Home Assistant.", no_args_is_help=True)

BrokerOption = Annotated[str, typer.Option("--broker", help="Where benches publish: mqtt:// or mqtts://host:port.")]
ToOption = Annotated[str, typer.Option("--to", help="The far side's broker: mqtt:// or mqtts://host:port.")]
BenchOption = Annotated[list[str], typer.Option("--bench", help="Only this bench; repeatable. All unless given.")]
TlsOption = Annotated[Path | None, typer.Option("--tls", help="Your folder of adatom pki observer, for --broker.")]
ToTlsOption = Annotated[Path | None, typer.Option("--to-tls", help="Folder with ca.pem (cert.pem, key.pem), for --to.")]
UserOption = Annotated[str, typer.Option("--to-user", help="For a --to broker that asks for a name.")]
PasswordOption = Annotated[
    Path | None, typer.Option("--to-password-file", help="File with its password; else $ADATOM_MQTT_PASSWORD.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print what happens as JSON lines.")]
BDSEQ_MAX = 255


@app.callback()
def group() -> None:
    """Benches in other systems: Sparkplug B, Home Assistant."""


@app.command()
def sparkplug(
    broker: BrokerOption,
    to: ToOption,
    group: Annotated[str, typer.Option(help="Sparkplug group.")] = "adatom",
    node: Annotated[str, typer.Option(help="Edge node of the group; another one for each bridge.")] = "bridge",
    host: Annotated[str, typer.Option(help="Primary host to wait for; none unless given.")] = "",
    state: Annotated[Path | None, typer.Option(help="File that remembers bdSeq over restarts.")] = None,
    datatypes: Annotated[
        bool, typer.Option("--datatypes", help="Name data types in data too, for hosts that keep none of the births.")
    ] = False,
    bench: BenchOption = [],  # noqa: B006 - typer's way
    tls: TlsOption = None,
    to_tls: ToTlsOption = None,
    to_user: UserOption = "",
    to_password_file: PasswordOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish benches as Sparkplug B: this bridge is the edge node, each bench a device. It takes no commands for them.

    Example: adatom bridge sparkplug --broker mqtt://localhost:1883 --to mqtt://scada.plant
    """
    _need_protobuf()
    from importlib.metadata import version

    from .benches import Benches
    from .sparkplug.node import EdgeNode

    benches = Benches()
    software = f"adatom {version('adatom')}"
    far = EdgeNode(group, node, benches, software, host, _bdseq(state), _keeper(state), datatypes)
    _go(benches, far, (broker, tls), (to, to_tls, to_user, to_password_file), bench, as_json)


@app.command("home-assistant")
def home_assistant(
    broker: BrokerOption,
    to: ToOption,
    prefix: Annotated[str, typer.Option(help="Discovery prefix of Home Assistant.")] = "homeassistant",
    bench: BenchOption = [],  # noqa: B006 - typer's way
    tls: TlsOption = None,
    to_tls: ToTlsOption = None,
    to_user: UserOption = "",
    to_password_file: PasswordOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish temperature, pressure, state, run and alarm of benches for Home Assistant, which finds them by itself.

    Example: adatom bridge home-assistant --broker mqtt://localhost:1883 --to mqtt://home.lab
    """
    from .benches import Benches
    from .home_assistant import HomeAssistant

    benches = Benches()
    far = HomeAssistant(prefix, benches)
    _go(benches, far, (broker, tls), (to, to_tls, to_user, to_password_file), bench, as_json)


def _go(
    benches: "Benches", far: "Far", near_words: tuple[Any, ...], far_words: tuple[Any, ...], only: list[str],
    as_json: bool,
) -> None:  # fmt: skip
    from adatom.cloud.ingest.dial import broker_of
    from adatom.protocol.errors import InputError, ProtocolError
    from adatom.protocol.topics import check_bench

    from .service import Bridge

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")

    def watch(said: dict[str, Any]) -> None:
        text = json.dumps(said) if as_json else "  ".join(f"{name.replace('_', ' ')}: {v}" for name, v in said.items())
        print(text, flush=True)

    try:
        names = [check_bench(name) for name in only]
    except ProtocolError as error:
        raise InputError("--bench", str(error)) from error
    near, away = broker_of(*near_words), broker_of(*far_words)
    asyncio.run(_until_told(Bridge(near, away, benches, far, names, watch).run()))


async def _until_told(work: Coroutine[Any, Any, None]) -> None:
    """Work until SIGTERM or Ctrl-C, which let it say goodbye."""
    task = asyncio.ensure_future(work)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _need_protobuf() -> None:
    from adatom.protocol.errors import FailedError

    try:
        import google.protobuf  # noqa: F401
    except ImportError as error:
        raise FailedError("adatom bridge sparkplug needs protobuf: pip install 'adatom[bridges]'") from error


def _bdseq(path: Path | None) -> int:
    """The bdSeq to begin with: what the file says, 0 where there is none. InputError when it says something else."""
    from adatom.protocol.errors import InputError

    if path is None or not path.exists():
        return 0
    text = path.read_text(encoding="ascii", errors="replace").strip()
    if not text.isdecimal() or len(text) > 3 or int(text) > BDSEQ_MAX:
        raise InputError(str(path), f"holds {text[:20]!r}: must be a number from 0 to {BDSEQ_MAX}, as --state keeps it")
    return int(text)


def _keeper(path: Path | None) -> Any:
    from adatom.protocol.output_path import output_file

    if output_file(path) is None or path is None:
        return lambda following: None
    return lambda following: path.write_text(f"{following}\n", encoding="ascii")
