"""`adatom cloud user`: who may log in to the window."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(help="Who may log in to the window.", no_args_is_help=True)
FileOption = Annotated[Path, typer.Option("--file", help="The file of accounts that the cloud file names.")]
NameArgument = Annotated[str, typer.Argument(help="The person's name.")]
RoleOption = Annotated[
    str, typer.Option(help="viewer: looks; operator: commands too; owner: changes what holds for all.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
ACCOUNTS = Path("accounts.json")
PASSWORD_VARIABLE = "ADATOM_PASSWORD"  # noqa: S105 - a name
DAY_S = 86400.0


@app.callback()
def group() -> None:
    """Who may log in to the window."""


@app.command()
def add(
    name: NameArgument, role: RoleOption = "viewer", file: FileOption = ACCOUNTS, as_json: JsonOption = False
) -> None:
    """Give a person an account; asks for the password (or takes $ADATOM_PASSWORD).

    Example: adatom cloud user add alice --role operator --file accounts.json
    """
    accounts = _load(file, missing_ok=True)
    accounts.add(name, role, _password())
    accounts.save()
    _say({"added": name, "role": role, "file": str(file)}, as_json)


@app.command()
def change(
    name: NameArgument,
    role: Annotated[str | None, typer.Option(help="Another role.")] = None,
    password: Annotated[bool, typer.Option("--password", help="Ask for another password; tokens end too.")] = False,
    file: FileOption = ACCOUNTS,
    as_json: JsonOption = False,
) -> None:
    """Change a person's role or password; holds at once, also for who is logged in.

    Example: adatom cloud user change alice --role viewer
    """
    accounts = _load(file)
    accounts.change(name, role=role, password=_password() if password else None)
    accounts.save()
    _say({"changed": name, "role": accounts.known(name).role}, as_json)


@app.command()
def remove(name: NameArgument, file: FileOption = ACCOUNTS, as_json: JsonOption = False) -> None:
    """Take a person's account away; log-ins and tokens end at once.

    Example: adatom cloud user remove alice
    """
    accounts = _load(file)
    accounts.remove(name)
    accounts.save()
    _say({"removed": name}, as_json)


@app.command("list")
def list_all(file: FileOption = ACCOUNTS, as_json: JsonOption = False) -> None:
    """Show the accounts, without their secrets.

    Example: adatom cloud user list --file accounts.json
    """
    rows = [{"name": one.name, "role": one.role, "tokens": [token.label for token in one.tokens]}
            for _, one in sorted(_load(file).by_name.items())]  # fmt: skip
    if as_json:
        print(json.dumps(rows))
    for row in [] if as_json else rows:
        print(f"{row['name']}: {row['role']}" + (f", tokens: {', '.join(row['tokens'])}" if row["tokens"] else ""))


@app.command()
def token(
    name: NameArgument,
    label: Annotated[str, typer.Option(help="What it is for.")] = "client",
    days: Annotated[int, typer.Option(help="Until it ends.", min=1, max=366)] = 30,
    file: FileOption = ACCOUNTS,
    as_json: JsonOption = False,
) -> None:
    """Make a token for programs, such as adatom.cloud.client; it is shown once and kept nowhere.

    Example: adatom cloud user token alice --label notebook --days 90
    """
    accounts = _load(file)
    now_s = time.time()
    text = accounts.give_token(name, label, now_s + days * DAY_S, now_s)
    accounts.save()
    print(json.dumps({"token": text, "days": days}) if as_json else text)


def _load(file: Path, *, missing_ok: bool = False) -> Any:
    from adatom.cloud.web.server.accounts import load

    return load(file, missing_ok=missing_ok)


def _password() -> str:
    """From the environment, or typed twice where there is a terminal, or a line of standard input."""
    given = os.environ.get(PASSWORD_VARIABLE)
    if given is not None:
        return given
    if sys.stdin.isatty():
        return str(typer.prompt("password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\n")


def _say(fields: dict[str, Any], as_json: bool) -> None:
    print(json.dumps(fields) if as_json else "  ".join(f"{name}: {value}" for name, value in fields.items()))
