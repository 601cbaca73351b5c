"""`adatom broker`: a configuration for the broker of a laboratory."""

import datetime
import ipaddress
import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The broker of a laboratory.", no_args_is_help=True)
COPIED = ("ca.pem", "cert.pem", "key.pem")


@app.callback()
def group() -> None:
    """The broker of a laboratory."""


@app.command()
def config(
    pki: Annotated[Path, typer.Option(help="Folder of the authority (adatom pki init).")] = Path("pki"),
    output: Annotated[Path, typer.Option("--output", help="Folder to write to.")] = Path("broker"),
    port: Annotated[int, typer.Option(help="TCP port.", min=1, max=65535)] = 8883,
    bind: Annotated[str, typer.Option(help="IP address to listen on; all unless given.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Write a hardened mosquitto configuration: mutual TLS, access by role and bench, revocations, limits.

    Run it again after every change of the authority; it overwrites only what it wrote.

    Example: adatom broker config --pki pki --output broker
    """
    target = output.resolve()
    written = write(pki, target, port, bind, datetime.datetime.now(datetime.UTC))
    start = {
        "start": f"mosquitto -c {target}/mosquitto.conf",
        "as_a_service": f"chown -R mosquitto: {target}; systemctl enable --now {target}/adatom-broker.service",
        "after_a_change": "systemctl reload adatom-broker (or kill -HUP): new certificates, access, revocations",
    }
    if as_json:
        print(json.dumps({"files": written} | start))
        return
    for name, text in ({"wrote": ", ".join(written)} | start).items():
        print(f"{name.replace('_', ' ')}: {text}")


def write(pki: Path, output: Path, port: int, bind: str, now: datetime.datetime) -> list[str]:
    """Put everything that mosquitto needs into one folder; the paths. InputError when it holds something else."""
    from adatom.protocol.errors import InputError

    from . import mosquitto
    from .folder import BROKER, CRL, Authority

    _check_bind(bind)
    authority = Authority(pki)
    ours = output / "mosquitto.conf"
    is_ours = ours.exists() and ours.read_text(encoding="utf-8").startswith(mosquitto.HEADER)
    if output.exists() and any(output.iterdir()) and not is_ours:
        raise InputError(str(output), "holds other files: give a folder of its own")
    (output / "state").mkdir(mode=0o700, parents=True, exist_ok=True)
    output.chmod(0o700)
    texts = {
        "mosquitto.conf": mosquitto.config(output, port, bind),
        "acl": mosquitto.acl(authority.active(now), authority.hears()),
        "adatom-broker.service": mosquitto.unit(output),
    }
    sources = [*(authority.place(BROKER) / name for name in COPIED), pki / CRL]
    for source in sources:
        _place(output / source.name, source.read_text(encoding="ascii"), output)
    for name, text in texts.items():
        _place(output / name, text, output)
    return [str(output / name) for name in (*texts, *(source.name for source in sources))]


def _place(path: Path, text: str, like: Path) -> None:
    """Write a file for its owner alone, who is the folder's: the broker's user after the first time."""
    from .folder import write_whole

    write_whole(path, text.encode())
    shutil.chown(path, like.stat().st_uid, like.stat().st_gid)


def _check_bind(bind: str) -> None:
    from adatom.protocol.errors import InputError

    try:
        if bind:
            ipaddress.ip_address(bind)
    except ValueError as error:
        raise InputError("--bind", f"{bind!r}: must be an IP address of this machine") from error
