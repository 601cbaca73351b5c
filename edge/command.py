"""The `adatom` command: gathers every room's commands from the entry points and turns errors into exit codes.

0 it worked, 1 the work failed, 2 wrong use or bad input. A room whose dependencies are not installed is not listed, and
says which extra it needs when it is called: a Raspberry Pi with `adatom[edge]` has the edge's commands alone.
"""

import sys
from importlib.metadata import EntryPoint, entry_points, version
from importlib.util import find_spec
from typing import Annotated, Any

import typer
from adatom.protocol.errors import FailedError, InputError, ProtocolError

GROUP = "adatom.commands"
ORDER = ("demo", "suggest", "tell", "campaign", "cloud", "edge", "sim", "pki", "broker", "certificate", "verify",
         "audit", "export", "bridge", "eis", "xps", "cycle", "import", "soak")  # fmt: skip
NEEDS = {"edge": "serial", "cloud": "duckdb", "sim": "duckdb"}  # room -> a package that only its extra brings
ANY_WORDS = {"allow_extra_args": True, "ignore_unknown_options": True}
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
        typer.main.get_command(assemble(*arguments[:1]))(args=arguments, prog_name="adatom")
    except SystemExit as stop:  # Typer's own end: 0, or 2 after it has said what is wrong with the words
        return stop.code if isinstance(stop.code, int) else FAILED
    except (InputError, ProtocolError) as error:
        return _say(error, WRONG_USE)
    except FailedError as error:
        return _say(error, FAILED)
    except OSError as error:
        return _say(f"{error.filename or 'system'}: {error.strerror or error}", WRONG_USE if error.filename else FAILED)
    except KeyboardInterrupt:
        return _say("stopped", FAILED)
    return OK


def assemble(word: str = "") -> typer.Typer:
    """The command tree, from the entry points of group `adatom.commands`; of `word` alone, where a command is so named.

    One command then waits for no other room's imports, which take over a second of processor time together.
    A room may add to another's group: `adatom.commands.edge` holds what needs the twin, so that the edge imports none.
    """
    app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False)
    app.callback(help=HELP)(_root)
    found = {point.name: point for point in entry_points(group=GROUP)}
    order = sorted(found, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    for name in [word] if word in found else order:
        _attach(app, found[name])
    return app


def _version(asked: bool) -> None:
    if asked:
        print(f"adatom {version('adatom')}")
        raise typer.Exit


def _root(
    asked: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Makes the command a group, however many commands are installed."""


def _attach(app: typer.Typer, point: EntryPoint) -> None:
    room = point.value.split(".")[1]
    if find_spec(NEEDS[room]) is None:
        app.command(point.name, hidden=True, add_help_option=False, context_settings=ANY_WORDS)(
            _needs(point.name, room)
        )
        return
    brought: Any = point.load()
    if isinstance(brought, typer.Typer):
        group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
        group.registered_commands = list(brought.registered_commands)
        group.registered_groups = list(brought.registered_groups)
        group.registered_callback, group.info = brought.registered_callback, brought.info
        for extra in sorted(entry_points(group=f"{GROUP}.{point.name}"), key=lambda extra: extra.name):
            _attach(group, extra)
        app.add_typer(group, name=point.name)
    else:
        app.command(point.name)(brought)


def _needs(name: str, room: str) -> Any:
    def say() -> None:
        raise FailedError(f"adatom {name} is not installed here: pip install 'adatom[{room}]'")

    return say


def _say(error: object, code: int) -> int:
    print(f"error: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
