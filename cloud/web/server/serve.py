"""The shell: a uvicorn server in the event loop of the ingest, for as long as that serves."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from adatom.cloud.campaign.fleet import Fleet
from adatom.cloud.campaign.runner import Campaign
from adatom.cloud.campaign.session import OpenWindow
from adatom.cloud.ingest.service import Ingest
from adatom.cloud.store.thread import StoreThread
from adatom.protocol.errors import InputError

from .access import Gate
from .accounts import load
from .app import make_app
from .live import Live
from .window import Window

LOOPBACK = ("127.0.0.1", "localhost", "::1")
END_S = 2  # open pages are hung up on after this
CONNECTIONS_MAX = 500


class _Server(uvicorn.Server):
    """Without signal handlers of its own: the process' are the campaign's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


@dataclass(frozen=True)
class Place:
    """Where the window listens. `accounts` None: demo mode. `tls`: a folder with cert.pem and key.pem."""

    host: str = "127.0.0.1"
    port: int = 8080
    accounts: Path | None = None
    tls: Path | None = None

    def __post_init__(self) -> None:
        inside = self.host in LOOPBACK
        if self.accounts is None and not inside:
            raise InputError("window", f"{self.host}: without accounts it listens on 127.0.0.1 alone")
        if self.tls is None and not inside:
            raise InputError("window", f"{self.host}: passwords would go in the clear: give a folder of certificates, "
                                       "or 127.0.0.1 behind a proxy that has them")  # fmt: skip

    @property
    def scheme(self) -> str:
        return "http" if self.tls is None else "https"


@contextlib.asynccontextmanager
async def open_window(
    place: Place, store: StoreThread, ingest: Ingest, fleet: Fleet, campaign: Campaign | None = None
) -> AsyncIterator[str]:
    """The window's address, served until left. InputError when the place cannot be listened at."""
    gate = Gate(None if place.accounts is None else load(place.accounts))
    live = Live(lambda: fleet.benches)
    window = Window(store, fleet, live, gate, campaign)
    live.extra = lambda: {"campaign": _campaign(window)}
    ingest.listener.append(live)
    listening = _listen(place)
    server = _Server(_config(window, place))
    tasks = [asyncio.create_task(live.run()), asyncio.create_task(server.serve([listening]))]
    try:
        yield f"{place.scheme}://{place.host}:{listening.getsockname()[1]}"
    finally:
        ingest.listener.remove(live)
        tasks[0].cancel()  # hangs up on the pages
        server.should_exit = True
        await asyncio.gather(*tasks, return_exceptions=True)
        listening.close()


def opener(place: Place, say: Callable[[str], object]) -> OpenWindow:
    """How a campaign opens the window at a place; `say` gets the address."""

    @contextlib.asynccontextmanager
    async def window(store: StoreThread, ingest: Ingest, fleet: Fleet, campaign: Campaign) -> AsyncIterator[None]:
        async with open_window(place, store, ingest, fleet, campaign) as address:
            say(address)
            yield

    return window


def place_of(text: str, accounts: Path | None = None, tls: Path | None = None) -> Place:
    """The place of HOST:PORT, or PORT on 127.0.0.1; port 0 is any free one. InputError for what is neither."""
    host, _, port = text.rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        raise InputError("window", f"{text!r}: must be HOST:PORT, such as 127.0.0.1:8080")
    return Place(host.strip("[]") or "127.0.0.1", int(port), accounts, tls)


def _campaign(window: Window) -> dict[str, object] | None:
    """What every frame says of the campaign that runs here."""
    running = window.campaign
    if running is None:
        return None
    trials = {bench: trial.number for bench, trial in running.running.items()}
    return {"campaign": running.name, "held": running.held, "running": trials, "budget": running.budget}


def _config(window: Window, place: Place) -> uvicorn.Config:
    config = uvicorn.Config(
        make_app(window), log_level="warning", access_log=False, lifespan="off", server_header=False,
        timeout_graceful_shutdown=END_S, limit_concurrency=CONNECTIONS_MAX, h11_max_incomplete_event_size=16384,
        proxy_headers=False, ws="none",
    )  # fmt: skip
    if place.tls is not None:
        config.load()
        config.ssl = _context(place.tls)
    return config


def _context(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    except (OSError, ssl.SSLError) as error:
        raise InputError(str(folder), f"cert.pem and key.pem cannot be used: {error}") from error
    return context


def _listen(place: Place) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((place.host, place.port))
    except OSError as error:
        listening.close()
        raise InputError("window", f"{place.host}:{place.port}: cannot be listened at: {error.strerror}") from error
    return listening
