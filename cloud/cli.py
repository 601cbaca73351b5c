"""`adatom cloud`: the ingest service."""

import asyncio
import contextlib
import json
import logging
import time
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer
from adatom.cloud.web.user_cli import app as user

app = typer.Typer(help="Takes in what benches publish, and shows it.", no_args_is_help=True)
app.add_typer(user, name="user")

KEYS: dict[str, tuple[type, str]] = {
    "database": (str, "path of the DuckDB file"),
    "keys": (str, "path of the key file, made when missing"),
    "broker": (str, "mqtt://host:port, mqtts://host:port, or embedded"),
    "port": (int, "port of the embedded broker, 1 to 65535"),
    "tls": (str, "folder with ca.pem, cert.pem and key.pem (adatom pki)"),
    "user": (str, "user name for a broker that asks for one"),
    "password_file": (str, "file with the user's password; else $ADATOM_MQTT_PASSWORD"),
    "window": (str, "HOST:PORT of the pages, such as 127.0.0.1:8080"),
    "window_tls": (str, "folder with cert.pem and key.pem of the pages; needed beyond 127.0.0.1"),
    "accounts": (str, "file of who may log in (adatom cloud user)"),
}
REPORT_S = 10.0
ORDERS = ("abort", "pause", "resume", "confirm", "rearm", "stop")  # a run is a campaign's, or the bench's own command


@app.callback()
def group() -> None:
    """Takes in what benches publish, and shows it."""


@app.command()
def run(
    file: Annotated[Path, typer.Argument(help="Cloud file (TOML): database, keys, broker.", metavar="CLOUD.toml")],
    as_json: Annotated[bool, typer.Option("--json", help="Print what came in as JSON lines.")] = False,
) -> None:
    """Take in what benches publish until stopped; a bench forgets a record only after its commit here.

    The file holds, for instance: database = "lab.duckdb", keys = "keys.json", broker = "embedded", port = 1883; with
    window = "127.0.0.1:8080" and accounts = "accounts.json" it serves the pages, see adatom cloud user --help.

    Example: adatom cloud run cloud.toml
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    fields = read_config(file)
    asyncio.run(_serve(fields, file.parent, as_json))


@app.command()
def order(
    bench: Annotated[str, typer.Argument(help="Name of the bench.")],
    word: Annotated[str, typer.Argument(help="abort, pause, resume, confirm, rearm or stop.")],
    broker: Annotated[str, typer.Option(help="mqtt:// or mqtts://host:port")],
    tls: Annotated[
        Path | None, typer.Option("--tls", help="Your folder of adatom pki operator: certificate and keys.json.")
    ] = None,
    keys: Annotated[Path | None, typer.Option(help="Your key file, where it is not in the --tls folder.")] = None,
    why: Annotated[str, typer.Option(help="For the record (abort, stop).")] = "",
    step: Annotated[str, typer.Option(help="The step that is done (confirm).")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Ask a bench for something over the broker, sealed with your own key, and wait for its answer.

    Example: adatom cloud order pld-1 abort --broker mqtts://broker.lab --tls operator-alice --why "smoke"
    """
    from adatom.cloud.ingest.dial import broker_of
    from adatom.cloud.ingest.keys import read_secret
    from adatom.cloud.ingest.order import Order, give
    from adatom.protocol.errors import FailedError, InputError
    from adatom.protocol.keyring import ring_from_json

    if word not in ORDERS:
        raise InputError("word", f"{word!r}: must be one of {', '.join(ORDERS)}")
    path = keys or (None if tls is None else tls / "keys.json")
    if path is None:
        raise InputError("--keys", "give your key file, or your folder of adatom pki operator: --tls")
    ring = ring_from_json(read_secret(path), str(path), needed=())
    args = {name: value for name, value in (("why", why), ("step", step)) if value}
    reasons = asyncio.run(give(Order(bench, word, args), ring, broker_of(broker, tls)))
    if reasons:
        raise FailedError(f"bench {bench} refuses {word}: {'; '.join(reasons)}")
    print(json.dumps({"bench": bench, "order": word, "obeyed": True}) if as_json else f"{word}: done")


def read_config(path: Path) -> dict[str, Any]:
    """The checked cloud file. Raises InputError naming file, key, value and what is allowed."""
    from adatom.protocol.errors import InputError

    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(str(path), f"not TOML: {error}") from error
    for key, value in fields.items():
        if key not in KEYS:
            raise InputError(f"{path}: {key}", f"unknown key; allowed are {', '.join(KEYS)}")
        if (
            not isinstance(value, KEYS[key][0])
            or isinstance(value, bool)
            or (isinstance(value, int) and not 1 <= value <= 65535)
        ):
            raise InputError(f"{path}: {key}", f"{value!r}: must be the {KEYS[key][1]}")
    for key in ("database", "keys"):
        if key not in fields:
            raise InputError(f"{path}: {key}", f"missing: the {KEYS[key][1]}")
    return {"broker": "embedded", "port": 1883} | fields


async def _serve(fields: dict[str, Any], folder: Path, as_json: bool) -> None:
    from adatom.cloud.campaign.session import Access, open_broker, serving
    from adatom.cloud.ingest.keys import load_or_create_keys
    from adatom.cloud.store.thread import StoreThread

    paths = {name: folder / fields[name] if name in fields else None for name in ("tls", "password_file")}
    access = Access(user=fields.get("user", ""), **paths)
    broker = access.open(None if fields["broker"] == "embedded" else fields["broker"])
    place = _place(fields, folder)
    key_file = folder / fields["keys"]
    keys = load_or_create_keys(key_file)
    with StoreThread(folder / fields["database"]) as store:
        async with (
            open_broker(broker, fields["port"]) as found,
            serving(store, keys, found, key_file) as (ingest, fleet, task),
            _window(place, store, ingest, fleet) as address,
        ):
            pages = {} if address is None else {"window": address}
            _say({"listening": found.url, "database": str(folder / fields["database"]), **pages}, as_json)
            while not task.done():
                await asyncio.wait([task], timeout=REPORT_S)
                now_s = time.monotonic()
                benches = {view.name: view.state if view.alive(now_s) else "silent" for view in fleet.benches.values()}
                _say({"records": ingest.records, "refused": ingest.refused, "benches": benches}, as_json)
            await task


def _place(fields: dict[str, Any], folder: Path) -> Any:
    """Where the pages are to be served, None where the file does not ask for them."""
    from adatom.protocol.errors import InputError

    if "window" not in fields:
        return None
    if "accounts" not in fields:
        raise InputError("accounts", 'missing: the window asks for a log-in; accounts = "accounts.json", and '
                                     "adatom cloud user add NAME --role owner")  # fmt: skip
    from adatom.cloud.web.server.serve import place_of

    return place_of(
        fields["window"], folder / fields["accounts"], folder / fields["window_tls"] if "window_tls" in fields else None
    )


def _window(place: Any, store: Any, ingest: Any, fleet: Any) -> Any:
    if place is None:
        return contextlib.nullcontext()
    from adatom.cloud.web.server.serve import open_window

    return open_window(place, store, ingest, fleet)


def _say(fields: dict[str, Any], as_json: bool) -> None:
    text = json.dumps(fields) if as_json else "  ".join(f"{name}: {value}" for name, value in fields.items())
    print(text, flush=True)
