"""The `adatom` command: gathers every room's commands from the entry points and turns errors into exit codes.

0 it worked, 1 the work failed, 2 wrong use or bad input. A room whose dependencies are not installed stays in the list
and says which extra it needs, so a Raspberry Pi with `adatom[edge]` shows the same help as a workstation.
"""

import sys
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import click
import typer
from adatom.protocol.errors import FailedError, InputError, ProtocolError

GROUP = "adatom.commands"
ORDER = ("demo", "campaign", "cloud", "edge", "sim", "eis", "import")
OK, FAILED, WRONG_USE = 0, 1, 2
HELP = """Closed-loop pulsed laser deposition of solid-electrolyte films.

Start with `adatom demo`: a whole campaign against the simulated bench. Each command has an example under --help.
"""


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line; the exit code. Never a traceback for a user's mistake."""
    try:
        command = typer.main.get_command(assemble())
        result = command.main(args=arguments, prog_name="adatom", standalone_mode=False)
        return result if isinstance(result, int) else OK
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return WRONG_USE
    except (InputError, ProtocolError) as error:
        return _say(error, WRONG_USE)
    except FailedError as error:
        return _say(error, FAILED)
    except (KeyboardInterrupt, click.Abort):
        return _say("stopped", FAILED)


def assemble() -> typer.Typer:
    """The whole command tree, from the entry points of group `adatom.commands`."""
    app = typer.Typer(help=HELP, no_args_is_help=True, rich_markup_mode=None, add_completion=False)
    found = {point.name: point for point in entry_points(group=GROUP)}
    for name in sorted(found, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name)):
        _attach(app, found[name])
    return app


def _attach(app: typer.Typer, point: EntryPoint) -> None:
    try:
        brought: Any = point.load()
    except ModuleNotFoundError as error:
        app.command(point.name, help=f"(not installed: {error.name})")(_needs(point, error.name or ""))
        return
    if isinstance(brought, typer.Typer):
        app.add_typer(brought, name=point.name)
    else:
        app.command(point.name)(brought)


def _needs(point: EntryPoint, missing: str) -> Any:
    room = point.value.split(".")[1]

    def say() -> None:
        raise FailedError(f"adatom {point.name} needs {missing}: pip install 'adatom[{room}]'")

    return say


def _say(error: object, code: int) -> int:
    print(f"error: {error}", file=sys.stderr)
    return code
