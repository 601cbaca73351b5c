"""`adatom pki`: the laboratory's own authority: certificates for broker, cloud, benches, people; sealing keys."""

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from .folder import Authority

app = typer.Typer(help="Certificates and keys of the laboratory.", no_args_is_help=True)

FolderOption = Annotated[Path, typer.Option("--dir", help="Folder of the authority.")]
DaysOption = Annotated[int, typer.Option(help="How long the certificate is good, 1 to 825.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
FOLDER, DAYS = Path("pki"), 397
SOON_DAYS = 30  # a certificate that ends within these is to be renewed
RELOAD = "adatom broker config, and reload the broker (systemctl reload, or kill -HUP)"


@app.callback()
def group() -> None:
    """Certificates and keys of the laboratory."""


@app.command()
def init(
    host: Annotated[list[str], typer.Option(help="Name or address under which the broker is reached; repeatable.")],
    folder: FolderOption = FOLDER,
    laboratory: Annotated[str, typer.Option(help="Its name in the certificates: a-z, 0-9 and -.")] = "laboratory",
    days: DaysOption = DAYS,
    as_json: JsonOption = False,
) -> None:
    """Make an authority, with certificates for the broker and the cloud. Never overwrites one.

    Example: adatom pki init --host broker.lab --host 192.168.1.10
    """
    from .folder import BROKER, CLOUD, create

    authority = create(folder, laboratory, host, _now(), days)
    made = {"authority": folder, "broker": authority.place(BROKER), "cloud": authority.place(CLOUD)}
    _say({name: str(path) for name, path in made.items()}, as_json)


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="Name of the bench, as in its envelope.")],
    folder: FolderOption = FOLDER,
    days: DaysOption = DAYS,
    as_json: JsonOption = False,
) -> None:
    """Make a folder for a bench: ca.pem, cert.pem, key.pem, and keys.json with the bench's own sealing keys.

    Example: adatom pki bench pld-1
    """
    _admit("bench", name, folder, days, as_json)


@app.command()
def operator(
    name: Annotated[str, typer.Argument(help="Name of the person: a-z, 0-9 and -.")],
    lead: Annotated[bool, typer.Option("--lead", help="May start runs and re-arm after a trip, too.")] = False,
    folder: FolderOption = FOLDER,
    days: DaysOption = DAYS,
    as_json: JsonOption = False,
) -> None:
    """Make a folder for a person, who may read all and abort, pause, resume, confirm and stop.

    Every bench's keys.json changes: the bench has to get it before it obeys the person.

    Example: adatom pki operator alice
    """
    _admit("lead" if lead else "operator", name, folder, days, as_json)


@app.command()
def observer(
    name: Annotated[str, typer.Argument(help="Name of the bridge or display: a-z, 0-9 and -.")],
    bench: Annotated[list[str], typer.Option(help="Only this bench; repeatable. All unless given.")] = [],  # noqa: B006 - typer's way
    folder: FolderOption = FOLDER,
    days: DaysOption = DAYS,
    as_json: JsonOption = False,
) -> None:
    """Make a folder for a bridge or a display, which may hear what benches say and send nothing: no sealing keys.

    Example: adatom pki observer scada --bench pld-1
    """
    _admit("observer", name, folder, days, as_json, tuple(bench))


@app.command()
def renew(
    name: Annotated[str, typer.Argument(help="NAME, or ROLE/NAME where several have it; all for everybody.")],
    folder: FolderOption = FOLDER,
    days: DaysOption = DAYS,
    as_json: JsonOption = False,
) -> None:
    """Make a new certificate and private key; the one before stays valid until its end, so nothing has to stop.

    Example: adatom pki renew pld-1
    """
    authority = _authority(folder)
    with authority.locked():
        whom = authority.active(_now()) if name == "all" else [authority.known(name)]
        made = {str(who): authority.renew(who, _now(), days).until for who in whom}
    _say({"renewed_until": made, "folders": [str(authority.place(who)) for who in whom]}, as_json)


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="NAME, or ROLE/NAME where several have it.")],
    folder: FolderOption = FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Put every certificate of a bench or person on the revocation list; a person's sealing keys go as well.

    Example: adatom pki revoke alice
    """
    authority = _authority(folder)
    with authority.locked():
        who = authority.known(name)
        entries = authority.revoke([who], _now())
    _say({"revoked": str(who), "certificates": len(entries), "list": str(folder / "crl.pem"), "next": RELOAD}, as_json)


@app.command("rotate-keys")
def rotate_keys(
    use: Annotated[bool, typer.Option("--use", help="Second step: sign with the new keys.")] = False,
    retire: Annotated[bool, typer.Option("--retire", help="Third step: remove the old keys.")] = False,
    folder: FolderOption = FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Change the keys that seal commands and receipts, in three steps; copy the keys.json files after each.

    Running benches and cloud read a changed keys.json within seconds. First step: without an option.

    Example: adatom pki rotate-keys
    """
    from adatom.protocol.errors import InputError

    if use and retire:
        raise InputError("rotate-keys", "--use and --retire are two steps")
    authority = _authority(folder)
    with authority.locked():
        ring = authority.rotate("use" if use else "retire" if retire else "add")
    files = sorted(str(path) for path in folder.glob("*/keys.json"))
    _say({"keys": ring.ids, "signs": f"generation {ring.signs}", "copy_to_their_machines": files}, as_json)


@app.command()
def show(folder: FolderOption = FOLDER, as_json: JsonOption = False) -> None:
    """List all certificates with their end, the newest of each identity last, and the sealing keys by their ids.

    Example: adatom pki show --json
    """
    from dataclasses import asdict

    authority, now = _authority(folder), _now()
    rows = [asdict(entry) | {"state": entry.state(now), "days_left": _days(entry.until, now)}
            for entry in authority.entries]  # fmt: skip
    until = authority.signer.certificate.not_valid_after_utc.isoformat()
    if as_json:
        fields = {"authority_until": until, "keys": authority.ring.ids, "signs": authority.ring.signs}
        print(json.dumps(fields | {"certificates": rows}))
        return
    for row in rows:
        renew_it = "  renew it" if row["state"] == "valid" and row["days_left"] < SOON_DAYS else ""
        hears = f"  hears {', '.join(row['benches'])}" if row["benches"] else ""
        print(
            f"{row['who']:<24} {row['state']:<8} until {row['until'][:10]} ({row['days_left']} days){hears}{renew_it}"
        )
    print(
        f"authority until {until[:10]}; keys {', '.join(authority.ring.ids)}; generation {authority.ring.signs} signs"
    )


def _admit(
    role: str, name: str, folder: Path, days: int, as_json: bool, benches: tuple[str, ...] = ()
) -> None:  # fmt: skip
    from .authority import identity_of

    authority = _authority(folder)
    who = identity_of(f"{role}/{name}")
    for bench in benches:
        identity_of(f"bench/{bench}")
    with authority.locked():
        place = authority.admit(who, _now(), days, benches)
    _say({"certificate": str(who), "folder": str(place), "next": RELOAD}, as_json)


def _authority(folder: Path) -> "Authority":
    from .folder import Authority

    return Authority(folder)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _days(until: str, now: datetime.datetime) -> int:
    return (datetime.datetime.fromisoformat(until) - now).days


def _say(fields: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(fields))
        return
    for name, value in fields.items():
        values = [f"{k} {v}" for k, v in value.items()] if isinstance(value, dict) else value
        print(f"{name.replace('_', ' ')}: {', '.join(values) if isinstance(values, list) else values}")
